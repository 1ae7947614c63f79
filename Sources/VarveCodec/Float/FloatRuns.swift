package import VarveBytes

extension FloatStream {
    /// Appends one stream for several short runs of values that lie one after the other, such as the rows of many
    /// series of one metric.
    /// - Parameter runs: lengths of the runs, each at least 1; together `values.count`.
    package static func encodeRuns(
        _ values: UnsafeBufferPointer<Double>, runs: [Int], into writer: inout ByteWriter, hint: inout FloatHint,
        effort: CodecEffort = .flush
    ) {
        encode(values, into: &writer, hint: &hint, effort: effort)
    }

    /// Fills all of `output` from a stream that ``encodeRuns(_:runs:into:hint:effort:)`` made of the same runs.
    @_lifetime(cursor: copy cursor)
    package static func decodeRuns(
        _ cursor: inout ByteCursor, runs: [Int], into output: UnsafeMutableBufferPointer<Double>
    ) throws(CodecError) {
        try decode(&cursor, into: output)
    }
}
