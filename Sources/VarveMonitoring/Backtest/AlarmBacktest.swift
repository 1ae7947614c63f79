package import VarveAlarms
package import VarveEvents
package import VarveIO
package import VarveJSON
package import VarveModel
import VarveQuery
package import VarveStore

/// Replays alarms over stored data: the same engine, evaluations and state machines as at night, under simulated time.
///
/// Single metrics are read once for the whole range, expressions once per evaluation. Work happens on the caller's
/// thread.
package struct AlarmBacktest {
    /// A stretch of time in ALARM.
    package struct Episode: Equatable, Sendable {
        package var alarm: String
        package var startNs: Int64
        /// nil when it was in ALARM at the end of the range.
        package var endNs: Int64?
        package var reason: String
    }

    /// What would have happened to one alarm.
    package struct Report: Equatable, Sendable {
        package var alarm: String
        package var type: AlarmType
        package var episodes: [Episode] = []
        /// All changes of state.
        package var changeCount = 0
        /// Episodes that began within ``flapNs`` after the one before ended.
        package var flapCount = 0
        /// Messages that would have been sent, by target; what is suppressed or muted is not.
        package var actionCounts: [String: Int] = [:]
        /// Nanoseconds in ALARM.
        package var alarmNs: Int64 = 0
        package var lastState = AlarmState.insufficientData
        package var evaluationCount = 0
    }

    /// Somebody who is called twice within a quarter of an hour for one thing calls that flapping.
    package static let flapNs = 15 * Nanoseconds.perMinute
    /// 2200-01-01: with room for the longest window of an alarm.
    static let endMaxNs: Int64 = 7_258_118_400 * Nanoseconds.perSecond
    /// A year of minutes, ten times: more evaluations are a mistake.
    package static let evaluationsMax = 5_256_000

    private var engine: MonitoringEngine
    private var reports: [NameKey: Report] = [:]
    private let range: TimeRange

    /// - Parameters:
    ///   - definitions: as their JSON; composite alarms after those that they name.
    ///   - detectors: what is said of what anomaly alarms watch, where anything is.
    ///   - zones: time zones by name, of these detectors and of wall clocks.
    /// - Throws: what a definition is refused for, and a range in which there is nothing to do.
    package init(
        _ definitions: [JSONValue], in scope: Scope = .default, over range: TimeRange, random: any RandomSource,
        detectors: [DetectorSubject: AnomalyDetector] = [:],
        zones: @escaping @Sendable (String) -> TimeZoneRules? = { _ in nil }
    ) throws(OperationError) {
        guard 0 <= range.start, range.start < range.end, range.end <= Self.endMaxNs else {
            throw .validation("the time range is empty, or not between 1970 and 2200")
        }
        self.range = range
        var options = MonitoringOptions()
        options.anomalyDetectorsMax = .max
        engine = MonitoringEngine(scope: scope, options: options, random: random, zones: zones)
        for definition in definitions {
            let name = definition["AlarmRule"] == nil ? "PutMetricAlarm" : "PutCompositeAlarm"
            guard let operation = Monitoring.operation(name, of: .cloudWatch) else { continue }
            _ = try operation.run(&engine, OperationInput(definition, operation: name), range.start)
            engine.commit(nowNs: range.start)
        }
        for detector in engine.detectors.durable.values {
            if let known = detectors[detector.subject] { try engine.stage(known) }
        }
        engine.commit(nowNs: range.start)
        try checkEvaluations()
        for (name, alarm) in engine.alarms.durable { reports[name] = Report(alarm: name.text, type: alarm.type) }
    }

    private func checkEvaluations() throws(OperationError) {
        let cadences = engine.watched.values.map { $0.definition.cadenceNs }
        let count = cadences.reduce(0.0) { $0 + Double(range.end - range.start) / Double($1) }
        guard count <= Double(Self.evaluationsMax) else {
            throw .validation(
                "\(Int(min(count, 1e15))) evaluations, at most \(Self.evaluationsMax) are made; take a shorter time or "
                    + "fewer alarms")
        }
    }

    /// Runs to the end of the range.
    /// - Parameter progress: is told the time that was reached, now and then; false ends the run there.
    /// - Returns: one report per alarm, by name.
    package mutating func run(
        on snapshot: some MetricSnapshot, progress: (Int64) -> Bool = { _ in true }
    ) throws(OperationError) -> [Report] {
        var reader = BacktestReader(snapshot, scope: engine.scope, range: range)
        trainDetectors(reader)
        var nowNs = range.start
        var step = 0
        while let next = engine.nextDueNs(nowNs: nowNs), next < range.end {
            nowNs = max(next, nowNs)
            engine.tick(nowNs: nowNs)
            let due = engine.takeDueAlarms(nowNs: nowNs, limit: .max)
            for alarm in due {
                reports[alarm.name]?.evaluationCount += 1
                engine.evaluate(
                    alarm.name, reader.input(of: alarm.watched, named: alarm.name, nowNs: nowNs), nowNs: nowNs)
            }
            note(engine.writes)
            engine.commit(nowNs: nowNs)
            settleDeliveries(nowNs: nowNs)
            step += 1
            if step % 1_024 == 0, !progress(nowNs) { break }
        }
        finish()
        return reports.values.sorted { $0.alarm.precedesByBytes($1.alarm) }
    }

    /// Detectors learn the whole range ahead: what they expect of a period depends on earlier ones only, whenever they
    /// are asked.
    private mutating func trainDetectors(_ reader: BacktestReader<some MetricSnapshot>) {
        guard !engine.detectors.durable.isEmpty else { return }
        engine.remember(rangeNs: range.end - range.start)
        var nowNs = range.start
        while true {
            let source = DetectorDataReader(source: reader.source(nowNs: nowNs))
            while case let due = engine.takeDueTraining(nowNs: nowNs, periodsMax: 1 << 16).due, !due.isEmpty {
                for (training, values) in zip(due, source.values(of: due)) {
                    engine.learn(training, values, nowNs: nowNs)
                }
            }
            guard nowNs < range.end else { break }
            // In steps below what a model that is behind passes over.
            nowNs = min(range.end, nowNs + Nanoseconds.perWeek)
        }
        engine.leaveModelsUnstored()
    }

    /// Nothing is sent: whatever there is to deliver is over at once.
    private mutating func settleDeliveries(nowNs: Int64) {
        for attempt in engine.takeDueAttempts(nowNs: nowNs) {
            engine.finish(attempt.delivery.id, .delivered, nowNs: nowNs)
        }
        engine.commit(nowNs: nowNs)
    }

    private mutating func note(_ writes: [MonitoringWrite]) {
        for write in writes {
            for delivery in write.deliveries {
                guard let action = delivery.action else { continue }
                reports[action.alarmName]?.actionCounts[delivery.target, default: 0] += 1
            }
            for document in write.documents where document.kind == .alarm {
                guard let alarm = engine.alarms[document.name] else { continue }
                reports[alarm.name]?.note(alarm)
            }
        }
    }

    private mutating func finish() {
        for (name, var report) in reports {
            for episode in report.episodes { report.alarmNs += (episode.endNs ?? range.end) - episode.startNs }
            for (before, after) in zip(report.episodes, report.episodes.dropFirst()) {
                guard let endNs = before.endNs, after.startNs - endNs < Self.flapNs else { continue }
                report.flapCount += 1
            }
            reports[name] = report
        }
    }
}

