import VarveModel

/// Takes names and tag values out of their spelling in a line.
///
/// A backslash before a delimiter of the place stands for the delimiter; before anything else it stands for itself,
/// also before another backslash, as InfluxDB reads it.
enum NameText {
    /// Which bytes a backslash can take the meaning from.
    enum Place {
        case measurement, tagOrField

        @inline(__always)
        func isDelimiter(_ byte: UInt8) -> Bool {
            byte == ASCII.comma || byte == ASCII.space || (self == .tagOrField && byte == ASCII.equals)
        }
    }

    /// The offset of the first delimiter of the place at or after `start` that no backslash precedes, or `end`.
    static func end(_ line: borrowing LineText, from start: Int, to end: Int, _ place: Place) -> Int {
        var offset = start
        while offset < end {
            if place.isDelimiter(line[offset]), offset == start || line[offset - 1] != ASCII.backslash { return offset }
            offset += 1
        }
        return end
    }

    /// The bytes that `line[range]` spells.
    static func decoded(_ line: borrowing LineText, _ range: Range<Int>, _ place: Place) -> [UInt8] {
        if line.bytes.firstOffset(of: ASCII.backslash, in: range) == nil {
            return line.bytes.extracting(range).withUnsafeBytes { [UInt8]($0) }
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        var offset = range.lowerBound
        while offset < range.upperBound {
            if line[offset] == ASCII.backslash, offset + 1 < range.upperBound, place.isDelimiter(line[offset + 1]) {
                offset += 1
            }
            bytes.append(line[offset])
            offset += 1
        }
        return bytes
    }

    /// The string with these bytes, or nil when they are not UTF-8.
    static func string(_ bytes: [UInt8]) -> String? {
        guard let text = try? UTF8Span(validating: bytes.span) else { return nil }
        return String(copying: text)
    }

    /// Refuses what no name may contain.
    static func check(_ name: [UInt8], at offset: Int, limit: Int, tooLong: LineRefusalReason) throws(LineFault) {
        guard name.count <= limit else { throw LineFault(offset: offset, reason: tooLong) }
        guard !name.contains(where: ASCII.isControl) else { throw LineFault(offset: offset, reason: .controlCharacter) }
    }
}
