import Testing
import VarveBytes
import VarveIO
import VarveJSON
import VarveModel
import VarveStore
import VarveTestKit

@testable import VarveMonitoring

/// What metric streams send, from rows in a simulated store to documents at a target.
@Suite struct MetricStreamTests {
    static func definition(
        _ name: String = "out", format: String = "json", target: String = "https://sink.example/in", more: String = ""
    ) -> String {
        """
        {"Name": "\(name)", "FirehoseArn": "\(target)", "RoleArn": "arn:aws:iam::000000000001:role/r",
         "OutputFormat": "\(format)"\(more)}
        """
    }

    /// Lines of all arrivals.
    static func lines(_ arrivals: [FakeEdge.Arrival]) throws -> [JSONValue] {
        try arrivals.flatMap { try $0.bytes.split(separator: 0x0a).map { try JSONReader.read(Array($0)) } }
    }

    private static let firstMinute: Int64 = 1_767_225_600_000

    @Test("a minute of a metric leaves as one line of JSON, 70 seconds after its end")
    func jsonLine() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        try world.call("PutMetricStream", Self.definition())
        world.pass(seconds: 5)
        try world.sample(10)
        try world.sample(20)
        world.pass(seconds: 124)
        #expect(world.edge.arrivals.isEmpty)
        world.pass(seconds: 1)
        let expected =
            #"{"metric_stream_name":"out","account_id":"000000000001","region":"local-1","namespace":"App","#
            + #""metric_name":"cpu","dimensions":{"Host":"a"},"timestamp":1767225600000,"#
            + #""value":{"count":2.0,"sum":30.0,"max":20.0,"min":10.0},"unit":"None"}"# + "\n"
        #expect(world.edge.arrivals.map(\.body) == [expected])
        #expect(world.edge.arrivals.map(\.endpoint) == ["https://sink.example/in"])
        #expect(world.edge.arrivals.map(\.mayBeRepetition) == [false])
        world.pass(seconds: 200)
        #expect(world.edge.arrivals.count == 1 && world.openDeliveries == 0)
    }

    @Test("rows with weights and sets of samples count as what they stand for, and units are apart")
    func summaries() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        try world.call("PutMetricStream", Self.definition())
        let source = SourceKey(namespace: "App", dimensions: [])
        let shape = RowShape(source: source, fields: [FieldKey(metric: "size", unit: .bytes)])
        var sets = RecordBatch(.statisticSet)
        sets.append(
            shape: shape, timestamp: world.clock.wallNs(),
            values: [.floats([4]), .floats([100]), .floats([1]), .floats([70])])
        _ = try world.store.appendTogetherAndWait([sets])
        var rows = RowBatch()
        let seconds = RowShape(source: source, fields: [FieldKey(metric: "size", unit: .seconds)])
        let minutely = RowShape(
            source: source, fields: [FieldKey(metric: "size", unit: .seconds, resolution: .oneMinute)])
        rows.append(shape: seconds, timestamp: world.clock.wallNs(), values: [2])
        rows.append(shape: minutely, timestamp: world.clock.wallNs(), values: [3])
        _ = try world.store.appendAndWait(rows)
        world.pass(minutes: 3)
        let lines = try Self.lines(world.edge.arrivals)
        let values = lines.map { line in
            ["count", "sum", "max", "min"].map { line["value"]?[$0]?.double ?? -1 } + [
                line["unit"]?.string == "Bytes" ? 1 : 0
            ]
        }
        #expect(Set(values) == [[4, 100, 70, 1, 1], [2, 5, 3, 2, 0]])
    }

    @Test("additional statistics go with the metrics that are named, as the service computes them")
    func additional() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        let more = """
            , "StatisticsConfigurations": [{"IncludeMetrics": [{"Namespace": "App", "MetricName": "cpu"}],
              "AdditionalStatistics": ["p50", "TM(10%:90%)"]}]
            """
        try world.call("PutMetricStream", Self.definition(more: more))
        for value in 1...9 { try world.sample(Double(value)) }
        try world.sample(1, metric: "mem")
        world.pass(minutes: 3)
        let lines = try Self.lines(world.edge.arrivals)
        let cpu = try #require(lines.first { $0["metric_name"]?.string == "cpu" })
        let memory = try #require(lines.first { $0["metric_name"]?.string == "mem" })
        #expect(abs((cpu["value"]?["p50"]?.double ?? 0) - 5) < 0.6)
        #expect(abs((cpu["value"]?["TM(10%:90%)"]?.double ?? 0) - 5) < 0.6)
        #expect(memory["value"]?["p50"] == nil && memory["value"]?["count"]?.double == 1)
    }

    private func names(sentWith filters: String) throws -> Set<String> {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        try world.call("PutMetricStream", Self.definition(more: filters))
        var rows = RowBatch()
        for space in ["App", "Db", "Own"] {
            let shape = RowShape(
                source: SourceKey(namespace: space, dimensions: []),
                fields: [FieldKey(metric: "cpu"), FieldKey(metric: "mem")])
            rows.append(shape: shape, timestamp: world.clock.wallNs(), values: [1, 2])
        }
        _ = try world.store.appendAndWait(rows)
        world.pass(minutes: 3)
        return Set(
            try Self.lines(world.edge.arrivals).map {
                "\($0["namespace"]?.string ?? "")/\($0["metric_name"]?.string ?? "")"
            })
    }

    @Test("filters name namespaces, or metrics in them, to be sent or to be left out")
    func filters() throws {
        #expect(try names(sentWith: "") == ["App/cpu", "App/mem", "Db/cpu", "Db/mem", "Own/cpu", "Own/mem"])
        let include = #", "IncludeFilters": [{"Namespace": "App", "MetricNames": ["cpu"]}, {"Namespace": "Db"}]"#
        #expect(try names(sentWith: include) == ["App/cpu", "Db/cpu", "Db/mem"])
        let exclude = #", "ExcludeFilters": [{"Namespace": "App", "MetricNames": ["cpu"]}, {"Namespace": "Db"}]"#
        #expect(try names(sentWith: exclude) == ["App/mem", "Own/cpu", "Own/mem"])
    }

    @Test("a stopped stream sends nothing, and goes on with the minute in which it is started")
    func stopAndStart() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        try world.call("PutMetricStream", Self.definition())
        try world.sample(1)
        try world.call("StopMetricStreams", #"{"Names": ["out"]}"#)
        world.pass(minutes: 5)
        try world.sample(2)
        world.pass(minutes: 1)
        try world.call("StartMetricStreams", #"{"Names": ["out"]}"#)
        try world.sample(3)
        world.pass(minutes: 4)
        #expect(try Self.lines(world.edge.arrivals).map { $0["value"]?["sum"]?.double } == [3])
    }

    @Test("after a restart the next minute follows, as far as two hours back")
    func restart() throws {
        let (disk, clock, edge) = (SimulatedFileSystem(), SimulatedClock(), FakeEdge())
        do {
            let world = try MonitoringWorld(disk, clock: clock, edge: edge)
            try world.call("PutMetricStream", Self.definition())
            for value in 1...4 {
                try world.sample(Double(value))
                world.pass(minutes: 1)
            }
        }
        #expect(try Self.lines(edge.arrivals).map { $0["value"]?["sum"]?.double } == [1, 2])
        clock.advance(byNs: 30 * Nanoseconds.perMinute)
        do {
            let world = try MonitoringWorld(disk, clock: clock, seed: 2, edge: edge)
            world.settle()
            #expect(try Self.lines(edge.arrivals).map { $0["value"]?["sum"]?.double } == [1, 2, 3, 4])
            #expect(edge.arrivals.allSatisfy { !$0.mayBeRepetition })
            try world.sample(5)
        }
        clock.advance(byNs: 119 * Nanoseconds.perMinute)
        do {
            let world = try MonitoringWorld(disk, clock: clock, seed: 3, edge: edge)
            world.settle()
            #expect(try Self.lines(edge.arrivals).map { $0["value"]?["sum"]?.double } == [1, 2, 3, 4, 5])
            try world.sample(6)
        }
        clock.advance(byNs: 121 * Nanoseconds.perMinute)
        let world = try MonitoringWorld(disk, clock: clock, seed: 4, edge: edge)
        world.settle()
        #expect(edge.arrivals.count == 5)
    }

    @Test("a restart in the middle of a minute of many series goes on behind what was sent")
    func restartInTheMiddle() throws {
        let (disk, clock, edge) = (SimulatedFileSystem(), SimulatedClock(), FakeEdge())
        let count = 2_300
        do {
            let world = try MonitoringWorld(disk, clock: clock, edge: edge)
            try world.call("PutMetricStream", Self.definition())
            var rows = RowBatch()
            for number in 0..<count {
                let source = SourceKey(namespace: "App", dimensions: [Dimension(name: "N", value: "\(number)")])
                rows.append(
                    shape: RowShape(source: source, fields: [FieldKey(metric: "m")]), timestamp: clock.wallNs(),
                    values: [Double(number)])
            }
            _ = try world.store.appendAndWait(rows)
            clock.advance(byNs: 130 * Nanoseconds.perSecond)
            world.step()
            world.step()
        }
        #expect(try Self.lines(edge.arrivals).count == 2_000)
        let world = try MonitoringWorld(disk, clock: clock, seed: 2, edge: edge)
        world.settle()
        let first = try Self.lines(edge.arrivals.filter { !$0.mayBeRepetition })
        #expect(first.count == count)
        #expect(Set(first.compactMap { $0["dimensions"]?["N"]?.string }).count == count)
        #expect(world.openDeliveries == 0)
        #expect(edge.arrivals.allSatisfy { $0.bytes.count <= StreamBatches.byteCountMax })
    }

    @Test("what has to wait for room waits and is not lost")
    func room() throws {
        var options = MonitoringOptions()
        options.outboxBytesMax = 0
        let (disk, clock, edge) = (SimulatedFileSystem(), SimulatedClock(), FakeEdge())
        do {
            let world = try MonitoringWorld(disk, clock: clock, edge: edge, options: options)
            try world.call("PutMetricStream", Self.definition())
            try world.sample(1)
            world.pass(minutes: 4)
            #expect(edge.arrivals.isEmpty)
        }
        let world = try MonitoringWorld(disk, clock: clock, seed: 2, edge: edge)
        world.settle()
        #expect(try Self.lines(edge.arrivals).map { $0["value"]?["sum"]?.double } == [1])
    }

    @Test("the service's delivery stream NAME means the file that is configured as NAME")
    func deliveryStream() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        let arn = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/lake"
        try world.call("PutMetricStream", Self.definition(target: arn))
        try world.sample(1)
        world.pass(minutes: 3)
        #expect(world.edge.arrivals.map(\.endpoint) == ["arn:varve:file:eu-west-1:123456789012:lake"])
        #expect(try world.call("GetMetricStream", #"{"Name": "out"}"#)["FirehoseArn"]?.string == arn)
    }

    // MARK: OpenTelemetry

    private func request(format: String) throws -> ProtobufMessage {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        let more = """
            , "StatisticsConfigurations": [{"IncludeMetrics": [{"Namespace": "App", "MetricName": "cpu"}],
              "AdditionalStatistics": ["p99.9"]}]
            """
        try world.call("PutMetricStream", Self.definition(format: format, more: more))
        for _ in 0..<3 { try world.sample(7) }
        world.pass(minutes: 3)
        let arrival = try #require(world.edge.arrivals.first)
        var rest = arrival.bytes[...]
        let length = try #require(ProtobufMessage.varint(&rest))
        #expect(Int(length) == rest.count && world.edge.arrivals.count == 1)
        return try #require(ProtobufMessage(Array(rest)))
    }

    private func check(_ metric: ProtobufMessage?) throws -> ProtobufMessage {
        #expect(metric?.text(1) == "amazonaws.com/App/cpu" && metric?.text(3) == "1")
        let point = try #require(metric?.message(11)?.message(1))
        #expect(point.fixed64(2) == 1_767_225_600_000_000_000 && point.fixed64(3) == 1_767_225_660_000_000_000)
        #expect(point.fixed64(4) == 3 && point.double(5) == 21)
        let quantiles = point.messages(6)
        #expect(quantiles.map { $0.double(1) } == [0, 0.999, 1])
        #expect(quantiles.first?.double(2) == 7 && quantiles.last?.double(2) == 7)
        return point
    }

    @Test("opentelemetry1.0 is a request with a resource, and a summary whose attributes hold the dimensions")
    func openTelemetry10() throws {
        let request = try request(format: "opentelemetry1.0")
        let resource = try #require(request.message(1)?.message(1))
        let attributes = resource.messages(1).map { "\($0.text(1) ?? "")=\($0.message(2)?.text(1) ?? "")" }
        #expect(
            attributes == [
                "cloud.provider=aws", "cloud.account.id=000000000001", "cloud.region=local-1",
                "aws.exporter.arn=arn:aws:cloudwatch:local-1:000000000001:metric-stream/out",
            ])
        let point = try check(request.message(1)?.message(2)?.message(2))
        let values = point.messages(7)
        #expect(values.map { $0.text(1) } == ["Namespace", "MetricName", "Dimensions"])
        #expect(values.prefix(2).map { $0.message(2)?.text(1) } == ["App", "cpu"])
        let dimension = values.last?.message(2)?.message(6)?.message(1)
        #expect(dimension?.text(1) == "Host" && dimension?.message(2)?.text(1) == "a")
        #expect(point.messages(1).isEmpty)
    }

    @Test("opentelemetry0.7 has labels in place of attributes")
    func openTelemetry07() throws {
        let point = try check(try request(format: "opentelemetry0.7").message(1)?.message(2)?.message(2))
        let labels = point.messages(1).map { "\($0.text(1) ?? "")=\($0.text(2) ?? "")" }
        #expect(labels == ["Namespace=App", "MetricName=cpu", "Host=a"])
        #expect(point.messages(7).isEmpty)
    }

    @Test("documents end before the datapoint that would make them too large")
    func batches() {
        for format in MetricStreamDefinition.Format.allCases {
            let identity = StreamIdentity(name: "s", account: "1", region: "r", arn: "a")
            var batches = StreamBatches(identity, format, byteCountMax: 1_000)
            for number in 0..<40 {
                batches.add(
                    StreamPoint(
                        namespace: "N", metric: "m\(number)", dimensions: [], unit: .countPerSecond, minuteNs: 0,
                        count: 1, sum: 1, minimum: 1, maximum: 1))
            }
            batches.close()
            #expect(batches.finished.count > 3)
            // The resource comes on top of the datapoints.
            #expect(batches.finished.allSatisfy { $0.count <= 1_200 })
        }
    }
}

