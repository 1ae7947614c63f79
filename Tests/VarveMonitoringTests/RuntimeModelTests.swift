import Testing
import VarveIO
import VarveJSON
import VarveModel
import VarveStore
import VarveTestKit

@testable import VarveMonitoring

/// An alarm as the documentation describes its evaluation, written without looking at the runtime.
private struct NaiveAlarm {
    var name: String
    var host: Int
    var periodMinutes: Int64
    var evaluated: Int
    var needed: Int
    var statistic: String
    var comparison: String
    var threshold: Double
    var treatment: String?
    var state = "INSUFFICIENT_DATA"

    init(_ name: String, _ random: inout SplitMix64) {
        self.name = name
        host = Int.random(in: 0..<3, using: &random)
        periodMinutes = [1, 2, 5].randomElement(using: &random) ?? 1
        evaluated = Int.random(in: 1...4, using: &random)
        needed = Int.random(in: 1...evaluated, using: &random)
        statistic = ["Average", "Maximum", "Minimum", "Sum", "SampleCount"].randomElement(using: &random) ?? "Sum"
        comparison =
            [
                "GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold",
                "LessThanOrEqualToThreshold",
            ].randomElement(using: &random) ?? ""
        threshold = Double(Int.random(in: 1...5, using: &random))
        treatment = [nil, "missing", "ignore", "breaching", "notBreaching"].randomElement(using: &random) ?? nil
    }

    var definition: String {
        let treatment = treatment.map { #", "TreatMissingData": "\#($0)""# } ?? ""
        return """
            {"AlarmName": "\(name)", "Namespace": "App", "MetricName": "cpu", "Statistic": "\(statistic)",
             "Period": \(periodMinutes * 60), "Dimensions": [{"Name": "Host", "Value": "h\(host)"}],
             "EvaluationPeriods": \(evaluated), "DatapointsToAlarm": \(needed), "Threshold": \(threshold),
             "ComparisonOperator": "\(comparison)", "AlarmActions": ["https://ops.example/\(name)"]\(treatment)}
            """
    }

    private func value(_ samples: [Double]) -> Double? {
        guard let first = samples.first else { return nil }
        switch statistic {
        case "Average": return samples.reduce(0, +) / Double(samples.count)
        case "Maximum": return samples.reduce(first, max)
        case "Minimum": return samples.reduce(first, min)
        case "Sum": return samples.reduce(0, +)
        default: return Double(samples.count)
        }
    }

    private func isBad(_ value: Double) -> Bool {
        switch comparison {
        case "GreaterThanThreshold": value > threshold
        case "GreaterThanOrEqualToThreshold": value >= threshold
        case "LessThanThreshold": value < threshold
        default: value <= threshold
        }
    }

    /// The eight steps.
    /// - Parameter samples: of its host, known now.
    mutating func evaluate(_ samples: [(timeNs: Int64, value: Double)], minuteNs: Int64) {
        let periodNs = periodMinutes * Nanoseconds.perMinute
        // Newest first, with the age of each: 1 for the newest period.
        var points: [(age: Int, isBad: Bool)] = []
        for age in 1...(evaluated + 2) {
            let end = minuteNs - Int64(age - 1) * periodNs
            let inside = samples.filter { $0.timeNs >= end - periodNs && $0.timeNs < end }.map(\.value)
            if let value = value(inside) { points.append((age, isBad(value))) }
        }
        points = Array(points.prefix(evaluated))
        let bad = points.count { $0.isBad }
        let good = points.count - bad
        let missing = evaluated - points.count
        if bad >= needed {
            state = "ALARM"
        } else if good >= evaluated - needed + 1 {
            state = "OK"
        } else if treatment == "breaching" {
            state = bad + missing >= needed ? "ALARM" : "OK"
        } else if treatment == "notBreaching" {
            state = "OK"
        } else if treatment == "ignore" {
            if good > 0 { state = "OK" }
        } else if points.isEmpty {
            state = "INSUFFICIENT_DATA"
        } else if good > 0 {
            state = "OK"
        } else {
            state = (points.last?.age ?? 0) >= needed ? "ALARM" : "INSUFFICIENT_DATA"
        }
    }
}

/// The whole runtime – store, reading, evaluation, composite alarms, outbox – against naive alarms.
@Suite struct RuntimeModelTests {
    private struct Model {
        var alarms: [NaiveAlarm]
        /// By host; what is stored.
        var samples: [[(timeNs: Int64, value: Double)]] = [[], [], []]
        /// Times that an alarm went to ALARM.
        var fired: [String: Int] = [:]

        init(_ random: inout SplitMix64) { alarms = (0..<6).map { NaiveAlarm("a\($0)", &random) } }

        mutating func change(_ index: Int, _ body: (inout NaiveAlarm) -> Void) {
            let before = alarms[index].state
            body(&alarms[index])
            if alarms[index].state == "ALARM", before != "ALARM" { fired[alarms[index].name, default: 0] += 1 }
        }

