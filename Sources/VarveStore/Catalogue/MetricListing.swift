package import VarveModel

/// Which metrics a listing has: those that fulfil all that is given.
package struct MetricFilter: Sendable {
    package var namespace: String?
    package var metric: String?
    /// Names, with a value or with any.
    package var dimensions: [(name: String, value: String?)] = []

    package init() {}
}

/// A part of a listing.
package struct MetricPage: Sendable {
    /// The first series of each metric; units and resolutions of a metric are one. Ascending.
    package fileprivate(set) var metrics: [SeriesID] = []
    /// Where to go on; nil at the end.
    package fileprivate(set) var last: SeriesID?
    /// Series whose names were looked at.
    package fileprivate(set) var lookedAtCount = 0
    /// Metrics whose rows were looked for.
    package fileprivate(set) var scannedCount = 0
}

extension StoreSnapshot {
    /// Metrics whose rows are looked for in one page: some ten milliseconds.
    private static let scannedMetricsMax = 1 << 14
    /// Of these at once.
    private static let scannedAtOnceMax = 1 << 12

    /// The next metrics of an account and region, in the order in which they came into being: numbers of series never
    /// change, so that a page goes on where the one before ended without looking at what that had.
    ///
    /// O(page) as long as most series are wanted and recently active, and O(1) for each series that a filter passes
    /// over. A page can end before it is full when few metrics are active.
    /// - Parameters:
    ///   - sinceNs: metrics without data since then are left out. Of rows in segments the day is known, and their
    ///     source; so some are listed up to a day longer, and as long as another metric of the source.
    ///   - isExact: not so, but by the rows of the metric itself.
    ///   - after: ``MetricPage/last`` of the page before.
    package func metrics(
        in scope: Scope, where filter: MetricFilter, activeSince sinceNs: Int64, isExact: Bool, after: SeriesID?,
        limit: Int
    ) throws(StoreError) -> MetricPage {
        var page = MetricPage()
        guard let test = ListingTest(filter, scope, catalogue, counts) else { return page }
        var next = after.map { Int($0.rawValue) + 1 } ?? 0
        var groups = MetricGroups(tables: catalogue.tables, counts: counts)
        while next < counts.series {
            var found: [[SeriesID]] = []
            // When few are active, more at once.
            let count = max(limit, min(page.scannedCount, Self.scannedAtOnceMax))
            while next < counts.series, found.count < count {
                let series = SeriesID(rawValue: UInt32(next))
                next += 1
                page.lookedAtCount += 1
                guard test.holds(series) else { continue }
                let metric = groups.metric(of: series)
                if metric.first == series { found.append(metric) }
            }
            let areActive = try areActive(found, sinceNs, isExact, &page)
            for (metric, isActive) in zip(found, areActive) where isActive {
                page.metrics.append(metric[0])
                page.last = metric[0]
                if page.metrics.count == limit { return page }
            }
            page.last = SeriesID(rawValue: UInt32(next - 1))
            if page.scannedCount >= Self.scannedMetricsMax, next < counts.series { return page }
        }
        page.last = nil
        return page
    }

    /// Whether metrics, each by all of its series, have data.
    private func areActive(
        _ metrics: [[SeriesID]], _ sinceNs: Int64, _ isExact: Bool, _ page: inout MetricPage
    ) throws(StoreError) -> [Bool] {
        let day = SourceDay.day(of: sinceNs)
        var isActive = metrics.map { series in
            !isExact && catalogue.tables.activity(of: catalogue.tables.series[series[0].rawValue].source) >= day
        }
        var series: [(id: SeriesID, metric: Int)] = []
        for (index, metric) in metrics.enumerated() where !isActive[index] {
            page.scannedCount += 1
            series += metric.map { ($0, index) }
        }
        guard !series.isEmpty else { return isActive }
        // Scans want them ascending.
        series.sort { $0.id < $1.id }
        let wanted = series.map(\.id)
        let range = TimeRange(start: sinceNs, end: .max)
        // Of damaged parts nothing is known: a metric whose only rows are there is not listed.
        try scan(wanted, in: range, leavingOut: { _ in }) { (index, chunk) throws(StoreError) in
            if chunk.lastTimestamp >= sinceNs { isActive[series[index].metric] = true }
            return .next
        }
        try scanSummaries(wanted, in: range, leavingOut: { _ in }) { (index, rows) throws(StoreError) in
            if !rows.timestamps.isEmpty { isActive[series[index].metric] = true }
            return .next
        }
        return isActive
    }
}

