package import VarveBytes

extension FloatStream {
    /// Sums of neighbouring runs of rows of the stream at `cursor`, without writing out its doubles: where the stream
    /// holds scaled integers, their sums and extremes say all. Values that are not finite are left out. The bits are
    /// those that summing the decoded values gives. Hot: once per block.
    /// - Parameters:
    ///   - rowCount: rows of the stream.
    ///   - borders: run i has the rows from `borders[i]` up to `borders[i + 1]`; ascending, within 0…`rowCount`.
    ///     Vectors that hold no row of a run are not decoded.
    ///   - wantsSum: whether more than counts and extremes is asked for.
    ///   - memory: for those who sum up block after block.
    /// - Returns: one entry per run; nil when the values themselves have to be looked at, because of the form they are
    ///   stored in.
    /// - Throws: ``CodecError``.
    package static func sums(
        _ cursor: borrowing ByteCursor, rowCount: Int, borders: [Int], wantsSum: Bool = true,
        memory: SumMemory = SumMemory()
    ) throws(CodecError) -> [RowSums]? {
        precondition(
            borders.first ?? 0 >= 0 && borders.last ?? 0 <= rowCount
                && zip(borders, borders.dropFirst()).allSatisfy { $0 <= $1 }, "runs are ascending and inside the rows")
        var reader = copy cursor
        let (mode, flags) = try decodeMode(&reader)
        let isScaled = mode == .decimal || mode == .binary || mode == .multiple
        guard isScaled, flags & ~exceptionsFlag == 0 else { return nil }
        let scale = try FloatScale(decoding: &reader, mode)
        var rows: [Int64] = []
        var values: [Double] = []
        if flags != 0 {
            let exceptions = try ExceptionList(decoding: &reader, rows: rowCount)
            rows = exceptions.positions
            for index in rows.indices { values.append(exceptions.value(at: index)) }
        }
        // Between exceptions that stand closer, little is left to be summed at once.
        guard rows.count * rowsPerException <= rowCount,
            var summer = RowSummer(scale, borders: borders, leavingOut: rows, wantsSum: wantsSum, memory: memory)
        else { return nil }
        for (row, value) in zip(rows, values) { summer.add(value, row: Int(row)) }
        try IntegerStream.sum(&reader, count: rowCount, into: &summer)
        return summer.finish()
    }

    private static let rowsPerException = 32
}
