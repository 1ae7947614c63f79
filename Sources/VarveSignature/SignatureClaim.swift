/// What a request says about its signature, with everything checked that needs no secret. The first of two steps.
package struct SignatureClaim: Sendable {
    /// Where the signature stood.
    package enum Carrier: Sendable, Equatable {
        case header
        /// A presigned address.
        case query
    }

    enum Payload: Sendable, Equatable {
        case body
        /// As the sender says; must be the body's digest.
        case digest(String)
        case unsigned
    }

    package let carrier: Carrier
    /// As sent: any text without a slash.
    package let accessKeyID: String
    /// The region that the scope means, one of the accepted.
    package let region: String
    package let service: String
    /// Of temporary credentials.
    package let sessionToken: String?
    /// When the request was signed, in seconds since 1970.
    package let signedAtSeconds: Int64
    /// `YYYYMMDD`.
    let scopeDate: String
    /// As the scope writes it.
    let scopeRegion: String
    /// ISO basic.
    let time: String
    let signature: String
    /// Names as the sender lists them, none twice.
    let signedHeaders: [String]
    let path: [UInt8]
    let query: [UInt8]
    let payload: Payload
    /// Keys of earlier days are of no use at the time of the request.
    let firstUsableDate: String

    var scope: String { "\(scopeDate)/\(scopeRegion)/\(service)/\(SigningKey.terminator)" }
}

extension SignatureClaim {
    /// Reads and checks in the order of the service. O(request), without its body.
    /// - Parameters:
    ///   - service: what the scope must name, such as `monitoring`.
    ///   - nowSeconds: the server's time of day, since 1970.
    ///   - isSecure: whether the request came over TLS.
    package init(
        _ request: SignedRequest, service: String, rules: SignatureRules, nowSeconds: Int64, isSecure: Bool
    ) throws(SignatureError) {
        path = try CanonicalPath.make(request.path)
        let parameters = try CanonicalQuery(request.query)
        let parts = try CarrierParts(request, parameters)
        signedHeaders = try Self.signedHeaders(parts, request)
        let clock = try SigningClock(parts, rules: rules, nowSeconds: nowSeconds)
        let scope = try CredentialScope(parts.credential, time: clock.time, service: service, rules: rules)
        payload = try Self.payload(of: request, rules: rules, isSecure: isSecure)
        query = parameters.canonical()
        carrier = parts.carrier
        accessKeyID = scope.accessKeyID
        region = scope.region
        self.service = service
        sessionToken = parts.token
        signedAtSeconds = clock.seconds
        time = clock.time
        scopeDate = scope.date
        scopeRegion = scope.writtenRegion
        signature = parts.signature
        firstUsableDate = String(BasicTime.format(nowSeconds - rules.clockSkewSeconds).prefix(8))
    }

    /// The host, and headers that choose an operation or vouch for the body, must be covered when they are there:
    /// without that a captured request could be given another meaning.
    private static func signedHeaders(
        _ parts: CarrierParts, _ request: SignedRequest
    ) throws(SignatureError) -> [String] {
        // First of all: each name costs its whole header, before anybody has proved anything.
        let names = parts.signedHeaders.piecesOfBytes(at: UInt8(ascii: ";"), maxSplits: signedHeaderCountMax)
        // No list at all lacks the host, and is told so.
        let isWhole = parts.signedHeaders.isEmpty || !names.contains("")
        guard isWhole, names.count <= signedHeaderCountMax,
            CanonicalRequest.isAscending(names) || Set(names).count == names.count
        else {
            throw .incomplete("'SignedHeaders' must list at most \(signedHeaderCountMax) names, each of them once.")
        }
        guard names.contains("host") || names.contains(":authority") else {
            throw .mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
        }
        for name in ["x-amz-target", "x-amz-content-sha256"] where request.header(name) != nil {
            guard names.contains(name) else {
                throw .mismatch("'\(name)' must be a 'SignedHeader' in the AWS Authorization.")
            }
        }
        return names
    }

    /// Clients sign a dozen.
    private static let signedHeaderCountMax = 100

    private static func payload(
        of request: SignedRequest, rules: SignatureRules, isSecure: Bool
    ) throws(SignatureError) -> Payload {
        guard let value = request.header("x-amz-content-sha256") else { return .body }
        if value == unsignedPayload, rules.allowsUnsignedPayload, isSecure { return .unsigned }
        if value == unsignedPayload || value.hasPrefix("STREAMING-") {
            throw .incomplete("Unsupported payload signing mode '\(value)'")
        }
        return .digest(value)
    }

    static let unsignedPayload = "UNSIGNED-PAYLOAD"
}

/// The signature's parts, wherever they stood.
struct CarrierParts {
    let carrier: SignatureClaim.Carrier
    let credential: String
    let signature: String
    let signedHeaders: String
    let date: String
    /// Whether the date may have the older form.
    let isDateHeader: Bool
    let token: String?
    /// Only of presigned requests.
    let expires: String?

