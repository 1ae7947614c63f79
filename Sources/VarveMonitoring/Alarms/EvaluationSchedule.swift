import VarveModel

/// Which alarms are to be evaluated when. All alarms of one cadence are due together, so that their data is read
/// together.
struct EvaluationSchedule: Sendable {
    /// How long after a boundary its evaluation begins. Senders need a moment to deliver a period's last samples:
    /// agents that send every 10 s are late by up to that, and the service looks as far back; alarms below a minute
    /// promise to be quick instead.
    static let delayNs: Int64 = 10 * Nanoseconds.perSecond
    static let quickDelayNs: Int64 = Nanoseconds.perSecond / 2

    private struct Lane: Sendable {
        var names: Set<NameKey> = []
        /// nil until the first alarm.
        var dueNs: Int64?
    }

    /// By cadence, nanoseconds.
    private var lanes: [Int64: Lane] = [:]
    private var cadences: [NameKey: Int64] = [:]
    /// Taken from lanes, not evaluated yet.
    private var queue: [NameKey] = []

    init() {}

    var hasQueued: Bool { !queue.isEmpty }

    /// Adds an alarm, or moves it to another cadence. Amortised O(1).
    mutating func add(_ name: String, cadenceNs: Int64, nowNs: Int64) {
        if cadences[name] == cadenceNs { return }
        remove(name)
        cadences[name] = cadenceNs
        lanes[cadenceNs, default: Lane()].names.insert(name)
        if lanes[cadenceNs]?.dueNs == nil { lanes[cadenceNs]?.dueNs = Self.nextDue(after: nowNs, cadenceNs) }
    }

    mutating func remove(_ name: String) {
        guard let cadence = cadences.removeValue(forKey: NameKey(name)) else { return }
        lanes[cadence]?.names.remove(name)
        if lanes[cadence]?.names.isEmpty == true { lanes[cadence] = nil }
    }

    /// At most `limit` alarms that are due, shortest cadence first. What is left is due again at once.
    mutating func takeDue(nowNs: Int64, limit: Int) -> [String] {
        for cadence in lanes.keys.sorted() {
            guard let lane = lanes[cadence], let dueNs = lane.dueNs else { continue }
            // The clock was set back.
            if dueNs > nowNs + cadence + Self.delayNs { lanes[cadence]?.dueNs = Self.nextDue(after: nowNs, cadence) }
            guard dueNs <= nowNs else { continue }
            lanes[cadence]?.dueNs = Self.nextDue(after: nowNs, cadence)
            // A round that is still in the queue when the next one is due has its alarms evaluated once for both.
            let waiting = Set(queue)
            queue += lane.names.filter { !waiting.contains($0) }
        }
        let taken = queue.prefix(limit).map(\.text)
        queue.removeFirst(taken.count)
        return taken
    }

    /// When something is due; `nowNs` when something is queued.
    func nextDueNs(nowNs: Int64) -> Int64? {
        queue.isEmpty ? lanes.values.compactMap(\.dueNs).min() : nowNs
    }

    static func nextDue(after nowNs: Int64, _ cadenceNs: Int64) -> Int64 {
        let delay = cadenceNs < Nanoseconds.perMinute ? quickDelayNs : delayNs
        let boundary = (nowNs - delay).flooredToMultiple(of: cadenceNs)
        return boundary + cadenceNs + delay
    }
}

/// Alarms that wait for their turn, each once, in the order in which they came.
struct AlarmQueue: Sendable {
    /// Those that were removed meanwhile are still here.
    private var names: [NameKey] = []
    private var first = 0
    private var waiting: Set<NameKey> = []

    var isEmpty: Bool { waiting.isEmpty }

    mutating func add(_ name: String) {
        if waiting.insert(NameKey(name)).inserted { names.append(NameKey(name)) }
    }

    mutating func remove(_ name: String) { waiting.remove(NameKey(name)) }

    /// Amortised O(1).
    mutating func takeFirst() -> String? {
        while first < names.count {
            let name = names[first]
            first += 1
            if 2 * first >= names.count {
                names.removeFirst(first)
                first = 0
            }
            if waiting.remove(name) != nil { return name.text }
        }
        return nil
    }
}

extension Int64 {
    /// The largest multiple of `step` that is not above.
    func flooredToMultiple(of step: Int64) -> Int64 {
        let remainder = self % step
        return self - (remainder < 0 ? remainder + step : remainder)
    }
}
