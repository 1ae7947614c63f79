/// Rows of samples by columns: what `SELECT *` has found.
struct RowTable {
    private(set) var times: [Int64] = []
    /// Per row the source it is of.
    private(set) var sources: [UInt32] = []
    /// Per metric a column.
    private(set) var columns: [RowColumn]

    init(columnCount: Int) { columns = Array(repeating: RowColumn(), count: columnCount) }

    /// - Precondition: all are equally long.
    init(times: [Int64], sources: [UInt32], columns: [RowColumn]) {
        self.times = times
        self.sources = sources
        self.columns = columns
    }

    var count: Int { times.count }

    /// Appends rows `rows` of other columns, all of one source.
    mutating func append(_ rows: Range<Int>, times: [Int64], columns more: [RowColumn], source: Int) {
        self.times += times[rows]
        sources.append(contentsOf: repeatElement(UInt32(source), count: rows.count))
        for index in columns.indices { columns[index].append(rows, of: more[index]) }
    }

    /// Appends one row.
    mutating func append(time: Int64, values: [Double?], source: Int) {
        times.append(time)
        sources.append(UInt32(source))
        for index in columns.indices { columns[index].append(values[index]) }
    }

    /// Sorts rows by time, those at one time as they stand, and keeps the first `limit`.
    mutating func sort(newestFirst: Bool, keeping limit: Int) {
        let direction = RowOrder(newestFirst: newestFirst)
        if count <= limit, isSorted(direction) { return }
        let order = RadixOrder.ascending(times.map { direction.key($0) }).prefix(limit)
        times = order.map { times[Int($0)] }
        sources = order.map { sources[Int($0)] }
        for index in columns.indices { columns[index].reorder(order) }
    }

    private func isSorted(_ order: RowOrder) -> Bool {
        var row = 1
        while row < times.count, order.key(times[row - 1]) <= order.key(times[row]) { row += 1 }
        return row >= times.count
    }
}

/// Samples of one metric, one per row; some rows may lack one.
struct RowColumn {
    private(set) var values: [Double] = []
    /// Whether a row lacks the metric; empty while none does.
    private(set) var missing: [Bool] = []

    init() {}

    /// Of rows that all have the metric, or of which some lack it.
    init(_ values: [Double], missing: [Bool] = []) {
        self.values = values
        self.missing = missing
    }

    /// Of rows that all lack it.
    init(missing count: Int) {
        values = Array(repeating: 0, count: count)
        missing = Array(repeating: true, count: count)
    }

    func value(_ row: Int) -> Double? { isMissing(row) ? nil : values[row] }

    @inline(__always)
    func isMissing(_ row: Int) -> Bool { !missing.isEmpty && missing[row] }

    /// Runs `body` with the cells in memory, to be filled.
    /// - Precondition: the column was made of missing values.
    mutating func withCells<Output>(
        _ body: (UnsafeMutableBufferPointer<Double>, UnsafeMutableBufferPointer<Bool>) -> Output
    ) -> Output {
        values.withUnsafeMutableBufferPointer { values in
            missing.withUnsafeMutableBufferPointer { missing in body(values, missing) }
        }
    }

    /// Forgets which rows lack the metric when none does.
    mutating func close() { if !missing.contains(true) { missing = [] } }

    mutating func append(_ value: Double?) {
        if value == nil, missing.isEmpty { missing = Array(repeating: false, count: values.count) }
        if value == nil || !missing.isEmpty { missing.append(value == nil) }
        values.append(value ?? 0)
    }

    mutating func append(_ rows: Range<Int>, of other: RowColumn) {
        let isComplete = other.missing.isEmpty || !other.missing[rows].contains(true)
        if !isComplete, missing.isEmpty { missing = Array(repeating: false, count: values.count) }
        if !isComplete {
            missing += other.missing[rows]
        } else if !missing.isEmpty {
            missing.append(contentsOf: repeatElement(false, count: rows.count))
        }
        values += other.values[rows]
    }

    mutating func reorder(_ order: ArraySlice<UInt32>) {
        values = order.map { values[Int($0)] }
        if !missing.isEmpty { missing = order.map { missing[Int($0)] } }
    }
}
