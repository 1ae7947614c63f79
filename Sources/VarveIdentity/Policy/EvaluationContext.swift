/// What one evaluation can ask: the caller, the request, the resource. Made for each resource; computes values only
/// when a condition names their key.
struct EvaluationContext: VariableSource {
    let caller: CallerContext
    let request: RequestContext
    /// ARN or `*`.
    let resource: String
    /// Of the resource; the caller's own when its ARN names none.
    let resourceAccount: String
    let region: String

    init(caller: CallerContext, request: RequestContext, resource: String) {
        self.caller = caller
        self.request = request
        self.resource = resource
        let named = ARN(resource)?.account ?? ""
        resourceAccount = named.isEmpty || named == "aws" ? caller.account : named
        region = caller.region
    }

    func variable(_ key: String) -> String? {
        guard let values = values(key), values.count == 1 else { return nil }
        return values[0]
    }

    /// - Parameter key: in lower case.
    /// - Returns: nil or empty when the request has no such key.
    func values(_ key: String) -> [String]? {
        if let given = request.values[key] { return given }
        if let value = callerValue(key) ?? connectionValue(key) { return [value] }
        if key.hasPrefix("aws:resourcetag/") { return resourceTag(key.dropFirst("aws:resourcetag/".count)) }
        if key.hasPrefix("aws:principaltag/") { return tag(key.dropFirst("aws:principaltag/".count)).map { [$0] } }
        return nil
    }

    private func tag(_ name: Substring) -> String? {
        // Of keys that differ in case only, of an older vault, always the same one.
        caller.tags.filter { $0.key.lowercased() == name }.min { $0.key < $1.key }?.value
    }

    /// Keys that differ in case only are one key with several values, as with tags of a request.
    private func resourceTag(_ name: Substring) -> [String]? {
        let values = request.resourceTags?(resource).filter { $0.key.lowercased() == name }.map(\.value) ?? []
        return values.isEmpty ? nil : values
    }

    private func callerValue(_ key: String) -> String? {
        switch key {
        case "aws:principalarn": isService ? nil : caller.principalARN
        case "aws:principalaccount": isService ? nil : caller.account
        case "aws:principaltype": principalType
        case "aws:userid": isService ? nil : caller.userID
        case "aws:username": if case .user(let name) = caller.kind { name } else { nil }
        case "aws:principalisawsservice": isService ? "true" : "false"
        case "aws:principalservicename": if case .service(let name) = caller.kind { name } else { nil }
        case "aws:multifactorauthpresent": caller.session.map { $0.mfaAuthenticatedAt == nil ? "false" : "true" }
        case "aws:multifactorauthage":
            caller.session?.mfaAuthenticatedAt.map { String(max(0, request.nowSeconds - $0)) }
        case "aws:tokenissuetime": caller.session.map { TimeText.seconds($0.issuedAt) }
        case "aws:sourceidentity", "sts:sourceidentity": caller.session?.sourceIdentity
        case "aws:requestedregion": region
        case "aws:resourceaccount": resourceAccount
        case "aws:viaawsservice": "false"
        default: nil
        }
    }

    private func connectionValue(_ key: String) -> String? {
        switch key {
        case "aws:currenttime": TimeText.seconds(request.nowSeconds)
        case "aws:epochtime": String(request.nowSeconds)
        case "aws:sourceip": request.connection.sourceAddress
        case "aws:securetransport": request.connection.isSecure ? "true" : "false"
        case "aws:useragent": request.connection.userAgent
        case "aws:referer": request.connection.referer
        default: nil
        }
    }

    private var isService: Bool { if case .service = caller.kind { true } else { false } }

    private var principalType: String? {
        switch caller.kind {
        case .root: "Account"
        case .user: "User"
        case .role: "AssumedRole"
        case .service: nil
        }
    }
}
