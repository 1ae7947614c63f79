/// The services behind one endpoint: finds service, operation and protocol of a request.
package struct ServiceDirectory: Sendable {
    package let services: [ServiceTable]

    package init(services: [ServiceTable]) { self.services = services }

    /// Every table that is built in.
    package static let builtIn = ServiceDirectory(services: BuiltInTables.all)

    /// The table of that name, such as `cloudwatch`.
    package func service(named name: String) -> ServiceTable? { services.first { $0.name == name } }

    /// What a request asks for. O(headers), and for forms O(body).
    /// - Returns: the call, or the whole answer where not even the service can be told.
    package func route(_ request: WireRequest) -> Routing {
        // The order is the specification's: a path or header that names the protocol, the target header, forms, paths.
        if request.header("smithy-protocol") != nil || request.path.hasPrefix("/service/") { return routeCBOR(request) }
        if let target = request.header("x-amz-target") { return routeJSON(request, target: target) }
        if let call = routeREST(request) { return .call(call) }
        return routeQuery(request)
    }

    private func call(
        _ service: ServiceTable, _ wireProtocol: WireProtocol, _ name: String, unknown: (String) -> ServiceFault,
        request: WireRequest
    ) -> Routing {
        let operation = service.protocols.contains(wireProtocol) ? service.operations[name] : nil
        return .call(
            WireCall(
                service: service, wireProtocol: wireProtocol, operationName: name,
                target: operation.map { .success($0) } ?? .failure(unknown(name)),
                isQueryMode: request.header("x-amzn-query-mode")?.lowercased() == "true"))
    }
}

/// Where a request goes.
package enum Routing: Sendable {
    case call(WireCall)
    /// No service can be told, so there is no form for an error either: the answer as it is.
    case answer(WireResponse)
}

// RPC v2 and JSON.
extension ServiceDirectory {
    private func routeCBOR(_ request: WireRequest) -> Routing {
        guard request.header("smithy-protocol").map({ $0 == "rpc-v2-cbor" }) ?? true else {
            return .answer(Self.plain(400, "unknown Smithy-Protocol"))
        }
        guard request.method == "POST" else { return .answer(Self.plain(405, "only POST is allowed here")) }
        let parts = request.path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "service", parts[3] == "operation" else {
            return .answer(Self.plain(404, "no such path"))
        }
        // Clients may send the namespace of the service before its name.
        let name = parts[2].split(separator: ".").last.map(String.init) ?? ""
        guard let service = services.first(where: { $0.targetPrefix == name && $0.protocols.contains(.cbor) }) else {
            return .answer(Self.plain(404, "no such service"))
        }
        guard Self.mediaType(of: request).map({ $0 == "application/cbor" }) ?? request.body.isEmpty else {
            return .answer(Self.plain(415, "the content type of this protocol is application/cbor"))
        }
        return call(service, .cbor, String(parts[4]), unknown: Self.unknownOperation, request: request)
    }

