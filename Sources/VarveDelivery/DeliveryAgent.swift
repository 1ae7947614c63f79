package import Logging
package import VarveIO
package import VarveMonitoring
import VarveSignature

/// Takes deliveries to their targets: HTTP, programs, files, the log. Any thread; nothing here decides whether and when
/// something is tried again.
package final class DeliveryAgent: DeliveryEdge {
    private let options: DeliveryOptions
    private let webhooks: WebhookSender
    private let topics: TopicForwarder?
    private let files: FileAppender
    private let logger: Logger

    /// Starts no connection; ``stop()`` must follow.
    /// - Throws: when a secret cannot be read, is empty, or lies where others can read it.
    package init(
        options: DeliveryOptions, environment: SystemEnvironment, logger: Logger
    ) throws(SecretFileError) {
        self.options = options
        self.logger = logger
        let file = SecretFile(fileSystem: environment.fileSystem)
        var secrets = WebhookSecrets()
        if let path = options.webhookSecretFile {
            secrets.common = try file.read(path, for: "actions.webhook-secret-file")
        }
        for (prefix, path) in options.webhookSecretFiles {
            secrets.byPrefix[prefix] = try file.read(path, for: "actions.webhook-secret-files")
        }
        var signer: RequestSigner?
        if let service = options.topics {
            let secret = try file.read(service.secretFile, for: "actions.sns.secret-file")
            signer = RequestSigner(
                accessKeyID: service.accessKeyID, secret: secret, region: service.region, service: "sns")
        }
        let webhooks = WebhookSender(
            secrets: secrets, timeoutSeconds: options.webhookTimeoutSeconds, clock: environment.clock)
        self.webhooks = webhooks
        if let service = options.topics, let signer {
            topics = TopicForwarder(
                client: webhooks.client, endpoint: service.endpoint, signer: signer,
                timeoutSeconds: options.webhookTimeoutSeconds, clock: environment.clock)
        } else {
            topics = nil
        }
        files = FileAppender(fileSystem: environment.fileSystem)
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
        case .topic(let arn):
            guard let topics else {
                return done(
                    .refused(
                        reason: "\(arn) is no topic of this server, and no other service is configured (actions.sns)"))
            }
            topics.send(attempt, to: arn, done: done)
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
