import Testing
import VarveAnomaly
import VarveIO
import VarveJSON
import VarveModel
import VarveTestKit

@testable import VarveMonitoring

/// Detectors as they are defined, described and deleted.
@Suite struct AnomalyDetectorTests {
    private static let metric =
        #""Namespace": "App", "MetricName": "cpu", "Dimensions": [{"Name": "Host", "Value": "a"}], "Stat": "Average""#
    private static let queries = #"""
        {"MetricMathAnomalyDetector": {"MetricDataQueries": [
         {"Id": "m", "ReturnData": false, "MetricStat": {"Period": 300, "Stat": "Sum",
          "Metric": {"Namespace": "App", "MetricName": "cpu"}}},
         {"Id": "e", "Expression": "m * 2", "Label": "double", "ReturnData": true}]}}
        """#

    private func world(_ options: MonitoringOptions = MonitoringOptions()) throws -> MonitoringWorld {
        try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock(), options: options)
    }

    private func json(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)) }

    private func described(_ world: MonitoringWorld, _ input: String = "{}") throws -> [JSONValue] {
        try #require(try world.call("DescribeAnomalyDetectors", input)["AnomalyDetectors"]?.array)
    }

    @Test("a detector of a metric is described in the old form and the new one")
    func single() throws {
        let world = try world()
        try world.call("PutAnomalyDetector", #"{"SingleMetricAnomalyDetector": {\#(Self.metric)}}"#)
        let expected = try json(
            """
            {\(Self.metric), "Configuration": {"ExcludedTimeRanges": []}, "StateValue": "PENDING_TRAINING",
             "SingleMetricAnomalyDetector": {\(Self.metric)}}
            """)
        #expect(try described(world) == [expected])
        // The deprecated form means the same detector.
        try world.call("PutAnomalyDetector", "{\(Self.metric)}")
        #expect(try described(world) == [expected])
        try world.call("DeleteAnomalyDetector", "{\(Self.metric)}")
        #expect(try described(world).isEmpty)
    }

    @Test("settings are kept, described and survive a restart; putting others begins anew")
    func settings() throws {
        let (disk, clock) = (SimulatedFileSystem(), SimulatedClock())
        let expected: [JSONValue]
        do {
            let world = try MonitoringWorld(disk, clock: clock)
            try world.call(
                "PutAnomalyDetector",
                """
                {\(Self.metric), "MetricCharacteristics": {"PeriodicSpikes": true}, "Configuration": {
                 "ExcludedTimeRanges": [{"StartTime": "2026-01-01T00:00:00Z", "EndTime": 1767312000}],
                 "MetricTimezone": "UTC", "AdaptationSpeed": "FAST", "OutlierFilteringStrength": "STRICT"}}
                """)
            expected = try described(world)
            let configuration = expected.first?["Configuration"]
            #expect(configuration?["MetricTimezone"]?.string == "UTC")
            #expect(configuration?["AdaptationSpeed"]?.string == "FAST")
            #expect(configuration?["OutlierFilteringStrength"]?.string == "STRICT")
            #expect(configuration?["ExcludedTimeRanges"]?.array?.count == 1)
            #expect(expected.first?["MetricCharacteristics"]?["PeriodicSpikes"]?.bool == true)
        }
        let world = try MonitoringWorld(disk, clock: clock, seed: 2)
        #expect(try described(world) == expected)
        try world.call("PutAnomalyDetector", "{\(Self.metric)}")
        #expect(try described(world).first?["MetricCharacteristics"] == nil)
        #expect(world.monitoring.problems.isEmpty)
    }

    @Test("a detector of queries is found by its type only")
    func math() throws {
        let world = try world()
        try world.call("PutAnomalyDetector", Self.queries)
        try world.call("PutAnomalyDetector", "{\(Self.metric)}")
        #expect(try described(world).count == 1)
        let both = #"{"AnomalyDetectorTypes": ["SINGLE_METRIC", "METRIC_MATH"]}"#
        #expect(try described(world, both).count == 2)
        let math = try described(world, #"{"AnomalyDetectorTypes": ["METRIC_MATH"]}"#)
        #expect(math.count == 1)
        #expect(math[0]["MetricMathAnomalyDetector"]?["MetricDataQueries"]?.array?.count == 2)
        #expect(math[0]["Namespace"] == nil)
        try world.call("DeleteAnomalyDetector", Self.queries)
        #expect(try described(world, both).count == 1)
        let other = #"{"Namespace": "Other"}"#
        #expect(try described(world, other).isEmpty)
        #expect(try described(world, #"{"MetricName": "cpu", "Dimensions": []}"#).isEmpty)
    }

    @Test("pages of detectors do not overlap")
    func pages() throws {
        let world = try world()
        for number in 0..<7 {
            try world.call(
                "PutAnomalyDetector", #"{"Namespace": "N", "MetricName": "m\#(number)", "Stat": "p99"}"#)
        }
        var names: [String] = []
        var token: String?
        repeat {
            let next = token.map { #", "NextToken": "\#($0)""# } ?? ""
            let page = try world.call("DescribeAnomalyDetectors", #"{"MaxResults": 3\#(next)}"#)
            names += page["AnomalyDetectors"]?.array?.compactMap { $0["MetricName"]?.string } ?? []
            token = page["NextToken"]?.string
        } while token != nil
        #expect(names.sorted() == (0..<7).map { "m\($0)" })
    }

    @Test(
        "what cannot be a detector is refused with the service's word",
        arguments: [
            ("{}", "MissingParameter"),
            (#"{"Namespace": "N", "MetricName": "m"}"#, "MissingParameter"),
            (#"{"Namespace": "N", "MetricName": "m", "Stat": "p101"}"#, "InvalidParameterValue"),
            (
                #"{"Namespace": "N", "SingleMetricAnomalyDetector": {"Namespace": "N"}}"#,
                "InvalidParameterCombination"
            ),
            (
                #"{"Namespace": "N", "MetricName": "m", "Stat": "Sum", "Configuration": {"MetricTimezone": "Mars"}}"#,
                "InvalidParameterValue"
            ),
            (
                #"""
                {"Namespace": "N", "MetricName": "m", "Stat": "Sum", "Configuration": {"ExcludedTimeRanges":
                 [{"StartTime": 10, "EndTime": 10}]}}
                """#, "InvalidParameterValue"
            ),
            (
                #"""
                {"Namespace": "N", "MetricName": "m", "Stat": "Sum", "Configuration": {"ExcludedTimeRanges":
                 [{"StartTime": 10}]}}
                """#, "MissingParameter"
            ),
            (#"{"MetricMathAnomalyDetector": {}}"#, "MissingParameter"),
            (
                #"{"MetricMathAnomalyDetector": {"MetricDataQueries": [{"Id": "e", "Expression": "x + 1"}]}}"#,
                "InvalidParameterValue"
            ),
            (
                #"""
                {"MetricMathAnomalyDetector": {"MetricDataQueries": [{"Id": "m", "MetricStat": {"Period": 10,
                 "Stat": "Sum", "Metric": {"Namespace": "N", "MetricName": "m"}}}]}}
                """#, "InvalidParameterValue"
            ),
        ])
    func refusals(input: String, code: String) throws {
        let world = try world()
        let error = #expect(throws: OperationError.self) { try world.call("PutAnomalyDetector", input) }
        #expect(error?.code == code, "\(error.map(String.init(describing:)) ?? "")")
        #expect(try described(world).isEmpty)
    }

    @Test("a detector that does not exist cannot be deleted")
    func unknown() throws {
        let world = try world()
        let error = #expect(throws: OperationError.self) {
            try world.call("DeleteAnomalyDetector", "{\(Self.metric)}")
        }
        #expect(error == OperationError(code: "ResourceNotFoundException", message: ""))
    }

    @Test("the number of detectors is limited, for alarms too")
    func quota() throws {
        var options = MonitoringOptions()
        options.anomalyDetectorsMax = 1
        let world = try world(options)
        try world.call("PutAnomalyDetector", #"{"Namespace": "N", "MetricName": "m", "Stat": "Sum"}"#)
        for (operation, input) in [("PutAnomalyDetector", "{\(Self.metric)}"), ("PutMetricAlarm", WaveData.alarm())] {
            let error = #expect(throws: OperationError.self) { try world.call(operation, input) }
            #expect(error?.code == "LimitExceededException")
        }
        #expect(world.state("odd") == nil)
        // Changing one needs no room.
        try world.call(
            "PutAnomalyDetector",
            #"{"Namespace": "N", "MetricName": "m", "Stat": "Sum", "MetricCharacteristics": {"PeriodicSpikes": true}}"#)
    }

    @Test("values that a metric cannot have are outside of no band")
    func limits() {
        func limits(_ namespace: String, _ name: String, _ statistic: String) -> [Double?] {
            let subject = DetectorSubject.metric(
                DetectorMetric(namespace: namespace, name: name, dimensions: [], statistic: statistic))
            return [subject.limits.lowest, subject.limits.highest]
        }
        #expect(limits("AWS/EC2", "CPUUtilization", "Average") == [0, 100])
        #expect(limits("AWS/EC2", "CPUUtilization", "Sum") == [nil, nil])
        #expect(limits("App", "requests", "SampleCount") == [0, nil])
        #expect(limits("App", "temperature", "Average") == [nil, nil])
    }

    @Test("damaged documents are left alone, and damaged models are learnt again")
    func damaged() throws {
        var engine = MonitoringEngine(
            scope: .default, options: MonitoringOptions(), random: SeededRandomSource(seed: 1))
        let metric = DetectorMetric(namespace: "N", name: "m", dimensions: [], statistic: "Sum")
        let detector = AnomalyDetector(.metric(metric))
        let name = detector.subject.documentName
        var contents = MonitoringContents()
        contents.documents = [
            StoredDocument(kind: .anomalyDetector, name: name, content: detector.content),
            StoredDocument(kind: .anomalyDetector, name: "x", content: Array("{}".utf8)),
            StoredDocument(kind: .anomalyModel, name: "\(name)/60", content: [1, 2, 3]),
        ]
        let problems = engine.load(contents, nowNs: 0)
        #expect(problems.count == 2, "\(problems)")
        #expect(engine.detectors[name] == detector && engine.models.count == 1)
    }
}
