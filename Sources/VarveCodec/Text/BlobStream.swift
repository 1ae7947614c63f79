package import VarveBytes

/// The blob stream "Bd": documents, byte for byte, whose count the reader knows from elsewhere. Any thread.
///
/// Format: Docs/Format/columns.md, "Blob stream Bd".
package enum BlobStream {
    /// Uncompressed bytes of a page. 256 KiB: real audit events shrink 8.4-fold, against 7.3-fold in pages of 64 KiB.
    static let pageByteCount = 256 << 10

    /// How a page is stored.
    enum PageForm: UInt8 {
        case raw = 0
        case lz4 = 1
    }

    /// Appends the stream of `values`.
    package static func encode(_ values: [[UInt8]], effort: CodecEffort = .flush, into writer: inout ByteWriter) {
        encodeLengths(values, into: &writer, effort)
        let level = effort == .compaction ? LZ4.Level.high : .balanced
        let bytes = values.flatMap { $0 }
        bytes.withUnsafeBytes { all in
            for start in stride(from: 0, to: all.count, by: pageByteCount) {
                let end = min(start + pageByteCount, all.count)
                encodePage(UnsafeRawBufferPointer(rebasing: all[start..<end]), level, into: &writer)
            }
        }
    }

    private static func encodePage(_ page: UnsafeRawBufferPointer, _ level: LZ4.Level, into writer: inout ByteWriter) {
        if let block = LZ4.compress(page, level: level, byteCountLimit: page.count * 94 / 100) {
            writer.write(PageForm.lz4.rawValue)
            writer.writeLengthPrefixed(block)
        } else {
            writer.write(PageForm.raw.rawValue)
            writer.write(raw: page)
        }
    }

    /// Reads `count` documents; the cursor then stands behind the stream. Never traps; uses at most
    /// 255 times the memory of the bytes read, twice.
    /// - Throws: ``CodecError``.
    @_lifetime(cursor: copy cursor)
    package static func decode(_ cursor: inout ByteCursor, count: Int) throws(CodecError) -> [[UInt8]] {
        let lengths = try decodeLengths(&cursor, count: count)
        var bytes: [UInt8] = []
        // 16: about the best that text reaches; beyond that the array grows as pages prove to be there.
        bytes.reserveCapacity(min(lengths.total, cursor.remaining * 16))
        while bytes.count < lengths.total {
            let pageCount = min(pageByteCount, lengths.total - bytes.count)
            try decodePage(&cursor, byteCount: pageCount, into: &bytes)
        }
        var reader = ByteCursor(bytes.span.bytes)
        return try cut(&reader, lengths.each)
    }

    @_lifetime(cursor: copy cursor)
    private static func decodePage(
        _ cursor: inout ByteCursor, byteCount: Int, into bytes: inout [UInt8]
    ) throws(CodecError) {
        let start = cursor.offset
        let code: UInt8 = try cursor.fixed()
        switch PageForm(rawValue: code) {
        case .raw:
            let page = try cursor.span(count: byteCount)
            page.withUnsafeBytes { bytes.append(contentsOf: $0) }
        case .lz4:
            let storedCount = try cursor.count(limit: cursor.remaining)
            bytes += try LZ4.decompress(try cursor.span(count: storedCount), byteCount: byteCount, offset: start)
        case nil:
            throw .malformed(offset: start, detail: "page form \(code); known are 0 and 1")
        }
    }

    static func encodeLengths(_ values: [[UInt8]], into writer: inout ByteWriter, _ effort: CodecEffort) {
        let lengths = values.map { Int64($0.count) }
        lengths.withUnsafeBufferPointer { IntegerStream.encode($0, into: &writer, effort: effort) }
    }

    /// Reads lengths and makes sure that what remains could hold so many bytes at LZ4's best ratio, 255.
    @_lifetime(cursor: copy cursor)
    static func decodeLengths(
        _ cursor: inout ByteCursor, count: Int
    ) throws(CodecError) -> (each: [Int64], total: Int) {
        let start = cursor.offset
        let lengths = try IntegerStream.decodeArray(&cursor, count: count)
        let limit = cursor.remaining * 255
        var total = 0
        for length in lengths {
            guard length >= 0, length <= limit - total else {
                throw .malformed(offset: start, detail: "length \(length) is beyond what the remaining bytes can hold")
            }
            total += Int(length)
        }
        return (lengths, total)
    }

    /// Cuts the rest of `cursor` into pieces of `lengths`, which add up to it.
    @_lifetime(cursor: copy cursor)
    static func cut(_ cursor: inout ByteCursor, _ lengths: [Int64]) throws(CodecError) -> [[UInt8]] {
        var values: [[UInt8]] = []
        values.reserveCapacity(lengths.count)
        for length in lengths {
            let piece = try cursor.span(count: Int(length))
            values.append(piece.withUnsafeBytes { [UInt8]($0) })
        }
        return values
    }
}