        mutating func evaluate(minuteNs: Int64) {
            for index in alarms.indices {
                let known = samples[alarms[index].host]
                change(index) { $0.evaluate(known, minuteNs: minuteNs) }
            }
        }

        func isAlarm(_ index: Int) -> Bool { alarms[index].state == "ALARM" }

        /// Of the rules in ``RuntimeModelTests/composites``.
        var composites: [String: Bool] {
            let (both, atLeast) = (isAlarm(0) && !isAlarm(1), (2...4).count { isAlarm($0) } >= 2)
            return ["both": both, "two-of": atLeast, "top": both || alarms[5].state == "OK" || atLeast]
        }
    }

    private static let composites = [
        ("both", "ALARM(a0) AND NOT ALARM(a1)"), ("two-of", "AT_LEAST(2, ALARM, (a2, a3, a4))"),
        ("top", "ALARM(both) OR OK(a5) OR ALARM(two-of)"),
    ]

    /// Some samples of this minute, and some that come late.
    private func store(_ world: MonitoringWorld, _ model: inout Model, _ random: inout SplitMix64) throws {
        for host in 0..<3 where Int.random(in: 0..<4, using: &random) > 0 {
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let value = Double(Int.random(in: 0...6, using: &random))
                let lateMinutes = Int64([0, 0, 0, 1, 2, 4].randomElement(using: &random) ?? 0)
                let timeNs = world.clock.wallNs() - lateMinutes * Nanoseconds.perMinute
                var batch = RowBatch()
                let source = SourceKey(namespace: "App", dimensions: [Dimension(name: "Host", value: "h\(host)")])
                batch.append(
                    shape: RowShape(source: source, fields: [FieldKey(metric: "cpu")]), timestamp: timeNs,
                    values: [value])
                _ = try world.store.appendAndWait(batch)
                model.samples[host].append((timeNs, value))
            }
        }
    }

    private func run(seed: UInt64, minutes: Int) throws {
        var random = SplitMix64(seed: seed)
        let (disk, clock, edge) = (SimulatedFileSystem(), SimulatedClock(), FakeEdge())
        // To ten seconds after a minute: then alarms are evaluated.
        let toMinute = Nanoseconds.perMinute - clock.wallNs() % Nanoseconds.perMinute
        clock.advance(byNs: toMinute + 10 * Nanoseconds.perSecond)
        var world = try MonitoringWorld(disk, clock: clock, edge: edge)
        var model = Model(&random)
        for alarm in model.alarms { try world.call("PutMetricAlarm", alarm.definition) }
        for (name, rule) in Self.composites {
            try world.call("PutCompositeAlarm", #"{"AlarmName": "\#(name)", "AlarmRule": "\#(rule)"}"#)
        }
        for minute in 0..<minutes {
            clock.advance(byNs: 20 * Nanoseconds.perSecond)
            try store(world, &model, &random)
            world.settle()
            switch Int.random(in: 0..<12, using: &random) {
            case 0:
                world = try MonitoringWorld.reopened(world, disk, clock: clock, seed: seed + UInt64(minute), edge: edge)
                world.settle()
            case 1:
                let index = Int.random(in: 0..<model.alarms.count, using: &random)
                let state = ["OK", "ALARM", "INSUFFICIENT_DATA"].randomElement(using: &random) ?? "OK"
                try world.call(
                    "SetAlarmState",
                    #"{"AlarmName": "a\#(index)", "StateValue": "\#(state)", "StateReason": "by hand"}"#)
                model.change(index) { $0.state = state }
            default: break
            }
            clock.advance(byNs: 40 * Nanoseconds.perSecond)
            world.settle()
            model.evaluate(minuteNs: clock.wallNs() / Nanoseconds.perMinute * Nanoseconds.perMinute)
            for alarm in model.alarms {
                #expect(
                    world.state(alarm.name) == alarm.state, "\(Trail.here), minute \(minute): \(alarm.definition)")
            }
            for (name, holds) in model.composites {
                #expect(
                    world.state(name) == (holds ? "ALARM" : "OK"), "\(Trail.here), minute \(minute): \(name)")
            }
        }
        for alarm in model.alarms {
            let calls = edge.arrivals.count { $0.endpoint == "https://ops.example/\(alarm.name)" }
            #expect(calls == model.fired[alarm.name] ?? 0, "\(Trail.here): \(alarm.name)")
        }
    }

    @Test("states and notifications are those of a naive evaluation, over late data, restarts and states by hand")
    func model() throws {
        try forEvery("seed", in: 1...(8 as UInt64)) { try run(seed: $0, minutes: 40) }
    }
}

extension MonitoringWorld {
    /// The same directory after the process ended.
    static func reopened(
        _ world: consuming MonitoringWorld, _ disk: SimulatedFileSystem, clock: SimulatedClock, seed: UInt64,
        edge: FakeEdge
    ) throws -> MonitoringWorld {
        world.store.close()
        return try MonitoringWorld(disk, clock: clock, seed: seed, edge: edge)
    }
}
