import VarveAlarms
import VarveAnomaly
import VarveJSON
import VarveModel
import VarveQuery

// Detectors: definitions, and when their models learn.
extension MonitoringEngine {
    // MARK: Definitions

    func detector(of subject: DetectorSubject) -> AnomalyDetector? {
        // Another subject under the same name is as likely as a damaged disk that nobody notices; it is no answer.
        detectors[subject.documentName].flatMap { $0.subject == subject ? $0 : nil }
    }

    /// Puts a detector in place of one with its subject, which then learns anew unless nothing changes.
    mutating func stage(_ detector: AnomalyDetector) throws(OperationError) {
        var detector = detector
        let name = detector.subject.documentName
        if let before = detectors[name] {
            guard before.subject == detector.subject else { throw .detectorName(name) }
            detector.periods = before.periods
            guard detector != before else { return }
        } else {
            try checkRoomForDetector()
            // Alarms that outlived the detector before go on with this one, in their own periods.
            let used = (alarmsByDetector[name] ?? []).compactMap { watched[$0] }.flatMap(\.bands)
                .filter { $0.documentName == name }.map { $0.periodNs / Nanoseconds.perSecond }
            detector.periods = Set(detector.periods + used).sorted()
        }
        put(detector, isNew: true)
    }

    /// Makes the detectors that an alarm needs.
    mutating func stageDetectors(of alarm: WatchedAlarm) throws(OperationError) {
        for use in alarm.bands {
            let seconds = use.periodNs / Nanoseconds.perSecond
            guard var detector = detector(of: use.subject) else {
                guard detectors[use.documentName] == nil else { throw .detectorName(use.documentName) }
                try checkRoomForDetector()
                put(AnomalyDetector(use.subject, periodNs: use.periodNs), isNew: true)
                continue
            }
            guard !detector.periods.contains(seconds) else { continue }
            detector.periods = (detector.periods + [seconds]).sorted()
            put(detector, isNew: false)
        }
    }

    /// - Parameter isNew: what was learnt before does not count.
    private mutating func put(_ detector: AnomalyDetector, isNew: Bool) {
        let name = detector.subject.documentName
        var write = MonitoringWrite()
        if isNew { write.documents += modelRemovals(name) }
        detectors[name] = detector
        write.documents.append(.init(kind: .anomalyDetector, name: name, content: detector.content))
        stage(write)
    }

    private func checkRoomForDetector() throws(OperationError) {
        guard detectors.count < options.anomalyDetectorsMax else {
            throw OperationError(
                code: "LimitExceededException",
                message: "The maximum of \(options.anomalyDetectorsMax) anomaly detectors is reached")
        }
    }

    mutating func removeDetector(of subject: DetectorSubject) throws(OperationError) {
        guard detector(of: subject) != nil else { throw .unknown }
        let name = subject.documentName
        var write = MonitoringWrite()
        write.documents = modelRemovals(name) + [.init(kind: .anomalyDetector, name: name, content: nil)]
        detectors[name] = nil
        stage(write)
    }

    private func modelRemovals(_ name: String) -> [MonitoringWrite.Document] {
        (detectors[name]?.periods ?? []).map {
            .init(kind: .anomalyModel, name: modelKey(name, $0).documentName, content: nil)
        }
    }

    private func modelKey(_ name: String, _ seconds: Int64) -> DetectorModelKey {
        DetectorModelKey(detector: name, periodNs: seconds * Nanoseconds.perSecond)
    }

    // MARK: Models

    /// A detector was stored: its models begin, or begin anew.
    mutating func enter(_ detector: AnomalyDetector?, before: AnomalyDetector?, name: String, nowNs: Int64) {
        let isNew = detector.map { after in before.map { !after.learns(as: $0) } ?? true } ?? true
        if isNew { for seconds in before?.periods ?? [] { models.remove(modelKey(name, seconds)) } }
        for seconds in detector?.periods ?? [] where isNew || before?.periods.contains(seconds) != true {
            guard let detector else { continue }
            begin(detector, modelKey(name, seconds), stored: nil, nowNs: nowNs)
        }
        noteModels(of: name)
        // Alarms that are there already look back at what it expects, too.
        for alarm in (alarmsByDetector[name] ?? []).compactMap({ watched[$0] }) { remember(alarm) }
    }

    private mutating func begin(
        _ detector: AnomalyDetector, _ key: DetectorModelKey, stored: AnomalyTrainer?, nowNs: Int64
    ) {
        var trainer =
            stored
            ?? AnomalyTrainer(
                startNs: DetectorModels.startNs(nowNs: nowNs, periodNs: key.periodNs), periodNs: key.periodNs,
                configuration: detector.configuration(zones))
        trainer.remember(Self.periodsForQueries)
        models.set(key, trainer, of: detector.subject.queries(periodNs: key.periodNs), isStored: stored != nil)
        noteModels(of: key.detector)
    }

    /// Models of a detector have learnt, or are others: alarms that wait for them are looked at again. O(its alarms).
    private mutating func noteModels(of detector: String) {
        for alarm in alarmsByDetector[detector] ?? [] where waitingForModels.contains(alarm) {
            modelsChangedFor.insert(alarm)
        }
    }

    /// Three hours of minutes, which is what dashboards show: 24 bytes each, twice over.
    private static let periodsForQueries = 180

