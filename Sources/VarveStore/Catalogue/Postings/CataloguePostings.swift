/// Which sources have which namespace, metric, dimension name and dimension: sets of source numbers, derived from the
/// tables and never stored. Guarded by the catalogue's second lock, which only readers take.
///
/// A dimension that a single source has (a host's name) costs 8 bytes; others as much as their form needs.
struct CataloguePostings: Sendable {
    /// Sources of one dimension.
    private enum Term: Sendable {
        case none
        case one(UInt32)
        /// Index into `lists`.
        case many(UInt32)
    }

    private let tables: CatalogueTables
    /// How often sources had been retired when these postings were begun.
    let retirements: Int
    /// What they cover.
    private var sourceCount = 0
    private var shapeCount = 0
    /// By number of the space.
    private var spaces: [PostingList] = []
    /// By space and name of the metric.
    private var metrics: [UInt64: Int] = [:]
    private var metricLists: [PostingList] = []
    /// Metric names of a field list in a space, as indexes into `metricLists`.
    private var metricsOfList: [UInt64: [Int]] = [:]
    /// By number of the name.
    private var names: [UInt32: NameTerm] = [:]
    /// By number of the pair.
    private var pairs: [Term] = []
    private var lists: [PostingList] = []

    /// Sources with a dimension of one name, and the pairs of that name.
    private struct NameTerm: Sendable {
        var sources = PostingList()
        var pairs: [UInt32] = []
        /// Whether `pairs` is in order of the values' bytes.
        var isSorted = true
    }

    init(tables: CatalogueTables, retirements: Int = 0) {
        self.tables = tables
        self.retirements = retirements
    }
}

// MARK: - Building

extension CataloguePostings {
    /// Takes in what came since the last time.
    mutating func extend(to counts: CatalogueCounts) {
        while spaces.count < counts.spaces { spaces.append(PostingList()) }
        while sourceCount < counts.sources {
            let source = UInt32(sourceCount)
            if !tables.isRetired(source) { add(source) }
            sourceCount += 1
        }
        while shapeCount < counts.shapes {
            let shape = tables.shapes[shapeCount]
            if shape.source != CatalogueTables.none, !tables.isRetired(shape.source) { add(shape) }
            shapeCount += 1
        }
    }

    private mutating func add(_ source: UInt32) {
        let row = tables.sources[source]
        while spaces.count <= Int(row.space) { spaces.append(PostingList()) }
        spaces[Int(row.space)].insert(source)
        for position in 0..<row.pairCount {
            let pair = tables.sourcePairs[row.pairStart + position]
            while pairs.count <= Int(pair) { pairs.append(.none) }
            let name = tables.pairs[pair].name
            names[name, default: NameTerm()].sources.insert(source)
            switch pairs[Int(pair)] {
            case .none:
                pairs[Int(pair)] = .one(source)
                names[name]?.pairs.append(pair)
                names[name]?.isSorted = false
            case .one(let first):
                var list = PostingList()
                list.insert(first)
                list.insert(source)
                pairs[Int(pair)] = .many(UInt32(lists.count))
                lists.append(list)
            case .many(let index): lists[Int(index)].insert(source)
            }
        }
    }

    private mutating func add(_ shape: CatalogueTables.Shape) {
        let space = tables.sources[shape.source].space
        let key = UInt64(space) << 32 | UInt64(shape.fieldList)
        let indexes = metricsOfList[key] ?? metricLists(space: space, fieldList: shape.fieldList)
        metricsOfList[key] = indexes
        for index in indexes { metricLists[index].insert(shape.source) }
    }

    private mutating func metricLists(space: UInt32, fieldList: UInt32) -> [Int] {
        var indexes: [Int] = []
        for field in tables.fields(ofList: fieldList) {
            let key = UInt64(space) << 32 | UInt64(tables.fields[field].name)
            let index = metrics[key] ?? metricLists.count
            if index == metricLists.count {
                metrics[key] = index
                metricLists.append(PostingList())
            }
            if !indexes.contains(index) { indexes.append(index) }
        }
        return indexes
    }
}

// MARK: - Asking

extension CataloguePostings {
    func sources(ofSpace space: UInt32) -> PostingList {
        Int(space) < spaces.count ? spaces[Int(space)] : PostingList()
    }

    func sources(ofSpace space: UInt32, metric name: UInt32) -> PostingList {
        metrics[UInt64(space) << 32 | UInt64(name)].map { metricLists[$0] } ?? PostingList()
    }

    func sources(withName name: UInt32) -> PostingList { names[name]?.sources ?? PostingList() }

    func sources(withPair pair: UInt32) -> PostingList {
        guard Int(pair) < pairs.count else { return PostingList() }
        switch pairs[Int(pair)] {
        case .none: return PostingList()
        case .many(let index): return lists[Int(index)]
        case .one(let source):
            var list = PostingList()
            list.insert(source)
            return list
        }
    }

    /// Sources whose value of `name` begins with `prefix`, not yet united. Sorts the values of the name once after each
    /// change; then a few nanoseconds per value.
    mutating func sources(withName name: UInt32, prefix: UnsafeRawBufferPointer) -> PostingSelection.Union {
        sortValues(of: name)
        var union = PostingSelection.Union()
        guard let known = names[name]?.pairs else { return union }
        let first = known.partitioningIndex { NameTable.order(value($0), prefix) >= 0 }
        let end = known.partitioningIndex { pair in
            NameTable.order(value(pair), prefix) >= 0 && !value(pair).starts(with: prefix)
        }
        for pair in known[first..<end] { add(pair, to: &union) }
        return union
    }

    /// Sources with any of these dimensions, not yet united.
    func sources(withPairs pairs: [UInt32]) -> PostingSelection.Union {
        var union = PostingSelection.Union()
        for pair in pairs where Int(pair) < self.pairs.count { add(pair, to: &union) }
        return union
    }

    private func add(_ pair: UInt32, to union: inout PostingSelection.Union) {
        switch pairs[Int(pair)] {
        case .none: break
        case .one(let source): union.singles.append(source)
        case .many(let index): union.lists.append(lists[Int(index)])
        }
    }

    private mutating func sortValues(of name: UInt32) {
        guard let term = names[name], !term.isSorted else { return }
        let tables = tables
        names[name]?.pairs.sort { tables.names.precedes(tables.pairs[$0].value, tables.pairs[$1].value) }
        names[name]?.isSorted = true
    }

    private func value(_ pair: UInt32) -> UnsafeRawBufferPointer { tables.names.bytes(tables.pairs[pair].value) }
}
