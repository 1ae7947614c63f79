package import VarveCrypto

/// Verifies Signature Version 4, in two steps because the secret is somebody else's: ``claim(of:service:nowSeconds:
/// isSecure:)`` says whose signature it is said to be, ``verify(_:_:secret:)`` whether it is. Any thread; blocks only
/// for a look-up.
package final class SignatureVerifier: Sendable {
    package let rules: SignatureRules
    private let keys: SigningKeyCache
    /// Stands for the secret of a key that does not exist, so that a wrong key takes as long as a wrong secret.
    private let decoy = SecretBytes(copying: [UInt8](repeating: 0x2e, count: 40))

    package init(rules: SignatureRules, cachedKeyCountMax: Int = 1_024) {
        self.rules = rules
        keys = SigningKeyCache(countMax: cachedKeyCountMax)
    }

    /// First step: reads the claim and checks all of it that needs no secret. O(request without its body).
    /// - Throws: steps 1 to 13 of the order of checks, the first that fails.
    package func claim(
        of request: SignedRequest, service: String, nowSeconds: Int64, isSecure: Bool
    ) throws(SignatureError) -> SignatureClaim {
        try SignatureClaim(request, service: service, rules: rules, nowSeconds: nowSeconds, isSecure: isSecure)
    }

    /// Second step. O(request and its body).
    /// - Parameters:
    ///   - claim: of this very request.
    ///   - secret: the same object for the same secret, or derived keys are not reused.
    /// - Throws: `.signatureDoesNotMatch`.
    package func verify(
        _ request: SignedRequest, _ claim: SignatureClaim, secret: SecretBytes
    ) throws(SignatureError) {
        let (key, isKept) = keys.key(for: claim, secret: secret)
        guard Self.isRight(request, claim, key: key) else { throw .wrongSignature }
        if !isKept { keys.keep(key, for: claim, secret: secret) }
    }

    /// Takes the time of a verification. For keys that nobody has.
    package func pretendToVerify(_ request: SignedRequest, _ claim: SignatureClaim) {
        let key = SigningKey.derive(
            secret: decoy, date: claim.scopeDate, region: claim.scopeRegion, service: claim.service)
        _ = Self.isRight(request, claim, key: key)
    }

    /// Erases the derived keys of a credential that changed or went.
    package func forget(accessKeyID: String) { keys.forget(accessKeyID: accessKeyID) }

    /// What was expected to be signed, for a log: says everything but secrets. Tokens are left out.
    package static func explain(
        _ request: SignedRequest, _ claim: SignatureClaim
    ) -> (canonicalRequest: String, stringToSign: String) {
        let canonical = canonicalRequest(request, claim, digest: HexText.of(SHA256.digest(of: request.body)))
        let toSign = CanonicalRequest.stringToSign(time: claim.time, scope: claim.scope, canonicalRequest: canonical)
        var lines = String(decoding: canonical, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        for index in lines.indices where lines[index].hasPrefix("x-amz-security-token:") {
            lines[index] = "x-amz-security-token:(left out)"
        }
        if let token = claim.sessionToken, lines.count > 2 {
            let encoded = "X-Amz-Security-Token=" + PercentCoding.encode(token)
            let parameters = lines[2].split(separator: "&").map {
                $0 == encoded ? "X-Amz-Security-Token=(left out)" : $0
            }
            lines[2] = Substring(parameters.joined(separator: "&"))
        }
        return (lines.joined(separator: "\n"), String(decoding: toSign, as: UTF8.self))
    }

    private static func isRight(_ request: SignedRequest, _ claim: SignatureClaim, key: SecretBytes) -> Bool {
        let digest = HexText.of(SHA256.digest(of: request.body))
        if case .digest(let declared) = claim.payload, !declared.utf8.elementsEqual(digest) { return false }
        let canonical = canonicalRequest(request, claim, digest: digest)
        let toSign = CanonicalRequest.stringToSign(time: claim.time, scope: claim.scope, canonicalRequest: canonical)
        let signature = HexText.of(HMACSHA256.code(of: toSign, key: key))
        return ConstantTime.isEqual(signature, Array(claim.signature.utf8))
    }

    private static func canonicalRequest(
        _ request: SignedRequest, _ claim: SignatureClaim, digest: [UInt8]
    ) -> [UInt8] {
        CanonicalRequest.make(
            request, path: claim.path, query: claim.query, signedHeaders: claim.signedHeaders,
            payload: claim.payload == .unsigned ? Array(SignatureClaim.unsignedPayload.utf8) : digest)
    }
}
