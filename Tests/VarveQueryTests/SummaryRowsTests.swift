import Testing
import VarveIO
import VarveModel
import VarveQuery
import VarveStore
import VarveTestKit

/// Samples that came one by one, with weights, and as sets, in one metric.
@Suite struct SummaryRowsTests {
    private struct Sent {
        var host: String
        var second: Int64
        var value: Double
        /// Copies; nil for a plain sample, negative for a set of so many equal samples.
        var weight: Int?
    }

    private static let start: Int64 = 1_767_225_600
    private static let statement =
        "SELECT COUNT(m), SUM(m), MIN(m), MAX(m), AVG(m), p30(m), IQM(m), TC(m, 2:7), LAST(m) FROM n"
        + " GROUP BY host SINCE 2026-01-01 UNTIL 2026-01-01T01:00Z PERIOD 10m"

    private func shape(_ host: String) -> RowShape {
        RowShape(
            source: SourceKey(namespace: "n", dimensions: [Dimension(name: "host", value: host)]),
            fields: [FieldKey(metric: "m")])
    }

    private func store(_ sent: [Sent], flushing: Int) throws -> Store {
        let world = SimulatedWorld(seed: 3)
        world.clock.advance(byNs: Nanoseconds.perDay)
        var options = StoreOptions()
        options.space.ballastBytes = 0
        let store = try Store.open(at: "/data", options: options, environment: world.environment)
        for (index, one) in sent.enumerated() {
            let time = (Self.start + one.second) * Nanoseconds.perSecond
            switch one.weight {
            case nil:
                var batch = RowBatch()
                batch.append(shape: shape(one.host), timestamp: time, values: [one.value])
                _ = try store.appendAndWait(batch)
            case .some(let weight) where weight < 0:
                var batch = RecordBatch(.statisticSet)
                let count = Double(-weight)
                batch.append(
                    shape: shape(one.host), timestamp: time,
                    values: [count, count * one.value, one.value, one.value].map { .floats([$0]) })
                _ = try store.appendAndWait(batch)
            case .some(let weight):
                var batch = RecordBatch(.weighted)
                batch.append(
                    shape: shape(one.host), timestamp: time, values: [one.value, Double(weight)].map { .floats([$0]) })
                _ = try store.appendAndWait(batch)
            }
            if flushing > 0, index % flushing == flushing - 1 { try store.flush() }
        }
        return store
    }

    private func sent(_ random: inout SplitMix64) -> [Sent] {
        (0..<120).map { _ in
            let kind = random.next() % 3
            let weight = Int.random(in: 1...5, using: &random)
            return Sent(
                host: Bool.random(using: &random) ? "a" : "b", second: Int64.random(in: 0..<3_600, using: &random),
                value: Double(Int.random(in: 0...40, using: &random)) / 4,
                weight: kind == 0 ? nil : kind == 1 ? weight : -weight)
        }
    }

    @Test("they count as the samples that they stand for, wherever they lie", arguments: 0..<4 as Range<UInt64>)
    func model(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let sent = sent(&random)
        let context = QueryContext(nowNs: (Self.start + 86_400) * Nanoseconds.perSecond)
        var plain: [Sent] = []
        for one in sent {
            for _ in 0..<abs(one.weight ?? 1) {
                plain.append(Sent(host: one.host, second: one.second, value: one.value, weight: nil))
            }
        }
        let expanded = try store(plain, flushing: 0)
        let expected = try QueryEngine.run(Self.statement, on: expanded.snapshot(), in: context)
        expanded.close()
        for flushing in [0, 1, 17] {
            let store = try store(sent, flushing: flushing)
            let result = try QueryEngine.run(Self.statement, on: store.snapshot(), in: context)
            #expect(result.rows == expected.rows, "seed \(seed), a flush each \(flushing)")
            #expect(result.columns == expected.columns && result.series == expected.series)
            store.close()
        }
    }

    @Test("EXPLAIN ANALYZE runs over them, and a listing of recently active series knows them")
    func others() throws {
        var random = SplitMix64(seed: 1)
        let store = try store(sent(&random).filter { ($0.weight ?? 0) > 0 }, flushing: 0)
        let context = QueryContext(nowNs: (Self.start + 86_400) * Nanoseconds.perSecond)
        let result = try QueryEngine.run("EXPLAIN ANALYZE \(Self.statement)", on: store.snapshot(), in: context)
        #expect(result.rows.contains { $0[0] == .text("samples decoded") && $0[1] != .text("0") })
        let snapshot = store.snapshot()
        let series = snapshot.series(in: .default, namespace: "n", metric: "m")
        #expect(!series.isEmpty)
        #expect(snapshot.recentlyActive(series, sinceNs: context.nowNs - Nanoseconds.perDay) == series)
        store.close()
    }
}
