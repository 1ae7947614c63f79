import Testing
import VarveCrypto
import VarveSignature

/// Signed with the path as it stands, which is for services that keep dot segments. Ours take them away, as the
/// services do whose clients we answer.
struct UnnormalizedVector: Sendable, CustomTestStringConvertible {
    let name: String
    let path: String
    let header: String
    let presigned: String
    /// Whether there is nothing to take away.
    var isSame = false

    var testDescription: String { name }

    var vector: Vector {
        Vector(
            name, "GET", path, query: "", headers: [], body: "", hasToken: false, header: header,
            presigned: presigned)
    }

    static let all: [UnnormalizedVector] = [
        UnnormalizedVector(
            name: "get-slash-unnormalized", path: "//",
            header: "c88bcd3d312d75078c0cd961d6deae3f4c754924b01669efcfcb439fd5e5b76e",
            presigned: "b2a9542809db687769200f56a844a03f2bd0291d6eb90232d5101c6a579446cd"),
        UnnormalizedVector(
            name: "get-slashes-unnormalized", path: "//example//",
            header: "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5",
            presigned: "822a5a9ba28072c5ab2bb4a6307d0c88276d40e49fec6b724c03fb4d4ba60fc2"),
        UnnormalizedVector(
            name: "get-slash-dot-slash-unnormalized", path: "/./",
            header: "68714168e6557f8f2de0ef956fc24dc2593a4bd2961f8df51898d8a134695145",
            presigned: "a9b13e8f3484d9505bf1a6f347219f8f35b0fe8f128ceea597efc146a3dfe90c"),
        UnnormalizedVector(
            name: "get-slash-pointless-dot-unnormalized", path: "/./example",
            header: "beb03f223f7deae4146464f06e29eebbee9c8afbe15c290cf07aa8b119e14cff",
            presigned: "72b11f16d9530b18204bfb71f2d6ab085894c0ed8d352730a6e76234c58b5e10"),
        UnnormalizedVector(
            name: "get-relative-unnormalized", path: "/example/..",
            header: "eca7ead57bb5aa5c8e28007acd4ff04e1ff9a0ff3b237ec1554a184887ff9282",
            presigned: "cbcb213b928a077e43275df47b500f1dfaa864ab3f5a18f6b95f4ff0938167ee"),
        UnnormalizedVector(
            name: "get-relative-relative-unnormalized", path: "/example1/example2/../..",
            header: "dc33e0856fd4baca4d7aa2146c38958283844764f38c74252a333df5e613003b",
            presigned: "b45db0bfd1cf15003493b733e33aa208dd981bd0e63037a6ed953f71d2118a16"),
        UnnormalizedVector(
            name: "get-space-unnormalized", path: "/example space/",
            header: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
            presigned: "7a1f416954786484c9824d93c1f26ef64acb9b1b6c9154d08c9f07d0e394abf6", isSame: true),
    ]
}

/// The cases of the public suite whose signatures a server must refuse, or that sign less than they send. Expected
/// values were computed as those of ``Vector``.
@Suite struct SuiteRestTests {
    private let verifier = SignatureVerifier(rules: SignatureRules(regions: .list(["us-east-1"])))

    private func refusal(_ request: SignedRequest) -> SignatureError? {
        do throws(SignatureError) {
            let claim = try verifier.claim(
                of: request, service: "service", nowSeconds: Vector.nowSeconds, isSecure: false)
            try verifier.verify(request, claim, secret: Vector.secret)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "a path that was signed as it stands is refused where it has something to take away",
        arguments: UnnormalizedVector.all)
    func keptPaths(_ item: UnnormalizedVector) {
        for request in [item.vector.headerRequest, item.vector.presignedRequest] {
            #expect(refusal(request)?.kind == (item.isSame ? nil : .signatureDoesNotMatch))
        }
    }

    @Test("post-sts-header-after: a token that came after signing passes in a header, and never in a query")
    func tokenAfterwards() {
        let vanilla = Vector(
            "post-sts-header-after", "POST", "/", query: "", headers: [], body: "", hasToken: false,
            header: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            presigned: "2ce6e6d2e0cf2f9d1b55fafec88cd20574c31dc2e7631979f71ba2310083e95b")
        var request = vanilla.headerRequest
        request.headers.append(SignedHeader("x-amz-security-token", Vector.token))
        #expect(refusal(request) == nil)
        var presigned = vanilla.presignedRequest
        #expect(refusal(presigned) == nil)
        presigned.query += "&X-Amz-Security-Token=" + PercentCoding.encode(Vector.token)
        #expect(refusal(presigned)?.kind == .signatureDoesNotMatch)
    }
}