    private func routeJSON(_ request: WireRequest, target: String) -> Routing {
        guard request.method == "POST" else { return .answer(Self.plain(405, "only POST is allowed here")) }
        let dot = target.lastIndex(of: ".")
        let prefix = target[..<(dot ?? target.startIndex)]
        let name = dot.map { String(target[target.index(after: $0)...]) } ?? target
        // Older clients send the last part of a prefix only.
        let found = services.first { service in
            !service.targetPrefix.isEmpty
                && (service.targetPrefix == prefix || service.targetPrefix.hasSuffix(".\(prefix)"))
        }
        guard let service = found ?? scopeService(of: request) else {
            let body = Array(#"{"__type":"UnknownOperationException"}"#.utf8)
            return .answer(
                WireResponse(
                    status: 400, headers: [WireHeader("content-type", "application/x-amz-json-1.1")], body: body))
        }
        let media = Self.mediaType(of: request)
        guard media.map({ $0.hasPrefix("application/x-amz-json-1.") || $0 == "application/json" }) ?? true else {
            return .answer(
                Self.plain(415, "the content type of this protocol is application/x-amz-json-\(service.jsonVersion)"))
        }
        return call(
            service, .json, found == nil ? target : name, unknown: Self.unknownOperation, request: request)
    }

    private static func unknownOperation(_ name: String) -> ServiceFault {
        ServiceFault("UnknownOperationException", "", status: 404)
    }

    /// Lower case, without parameters.
    static func mediaType(of request: WireRequest) -> String? {
        request.header("content-type").map { value in
            value.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        }
    }

    static func plain(_ status: Int, _ text: String) -> WireResponse {
        WireResponse(
            status: status, headers: [WireHeader("content-type", "text/plain")], body: Array("\(text)\n".utf8))
    }
}

// The query protocol and REST.
extension ServiceDirectory {
    private func routeQuery(_ request: WireRequest) -> Routing {
        let media = Self.mediaType(of: request)
        switch request.method {
        case "GET": break
        case "POST":
            guard media == QueryForm.mediaType || (media == nil && request.body.isEmpty) else {
                return .answer(Self.plain(415, "send a form, or name the operation in X-Amz-Target"))
            }
        default: return .answer(Self.plain(405, "only GET and POST are allowed here"))
        }
        guard request.path == "/" || request.path.isEmpty else { return .answer(Self.plain(404, "no such path")) }
        let (name, version) = QueryForm.actionAndVersion(of: request)
        guard let service = queryService(action: name, version: version, request: request) else {
            return .answer(Self.plain(404, "no such service"))
        }
        let operation = version == service.apiVersion ? name.flatMap { service.operations[$0] } : nil
        let refusal = Self.invalidAction(name, version: version)
        return .call(
            WireCall(
                service: service, wireProtocol: .query, operationName: name ?? "",
                target: operation.map { .success($0) } ?? .failure(refusal), isQueryMode: false))
    }

    private static func invalidAction(_ name: String?, version: String?) -> ServiceFault {
        guard let name, !name.isEmpty else {
            return ServiceFault("MissingAction", "The request must contain the parameter Action.")
        }
        return ServiceFault(
            "InvalidAction", "Could not find operation \(name) for version \(version ?? "NO_VERSION_SPECIFIED")")
    }

    /// By version, else by the scope of the credential, else by the name of the operation, else the first service.
    private func queryService(action: String?, version: String?, request: WireRequest) -> ServiceTable? {
        let candidates = services.filter { $0.protocols.contains(.query) }
        if let version, let service = candidates.first(where: { $0.apiVersion == version }) { return service }
        if let service = scopeService(of: request), service.protocols.contains(.query) { return service }
        if let action, let service = candidates.first(where: { $0.operations[action] != nil }) { return service }
        return candidates.first
    }

    /// The service whose signing name the credential scope of the request has, which nobody has verified yet.
    private func scopeService(of request: WireRequest) -> ServiceTable? {
        let presigned = QueryForm.fields(of: request.query).first { $0.name == "X-Amz-Credential" }?.value
        guard let text = request.header("authorization") ?? presigned else { return nil }
        // AKID/date/region/service/aws4_request, in a header after `Credential=` and before a comma.
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 5 else { return nil }
        return services.first { $0.signingName == parts[3] }
    }

    /// Nil when neither the path nor the credential belongs to a service that speaks rest-json.
    private func routeREST(_ request: WireRequest) -> WireCall? {
        guard request.path.utf8.count > 1 else { return nil }
        let segments = RestInput.segments(of: request.path)
        let isQueryMode = false
        for service in services where service.protocols.contains(.restJSON) {
            let found = service.operations.values.first { $0.http.matches(method: request.method, segments: segments) }
            guard let operation = found else { continue }
            return WireCall(
                service: service, wireProtocol: .restJSON, operationName: operation.name, target: .success(operation),
                isQueryMode: isQueryMode)
        }
        guard let service = scopeService(of: request), service.protocols.contains(.restJSON) else { return nil }
        return WireCall(
            service: service, wireProtocol: .restJSON, operationName: "",
            target: .failure(Self.unknownOperation(request.path)), isQueryMode: isQueryMode)
    }
}
