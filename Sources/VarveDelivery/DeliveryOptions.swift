package import VarveSignature

/// Where deliveries may go besides URLs. Set by the operator only: whoever may define alarms names targets, and must
/// not run programs of their own choice by that.
package struct DeliveryOptions: Equatable, Sendable {
    /// A program that is run for each delivery.
    package struct Command: Equatable, Sendable {
        /// The program and its arguments; no shell is involved. Not empty; the first is an absolute path.
        package var arguments: [String]
        package var timeoutSeconds: Int

        package init(arguments: [String], timeoutSeconds: Int = Self.timeoutSecondsDefault) {
            self.arguments = arguments
            self.timeoutSeconds = timeoutSeconds
        }

        package static let timeoutSecondsDefault = 30
        /// A tenth of the longest pause between attempts; a program that needs longer should hand its work on.
        package static let timeoutSecondsMax = 300
    }

    /// A notification service, and who this server is there.
    package struct TopicService: Equatable, Sendable {
        package var endpoint: TopicPublish.Endpoint
        package var region: String
        package var accessKeyID: String
        /// A file with the secret access key. Read at the start.
        package var secretFile: String

        package init(endpoint: TopicPublish.Endpoint, region: String, accessKeyID: String, secretFile: String) {
            self.endpoint = endpoint
            self.region = region
            self.accessKeyID = accessKeyID
            self.secretFile = secretFile
        }
    }

    /// By the name that targets use: `arn:varve:exec:REGION:ACCOUNT:NAME`.
    package var commands: [String: Command] = [:]
    /// Paths by the name that targets use: `arn:varve:file:REGION:ACCOUNT:NAME`.
    package var files: [String: String] = [:]
    /// A file with the secret that signs webhook calls; nil sends them unsigned. Read at the start.
    package var webhookSecretFile: String?
    /// Files with secrets of their own for some webhooks, by the beginning of their URLs (``WebhookSecrets``).
    package var webhookSecretFiles: [String: String] = [:]
    /// Where messages go whose target is a topic that is not one of this server; nil: they fail.
    package var topics: TopicService?
    /// A call that takes longer failed; it is tried again.
    package var webhookTimeoutSeconds = 10
    package static let webhookTimeoutSecondsAccepted = 1...120

    package init() {}
}
