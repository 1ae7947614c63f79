import VarveModel
import VarveStore

/// Runs a `SELECT *`: sources are worked on in batches whose samples fit ``QueryContext/samplesMax``.
struct RowsExecutor {
    let plan: RowsPlan
    let context: QueryContext
    private var rows: [SampleRow] = []
    /// Rows that satisfy the conditions, those beyond the limit included.
    private var rowCount = 0
    private var gaps: [DataGap] = []

    /// Sources of the first batch: enough to share a scan, few enough that most statements need no second try.
    private static let firstBatch = 256
    /// A sample takes 16 bytes here, time and value, twice those of statistics.
    private var samplesMax: Int { max(1, context.samplesMax / 2) }

    init(_ plan: RowsPlan, in context: QueryContext) {
        self.plan = plan
        self.context = context
    }

    mutating func run(on snapshot: some MetricSnapshot) throws(QueryError) -> QueryResult {
        let missing = snapshot.gaps(in: plan.range)
        if !context.acceptsGaps, let gap = missing.first { throw .store(.corrupt(gap.place)) }
        var next = 0
        var batch = Self.firstBatch
        while next < plan.sources.count {
            let end = min(next + batch, plan.sources.count)
            if let samples = try samples(of: next..<end, on: snapshot) {
                for source in next..<end {
                    try context.checkCancellation()
                    try combine(samples[source - next], of: source)
                }
                next = end
            } else {
                guard end - next > 1 else { throw tooManySamples }
                batch = (end - next) / 2
            }
        }
        sortAndCut()
        return result(missing)
    }

    private var tooManySamples: QueryError {
        .limit(
            message: "the rows of one series have more than \(samplesMax) values, the limit of SELECT *;"
                + " take a shorter range")
    }

    // MARK: Reading

    /// The samples of some sources by metric; nil when there are more than may be held.
    private mutating func samples(
        of sources: Range<Int>, on snapshot: some MetricSnapshot
    ) throws(QueryError) -> [[SampleColumn]]? {
        try context.checkCancellation()
        let members = sources.flatMap { source in plan.sources[source].members.map { (source: source, member: $0) } }
            .sorted { $0.member.series < $1.member.series }
        let columns = [SampleColumn](repeating: SampleColumn(), count: plan.metrics.count)
        var samples = [[SampleColumn]](repeating: columns, count: sources.count)
        var count = 0
        var isCancelled = false
        let (range, samplesMax, cancellation) = (plan.range, samplesMax, context.cancellation)
        func add(_ index: Int, _ chunk: any SampleChunk) throws(StoreError) -> ScanStep {
            isCancelled = cancellation?.isRaised == true
            if isCancelled { return .stop }
            let place = members[index]
            count += samples[place.source - sources.lowerBound][place.member.metric].add(try chunk.decode(), in: range)
            return count > samplesMax ? .stop : .next
        }
        let gapCount = gaps.count
        try scan(members.map(\.member.series), on: snapshot, add)
        if isCancelled { throw .cancelled }
        if count <= samplesMax { return samples }
        // They are met again.
        gaps.removeLast(gaps.count - gapCount)
        return nil
    }

