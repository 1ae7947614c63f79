import Testing
import VarveJSON
import VarveModel
import VarveTestKit

@testable import VarveMonitoring

/// Operations on metric streams, enrichment and saved queries: answers, refusals, restarts.
@Suite struct MetricStreamOperationTests {
    private static func stream(_ name: String) -> String { MetricStreamTests.definition(name) }

    private static let filters = #", "IncludeFilters": [{"Namespace": "App", "MetricNames": ["a", "b"]}]"#

    private static let statistics = """
        , "StatisticsConfigurations": [{"IncludeMetrics": [{"Namespace": "App", "MetricName": "a"}],
          "AdditionalStatistics": ["p99", "TM(10%:90%)"]}]
        """

    @Test("a stream comes back as it was put, also after a restart")
    func roundTrip() throws {
        let (disk, clock) = (SimulatedFileSystem(), SimulatedClock())
        var before: JSONValue?
        do {
            let world = try MonitoringWorld(disk, clock: clock)
            let more = Self.filters + Self.statistics + #", "IncludeLinkedAccountsMetrics": false"#
            let put = try world.call("PutMetricStream", MetricStreamTests.definition(more: more))
            #expect(put["Arn"]?.string == "arn:aws:cloudwatch:local-1:000000000001:metric-stream/out")
            let stream = try world.call("GetMetricStream", #"{"Name": "out"}"#)
            #expect(stream["State"]?.string == "running" && stream["OutputFormat"]?.string == "json")
            #expect(stream["CreationDate"] == stream["LastUpdateDate"])
            #expect(stream["FirehoseArn"]?.string == "https://sink.example/in")
            let filters = stream["IncludeFilters"]
            #expect(filters?.encoded == Array(#"[{"Namespace":"App","MetricNames":["a","b"]}]"#.utf8))
            let statistics = stream["StatisticsConfigurations"]?.array?.first
            #expect(statistics?["AdditionalStatistics"]?.array?.map(\.string) == ["p99", "TM(10%:90%)"])
            #expect(stream["IncludeLinkedAccountsMetrics"] == .bool(false) && stream["ExcludeFilters"] == nil)
            try world.call("StopMetricStreams", #"{"Names": ["out"]}"#)
            before = try world.call("GetMetricStream", #"{"Name": "out"}"#)
            #expect(before?["State"]?.string == "stopped")
        }
        let world = try MonitoringWorld(disk, clock: clock, seed: 2)
        let after = try world.call("GetMetricStream", #"{"Name": "out"}"#)
        #expect(after == before)
    }

    @Test("an update replaces the definition and leaves state, creation and tags alone")
    func update() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        let tags = #", "Tags": [{"Key": "team", "Value": "db"}]"#
        try world.call("PutMetricStream", MetricStreamTests.definition(more: Self.filters + tags))
        try world.call("StopMetricStreams", #"{"Names": ["out"]}"#)
        let before = try world.call("GetMetricStream", #"{"Name": "out"}"#)
        world.pass(seconds: 3)
        let others = #", "Tags": [{"Key": "other", "Value": "x"}]"#
        try world.call("PutMetricStream", MetricStreamTests.definition(format: "opentelemetry1.0", more: others))
        let after = try world.call("GetMetricStream", #"{"Name": "out"}"#)
        #expect(after["OutputFormat"]?.string == "opentelemetry1.0" && after["IncludeFilters"] == nil)
        #expect(after["State"]?.string == "stopped" && after["CreationDate"] == before["CreationDate"])
        #expect(after["LastUpdateDate"] != before["LastUpdateDate"])
        let arn = "arn:aws:cloudwatch:local-1:000000000001:metric-stream/out"
        let kept = try world.call("ListTagsForResource", #"{"ResourceARN": "\#(arn)"}"#)
        #expect(kept["Tags"]?.encoded == Array(#"[{"Key":"team","Value":"db"}]"#.utf8))
        try world.call("TagResource", #"{"ResourceARN": "\#(arn)", "Tags": [{"Key": "a", "Value": "1"}]}"#)
        try world.call("UntagResource", #"{"ResourceARN": "\#(arn)", "TagKeys": ["team"]}"#)
        let changed = try world.call("ListTagsForResource", #"{"ResourceARN": "\#(arn)"}"#)
        #expect(changed["Tags"]?.encoded == Array(#"[{"Key":"a","Value":"1"}]"#.utf8))
        let missing = refusal(of: world, "ListTagsForResource", #"{"ResourceARN": "\#(arn)x"}"#)
        #expect(missing == "ResourceNotFoundException")
    }

    @Test("streams are listed by name, in pages")
    func list() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        for name in ["c", "a", "b"] { try world.call("PutMetricStream", Self.stream(name)) }
        let first = try world.call("ListMetricStreams", #"{"MaxResults": 2}"#)
        #expect(first["Entries"]?.array?.map { $0["Name"]?.string } == ["a", "b"])
        let token = try #require(first["NextToken"]?.string)
        let second = try world.call("ListMetricStreams", #"{"NextToken": "\#(token)"}"#)
        #expect(second["Entries"]?.array?.map { $0["Name"]?.string } == ["c"] && second["NextToken"] == nil)
        #expect(refusal(of: world, "ListMetricStreams", #"{"NextToken": "zz"}"#) == "InvalidNextToken")
        try world.call("DeleteMetricStream", #"{"Name": "b"}"#)
        try world.call("DeleteMetricStream", #"{"Name": "b"}"#)
        let left = try world.call("ListMetricStreams")["Entries"]?.array
        #expect(left?.map { $0["Name"]?.string } == ["a", "c"])
        #expect(refusal(of: world, "GetMetricStream", #"{"Name": "b"}"#) == "ResourceNotFoundException")
    }

    /// The code with which an operation is refused; nil when it is not.
    private func refusal(of world: MonitoringWorld, _ operation: String, _ text: String = "{}") -> String? {
        do { try world.call(operation, text) } catch { return (error as? OperationError)?.code ?? "\(error)" }
        return nil
    }

    @Test("what a stream must not be is refused with the service's codes, and nothing is kept of it")
    func refusals() throws {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        let good = MetricStreamTests.definition()
        func without(_ member: String) throws -> String {
            guard case .object(let members) = try JSONReader.read(Array(good.utf8)) else { return "" }
            return String(decoding: JSONValue.object(members.filter { $0.name != member }).encoded, as: UTF8.self)
        }
        func statistics(_ list: String, metrics: String = #"[{"Namespace": "N", "MetricName": "m"}]"#) -> String {
            #", "StatisticsConfigurations": [{"IncludeMetrics": \#(metrics), "AdditionalStatistics": \#(list)}]"#
        }
        let manyNames = (0...1_000).map { "\"m\($0)\"" }.joined(separator: ",")
        let many = [String](repeating: #"{"Namespace": "N"}"#, count: 1_001).joined(separator: ",")
        let manyStatistics = (0..<21).map { "\"p\($0 + 1)\"" }.joined(separator: ",")
        let cases: [(String, String)] = [
            (try without("Name"), "MissingParameter"), (try without("FirehoseArn"), "MissingParameter"),
            (try without("RoleArn"), "MissingParameter"), (try without("OutputFormat"), "MissingParameter"),
            (MetricStreamTests.definition("a b"), "InvalidParameterValue"),
            (MetricStreamTests.definition(String(repeating: "a", count: 256)), "InvalidParameterValue"),
            (MetricStreamTests.definition(format: "xml"), "InvalidParameterValue"),
            (MetricStreamTests.definition(target: "arn:aws:s3:::bucket"), "InvalidParameterValue"),
            (MetricStreamTests.definition(target: "arn:varve:journal:r:1:x"), "InvalidParameterValue"),
            (
                MetricStreamTests.definition(more: Self.filters + #", "ExcludeFilters": [{"Namespace": "N"}]"#),
                "InvalidParameterCombination"
            ),
            (MetricStreamTests.definition(more: #", "IncludeFilters": [{"MetricNames": ["m"]}]"#), "MissingParameter"),
            (MetricStreamTests.definition(more: #", "ExcludeFilters": [\#(many)]"#), "InvalidParameterValue"),
            (
                MetricStreamTests.definition(
                    more: #", "IncludeFilters": [{"Namespace": "N", "MetricNames": [\#(manyNames)]}]"#),
                "InvalidParameterValue"
            ),
            (MetricStreamTests.definition(more: statistics(#"["Sum"]"#)), "InvalidParameterValue"),
            (MetricStreamTests.definition(more: statistics(#"["p101"]"#)), "InvalidParameterValue"),
            (MetricStreamTests.definition(more: statistics("[]")), "MissingParameter"),
            (MetricStreamTests.definition(more: statistics(#"["p9"]"#, metrics: "[]")), "MissingParameter"),
            (MetricStreamTests.definition(more: statistics("[\(manyStatistics)]")), "InvalidParameterValue"),
            (
                MetricStreamTests.definition(format: "opentelemetry0.7", more: statistics(#"["TM(10%:90%)"]"#)),
                "InvalidParameterValue"
            ),
        ]
        for (input, expected) in cases {
            #expect(refusal(of: world, "PutMetricStream", input) == expected, "\(input.prefix(300))")
        }
        #expect(try world.call("ListMetricStreams")["Entries"]?.array?.isEmpty == true)
        for operation in ["GetMetricStream", "DeleteMetricStream", "StartMetricStreams", "StopMetricStreams"] {
            #expect(refusal(of: world, operation) == "MissingParameter")
        }
        try world.call("PutMetricStream", good)
        #expect(refusal(of: world, "StopMetricStreams", #"{"Names": ["out", "no"]}"#) == "InvalidParameterValue")
        #expect(try world.call("GetMetricStream", #"{"Name": "out"}"#)["State"]?.string == "running")
    }

    @Test("no more streams than an operator allows")
    func limit() throws {
        var options = MonitoringOptions()
        options.metricStreamsMax = 1
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock(), options: options)
        try world.call("PutMetricStream", Self.stream("a"))
        try world.call("PutMetricStream", Self.stream("a"))
        #expect(refusal(of: world, "PutMetricStream", Self.stream("b")) == "LimitExceeded")
    }

    @Test("whether enrichment runs is remembered")
    func enrichment() throws {
        let (disk, clock) = (SimulatedFileSystem(), SimulatedClock())
        do {
            let world = try MonitoringWorld(disk, clock: clock)
            #expect(try world.call("GetOTelEnrichment") == .object([.init("Status", .string("Stopped"))]))
            #expect(refusal(of: world, "UpdateOTelEnrichment") == "ResourceNotFoundException")
            let filters = #"{"IncludeFilters": [{"Namespace": "AWS/EC2", "MetricNames": ["CPUUtilization"]}]}"#
            let started = try world.call("StartOTelEnrichment", filters)
            #expect(started["CreatedAt"] != nil && started["IncludeFilters"]?.array?.count == 1)
            let both = #"{"IncludeFilters": [{"Namespace": "A"}], "ExcludeFilters": [{"Namespace": "B"}]}"#
            #expect(refusal(of: world, "StartOTelEnrichment", both) == "ValidationError")
            world.pass(seconds: 2)
            let updated = try world.call("UpdateOTelEnrichment", #"{"ExcludeFilters": [{"Namespace": "AWS/S3"}]}"#)
            #expect(updated["CreatedAt"] == started["CreatedAt"] && updated["UpdatedAt"] != started["UpdatedAt"])
        }
        let world = try MonitoringWorld(disk, clock: clock, seed: 2)
        let found = try world.call("GetOTelEnrichment")
        #expect(found["Status"]?.string == "Running" && found["ExcludeFilters"]?.array?.count == 1)
        try world.call("StopOTelEnrichment")
        try world.call("StopOTelEnrichment")
        #expect(try world.call("GetOTelEnrichment")["Status"]?.string == "Stopped")
    }

    @Test("queries are saved under paths that are their own, and survive a restart")
    func savedQueries() throws {
        let (disk, clock) = (SimulatedFileSystem(), SimulatedClock())
        let put = #"{"Path": "/ops/cpu", "Expression": "SELECT MAX(cpu) FROM App", "Type": "SQL"}"#
        var id = ""
        do {
            let world = try MonitoringWorld(disk, clock: clock)
            let first = try world.call("PutMetricDataQueryDefinition", put)
            id = try #require(first["Id"]?.string)
            #expect(first["CreatedAt"] == first["UpdatedAt"] && first["Type"]?.string == "SQL")
            #expect(refusal(of: world, "PutMetricDataQueryDefinition", put) == "ConflictException")
            world.pass(seconds: 1)
            let again = #"{"Id": "\#(id)", "Path": "/ops/cpu", "Expression": "m1 * 2", "Type": "METRIC_MATH"}"#
            let second = try world.call("PutMetricDataQueryDefinition", again)
            #expect(second["CreatedAt"] == first["CreatedAt"] && second["UpdatedAt"] != first["UpdatedAt"])
            try world.call("PutMetricDataQueryDefinition", #"{"Path": "b", "Expression": "up", "Type": "PROMQL"}"#)
            let page = try world.call("ListMetricDataQueryDefinitions", #"{"MaxResults": 1}"#)
            let token = try #require(page["NextToken"]?.string)
            let rest = try world.call("ListMetricDataQueryDefinitions", #"{"NextToken": "\#(token)"}"#)
            #expect(page["Items"]?.array?.count == 1 && rest["Items"]?.array?.count == 1 && rest["NextToken"] == nil)
        }
        let world = try MonitoringWorld(disk, clock: clock, seed: 2)
        let found = try world.call("GetMetricDataQueryDefinition", #"{"Id": "\#(id)"}"#)
        #expect(found["Expression"]?.string == "m1 * 2" && found["Path"]?.string == "/ops/cpu")
        try world.call("DeleteMetricDataQueryDefinition", #"{"Id": "\#(id)"}"#)
        let missing = refusal(of: world, "GetMetricDataQueryDefinition", #"{"Id": "\#(id)"}"#)
        #expect(missing == "ResourceNotFoundException")
        let unknown = #"{"Id": "none", "Path": "/x", "Expression": "up", "Type": "PROMQL"}"#
        #expect(refusal(of: world, "PutMetricDataQueryDefinition", unknown) == "ResourceNotFoundException")
        let wrong = #"{"Path": "/x", "Expression": "up", "Type": "TEXT"}"#
        #expect(refusal(of: world, "PutMetricDataQueryDefinition", wrong) == "ValidationError")
    }
}
