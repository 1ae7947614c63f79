import VarveAlarms
import VarveModel
import VarveQuery
import VarveStore

/// Reads what metric alarms look at. Alarms on single metrics over the same periods are read together: their cost is
/// that of one query over all their series, not one per alarm.
struct AlarmDataReader<Snapshot: MetricSnapshot, Source: AlarmMathSource> where Source.Snapshot == Snapshot {
    let source: Source
    let nowNs: Int64

    /// One input per alarm, in order. O(series × periods + samples in them).
    func inputs(of alarms: [WatchedAlarm]) -> [AlarmInput] {
        var inputs = [AlarmInput?](repeating: nil, count: alarms.count)
        var together: [EvaluationKey: [Int]] = [:]
        for (index, alarm) in alarms.enumerated() {
            let range = alarm.dataRange(nowNs: nowNs)
            if !range.isUniform {
                inputs[index] = input(of: alarm, inPartsOf: range)
            } else if alarm.metric != nil, alarm.hasBand {
                together[EvaluationKey(range), default: []].append(index)
            } else {
                inputs[index] = input(of: alarm, range)
            }
        }
        for indices in together.values {
            let range = alarms[indices[0]].dataRange(nowNs: nowNs)
            for (index, input) in zip(indices, metricInputs(of: indices.map { alarms[$0] }, range)) {
                inputs[index] = input
            }
        }
        return inputs.compactMap { $0 }
    }

    /// Days on which clocks are set are longer or shorter than the others, and read by themselves. What an expression
    /// says of neighbouring periods, such as RATE, begins anew there.
    private func input(of alarm: WatchedAlarm, inPartsOf range: EvaluationRange) -> AlarmInput {
        var found: [AlarmSeries] = []
        var isPartial = false
        // What is newest first: its series come first in the order of the query.
        for part in range.uniformParts.reversed() {
            let isUsual = part.periodNs == range.periodNs
            // Bands are those of usual periods.
            guard isUsual || alarm.bands.isEmpty else { continue }
            let alarm = isUsual ? alarm : alarm.with(periodNs: part.periodNs)
            let isMetric = alarm.metric != nil && alarm.hasBand
            let outcome = isMetric ? metricInputs(of: [alarm], part)[0].outcome : outcome(of: alarm, part)
            guard case .series(let series, let isCut) = outcome else {
                return AlarmInput(range: range, queryNs: nowNs, outcome: outcome)
            }
            isPartial = isPartial || isCut
            for one in series { found.join(one) }
        }
        return AlarmInput(range: range, queryNs: nowNs, outcome: .series(found, isPartial: isPartial))
    }

    private struct EvaluationKey: Hashable {
        var endNs: Int64
        var periodNs: Int64
        var count: Int

        init(_ range: EvaluationRange) {
            endNs = range.endNs
            periodNs = range.periodNs
            count = range.count
        }
    }

    // MARK: Single metrics

    private func metricInputs(of alarms: [WatchedAlarm], _ range: EvaluationRange) -> [AlarmInput] {
        var stats: [MathMetricStat] = []
        for alarm in alarms {
            guard var stat = alarm.metric else { preconditionFailure("these alarms watch metrics") }
            stats.append(stat)
            stat.statistic = "SampleCount"
            stats.append(stat)
        }
        do throws(QueryError) {
            let fetched = try source.fetch(stats, over: TimeRange(start: range.startNs, end: range.endNs))
            return alarms.indices.map { input(fetched[2 * $0], counts: fetched[2 * $0 + 1], alarms[$0], range) }
        } catch {
            // One that cannot be read must not keep the others from being evaluated.
            if alarms.count > 1 {
                let half = alarms.count / 2
                return metricInputs(of: Array(alarms[..<half]), range) + metricInputs(of: Array(alarms[half...]), range)
            }
            return [AlarmInput(range: range, queryNs: nowNs, outcome: .failure)]
        }
    }

    private func input(
        _ values: MathFetch, counts: MathFetch, _ alarm: WatchedAlarm, _ range: EvaluationRange
    ) -> AlarmInput {
        var points: [AlarmPoint] = []
        let slots = values.series.values
        for (slot, value) in slots.enumerated() where !value.isNaN {
            let count = slot < counts.series.values.count ? counts.series.values[slot] : .nan
            points.append(
                AlarmPoint(
                    timestampNs: values.series.grid.time(slot), value: value, sampleCount: count.isNaN ? nil : count))
        }
        return AlarmInput(
            range: range, queryNs: nowNs,
            outcome: .series(
                [AlarmSeries(points: points, band: alarm.bandPoints(over: range))],
                isPartial: values.status != .complete))
    }

    // MARK: Expressions

    private func input(of alarm: WatchedAlarm, _ range: EvaluationRange) -> AlarmInput {
        AlarmInput(range: range, queryNs: nowNs, outcome: outcome(of: alarm, range))
    }