    private mutating func scan(
        _ series: [SeriesID], on snapshot: some MetricSnapshot,
        _ add: (Int, any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(QueryError) {
        var found: [DataGap] = []
        var unread: [DataGap] = []
        do throws(StoreError) {
            if context.acceptsGaps {
                try snapshot.scan(series, in: plan.range, leavingOut: { unread.append($0) }) {
                    (index, chunk) throws(StoreError) -> ScanStep in
                    do throws(StoreError) {
                        return try add(index, chunk)
                    } catch {
                        // Nothing of the chunk has been added: it is decoded before.
                        guard case .corrupt(let place) = error else { throw error }
                        found.append(DataGap(place: place, chunk))
                        return .next
                    }
                }
            } else {
                try snapshot.scan(series, in: plan.range, visit: add)
            }
        } catch {
            throw .store(error)
        }
        gaps += found + unread
    }

    // MARK: Rows

    /// Samples of one time make one row; of several samples of a metric at one time the first ones belong together.
    private mutating func combine(_ columns: [SampleColumn], of source: Int) throws(QueryError) {
        let columns = columns.map(\.sorted)
        var next = [Int](repeating: 0, count: columns.count)
        while true {
            var time: Int64?
            for (column, row) in zip(columns, next) where row < column.times.count {
                time = min(time ?? .max, column.times[row])
            }
            guard let time else { return }
            var values = [Double?](repeating: nil, count: columns.count)
            for (index, column) in columns.enumerated()
            where next[index] < column.times.count && column.times[next[index]] == time {
                values[index] = column.values[next[index]]
                next[index] += 1
            }
            if satisfiesConditions(values) {
                try keep(SampleRow(time: time, source: source, number: rowCount, values: values))
            }
        }
    }

    private func satisfiesConditions(_ values: [Double?]) -> Bool {
        plan.conditions.allSatisfy { condition in
            guard let metric = condition.metric, let value = values[metric] else { return false }
            return condition.comparison.holds(value, condition.value)
        }
    }

    private mutating func keep(_ row: SampleRow) throws(QueryError) {
        rows.append(row)
        rowCount += 1
        guard plan.hasLimit || rowCount <= plan.limit else {
            throw .limit(
                message: "the result has more than \(plan.limit) rows, the limit of one statement;"
                    + " take a shorter range or a LIMIT")
        }
        if rows.count > 2 * plan.limit { sortAndCut() }
    }

    private mutating func sortAndCut() {
        let isNewestFirst = plan.isNewestFirst
        rows.sort { SampleRow.precedes($0, $1, isNewestFirst: isNewestFirst) }
        if rows.count > plan.limit { rows.removeLast(rows.count - plan.limit) }
    }

    private func result(_ missing: [DataGap]) -> QueryResult {
        var columns = [QueryResult.Column(name: "time", kind: .time)]
        columns += plan.keys.map { QueryResult.Column(name: $0, kind: .text) }
        columns += plan.metrics.map { QueryResult.Column(name: $0, kind: .number) }
        let cells = rows.map { row in
            [QueryResult.Value.time(row.time)]
                + plan.sources[row.source].keyValues.map { $0.map { .text($0) } ?? .null }
                + row.values.map { $0.map { .number($0) } ?? .null }
        }
        var notices = plan.notices + DataGap.notices(missing + gaps)
        if rowCount > rows.count { notices.append("\(rows.count) of \(rowCount) rows shown (LIMIT)") }
        var result = QueryResult(columns: columns, rows: cells, range: plan.range, notices: notices)
        result.isPartial = !missing.isEmpty || !gaps.isEmpty
        return result
    }
}

/// One row of the answer.
private struct SampleRow {
    let time: Int64
    let source: Int
    /// In the order of reading.
    let number: Int
    /// By metric.
    let values: [Double?]

    /// By time; at one time by source, then as they were read.
    static func precedes(_ left: SampleRow, _ right: SampleRow, isNewestFirst: Bool) -> Bool {
        if left.time != right.time { return (left.time < right.time) != isNewestFirst }
        return (left.source, left.number) < (right.source, right.number)
    }
}

/// The samples of one metric of one source.
private struct SampleColumn {
    private(set) var times: [Int64] = []
    private(set) var values: [Double] = []
    private var isSorted = true

    /// Adds the rows in `range`; returns how many.
    mutating func add(_ samples: DecodedSamples, in range: TimeRange) -> Int {
        let before = times.count
        for row in samples.values.indices {
            let time = samples.timestamps[row]
            guard range.contains(time) else { continue }
            if let last = times.last, last > time { isSorted = false }
            times.append(time)
            values.append(samples.values[row])
        }
        return times.count - before
    }

    /// By time; equal times as they came.
    var sorted: SampleColumn {
        if isSorted { return self }
        let order = times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
        var result = SampleColumn()
        result.times = order.map { times[$0] }
        result.values = order.map { values[$0] }
        return result
    }
}
