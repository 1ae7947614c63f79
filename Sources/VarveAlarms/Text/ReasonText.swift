import VarveJSON
import VarveModel

/// Reasons in the service's words. At most ``AlarmLimits/reasonCharactersMax`` characters: of long lists of datapoints
/// the oldest are left out.
enum ReasonText {
    static let created = "Unchecked: Initial alarm creation"

    /// The reason of a state that `decision` led to.
    static func of(_ decision: PointDecision, _ definition: MetricAlarmDefinition) -> String {
        shortened(to: decision.deciding.count) { listed in
            sentence(decision, definition, listed: listed)
        }
    }

    /// The same for one contributor of a multi-series alarm.
    static func ofContributor(
        _ decision: PointDecision, _ definition: MetricAlarmDefinition, state: AlarmState
    ) -> String {
        let points = state == .alarm ? decision.deciding(for: .alarm) : decision.deciding(for: .ok)
        guard !points.isEmpty else { return withoutPoints(decision) }
        return shortened(to: points.count) { listed in
            let relation = relation(definition, points, listed: listed)
            let crossed = "\(datapoints(points.count)) \(verb(points.count, state)) \(relation)"
            let claim = state == .alarm ? "which crossed the threshold" : "which did not cross the threshold"
            let noun = points.count == 1 ? "datapoint" : "datapoints"
            return "\(prefix(definition)): \(crossed). The most recent \(noun) \(claim): [\(list(points, listed))]."
        }
    }

    /// `6 out of 6 time series evaluated to ALARM`
    static func ofSeries(alarming: Int, total: Int) -> String {
        let count =
            alarming > AlarmLimits.contributorsMax ? "\(AlarmLimits.contributorsMax)+" : "\(alarming) out of \(total)"
        return "\(count) time series evaluated to ALARM"
    }

    // MARK: - Parts

    private static func sentence(
        _ decision: PointDecision, _ definition: MetricAlarmDefinition, listed: Int
    ) -> String {
        let points = decision.deciding
        guard let state = decision.state, state != .insufficientData, !points.isEmpty else {
            return withoutPoints(decision)
        }
        let isOfN = definition.datapointsToAlarm != nil
        let count =
            isOfN ? "\(points.count) out of the last \(decision.evaluated) datapoints" : datapoints(points.count)
        var text = "\(prefix(definition)): \(count) [\(list(points, listed))] \(verb(points.count, state)) "
        text += relation(definition, points, listed: listed)
        if !decision.fillers.isEmpty { text += " and \(filled(decision.fillers.count, state))" }
        if isOfN {
            let minimum = datapoints(state == .alarm ? decision.needed : decision.neededForOK)
            let direction = state == .alarm ? "OK -> ALARM" : "ALARM -> OK"
            text += " (minimum \(minimum) for \(direction) transition)"
        }
        return text + "."
    }

    private static func withoutPoints(_ decision: PointDecision) -> String {
        let missing = decision.missingCount
        switch decision.step {
        case .missingAsBreaching, .missingAsGood:
            let periods = missing == 1 ? "1 period" : "\(missing) periods"
            let state: AlarmState = decision.step == .missingAsBreaching ? .alarm : .ok
            return "Threshold Crossed: no datapoints were received for \(periods) and \(filled(missing, state))."
        default:
            return "Insufficient Data: \(datapoints(missing)) \(missing == 1 ? "was" : "were") unknown."
        }
    }

    private static func filled(_ count: Int, _ state: AlarmState) -> String {
        let treatment = state == .alarm ? "Breaching" : "NonBreaching"
        return "\(count) missing \(count == 1 ? "datapoint was" : "datapoints were") treated as [\(treatment)]"
    }

    private static func relation(
        _ definition: MetricAlarmDefinition, _ points: [PointDecision.Point], listed: Int
    ) -> String {
        let lower = "less than the lower thresholds [\(numbers(points.map(\.lower), listed))]"
        let upper = "greater than the upper thresholds [\(numbers(points.map(\.upper), listed))]"
        switch definition.comparison {
        case .outsideBand: return "\(lower) or \(upper)"
        case .belowBand: return lower
        case .aboveBand: return upper
        case .greaterThanOrEqualTo, .greaterThan, .lessThan, .lessThanOrEqualTo:
            return "\(definition.comparison.words) the threshold (\(JavaDouble.text(definition.threshold ?? .nan)))"
        }
    }

    private static func prefix(_ definition: MetricAlarmDefinition) -> String {
        definition.comparison.needsBand ? "Thresholds Crossed" : "Threshold Crossed"
    }

    private static func datapoints(_ count: Int) -> String { count == 1 ? "1 datapoint" : "\(count) datapoints" }

    private static func verb(_ count: Int, _ state: AlarmState) -> String {
        (count == 1 ? "was" : "were") + (state == .alarm ? "" : " not")
    }

    private static func list(_ points: [PointDecision.Point], _ listed: Int) -> String {
        joined(points, listed) { "\(JavaDouble.text($0.value)) (\(AlarmTime.short($0.timestampNs)))" }
    }

