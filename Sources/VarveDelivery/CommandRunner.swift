import Subprocess
import SystemPackage
import VarveBytes
import VarveMonitoring

/// Runs a configured program for a delivery. The message comes on standard input, and what tells it apart in the
/// environment; no shell, nothing inherited but `PATH`. Page: Docs/Alarms.md, "Commands".
struct CommandRunner: Sendable {
    let command: DeliveryOptions.Command

    init(_ command: DeliveryOptions.Command) { self.command = command }

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
        await withTaskGroup(of: End.self) { group in
            group.addTask { await execute(attempt) }
            group.addTask {
                // Cancelled when the program ends first; then nobody looks at this.
                try? await Task.sleep(for: .seconds(command.timeoutSeconds))
                return .tooSlow
            }
            let first = await group.next() ?? .tooSlow
            group.cancelAll()
            return first
        }
    }

    private func execute(_ attempt: Outbox.Attempt) async -> End {
        var options = PlatformOptions()
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(2))]
        do {
            let result = try await Subprocess.run(
                .path(.init(command.arguments[0])), arguments: .init(Array(command.arguments.dropFirst())),
                environment: .custom(environment(of: attempt)), platformOptions: options,
                input: .array(attempt.delivery.body), output: .discarded,
                error: .discarded)
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