extension AlarmBacktest.Report {
    /// Takes the state of an alarm that was written.
    fileprivate mutating func note(_ alarm: Alarm) {
        guard alarm.state != lastState else { return }
        changeCount += 1
        if lastState == .alarm, !episodes.isEmpty { episodes[episodes.count - 1].endNs = alarm.value.transitionedNs }
        if alarm.state == .alarm {
            episodes.append(
                .init(
                    alarm: alarm.name, startNs: alarm.value.transitionedNs, endNs: nil,
                    reason: alarm.value.reason ?? ""))
        }
        lastState = alarm.state
    }
}

/// Data for evaluations at many instants of one range.
struct BacktestReader<Snapshot: MetricSnapshot> {
    private let snapshot: Snapshot
    private let scope: Scope
    private let range: TimeRange

    /// All periods of one phase: an alarm on five minutes that is evaluated each minute sees five grids, one after the
    /// other.
    private struct Phase {
        var startNs: Int64
        var values: [Double]
        var counts: [Double]
    }

    private struct PhaseKey: Hashable {
        var alarm: String
        var offsetNs: Int64
    }

    private var phases: [PhaseKey: Phase] = [:]
    /// What cannot be read ahead is read each time.
    private var failed: Set<PhaseKey> = []

    init(_ snapshot: Snapshot, scope: Scope, range: TimeRange) {
        self.snapshot = snapshot
        self.scope = scope
        self.range = range
    }

