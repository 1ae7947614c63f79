import VarveModel

extension Catalogue {
    /// Series of all namespaces and metrics whose names satisfy a condition, ascending.
    ///
    /// Texts are tested once each, not once per series: a condition that names a text is a look-up; one that tests
    /// texts goes over the distinct values of its dimension, or of all (some 30 ns each). Then sets of sources are
    /// combined per metric. O(distinct texts tested + metrics · sets + series found).
    func series(in scope: Scope, where condition: SeriesCondition, counts: CatalogueCounts) -> [SeriesID] {
        var search = ConditionSearch(catalogue: self, counts: counts)
        let condition = search.resolve(condition)
        var found: [SeriesID] = []
        var crowded = CrowdedSources(tables: tables, counts: counts)
        for (space, names) in metricNames(in: scope, counts: counts) {
            let inSpace = condition.deciding { atom in
                guard case .namespace(let text) = atom else { return nil }
                return text.holds(tables.names.bytes(tables.spaces[space].namespace))
            }
            if inSpace.isFalse { continue }
            for name in names {
                let ofMetric = inSpace.deciding { atom in
                    guard case .metric(let text) = atom else { return nil }
                    return text.holds(tables.names.bytes(name))
                }
                if ofMetric.isFalse { continue }
                let all = withPostings(covering: counts) { $0.sources(ofSpace: space, metric: name) }
                var series = SeriesSearch(tables: tables, metricName: name, counts: counts)
                ofMetric.sources(of: all, search.sets).forEach { source in
                    if crowded.isCrowded(source) { crowded.want(name, of: source) } else { series.add(source) }
                }
                found += series.sorted()
            }
        }
        found += crowded.series()
        return found.sorted()
    }

    /// The names of metrics by space, both ascending by number.
    private func metricNames(in scope: Scope, counts: CatalogueCounts) -> [(space: UInt32, names: [UInt32])] {
        var names: [UInt32: Set<UInt32>] = [:]
        for metric in 0..<counts.metrics {
            let row = tables.metrics[metric]
            names[row.space, default: []].insert(tables.fields[row.field].name)
        }
        let spaces = names.keys.sorted().filter { space in
            Int(space) < counts.spaces && tables.kind(ofSpace: space) == .metric
                && tables.scope(ofSpace: space) == scope
        }
        return spaces.map { ($0, (names[$0] ?? []).sorted()) }
    }
}

/// Sources with many shapes, as those whose metrics were written one by one have. Going over their shapes for each
/// metric name would be quadratic, so their names are gathered first and their shapes looked at once.
private struct CrowdedSources {
    let tables: CatalogueTables
    let counts: CatalogueCounts
    private var wanted: [UInt32: Set<UInt32>] = [:]

    /// Up to here a visit per name costs less than gathering.
    private static let shapesMax = 16

    init(tables: CatalogueTables, counts: CatalogueCounts) {
        self.tables = tables
        self.counts = counts
    }

    /// O(``shapesMax``) at most.
    func isCrowded(_ source: UInt32) -> Bool {
        guard Int(source) < counts.sources else { return false }
        var shapes = tables.shapes(of: source, below: counts.shapes).makeIterator()
        for _ in 0..<Self.shapesMax where shapes.next() == nil { return false }
        return shapes.next() != nil
    }

    mutating func want(_ name: UInt32, of source: UInt32) { wanted[source, default: []].insert(name) }

    /// Distinct, in any order. O(fields of all shapes).
    func series() -> Set<SeriesID> {
        var found: Set<SeriesID> = []
        for (source, names) in wanted {
            for shape in tables.shapes(of: source, below: counts.shapes) {
                let row = tables.shapes[shape]
                for (position, field) in tables.fields(ofList: row.fieldList).enumerated()
                where names.contains(tables.fields[field].name) {
                    found.insert(SeriesID(rawValue: tables.shapeSeries[Int(row.seriesStart) + position]))
                }
            }
        }
        return found
    }
}

