import Testing
import VarveModel
import VarveQuery
import VarveStore
import VarveTestKit

/// What the store's source of metric math answers beside numbers.
@Suite struct SnapshotMathSourceTests {
    private static let minute = Nanoseconds.perMinute
    private let range = TimeRange(start: 0, end: 4 * Nanoseconds.perMinute)

    private func source(_ snapshot: FakeSnapshot) -> SnapshotMathSource<FakeSnapshot> {
        SnapshotMathSource(snapshot, in: QueryContext(nowNs: 4 * Self.minute))
    }

    private func values(_ fetch: MathFetch) -> [Double?] { fetch.series.values.map { $0.isNaN ? nil : $0 } }

    @Test("exactly the dimensions of the metric are meant, in any order")
    func dimensions() throws {
        var snapshot = FakeSnapshot()
        snapshot.add("N", "m", rows: [(0, 1)])
        snapshot.add("N", "m", ["a": "1"], rows: [(0, 2)])
        snapshot.add("N", "m", ["a": "1", "b": "2"], rows: [(0, 4)])
        var metric = MathWorld.metric("m", statistic: "Sum")
        metric.dimensions = [Dimension(name: "b", value: "2"), Dimension(name: "a", value: "1")]
        let metrics = [
            MathWorld.metric("m", statistic: "Sum"), MathWorld.metric("m", ["a": "1"], statistic: "Sum"), metric,
            MathWorld.metric("m", ["a": "9"], statistic: "Sum"), MathWorld.metric("other", statistic: "Sum"),
        ]
        let fetched = try source(snapshot).fetch(metrics, over: range)
        #expect(fetched.map { values($0)[0] } == [1, 2, 4, nil, nil])
        #expect(fetched.allSatisfy { $0.status == .complete && $0.messages.isEmpty })
    }

