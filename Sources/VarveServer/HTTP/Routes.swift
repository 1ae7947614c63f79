import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes
import Varve

/// Which request goes where. Never throws: every fault becomes a response. Any thread.
struct Routes: Sendable {
    let door: Doorway
    let writes: WriteRoute
    let queries: QueryRoute
    let status: StatusRoute
    let snapshots: SnapshotRoute
    let operations: OperationRoute
    /// nil: cloud clients are refused.
    let cloud: CloudRoute?
    private let hostName = HostName.read()
    /// Fetch Metadata Request Headers (W3C): where a browser's request comes from.
    private static let fetchSite = HTTPField.Name(known: "Sec-Fetch-Site")

    init(
        door: Doorway, backend: any ServerBackend, queries pool: QueryPool, watch: ConnectionWatch,
        snapshotDirectory: String, cloud: CloudDoor?, isSecure: Bool
    ) {
        self.door = door
        writes = WriteRoute(door: door)
        queries = QueryRoute(door: door, backend: backend, pool: pool, watch: watch)
        status = StatusRoute(door: door, backend: backend, queries: pool)
        snapshots = SnapshotRoute(door: door, backend: backend, directory: snapshotDirectory)
        operations = OperationRoute(door: door, backend: backend, pool: pool)
        self.cloud = cloud.map { CloudRoute(to: $0, door: door, watch: watch, isSecure: isSecure) }
    }

    func respond(to request: Request, on channel: any Channel) async -> Response {
        door.counters.httpRequests.add()
        var response = await route(request, channel)
        response.headers[.server] = "varve/\(ProductVersion.text)"
        if request.method == .head { response.body = ResponseBody() }
        return response
    }

    private func route(_ request: Request, _ channel: any Channel) async -> Response {
        let refusal = RequestOrigin.refusal(
            origin: request.headers[.origin], host: request.head.authority,
            isLoopback: channel.remoteAddress?.parsedAddress?.isLoopback ?? false, ownName: hostName)
        if let refusal { return .error(.forbidden, refusal) }
        // What a page of elsewhere makes a browser fetch, as a picture, comes without an origin but with this.
        if let site = request.headers[Self.fetchSite], site != "none", site != "same-origin" {
            return .error(.forbidden, "a page of elsewhere may not use this server")
        }
        if let cloud, CloudRoute.isMeant(request.head) { return await cloud.respond(to: request, channel) }
        let parameters = QueryParameters(request.uri.query ?? "")
        switch (request.uri.path, request.method) {
        case ("/write", .post):
            return await besideTheLoop { await writes.respond(to: request, parameters, .version1, channel) }
        case ("/api/v2/write", .post):
            return await besideTheLoop { await writes.respond(to: request, parameters, .version2, channel) }
        case ("/query", .post), ("/query", .get): return await queries.respond(to: request, parameters, channel)
        case ("/ping", .get), ("/ping", .head): return status.ping()
        case ("/health", .get), ("/health", .head): return status.health()
        case ("/stats", .get), ("/stats", .head): return await status.statistics(parameters)
        case ("/snapshot", .post): return await snapshots.respond(to: request, parameters)
        case (let path, .post) where path.hasPrefix(OperationRoute.prefix):
            return await operations.respond(to: request, channel)
        default: return unknown(request)
        }
    }

    private func unknown(_ request: Request) -> Response {
        let methods = [
            "/write": "POST", "/api/v2/write": "POST", "/query": "GET, POST", "/ping": "GET, HEAD",
            "/health": "GET, HEAD", "/stats": "GET, HEAD", "/snapshot": "POST",
        ]
        let isOperation = request.uri.path.hasPrefix(OperationRoute.prefix)
        guard let allowed = isOperation ? "POST" : methods[request.uri.path] else {
            return .error(
                .notFound,
                "nothing is at \(request.uri.path); see /write, /api/v2/write, /query, /ping, /health, /stats, "
                    + "/snapshot, /operation/NAME")
        }
        var response = Response.error(.methodNotAllowed, "\(request.uri.path) takes \(allowed)")
        response.headers[.allow] = allowed
        return response
    }
}
