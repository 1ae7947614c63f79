import Testing
import VarveModel
import VarveStore
import VarveTestKit

@Suite struct PostingTests {
    /// A set in one of the shapes that make different containers: sparse, dense, in runs, over several containers.
    private func randomSet(_ random: inout SplitMix64) -> Set<UInt32> {
        var set: Set<UInt32> = []
        let end: UInt32 = [300, 70_000, 200_000][Int.random(in: 0..<3, using: &random)]
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
            for _ in 0..<Int.random(in: 0...200, using: &random) { set.insert(.random(in: 0..<end, using: &random)) }
        case 1: for _ in 0..<12_000 { set.insert(.random(in: 0..<end, using: &random)) }
        default:
            for _ in 0..<Int.random(in: 1...30, using: &random) {
                let start = UInt32.random(in: 0..<end, using: &random)
                set.formUnion(start..<(start + .random(in: 1...3_000, using: &random)))
            }
        }
        return set
    }

    private func list(_ set: Set<UInt32>, shuffled random: inout SplitMix64) -> PostingList {
        var list = PostingList()
        let order = Bool.random(using: &random) ? set.sorted() : set.shuffled(using: &random)
        for number in order {
            list.insert(number)
            if number.isMultiple(of: 7) { list.insert(number) }
        }
        return list
    }

    private func numbers(_ list: PostingList) -> [UInt32] {
        var numbers: [UInt32] = []
        list.forEach { numbers.append($0) }
        return numbers
    }

    @Test("sets behave as sets, whatever their containers", arguments: 0..<UInt64(12))
    func algebra(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let (left, right) = (randomSet(&random), randomSet(&random))
        let (one, two) = (list(left, shuffled: &random), list(right, shuffled: &random))
        #expect(numbers(one) == left.sorted(), "seed \(seed)")
        #expect(one.count == left.count && one.first == left.min(), "seed \(seed)")
        #expect(numbers(one.intersection(two)) == left.intersection(right).sorted(), "seed \(seed)")
        #expect(numbers(one.union(two)) == left.union(right).sorted(), "seed \(seed)")
        #expect(numbers(one.subtracting(two)) == left.subtracting(right).sorted(), "seed \(seed)")
        for _ in 0..<200 {
            let number = UInt32.random(in: 0..<210_000, using: &random)
            #expect(one.contains(number) == left.contains(number), "seed \(seed)")
        }
    }

    private func randomShape(_ random: inout SplitMix64) -> RowShape {
        var dimensions: [Dimension] = []
        for name in ["a", "b", "c", "host"] where Int.random(in: 0..<4, using: &random) > 0 {
            let host = "h\(Int.random(in: 0..<40, using: &random))"
            let value = name == "host" ? host : ["x", "xy", "y", ""].randomElement(using: &random)!
            dimensions.append(Dimension(name: name, value: value))
        }
        let fields = ["m", "n", "o"].filter { _ in Bool.random(using: &random) }
        return RowShape(
            source: SourceKey(
                namespace: ["s", "t"].randomElement(using: &random)!, dimensions: dimensions,
                kind: Int.random(in: 0..<9, using: &random) == 0 ? .trail : .metric),
            fields: (fields.isEmpty ? ["m"] : fields).map {
                FieldKey(metric: $0, unit: Bool.random(using: &random) ? .bytes : .none)
            })
    }

    private func randomFilter(_ random: inout SplitMix64) -> DimensionFilter {
        let name = ["a", "b", "c", "host", "none"].randomElement(using: &random)!
        let value = ["x", "xy", "y", "", "h1", "h12", "z"].randomElement(using: &random)!
        return switch Int.random(in: 0..<6, using: &random) {
        case 0: .equals(name: name, value: value)
        case 1: .notEquals(name: name, value: value)
        case 2: .prefix(name: name, prefix: value)
        case 3: .exists(name: name)
        case 4: .isOneOf(name: name, values: [value, "x", "h2", value, "h7"])
        default: .absent(name: name)
        }
    }

    @Test("filters by postings find what asking every source finds, also in old snapshots", arguments: 0..<UInt64(20))
    func filters(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let catalogue = Catalogue()
        var records: [CatalogueRecord] = []
        var moments: [CatalogueCounts] = []
        for round in 0..<120 {
            if round.isMultiple(of: 40) { moments.append(catalogue.counts) }
            _ = try catalogue.resolve(
                randomShape(&random), limits: SeriesLimits(total: 1_000_000), nowNs: 0, records: &records)
        }
        moments.append(catalogue.counts)
        for _ in 0..<60 {
            let counts = moments.randomElement(using: &random)!
            let filters = (0..<Int.random(in: 0...3, using: &random)).map { _ in randomFilter(&random) }
            let namespace = ["s", "t"].randomElement(using: &random)!
            let metric = ["m", "n"].randomElement(using: &random)!
            let found = catalogue.series(
                in: .default, namespace: namespace, metric: metric, matching: filters, kind: .metric, counts: counts)
            let naive = (0..<UInt32(counts.series)).map { SeriesID(rawValue: $0) }.filter { series in
                let source = catalogue.source(of: series)
                return source.kind == .metric && source.namespace == namespace
                    && catalogue.field(of: series).metric == metric && filters.allSatisfy { $0.matches(source) }
            }
            #expect(found == naive, "seed \(seed), \(namespace) \(metric) \(filters)")
        }
    }

    @Test("an exact dimension set finds its source only")
    func exact() throws {
        let catalogue = Catalogue()
        var records: [CatalogueRecord] = []
        let dimensions = [Dimension(name: "a", value: "1"), Dimension(name: "b", value: "2")]
        for count in 0...2 {
            let source = SourceKey(namespace: "n", dimensions: Array(dimensions.prefix(count)))
            let shape = RowShape(source: source, fields: [FieldKey(metric: "m"), FieldKey(metric: "m", unit: .bytes)])
            _ = try catalogue.resolve(shape, limits: SeriesLimits(total: 100), nowNs: 0, records: &records)
        }
        let one = SourceKey(namespace: "n", dimensions: [dimensions[0]])
        let found = catalogue.series(of: one, metric: "m", counts: catalogue.counts)
        #expect(found.map(\.rawValue) == [2, 3])
        let other = SourceKey(namespace: "n", dimensions: [dimensions[1]])
        #expect(catalogue.series(of: other, metric: "m", counts: catalogue.counts).isEmpty)
    }

    @Test("SipHash-1-3 gives the published value of the empty message")
    func sipHash() {
        let key = SipHash.Key(low: 0x0706_0504_0302_0100, high: 0x0f0e_0d0c_0b0a_0908)
        let hash = [UInt8]().withUnsafeBytes { SipHash.hash($0, key: key) }
        #expect(hash == 0xabac_0158_050f_c4dc)
    }
}