    @Test("several statistics and periods of one series, in the order of the request")
    func statistics() throws {
        var snapshot = FakeSnapshot()
        snapshot.add("N", "m", rows: (0..<8).map { (Int64($0) * Self.minute / 2, Double($0)) })
        func metric(_ statistic: String, _ seconds: Int64) -> MathMetricStat {
            MathWorld.metric("m", statistic: statistic, seconds: seconds)
        }
        let fetched = try source(snapshot).fetch(
            [
                metric("Sum", 60), metric("Average", 120), metric("Maximum", 60), metric("SampleCount", 120),
                metric("p50", 120), metric("Sum", 60), metric("Minimum", 240), metric("TM(:3)", 240),
            ], over: range)
        #expect(
            fetched.map(values) == [
                [1, 5, 9, 13], [1.5, 5.5], [1, 3, 5, 7], [4, 4], [1, 5], [1, 5, 9, 13], [0], [1.5],
            ])
    }

    @Test("periods begin where the range does, and the last one has to be whole")
    func alignment() throws {
        var snapshot = FakeSnapshot()
        snapshot.add("N", "m", rows: (0..<40).map { (Int64($0) * Self.minute / 4, 1) })
        let source = source(snapshot)
        let shifted = TimeRange(start: Self.minute, end: 8 * Self.minute)
        let fetched = try source.fetch([MathWorld.metric("m", statistic: "Sum", seconds: 120)], over: shifted)
        #expect(fetched[0].series.timestamps == [1, 3, 5].map { $0 * Self.minute })
        #expect(values(fetched[0]) == [8, 8, 8])
    }

    @Test("of several units each period shows one, by the service's preference, and the answer says so")
    func units() throws {
        var snapshot = FakeSnapshot()
        snapshot.add("N", "m", unit: .seconds, rows: [(0, 1), (Self.minute, 2)])
        snapshot.add("N", "m", unit: .milliseconds, rows: [(Self.minute, 3), (2 * Self.minute, 4)])
        var seconds = MathWorld.metric("m", statistic: "Sum")
        seconds.unit = "Seconds"
        let fetched = try source(snapshot).fetch([MathWorld.metric("m", statistic: "Sum"), seconds], over: range)
        #expect(values(fetched[0]) == [1, 3, 4, nil])
        #expect(
            fetched[0].messages == [
                MathMessage(code: "MultipleUnits", value: "Multiple units returned: '[Milliseconds, Seconds]'")
            ])
        #expect(values(fetched[1]) == [1, 2, nil, nil])
        #expect(fetched[1].messages.isEmpty)
    }

    @Test("a metric of another account is forbidden, not an error")
    func accounts() throws {
        var snapshot = FakeSnapshot()
        snapshot.add("N", "m", rows: [(0, 1)])
        var metric = MathWorld.metric("m", statistic: "Sum")
        metric.accountID = "123456789012"
        let fetched = try source(snapshot).fetch([metric, MathWorld.metric("m", statistic: "Sum")], over: range)
        #expect(fetched[0].status == .forbidden && fetched[0].series.isEmpty)
        #expect(fetched[0].messages.map(\.code) == ["Forbidden"])
        #expect(fetched[1].status == .complete && values(fetched[1])[0] == 1)
    }

    @Test("statistics and units that do not exist, too many periods, damage and cancellation are errors of their kind")
    func errors() {
        var snapshot = FakeSnapshot()
        snapshot.add("N", "m", rows: [(0, 1)])
        func error(_ metric: MathMetricStat, _ range: TimeRange, _ snapshot: FakeSnapshot) -> QueryError? {
            do throws(QueryError) {
                _ = try source(snapshot).fetch([metric], over: range)
                return nil
            } catch {
                return error
            }
        }
        let metric = MathWorld.metric("m", statistic: "Sum")
        #expect(error(metric, range, snapshot) == nil)
        guard case .invalid(let text, _, _) = error(MathWorld.metric("m", statistic: "Avg"), range, snapshot) else {
            Issue.record("no error")
            return
        }
        #expect(text.hasPrefix("'Avg' is no statistic"))
        var wrongUnit = metric
        wrongUnit.unit = "seconds"
        #expect(error(wrongUnit, range, snapshot)?.description.hasPrefix("'seconds' is no unit") == true)
        let long = TimeRange(start: 0, end: Int64(QueryLimits.bucketsMax + 1) * Self.minute)
        guard case .limit = error(metric, long, snapshot) else {
            Issue.record("no limit")
            return
        }
        var damaged = snapshot
        damaged.decodeError = .closed
        #expect(error(metric, range, damaged) == .store(.closed))
        let flag = CancellationFlag()
        flag.raise()
        let cancelled = SnapshotMathSource(snapshot, in: QueryContext(nowNs: 0, cancellation: flag))
        #expect(throws: QueryError.cancelled) { try cancelled.fetch([metric], over: range) }
    }

    @Test("percentiles of the service come from its histogram")
    func histogram() throws {
        var snapshot = FakeSnapshot()
        snapshot.add("N", "m", rows: (1...10).map { (0, Double($0)) })
        var context = QueryContext(nowNs: 0)
        let metric = MathWorld.metric("m", statistic: "p50")
        let exact = try SnapshotMathSource(snapshot, in: context).fetch([metric], over: range)
        #expect(values(exact[0])[0] == 5)
        context.statisticPath = .histogram
        let service = try SnapshotMathSource(snapshot, in: context, rules: .service).fetch([metric], over: range)
        #expect(abs((values(service[0])[0] ?? 0) - 5.054470284992944) < 1e-9)
    }

    @Test("a Metrics Insights statement is a query of a request: one series without GROUP BY, an array with it")
    func statements() throws {
        var snapshot = FakeSnapshot()
        snapshot.add("N", "m", ["a": "1"], rows: [(0, 1), (Self.minute, 2)])
        snapshot.add("N", "m", ["a": "2"], rows: [(0, 10)])
        let plan = try MathPlan([
            MathDefinition(id: "q", .expression("SELECT SUM(m) FROM N GROUP BY a"), periodNs: Self.minute),
            MathDefinition(id: "e", .expression("SUM(q) * 2")),
        ])
        let answer = try plan.run(over: range, source: source(snapshot))
        #expect(answer.results.map(\.label) == ["1", "2", "e"])
        #expect(answer.results.map { $0.series.points } == [[1, 2], [10], [22, 4]])
        let limited = try MathPlan([
            MathDefinition(id: "q", .expression("SELECT SUM(m) FROM N GROUP BY a LIMIT 1"), periodNs: Self.minute)
        ])
        let few = source(snapshot)
        #expect(try limited.run(over: range, source: few).results.count == 1)
        #expect(few.remarks.sentences == ["1 of more series shown (LIMIT)"])
        do throws(MathError) {
            _ = try MathPlan([
                MathDefinition(id: "q", .expression("SELECT SUM(m) FROM N SINCE 1h"), periodNs: Self.minute)
            ])
            Issue.record("SINCE belongs to the request")
        } catch {
            #expect(error.message == "the range is that of the request")
        }
    }
}
