package import VarveModel

// Listings as of a moment: `counts` says what was known then, and nothing newer is shown. Retired sources are left out.
extension Catalogue {
    func namespaces(in scope: Scope, kind: SeriesKind, counts: CatalogueCounts) -> [String] {
        let spaces = (0..<counts.spaces).map { UInt32($0) }.filter { space in
            tables.kind(ofSpace: space) == kind && tables.scope(ofSpace: space) == scope
        }
        let live = withPostings(covering: counts) { postings in
            spaces.filter { space in postings.sources(ofSpace: space).contains(below: counts.sources) }
        }
        return live.map { tables.names.text(tables.spaces[$0].namespace) }.sorted { $0.precedesByBytes($1) }
    }

    /// Accounts and regions that have series of a kind, in any order. O(namespaces).
    func scopes(kind: SeriesKind, counts: CatalogueCounts) -> Set<Scope> {
        Set(
            (0..<counts.spaces).map { UInt32($0) }.filter { tables.kind(ofSpace: $0) == kind }.map {
                tables.scope(ofSpace: $0)
            })
    }

    func metrics(in scope: Scope, namespace: String, kind: SeriesKind, counts: CatalogueCounts) -> [String] {
        guard let space = findSpace(scope: scope, namespace: namespace, kind: kind) else { return [] }
        var names: Set<UInt32> = []
        for metric in 0..<counts.metrics where tables.metrics[metric].space == space {
            names.insert(tables.fields[tables.metrics[metric].field].name)
        }
        let candidates = names
        let live = withPostings(covering: counts) { postings in
            candidates.filter { postings.sources(ofSpace: space, metric: $0).contains(below: counts.sources) }
        }
        return live.map { tables.names.text($0) }.sorted { $0.precedesByBytes($1) }
    }

    /// Series of a metric whose sources satisfy all filters, ascending. O(smallest set + matching series).
    package func series(
        in scope: Scope, namespace: String, metric: String, matching filters: [DimensionFilter] = [],
        kind: SeriesKind = .metric, counts: CatalogueCounts
    ) -> [SeriesID] {
        series(in: scope, namespace: namespace, metrics: [metric], matching: filters, kind: kind, counts: counts)[0]
    }

    /// The same for several metrics, one answer each: the filters are looked up once.
    func series(
        in scope: Scope, namespace: String, metrics: [String], matching filters: [DimensionFilter], kind: SeriesKind,
        counts: CatalogueCounts
    ) -> [[SeriesID]] {
        guard let space = findSpace(scope: scope, namespace: namespace, kind: kind) else {
            return metrics.map { _ in [] }
        }
        let names = metrics.map { findName($0) }
        let terms = filters.map { term($0) }
        let (filtered, ofMetrics) = withPostings(covering: counts) { postings in
            (
                Self.select(terms, &postings),
                names.map { name in name.map { postings.sources(ofSpace: space, metric: $0) } }
            )
        }
        // Not under the lock of the postings: other queries need it.
        let common = filtered.wanted.isEmpty ? [] : [PostingSelection.Part.list(filtered.wantedSources())]
        return zip(names, ofMetrics).map { name, sources in
            guard let name, let sources else { return [] }
            let selection = PostingSelection(wanted: [.list(sources)] + common, unwanted: filtered.unwanted)
            var search = SeriesSearch(tables: tables, metricName: name, counts: counts)
            selection.sources().forEach { search.add($0) }
            return search.sorted()
        }
    }

    /// Series of a metric of the one source with exactly these dimensions. No postings.
    package func series(of source: SourceKey, metric: String, counts: CatalogueCounts) -> [SeriesID] {
        guard let number = find(source), let name = findName(metric) else { return [] }
        var search = SeriesSearch(tables: tables, metricName: name, counts: counts)
        search.add(number)
        return search.sorted()
    }

    // MARK: Filters

    /// A filter in numbers. A name or pair that nobody has is nil.
    private enum Term: Sendable {
        case pair(UInt32?, isWanted: Bool)
        /// Of one of these.
        case pairs([UInt32])
        case name(UInt32?, isWanted: Bool)
        case prefix(UInt32?, [UInt8])
    }

    private func term(_ filter: DimensionFilter) -> Term {
        switch filter {
        case .equals(let name, let value): .pair(pair(name, value), isWanted: true)
        case .isOneOf(let name, let values): .pairs(Array(Set(values.compactMap { pair(name, $0) })))
        case .notEquals(let name, let value): .pair(pair(name, value), isWanted: false)
        case .exists(let name): .name(findName(name), isWanted: true)
        case .absent(let name): .name(findName(name), isWanted: false)
        case .prefix(let name, let prefix): .prefix(findName(name), Array(prefix.utf8))
        }
    }

    private func pair(_ name: String, _ value: String) -> UInt32? {
        findName(name).flatMap { findPair(name: $0, value: value) }
    }

    /// Looks up the sets of all terms.
    private static func select(_ terms: [Term], _ postings: inout CataloguePostings) -> PostingSelection {
        var selection = PostingSelection(wanted: [])
        for term in terms {
            switch term {
            case .pair(let pair, let isWanted):
                selection.add(pair.map { postings.sources(withPair: $0) }, isWanted: isWanted)
            case .pairs(let pairs): selection.wanted.append(.union(postings.sources(withAnyOf: pairs)))
            case .name(let name, let isWanted):
                selection.add(name.map { postings.sources(withName: $0) }, isWanted: isWanted)
            case .prefix(let name, let prefix):
                let union = name.map { name in
                    prefix.withUnsafeBytes { postings.sources(withName: name, prefix: $0) }
                }
                selection.wanted.append(union.map { .union($0) } ?? .list(PostingList()))
            }
        }
        return selection
    }
}

extension PostingList {
    /// Whether some number is below `end`.
    func contains(below end: Int) -> Bool { first.map { Int($0) < end } ?? false }
}

/// Collects the series of a metric name of sources, one source after the other.
struct SeriesSearch {
    let tables: CatalogueTables
    let metricName: UInt32
    let counts: CatalogueCounts
    /// Positions of the metric in each field list met.
    private var positions: [UInt32: [Int]] = [:]
    private var found: [SeriesID] = []

    init(tables: CatalogueTables, metricName: UInt32, counts: CatalogueCounts) {
        self.tables = tables
        self.metricName = metricName
        self.counts = counts
    }

    /// Adds the series of a source as far as `counts` reach.
    mutating func add(_ source: UInt32) {
        guard Int(source) < counts.sources else { return }
        for shape in tables.shapes(of: source, below: counts.shapes) {
            let row = tables.shapes[shape]
            for position in positions(row.fieldList) {
                found.append(SeriesID(rawValue: tables.shapeSeries[Int(row.seriesStart) + position]))
            }
        }
    }

    private mutating func positions(_ fieldList: UInt32) -> [Int] {
        if let known = positions[fieldList] { return known }
        let fields = tables.fields(ofList: fieldList)
        let found = fields.enumerated().filter { tables.fields[$0.element].name == metricName }.map(\.offset)
        positions[fieldList] = found
        return found
    }

    /// Ascending and distinct: a series occurs in several shapes of its source.
    func sorted() -> [SeriesID] {
        var isAscending = true
        for index in found.indices.dropFirst() where found[index] <= found[index - 1] {
            isAscending = false
            break
        }
        if isAscending { return found }
        var distinct: [SeriesID] = []
        for series in found.sorted() where distinct.last != series { distinct.append(series) }
        return distinct
    }
}
