import VarveModel

/// Where rows with several columns lie: in a block of a segment, or in memory. Belongs to one scan.
protocol RecordSource: AnyObject {
    var rowCount: Int { get }
    /// Those of `rows` that satisfy a condition.
    func rows(_ rows: [Int], matching predicate: ColumnPredicate) throws(StoreError) -> [Int]
    /// The values of a column in `rows`.
    func values(_ column: SegmentColumn, rows: [Int]) throws(StoreError) -> SegmentColumnValues
}

extension RecordBlock: RecordSource {}

/// Rows of one series at one place, in time order, equal times in order of arrival.
struct RecordSpan {
    var series: SeriesID
    /// Positions in the source.
    var rows: [Int]
    var timestamps: [Int64]

    /// The part that lies in `range`. O(log rows).
    func clipped(to range: TimeRange) -> RecordSpan {
        let start = timestamps.partitioningIndex { $0 >= range.start }
        let end = timestamps.partitioningIndex { $0 >= range.end }
        if start == 0, end == rows.count { return self }
        return RecordSpan(
            series: series, rows: Array(rows[start..<max(start, end)]),
            timestamps: Array(timestamps[start..<max(start, end)]))
    }
}

/// Rows with several columns in memory, as a source.
final class RecordMemory: RecordSource {
    private let columns: RecordColumns

    init(_ columns: RecordColumns) { self.columns = columns }

    var rowCount: Int { columns.rowCount }

    func rows(_ rows: [Int], matching predicate: ColumnPredicate) -> [Int] {
        guard let index = columns.kind.schema.index(of: predicate.column) else { return [] }
        return columns.columns[index].rows(rows, equalTo: predicate.value)
    }

    func values(_ column: SegmentColumn, rows: [Int]) -> SegmentColumnValues {
        guard let index = columns.kind.schema.index(of: column.name) else {
            return .absent(column.type, count: rows.count)
        }
        return columns.columns[index].gather(rows)
    }

    /// The rows of each series, ascending by series. O(rows · log rows of a series).
    /// - Parameter wanted: ascending and distinct; nil for all.
    func spans(of wanted: [SeriesID]?, in range: TimeRange) -> [RecordSpan] {
        let chosen = wanted.map { Set($0) }
        var positions: [SeriesID: [Int]] = [:]
        for row in 0..<columns.rowCount where range.contains(columns.timestamps[row]) {
            let series = columns.series[row]
            if chosen?.contains(series) ?? true { positions[series, default: []].append(row) }
        }
        return positions.sorted { $0.key < $1.key }.map { (series, rows) in
            let sorted = rows.sorted { (columns.timestamps[$0], $0) < (columns.timestamps[$1], $1) }
            return RecordSpan(series: series, rows: sorted, timestamps: sorted.map { columns.timestamps[$0] })
        }
    }
}

/// Rows of one series that satisfy what was asked, in time order, equal times in order of arrival. Valid inside the
/// visit that delivered it; decodes only the columns that are asked for.
package struct RecordChunk {
    package let kind: SegmentKind
    package let series: SeriesID
    package let timestamps: [Int64]
    let rows: [Int]
    let source: any RecordSource

    package var rowCount: Int { timestamps.count }

    /// The values of the named columns, in the order of `names`. Bodies are read from disk only when named.
    /// - Precondition: the kind has the columns.
    package func columns(_ names: [String]) throws(StoreError) -> [SegmentColumnValues] {
        var values: [SegmentColumnValues] = []
        for name in names {
            guard let index = kind.schema.index(of: name) else { preconditionFailure("rows have no column \(name)") }
            values.append(try source.values(kind.schema.columns[index], rows: rows))
        }
        return values
    }

    /// The values of all columns, in the order of the kind's schema.
    package func columns() throws(StoreError) -> [SegmentColumnValues] {
        try columns(kind.schema.columns.map(\.name))
    }
}

/// What is asked of rows with several columns, beside series and time.
struct RecordFilter {
    var kind: SegmentKind
    var range: TimeRange
    var predicates: [ColumnPredicate]
    /// Rows of a series before this have expired.
    var oldest: ((SeriesID) -> Int64)?

    /// The rows of `spans`, which lie in `source`, that satisfy the filter; spans without one are left out.
    func chunks(_ spans: [RecordSpan], of source: any RecordSource) throws(StoreError) -> [RecordChunk] {
        let kept = spans.map { clipped($0) }.filter { !$0.rows.isEmpty }
        guard !predicates.isEmpty, !kept.isEmpty else { return kept.map { chunk($0, source) } }
        // The conditions are tested once for all runs of a block: a column is decoded as a whole anyway.
        var rows = kept.count == 1 ? kept[0].rows : kept.flatMap(\.rows)
        for predicate in predicates {
            rows = try source.rows(rows, matching: predicate)
            if rows.isEmpty { return [] }
        }
        var isMatch = [Bool](repeating: false, count: source.rowCount)
        for row in rows { isMatch[row] = true }
        return kept.compactMap { span in
            let matches = span.rows.indices.filter { isMatch[span.rows[$0]] }
            guard !matches.isEmpty else { return nil }
            let part = RecordSpan(
                series: span.series, rows: matches.map { span.rows[$0] },
                timestamps: matches.map { span.timestamps[$0] })
            return chunk(part, source)
        }
    }

    private func clipped(_ span: RecordSpan) -> RecordSpan {
        let start = max(range.start, oldest?(span.series) ?? .min)
        guard start < range.end else { return RecordSpan(series: span.series, rows: [], timestamps: []) }
        return span.clipped(to: TimeRange(start: start, end: range.end))
    }

    private func chunk(_ span: RecordSpan, _ source: any RecordSource) -> RecordChunk {
        RecordChunk(
            kind: kind, series: span.series, timestamps: span.timestamps, rows: span.rows, source: source)
    }
}
