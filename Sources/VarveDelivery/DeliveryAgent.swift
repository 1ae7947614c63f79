package import Logging
package import VarveIO
package import VarveMonitoring

/// Takes deliveries to their targets: HTTP, programs, files, the log. Any thread; nothing here decides whether and when
/// something is tried again.
package final class DeliveryAgent: DeliveryEdge {
    private let options: DeliveryOptions
    private let webhooks: WebhookSender
    private let files: FileAppender
    private let logger: Logger

    /// Starts no connection; ``stop()`` must follow.
    /// - Throws: when there is a file for the secret and it cannot be read.
    package init(
        options: DeliveryOptions, environment: SystemEnvironment, logger: Logger
    ) throws(DiskError) {
        self.options = options
        self.logger = logger
        var secret: [UInt8]?
        if let path = options.webhookSecretFile { secret = try Self.secret(in: path, environment.fileSystem) }
        webhooks = WebhookSender(
            secret: secret, timeoutSeconds: options.webhookTimeoutSeconds, clock: environment.clock)
        files = FileAppender(fileSystem: environment.fileSystem)
    }

    /// The file's bytes without line ends around them, which editors add.
    private static func secret(in path: String, _ fileSystem: any FileSystem) throws(DiskError) -> [UInt8] {
        let file = try fileSystem.open(path, .read)
        let bytes = try file.read(at: 0, count: min(4_096, try file.byteCount()))
        try file.close()
        let isLineEnd: (UInt8) -> Bool = { $0 == 0x0a || $0 == 0x0d }
        return Array(bytes.drop(while: isLineEnd).reversed().drop(while: isLineEnd).reversed())
    }

    package func attempt(_ attempt: Outbox.Attempt, done: @escaping @Sendable (DeliveryOutcome) -> Void) {
        switch DeliveryAddress(attempt.delivery.endpoint) {
        case .webhook(let url): webhooks.send(attempt, to: url, done: done)
        case .command(let name): run(attempt, name, done: done)
        case .file(let name): append(attempt, name, done: done)
        case .journal:
            let body = String(decoding: attempt.delivery.body, as: UTF8.self)
            logger.notice("\(attempt.delivery.subject)", metadata: ["notification": .string(body)])
            done(.delivered)
        case .unknown:
            done(
                .refused(
                    reason: "nothing here delivers to \(attempt.delivery.endpoint); see Docs/Alarms.md for targets"))
        }
    }

    private func run(
        _ attempt: Outbox.Attempt, _ name: String, done: @escaping @Sendable (DeliveryOutcome) -> Void
    ) {
        guard let command = options.commands[name] else {
            return done(.refused(reason: "no command named \(name) is configured (actions.commands)"))
        }
        Task { done(await CommandRunner(command).run(attempt)) }
    }

    private func append(
        _ attempt: Outbox.Attempt, _ name: String, done: @escaping @Sendable (DeliveryOutcome) -> Void
    ) {
        guard let path = options.files[name] else {
            return done(.refused(reason: "no file named \(name) is configured (actions.files)"))
        }
        files.append(attempt.delivery, to: path, done: done)
    }

    /// Ends connections and threads; attempts that run end with a failure. Waits.
    package func stop() async {
        await webhooks.stop()
        files.stop()
    }
}