    mutating func input(of alarm: WatchedAlarm, named name: String, nowNs: Int64) -> AlarmInput {
        let wanted = alarm.dataRange(nowNs: nowNs)
        guard wanted.isUniform, let stat = alarm.metric, alarm.hasBand, let phase = phase(of: stat, named: name, wanted)
        else {
            return AlarmDataReader(source: source(nowNs: nowNs), nowNs: nowNs).inputs(of: [alarm])[0]
        }
        let first = Int((wanted.startNs - phase.startNs) / wanted.periodNs)
        let points = (0..<wanted.count).compactMap { slot -> AlarmPoint? in
            guard phase.values.indices.contains(first + slot), !phase.values[first + slot].isNaN else { return nil }
            let count = phase.counts[first + slot]
            return AlarmPoint(
                timestampNs: wanted.startNs + Int64(slot) * wanted.periodNs, value: phase.values[first + slot],
                sampleCount: count.isNaN ? nil : count)
        }
        return AlarmInput(
            range: wanted, queryNs: nowNs,
            outcome: .series(
                [AlarmSeries(points: points, band: alarm.bandPoints(over: wanted))], isPartial: false))
    }

    func source(nowNs: Int64) -> SnapshotMathSource<Snapshot> {
        SnapshotMathSource(
            snapshot, in: QueryContext(scope: scope, nowNs: nowNs, acceptsGaps: true), rules: .service)
    }

    private mutating func phase(of stat: MathMetricStat, named name: String, _ wanted: EvaluationRange) -> Phase? {
        let offset = wanted.startNs - wanted.startNs.flooredToMultiple(of: wanted.periodNs)
        let key = PhaseKey(alarm: name, offsetNs: offset)
        if let known = phases[key] { return known }
        if failed.contains(key) { return nil }
        guard let read = read(stat, wanted, offset) else {
            failed.insert(key)
            return nil
        }
        phases[key] = read
        return read
    }

    private func read(_ stat: MathMetricStat, _ wanted: EvaluationRange, _ offset: Int64) -> Phase? {
        // From the first evaluation's oldest period on.
        let reachNs = Int64(wanted.count + 1) * wanted.periodNs
        let startNs = (range.start - reachNs).flooredToMultiple(of: wanted.periodNs) + offset
        let endNs = range.end.flooredToMultiple(of: wanted.periodNs) + wanted.periodNs + offset
        var count = stat
        count.statistic = "SampleCount"
        guard
            let fetched = try? source(nowNs: range.end).fetch(
                [stat, count], over: TimeRange(start: startNs, end: endNs)), fetched.count == 2
        else { return nil }
        return Phase(startNs: startNs, values: fetched[0].series.values, counts: fetched[1].series.values)
    }
}
