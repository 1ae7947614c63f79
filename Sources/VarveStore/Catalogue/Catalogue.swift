import Synchronization
package import VarveModel

/// Every name the store knows, and the numbers that stand for them.
///
/// One writer adds; anybody reads. Facts lie in columns that only grow (``CatalogueTables``), so that readers take
/// counts once and then read without a lock. Look-ups by key share one lock with the writer, for about a microsecond;
/// postings have another one, which the writer never takes: readers bring them up to date themselves.
package final class Catalogue: Sendable {
    let tables = CatalogueTables()
    private let state: Mutex<CatalogueState>
    /// What snapshots may show.
    private let visible = Mutex(CatalogueCounts())
    private let postings: Mutex<CataloguePostings>
    /// How often sources were retired: then postings are made anew.
    private let retirements = Atomic<Int>(0)

    /// A catalogue whose hashes anybody can foretell; for tests, and to check a store without serving it.
    package convenience init() { self.init(hashKey: SipHash.Key(low: 0, high: 0)) }

    /// - Parameter hashKey: random bits that clients cannot know.
    init(hashKey: SipHash.Key) {
        state = Mutex(CatalogueState(tables: tables, key: hashKey))
        postings = Mutex(CataloguePostings(tables: tables))
    }

    // MARK: For the writer

    /// The number of a shape, creating it, its source and its series when they are new. New facts are appended to
    /// `records` and must reach the log no later than the first row that uses them.
    /// - Parameter nowNs: a clock that never goes back, for the limit on the rate.
    /// - Throws: `.tooManySeries`; nothing has changed then.
    package func resolve(
        _ shape: RowShape, limits: SeriesLimits, nowNs: Int64, records: inout [CatalogueRecord]
    ) throws(StoreError) -> UInt32 {
        let result = state.withLock { state in
            var added: [CatalogueRecord] = []
            let outcome = state.resolve(shape, limits: limits, nowNs: nowNs, records: &added)
            return (outcome, added)
        }
        records += result.1
        switch result.0 {
        case .number(let ordinal): return ordinal
        case .refused(let limit, let refusal):
            throw .tooManySeries(limit: limit, namespace: shape.source.namespace, refusal)
        }
    }

    /// Adds a fact read from disk; a known fact is accepted silently.
    package func apply(_ record: CatalogueRecord) throws(CatalogueError) {
        let failure = state.withLock { state -> CatalogueError? in
            do throws(CatalogueError) {
                try state.apply(record)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    /// Fills an empty catalogue from the sections of a checkpoint, in order.
    func load(_ section: CheckpointReader.Section, _ load: inout CheckpointLoad) throws(CatalogueError) {
        try withState(&load) { state, load throws(CatalogueError) in try state.load(section, &load) }
    }

    /// To be called after the last section.
    func finish(_ load: inout CheckpointLoad) throws(CatalogueError) {
        try withState(&load) { state, load throws(CatalogueError) in try state.finish(&load) }
    }

    private func withState(
        _ load: inout CheckpointLoad,
        _ body: @Sendable (inout CatalogueState, inout CheckpointLoad) throws(CatalogueError) -> Void
    ) throws(CatalogueError) {
        let before = load
        let (after, failure) = state.withLock { state -> (CheckpointLoad, CatalogueError?) in
            var load = before
            do throws(CatalogueError) {
                try body(&state, &load)
                return (load, nil)
            } catch {
                return (load, error)
            }
        }
        load = after
        if let failure { throw failure }
    }

    /// Everything known so far.
    package var counts: CatalogueCounts { state.withLock { _ in tables.counts } }

    /// Lets snapshots show everything known so far. To be called once it is durable, and before rows that use it can be
    /// seen.
    func makeVisible() { visible.withLock { $0 = tables.counts } }

    /// What a snapshot that is taken now may show.
    var visibleCounts: CatalogueCounts { visible.withLock { $0 } }

    /// The record of a source, with the retired source that it replaces.
    func sourceRecord(_ source: UInt32) -> CatalogueRecord {
        let replaced = state.withLock { $0.replacements[source] }
        return .source(ordinal: source, tables.key(ofSource: source), replaces: replaced)
    }

    /// Notes that sources have data of a day in segments.
    func touch(_ days: [SourceDay]) {
        state.withLock { state in
            for source in days { state.touch(source.source, day: source.day) }
        }
    }

    /// Retires every source without data since `day`, except those in `kept`. O(sources); once a day. Keys and
    /// resources stay: their newest state does, however old it is.
    ///
    /// Sources of a store whose older version did not note days count as active `today`.
    /// - Returns: how many were retired.
    func retire(before day: UInt32, today: UInt32, except kept: Set<UInt32>) -> Int {
        let retired = state.withLock { state -> Int in
            var retired = 0
            for source in 0..<tables.sources.count {
                let newest = tables.activity(of: UInt32(source))
                guard newest < day, !kept.contains(UInt32(source)), !tables.isState(UInt32(source)) else { continue }
                if newest == 0 {
                    state.touch(UInt32(source), day: today)
                } else {
                    state.retire(UInt32(source))
                    retired += 1
                }
            }
            return retired
        }
        if retired > 0 { retirements.wrappingAdd(1, ordering: .releasing) }
        return retired
    }

    /// Series of all sources that are not retired.
    package var liveSeriesCount: Int { state.withLock { $0.liveSeries } }

    // MARK: For readers

    /// Series that were ever created.
    package var seriesCount: Int { tables.series.count }
    package var shapeCount: Int { tables.shapes.count }

    /// - Precondition: `series` came from this catalogue.
    package func source(of series: SeriesID) -> SourceKey {
        let source = tables.series[series.rawValue].source
        return source == CatalogueTables.none
            ? SourceKey(namespace: "", dimensions: []) : tables.key(ofSource: source)
    }

    /// The value of a dimension of a series' source. O(dimensions).
    func value(of name: String, in series: SeriesID) -> String? {
        let source = tables.series[series.rawValue].source
        guard source != CatalogueTables.none else { return nil }
        return name.withBytes { wanted in
            for pair in tables.pairs(of: source) where tables.names.isEqual(tables.pairs[pair].name, wanted) {
                return tables.names.text(tables.pairs[pair].value)
            }
            return nil
        }
    }

    package func field(of series: SeriesID) -> FieldKey { tables.key(ofSeries: series) }

    /// The unit of a series' field; O(1), without names.
    func unit(of series: SeriesID) -> Unit {
        let metric = tables.series[series.rawValue].metric
        guard metric != CatalogueTables.none else { return .none }
        return Unit(rawValue: tables.fields[tables.metrics[metric].field].unit) ?? .none
    }

    /// Tells where the values of series stand in rows: shape and position, the shapes of one series oldest first. Under
    /// one lock; about 20 ns per series.
    func forEachPlace(of series: [SeriesID], _ body: (_ index: Int, _ shape: UInt32, _ position: Int) -> Void) {
        state.withLock { state in
            for (index, identifier) in series.enumerated() {
                state.forEachPlace(of: identifier) { body(index, $0, $1) }
            }
        }
    }

    /// Series of a shape, in the order of a row's values.
    package func series(ofShape shape: UInt32) -> [SeriesID] { tables.series(ofShape: shape) }

    /// A number that orders series for storage: all series of one metric are adjacent.
    package func storageOrder(of series: SeriesID) -> UInt64 {
        UInt64(tables.series[series.rawValue].metric) << 32 | UInt64(series.rawValue)
    }

    /// The source with exactly this key, unless it is retired. One look-up, without postings.
    func find(_ source: SourceKey) -> UInt32? {
        state.withLock { state in
            state.index.findSource(source).flatMap { tables.isRetired($0) ? nil : $0 }
        }
    }

    /// Runs `body` with postings that cover at least `counts`. Brings them up to date first: about 20 ns per
    /// dimension of a source that came since the last query.
    func withPostings<Result: Sendable>(
        covering counts: CatalogueCounts, _ body: (inout CataloguePostings) -> Result
    ) -> Result {
        postings.withLock { postings in
            let retirements = retirements.load(ordering: .acquiring)
            if postings.retirements != retirements {
                postings = CataloguePostings(tables: tables, retirements: retirements)
            }
            postings.extend(to: counts)
            return body(&postings)
        }
    }

    /// The numbers that stand for names, for queries.
    func findName(_ text: String) -> UInt32? { state.withLock { $0.index.findName(text) } }

    func findSpace(scope: Scope, namespace: String, kind: SeriesKind) -> UInt32? {
        state.withLock { $0.index.findSpace(scope: scope, namespace: namespace, kind: kind) }
    }

    func findPair(name: UInt32, value: String) -> UInt32? {
        state.withLock { state in state.index.findName(value).flatMap { state.index.findPair(name, $0) } }
    }

    /// Memory of the tables and indexes, as address space; postings not counted.
    package var capacityBytes: Int { state.withLock { tables.capacityBytes + $0.index.capacityBytes } }

    /// Copies of the writer's counts, for reports.
    func use() -> (seriesOfSpace: [Int], valueCounts: [UInt32: Int]) {
        state.withLock { ($0.seriesOfSpace, $0.index.valueCounts) }
    }
}

/// The newest day (since 1970) of which a source has data.
struct SourceDay: Sendable, Equatable {
    var source: UInt32
    var day: UInt32

    /// Day 1 for everything before 1970-01-03, as 0 means that nothing is known.
    static func day(of timestampNs: Int64) -> UInt32 {
        let day = timestampNs / Nanoseconds.perDay
        return UInt32(min(max(day, 1), Int64(CatalogueRecord.dayMax)))
    }
}