    init(_ request: SignedRequest, _ query: CanonicalQuery) throws(SignatureError) {
        let authorization = request.header("authorization")
        let hasQuery = query.first("X-Amz-Algorithm") != nil || query.first("X-Amz-Signature") != nil
        switch (authorization, hasQuery) {
        case (nil, false): throw .missingToken
        case (.some, true): throw .mismatch(nil)
        case (.some(let value), false): try self.init(authorization: value, request)
        case (nil, true): try self.init(presigned: query)
        }
    }

    private init(authorization: String, _ request: SignedRequest) throws(SignatureError) {
        let trimmed = Array(authorization.utf8)[...].trimmingSpaces()
        let algorithm = trimmed.prefix { $0 != UInt8(ascii: " ") }
        guard algorithm.elementsEqual(SigningKey.algorithm.utf8) else {
            throw .incomplete("Unsupported AWS 'algorithm': '\(String(decoding: algorithm, as: UTF8.self))'.")
        }
        let parameters = try HeaderParameters(trimmed[algorithm.endIndex...], of: authorization)
        let timestamp = request.header("x-amz-date") ?? request.header("date")
        guard let credential = parameters.credential, let signature = parameters.signature,
            let signedHeaders = parameters.signedHeaders, let timestamp
        else {
            var faults = parameters.missing.map { "Authorization header requires '\($0)' parameter." }
            if timestamp == nil {
                faults.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
            }
            throw .incomplete((faults + ["Authorization=\(SigningKey.algorithm)"]).joined(separator: " "))
        }
        carrier = .header
        self.credential = credential
        self.signature = signature
        self.signedHeaders = signedHeaders
        date = timestamp
        isDateHeader = request.header("x-amz-date") == nil
        token = request.header("x-amz-security-token")
        expires = nil
    }

    /// The first of repeated ones counts.
    private init(presigned query: CanonicalQuery) throws(SignatureError) {
        guard query.first("X-Amz-Algorithm") == SigningKey.algorithm else { throw .missingToken }
        let names = ["X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"]
        let values = names.map { query.first($0) }
        guard let credential = values[0], let signature = values[1], let signedHeaders = values[2], let date = values[3]
        else {
            let faults = zip(names, values).filter { $0.1 == nil }.map {
                "AWS query-string parameters must include '\($0.0)'."
            }
            throw .incomplete((faults + ["Re-examine the query-string parameters."]).joined(separator: " "))
        }
        carrier = .query
        self.credential = credential
        self.signature = signature
        self.signedHeaders = signedHeaders
        self.date = date
        isDateHeader = false
        token = query.first("X-Amz-Security-Token")
        expires = query.first("X-Amz-Expires")
    }
}

/// What stands behind the algorithm in a header; of repeated parameters the last counts, unknown ones do not.
private struct HeaderParameters {
    private(set) var credential: String?
    private(set) var signature: String?
    private(set) var signedHeaders: String?

    /// Names, in the order of the service.
    var missing: [String] {
        [("Credential", credential), ("Signature", signature), ("SignedHeaders", signedHeaders)]
            .filter { $0.1 == nil }.map(\.0)
    }

    init(_ text: ArraySlice<UInt8>, of authorization: String) throws(SignatureError) {
        var rest = text.trimmingSpaces()
        // Nothing at all is nothing wrong: what is missing is said next.
        var isLast = rest.isEmpty
        while !isLast {
            let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.endIndex
            let piece = rest[..<end].trimmingSpaces()
            isLast = end == rest.endIndex
            rest = rest[end...].dropFirst()
            guard let equals = piece.firstIndex(of: UInt8(ascii: "=")) else {
                throw .incomplete(
                    "'\(String(decoding: piece, as: UTF8.self))' not a valid key=value pair (missing equal-sign) in "
                        + "Authorization header: '\(authorization)'")
            }
            set(piece[..<equals], piece[(equals + 1)...])
        }
    }

    private mutating func set(_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) {
        if name.elementsEqual("Credential".utf8) {
            credential = String(decoding: value, as: UTF8.self)
        } else if name.elementsEqual("Signature".utf8) {
            signature = String(decoding: value, as: UTF8.self)
        } else if name.elementsEqual("SignedHeaders".utf8) {
            signedHeaders = String(decoding: value, as: UTF8.self)
        }
    }
}

extension ArraySlice<UInt8> {
    /// Without spaces and tabs at either end.
    fileprivate func trimmingSpaces() -> ArraySlice<UInt8> {
        let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return self[endIndex...]
        }
        return self[first...last]
    }
}

extension String {
    /// What stands between separators, empty pieces as well. By bytes: what Unicode joins to a separator does not hide
    /// it, and it is several times as fast as by characters.
    func piecesOfBytes(at separator: UInt8, maxSplits: Int = .max) -> [String] {
        Array(utf8).split(separator: separator, maxSplits: maxSplits, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
