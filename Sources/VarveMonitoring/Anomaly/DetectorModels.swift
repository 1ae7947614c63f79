import VarveAnomaly
import VarveModel
import VarveQuery

/// Which model: a detector has one for each period in which it is used.
struct DetectorModelKey: Hashable, Sendable {
    /// The detector's document.
    var detector: String
    var periodNs: Int64

    /// Of the model's document: the detector's, and the period in seconds.
    var documentName: String { "\(detector)/\(periodNs / Nanoseconds.perSecond)" }
}

/// Periods that a model is to be shown next.
struct DetectorTraining: Sendable {
    var key: DetectorModelKey
    var subject: MathSubject
    /// Whole periods.
    var range: TimeRange
}

/// What detectors have learnt, and which periods are to be shown to them when. No part of what is staged: it follows
/// from the stored data, and a model that is lost is trained again.
struct DetectorModels: Sendable {
    private struct Entry: Sendable {
        /// Some dozens of references: what only asks for a time looks into ``learntDueNs``.
        var trainer: AnomalyTrainer
        var subject: MathSubject
        /// The lane in which it waits: when its next period may be learnt, or what could not be read is tried again.
        var laneNs: Int64
        /// The next period when it was stored last; nil when never.
        var storedNs: Int64?
    }

    /// Periods of one model in one step while it catches up: two thirds of a day of minutes, some milliseconds.
    private static let periodsPerSlice: Int64 = 1_024
    /// Reading many periods of one series costs less than one of many series.
    private static let roomToCatchUp: Int64 = 8
    /// A model that is behind by more is one that catches up.
    private static let periodsBehindMax: Int64 = 3
    /// How much of the past a model learns again at most after the process ended: a day of minutes takes some
    /// milliseconds, and a state is as large as the values of some days.
    static let storeEveryNs = Nanoseconds.perDay

    private var entries: [DetectorModelKey: Entry] = [:]
    /// When the next period of each trainer may be learnt.
    private var learntDueNs: [DetectorModelKey: Int64] = [:]
    /// Keys by the time at which something is to be learnt. Those of one period are in few of them.
    private var lanes: [Int64: Set<DetectorModelKey>] = [:]
    private var toStore: [DetectorModelKey] = []

    /// Whether a model wants to be stored.
    var hasToStore: Bool { !toStore.isEmpty }
    var count: Int { entries.count }

    func trainer(_ key: DetectorModelKey) -> AnomalyTrainer? { entries[key]?.trainer }

    /// Adds a model, or puts it in place of one. O(1).
    /// - Parameter isStored: it was read, and not begun.
    mutating func set(
        _ key: DetectorModelKey, _ trainer: AnomalyTrainer, of subject: MathSubject, isStored: Bool
    ) {
        remove(key)
        let storedNs = isStored ? trainer.nextNs : nil
        entries[key] = Entry(trainer: trainer, subject: subject, laneNs: trainer.dueNs, storedNs: storedNs)
        learntDueNs[key] = trainer.dueNs
        lanes[trainer.dueNs, default: []].insert(key)
    }

