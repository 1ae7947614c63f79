import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import VarveBytes
import VarveCrypto
import VarveIO
import VarveMonitoring

/// Delivers by `POST`. What is sent and how it is signed: Docs/Alarms.md, "Webhooks". Any thread.
final class WebhookSender: Sendable {
    /// Also for others who call servers.
    let client: HTTPClient
    private let secrets: WebhookSecrets
    private let timeout: TimeAmount
    private let clock: any SystemClock

    init(secrets: WebhookSecrets, timeoutSeconds: Int, clock: any SystemClock) {
        var configuration = HTTPClient.Configuration()
        // A redirection could lead a signed message to another host than the one that was named.
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(min(5, Int64(timeoutSeconds)))
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        self.secrets = secrets
        timeout = .seconds(Int64(timeoutSeconds))
        self.clock = clock
    }

    func send(_ attempt: Outbox.Attempt, to url: String, done: @escaping @Sendable (DeliveryOutcome) -> Void) {
        Task { done(await outcome(of: attempt, url)) }
    }

    private func outcome(of attempt: Outbox.Attempt, _ url: String) async -> DeliveryOutcome {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        for (name, value) in headers(of: attempt, url) { request.headers.add(name: name, value: value) }
        request.body = .bytes(attempt.delivery.posted)
        do {
            let response = try await client.execute(request, timeout: timeout)
            return Self.outcome(status: Int(response.status.code))
        } catch let error as HTTPClientError where error == .invalidURL || error == .emptyHost || error == .emptyScheme
        {
            return .refused(reason: "\(url) is no URL that can be called")
        } catch {
            return .failed(reason: "no answer from \(url): \(error)")
        }
    }

    private func headers(of attempt: Outbox.Attempt, _ url: String) -> [(String, String)] {
        var headers = [
            ("content-type", attempt.delivery.mediaType), ("user-agent", "varve"),
            ("varve-delivery", attempt.delivery.id.description), ("varve-attempt", String(attempt.number)),
            ("varve-repetition", attempt.mayBeRepetition ? "possible" : "no"),
        ]
        if let secret = secrets.secret(for: url) {
            let seconds = clock.wallNs() / 1_000_000_000
            headers.append(
                (
                    "varve-signature",
                    WebhookSignature.text(of: attempt.delivery.posted, seconds: seconds, secret: secret)
                ))
        }
        return headers
    }

    /// 2xx is success. What the answer says is not kept: whoever may define alarms could read other servers by it.
    /// 408, 425, 429 and 5xx may pass; everything else will be the same the next time.
    static func outcome(status: Int) -> DeliveryOutcome {
        switch status {
        case 200..<300: return .delivered
        case 408, 425, 429, 500...: return .failed(reason: "status \(status)")
        default: return .refused(reason: "status \(status)")
        }
    }

    func stop() async {
        // Only a client that was shut down before refuses, and then there is nothing left to end.
        try? await client.shutdown()
    }
}

extension Delivery {
    fileprivate var mediaType: String {
        switch content {
        case .message: "application/json"
        case .lines: "application/x-ndjson"
        case .openTelemetry: "application/x-protobuf"
        }
    }

    /// What a call sends: of OpenTelemetry the request without its length, as its receivers expect it over HTTP.
    fileprivate var posted: [UInt8] {
        guard content == .openTelemetry else { return body }
        // The last byte of a variable-length integer is the first below 128.
        return Array(body.drop { $0 >= 0x80 }.dropFirst())
    }
}

/// `t=SECONDS,v1=HEX`: HMAC-SHA256 over `SECONDS.BODY`, so that an old message cannot be sent again as a new one.
enum WebhookSignature {
    static func text(of body: [UInt8], seconds: Int64, secret: SecretBytes) -> String {
        let message = Array("\(seconds).".utf8) + body
        return "t=\(seconds),v1=\(Hex.encode(HMACSHA256.code(of: message, key: secret)))"
    }
}
