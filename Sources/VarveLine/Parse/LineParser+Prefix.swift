import VarveModel

// Measurement and tags: done once per distinct prefix, not once per line.

extension LineParser {
    /// The end of the prefix that starts at `start`: the first space that no backslash precedes, or the end of the
    /// line. Hot: once per line.
    @inline(__always)
    static func prefixEnd(_ line: borrowing LineText, from start: Int) -> Int {
        var offset = start
        while let space = line.bytes.firstOffset(of: ASCII.space, in: offset..<line.byteCount) {
            if space > start, line[space - 1] == ASCII.backslash {
                offset = space + 1
            } else {
                return space
            }
        }
        return line.byteCount
    }

    /// Reads a prefix that is not in the cache and adds its source.
    @inline(never)
    mutating func learnSource(_ line: borrowing LineText, prefix: Range<Int>) throws(LineFault) -> Int {
        let end = NameText.end(line, from: prefix.lowerBound, to: prefix.upperBound, .measurement)
        guard end > prefix.lowerBound else { throw LineFault(offset: end, reason: .missingMeasurement) }
        let namespace = try name(line, prefix.lowerBound..<end, .measurement)
        var dimensions: [Dimension] = []
        var offset = end
        while offset < prefix.upperBound {
            guard dimensions.count < options.dimensionsMax else {
                throw LineFault(offset: offset, reason: .tooManyTags(limit: options.dimensionsMax))
            }
            // At a comma: names end only there or at the end of the prefix.
            dimensions.append(try readTag(line, at: &offset, end: prefix.upperBound, after: dimensions))
        }
        let key = SourceKey(scope: options.scope, namespace: namespace, dimensions: dimensions)
        return cache.addSource(key, of: line, prefix: prefix)
    }

    /// Reads `,name=value` and moves `offset` behind it.
    private mutating func readTag(
        _ line: borrowing LineText, at offset: inout Int, end: Int, after earlier: [Dimension]
    ) throws(LineFault) -> Dimension {
        let nameStart = offset + 1
        let nameEnd = NameText.end(line, from: nameStart, to: end, .tagOrField)
        guard nameEnd > nameStart else { throw LineFault(offset: nameStart, reason: .missingTagName) }
        guard nameEnd < end, line[nameEnd] == ASCII.equals else {
            throw LineFault(offset: nameEnd, reason: .missingTagEquals)
        }
        let name = try name(line, nameStart..<nameEnd, .tagOrField)
        guard !earlier.contains(where: { $0.name.hasSameBytes(as: name) }) else {
            throw LineFault(offset: nameStart, reason: .repeatedTag)
        }
        let valueStart = nameEnd + 1
        let valueEnd = NameText.end(line, from: valueStart, to: end, .tagOrField)
        guard valueEnd == end || line[valueEnd] == ASCII.comma else {
            throw LineFault(offset: valueEnd, reason: .unescapedEquals)
        }
        guard valueEnd > valueStart else { throw LineFault(offset: valueStart, reason: .missingTagValue) }
        offset = valueEnd
        return Dimension(name: name, value: try tagValue(line, valueStart..<valueEnd))
    }

    private func tagValue(_ line: borrowing LineText, _ range: Range<Int>) throws(LineFault) -> String {
        let bytes = NameText.decoded(line, range, .tagOrField)
        let limit = Limits.dimensionValueBytesMax
        try NameText.check(bytes, at: range.lowerBound, limit: limit, tooLong: .tagValueTooLong(limit: limit))
        guard let text = NameText.string(bytes) else {
            throw LineFault(offset: range.lowerBound, reason: .invalidText)
        }
        return text
    }

    /// The name spelled by `line[range]`, checked.
    mutating func name(
        _ line: borrowing LineText, _ range: Range<Int>, _ place: NameText.Place
    ) throws(LineFault) -> String {
        let bytes = NameText.decoded(line, range, place)
        let limit = Limits.nameBytesMax
        try NameText.check(bytes, at: range.lowerBound, limit: limit, tooLong: .nameTooLong(limit: limit))
        guard let text = cache.text(bytes) else { throw LineFault(offset: range.lowerBound, reason: .invalidText) }
        return text
    }
}