    mutating func remove(_ key: DetectorModelKey) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        learntDueNs[key] = nil
        leaveLane(key, entry.laneNs)
        toStore.removeAll { $0 == key }
    }

    private mutating func leaveLane(_ key: DetectorModelKey, _ dueNs: Int64) {
        lanes[dueNs]?.remove(key)
        if lanes[dueNs]?.isEmpty == true { lanes[dueNs] = nil }
    }

    mutating func remember(_ key: DetectorModelKey, periods: Int) { entries[key]?.trainer.remember(periods) }

    // MARK: Learning

    /// When something is to be learnt or stored.
    func nextDueNs(nowNs: Int64) -> Int64? { hasToStore ? nowNs : lanes.keys.min() }

    /// Periods that are over, of models that are up to date; when there are none, a slice for some that are not.
    /// - Parameter periodsMax: models that learn one; those that catch up get eight times as many together.
    /// - Complexity: O(lanes + models of the last three hours' lanes + models taken).
    mutating func takeDue(nowNs: Int64, periodsMax: Int) -> (due: [DetectorTraining], catchesUp: Bool) {
        let due = lanes.keys.filter { $0 <= nowNs }.sorted()
        let taken = takeCurrent(of: due, nowNs: nowNs, max: periodsMax)
        guard taken.isEmpty else { return (taken, false) }
        return (takeBehind(of: due, nowNs: nowNs, periods: Int64(periodsMax) * Self.roomToCatchUp), true)
    }

    /// Models that are up to date, newest first.
    private mutating func takeCurrent(of due: [Int64], nowNs: Int64, max: Int) -> [DetectorTraining] {
        var taken: [DetectorTraining] = []
        // Nothing has learnt more than its lane says: whole lanes of those that catch up need not be looked at.
        let oldestNs = nowNs - Self.periodsBehindMax * AnomalyTrainer.periodSecondsMax * Nanoseconds.perSecond
        for lane in due.reversed() where lane >= oldestNs {
            for key in lanes[lane] ?? [] where !isBehind(key, nowNs) {
                guard taken.count < max else { return taken }
                if let training = take(key, nowNs: nowNs) { taken.append(training) }
            }
        }
        return taken
    }

    /// Models that are furthest behind, until so many periods are taken.
    private mutating func takeBehind(of due: [Int64], nowNs: Int64, periods: Int64) -> [DetectorTraining] {
        var taken: [DetectorTraining] = []
        var room = periods
        for lane in due {
            for key in lanes[lane] ?? [] {
                guard room > 0 else { return taken }
                guard let training = take(key, nowNs: nowNs) else { continue }
                room -= (training.range.end - training.range.start) / key.periodNs
                taken.append(training)
            }
        }
        return taken
    }

    /// By what it has learnt, not by its lane: one whose data could not be read is in a later one.
    private func isBehind(_ key: DetectorModelKey, _ nowNs: Int64) -> Bool {
        guard let dueNs = learntDueNs[key] else { return false }
        return nowNs - dueNs > Self.periodsBehindMax * key.periodNs
    }

    private mutating func take(_ key: DetectorModelKey, nowNs: Int64) -> DetectorTraining? {
        guard let entry = entries[key] else { return nil }
        // After a long pause what is older than a new model would be shown is passed over.
        let oldestNs = Self.startNs(nowNs: nowNs, periodNs: key.periodNs)
        if entry.trainer.nextNs < oldestNs - AnomalyTrainer.historyNs / 2 {
            entries[key]?.trainer.skip(to: oldestNs)
            learntDueNs[key] = entries[key]?.trainer.dueNs
        }
        guard let trainer = entries[key]?.trainer, trainer.dueNs <= nowNs else { return nil }
        let count = min(Self.periodsPerSlice, (nowNs - trainer.dueNs) / key.periodNs + 1)
        return DetectorTraining(
            key: key, subject: entry.subject,
            range: TimeRange(start: trainer.nextNs, end: trainer.nextNs + count * key.periodNs))
    }

    /// Where a new model begins.
    static func startNs(nowNs: Int64, periodNs: Int64) -> Int64 {
        (nowNs - AnomalyTrainer.historyNs).flooredToMultiple(of: periodNs)
    }

    private mutating func move(_ key: DetectorModelKey, to laneNs: Int64) {
        guard let before = entries[key]?.laneNs, before != laneNs else { return }
        leaveLane(key, before)
        entries[key]?.laneNs = laneNs
        lanes[laneNs, default: []].insert(key)
    }

    /// Shows a model what was read for it: one value per period, NaN where there is none. What does not follow on what
    /// it knows, because it began anew meanwhile, is passed over.
    mutating func learn(_ training: DetectorTraining, _ values: [Double]) {
        let key = training.key
        guard entries[key]?.trainer.nextNs == training.range.start else { return }
        entries[key]?.trainer.learn(values)
        guard let entry = entries[key] else { return }
        learntDueNs[key] = entry.trainer.dueNs
        move(key, to: entry.trainer.dueNs)
        let isOld = entry.storedNs.map { entry.trainer.nextNs - $0 >= Self.storeEveryNs + Self.spread(key) } ?? true
        if isOld, Int64(values.count) < Self.periodsPerSlice { noteToStore(key) }
    }

    /// So that not all models of one hour are stored in the same minute every day.
    private static func spread(_ key: DetectorModelKey) -> Int64 {
        let number = key.detector.utf8.reduce(UInt64(0)) { $0 &* 31 &+ UInt64($1) }
        return Int64(number % 3_600) * Nanoseconds.perSecond
    }

    private mutating func noteToStore(_ key: DetectorModelKey) {
        let nextNs = entries[key]?.trainer.nextNs
        entries[key]?.storedNs = nextNs
        toStore.append(key)
    }

    /// Models to be stored, at most `limit`.
    mutating func takeToStore(limit: Int) -> [(key: DetectorModelKey, bytes: [UInt8])] {
        let keys = toStore.prefix(limit)
        toStore.removeFirst(keys.count)
        return keys.compactMap { key in entries[key].map { (key, $0.trainer.encode()) } }
    }

    mutating func leaveUnstored() { toStore = [] }

    /// Pause before what could not be read is tried again.
    private static let retryNs = Nanoseconds.perMinute

    /// The data of a model cannot be read now.
    mutating func postpone(_ key: DetectorModelKey, nowNs: Int64) { move(key, to: nowNs + Self.retryNs) }
}
