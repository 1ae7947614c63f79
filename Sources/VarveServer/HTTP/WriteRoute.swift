import HTTPTypes
import HummingbirdCore
import NIOCore
import VarveIO
import VarveLine
import VarveModel
import VarveStore
import VarveWire

/// `POST /write` and `POST /api/v2/write`. Page: Docs/Operations/server.md, "Writing over HTTP". Any thread.
struct WriteRoute: Sendable {
    /// Whose manners an answer has.
    enum Dialect { case version1, version2 }

    private let door: Doorway
    private let pool: ParserPool

    /// A new request waits this long for the shared budget before 503: shorter than the time-outs of common agents (5
    /// s).
    private static let admissionPauses = 40
    private static let retryAfterSeconds = 1

    init(door: Doorway) {
        self.door = door
        pool = ParserPool(options: door.lineOptions)
    }

    func respond(
        to request: Request, _ parameters: QueryParameters, _ dialect: Dialect, _ channel: any Channel
    ) async -> Response {
        guard let precision = Self.precision(parameters["precision"], dialect) else {
            let known = dialect == .version1 ? "n, u, ms, s, m, h" : "ns, us, ms, s"
            return Self.problem(
                .badRequest, "precision \"\(parameters["precision"] ?? "")\" is unknown; known: \(known)", dialect)
        }
        let encoding = request.headers[.contentEncoding]?.lowercased() ?? "identity"
        guard encoding == "identity" || encoding == "gzip" else {
            return Self.problem(
                .unsupportedMediaType, "Content-Encoding \"\(encoding)\" is unknown; known: gzip, identity", dialect)
        }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > door.limits.bodyBytesMax {
            return tooLarge(
                "the body has \(length) bytes; at most \(door.limits.bodyBytesMax) are taken", dialect, channel)
        }
        let retryName = request.headers[Self.retryHeader].map { Array($0.utf8) }
        if let retryName, !(1...RetryToken.byteCountMax ~= retryName.count) {
            return Self.problem(
                .badRequest, "Idempotency-Key has \(retryName.count) bytes; 1 to \(RetryToken.byteCountMax) are taken",
                dialect)
        }
        guard await hasRoom() else { return Self.answer(StoreError.overloaded, "nothing was stored", dialect) }
        let write = WriteRequest(
            door: door, pool: pool, peer: channel.remoteAddress?.text ?? "?", precision: precision,
            isGzip: encoding == "gzip", retryName: retryName,
            durability: parameters["no_sync"] == "true" ? .buffered : .durable)
        return respond(to: await write.run(request.body), dialect, channel)
    }

    /// Names a write across its attempts (IETF draft "The Idempotency-Key HTTP Header Field").
    private static let retryHeader = HTTPField.Name(known: "Idempotency-Key")

    /// Nanoseconds when it is left out, as both versions have it.
    private static func precision(_ text: String?, _ dialect: Dialect) -> LinePrecision? {
        guard let text, !text.isEmpty else { return .nanoseconds }
        return LinePrecision(text)
    }

    private func hasRoom() async -> Bool {
        for _ in 0..<Self.admissionPauses {
            if !door.budget.isFull { return true }
            try? await Task.sleep(for: .milliseconds(50))
        }
        return !door.budget.isFull
    }

    private func respond(to outcome: WriteRequest.Outcome, _ dialect: Dialect, _ channel: any Channel) -> Response {
        let stored = outcome.rowsWritten - (outcome.failure?.rows ?? 0)
        let kept = stored > 0 ? "; \(stored) rows before it were stored" : ""
        switch outcome.fault {
        case .tooLarge(let limit): return tooLarge("the body has more than \(limit) bytes\(kept)", dialect, channel)
        case .expandsTooFar(let limit):
            return tooLarge("the body expands to more than \(limit) bytes\(kept)", dialect, channel)
        case .notGzip: return Self.problem(.badRequest, "the body is not gzip\(kept)", dialect)
        case .damagedGzip: return Self.problem(.badRequest, "the gzip body is damaged\(kept)", dialect)
        case .truncatedGzip: return Self.problem(.badRequest, "the gzip body is cut short\(kept)", dialect)
        case .broken: return Self.problem(.badRequest, "the body is cut short\(kept)", dialect)
        case nil: break
        }
        if let failure = outcome.failure {
            door.logFailure("\(failure.rows) rows of a write were not stored: \(failure.error)\(failure.error.advice)")
            return Self.answer(failure.error, "\(failure.rows) rows were not stored, \(stored) were", dialect)
        }
        guard outcome.refusedCount > 0 else { return Response(status: .noContent) }
        return Self.problem(.badRequest, Self.description(of: outcome), dialect)
    }

    private static func description(of outcome: WriteRequest.Outcome) -> String {
        let named = outcome.refused.map { "\($0)" }.joined(separator: "; ")
        let more = outcome.refusedCount - outcome.refused.count
        let beginning = outcome.rowsWritten > 0 ? "partial write" : "unable to parse"
        return "\(beginning): \(named)\(more > 0 ? "; and \(more) more" : "") dropped=\(outcome.refusedCount)"
    }

    /// The client may still be sending: it is told to stop, and the connection is closed once it had time to read the
    /// answer.
    private func tooLarge(_ message: String, _ dialect: Dialect, _ channel: any Channel) -> Response {
        channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
        var response = Self.problem(.contentTooLarge, message, dialect)
        response.headers[.connection] = "close"
        return response
    }
}

// Answers.
extension WriteRoute {
    /// What the store said, as clients understand it: 5xx means "send it again later", 4xx "do not".
    private static func answer(_ error: StoreError, _ detail: String, _ dialect: Dialect) -> Response {
        var response = problem(status(of: error), "\(error)\(error.advice) (\(detail))", dialect)
        if response.status == .serviceUnavailable { response.headers[.retryAfter] = String(retryAfterSeconds) }
        return response
    }

    private static func status(of error: StoreError) -> HTTPResponse.Status {
        switch error {
        case .disk(.full(_, _)): HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
        case .overloaded, .readOnly, .closed, .disk, .diskNearlyFull: .serviceUnavailable
        case .timestampOutOfRange, .tooManySeries: .badRequest
        case .batchTooLarge, .recordTooLarge: .contentTooLarge
        case .tokenReused: .conflict
        default: .internalServerError
        }
    }

    private static func problem(_ status: HTTPResponse.Status, _ message: String, _ dialect: Dialect) -> Response {
        guard dialect == .version2 else { return .error(status, message) }
        let code =
            switch status.code {
            case 413: "request too large"
            case 400..<500: "invalid"
            case 503, 507: "unavailable"
            default: "internal error"
            }
        return .json(
            status,
            JSONValue.object([JSONMember("code", .string(code)), JSONMember("message", .string(message))]).encoded)
    }
}
