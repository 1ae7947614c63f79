import VarveAlarms
import VarveAnomaly
import VarveEvents
import VarveModel
import VarveQuery

/// A metric alarm's question to the data, parsed once.
struct WatchedAlarm: Sendable {
    enum Question: Sendable {
        /// One statistic of one metric: read together with those of other alarms.
        case metric(MathMetricStat)
        /// The same, compared with the band around it, so many deviations to either side: read with the others.
        case bandedMetric(MathMetricStat, deviations: Double)
        /// Metric math; a band's query is the second id.
        case math(MathPlan, watched: String, band: String?)
        /// A Metrics Insights statement whose groups are watched one by one.
        case groups(SelectSyntax, periodNs: Int64)
        /// What cannot be computed, and why.
        case wrong(String)

        fileprivate var readsRules: Bool {
            guard case .math(let plan, _, _) = self else { return false }
            return plan.entries.contains { entry in
                guard case .expression(let expression) = entry.content else { return false }
                return expression.functions.contains(.insightRuleMetric)
            }
        }
    }

    let definition: MetricAlarmDefinition
    /// Whose clocks and calendar its periods follow, if they follow any.
    let zone: TimeZoneRules
    let question: Question
    /// Bands that it computes with.
    let bands: [BandUse]
    /// Whether it reads the events of rules of contributors, each of them one by one.
    let readsRules: Bool
    /// What detectors expected in the periods of the evaluation that is due.
    var forecasts: [MathSubject: BandForecasts] = [:]

    /// A band around something, and the detector that knows it.
    struct BandUse: Sendable {
        let queries: MathSubject
        let subject: DetectorSubject
        let documentName: String
        let periodNs: Int64

        init(_ call: MathBandCall) {
            queries = call.subject
            subject = DetectorSubject(call.subject)
            documentName = subject.documentName
            periodNs = call.periodNs
        }

        var modelKey: DetectorModelKey { DetectorModelKey(detector: documentName, periodNs: periodNs) }
    }

    /// - Parameter zones: time zones by name.
    init(_ definition: MetricAlarmDefinition, zones: (String) -> TimeZoneRules?) {
        self.definition = definition
        if case .wallClock(let name?) = definition.evaluationWindow {
            guard let found = TimeZoneRules.fixed(name) ?? zones(name) else {
                zone = .utc
                (question, bands) = (.wrong("The time zone \(name) of the WallClockWindow is not known here."), [])
                readsRules = false
                return
            }
            zone = found
        } else {
            zone = .utc
        }
        (question, bands) = Self.question(of: definition)
        readsRules = question.readsRules
    }

    /// The same question about periods of another length.
    private init(_ definition: MetricAlarmDefinition, zone: TimeZoneRules) {
        self.definition = definition
        self.zone = zone
        (question, bands) = Self.question(of: definition)
        readsRules = question.readsRules
    }

    func with(periodNs: Int64) -> WatchedAlarm {
        WatchedAlarm(definition.with(period: Int(periodNs / Nanoseconds.perSecond)), zone: zone)
    }

    /// The periods that an evaluation at `nowNs` looks at.
    func dataRange(nowNs: Int64) -> EvaluationRange { definition.dataRange(nowNs: nowNs, in: zone) }

    /// The metric that is watched by itself, when it is one.
    var metric: MathMetricStat? {
        switch question {
        case .metric(let stat), .bandedMetric(let stat, _): stat
        case .math, .groups, .wrong: nil
        }
    }

    /// What was expected of the metric; empty for alarms on a threshold.
    func bandPoints(over range: EvaluationRange) -> [AlarmBandPoint] {
        guard case .bandedMetric(_, let deviations) = question,
            let forecasts = bands.first.flatMap({ forecasts[$0.queries] })
        else { return [] }
        return (0..<range.count).compactMap { slot in
            let timeNs = range.timestamp(ofSlot: slot)
            return forecasts.band(atNs: timeNs, width: deviations).map {
                AlarmBandPoint(timestampNs: timeNs, lower: $0.lower, upper: $0.upper)
            }
        }
    }

    private static func question(of definition: MetricAlarmDefinition) -> (Question, [BandUse]) {
        if case .metric(let stat) = definition.source { return (.metric(MathMetricStat(stat)), []) }
        do throws(MathError) {
            let plan = try MathPlan(definition.queries.map(MathDefinition.init), rules: .alarm)
            guard let watched = definition.watchedID, let index = plan.entries.firstIndex(where: { $0.id == watched })
            else { return (.wrong("no query returns data"), []) }
            let entry = plan.entries[index]
            if definition.isMultiSeries, case .statement(let select) = entry.content {
                return (.groups(select, periodNs: Int64(definition.period) * Nanoseconds.perSecond), [])
            }
            let calls = plan.bandCalls
            for call in calls { try check(call, of: definition, plan) }
            let bands = calls.map(BandUse.init)
            if let stat = entry.metric, let band = calls.only, band.queryID == definition.thresholdMetricID,
                band.isWholeQuery, let deviations = band.deviations, band.subject == plan.subject(of: index)
            {
                return (.bandedMetric(stat, deviations: deviations), bands)
            }
            return (.math(plan, watched: watched, band: definition.thresholdMetricID), bands)
        } catch {
            return (.wrong(error.serviceMessage), [])
        }
    }

    /// What the service allows of bands in alarms.
    private static func check(
        _ call: MathBandCall, of definition: MetricAlarmDefinition, _ plan: MathPlan
    ) throws(MathError) {
        try AnomalyDetector.check(periodNs: call.periodNs)
        guard plan.bandCalls.count(where: { $0.queryID == call.queryID }) == 1 else {
            throw MathError(.value, "An expression has at most one ANOMALY_DETECTION_BAND.")
        }
        if let deviations = call.deviations, !(deviations > 0 && deviations.isFinite) {
            throw MathError(.value, "The second argument of ANOMALY_DETECTION_BAND must be a positive number")
        }
        for query in call.subject.definitions {
            guard case .expression(let text) = query.content else { continue }
            let functions = ExpressionText(text).functions
            for name in ["METRICS", "SEARCH", "ANOMALY_DETECTION_BAND"] where functions.contains(name) {
                throw MathError(.value, "ANOMALY_DETECTION_BAND does not support \(name) inside.")
            }
        }
    }

    /// Why the definition cannot be computed, in the service's words; nil when it can.
    var fault: String? {
        if case .wrong(let reason) = question { reason } else { nil }
    }
}

extension MathMetricStat {
    init(_ stat: AlarmMetricStat, accountID: String? = nil) {
        self.init(
            accountID: accountID, namespace: stat.metric.namespace ?? "", metricName: stat.metric.name,
            dimensions: stat.metric.dimensions.sorted(), statistic: stat.statistic,
            periodNs: Int64(stat.period) * Nanoseconds.perSecond, unit: stat.unit?.name)
    }
}

extension MathDefinition {
    init(_ query: AlarmDataQuery) {
        let content: Content =
            if let stat = query.metricStat {
                .metric(MathMetricStat(stat, accountID: query.accountID))
            } else {
                .expression(query.expression ?? "")
            }
        self.init(
            id: query.id, content, label: query.label,
            periodNs: query.period.map { Int64($0) * Nanoseconds.perSecond }, returnsData: query.returnsData)
    }
}

extension Array {
    /// The element of a list of one.
    fileprivate var only: Element? { count == 1 ? first : nil }
}
