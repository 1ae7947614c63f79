import VarveJSON
import VarveModel

@testable import VarveAlarms

/// Alarms, points and times that several suites use.
enum Fixture {
    static let scope = Scope(account: "123456789012", region: "eu-west-1")
    static let second: Int64 = 1_000_000_000
    static let minute = 60 * second
    /// 2026-03-01T09:00:00Z
    static let createdNs: Int64 = 1_772_355_600 * second
    /// 2026-03-01T10:00:00Z
    static let tenNs = createdNs + 60 * minute

    static func json(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)) }

    static func metric(_ text: String) throws -> MetricAlarmDefinition { try MetricAlarmDefinition(json(text)) }

    static func composite(_ text: String) throws -> CompositeAlarmDefinition {
        try CompositeAlarmDefinition(json(text))
    }

    /// An alarm on App/Cpu{Host=a} above 50.
    static func definition(
        periods: Int = 3, needed: Int? = nil, treatment: TreatMissingData? = nil, extra: String = ""
    ) throws -> MetricAlarmDefinition {
        let m = needed.map { #","DatapointsToAlarm":\#($0)"# } ?? ""
        let t = treatment.map { #","TreatMissingData":"\#($0.rawValue)""# } ?? ""
        return try metric(
            #"""
            {"AlarmName":"cpu-high","Namespace":"App","MetricName":"Cpu","Dimensions":[{"Name":"Host","Value":"a"}],
            "Statistic":"Average","Period":60,"EvaluationPeriods":\#(periods),"Threshold":50,
            "ComparisonOperator":"GreaterThanThreshold"\#(m)\#(t)\#(extra)}
            """#)
    }

    static func alarm(_ definition: MetricAlarmDefinition) -> Alarm {
        Alarm.create(definition, in: scope, nowNs: createdNs).alarm
    }

    /// `0 - X`: oldest to newest; 0 good, X bad, - missing. The newest period ends at `endNs`.
    static func points(_ drawing: String, endNs: Int64, periodNs: Int64 = minute) -> [AlarmPoint] {
        let cells = drawing.split(separator: " ")
        return cells.enumerated().compactMap { index, cell in
            let timestampNs = endNs - Int64(cells.count - index) * periodNs
            switch cell {
            case "0": return AlarmPoint(timestampNs: timestampNs, value: 0, sampleCount: 1)
            case "X": return AlarmPoint(timestampNs: timestampNs, value: 100, sampleCount: 1)
            default: return nil
            }
        }
    }

    static func input(
        _ definition: MetricAlarmDefinition, _ series: [AlarmSeries], nowNs: Int64, isPartial: Bool = false
    ) -> AlarmInput {
        AlarmInput(
            range: definition.dataRange(nowNs: nowNs), queryNs: nowNs, outcome: .series(series, isPartial: isPartial))
    }

    static func input(_ definition: MetricAlarmDefinition, _ drawing: String, nowNs: Int64) -> AlarmInput {
        let range = definition.dataRange(nowNs: nowNs)
        let points = points(drawing, endNs: range.endNs, periodNs: range.periodNs)
        return AlarmInput(
            range: range, queryNs: nowNs, outcome: .series([AlarmSeries(points: points)], isPartial: false))
    }
}

extension [AlarmEffect] {
    var history: [HistoryItem] {
        compactMap { if case .history(let item) = $0 { item } else { nil } }
    }
    var events: [AlarmEvent] {
        compactMap { if case .event(let event) = $0 { event } else { nil } }
    }
    var actions: [AlarmAction] {
        compactMap { if case .action(let action) = $0 { action } else { nil } }
    }
}
