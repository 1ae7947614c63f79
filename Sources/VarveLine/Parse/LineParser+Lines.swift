import VarveModel

// One line: where it ends, what it says, and what happens when it is refused.

extension LineParser {
    /// The next whole line at `position`, without its line feed; moves `position` behind it. Nil when there is none:
    /// then `position` is at what must come again. Hot: once per line.
    @inline(__always)
    mutating func nextLine(
        _ bytes: RawSpan, at position: inout Int, isFinal: Bool, refusals: inout [LineRefusal]
    ) -> Range<Int>? {
        if isDiscarding, !endDiscarding(bytes, at: &position, isFinal: isFinal) { return nil }
        let start = position
        // A caller that broke the rule and brought fewer bytes than before is searched from the start.
        let searchStart = start + searchedByteCount <= bytes.byteCount ? start + searchedByteCount : start
        guard let end = bytes.firstOffset(of: ASCII.lineFeed, in: searchStart..<bytes.byteCount) else {
            return lastLine(bytes, at: &position, isFinal: isFinal, refusals: &refusals)
        }
        searchedByteCount = 0
        position = end + 1
        return start..<end
    }

    /// Skips the rest of a line above the limit; false when its end has not come yet.
    @inline(never)
    private mutating func endDiscarding(_ bytes: RawSpan, at position: inout Int, isFinal: Bool) -> Bool {
        let end = bytes.firstOffset(of: ASCII.lineFeed, in: position..<bytes.byteCount)
        position = end.map { $0 + 1 } ?? bytes.byteCount
        isDiscarding = end == nil && !isFinal
        return end != nil
    }

    /// Deals with input that contains no line feed: the last line of a stream, or the beginning of one.
    @inline(never)
    private mutating func lastLine(
        _ bytes: RawSpan, at position: inout Int, isFinal: Bool, refusals: inout [LineRefusal]
    ) -> Range<Int>? {
        let line = position..<bytes.byteCount
        if isFinal {
            searchedByteCount = 0
            position = bytes.byteCount
            return line.isEmpty ? nil : line
        }
        searchedByteCount = line.count
        // One more for a carriage return whose line feed is still to come.
        if line.count > Limits.lineBytesMax + 1 {
            lineCount += 1
            refuse(bytes.extracting(line), Self.lineTooLong, &refusals)
            isDiscarding = true
            searchedByteCount = 0
            position = bytes.byteCount
        }
        return nil
    }

    /// Reads one line and appends its row; comments and blank lines have none. Hot: once per line.
    @inline(__always)
    mutating func readLine(_ raw: RawSpan, timestamps: TimestampText, into batch: inout RowBatch) throws(LineFault) {
        cache.forgetIfFull()
        let line = try Self.content(of: raw)
        let start = Self.contentStart(line)
        if start == line.byteCount || line[start] == ASCII.hash { return }
        let prefixEnd = Self.prefixEnd(line, from: start)
        let known = cache.source(of: line, prefix: start..<prefixEnd)
        let source = if let known { known } else { try learnSource(line, prefix: start..<prefixEnd) }
        var position = line.skippingSpaces(from: prefixEnd)
        guard position < line.byteCount else { throw LineFault(offset: position, reason: .missingFields) }
        let expected = cache.expectedFieldList(of: source)
        let list = try readFields(line, at: &position, expected: expected)
        let timestamp = try timestamps.read(line, from: position)
        append(shape: cache.shape(source: source, fieldList: list), fieldList: list, timestamp: timestamp, to: &batch)
    }

    /// The line without white space and carriage return at its end.
    @inline(__always)
    @_lifetime(copy raw)
    private static func content(of raw: RawSpan) throws(LineFault) -> LineText {
        var end = raw.byteCount
        if end > 0, raw.unsafeLoad(fromByteOffset: end - 1, as: UInt8.self) == ASCII.carriageReturn { end -= 1 }
        guard end <= Limits.lineBytesMax else { throw lineTooLong }
        while end > 0 {
            let byte = raw.unsafeLoad(fromByteOffset: end - 1, as: UInt8.self)
            guard byte == ASCII.space || byte == ASCII.tab else { break }
            end -= 1
        }
        return LineText(raw.extracting(0..<end))
    }

    @inline(__always)
    private static func contentStart(_ line: borrowing LineText) -> Int {
        var start = 0
        while line[start] == ASCII.space || line[start] == ASCII.tab { start += 1 }
        return start
    }

    private static var lineTooLong: LineFault {
        LineFault(offset: Limits.lineBytesMax, reason: .lineTooLong(limit: Limits.lineBytesMax))
    }

    @inline(__always)
    private mutating func append(shape: Int, fieldList: Int, timestamp: Int64, to batch: inout RowBatch) {
        batch.rowShapes.append(UInt32(truncatingIfNeeded: batchIndex(ofShape: shape, in: &batch)))
        batch.timestamps.append(timestamp)
        batch.values.append(contentsOf: row.prefix(cache.fieldLists[fieldList].fields.count))
    }

    /// The index of a shape in the batch, which lists every shape once.
    @inline(__always)
    private mutating func batchIndex(ofShape shape: Int, in batch: inout RowBatch) -> Int {
        let index = cache.shapes[shape].batchIndex
        if cache.shapes[shape].batchNumber == batchMemory.number, index < batch.shapes.count,
            batch.shapes[index] === cache.shapes[shape].shape
        {
            return index
        }
        return addToBatch(shape: shape, &batch)
    }

    @inline(never)
    private mutating func addToBatch(shape: Int, _ batch: inout RowBatch) -> Int {
        let object = cache.shapes[shape].shape
        let foreign = batch.shapes.prefix(batchMemory.foreignShapeCount).firstIndex { $0 === object }
        let index = foreign ?? batch.shapes.count
        if foreign == nil { batch.shapes.append(object) }
        cache.setBatchIndex(index, batchNumber: batchMemory.number, ofShape: shape)
        return index
    }

    /// Counts a refused line and describes it to the caller.
    @inline(never)
    mutating func refuse(_ raw: RawSpan, _ fault: LineFault, _ refusals: inout [LineRefusal]) {
        refusedLineCount += 1
        let excerptCount = min(raw.byteCount, options.excerptBytesMax)
        refusals.append(
            LineRefusal(
                lineNumber: lineCount,
                column: fault.offset + 1,
                reason: fault.reason,
                excerpt: raw.extracting(0..<excerptCount).withUnsafeBytes { [UInt8]($0) },
                isExcerptCut: excerptCount < raw.byteCount
            )
        )
    }
}
