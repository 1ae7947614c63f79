/// Rows of samples by columns: what `SELECT *` has found.
struct RowTable {
    private(set) var times: [Int64] = []
    /// Per row the source it is of.
    private(set) var sources: [UInt32] = []
    /// Per metric a column.
    private(set) var columns: [RowColumn]

    init(columnCount: Int) { columns = Array(repeating: RowColumn(), count: columnCount) }

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
        // With the sign bit turned over, the order of unsigned numbers is that of times; inverted, the opposite one.
        let flip: UInt64 = newestFirst ? 0x7fff_ffff_ffff_ffff : 0x8000_0000_0000_0000
        let order = RadixOrder.ascending(times.map { UInt64(bitPattern: $0) ^ flip }).prefix(limit)
        times = order.map { times[Int($0)] }
        sources = order.map { sources[Int($0)] }
        for index in columns.indices { columns[index].reorder(order) }
    }
}

/// Samples of one metric, one per row; some rows may lack one.
struct RowColumn {
    private(set) var values: [Double] = []
    /// Whether a row lacks the metric; empty while none does.
    private(set) var missing: [Bool] = []

    init() {}

    /// Of rows that all have the metric.
    init(_ values: [Double]) { self.values = values }

    /// Of rows that all lack it.
    init(missing count: Int) {
        values = Array(repeating: 0, count: count)
        missing = Array(repeating: true, count: count)
    }

    func value(_ row: Int) -> Double? { isMissing(row) ? nil : values[row] }

    @inline(__always)
    func isMissing(_ row: Int) -> Bool { !missing.isEmpty && missing[row] }

    /// - Precondition: the column was made of missing values.
    @inline(__always)
    mutating func fill(_ row: Int, _ value: Double) {
        values[row] = value
        missing[row] = false
    }

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
