import Glibc
import Subprocess
import Synchronization
import SystemPackage
import VarveBytes
import VarveMonitoring

/// Runs a configured program for a delivery. The message comes on standard input, and what tells it apart in the
/// environment; no shell, nothing inherited but `PATH`. It leads a process group of its own, which is ended as a whole
/// when its time is over. Page: Docs/Operations/server.md.
struct CommandRunner: Sendable {
    let command: DeliveryOptions.Command

    init(_ command: DeliveryOptions.Command) { self.command = command }

    /// The number of the process that was started, and so of its group.
    private final class Leader: Sendable {
        let number = Mutex<pid_t?>(nil)
    }

    private enum End: Sendable {
        case exited(TerminationStatus)
        case notStarted(String)
        case tooSlow
    }

    /// 0 is success, 75 (EX_TEMPFAIL) and running too long may pass, everything else is final.
    func run(_ attempt: Outbox.Attempt) async -> DeliveryOutcome {
        switch await end(of: attempt) {
        case .exited(.exited(0)): .delivered
        case .exited(.exited(75)): .failed(reason: "\(command.arguments[0]) asked for patience")
        case .exited(.exited(let code)): .refused(reason: "\(command.arguments[0]) ended with \(code)")
        case .exited(.signaled(let signal)):
            .failed(reason: "\(command.arguments[0]) was ended by signal \(signal)")
        case .notStarted(let reason): .failed(reason: "\(command.arguments[0]) cannot be started: \(reason)")
        case .tooSlow:
            .failed(reason: "\(command.arguments[0]) took more than \(command.timeoutSeconds) s and was ended")
        }
    }

    private func end(of attempt: Outbox.Attempt) async -> End {
        let leader = Leader()
        let end = await withTaskGroup(of: End.self) { group in
            group.addTask { await execute(attempt) { started in leader.number.withLock { $0 = started } } }
            group.addTask {
                // Cancelled when the program ends first; then nobody looks at this.
                try? await Task.sleep(for: .seconds(command.timeoutSeconds))
                return .tooSlow
            }
            let first = await group.next() ?? .tooSlow
            group.cancelAll()
            // Returns when the program is gone.
            return first
        }
        if case .tooSlow = end, let leader = leader.number.withLock({ $0 }) { await endGroup(leader) }
        return end
    }

    /// What the program started and left behind. A number is not given to another process while its group lives.
    private func endGroup(_ leader: pid_t) async {
        for _ in 0..<Self.graceSteps where kill(-leader, 0) == 0 {
            // Nobody cancels this; were it so, the signal would only come sooner.
            try? await Task.sleep(for: Self.graceStep)
        }
        // Fails when there is nobody left, as it should be.
        _ = kill(-leader, SIGKILL)
    }

    /// Two seconds between the request to end and the end.
    private static let graceSteps = 20
    private static let graceStep = Duration.milliseconds(100)

    private func execute(_ attempt: Outbox.Attempt, started: @escaping @Sendable (pid_t) -> Void) async -> End {
        var options = PlatformOptions()
        // Zero: a new group.
        options.processGroupID = 0
        options.teardownSequence = [
            .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: Self.graceStep * Self.graceSteps)
        ]
        do {
            let result = try await Subprocess.run(
                .path(.init(command.arguments[0])), arguments: .init(Array(command.arguments.dropFirst())),
                environment: .custom(environment(of: attempt)), platformOptions: options,
                input: .array(attempt.delivery.body), output: .discarded, error: .discarded
            ) { execution in
                started(execution.processIdentifier.value)
            }
            return .exited(result.terminationStatus)
        } catch {
            return .notStarted("\(error)")
        }
    }

    private func environment(of attempt: Outbox.Attempt) -> [Environment.Key: String] {
        [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "VARVE_DELIVERY": attempt.delivery.id.description,
            "VARVE_ATTEMPT": String(attempt.number), "VARVE_REPETITION": attempt.mayBeRepetition ? "possible" : "no",
            "VARVE_SUBJECT": attempt.delivery.subject, "VARVE_TARGET": attempt.delivery.target,
        ]
    }
}
