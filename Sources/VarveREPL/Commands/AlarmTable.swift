import VarveAlarms
import VarveJSON
import VarveModel
import VarveQuery

/// Alarms as tables.
enum AlarmTable {
    static func result(of alarms: [JSONValue]) -> QueryResult {
        let columns: [QueryResult.Column] = [
            .init(name: "state", kind: .text), .init(name: "alarm", kind: .text), .init(name: "since", kind: .time),
            .init(name: "watches", kind: .text), .init(name: "actions", kind: .text),
        ]
        let rows = alarms.map { alarm -> [QueryResult.Value] in
            [
                .text(alarm["StateValue"]?.string ?? ""), .text(alarm["AlarmName"]?.string ?? ""),
                time(alarm["StateTransitionedTimestamp"]), .text(subject(of: alarm)), .text(actions(of: alarm)),
            ]
        }
        return QueryResult(columns: columns, rows: rows)
    }

    static func history(of items: [JSONValue]) -> QueryResult {
        let columns: [QueryResult.Column] = [
            .init(name: "time", kind: .time), .init(name: "alarm", kind: .text), .init(name: "what", kind: .text),
        ]
        let rows = items.map { item -> [QueryResult.Value] in
            [
                time(item["Timestamp"]), .text(item["AlarmName"]?.string ?? ""),
                .text(item["HistorySummary"]?.string ?? ""),
            ]
        }
        return QueryResult(columns: columns, rows: rows)
    }

    private static func time(_ value: JSONValue?) -> QueryResult.Value {
        (value?.string).flatMap(AlarmTime.parse).map { .time($0) } ?? .null
    }

    private static func actions(of alarm: JSONValue) -> String {
        guard alarm["ActionsEnabled"]?.bool ?? true else { return "disabled" }
        if let by = alarm["ActionsSuppressedBy"]?.string { return "suppressed by \(by)" }
        let count = ["OKActions", "AlarmActions", "InsufficientDataActions"]
            .reduce(0) { $0 + (alarm[$1]?.array?.count ?? 0) }
        return count == 0 ? "none" : "\(count)"
    }

    /// `Average(CPUUtilization) > 80, 3 of 5 × 1m`, or the rule of a composite alarm.
    static func subject(of alarm: JSONValue) -> String {
        if let rule = alarm["AlarmRule"]?.string { return rule }
        let what: String
        if let metric = alarm["MetricName"]?.string {
            let statistic = alarm["Statistic"]?.string ?? alarm["ExtendedStatistic"]?.string ?? ""
            let dimensions = (alarm["Dimensions"]?.array ?? []).map { pair in
                "\(pair["Name"]?.string ?? "")=\(pair["Value"]?.string ?? "")"
            }
            what = "\(statistic)(\(metric))" + (dimensions.isEmpty ? "" : " of \(dimensions.joined(separator: ","))")
        } else {
            let queries = alarm["Metrics"]?.array ?? []
            what = queries.compactMap { $0["Expression"]?.string }.first ?? "\(queries.count) queries"
        }
        let threshold = (alarm["Threshold"]?.double).map { JavaDouble.text($0) } ?? "its band"
        let (count, needed) = (alarm["EvaluationPeriods"]?.integer ?? 1, alarm["DatapointsToAlarm"]?.integer)
        let ofCount = needed.map { "\($0) of \(count)" } ?? "\(count)"
        let periods = [alarm] + (alarm["Metrics"]?.array ?? [])
        let seconds = periods.compactMap { $0["Period"]?.integer }.first
        let period = seconds.map { " × \(DurationText.format($0 * Nanoseconds.perSecond))" } ?? ""
        return "\(what) \(symbol(alarm["ComparisonOperator"]?.string)) \(threshold), \(ofCount)\(period)"
    }

    private static func symbol(_ comparison: String?) -> String {
        switch comparison {
        case "GreaterThanThreshold": ">"
        case "GreaterThanOrEqualToThreshold": "≥"
        case "LessThanThreshold": "<"
        case "LessThanOrEqualToThreshold": "≤"
        default: "outside of"
        }
    }

    /// Name and value in lines, for one alarm.
    static func card(of alarm: JSONValue) -> String {
        guard case .object(let members) = alarm else { return "" }
        var lines = [("watches", subject(of: alarm))]
        for member in members where member.name != "StateReasonData" {
            let text =
                member.value.string
                ?? (member.value.array?.isEmpty == true ? "" : String(decoding: member.value.encoded, as: UTF8.self))
            if !text.isEmpty { lines.append((member.name, text)) }
        }
        let width = lines.map { DisplayWidth.of($0.0) }.max() ?? 0
        return lines.reduce(into: "") { text, line in
            text += "\(DisplayWidth.pad(line.0, to: width))  \(PrintableText.escape(line.1))\n"
        }
    }
}
