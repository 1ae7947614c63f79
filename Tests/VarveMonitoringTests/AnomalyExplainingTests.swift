import Testing
import VarveAnomaly
import VarveIO
import VarveJSON
import VarveModel
import VarveTestKit

@testable import VarveMonitoring

@Suite struct AnomalyExplainingTests {
    private static let metric = #"""
        "Namespace": "App", "MetricName": "cpu", "Dimensions": [{"Name": "Host", "Value": "a"}], "Stat": "Average"
        """#

    private func world(changed: (Int) -> Double? = { _ in nil }) throws -> MonitoringWorld {
        let world = try MonitoringWorld(SimulatedFileSystem(), clock: SimulatedClock())
        world.clock.advance(byNs: 3 * Nanoseconds.perDay)
        world.align()
        try WaveData.store(in: world, count: 860, changed: changed)
        return world
    }

    private func explained(_ world: MonitoringWorld, slotsAgo: Int64, more: String = "") throws -> JSONValue {
        let endNs = world.clock.wallNs() / WaveData.period * WaveData.period
        let time = (endNs - (slotsAgo + 1) * WaveData.period) / Nanoseconds.perSecond
        return try world.call(
            "ExplainAnomalyDetector", #"{\#(Self.metric), "Period": 300, "Time": \#(time)\#(more)}"#)
    }

    @Test("an outlier is explained: value, what was expected and why, the band, what was surprising")
    func outlier() throws {
        let world = try world { $0 == 6 ? 400 : nil }
        let answer = try explained(world, slotsAgo: 6)
        #expect(answer["Value"]?.double == 400 && answer["StateValue"]?.string == "TRAINED")
        #expect(answer["Points"]?.integer == 853 && answer["OutsideBand"]?.bool == true)
        let parts = ["Level", "Daily", "Weekly"].compactMap { answer[$0]?.double }
        let centre = parts.reduce(0, +)
        // The wave is between 50 and 150.
        #expect(parts.count == 3 && (40...160).contains(centre))
        let (lower, upper) = (answer["Lower"]?.double ?? 0, answer["Upper"]?.double ?? 0)
        #expect(lower < upper && upper < 400)
        #expect((answer["Score"]?.double ?? 0) >= 0.5)
        #expect(answer["Findings"]?.array?.contains { $0["View"]?.string == "jump" } == true)
        #expect(answer["DailyProfile"]?.array?.count == 48 && answer["WeeklyProfile"]?.array?.count == 168)
        let text = try #require(answer["Text"]?.string)
        for part in ["App cpu {Host=a} Average", "an anomaly, score", "outside of the band", "value      400", "█"] {
            #expect(text.contains(part), "\(text)")
        }
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }

    @Test("a usual value is explained as such, and without a time it is the last period that is learnt")
    func usual() throws {
        let world = try world()
        let answer = try explained(world, slotsAgo: 6)
        #expect(answer["OutsideBand"]?.bool == false && (answer["Score"]?.double ?? 1) < 0.5)
        #expect(answer["Text"]?.string?.contains("no anomaly, score") == true)
        let latest = try world.call("ExplainAnomalyDetector", "{\(Self.metric), \"Period\": 300}")
        let time = InstantText.format(
            (world.clock.wallNs() - 2 * WaveData.period).flooredToMultiple(of: WaveData.period))
        #expect(latest["Time"]?.string == time)
    }

    @Test("wider bands reach further, and excluded times are counted and not judged")
    func settings() throws {
        let world = try world { $0 == 6 ? 400 : nil }
        let narrow = try explained(world, slotsAgo: 6, more: #", "Deviations": 1"#)
        let wide = try explained(world, slotsAgo: 6, more: #", "Deviations": 4"#)
        #expect((narrow["Upper"]?.double ?? 0) < (wide["Upper"]?.double ?? 0))
        let endNs = world.clock.wallNs() / WaveData.period * WaveData.period
        let start = (endNs - 10 * WaveData.period) / Nanoseconds.perSecond
        try world.call(
            "PutAnomalyDetector",
            """
            {\(Self.metric), "Configuration": {"ExcludedTimeRanges":
             [{"StartTime": \(start), "EndTime": \(endNs / Nanoseconds.perSecond)}]}}
            """)
        let excluded = try explained(world, slotsAgo: 6)
        #expect(excluded["Score"] == nil && excluded["ExcludedPeriods"]?.integer == 3)
        #expect(excluded["Text"]?.string?.contains("not judged: the time is excluded") == true)
        #expect(excluded["Text"]?.string?.contains("3 periods in 1 time range") == true)
    }

    @Test("an alarm names its detector; without data there is nothing to tell")
    func others() throws {
        let world = try world()
        try world.call("PutMetricAlarm", WaveData.alarm())
        let answer = try world.call("ExplainAnomalyDetector", #"{"AlarmName": "odd"}"#)
        #expect(answer["Detector"]?.string == "App cpu {Host=a} Average, 5m")
        #expect(throws: OperationError.self) { try world.call("ExplainAnomalyDetector", #"{"AlarmName": "none"}"#) }
        try world.call("PutMetricAlarm", MonitoringWorld.alarm("plain"))
        let error = #expect(throws: OperationError.self) {
            try world.call("ExplainAnomalyDetector", #"{"AlarmName": "plain"}"#)
        }
        #expect(error?.message == "plain has no ANOMALY_DETECTION_BAND")
        let nothing = try world.call(
            "ExplainAnomalyDetector", #"{"Namespace": "No", "MetricName": "no", "Stat": "Sum"}"#)
        #expect(nothing["Text"]?.string?.contains("nothing: there is no data") == true)
        #expect(nothing["Text"]?.string?.contains("there is no value") == true)
    }

    @Test("numbers are short", arguments: [(0.0, "0"), (51.26489, "51.26"), (1_234_567, "1234567"), (-0.5, "-0.5")])
    func numbers(value: Double, text: String) { #expect(AnomalyReport.number(value) == text) }

    @Test("a profile shows what is known")
    func profiles() {
        #expect(AnomalyReport.profile([nil, 1, 2, 3]) == " ▁▅█ +1 to +3")
        #expect(AnomalyReport.profile([nil, nil]) == "not known yet,")
    }
}