/// A filter in numbers of the catalogue.
private struct ListingTest {
    private let tables: CatalogueTables
    private let counts: CatalogueCounts
    /// Whether a space is wanted, by its number.
    private var spaces: [Bool]
    private var metric: UInt32?
    private var names: [UInt32] = []
    private var pairs: [UInt32] = []

    /// nil: no series has such names. O(spaces).
    init?(_ filter: MetricFilter, _ scope: Scope, _ catalogue: Catalogue, _ counts: CatalogueCounts) {
        let tables = catalogue.tables
        self.tables = tables
        self.counts = counts
        spaces = [Bool](repeating: false, count: counts.spaces)
        if let namespace = filter.namespace {
            guard let space = catalogue.findSpace(scope: scope, namespace: namespace, kind: .metric),
                Int(space) < counts.spaces
            else { return nil }
            spaces[Int(space)] = true
        } else {
            for space in 0..<UInt32(counts.spaces) where tables.kind(ofSpace: space) == .metric {
                spaces[Int(space)] = tables.scope(ofSpace: space) == scope
            }
        }
        if let name = filter.metric {
            guard let number = catalogue.findName(name) else { return nil }
            metric = number
        }
        for dimension in filter.dimensions {
            guard let name = catalogue.findName(dimension.name) else { return nil }
            guard let value = dimension.value else {
                names.append(name)
                continue
            }
            guard let pair = catalogue.findPair(name: name, value: value) else { return nil }
            pairs.append(pair)
        }
    }

    /// Hot: once per series that a page passes over.
    func holds(_ series: SeriesID) -> Bool {
        let row = tables.series[series.rawValue]
        guard row.metric != CatalogueTables.none, Int(row.metric) < counts.metrics,
            row.source != CatalogueTables.none, Int(row.source) < counts.sources
        else { return false }
        let metricRow = tables.metrics[row.metric]
        guard Int(metricRow.space) < spaces.count, spaces[Int(metricRow.space)] else { return false }
        if let metric, tables.fields[metricRow.field].name != metric { return false }
        if tables.isRetired(row.source) { return false }
        return names.allSatisfy { hasName($0, row.source) } && pairs.allSatisfy { hasPair($0, row.source) }
    }

    private func hasName(_ name: UInt32, _ source: UInt32) -> Bool {
        tables.pairs(of: source).contains { tables.pairs[$0].name == name }
    }

    private func hasPair(_ pair: UInt32, _ source: UInt32) -> Bool { tables.pairs(of: source).contains(pair) }
}

/// Which series are one metric. Remembers each source that it meets: its series come one after the other.
private struct MetricGroups {
    let tables: CatalogueTables
    let counts: CatalogueCounts
    private var sources: [UInt32: [UInt32: [SeriesID]]] = [:]

    init(tables: CatalogueTables, counts: CatalogueCounts) {
        self.tables = tables
        self.counts = counts
    }

    /// All series of the metric of one, ascending. Amortised O(fields of the shapes of its source).
    mutating func metric(of series: SeriesID) -> [SeriesID] {
        let row = tables.series[series.rawValue]
        let name = tables.fields[tables.metrics[row.metric].field].name
        if let known = sources[row.source] { return known[name] ?? [] }
        var groups: [UInt32: Set<SeriesID>] = [:]
        for shape in tables.shapes(of: row.source, below: counts.shapes) {
            let shapeRow = tables.shapes[shape]
            for (position, field) in tables.fields(ofList: shapeRow.fieldList).enumerated() {
                let member = SeriesID(rawValue: tables.shapeSeries[Int(shapeRow.seriesStart) + position])
                groups[tables.fields[field].name, default: []].insert(member)
            }
        }
        let sorted = groups.mapValues { $0.sorted() }
        sources[row.source] = sorted
        return sorted[name] ?? []
    }
}
