import Testing
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Searches by name, against the meaning of conditions tried on every series.
@Suite("Searching series")
struct SeriesSearchTests {
    /// Sources with few shapes, and with many of one field each, as PutMetricData makes them.
    private func fill(_ store: Store, _ random: inout SplitMix64) throws {
        var batch = RowBatch()
        for source in 0..<6 {
            let key = SourceKey(
                namespace: "n\(source % 2)", dimensions: [Dimension(name: "host", value: "h\(source)")])
            let metrics = source < 3 ? 40 : 5
            for metric in 0..<metrics {
                let unit: Unit = random.next() % 2 == 0 ? .count : .bytes
                for unit in random.next() % 4 == 0 ? [.count, .bytes] : [unit] {
                    let shape = RowShape(source: key, fields: [FieldKey(metric: "m\(metric)", unit: unit)])
                    batch.append(shape: shape, timestamp: StoreFixture.nowNs, values: [1])
                }
            }
        }
        _ = try store.appendAndWait(batch)
    }

    @Test("find the same whether a source has few shapes or many", arguments: 0..<8 as Range<UInt64>)
    func sameAsNaive(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let environment = SystemEnvironment(
            fileSystem: SimulatedFileSystem(), clock: SimulatedClock(wallNs: StoreFixture.nowNs),
            random: SeededRandomSource(seed: seed))
        let store = try Store.open(at: "/data", options: StoreFixture.options, environment: environment)
        defer { store.close() }
        try fill(store, &random)
        let snapshot = store.snapshot()
        let all = snapshot.namespaces(in: .default).flatMap { namespace in
            snapshot.metrics(in: .default, namespace: namespace).flatMap {
                snapshot.series(in: .default, namespace: namespace, metric: $0)
            }
        }
        let conditions: [SeriesCondition] = [
            .constant(true), .namespace(.equals("n1")), .metric(.equals("m\(random.next() % 40)")),
            .value(of: "host", .equals("h\(random.next() % 6)")),
            .all([.namespace(.equals("n0")), .not(.metric(.equals("m3")))]),
            .any([.metric(.equals("m1")), .value(of: "host", .equals("h0"))]),
        ]
        for condition in conditions {
            let expected = all.filter {
                condition.holds(source: snapshot.source(of: $0), metric: snapshot.field(of: $0).metric)
            }
            #expect(snapshot.series(in: .default, where: condition) == expected.sorted(), "seed \(seed), \(condition)")
        }
    }
}
