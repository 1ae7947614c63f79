package import VarveBytes
import VarveModel

/// What is still to be delivered: decides what is tried when. Knows no network and no clock.
///
/// A target that does not answer holds up its own deliveries only. Attempts of one delivery are 1, 2, 4 … 300 s apart.
package struct Outbox: Sendable {
    /// An attempt that is to be made.
    package struct Attempt: Sendable {
        package var delivery: Delivery
        /// From 1.
        package var number: Int
        /// The target may have got it before: an earlier attempt ended without a clear answer, or the process did.
        package var mayBeRepetition: Bool
    }

    /// A delivery that is over.
    package struct Settled: Sendable {
        package var delivery: Delivery
        package var attempts: Int
        /// nil: delivered. Otherwise why it is given up.
        package var failure: String?

        package init(delivery: Delivery, attempts: Int, failure: String?) {
            self.delivery = delivery
            self.attempts = attempts
            self.failure = failure
        }
    }

    private struct Entry: Sendable {
        var delivery: Delivery
        var attempts = 0
        var mayBeRepetition: Bool
    }

    /// What waits for one endpoint.
    private struct Lane: Sendable {
        var ready = Queue()
        /// After a failure, until its pause is over.
        var pausing = PauseHeap()
        var running = 0
        /// Of all that waits or runs.
        var byteCount = 0
        /// Its last attempt failed: one at a time is enough to find out that it works again, and dead endpoints do not
        /// take the places of others.
        var isFailing = false

        var runningMax: Int { isFailing ? 1 : Outbox.runningPerEndpointMax }
        var isEmpty: Bool { ready.isEmpty && pausing.isEmpty && running == 0 }
    }

    /// Attempts at once, of one endpoint and of all: enough to hide a second of latency for 64 messages a second, few
    /// enough for a small receiver.
    package static let runningPerEndpointMax = 4
    package static let runningMax = 64
    /// Pauses double from the first to the last.
    static let pauseFirstNs = Nanoseconds.perSecond
    static let pauseLastNs = 300 * Nanoseconds.perSecond

    private var entries: [UUID16: Entry] = [:]
    private var lanes: [String: Lane] = [:]
    private var runningCount = 0
    /// Of everything that is not over, roughly.
    package private(set) var byteCount = 0

    package init() {}

    package var count: Int { entries.count }

    /// Everything that is not settled, oldest first. O(deliveries log deliveries).
    package var deliveries: [(delivery: Delivery, attempts: Int)] {
        entries.values
            .sorted { ($0.delivery.createdNs, $0.delivery.id.low) < ($1.delivery.createdNs, $1.delivery.id.low) }
            .map { ($0.delivery, $0.attempts) }
    }

    /// Adds a delivery that is stored. Amortised O(1).
    /// - Parameter isRecovered: found in the store when the process began: it may have been sent before.
    package mutating func add(_ delivery: Delivery, isRecovered: Bool = false) {
        guard entries[delivery.id] == nil else { return }
        entries[delivery.id] = Entry(delivery: delivery, mayBeRepetition: isRecovered)
        lanes[delivery.endpoint, default: Lane()].ready.append(delivery.id)
        lanes[delivery.endpoint]?.byteCount += delivery.byteCount
        byteCount += delivery.byteCount
    }

    /// Whether another delivery fits: one endpoint that does not answer may fill a quarter of the room.
    package func hasRoom(for delivery: Delivery, byteCountMax: Int) -> Bool {
        hasRoom(byteCount: delivery.byteCount, endpoint: delivery.endpoint, byteCountMax: byteCountMax)
    }

    /// Whether so many bytes more fit.
    func hasRoom(byteCount more: Int, endpoint: String, byteCountMax: Int) -> Bool {
        let ofEndpoint = lanes[endpoint]?.byteCount ?? 0
        return byteCount + more <= byteCountMax && ofEndpoint + more <= byteCountMax / 4
    }

    /// The clock was set by so much: what pauses does so for as long as before. O(pausing).
    package mutating func shiftPauses(byNs shiftNs: Int64) {
        for endpoint in lanes.keys { lanes[endpoint]?.pausing.shift(byNs: shiftNs) }
    }

    /// Attempts to be made now; they count as running until ``finish(_:_:nowNs:)``. O(endpoints log endpoints +
    /// attempts).
    package mutating func takeDue(nowNs: Int64) -> [Attempt] {
        var attempts: [Attempt] = []
        for endpoint in lanes.keys.sorted(by: { !(lanes[$0]?.isFailing ?? false) && lanes[$1]?.isFailing ?? false }) {
            guard runningCount < Self.runningMax else { break }
            guard var lane = lanes[endpoint] else { continue }
            while let id = lane.pausing.popDue(nowNs: nowNs) { lane.ready.append(id) }
            while lane.running < lane.runningMax, runningCount < Self.runningMax,
                let id = lane.ready.popFirst()
            {
                guard let attempt = start(id) else { continue }
                lane.running += 1
                runningCount += 1
                attempts.append(attempt)
            }
            lanes[endpoint] = lane
        }
        return attempts
    }

    private mutating func start(_ id: UUID16) -> Attempt? {
        guard var entry = entries[id] else { return nil }
        entry.attempts += 1
        entries[id] = entry
        return Attempt(
            delivery: entry.delivery, number: entry.attempts,
            mayBeRepetition: entry.mayBeRepetition || entry.attempts > 1)
    }

    /// Takes the end of a running attempt.
    /// - Returns: what is over with it; nil when it is tried again later. The delivery stays until ``remove(_:)``,
    ///   which follows once the end is stored.
    package mutating func finish(_ id: UUID16, _ outcome: DeliveryOutcome, nowNs: Int64) -> Settled? {
        guard let entry = entries[id] else { return nil }
        lanes[entry.delivery.endpoint]?.running -= 1
        runningCount -= 1
        lanes[entry.delivery.endpoint]?.isFailing = outcome.maySucceedLater
        switch outcome {
        case .delivered: return Settled(delivery: entry.delivery, attempts: entry.attempts, failure: nil)
        case .refused(let reason):
            return Settled(delivery: entry.delivery, attempts: entry.attempts, failure: reason)
        case .failed(let reason):
            let dueNs = nowNs + Self.pauseNs(after: entry.attempts)
            if entry.attempts > entry.delivery.policy.retriesMax || dueNs > entry.delivery.endNs {
                let count = entry.attempts == 1 ? "1 attempt" : "\(entry.attempts) attempts"
                return Settled(
                    delivery: entry.delivery, attempts: entry.attempts, failure: "\(reason); given up after \(count)")
            }
            lanes[entry.delivery.endpoint]?.pausing.push(id, dueNs: dueNs)
            return nil
        }
    }

    /// The pause before the next attempt, nanoseconds.
    static func pauseNs(after attempts: Int) -> Int64 {
        // 2⁹ s are more than the longest pause.
        min(pauseLastNs, pauseFirstNs << Int64(min(attempts - 1, 9)))
    }

    /// Takes off what is settled and stored. O(1).
    package mutating func remove(_ id: UUID16) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        byteCount -= entry.delivery.byteCount
        lanes[entry.delivery.endpoint]?.byteCount -= entry.delivery.byteCount
        if lanes[entry.delivery.endpoint]?.isEmpty == true { lanes[entry.delivery.endpoint] = nil }
    }

    /// When ``takeDue(nowNs:)`` has something by itself; nil when only the end of an attempt can change that.
    /// O(endpoints).
    package func nextDueNs(nowNs: Int64) -> Int64? {
        guard runningCount < Self.runningMax else { return nil }
        var next: Int64?
        for lane in lanes.values where lane.running < lane.runningMax {
            guard let due = lane.ready.isEmpty ? lane.pausing.firstDueNs : nowNs else { continue }
            next = min(next ?? due, due)
        }
        return next
    }
}

extension Delivery {
    /// What it takes in memory, roughly.
    var byteCount: Int { body.count + subject.utf8.count + 500 }

    /// After this instant it is not tried again.
    var endNs: Int64 {
        let (endNs, isNever) = createdNs.addingReportingOverflow(
            Int64(policy.ageMaxSeconds) * Nanoseconds.perSecond)
        return isNever ? .max : endNs
    }
}
