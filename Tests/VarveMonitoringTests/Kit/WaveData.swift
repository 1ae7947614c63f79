import Glibc
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// A metric with a day's wave in five minutes: 100 ± 50 and noise, with some values of the test's own.
struct WaveData {
    static let period: Int64 = 5 * Nanoseconds.perMinute
    private static let daySlots: Int64 = 288

    /// The value of the five minutes that begin at a time. Noise depends on the time alone.
    static func value(atNs timeNs: Int64) -> Double {
        let slot = timeNs / period
        var noise = SplitMix64(seed: UInt64(slot))
        let angle = 2 * Double.pi * Double(slot % daySlots) / Double(daySlots)
        return 100 + 50 * sin(angle) + Double(noise.next() % 1_000) / 250 - 2
    }

    /// Stores one sample in each of `count` periods before now.
    /// - Parameter changed: another value for a period, counted back from the newest, 0.
    static func store(
        in world: MonitoringWorld, count: Int, changed: (Int) -> Double? = { _ in nil }
    ) throws {
        let source = SourceKey(namespace: "App", dimensions: [Dimension(name: "Host", value: "a")])
        let shape = RowShape(source: source, fields: [FieldKey(metric: "cpu")])
        let endNs = world.clock.wallNs() / period * period
        var batch = RowBatch()
        for index in (0..<count).reversed() {
            let timeNs = endNs - Int64(index + 1) * period
            batch.append(
                shape: shape, timestamp: timeNs + Nanoseconds.perMinute,
                values: [changed(index) ?? value(atNs: timeNs)])
        }
        _ = try world.store.appendAndWait(batch)
    }

    /// Stores one sample now.
    static func storeNow(in world: MonitoringWorld, value: Double?) throws {
        let nowNs = world.clock.wallNs()
        try world.sample(value ?? self.value(atNs: nowNs / period * period))
    }

    /// An alarm on the band.
    static func alarm(
        _ comparison: String = "LessThanLowerOrGreaterThanUpperThreshold",
        band: String = "ANOMALY_DETECTION_BAND(m, 3)", watched: String = "", more: String = ""
    ) -> String {
        """
        {"AlarmName": "odd", "EvaluationPeriods": 1, "DatapointsToAlarm": 1, "ThresholdMetricId": "b",
         "ComparisonOperator": "\(comparison)", "AlarmActions": ["https://ops.example/hook"],
         "Metrics": [{"Id": "m", "ReturnData": \(watched.isEmpty), "MetricStat": {
          "Metric": {"Namespace": "App", "MetricName": "cpu", "Dimensions": [{"Name": "Host", "Value": "a"}]},
          "Period": 300, "Stat": "Average"}}, \(watched)
         {"Id": "b", "Expression": "\(band)"}]\(more)}
        """
    }
}

extension MonitoringWorld {
    /// Lets time pass in steps of a minute, ten seconds after each of which there is something to do.
    func pass(minutes: Int) {
        for _ in 0..<minutes {
            clock.advance(byNs: Nanoseconds.perMinute)
            settle()
        }
    }

    /// Moves to ten seconds after a whole period of the wave.
    func align() {
        let now = clock.wallNs()
        let next = (now / WaveData.period + 1) * WaveData.period + 10 * Nanoseconds.perSecond
        clock.advance(byNs: next - now)
    }
}
