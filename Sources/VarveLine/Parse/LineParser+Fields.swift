import VarveModel

// Fields: compared with the names that the source had last time; looked up only when they differ.

extension LineParser {
    /// Reads the fields at `position` into `row` and moves `position` behind them.
    /// - Returns: the number of the field list; its field count is the number of values in `row`.
    @inline(__always)
    mutating func readFields(
        _ line: borrowing LineText, at position: inout Int, expected: Int
    ) throws(LineFault) -> Int {
        let start = position
        var matched = -1
        if expected >= 0 {
            matched = try readExpectedFields(line, at: &position, list: cache.fieldLists[expected])
            if matched >= 0 { return expected }
        }
        return try readOtherFields(line, from: start, at: &position, expected: expected, matched: -1 - matched)
    }

    /// Reads fields as long as their names are those of `list`. Hot: once per line, the loop once per value.
    /// - Returns: the count when the line has exactly these fields; otherwise −1 − the number of fields that agree,
    ///   with `position` at the first that does not, or behind the last value when there are no more.
    @inline(__always)
    private func readExpectedFields(
        _ line: borrowing LineText, at position: inout Int, list: FieldList
    ) throws(LineFault) -> Int {
        let names = list.names.span.bytes
        let byteCounts = list.nameByteCounts.span
        var nameOffset = 0
        var offset = position
        for index in byteCounts.indices {
            let byteCount = byteCounts[index]
            guard line.byteCount &- offset >= byteCount,
                names.equalsShort(at: nameOffset, line.bytes, at: offset, count: byteCount)
            else {
                position = offset
                return -1 - index
            }
            nameOffset &+= byteCount
            offset &+= byteCount
            row[index] = try FieldValue.read(line, at: &offset)
            let isLast = index &+ 1 == byteCounts.count
            guard (line[offset] == ASCII.comma) != isLast else {
                position = isLast ? offset + 1 : offset
                return -1 - (index + 1)
            }
            offset &+= isLast ? 0 : 1
        }
        position = offset
        return byteCounts.count
    }

    /// Reads the rest of a line whose first `matched` fields are those of the expected list, but not the others.
    @inline(never)
    private mutating func readOtherFields(
        _ line: borrowing LineText, from start: Int, at position: inout Int, expected: Int, matched: Int
    ) throws(LineFault) -> Int {
        names.removeAll()
        if matched > 0 { names.append(cache.fieldLists[expected], count: matched) }
        let hasEnded = matched > 0 && line[position - 1] != ASCII.comma
        if !hasEnded { try readNamedFields(line, at: &position) }
        if let known = cache.fieldList(names) { return known }
        return cache.addFieldList(names, fields: try decodeFields(line, start: start))
    }

    /// Reads `name=value` pairs, separated by commas, up to a space or the end of the line.
    private mutating func readNamedFields(_ line: borrowing LineText, at position: inout Int) throws(LineFault) {
        while true {
            let end = NameText.end(line, from: position, to: line.byteCount, .tagOrField)
            guard end > position else { throw LineFault(offset: position, reason: .missingFieldName) }
            guard end < line.byteCount, line[end] == ASCII.equals else {
                throw LineFault(offset: end, reason: .missingFieldEquals)
            }
            guard names.byteCounts.count < Limits.fieldsPerRowMax else {
                throw LineFault(offset: position, reason: .tooManyFields(limit: Limits.fieldsPerRowMax))
            }
            names.append(line.bytes.extracting(position..<(end + 1)))
            position = end + 1
            row[names.byteCounts.count - 1] = try FieldValue.read(line, at: &position)
            guard line[position] == ASCII.comma else { return }
            position += 1
        }
    }

    /// The keys of the collected names. Runs once per distinct list.
    private mutating func decodeFields(
        _ line: borrowing LineText, start fieldsStart: Int
    ) throws(LineFault) -> [FieldKey] {
        var fields: [FieldKey] = []
        var seen: Set<FieldKey> = []
        let collected = names
        var start = 0
        for (index, byteCount) in collected.byteCounts.enumerated() {
            let text = LineText(collected.bytes.span.bytes.extracting(start..<(start + byteCount - 1)))
            start += byteCount
            do throws(LineFault) {
                let field = FieldKey(metric: try name(text, 0..<text.byteCount, .tagOrField))
                guard seen.insert(field).inserted else {
                    throw LineFault(offset: 0, reason: .repeatedField)
                }
                fields.append(field)
            } catch {
                let offset = Self.fieldOffset(line, from: fieldsStart, index: index, names: collected)
                throw LineFault(offset: offset, reason: error.reason)
            }
        }
        return fields
    }

    /// Where field `index` starts in the line; values contain no comma.
    private static func fieldOffset(
        _ line: borrowing LineText, from start: Int, index: Int, names: FieldNames
    ) -> Int {
        var offset = start
        for byteCount in names.byteCounts[..<index] {
            offset += byteCount
            while line[offset] != ASCII.comma { offset += 1 }
            offset += 1
        }
        return offset
    }
}
