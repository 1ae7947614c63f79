import Synchronization
import VarveBytes
import VarveMonitoring

extension Alarms {
    /// How alarms run.
    public struct Options: Sendable {
        /// Takes notifications to their targets, each in a task of its own. nil: actions fail, with a line in the
        /// history.
        public var deliver: (@Sendable (Notification) async -> Outcome)?
        /// Evaluate, and deliver what waits. Otherwise definitions and states are only looked at and changed.
        public var evaluates: Bool
        /// Is told what goes wrong while nobody waits for it, such as a disk that takes no states; in one line, on the
        /// thread that evaluates. Must not block.
        public var warn: (@Sendable (String) -> Void)?

        /// Evaluates.
        /// - Parameter deliver: takes notifications to their targets.
        public init(deliver: (@Sendable (Notification) async -> Outcome)? = nil) {
            self.deliver = deliver
            evaluates = true
        }
    }

    /// A message that an alarm's action, or a rule of an event bus, sends.
    ///
    /// It is stored with the change that caused it and taken off once it is delivered: after a crash it may come again,
    /// and is never forgotten.
    public struct Notification: Sendable, Equatable {
        /// The same in every attempt: who keeps it notices repetitions.
        public let id: String
        /// Where it goes: an ARN or a URL, as the alarm or a topic's subscription names it.
        public let target: String
        /// One line for people; may be empty.
        public let subject: String
        /// UTF-8; of alarms the JSON that CloudWatch sends to topics.
        public let body: [UInt8]
        /// 1 for the first one since the process began.
        public let attempt: Int
        /// The target may have had it before.
        public let mayBeRepetition: Bool

        init(_ attempt: Outbox.Attempt) {
            id = attempt.delivery.id.description
            target = attempt.delivery.endpoint
            subject = attempt.delivery.subject
            body = attempt.delivery.body
            self.attempt = attempt.number
            mayBeRepetition = attempt.mayBeRepetition
        }
    }

    /// How delivering a notification ended.
    public enum Outcome: Sendable, Equatable {
        /// The target has it.
        case delivered
        /// It may work later: it is tried again, after 1 s at first and 5 minutes at last, for a day.
        case failed(reason: String)
        /// It will never work.
        case refused(reason: String)

        var engine: DeliveryOutcome {
            switch self {
            case .delivered: .delivered
            case .failed(let reason): .failed(reason: reason)
            case .refused(let reason): .refused(reason: reason)
            }
        }
    }
}

/// Deliveries as tasks of the embedding program.
struct NotificationEdge: DeliveryEdge {
    let deliver: (@Sendable (Alarms.Notification) async -> Alarms.Outcome)?

    func attempt(_ attempt: Outbox.Attempt, done: @escaping @Sendable (DeliveryOutcome) -> Void) {
        guard let deliver else {
            return done(.refused(reason: "this program takes no notifications to their targets (Alarms.Options)"))
        }
        let notification = Alarms.Notification(attempt)
        Task { done(await deliver(notification).engine) }
    }
}

/// Whoever iterates over changes of states. Any thread; nothing here waits.
final class AlarmWatchers: Sendable {
    private struct State: Sendable {
        var next = 0
        var watching: [Int: AsyncStream<Alarms.Change>.Continuation] = [:]
        var isEnded = false
    }

    private let state = Mutex(State())
    /// Changes that wait for one task: a second of a thousand alarms that all change, some times over; 1 MB.
    private static let waitingMax = 4_096

    func watch() -> AsyncStream<Alarms.Change> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Alarms.Change.self, bufferingPolicy: .bufferingNewest(Self.waitingMax))
        let number = state.withLock { state -> Int? in
            guard !state.isEnded else { return nil }
            state.next += 1
            state.watching[state.next] = continuation
            return state.next
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in self?.forget(number) }
        return stream
    }

    private func forget(_ number: Int) { state.withLock { $0.watching[number] = nil } }

    func tell(_ rows: [HistoryRow]) {
        let watching = state.withLock { Array($0.watching.values) }
        guard !watching.isEmpty else { return }
        for change in rows.compactMap({ Alarms.Change($0) }) {
            for continuation in watching { continuation.yield(change) }
        }
    }

    func end() {
        // Outside of the lock: ending calls back.
        let watching = state.withLock { state in
            defer { state.watching = [:] }
            state.isEnded = true
            return Array(state.watching.values)
        }
        for continuation in watching { continuation.finish() }
    }
}