/// A condition whose texts of dimensions have become sets of sources.
private indirect enum ResolvedCondition {
    case constant(Bool)
    /// What a namespace or a metric decides.
    case name(SeriesCondition)
    /// Index into the sets of the search.
    case sources(Int)
    case all([ResolvedCondition])
    case any([ResolvedCondition])
    case not(ResolvedCondition)

    var isFalse: Bool {
        if case .constant(false) = self { true } else { false }
    }

    /// The condition with the names put in that `decide` knows.
    func deciding(_ decide: (SeriesCondition) -> Bool?) -> ResolvedCondition {
        switch self {
        case .constant, .sources: return self
        case .name(let atom): return decide(atom).map { .constant($0) } ?? self
        case .not(let part):
            let part = part.deciding(decide)
            if case .constant(let holds) = part { return .constant(!holds) }
            return .not(part)
        case .all(let parts):
            let rest = parts.map { $0.deciding(decide) }
            return rest.contains(where: \.isFalse) ? .constant(false) : .all(rest)
        case .any(let parts):
            let rest = parts.map { $0.deciding(decide) }.filter { !$0.isFalse }
            return rest.isEmpty ? .constant(false) : .any(rest)
        }
    }

    /// Those of `base` that satisfy the condition.
    func sources(of base: PostingList, _ sets: [PostingList]) -> PostingList {
        switch self {
        case .constant(let holds): holds ? base : PostingList()
        case .name: preconditionFailure("names are decided before sources")
        case .sources(let index): base.intersection(sets[index])
        case .not(let part): base.subtracting(part.sources(of: base, sets))
        case .all(let parts): parts.reduce(base) { $0.isEmpty ? $0 : $1.sources(of: $0, sets) }
        case .any(let parts): parts.reduce(PostingList()) { $0.union($1.sources(of: base, sets)) }
        }
    }
}

/// Looks up what a condition says of dimensions.
private struct ConditionSearch {
    private let catalogue: Catalogue
    private let counts: CatalogueCounts
    private(set) var sets: [PostingList] = []
    private var tables: CatalogueTables { catalogue.tables }

    init(catalogue: Catalogue, counts: CatalogueCounts) {
        self.catalogue = catalogue
        self.counts = counts
    }

    mutating func resolve(_ condition: SeriesCondition) -> ResolvedCondition {
        switch condition {
        case .constant(let holds): return .constant(holds)
        case .namespace, .metric: return .name(condition)
        case .dimensionName(let text): return add(sources(withName: text))
        case .anyValue(let text): return add(union(pairs(withValue: text)))
        case .value(let name, let text): return add(union(pairs(of: name, text)))
        case .dimensionNames(let names): return add(sources(withExactly: names))
        case .not(let part): return .not(resolve(part))
        case .all(let parts): return .all(parts.map { resolve($0) })
        case .any(let parts): return .any(parts.map { resolve($0) })
        }
    }

    private mutating func add(_ set: PostingList) -> ResolvedCondition {
        sets.append(set)
        return .sources(sets.count - 1)
    }

    /// United outside of the lock of the postings: other queries need it.
    private func union(_ pairs: [UInt32]) -> PostingList {
        catalogue.withPostings(covering: counts) { $0.sources(withAnyOf: pairs) }.united()
    }

    private func value(_ pair: UInt32) -> UnsafeRawBufferPointer { tables.names.bytes(tables.pairs[pair].value) }

    private func pairs(of name: String, _ text: TextCondition) -> [UInt32] {
        guard let name = catalogue.findName(name) else { return [] }
        switch text {
        case .equals(let value): return catalogue.findPair(name: name, value: value).map { [$0] } ?? []
        case .satisfies(let test):
            let pairs = catalogue.withPostings(covering: counts) { $0.pairs(ofName: name) }
            return pairs.filter { test(value($0)) }
        }
    }

    private func pairs(withValue text: TextCondition) -> [UInt32] {
        let pairs = 0..<UInt32(tables.pairs.count)
        switch text {
        case .equals(let value):
            guard let number = catalogue.findName(value) else { return [] }
            return pairs.filter { tables.pairs[$0].value == number }
        case .satisfies(let test): return pairs.filter { test(value($0)) }
        }
    }

    private func sources(withName text: TextCondition) -> PostingList {
        let names = catalogue.withPostings(covering: counts) { $0.dimensionNames }
        let matching = names.filter { text.holds(tables.names.bytes($0)) }
        let lists = catalogue.withPostings(covering: counts) { postings in
            matching.map { postings.sources(withName: $0) }
        }
        return lists.reduce(PostingList()) { $0.union($1) }
    }

    /// Sources with all the names, of these those that have no further one.
    private func sources(withExactly names: [String]) -> PostingList {
        var numbers: [UInt32] = []
        for name in names {
            guard let number = catalogue.findName(name) else { return PostingList() }
            numbers.append(number)
        }
        let wanted = numbers
        let lists = catalogue.withPostings(covering: counts) { postings in
            wanted.map { postings.sources(withName: $0) }
        }
        guard let smallest = lists.min(by: { $0.count < $1.count }) else { return sourcesWithoutDimensions }
        var exact = PostingList()
        lists.reduce(smallest) { $0.intersection($1) }.forEach { source in
            if Int(tables.sources[source].pairCount) == names.count { exact.insert(source) }
        }
        return exact
    }

    /// At most one per namespace, unless it was retired and came again.
    private var sourcesWithoutDimensions: PostingList {
        var found = PostingList()
        for source in 0..<UInt32(tables.sources.count) where tables.sources[source].pairCount == 0 {
            found.insert(source)
        }
        return found
    }
}