    private func outcome(of alarm: WatchedAlarm, _ range: EvaluationRange) -> AlarmInput.Outcome {
        let times = TimeRange(start: range.startNs, end: range.endNs)
        switch alarm.question {
        case .metric: preconditionFailure("single metrics are read together")
        case .bandedMetric: return .error(AlarmInput.noDetector)
        case .wrong(let reason): return .error(reason)
        case .groups(let select, let periodNs): return groups(select, periodNs, times)
        case .math(let plan, let watched, let band):
            guard alarm.hasBand else { return .error(AlarmInput.noDetector) }
            if alarm.bands.isEmpty { return math(plan, watched: watched, band: band, times, source) }
            return math(
                plan, watched: watched, band: band, times, BandedSource(base: source, bands: alarm.forecasts))
        }
    }

    private func groups(_ select: SelectSyntax, _ periodNs: Int64, _ times: TimeRange) -> AlarmInput.Outcome {
        do throws(QueryError) {
            let find = try source.selectGroups(select, periodNs: periodNs, over: times)
            let series = find.groups.map { group in
                let attributes = zip(find.keys, group.values).map { AlarmAttribute(name: $0, value: $1) }
                return AlarmSeries(
                    label: group.values.joined(separator: " "), attributes: attributes, points: group.series.alarmPoints
                )
            }
            return .series(series, isPartial: find.isPartial)
        } catch {
            return .failed(error)
        }
    }

    private func math(
        _ plan: MathPlan, watched: String, band: String?, _ times: TimeRange, _ source: some MathSource
    ) -> AlarmInput.Outcome {
        do throws(MathError) {
            let answer = try plan.run(over: times, source: source)
            let results = answer.results.filter { $0.id == watched }
            let isPartial = answer.results.contains { $0.status != .complete }
            var series = results.map { AlarmSeries(label: $0.label, points: $0.series.alarmPoints) }
            if let band {
                let bounds = answer.results.filter { $0.id == band }.map(\.series)
                guard series.count == 1 else { return .error("a band needs exactly one series to compare with") }
                series[0].band = bounds.count == 2 ? Self.bandPoints(upper: bounds[0], lower: bounds[1]) : []
            }
            return .series(series, isPartial: isPartial)
        } catch {
            if case .source(let cause) = error.kind { return .failed(cause) }
            return .error(error.serviceMessage)
        }
    }

    private static func bandPoints(upper: MathSeries, lower: MathSeries) -> [AlarmBandPoint] {
        let uppers = Dictionary(uniqueKeysWithValues: zip(upper.timestamps, upper.points))
        return zip(lower.timestamps, lower.points).compactMap { time, low in
            uppers[time].map { AlarmBandPoint(timestampNs: time, lower: low, upper: $0) }
        }
    }
}

/// Where alarms' data come from: metric math, and the groups of statements.
protocol AlarmMathSource: MathSource {
    associatedtype Snapshot: MetricSnapshot
    func selectGroups(
        _ select: SelectSyntax, periodNs: Int64, over range: TimeRange
    ) throws(QueryError) -> (keys: [String], groups: [(values: [String], series: MathSeries)], isPartial: Bool)
}

extension SnapshotMathSource: AlarmMathSource {}

extension MathSeries {
    var alarmPoints: [AlarmPoint] { zip(timestamps, points).map { AlarmPoint(timestampNs: $0, value: $1) } }
}

extension AlarmInput {
    /// Why an alarm on a band cannot be computed.
    static let noDetector = "its anomaly detector was deleted; put the alarm again"
}

extension WatchedAlarm {
    /// Whether all bands that it computes with have a detector.
    var hasBand: Bool { bands.allSatisfy { forecasts[$0.queries] != nil } }
}

extension AlarmInput.Outcome {
    /// What cannot be computed is the definition's mistake, what cannot be read is not.
    static func failed(_ error: QueryError) -> AlarmInput.Outcome {
        switch error {
        case .invalid(let message, _, _), .limit(let message): .error(message)
        case .cancelled, .store: .failure
        }
    }
}

/// Reads inputs from the store of a running server.
struct AlarmSources {
    /// Events that one evaluation of an alarm on a rule of contributors looks at: half a second at worst.
    static let insightEventsMax = 20_000

    let store: Store
    let scope: Scope
    /// Counts the events that are looked at.
    let ruleEvents: EventCounter

    func inputs(of alarms: [WatchedAlarm], nowNs: Int64) -> [AlarmInput] {
        // What is damaged is left out, and the alarm says PARTIAL_DATA: half an answer beats none at night.
        let context = QueryContext(scope: scope, nowNs: nowNs, acceptsGaps: true)
        let snapshot = store.snapshot()
        var insights = InsightReader(
            snapshot: snapshot, scope: scope, eventsMax: Self.insightEventsMax,
            contributorsMax: Self.insightEventsMax)
        insights.counter = ruleEvents
        let source = SnapshotMathSource(snapshot, in: context, rules: .service, insights: insights.door)
        return AlarmDataReader(source: source, nowNs: nowNs).inputs(of: alarms)
    }
}

extension [AlarmSeries] {
    /// Adds points of another time to the series that they belong to.
    fileprivate mutating func join(_ other: AlarmSeries) {
        guard let index = firstIndex(where: { $0.attributes == other.attributes }) else { return append(other) }
        self[index].points += other.points
        self[index].band += other.band
    }
}
