import HTTPTypes
import HummingbirdCore
import NIOCore
import VarveIO
import VarveJSON
import VarveLine
import VarveModel
import VarveStore

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
        guard await hasRoom() else {
            return Self.answer(
                .serviceUnavailable, Self.sentence(.overloaded, "nothing was stored"), dialect)
        }
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
        guard let precision = LinePrecision(text) else { return nil }
        // Version 2 has no such units: there `m` is as likely meant to be milliseconds.
        return dialect == .version2 && [.minutes, .hours].contains(precision) ? nil : precision
    }

    private func hasRoom() async -> Bool {
        for _ in 0..<Self.admissionPauses {
            if !door.budget.isFull { return true }
            try? await Task.sleep(for: .milliseconds(50))
        }
        return !door.budget.isFull
    }

    /// What the store did not take decides over the status, because the client may have to send it again; then what was
    /// wrong with the body, then with its lines. The message has all of it.
    private func respond(to outcome: WriteRequest.Outcome, _ dialect: Dialect, _ channel: any Channel) -> Response {
        let stored = outcome.rowsWritten - (outcome.failure?.rows ?? 0)
        var statuses: [HTTPResponse.Status] = []
        var sentences: [String] = []
        if let failure = outcome.failure {
            door.logFailure("\(failure.rows) rows of a write were not stored: \(failure.error)\(failure.error.advice)")
            statuses.append(Self.status(of: failure.error))
            sentences.append(Self.sentence(failure.error, "\(failure.rows) rows were not stored, \(stored) were"))
        }
        if let fault = outcome.fault {
            statuses.append(fault.isTooLarge ? .contentTooLarge : .badRequest)
            let isKept = stored > 0 && outcome.failure == nil
            sentences.append("\(fault)\(isKept ? "; \(stored) rows before it were stored" : "")")
        }
        if outcome.refusedCount > 0 {
            statuses.append(.badRequest)
            sentences.append(Self.description(of: outcome))
        }
        guard let status = statuses.first else { return Response(status: .noContent) }
        let response = Self.answer(status, sentences.joined(separator: "; "), dialect)
        return outcome.fault?.isTooLarge == true ? response.closing(channel) : response
    }

    private static func description(of outcome: WriteRequest.Outcome) -> String {
        let named = outcome.refused.map { "\($0)" }.joined(separator: "; ")
        let more = outcome.refusedCount - outcome.refused.count
        let beginning = outcome.rowsWritten > 0 ? "partial write" : "unable to parse"
        return "\(beginning): \(named)\(more > 0 ? "; and \(more) more" : "") dropped=\(outcome.refusedCount)"
    }

    private func tooLarge(_ message: String, _ dialect: Dialect, _ channel: any Channel) -> Response {
        Self.problem(.contentTooLarge, message, dialect).closing(channel)
    }
}

// Answers.
extension WriteRoute {
    private static func sentence(_ error: StoreError, _ detail: String) -> String {
        "\(error)\(error.advice) (\(detail))"
    }

    private static func answer(_ status: HTTPResponse.Status, _ message: String, _ dialect: Dialect) -> Response {
        var response = problem(status, message, dialect)
        if response.status == .serviceUnavailable { response.headers[.retryAfter] = String(retryAfterSeconds) }
        return response
    }

    /// What the store said, as clients understand it: 5xx means "send it again later", 4xx "do not".
    private static func status(of error: StoreError) -> HTTPResponse.Status {
        switch error {
        case .disk(.full(_, _)): HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
        case .overloaded, .readOnly, .closed, .disk, .diskNearlyFull: .serviceUnavailable
        case .tooManySeries: error.isTooFast ? .serviceUnavailable : .badRequest
        case .timestampOutOfRange, .rowsRefusedBefore, .nameOutOfBounds: .badRequest
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