/// Power cuts at every call to the disk between a sample and the end of its delivery.
@Suite struct MetricStreamCrashTests {
    private struct Ledger {
        var hasStream = false
        /// Values whose storing was acknowledged.
        var stored: [Double] = []
        var arrivals: [FakeEdge.Arrival] = []
    }

    private func act(_ world: MonitoringWorld, _ ledger: inout Ledger) throws {
        try world.call("PutMetricStream", MetricStreamTests.definition())
        ledger.hasStream = true
        for value in 1...3 {
            try world.sample(Double(value))
            ledger.stored.append(Double(value))
            world.clock.advance(byNs: Nanoseconds.perMinute)
            world.settle()
        }
        world.clock.advance(byNs: Nanoseconds.perMinute)
        world.settle()
    }

    @Test("a minute that was stored is sent wherever the power goes, and twice only when that is said")
    func crashes() throws {
        let checks = try CrashEnumerator(seed: 21, randomSurvivalCount: 1).run(record: Ledger()) { disk, ledger in
            let edge = FakeEdge()
            defer { ledger.arrivals = edge.arrivals }
            guard let world = try? MonitoringWorld(disk, clock: SimulatedClock(), edge: edge) else { return }
            // A disk that fails ends the run where it is.
            try? act(world, &ledger)
        } check: { disk, ledger, point in
            let clock = SimulatedClock()
            clock.advance(byNs: 10 * Nanoseconds.perMinute)
            let edge = FakeEdge()
            let world = try MonitoringWorld(disk, clock: clock, seed: 2, edge: edge)
            world.settle()
            #expect(world.openDeliveries == 0, "\(point)")
            let all = ledger.arrivals + edge.arrivals
            let lines = try MetricStreamTests.lines(all)
            for value in ledger.stored where ledger.hasStream {
                #expect(lines.contains { $0["value"]?["sum"]?.double == value }, "\(point): \(value) is lost")
            }
            for (place, arrival) in all.enumerated()
            where all.prefix(place).contains(where: { $0.body == arrival.body }) {
                #expect(arrival.mayBeRepetition, "\(point): \(arrival.body) again, and nothing says so")
            }
        }
        #expect(checks > 50)
    }
}
