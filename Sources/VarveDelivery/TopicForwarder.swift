import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import VarveBytes
import VarveIO
import VarveMonitoring
import VarveSignature

/// Forwards messages to topics of a notification service, signed. What is sent: ``TopicPublish``. Any thread.
final class TopicForwarder: Sendable {
    private let client: HTTPClient
    private let endpoint: TopicPublish.Endpoint
    private let signer: RequestSigner
    private let timeout: TimeAmount
    private let clock: any SystemClock

    /// Enough for the code of an error.
    private static let answerBytesMax = 16_384

    /// - Parameter client: shut down by its owner.
    init(
        client: HTTPClient, endpoint: TopicPublish.Endpoint, signer: RequestSigner, timeoutSeconds: Int,
        clock: any SystemClock
    ) {
        self.client = client
        self.endpoint = endpoint
        self.signer = signer
        timeout = .seconds(Int64(timeoutSeconds))
        self.clock = clock
    }

    func send(_ attempt: Outbox.Attempt, to arn: String, done: @escaping @Sendable (DeliveryOutcome) -> Void) {
        Task { done(await outcome(of: attempt, arn)) }
    }

    private func outcome(of attempt: Outbox.Attempt, _ arn: String) async -> DeliveryOutcome {
        let publish = TopicPublish(
            topicARN: arn, subject: attempt.delivery.subject, message: attempt.delivery.body,
            deliveryID: attempt.delivery.id.description, mayBeRepetition: attempt.mayBeRepetition)
        let request: HTTPClientRequest
        do throws(SignatureError) {
            request = try self.request(for: publish)
        } catch {
            return .refused(reason: "\(endpoint.url) cannot be called: \(error)")
        }
        do {
            let response = try await client.execute(request, timeout: timeout)
            return Self.outcome(status: Int(response.status.code), body: await Self.beginning(of: response.body))
        } catch {
            return .failed(reason: "no answer from \(endpoint.url): \(error)")
        }
    }

    /// Signed anew for each attempt: signatures are valid for minutes.
    private func request(for publish: TopicPublish) throws(SignatureError) -> HTTPClientRequest {
        let signed = try publish.request(to: endpoint, signer: signer, nowSeconds: clock.wallNs() / 1_000_000_000)
        var request = HTTPClientRequest(url: endpoint.url)
        request.method = .POST
        for header in signed.headers { request.headers.add(name: header.name, value: header.value) }
        request.headers.add(name: "user-agent", value: "varve")
        request.body = .bytes(signed.body)
        return request
    }

    private static func beginning(of body: HTTPClientResponse.Body) async -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            for try await piece in body {
                bytes += piece.readableBytesView.prefix(answerBytesMax - bytes.count)
                if bytes.count == answerBytesMax { break }
            }
        } catch {
            // The status says enough.
        }
        return bytes
    }

    static func outcome(status: Int, body: [UInt8]) -> DeliveryOutcome {
        switch TopicPublish.answer(status: status, body: body) {
        case .accepted: .delivered
        case .notNow(let reason): .failed(reason: reason)
        case .refused(let reason): .refused(reason: reason)
        }
    }
}
