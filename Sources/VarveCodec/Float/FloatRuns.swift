package import VarveBytes

extension FloatStream {
    /// How the values of several runs are laid out; the first byte of the stream.
    /// Format: Docs/Format/columns.md, "Runs of floats".
    enum RunLayout: UInt8 {
        /// One F stream of all values: nothing is known of the runs.
        case joined = 0
        /// The first number of each run, then the differences inside runs.
        case steps = 1
        /// The smallest number of each run, then all numbers above it.
        case heights = 2
    }

    /// Appends one stream for several short runs of values that lie one after the other, such as the rows of many
    /// series of one metric: one scale serves all, and a run's distance from the one before costs nothing inside it.
    /// Verified like ``encode(_:into:hint:effort:)``; about 100 ns per value.
    /// - Parameter runs: lengths of the runs, each at least 1; together `values.count`.
    package static func encodeRuns(
        _ values: UnsafeBufferPointer<Double>, runs: [Int], into writer: inout ByteWriter, hint: inout FloatHint,
        effort: CodecEffort = .flush
    ) {
        precondition(runs.allSatisfy { $0 > 0 } && runs.reduce(0, +) == values.count, "runs cover the values")
        var best = ByteWriter(capacity: values.count * 2)
        best.write(RunLayout.joined.rawValue)
        encode(values, into: &best, hint: &hint, effort: effort)
        // Single rows or a single run: the layouts are the same.
        if runs.count > 1 && runs.count < values.count,
            let split = encodeSplit(values, runs, hint: &hint, effort), split.count < best.count
        {
            var cursor = ByteCursor(split.bytes.span.bytes)
            let output = ScratchBuffer<Double>(count: values.count)
            let isRead = (try? decodeRuns(&cursor, runs: runs, into: output.buffer)) != nil
            if isRead && cursor.remaining == 0 && isSame(values, output.buffer) { best = split }
        }
        writer.write(contentsOf: best.bytes)
    }

    /// The smaller of the two layouts that know the runs; nil when no scale suits the values.
    private static func encodeSplit(
        _ values: UnsafeBufferPointer<Double>, _ runs: [Int], hint: inout FloatHint, _ effort: CodecEffort
    ) -> ByteWriter? {
        guard let scale = FloatSelection.chooseScale(values, hint: &hint) else { return nil }
        let column = ScaledColumn(count: values.count)
        scale.split(values, into: column)
        var head = ByteWriter()
        column.encodeHead(values, scale: scale, into: &head, effort)
        var best: ByteWriter?
        for layout in [RunLayout.steps, .heights] {
            var candidate = ByteWriter(capacity: values.count * 2)
            candidate.write(layout.rawValue)
            candidate.write(contentsOf: head.bytes)
            encodeNumbers(column.numbers, runs, layout, into: &candidate, effort)
            if candidate.count < best?.count ?? .max { best = candidate }
        }
        return best
    }

    private static func encodeNumbers(
        _ numbers: UnsafeMutableBufferPointer<Int64>, _ runs: [Int], _ layout: RunLayout, into writer: inout ByteWriter,
        _ effort: CodecEffort
    ) {
        var anchors: [Int64] = []
        var rest: [Int64] = []
        anchors.reserveCapacity(runs.count)
        rest.reserveCapacity(numbers.count)
        var start = 0
        for length in runs {
            let run = numbers[start..<(start + length)]
            start += length
            let anchor = layout == .steps ? run[run.startIndex] : run.reduce(.max, min)
            anchors.append(anchor)
            if layout == .heights {
                for number in run { rest.append(number &- anchor) }
            } else {
                for index in run.indices.dropFirst() { rest.append(numbers[index] &- numbers[index - 1]) }
            }
        }
        anchors.withUnsafeBufferPointer { IntegerStream.encode($0, into: &writer, effort: effort) }
        rest.withUnsafeBufferPointer { IntegerStream.encode($0, into: &writer, effort: effort) }
    }

    /// Fills all of `output` from a stream that ``encodeRuns(_:runs:into:hint:effort:)`` made of the same runs. Never
    /// traps, and uses no memory beyond a few times the size of `output`.
    /// - Throws: ``CodecError``; `output` then holds anything.
    @_lifetime(cursor: copy cursor)
    package static func decodeRuns(
        _ cursor: inout ByteCursor, runs: [Int], into output: UnsafeMutableBufferPointer<Double>
    ) throws(CodecError) {
        let start = cursor.offset
        let code: UInt8 = try cursor.fixed()
        guard let layout = RunLayout(rawValue: code) else {
            throw .malformed(offset: start, detail: "layout \(code) of runs; only 0 to 2 are defined")
        }
        if layout == .joined { return try decode(&cursor, into: output) }
        var rest = output.count
        for length in runs {
            guard length > 0, length <= rest else {
                throw .malformed(offset: start, detail: "run of \(length) rows where \(rest) are left")
            }
            rest -= length
        }
        guard rest == 0 else { throw .malformed(offset: start, detail: "\(rest) rows outside all runs") }
        let (mode, flags) = try decodeMode(&cursor)
        guard mode == .decimal || mode == .binary || mode == .multiple else {
            throw .malformed(offset: start, detail: "float mode \(mode) does not split into runs")
        }
        let raw = UnsafeMutableRawBufferPointer(output)
        let words = raw.bindMemory(to: Int64.self)
        defer { _ = raw.bindMemory(to: Double.self) }
        try decodeScaled(&cursor, mode, flags, into: words, runs: (runs, layout))
    }

    /// Fills `output` with the numbers of `runs`, which cover it.
    @_lifetime(cursor: copy cursor)
    static func decodeNumbers(
        _ cursor: inout ByteCursor, _ runs: [Int], _ layout: RunLayout, into output: UnsafeMutableBufferPointer<Int64>
    ) throws(CodecError) {
        let anchors = try IntegerStream.decodeArray(&cursor, count: runs.count)
        if layout == .heights {
            try IntegerStream.decode(&cursor, into: output)
            return raise(output, runs, anchors)
        }
        // The steps go to the end of the output. Row r of run k reads the step runs.count − k − 1 places further on, so
        // none is overwritten before it is read.
        let steps = UnsafeMutableBufferPointer(rebasing: output[runs.count...])
        try IntegerStream.decode(&cursor, into: steps)
        var row = 0
        var step = 0
        for (length, anchor) in zip(runs, anchors) {
            var value = anchor
            for _ in 1..<length {
                let next = value &+ steps[step]
                output[row] = value
                value = next
                row &+= 1
                step &+= 1
            }
            output[row] = value
            row &+= 1
        }
    }

    private static func raise(_ output: UnsafeMutableBufferPointer<Int64>, _ runs: [Int], _ anchors: [Int64]) {
        var row = 0
        for (length, anchor) in zip(runs, anchors) {
            for index in row..<(row + length) { output[index] &+= anchor }
            row += length
        }
    }
}
