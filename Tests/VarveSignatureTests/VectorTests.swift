import Testing
import VarveBytes
import VarveCrypto
import VarveSignature

@Suite struct VectorTests {
    private let verifier = SignatureVerifier(rules: SignatureRules(regions: .list(["us-east-1"])))

    private func verify(_ request: SignedRequest) throws {
        let claim = try verifier.claim(of: request, service: "service", nowSeconds: Vector.nowSeconds, isSecure: false)
        #expect(claim.accessKeyID == "AKIDEXAMPLE")
        try verifier.verify(request, claim, secret: Vector.secret)
    }

    @Test("signatures of the public suite are right in a header", arguments: Vector.all)
    func header(_ vector: Vector) throws { try verify(vector.headerRequest) }

    @Test("signatures of the public suite are right in the query", arguments: Vector.all)
    func presigned(_ vector: Vector) throws { try verify(vector.presignedRequest) }

    @Test("the first case has the published signature")
    func anchor() {
        #expect(Vector.all[0].header == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")
    }

    @Test("the specification's worked example is signed to the digit, and its keys are derived so")
    func workedExample() throws {
        var request = SignedRequest(
            method: "POST", path: "/",
            headers: [
                SignedHeader("content-type", "application/x-amz-json-1.1"), SignedHeader("host", "varve.local:8086"),
                SignedHeader("x-amz-target", "TrentService.ListKeys"),
            ], body: Array("{\"Limit\":10}".utf8))
        let signer = RequestSigner(
            accessKeyID: "AKIDEXAMPLE", secret: Vector.secret, region: "us-east-1", service: "kms")
        try signer.sign(&request, nowSeconds: Self.exampleSeconds)
        #expect(
            request.header("authorization")
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260115/us-east-1/kms/aws4_request, "
                + "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
                + "Signature=c3174a179b0ae827fa524f20d091234804cfd5fbf3a0146cb59b1fe106abbb14")
        let key = SigningKey.derive(
            secret: Vector.secret, date: "20260115", region: "us-east-1", service: "kms")
        let digits = key.withBytes { (bytes: UnsafeRawBufferPointer) throws(Never) in Hex.encode(bytes) }
        #expect(digits == "4aa2373794a3cd6f811598de986d3dc4f6b5d922348f827d307b6b18df57d936")
        let claim = try verifier.claim(
            of: request, service: "kms", nowSeconds: Self.exampleSeconds + 1, isSecure: false)
        try verifier.verify(request, claim, secret: Vector.secret)
        let canonical = SignatureVerifier.explain(request, claim).canonicalRequest
        #expect(
            Hex.encode(SHA256.digest(of: Array(canonical.utf8)))
                == "973f328892d49473fe8df808e9475da61828b32148253fd004d6daa0e41078db")
    }

    @Test("the specification's presigned example is signed to the digit")
    func presignedExample() throws {
        var request = SignedRequest(
            method: "GET", path: "/", query: "Action=GetCallerIdentity&Version=2011-06-15",
            headers: [SignedHeader("host", "varve.local:8086")])
        let signer = RequestSigner(
            accessKeyID: "AKIDEXAMPLE", secret: Vector.secret, region: "us-east-1", service: "sts")
        try signer.presign(&request, nowSeconds: Self.exampleSeconds, expiresSeconds: 60)
        #expect(
            request.query.hasSuffix(
                "X-Amz-Signature=1fc3586ec83384bb23abc64a76c2a2a2fa59cf656010f4e840e83023594c3bf2"))
    }

    @Test("a path is encoded once more than it travelled, as botocore does it")
    func doubleEncoding() throws {
        // botocore.auth.SigV4Auth, GET http://h/a%20b/%E1%88%B4/, service `service`, 2015-08-30T12:36:00Z.
        let request = SignedRequest(
            method: "GET", path: "/a%20b/%E1%88%B4/",
            headers: [
                SignedHeader("host", "h"), SignedHeader("x-amz-date", Vector.time),
                SignedHeader(
                    "authorization",
                    "AWS4-HMAC-SHA256 Credential=\(Vector.scope),SignedHeaders=host;x-amz-date,"
                        + "Signature=8d29b7ee0729e859fb81f84e3b8bd0285880f7c18477eb2e67cf2db4316d0001"),
            ])
        try verify(request)
    }

    /// 2026-01-15T12:00:00Z
    private static let exampleSeconds: Int64 = 1_768_478_400
}