    private static func numbers(_ values: [Double?], _ listed: Int) -> String {
        joined(values, listed) { JavaDouble.text($0 ?? .nan) }
    }

    private static func joined<Element>(_ all: [Element], _ listed: Int, _ text: (Element) -> String) -> String {
        (all.prefix(listed).map(text) + (all.count > listed ? ["..."] : [])).joined(separator: ", ")
    }

    /// The text with as many of `count` list elements as fit, halving from all of them.
    private static func shortened(to count: Int, _ text: (Int) -> String) -> String {
        // A datapoint takes 25 characters at least.
        var listed = min(count, AlarmLimits.reasonCharactersMax / 25)
        while listed > 1 {
            let candidate = text(listed)
            if candidate.fits(AlarmLimits.reasonCharactersMax) { return candidate }
            listed /= 2
        }
        return text(listed)
    }
}

extension PointDecision {
    /// The points because of which the state is what it is, newest first: as many as were needed.
    package var deciding: [Point] { state.map(deciding(for:)) ?? [] }

    func deciding(for state: AlarmState) -> [Point] {
        switch state {
        case .alarm: Array(breaching.prefix(needed))
        case .ok: Array(good.prefix(neededForOK))
        case .insufficientData: []
        }
    }

    /// Periods that count although they are empty, newest first: as many as points are short of what is needed; those
    /// that are unknown when there is not enough data.
    package var fillers: [Int64] {
        switch (step, state) {
        case (.missingAsBreaching, _): Array(gaps.prefix(needed - deciding.count))
        case (.missingAsGood, _): Array(gaps.prefix(neededForOK - deciding.count))
        case (_, .insufficientData): gaps
        default: []
        }
    }
}

/// `StateReasonData` of evaluated alarms.
enum ReasonData {
    /// One line of JSON of at most ``AlarmLimits/reasonDataCharactersMax`` characters: of long lists the oldest are
    /// left out.
    static func of(_ decision: PointDecision, _ definition: MetricAlarmDefinition, queryNs: Int64) -> String {
        // The shortest element, a value, takes four characters.
        var listed = AlarmLimits.reasonDataCharactersMax / 4
        while true {
            let text = AlarmJSON.text(document(decision, definition, queryNs: queryNs, listed: listed))
            if text.fits(AlarmLimits.reasonDataCharactersMax) || listed == 0 { return text }
            listed /= 2
        }
    }

    private static func document(
        _ decision: PointDecision, _ definition: MetricAlarmDefinition, queryNs: Int64, listed: Int
    ) -> JSONValue {
        var object = JSONObjectBuilder()
        object.add("version", "1.0")
        object.add("queryDate", AlarmTime.iso(queryNs))
        let recent = decision.recent.suffix(listed)
        if let newest = decision.points.first, !recent.isEmpty {
            // Where the oldest value that is listed belongs.
            let spanNs = Int64(recent.count - 1) * Int64(definition.period) * 1_000_000_000
            object.add("startDate", AlarmTime.iso(recent.first??.timestampNs ?? newest.timestampNs - spanNs))
        }
        var isSimple = false
        if case .metric(let stat) = definition.source {
            isSimple = true
            object.add("unit", stat.unit?.name)
            object.add("statistic", stat.statistic)
        }
        object.add("period", definition.period)
        object.add("recentDatapoints", numbers(recent.map { $0?.value }))
        if definition.comparison.needsBand {
            object.add("recentLowerThresholds", numbers(recent.map { $0?.lower }))
            object.add("recentUpperThresholds", numbers(recent.map { $0?.upper }))
        } else {
            object.add("threshold", definition.threshold)
        }
        object.add("evaluatedDatapoints", JSONValue.array(evaluated(decision, isSimple: isSimple, listed: listed)))
        return object.value
    }

    private static func numbers(_ values: [Double?]) -> JSONValue {
        .array(values.map { $0.map(JSONValue.number) ?? .null })
    }

    private static func evaluated(_ decision: PointDecision, isSimple: Bool, listed: Int) -> [JSONValue] {
        let points = decision.deciding.prefix(listed).map { point in
            var object = JSONObjectBuilder()
            object.add("timestamp", AlarmTime.iso(point.timestampNs))
            if isSimple { object.add("sampleCount", point.sampleCount) }
            object.add("value", point.value)
            return object.value
        }
        let fillers = decision.fillers.prefix(listed - points.count).map {
            JSONValue.object([.init("timestamp", .string(AlarmTime.iso($0)))])
        }
        return points + fillers
    }
}

extension PointDecision {
    /// Oldest to newest of the points used, nil for the periods between them without one.
    fileprivate var recent: [Point?] {
        guard let newest = points.first, let oldest = points.last else { return [] }
        var slots = [Point?](repeating: nil, count: oldest.age - newest.age + 1)
        for point in points { slots[oldest.age - point.age] = point }
        return slots
    }
}
