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
    static func isMeant(_ request: Request) -> Bool {
        if request.headers[targetHeader] != nil || request.headers[protocolHeader] != nil { return true }
        if request.headers[.authorization]?.hasPrefix("AWS4-HMAC-SHA256") == true { return true }
        let query = request.uri.query ?? ""
        if request.uri.path == "/" {
            return request.method == .post || query.contains("Action=") || query.contains("X-Amz-Signature=")
        }
        return request.uri.path.hasPrefix("/service/")
    }

    private static let targetHeader = HTTPField.Name(known: "X-Amz-Target")
    private static let protocolHeader = HTTPField.Name(known: "Smithy-Protocol")

    func respond(to request: Request, _ channel: any Channel) async -> Response {
        let hold = BodyHold(door.cloudBodies)
        do throws(Refused) {
            let sent = try await collect(request.body, hold)
            var wire = WireRequest(
                method: request.method.rawValue, path: request.uri.path, query: request.uri.query ?? "",
                headers: Self.headers(of: request), body: sent)
            guard let coding = request.headers[.contentEncoding]?.lowercased(), coding != "identity", !coding.isEmpty
            else { return await respond(to: wire, nil, channel) }
            wire.body = try await Self.expand(sent, coding, hold)
            // What is signed is what was sent.
            return await respond(to: wire, sent, channel)
        } catch {
            switch error {
            case .closing(let response): return response.closing(channel)
            case .answer(let response): return response
            }
        }
    }

    /// Why a body does not reach the front.
    private enum Refused: Error {
        /// The client may still be sending.
        case closing(Response)
        case answer(Response)
    }

    private func collect(_ body: RequestBody, _ hold: BodyHold) async throws(Refused) -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            for try await piece in body {
                guard bytes.count + piece.readableBytes <= Self.bodyBytesMax else { throw Self.tooLarge }
                guard hold.grow(by: piece.readableBytes) else { throw Refused.closing(Self.noRoom) }
                bytes.append(contentsOf: piece.readableBytesView)
            }
        } catch let error as Refused {
            throw error
        } catch {
            throw .closing(.error(.badRequest, "the request was cut short"))
        }
        return bytes
    }

    private static let tooLarge = Refused.closing(
        .error(.contentTooLarge, "a request with more than \(bodyBytesMax) bytes; send it in parts"))
    private static let noRoom = Response.later("requests that are being received take all memory set aside for them")

    private static func expand(_ sent: [UInt8], _ coding: String, _ hold: BodyHold) async throws(Refused) -> [UInt8] {
        guard coding == "gzip" else {
            throw .answer(
                .error(.unsupportedMediaType, "Content-Encoding \"\(coding)\"; known: gzip, identity"))
        }
        do {
            return try await inflated(sent, hold)
        } catch let error as Refused {
            throw error
        } catch Inflater.Failure.tooLarge(let limit) {
            throw .answer(.error(.contentTooLarge, "the body unpacks to more than \(limit) bytes"))
        } catch {
            throw .answer(.error(.badRequest, "the body is not what its Content-Encoding says, gzip: \(error)"))
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
        return Self.response(answer)
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

    private static func inflated(_ bytes: [UInt8], _ hold: BodyHold) async throws -> [UInt8] {
        var inflater = try Inflater(byteCountMax: inflatedBytesMax)
        var inflated: [UInt8] = []
        try await inflater.inflate(bytes) { piece in
            guard hold.grow(by: piece.count) else { throw Refused.answer(noRoom) }
            inflated.append(contentsOf: piece)
        }
        try inflater.finish()
        return inflated
    }

    private static func response(_ answer: WireResponse) -> Response {
        var headers = HTTPFields()
        for header in answer.headers {
            if let name = HTTPField.Name(header.name) { headers.append(HTTPField(name: name, value: header.value)) }
        }
        headers[.contentLength] = String(answer.body.count)
        return Response(
            status: HTTPResponse.Status(code: answer.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}
