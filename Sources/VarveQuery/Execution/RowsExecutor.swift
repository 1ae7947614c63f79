import VarveModel
import VarveStore

/// Runs a `SELECT *`: sources are worked on in batches whose samples fit ``QueryContext/samplesMax``.
struct RowsExecutor {
    let plan: RowsPlan
    let context: QueryContext
    private var table: RowTable
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
        table = RowTable(columnCount: plan.metrics.count)
    }

    mutating func run(on snapshot: some MetricSnapshot) throws(QueryError) -> QueryResult {
        let missing = snapshot.gaps(in: plan.range)
        if !context.acceptsGaps, let gap = missing.first { throw .store(.corrupt(gap.place)) }
        var next = 0
        var batch = Self.firstBatch
        while next < plan.sources.count {
            try context.checkCancellation()
            let end = min(next + batch, plan.sources.count)
            let gapCount = gaps.count
            if try read(next..<end, on: snapshot) {
                next = end
            } else {
                // They are met again.
                gaps.removeLast(gaps.count - gapCount)
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

    /// Keeps the rows of some sources; false, with none kept, when they have more samples than may be held.
    private mutating func read(_ sources: Range<Int>, on snapshot: some MetricSnapshot) throws(QueryError) -> Bool {
        guard let condition = plan.conditions.first else {
            guard let merged = try merge(Array(sources), on: snapshot) else { return false }
            for (source, merger) in zip(sources, merged) { try keep(merger, of: source) }
            return true
        }
        guard let metric = condition.metric else { return true }
        var finder = RowFinder(condition, metric: metric, in: plan.range, sourceCount: sources.count)
        guard try search(sources, metric, with: &finder, on: snapshot) else {
            // That limit counts metrics which a single source may not have; here only its own count.
            guard sources.count == 1, let merged = try merge(Array(sources), on: snapshot) else { return false }
            for (source, merger) in zip(sources, merged) { try keep(merger, of: source) }
            return true
        }
        finder.finishSearch(metricCount: plan.metrics.count)
        try gather(sources, metric, with: &finder, on: snapshot)
        let unclear = sources.filter { finder.isUnclear($0 - sources.lowerBound) }
        guard let merged = try merge(unclear, on: snapshot) else { return false }
        var mergers = zip(unclear, merged).makeIterator()
        for source in sources {
            if finder.isUnclear(source - sources.lowerBound) {
                if let (source, merger) = mergers.next() { try keep(merger, of: source) }
            } else {
                try keep(finder, of: source, finder.rows(of: source - sources.lowerBound))
            }
        }
        return true
    }

    /// Finds where the condition on `metric` holds; false where that is too often.
    private mutating func search(
        _ sources: Range<Int>, _ metric: Int, with finder: inout RowFinder, on snapshot: some MetricSnapshot
    ) throws(QueryError) -> Bool {
        let members = Members(plan, sources) { $0.metric == metric }
        for source in sources where plan.sources[source].repeatsMetrics {
            finder.markUnclear(source - sources.lowerBound)
        }
        let hitsMax = samplesMax / plan.metrics.count
        var hitCount = 0
        try scan(members.series, in: plan.range, on: snapshot) { (index, chunk) throws(StoreError) in
            hitCount += try finder.search(chunk, source: members.sources[index] - sources.lowerBound)
            return hitCount > hitsMax ? .stop : .next
        }
        return hitCount <= hitsMax
    }

    /// Takes the other metrics where the condition holds.
    private mutating func gather(
        _ sources: Range<Int>, _ metric: Int, with finder: inout RowFinder, on snapshot: some MetricSnapshot
    ) throws(QueryError) {
        var wanted: TimeRange?
        let members = Members(plan, sources) { $0.metric != metric }
            .filter { source in
                guard !finder.isUnclear(source - sources.lowerBound),
                    let times = finder.wantedTimes(of: source - sources.lowerBound)
                else { return false }
                let known = wanted ?? times
                wanted = TimeRange(start: min(known.start, times.start), end: max(known.end, times.end))
                return true
            }
        guard let wanted else { return }
        try scan(members.series, in: wanted, on: snapshot) { (index, chunk) throws(StoreError) in
            let source = members.sources[index] - sources.lowerBound
            try finder.gather(chunk, metric: members.metrics[index], source: source)
            return .next
        }
    }

    /// All samples of some sources; nil when there are more than may be held.
    private mutating func merge(
        _ sources: [Int], on snapshot: some MetricSnapshot
    ) throws(QueryError) -> [RowMerger]? {
        if sources.isEmpty { return [] }
        let members = Members(plan, sources) { _ in true }
        let merger = RowMerger(metricCount: plan.metrics.count, conditions: plan.conditions)
        var mergers = [RowMerger](repeating: merger, count: sources.count)
        var count = 0
        let (range, samplesMax) = (plan.range, samplesMax)
        try scan(members.series, in: range, on: snapshot) { (index, chunk) throws(StoreError) in
            let place = members.positions[index]
            count += mergers[place].add(try chunk.decode(), metric: members.metrics[index], in: range)
            return count > samplesMax ? .stop : .next
        }
        return count <= samplesMax ? mergers : nil
    }

    /// Visits chunks until `visit` stops, around damage where gaps are accepted.
    private mutating func scan(
        _ series: [SeriesID], in range: TimeRange, on snapshot: some MetricSnapshot,
        _ visit: (Int, any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(QueryError) {
        if series.isEmpty { return }
        var isCancelled = false
        let cancellation = context.cancellation
        func step(_ index: Int, _ chunk: any SampleChunk) throws(StoreError) -> ScanStep {
            isCancelled = cancellation?.isRaised == true
            if isCancelled { return .stop }
            return try visit(index, chunk)
        }
        var found: [DataGap] = []
        var unread: [DataGap] = []
        do throws(StoreError) {
            if context.acceptsGaps {
                try snapshot.scan(series, in: range, leavingOut: { unread.append($0) }) {
                    (index, chunk) throws(StoreError) -> ScanStep in
                    do throws(StoreError) {
                        return try step(index, chunk)
                    } catch {
                        // Nothing of the chunk has been added: it is decoded before.
                        guard case .corrupt(let place) = error else { throw error }
                        found.append(DataGap(place: place, chunk))
                        return .next
                    }
                }
            } else {
                try snapshot.scan(series, in: range, visit: step)
            }
        } catch {
            throw .store(error)
        }
        if isCancelled { throw .cancelled }
        gaps += found + unread
    }

    // MARK: Rows

    private mutating func keep(_ merger: RowMerger, of source: Int) throws(QueryError) {
        try context.checkCancellation()
        var merger = merger
        if let (times, columns) = merger.sharedRows() {
            table.append(times.indices, times: times, columns: columns, source: source)
            return try note(rows: times.count)
        }
        try merger.forEachRow { (time, values) throws(QueryError) in
            table.append(time: time, values: values, source: source)
            try note(rows: 1)
        }
    }

    /// Those of the rows found that satisfy the other conditions, too.
    private mutating func keep(_ finder: RowFinder, of source: Int, _ rows: Range<Int>) throws(QueryError) {
        try context.checkCancellation()
        let others = plan.conditions.dropFirst()
        if others.isEmpty {
            table.append(rows, times: finder.times, columns: finder.columns, source: source)
            return try note(rows: rows.count)
        }
        for row in rows {
            let values = finder.columns.map { $0.value(row) }
            guard others.allSatisfy({ $0.holds(values) }) else { continue }
            table.append(time: finder.times[row], values: values, source: source)
            try note(rows: 1)
        }
    }

    /// Counts rows that were kept, and drops those beyond the limit from time to time.
    private mutating func note(rows: Int) throws(QueryError) {
        rowCount += rows
        guard plan.hasLimit || rowCount <= plan.limit else {
            throw .limit(
                message: "the result has more than \(plan.limit) rows, the limit of one statement;"
                    + " take a shorter range or a LIMIT")
        }
        // At least a thousand, so that a small limit does not mean to sort after every row.
        if table.count > max(1_024, 2 * plan.limit) { sortAndCut() }
    }

    private mutating func sortAndCut() { table.sort(newestFirst: plan.isNewestFirst, keeping: plan.limit) }

    private func result(_ missing: [DataGap]) -> QueryResult {
        var columns = [QueryResult.Column(name: "time", kind: .time)]
        columns += plan.keys.map { QueryResult.Column(name: $0, kind: .text) }
        columns += plan.metrics.map { QueryResult.Column(name: $0, kind: .number) }
        var cells = [QueryCells.times(table.times)]
        for key in plan.keys.indices {
            cells.append(.texts(TextCells(plan.sources.map { $0.keyValues[key] }, numbers: table.sources)))
        }
        cells += table.columns.map { .numbers(DenseCells($0.values, missing: $0.missing)) }
        var notices = plan.notices + DataGap.notices(missing + gaps)
        if rowCount > table.count { notices.append("\(table.count) of \(rowCount) rows shown (LIMIT)") }
        var result = QueryResult(
            columns: columns, table: QueryRows(columns: cells, count: table.count), range: plan.range, notices: notices)
        result.isPartial = !missing.isEmpty || !gaps.isEmpty
        return result
    }
}

/// Series of some sources in the order in which they are scanned.
private struct Members {
    /// Ascending.
    private(set) var series: [SeriesID] = []
    /// Per series its source in the plan, and where that stands in the list of sources.
    private(set) var sources: [Int] = []
    private(set) var positions: [Int] = []
    private(set) var metrics: [Int] = []

    private init() {}

    init(_ plan: RowsPlan, _ chosen: some Collection<Int>, where isWanted: (RowsPlan.Member) -> Bool) {
        var members: [(member: RowsPlan.Member, source: Int, position: Int)] = []
        for (position, source) in chosen.enumerated() {
            for member in plan.sources[source].members where isWanted(member) {
                members.append((member, source, position))
            }
        }
        for index in RadixOrder.ascending(members.map { UInt64($0.member.series.rawValue) }) {
            let (member, source, position) = members[Int(index)]
            append(member.series, source, position, member.metric)
        }
    }

    private mutating func append(_ series: SeriesID, _ source: Int, _ position: Int, _ metric: Int) {
        self.series.append(series)
        sources.append(source)
        positions.append(position)
        metrics.append(metric)
    }

    /// Those of some sources.
    func filter(_ isWanted: (_ source: Int) -> Bool) -> Members {
        var result = Members()
        for index in series.indices where isWanted(sources[index]) {
            result.append(series[index], sources[index], positions[index], metrics[index])
        }
        return result
    }
}
