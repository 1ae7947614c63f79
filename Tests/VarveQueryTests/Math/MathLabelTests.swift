import Testing
import VarveModel
import VarveQuery

@Suite struct MathLabelTests {
    private func labels(_ metrics: [MathMetricStat]) throws -> [String] {
        try labels(metrics.enumerated().map { MathDefinition(id: "m\($0.offset)", .metric($0.element)) })
    }

    private func labels(_ definitions: [MathDefinition], _ values: [Double?] = [1, 2]) throws -> [String] {
        var world = MathWorld()
        for case .metric(let metric) in definitions.map(\.content) {
            world.metrics[metric.metricName] = MathWorld.series(values)
        }
        let context = MathLabelContext(
            nowNs: 3_725 * Nanoseconds.perSecond, zoneNs: 90 * Nanoseconds.perMinute,
            scope: Scope(account: "123", region: "home-1"))
        let range = TimeRange(start: 0, end: Int64(values.count) * MathWorld.minute)
        return try MathPlan(definitions).run(over: range, source: world, labels: context).results.map(\.label)
    }

    private typealias World = MathWorld

    @Test("metrics are told apart by what differs")
    func automatic() throws {
        #expect(try labels([World.metric("m1", ["Zone": "a"])]) == ["m1"])
        #expect(
            try labels([World.metric("m1", statistic: "Sum"), World.metric("m1", statistic: "Average")])
                == ["m1 Sum", "m1 Average"])
        #expect(try labels([World.metric("m1"), World.metric("m1", seconds: 120)]) == ["m1 60", "m1 120"])
        #expect(
            try labels([World.metric("m1", statistic: "Sum"), World.metric("m2", statistic: "Average")])
                == ["m1", "m2"])
        #expect(try labels([World.metric("m1", ["Zone": "a"]), World.metric("m1", ["Zone": "b"])]) == ["a", "b"])
        #expect(
            try labels([World.metric("m1", ["Zone": "a"]), World.metric("m2", ["Zone": "b"])]) == ["a m1", "b m2"])
        #expect(
            try labels([World.metric("m1", namespace: "ns1"), World.metric("m1", namespace: "ns2")])
                == ["ns1", "ns2"])
        #expect(
            try labels([World.metric("m1", namespace: "ns1"), World.metric("m2", namespace: "ns2")])
                == ["ns1 m1", "ns2 m2"])
        #expect(
            try labels([
                World.metric("m1", ["Zebra": "z1", "Alpha": "a1"]), World.metric("m1", ["Alpha": "a2", "Zebra": "z2"]),
            ]) == ["a1 z1", "a2 z2"])
        #expect(try labels([World.metric("m1", ["Zone": "a"]), World.metric("m1")]) == ["a", "m1"])
    }

    @Test("labelled and hidden metrics do not take part")
    func participants() throws {
        let (first, second) = (World.metric("m1", ["Zone": "a"]), World.metric("m1", ["Zone": "b"]))
        #expect(
            try labels([
                MathDefinition(id: "a", .metric(first)), MathDefinition(id: "b", .metric(second), label: "other"),
            ]) == ["m1", "other"])
        #expect(
            try labels([
                MathDefinition(id: "a", .metric(first)), MathDefinition(id: "b", .metric(second), label: ""),
            ]) == ["a", "b"])
        #expect(
            try labels([
                MathDefinition(id: "a", .metric(first)),
                MathDefinition(id: "b", .metric(second), returnsData: false),
                MathDefinition(id: "e", .expression("[b]"), label: ""),
            ]) == ["m1", "b"])
    }

    @Test("an expression has its label or its id, members of an array add theirs")
    func expressions() throws {
        func label(_ text: String, _ label: String?) throws -> [String] {
            try labels([
                MathDefinition(id: "m1", .metric(World.metric("cpu")), returnsData: false),
                MathDefinition(id: "m2", .metric(World.metric("memory")), label: "RAM", returnsData: false),
                MathDefinition(id: "e1", .expression(text), label: label),
            ])
        }
        #expect(try label("m1 + m2", nil) == ["e1"])
        #expect(try label("m1 + m2", "L") == ["L"])
        #expect(try label("m1 + m2", "L of ${LABEL}") == ["L of e1"])
        #expect(try label("METRICS()", nil) == ["cpu", "RAM"])
        #expect(try label("METRICS()", "") == ["cpu", "RAM"])
        #expect(try label("METRICS() * 2", "L") == ["L cpu", "L RAM"])
        #expect(try label("2 / METRICS()", "L ${LABEL} (${MAX})") == ["L cpu (2)", "L RAM (2)"])
        #expect(try label("[SUM(METRICS()), m1]", nil) == ["e1", "cpu"])
    }

    @Test(
        "placeholders stand for what the series has",
        arguments: [
            ("${AVG}|${SUM}|${MIN}|${MAX}|${DATAPOINT_COUNT}", "2.5|7.5|1|4|3"),
            ("${FIRST}|${LAST}|${FIRST_LAST_RANGE}|${MIN_MAX_RANGE}", "2.5|1|-1.5|3"),
            (
                "${FIRST_TIME}|${LAST_TIME}|${MIN_TIME}|${MAX_TIME}",
                "1970-01-01 01:30:00|1970-01-01 01:33:00|1970-01-01 01:33:00|1970-01-01 01:32:00"
            ),
            ("${FIRST_TIME_RELATIVE}|${MAX_TIME_RELATIVE}", "1h2m5s|1h5s"),
            ("${FIRST_LAST_TIME_RANGE}|${MIN_MAX_TIME_RANGE}", "3m|1m"),
            ("${PROP('AccountId')} ${PROP('Region')} ${PROP('Stat')} ${PROP('Period')}", "123 home-1 Average 60"),
            ("${PROP('MetricName')} ${PROP('Namespace')} ${PROP('Dim.Zone')}", "m1 N a"),
            ("${PROP('Dim.Rack')}", "--"), ("<${LABEL}>", "<m1>"),
            ("${NOTHING} ${PROP('What')} ${AVG $ { ${MAX", "${NOTHING} ${PROP('What')} ${AVG $ { ${MAX"), ("", "m1"),
        ])
    func placeholders(label: String, expected: String) throws {
        let metric = MathDefinition(id: "a", .metric(World.metric("m1", ["Zone": "a"])), label: label)
        #expect(try labels([metric], [2.5, nil, 4, 1]) == [expected])
    }

    @Test("without points there is nothing to show")
    func empty() throws {
        let metric = MathDefinition(
            id: "a", .metric(World.metric("m1")),
            label: "${AVG} ${MAX_TIME} ${FIRST_LAST_TIME_RANGE} ${DATAPOINT_COUNT}")
        #expect(try labels([metric], [nil]) == ["-- -- -- 0"])
    }

    @Test("what a dimension is called is no placeholder")
    func noInjection() throws {
        #expect(
            try labels([World.metric("m", ["d": "${MAX}"]), World.metric("m", ["d": "x"])]) == ["${MAX}", "x"])
    }
}
