import Logging
import NIOCore
import Synchronization
import VarveStore

/// Logs what changes in the health of a store. Any thread.
final class HealthWatch: Sendable {
    /// Often enough to be read beside the entries of other programs about the same event.
    private static let interval = TimeAmount.seconds(10)

    private let backend: any ServerBackend
    private let logger: Logger
    private let known = Mutex<[StoreHealth.Finding]>([])

    init(backend: any ServerBackend, logger: Logger) {
        self.backend = backend
        self.logger = logger
    }

    /// Looks now, and then regularly until the loop ends. A look takes a lock for a moment and waits for nothing.
    func start(on loop: any EventLoop) {
        look()
        loop.scheduleRepeatedTask(initialDelay: Self.interval, delay: Self.interval) { [self] _ in look() }
    }

    /// A finding is told when it appears, by its subject: the number of failures in its text may grow every second.
    func look() {
        let findings = backend.statistics().health.findings
        let before = known.withLock { known in
            defer { known = findings }
            return known
        }
        for finding in findings where !before.contains(where: { Self.isSame($0, finding) }) {
            let level: Logger.Level = finding.status == .fail ? .error : .warning
            logger.log(level: level, "\(finding.subject): \(finding.text)")
        }
        for finding in before where !findings.contains(where: { Self.isSame($0, finding) }) {
            logger.notice("\(finding.subject): over (\(finding.text))")
        }
    }

    private static func isSame(_ one: StoreHealth.Finding, _ other: StoreHealth.Finding) -> Bool {
        guard one.subject == other.subject, one.status == other.status else { return false }
        // Places are different things with one subject.
        return one.subject == "damage" || one.subject == "quarantine" ? one.text == other.text : true
    }
}
