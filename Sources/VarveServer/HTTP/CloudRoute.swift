import HTTPTypes
import HummingbirdCore
import NIOCore
import VarveCloud
import VarveQuery
import VarveWire

/// Who answers cloud clients, and the threads on which that happens.
package struct CloudDoor: Sendable {
    let front: any CloudResponder
    let workers: QueryPool
}

/// The interfaces of the cloud on the HTTP listener: collects a request, takes its content coding off, and hands it
/// to the front on a thread that may wait. Page: Docs/Operations/server.md, "Cloud clients". Any thread.
struct CloudRoute: Sendable {
    private let front: any CloudResponder
    private let pool: QueryPool
    private let door: Doorway
    private let watch: ConnectionWatch
    /// Whether clients come by TLS.
    private let isSecure: Bool

    /// The service's limit of one request, as it travels; nothing is read beyond it.
    static let bodyBytesMax = 1 << 20
    /// What a compressed body may grow to: a thousand data with 150 values and counts of 20 bytes each are 6 MB.
    static let inflatedBytesMax = 8 << 20

    init(to cloud: CloudDoor, door: Doorway, watch: ConnectionWatch, isSecure: Bool) {
        front = cloud.front
        pool = cloud.workers
        self.door = door
        self.watch = watch
        self.isSecure = isSecure
    }

    /// Whether a request is one of a cloud client, and not one for the other routes or a person who looks around.
    static func isMeant(_ head: HTTPRequest) -> Bool {
        let headers = head.headerFields
        if headers[targetHeader] != nil || headers[protocolHeader] != nil { return true }
        if headers[.authorization]?.hasPrefix("AWS4-HMAC-SHA256") == true { return true }
        let parts = (head.path ?? "").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let query = parts.count > 1 ? parts[1] : ""
        if parts.first == "/" {
            return head.method == .post || query.contains("Action=") || query.contains("X-Amz-Signature=")
        }
        return parts.first?.hasPrefix("/service/") == true
    }

    private static let targetHeader = HTTPField.Name(known: "X-Amz-Target")
    private static let protocolHeader = HTTPField.Name(known: "Smithy-Protocol")

    func respond(to request: Request, _ channel: any Channel) async -> Response {
        if door.answers.isFull { return .later("answers that clients have not taken take all memory; try again later") }
        let hold = BudgetHold(door.cloudBodies)
        // Until it is answered, and not only until it is collected.
        defer { withExtendedLifetime(hold) {} }
        let sent: [UInt8]
        do throws(CollectFailure) {
            sent = try await request.body.collect(upTo: Self.bodyBytesMax, hold)
        } catch {
            return .refusing(error, Self.bodyBytesMax, channel)
        }
        var wire = WireRequest(
            method: request.method.rawValue, path: request.uri.path, query: request.uri.query ?? "",
            headers: Self.headers(of: request), body: sent)
        guard let coding = request.headers[.contentEncoding]?.lowercased(), coding != "identity", !coding.isEmpty
        else { return await respond(to: wire, nil, channel) }
        do throws(Refused) {
            wire.body = try await Self.expand(sent, coding, hold)
        } catch {
            return error.response
        }
        // What is signed is what was sent.
        return await respond(to: wire, sent, channel)
    }

    /// Why a body does not reach the front.
    private struct Refused: Error { let response: Response }

    private static func expand(_ sent: [UInt8], _ coding: String, _ hold: BudgetHold) async throws(Refused) -> [UInt8] {
        guard coding == "gzip" else {
            let known = "Content-Encoding \"\(coding)\"; known: gzip, identity"
            throw Refused(response: .error(.unsupportedMediaType, known))
        }
        do {
            return try await besideTheLoop { try await inflated(sent, hold) }
        } catch let error as Refused {
            throw error
        } catch Inflater.Failure.tooLarge(let limit) {
            throw Refused(response: .error(.contentTooLarge, "the body unpacks to more than \(limit) bytes"))
        } catch {
            let reason = "the body is not what its Content-Encoding says, gzip: \(error)"
            throw Refused(response: .error(.badRequest, reason))
        }
    }

    private func respond(to wire: WireRequest, _ sentBody: [UInt8]?, _ channel: any Channel) async -> Response {
        let connection = CloudConnection(sourceAddress: channel.remoteAddress?.ipAddress, isSecure: isSecure)
        let cancellation = CancellationFlag()
        watch.watch(channel, raising: cancellation)
        defer { watch.unwatch(channel) }
        let answer: WireResponse? = await withCheckedContinuation { continuation in
            let isTaken = pool.submit { [front] in
                front.respond(to: wire, sentBody: sentBody, connection: connection, cancellation: cancellation) {
                    continuation.resume(returning: $0)
                }
            }
            if !isTaken { continuation.resume(returning: nil) }
        }
        guard let answer else { return .later("too many requests are waiting; try again later") }
        return response(answer)
    }

    /// As signatures need them: names in lower case, in the order of arrival, with `Host`.
    private static func headers(of request: Request) -> [WireHeader] {
        var headers: [WireHeader] = []
        if let authority = request.head.authority { headers.append(WireHeader("host", authority)) }
        for field in request.headers {
            headers.append(WireHeader(field.name.canonicalName, field.value))
        }
        return headers
    }

    private static func inflated(_ bytes: [UInt8], _ hold: BudgetHold) async throws -> [UInt8] {
        var inflater = try Inflater(byteCountMax: inflatedBytesMax)
        var inflated: [UInt8] = []
        try await inflater.inflate(bytes) { piece in
            guard hold.grow(by: piece.count) else { throw Refused(response: .noRoomForBodies) }
            inflated.append(contentsOf: piece)
        }
        try inflater.finish()
        return inflated
    }

    private func response(_ answer: WireResponse) -> Response {
        var headers = HTTPFields()
        for header in answer.headers {
            if let name = HTTPField.Name(header.name) { headers.append(HTTPField(name: name, value: header.value)) }
        }
        headers[.contentLength] = String(answer.body.count)
        let status = HTTPResponse.Status(code: answer.status)
        guard answer.body.count > SendWatch.pieceBytes else {
            return Response(
                status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
        }
        let hold = BudgetHold(door.answers, byteCount: answer.body.count)
        let body = ResponseBody(contentLength: answer.body.count) { writer in
            try await writer.writePieces(answer.body)
            try await writer.finish(nil)
            withExtendedLifetime(hold) {}
        }
        return Response(status: status, headers: headers, body: body)
    }
}
