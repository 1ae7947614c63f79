import VarveBytes

/// The representation of a column with at most 256 distinct bit patterns. Format: Docs/Format/columns.md, "DICT".
enum FloatDictionary {
    static let entriesMax = 256

    /// Appends the whole stream; false, with nothing written, when there are more than ``entriesMax`` patterns.
    static func encode(
        _ values: UnsafeBufferPointer<Double>, into writer: inout ByteWriter, _ effort: CodecEffort
    ) -> Bool {
        guard let entries = distinctPatterns(values) else { return false }
        writer.write(FloatStream.Mode.dictionary.rawValue)
        writer.writeCount(entries.count)
        for entry in entries { writer.write(entry) }
        var ids: [UInt64: Int64] = [:]
        for (id, entry) in entries.enumerated() { ids[entry] = Int64(id) }
        let column = ScratchBuffer<Int64>(count: values.count)
        var lastPattern = entries[0]
        var lastId: Int64 = 0
        for index in 0..<values.count {
            let pattern = values[index].bitPattern
            // Runs are the rule in such columns, and comparing is cheaper than hashing.
            if pattern != lastPattern { (lastPattern, lastId) = (pattern, ids[pattern] ?? 0) }
            column.buffer[index] = lastId
        }
        IntegerStream.encode(UnsafeBufferPointer(column.buffer), into: &writer, effort: effort)
        return true
    }

    /// All bit patterns in the order of the numbers they mean, so that neighbours get neighbouring ids.
    private static func distinctPatterns(_ values: UnsafeBufferPointer<Double>) -> [UInt64]? {
        var seen: Set<UInt64> = []
        var last: UInt64?
        for value in values {
            if value.bitPattern == last { continue }
            last = value.bitPattern
            seen.insert(value.bitPattern)
            if seen.count > entriesMax { return nil }
        }
        return seen.sorted { orderKey($0) < orderKey($1) }
    }

    /// Maps bit patterns to integers in the IEEE total order.
    private static func orderKey(_ pattern: UInt64) -> UInt64 {
        pattern >> 63 == 1 ? ~pattern : pattern | 1 << 63
    }

    /// Fills `output` with bit patterns.
    @_lifetime(cursor: copy cursor)
    static func decode(
        _ cursor: inout ByteCursor, into output: UnsafeMutableBufferPointer<Int64>
    ) throws(CodecError) {
        let start = cursor.offset
        let count = try cursor.count(limit: entriesMax)
        let entries = try cursor.span(count: count * 8)
        try IntegerStream.decode(&cursor, into: output)
        for index in 0..<output.count {
            let id = output[index]
            guard id >= 0, id < count else {
                throw .malformed(offset: start, detail: "row \(index) refers to entry \(id) of \(count)")
            }
            output[index] = entries.unsafeLoadUnaligned(fromByteOffset: Int(id) * 8, as: Int64.self)
        }
    }
}
