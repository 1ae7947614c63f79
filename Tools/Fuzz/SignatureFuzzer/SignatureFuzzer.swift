import VarveCrypto
import VarveSignature

/// libFuzzer's entry: reads a request as text – method, path and query in a line each, then headers, an empty line and
/// the body – and looks at its signature, which cannot be right. Then the request is signed by us, in a header and in
/// the query, and must be accepted: signer and verifier write the same text of whatever they can read. Any trap,
/// address error or broken demand is a finding.
@c(LLVMFuzzerTestOneInput)
public func fuzzSignature(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let request = request([UInt8](UnsafeBufferPointer(start: start, count: count)))
    precondition(!isRight(request, now), "somebody found a signature without the secret")
    checkSigning(request)
    return 0
}

private let secret = SecretBytes(copying: Array("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".utf8))
private let verifier = SignatureVerifier(rules: SignatureRules(regions: .any, allowsUnsignedPayload: true))
/// 2015-08-30T12:36:00Z
private let now: Int64 = 1_440_938_160

private func isRight(_ request: SignedRequest, _ nowSeconds: Int64) -> Bool {
    do throws(SignatureError) {
        let claim = try verifier.claim(of: request, service: "service", nowSeconds: nowSeconds, isSecure: true)
        _ = SignatureVerifier.explain(request, claim)
        try verifier.verify(request, claim, secret: secret)
        return true
    } catch {
        return false
    }
}

private func checkSigning(_ sent: SignedRequest) {
    var request = sent
    // What a sender may not say beside a signature, or must say truly.
    let reserved: Set<String> = [
        "authorization", "date", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "x-amz-target", "host",
    ]
    request.headers.removeAll { reserved.contains($0.name) || !isPlainName($0.name) }
    request.headers = Array(request.headers.prefix(90))
    request.headers.append(SignedHeader("host", "h"))
    guard !request.query.contains("mz-"), !request.query.contains("%") else { return }
    let signer = RequestSigner(
        accessKeyID: "AKIDEXAMPLE", secret: secret, region: "us-east-1", service: "service")
    var presigned = request
    guard (try? signer.sign(&request, nowSeconds: now)) != nil else { return }
    precondition(isRight(request, now), "a request that was signed is refused")
    guard (try? signer.presign(&presigned, nowSeconds: now, expiresSeconds: 60)) != nil else { return }
    precondition(isRight(presigned, now), "a request that was presigned is refused")
}

private func isPlainName(_ name: String) -> Bool {
    !name.isEmpty
        && name.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "-")
        }
}

private func request(_ input: [UInt8]) -> SignedRequest {
    var lines = input.split(separator: 0x0a, maxSplits: 64, omittingEmptySubsequences: false)[...]
    func next() -> ArraySlice<UInt8> { lines.popFirst() ?? [] }
    func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
    var request = SignedRequest(method: text(next()), path: text(next()), query: text(next()))
    while let line = lines.popFirst(), !line.isEmpty {
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        request.headers.append(SignedHeader(text(line[..<colon]), text(line[colon...].dropFirst())))
    }
    request.body = Array(lines.joined(separator: [0x0a]))
    return request
}