    /// Begins all models, with what was stored of them.
    /// - Parameter stored: by the names of their documents.
    /// - Returns: what cannot be understood, and is learnt again.
    mutating func beginModels(_ stored: [String: [UInt8]], nowNs: Int64) -> [String] {
        var problems: [String] = []
        for (name, detector) in detectors.durable {
            let configuration = detector.configuration(zones)
            for seconds in detector.periods {
                let key = modelKey(name.text, seconds)
                var trainer: AnomalyTrainer?
                if let bytes = stored[key.documentName] {
                    do throws(AnomalyStateError) {
                        trainer = try AnomalyTrainer.decode(bytes.span.bytes, configuration: configuration)
                    } catch {
                        problems.append("anomaly detector \(name) learns again: \(error)")
                    }
                }
                if trainer?.periodNs != key.periodNs { trainer = nil }
                // Learnt under a clock that was ahead: it would stand still until time has caught up with it.
                if trainer.map({ isAhead($0, nowNs: nowNs) }) == true { trainer = nil }
                begin(detector, key, stored: trainer, nowNs: nowNs)
            }
        }
        return problems
    }

    /// A clock that was set back by less is waited for.
    private static let aheadMaxNs = Nanoseconds.perHour

    private func isAhead(_ trainer: AnomalyTrainer, nowNs: Int64) -> Bool {
        trainer.nextNs > nowNs + Self.aheadMaxNs
    }

    /// The clock was set back: models that learnt far ahead of it begin anew. O(models).
    mutating func beginModelsAhead(nowNs: Int64) {
        for (name, detector) in detectors.durable {
            for key in detector.periods.map({ modelKey(name.text, $0) }) {
                guard let trainer = models.trainer(key), isAhead(trainer, nowNs: nowNs) else { continue }
                begin(detector, key, stored: nil, nowNs: nowNs)
            }
        }
    }

    /// Keeps as many forecasts as the evaluations of an alarm look at.
    mutating func remember(_ alarm: WatchedAlarm) {
        for use in alarm.bands {
            let rangeNs = Int64(alarm.definition.rangeCount * alarm.definition.period) * Nanoseconds.perSecond
            models.remember(use.modelKey, periods: Int(rangeNs / use.periodNs) + 1)
        }
    }

    /// Keeps the forecasts of a whole range, for replays.
    mutating func remember(rangeNs: Int64) {
        for use in watched.values.flatMap(\.bands) {
            let evaluationNs = Nanoseconds.perWeek + 2 * use.periodNs
            models.remember(use.modelKey, periods: Int((rangeNs + evaluationNs) / use.periodNs))
        }
    }

    /// For replays, in which nothing is stored.
    mutating func leaveModelsUnstored() { models.leaveUnstored() }

    mutating func takeDueTraining(nowNs: Int64, periodsMax: Int) -> (due: [DetectorTraining], catchesUp: Bool) {
        models.takeDue(nowNs: nowNs, periodsMax: periodsMax)
    }

    /// Shows a model what was read; nil when it could not be.
    mutating func learn(_ training: DetectorTraining, _ values: [Double]?, nowNs: Int64) {
        guard let values else { return models.postpone(training.key, nowNs: nowNs) }
        models.learn(training, values)
        noteModels(of: training.key.detector)
    }

    /// Models of one write: at 22 KB each a little more than a megabyte.
    private static let modelsPerWrite = 64

    /// Stages the states of models that are to be stored.
    mutating func storeModels() {
        guard models.hasToStore else { return }
        var write = MonitoringWrite()
        for (key, bytes) in models.takeToStore(limit: Self.modelsPerWrite) {
            write.documents.append(.init(kind: .anomalyModel, name: key.documentName, content: bytes))
        }
        stage(write)
    }

    /// Adds what detectors expected in the periods that an evaluation looks at.
    /// - Returns: false while one of them still catches up with the data. A detector that was deleted has no band.
    func addBands(to alarm: inout WatchedAlarm, nowNs: Int64) -> Bool {
        guard !alarm.bands.isEmpty else { return true }
        let range = alarm.dataRange(nowNs: nowNs)
        alarm.forecasts = [:]
        for use in alarm.bands {
            guard let trainer = models.trainer(use.modelKey) else { continue }
            guard trainer.forecastEndNs > (range.endNs - use.periodNs).flooredToMultiple(of: use.periodNs) else {
                return false
            }
            alarm.forecasts[use.queries] = BandForecasts(
                trainer, over: TimeRange(start: range.startNs, end: range.endNs))
        }
        return true
    }

    /// What queries for the band of a series go by: the settings of its detector, and the model for these periods.
    func knownModel(of subject: MathSubject, periodNs: Int64) -> KnownAnomalyModel? {
        let subject = DetectorSubject(subject)
        guard let detector = detectors.durable[subject.documentName], detector.subject == subject else { return nil }
        let key = DetectorModelKey(detector: subject.documentName, periodNs: periodNs)
        return KnownAnomalyModel(configuration: detector.configuration(zones), trainer: models.trainer(key))
    }

    /// The best state of a detector's models.
    func trainingState(_ detector: AnomalyDetector) -> AnomalyTrainingState {
        let name = detector.subject.documentName
        let states = detector.periods.compactMap { models.trainer(modelKey(name, $0))?.model.state }
        return AnomalyTrainingState.allCases.last { states.contains($0) } ?? .pendingTraining
    }

    /// The model that has learnt most.
    func trainer(of detector: AnomalyDetector) -> AnomalyTrainer? {
        let name = detector.subject.documentName
        return detector.periods.compactMap { models.trainer(modelKey(name, $0)) }
            .max { $0.model.pointCount < $1.model.pointCount }
    }
}

extension OperationError {
    static func detectorName(_ name: String) -> OperationError {
        OperationError(
            code: "InternalServiceFault", message: "another detector is kept under the name \(name)", isOurs: true)
    }
}
