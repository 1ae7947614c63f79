import VarveAlarms
import VarveAnomaly
import VarveEvents
import VarveIO
import VarveJSON
import VarveModel
import VarveQuery
import VarveStore

/// ExplainAnomalyDetector, Varve's own: what is expected of a series at a time, and why a value there is unusual. A
/// model is shown the three weeks before that time, as for a query. Any thread; waits for the disk.
struct AnomalyExplaining {
    static let name = "ExplainAnomalyDetector"
    private static let standardDeviations = 2.0

    private let monitoring: Monitoring
    private let subject: DetectorSubject
    private let detector: AnomalyDetector?
    private let periodNs: Int64
    private let deviations: Double
    /// Start of the period that is explained.
    private let timeNs: Int64

    /// - Parameter input: a detector as for PutAnomalyDetector, or `AlarmName`; `Time` (else the last period that is
    ///   learnt), `Period` in seconds (else the detector's), `Deviations`.
    init(_ input: OperationInput, on monitoring: Monitoring) throws(OperationError) {
        self.monitoring = monitoring
        var use: WatchedAlarm.BandUse?
        if let alarm = try input.string("AlarmName") {
            use = try Self.band(of: alarm, on: monitoring)
            if let use { subject = use.subject } else { throw .validation("\(alarm) has no ANOMALY_DETECTION_BAND") }
        } else {
            subject = try DetectorSubject(input)
        }
        let zones = SystemTimeZones(fileSystem: monitoring.store.environment.fileSystem).rules
        let wanted = subject
        detector = try monitoring.storedDetectors(zones).first { $0.subject == wanted }
        let range = AnomalyTrainer.periodSecondsMin...AnomalyTrainer.periodSecondsMax
        var seconds = try input.integer("Period", in: range)
        if case .math(let queries) = subject {
            // Queries have a period of their own.
            let planned = try? MathPlan(queries.definitions).entries.last?.periodNs
            seconds = planned.map { $0 / Nanoseconds.perSecond } ?? seconds
        }
        periodNs =
            Nanoseconds.perSecond
            * (seconds ?? use.map { $0.periodNs / Nanoseconds.perSecond } ?? detector?.periods.first
                ?? AnomalyDetector.defaultPeriodSeconds)
        let width = input.json["Deviations"]?.double ?? Self.standardDeviations
        guard width > 0, width.isFinite else { throw .validation("Deviations must be a positive number") }
        deviations = width
        let nowNs = monitoring.store.environment.clock.wallNs()
        let lastNs = nowNs - AnomalyTrainer.delayNs - periodNs
        let askedNs = try input.time("Time") ?? lastNs
        guard askedNs <= nowNs, askedNs > -Int64.max / 4 else { throw .validation("Time must not be in the future") }
        timeNs = askedNs.flooredToMultiple(of: periodNs)
    }

    private static func band(
        of alarm: String, on monitoring: Monitoring
    ) throws(OperationError) -> WatchedAlarm.BandUse? {
        let documents: [StoredDocument]
        do throws(StoreError) {
            documents = try MonitoringReader(monitoring.store.snapshot(), scope: monitoring.scope)
                .documents(of: .alarm, name: alarm)
        } catch {
            throw OperationError(error)
        }
        guard let content = documents.first?.content, let stored = try? Alarm.decode(content) else { throw .unknown }
        guard case .metric(let definition) = stored.definition else { return nil }
        return WatchedAlarm(definition) { _ in .utc }.bands.first
    }

    func run() throws(OperationError) -> JSONValue {
        let zones = SystemTimeZones(fileSystem: monitoring.store.environment.fileSystem).rules
        let configuration =
            (detector ?? AnomalyDetector(subject, periodNs: periodNs)).configuration(zones)
        let replay: AnomalyReplay
        do throws(QueryError) {
            let context = QueryContext(scope: monitoring.scope, nowNs: timeNs, acceptsGaps: true)
            let source = SnapshotMathSource(monitoring.store.snapshot(), in: context, rules: .service)
            replay = try AnomalyReplay(
                of: subject.queries(periodNs: periodNs), periodNs: periodNs, upTo: timeNs, configuration, source)
        } catch {
            throw .validation("\(error)")
        }
        let report = AnomalyReport(
            title: subject.title(periodNs: periodNs), detector: detector, replay: replay, timeNs: timeNs,
            band: replay.forecast.map { configuration.band($0, width: deviations) }, deviations: deviations)
        return report.json
    }
}

/// A model that was shown the past of one period, then the period.
struct AnomalyReplay {
    /// What the model knew before the period.
    let before: AnomalyExplanation
    /// With the period's value, if it has one.
    let after: AnomalyExplanation
    let value: Double?
    let forecast: AnomalyForecast?
    let firstNs: Int64?
    /// Periods with a value that were left out because they are excluded.
    let excludedCount: Int

    init(
        of subject: MathSubject, periodNs: Int64, upTo timeNs: Int64, _ configuration: AnomalyConfiguration,
        _ source: some MathSource
    ) throws(QueryError) {
        var trainer = AnomalyTrainer(
            startNs: (timeNs - AnomalyTrainer.historyNs).flooredToMultiple(of: periodNs), periodNs: periodNs,
            configuration: configuration)
        var (firstNs, excluded): (Int64?, Int) = (nil, 0)
        while trainer.nextNs < timeNs {
            let startNs = trainer.nextNs
            let endNs = min(timeNs, startNs + 8_192 * periodNs)
            let values = try source.values(
                of: subject, periodNs: periodNs, over: TimeRange(start: startNs, end: endNs))
            for (slot, value) in values.enumerated() where !value.isNaN {
                let slotNs = startNs + Int64(slot) * periodNs
                firstNs = firstNs ?? slotNs
                if configuration.excludedRanges.contains(where: { $0.contains(slotNs) }) { excluded += 1 }
            }
            trainer.learn(values)
        }
        before = trainer.model.explain(atNs: timeNs)
        forecast = trainer.forecast(atNs: timeNs)
        let values = try source.values(
            of: subject, periodNs: periodNs, over: TimeRange(start: timeNs, end: timeNs + periodNs))
        value = values.first.flatMap { $0.isNaN ? nil : $0 }
        trainer.learn(values)
        after = trainer.model.explain(atNs: timeNs)
        self.firstNs = firstNs
        excludedCount = excluded
    }
}

extension DetectorSubject {
    /// For people.
    func title(periodNs: Int64) -> String {
        let period = DurationText.format(periodNs)
        switch self {
        case .metric(let metric):
            let dimensions = metric.dimensions.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
            return "\(metric.namespace) \(metric.name) {\(dimensions)} \(metric.statistic), \(period)"
        case .math(let subject):
            guard let last = subject.definitions.last else { return period }
            if case .expression(let text) = last.content { return "\(text), \(period)" }
            return "\(last.id), \(period)"
        }
    }
}
