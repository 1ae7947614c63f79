package import VarveBytes

/// The string stream "S": byte strings with few distinct values (names, users, regions), whose count the reader knows
/// from elsewhere. Any thread.
///
/// Format: Docs/Format/columns.md, "String stream S".
package enum StringStream {
    /// What follows the first byte.
    enum Form: UInt8 {
        case dictionary = 0
        case plain = 1
    }

    static let formMask: UInt8 = 0x0f
    static let lz4Flag: UInt8 = 0x20

    /// Most bytes of all dictionary entries together. Front coding lets a few bytes repeat a long prefix many times, so
    /// a damaged stream needs a bound; 4 MiB are 512 bytes for every row of the largest block.
    static let dictionaryByteCountMax = 4 << 20

    /// Appends the stream of `values`. Cost: a hash per row and a sort of the distinct values.
    package static func encode(
        _ values: [[UInt8]], into writer: inout ByteWriter, effort: CodecEffort = .flush
    ) {
        let entries = Set(values).sorted { $0.lexicographicallyPrecedes($1) }
        let byteCount = entries.reduce(0) { $0 + $1.count }
        // Above one half the ids cost more than the repetitions save, and LZ4 finds those too.
        if entries.count * 2 > values.count && values.count > 1 || byteCount > dictionaryByteCountMax {
            encodePlain(values, into: &writer, effort)
        } else {
            encodeDictionary(entries, values, into: &writer, effort)
        }
    }

    private static func encodePlain(_ values: [[UInt8]], into writer: inout ByteWriter, _ effort: CodecEffort) {
        let bytes = values.flatMap { $0 }
        let block = IntegerStream.compressed(bytes, effort)
        writer.write(Form.plain.rawValue | (block == nil ? 0 : lz4Flag))
        BlobStream.encodeLengths(values, into: &writer, effort)
        if let block { writer.writeLengthPrefixed(block) } else { writer.write(contentsOf: bytes) }
    }

    private static func encodeDictionary(
        _ entries: [[UInt8]], _ values: [[UInt8]], into writer: inout ByteWriter, _ effort: CodecEffort
    ) {
        var coded = ByteWriter()
        var previous: [UInt8] = []
        for entry in entries {
            let shared = zip(previous, entry).prefix { $0 == $1 }.count
            coded.writeCount(shared)
            coded.writeLengthPrefixed(entry[shared...])
            previous = entry
        }
        let block = IntegerStream.compressed(coded.bytes, effort)
        writer.write(Form.dictionary.rawValue | (block == nil ? 0 : lz4Flag))
        writer.writeCount(entries.count)
        writer.writeCount(coded.count)
        if let block { writer.writeLengthPrefixed(block) } else { writer.write(contentsOf: coded.bytes) }
        var ids: [[UInt8]: Int64] = [:]
        for (id, entry) in entries.enumerated() { ids[entry] = Int64(id) }
        let column = values.map { ids[$0] ?? 0 }
        column.withUnsafeBufferPointer { IntegerStream.encode($0, into: &writer, effort: effort) }
    }

    /// Reads `count` strings; the cursor then stands behind the stream. Equal strings share memory. Never traps; uses
    /// at most 255 times the memory of the bytes read, plus ``dictionaryByteCountMax``.
    /// - Throws: ``CodecError``.
    @_lifetime(cursor: copy cursor)
    package static func decode(_ cursor: inout ByteCursor, count: Int) throws(CodecError) -> [[UInt8]] {
        try decodeColumn(&cursor, count: count).values
    }

    /// As ``decode(_:count:)``, without making a string for each row.
    @_lifetime(cursor: copy cursor)
    package static func decodeColumn(_ cursor: inout ByteCursor, count: Int) throws(CodecError) -> StringColumn {
        let start = cursor.offset
        let code: UInt8 = try cursor.fixed()
        guard let form = Form(rawValue: code & formMask), code & ~(formMask | lz4Flag) == 0 else {
            throw .malformed(offset: start, detail: "string form \(code); known are 0, 1, 32 and 33")
        }
        let isCompressed = code & lz4Flag != 0
        switch form {
        case .plain: return try decodePlain(&cursor, count: count, isCompressed: isCompressed)
        case .dictionary: return try decodeDictionary(&cursor, count: count, isCompressed: isCompressed)
        }
    }

    @_lifetime(cursor: copy cursor)
    private static func decodePlain(
        _ cursor: inout ByteCursor, count: Int, isCompressed: Bool
    ) throws(CodecError) -> StringColumn {
        let lengths = try BlobStream.decodeLengths(&cursor, count: count)
        if isCompressed {
            return StringColumn(bytes: try decompress(&cursor, byteCount: lengths.total), lengths: lengths.each)
        }
        let bytes = try cursor.span(count: lengths.total).withUnsafeBytes { [UInt8]($0) }
        return StringColumn(bytes: bytes, lengths: lengths.each)
    }

    @_lifetime(cursor: copy cursor)
    private static func decodeDictionary(
        _ cursor: inout ByteCursor, count: Int, isCompressed: Bool
    ) throws(CodecError) -> StringColumn {
        let start = cursor.offset
        let entryCount = try cursor.count(limit: count)
        // An entry adds at most two 10-byte lengths to its own bytes.
        let codedCount = try cursor.count(limit: dictionaryByteCountMax + 20 * entryCount)
        let entries: [[UInt8]]
        if isCompressed {
            let bytes = try decompress(&cursor, byteCount: codedCount)
            var reader = ByteCursor(bytes.span.bytes)
            entries = try decodeEntries(&reader, entryCount)
        } else {
            var reader = ByteCursor(try cursor.span(count: codedCount))
            entries = try decodeEntries(&reader, entryCount)
        }
        let ids = try IntegerStream.decodeArray(&cursor, count: count)
        for id in ids where id < 0 || id >= entryCount {
            throw .malformed(offset: start, detail: "reference to entry \(id) of \(entryCount)")
        }
        return StringColumn(entries: entries, ids: ids)
    }

    @_lifetime(cursor: copy cursor)
    private static func decodeEntries(_ cursor: inout ByteCursor, _ count: Int) throws(CodecError) -> [[UInt8]] {
        var entries: [[UInt8]] = []
        var previous: [UInt8] = []
        var byteCount = 0
        for _ in 0..<count {
            let start = cursor.offset
            let shared = try cursor.count(limit: previous.count)
            let suffix = try cursor.span(count: try cursor.count(limit: cursor.remaining))
            byteCount += shared + suffix.byteCount
            guard byteCount <= dictionaryByteCountMax else {
                throw .malformed(offset: start, detail: "dictionary above \(dictionaryByteCountMax) bytes")
            }
            previous.removeSubrange(shared...)
            suffix.withUnsafeBytes { previous.append(contentsOf: $0) }
            entries.append(previous)
        }
        try cursor.expectEnd(of: "the dictionary")
        return entries
    }

    @_lifetime(cursor: copy cursor)
    private static func decompress(_ cursor: inout ByteCursor, byteCount: Int) throws(CodecError) -> [UInt8] {
        let storedCount = try cursor.count(limit: cursor.remaining)
        let offset = cursor.offset
        return try LZ4.decompress(try cursor.span(count: storedCount), byteCount: byteCount, offset: offset)
    }
}

extension IntegerStream {
    /// Decodes `count` integers into a new array; `count` comes from the caller, never from the bytes.
    @_lifetime(cursor: copy cursor)
    static func decodeArray(_ cursor: inout ByteCursor, count: Int) throws(CodecError) -> [Int64] {
        var values = [Int64](repeating: 0, count: count)
        var failure: CodecError?
        values.withUnsafeMutableBufferPointer { output in
            do throws(CodecError) { try decode(&cursor, into: output) } catch { failure = error }
        }
        if let failure { throw failure }
        return values
    }
}
