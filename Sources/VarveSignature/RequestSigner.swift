package import VarveCrypto

/// Signs requests that go out, for one set of credentials. A value; any thread.
package struct RequestSigner: Sendable {
    package var accessKeyID: String
    package var secret: SecretBytes
    /// Of temporary credentials.
    package var sessionToken: String?
    package var region: String
    package var service: String

    package init(
        accessKeyID: String, secret: SecretBytes, sessionToken: String? = nil, region: String, service: String
    ) {
        self.accessKeyID = accessKeyID
        self.secret = secret
        self.sessionToken = sessionToken
        self.region = region
        self.service = service
    }

    /// Adds `x-amz-date`, the token's header and `authorization`; signs every header that no proxy may change.
    /// - Parameters:
    ///   - request: has its `host` already, and is sent as it is afterwards.
    ///   - nowSeconds: since 1970.
    /// - Throws: `.malformedTarget` and `.malformedQueryString`: such a request cannot be signed.
    package func sign(_ request: inout SignedRequest, nowSeconds: Int64) throws(SignatureError) {
        let time = BasicTime.format(nowSeconds)
        request.headers.removeAll { $0.name == "authorization" || $0.name == "x-amz-date" }
        request.headers.append(SignedHeader("x-amz-date", time))
        if let sessionToken {
            request.headers.removeAll { $0.name == "x-amz-security-token" }
            request.headers.append(SignedHeader("x-amz-security-token", sessionToken))
        }
        let names = Set(request.headers.map(\.name)).subtracting(Self.unsignedHeaders).sorted()
        let signature = try signature(
            of: request, time: time, signedHeaders: names, query: request.query)
        request.headers.append(
            SignedHeader(
                "authorization",
                "\(SigningKey.algorithm) Credential=\(accessKeyID)/\(scope(time)), "
                    + "SignedHeaders=\(names.joined(separator: ";")), Signature=\(signature)"))
    }

    /// Puts the signature into the query, so that the address alone is enough. Signs the host only.
    /// - Parameter expiresSeconds: how long it is valid, 1 to 604 800.
    package func presign(
        _ request: inout SignedRequest, nowSeconds: Int64, expiresSeconds: Int64
    ) throws(SignatureError) {
        let time = BasicTime.format(nowSeconds)
        var parameters = [
            ("X-Amz-Algorithm", SigningKey.algorithm), ("X-Amz-Credential", "\(accessKeyID)/\(scope(time))"),
            ("X-Amz-Date", time), ("X-Amz-Expires", String(expiresSeconds)), ("X-Amz-SignedHeaders", "host"),
        ]
        if let sessionToken { parameters.append(("X-Amz-Security-Token", sessionToken)) }
        let added = parameters.map { "\($0.0)=\(PercentCoding.encode($0.1))" }.joined(separator: "&")
        let query = request.query.isEmpty ? added : "\(request.query)&\(added)"
        let signature = try signature(of: request, time: time, signedHeaders: ["host"], query: query)
        request.query = "\(query)&X-Amz-Signature=\(signature)"
    }

    /// What proxies and clients may add, drop or change on the way.
    private static let unsignedHeaders: Set<String> = [
        "authorization", "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
    ]

    private func scope(_ time: String) -> String {
        "\(time.prefix(8))/\(region)/\(service)/\(SigningKey.terminator)"
    }

    private func signature(
        of request: SignedRequest, time: String, signedHeaders: [String], query: String
    ) throws(SignatureError) -> String {
        let canonical = CanonicalRequest.make(
            request, path: try CanonicalPath.make(request.path), query: try CanonicalQuery(query).canonical(),
            signedHeaders: signedHeaders, payload: HexText.of(SHA256.digest(of: request.body)))
        let toSign = CanonicalRequest.stringToSign(time: time, scope: scope(time), canonicalRequest: canonical)
        let key = SigningKey.derive(
            secret: secret, date: String(time.prefix(8)), region: region, service: service)
        return String(decoding: HexText.of(HMACSHA256.code(of: toSign, key: key)), as: UTF8.self)
    }
}
