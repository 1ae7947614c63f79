import VarveModel
import VarveStore

/// What could not be read: of one series, or of all.
struct RowsGap: Hashable {
    var gap: DataGap
    var series: SeriesID?
}

/// Reads the rows of some sources of a `SELECT *`. Belongs to one thread.
struct RowsReader {
    private let plan: RowsPlan
    private let context: QueryContext
    /// Samples held at once.
    private let samplesMax: Int
    /// In the order of the statement; at most as many as its limit.
    private(set) var table: RowTable
    /// Rows that satisfy the conditions, those beyond the limit included.
    private(set) var rowCount = 0
    private(set) var gaps: [RowsGap] = []
    private var knownGaps: Set<RowsGap> = []

    private init(_ plan: RowsPlan, _ context: QueryContext, samplesMax: Int) {
        self.plan = plan
        self.context = context
        self.samplesMax = samplesMax
        table = RowTable(columnCount: plan.metrics.count)
    }

    /// Reads the rows of some sources; nil when they have more samples than may be held. O(samples).
    static func rows(
        of sources: Range<Int>, _ plan: RowsPlan, _ context: QueryContext, samplesMax: Int,
        on snapshot: some MetricSnapshot
    ) -> Result<RowsReader?, QueryError> {
        var reader = RowsReader(plan, context, samplesMax: samplesMax)
        do throws(QueryError) {
            guard try reader.read(sources, on: snapshot) else { return .success(nil) }
        } catch {
            return .failure(error)
        }
        reader.sortAndCut()
        return .success(reader)
    }

    /// Keeps the rows of some sources; false when they have more samples than may be held.
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
        try confirm(sources, metric, with: &finder, on: snapshot)
        try gather(sources, metric, with: &finder, on: snapshot)
        finder.finishGathering()
        let unclear = sources.filter { finder.isUnclear($0 - sources.lowerBound) }
        guard let merged = try merge(unclear, on: snapshot) else { return false }
        if unclear.isEmpty, plan.conditions.count == 1, table.count == 0 { return try keepAll(finder, sources) }
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

    /// Looks for samples at the times of hits where chunks overlap.
    private mutating func confirm(
        _ sources: Range<Int>, _ metric: Int, with finder: inout RowFinder, on snapshot: some MetricSnapshot
    ) throws(QueryError) {
        let (members, range) = Members(plan, sources) { $0.metric == metric }
            .wanted { finder.contestedTimes(of: $0 - sources.lowerBound) }
        guard let range else { return }
        try scan(members.series, in: range, on: snapshot) { (index, chunk) throws(StoreError) in
            try finder.confirm(chunk, source: members.sources[index] - sources.lowerBound)
            return .next
        }
    }

    /// Takes the other metrics where the condition holds.
    private mutating func gather(
        _ sources: Range<Int>, _ metric: Int, with finder: inout RowFinder, on snapshot: some MetricSnapshot
    ) throws(QueryError) {
        let (members, wanted) = Members(plan, sources) { $0.metric != metric }
            .wanted { finder.wantedTimes(of: $0 - sources.lowerBound) }
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
        var found: [RowsGap] = []
        var unread: [RowsGap] = []
        do throws(StoreError) {
            if context.acceptsGaps {
                try snapshot.scan(series, in: range, leavingOut: { unread.append(RowsGap(gap: $0)) }) {
                    (index, chunk) throws(StoreError) -> ScanStep in
                    do throws(StoreError) {
                        return try step(index, chunk)
                    } catch {
                        // Nothing of the chunk has been added: it is decoded before.
                        guard case .corrupt(let place) = error else { throw error }
                        found.append(RowsGap(gap: DataGap(place: place, chunk), series: series[index]))
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
        // The same chunks may be met again when other rows are wanted.
        for gap in found + unread where knownGaps.insert(gap).inserted { gaps.append(gap) }
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

    /// The rows found, as they are.
    private mutating func keepAll(_ finder: RowFinder, _ sources: Range<Int>) throws(QueryError) -> Bool {
        var numbers: [UInt32] = []
        numbers.reserveCapacity(finder.times.count)
        for source in sources {
            let rows = finder.rows(of: source - sources.lowerBound)
            numbers.append(contentsOf: repeatElement(UInt32(source), count: rows.count))
        }
        table = RowTable(times: finder.times, sources: numbers, columns: finder.columns)
        try note(rows: numbers.count)
        return true
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
        guard plan.hasLimit || rowCount <= plan.limit else { throw plan.tooManyRows }
        // At least a thousand, so that a small limit does not mean to sort after every row.
        if table.count > max(1_024, 2 * plan.limit) { sortAndCut() }
    }

    private mutating func sortAndCut() { table.sort(newestFirst: plan.isNewestFirst, keeping: plan.limit) }
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

    /// Those of the sources that something is wanted of, and from when to when; nil when nothing is.
    func wanted(_ times: (_ source: Int) -> TimeRange?) -> (members: Members, range: TimeRange?) {
        var result = Members()
        var range: TimeRange?
        for index in series.indices {
            guard let times = times(sources[index]) else { continue }
            result.append(series[index], sources[index], positions[index], metrics[index])
            let known = range ?? times
            range = TimeRange(start: min(known.start, times.start), end: max(known.end, times.end))
        }
        return (result, range)
    }
}
