import Testing
import VarveCrypto
import VarveSignature
import VarveTestKit

/// What somebody may do to a request without the secret: nothing.
@Suite struct HostileSignatureTests {
    private let verifier = SignatureVerifier(rules: SignatureRules(regions: .any))
    private let now = Vector.nowSeconds

    private func signed(presigned: Bool = false) throws -> SignedRequest {
        var request = SignedRequest(
            method: "POST", path: "/v1/thing", query: "b=2&a=1",
            headers: [
                SignedHeader("host", "varve.local:8095"), SignedHeader("content-type", "application/x-amz-json-1.1"),
                SignedHeader("x-amz-target", "TrentService.ListKeys"), SignedHeader("x-two", "1"),
                SignedHeader("x-two", "2"), SignedHeader("user-agent", "test"),
            ], body: Array("{\"Limit\":10}".utf8))
        let signer = RequestSigner(
            accessKeyID: "AKIDEXAMPLE", secret: Vector.secret, sessionToken: "token", region: "us-east-1",
            service: "service")
        if presigned {
            request.headers.removeAll { $0.name == "x-amz-target" }
            try signer.presign(&request, nowSeconds: now, expiresSeconds: 60)
        } else {
            try signer.sign(&request, nowSeconds: now)
        }
        return request
    }

    /// nil when it is accepted as what it was signed for.
    private func refusal(_ request: SignedRequest, token: String? = "token") -> SignatureError? {
        do throws(SignatureError) {
            let claim = try verifier.claim(of: request, service: "service", nowSeconds: now, isSecure: false)
            // What the caller does: another key or token has another secret.
            guard claim.accessKeyID.utf8.elementsEqual("AKIDEXAMPLE".utf8), claim.sessionToken == token else {
                return .unknownKey
            }
            try verifier.verify(request, claim, secret: Vector.secret)
            return nil
        } catch {
            return error
        }
    }

    @Test("unchanged requests are accepted, and so are changes of what is not signed")
    func accepted() throws {
        #expect(refusal(try signed()) == nil)
        #expect(refusal(try signed(presigned: true)) == nil)
        var request = try signed()
        request.headers.removeAll { $0.name == "user-agent" }
        request.headers.append(SignedHeader("x-forwarded-for", "127.0.0.1"))
        request.headers.reverse()
        // The order of equal names counts, that of others does not.
        let twos = request.headers.indices.filter { request.headers[$0].name == "x-two" }
        request.headers.swapAt(twos[0], twos[1])
        #expect(refusal(request) == nil)
    }

    @Test("the order of parameters, the spelling of escapes and dot segments change nothing")
    func equivalent() throws {
        var request = try signed()
        request.query = "a=%31&b=2"
        request.path = "//v1/./x/../thing"
        #expect(refusal(request) == nil)
    }

    @Test("every change of what is signed is refused as a wrong signature")
    func changes() throws {
        let changes: [(String, (inout SignedRequest) -> Void)] = [
            ("method", { $0.method = "GET" }), ("method case", { $0.method = "post" }),
            ("path", { $0.path = "/v1/thing2" }), ("trailing slash", { $0.path = "/v1/thing/" }),
            ("path case", { $0.path = "/V1/thing" }), ("path escape", { $0.path = "/v1/th%69ng" }),
            ("query value", { $0.query = "b=2&a=2" }), ("query more", { $0.query += "&c=" }),
            ("query less", { $0.query = "a=1" }), ("query twice", { $0.query += "&a=1" }),
            ("body byte", { $0.body[0] ^= 1 }), ("body longer", { $0.body.append(0x20) }),
            ("body empty", { $0.body = [] }),
            ("header value", { $0.set("content-type", "application/json") }),
            ("header case", { $0.set("content-type", "Application/x-amz-json-1.1") }),
            ("header gone", { $0.headers.removeAll { $0.name == "content-type" } }),
            ("header twice", { $0.headers.append(SignedHeader("content-type", "application/x-amz-json-1.1")) }),
            ("retargeted", { $0.set("x-amz-target", "TrentService.ScheduleKeyDeletion") }),
            ("host port", { $0.set("host", "varve.local") }),
            ("date", { $0.set("x-amz-date", "20150830T123601Z") }),
            ("duplicates swapped", { $0.headers.swapAt(3, 4) }),
            ("non-ASCII", { $0.set("x-two", "1\u{301}") }),
        ]
        for (name, change) in changes {
            var request = try signed()
            change(&request)
            #expect(refusal(request)?.kind == .signatureDoesNotMatch, "\(name)")
        }
    }

    @Test("a changed credential, token or list of headers is refused")
    func authorizationChanges() throws {
        let changes: [(String, String, SignatureError.Kind)] = [
            ("AKIDEXAMPLE", "AKIDEXAMPLF", .invalidClientTokenID),
            // The Kelvin sign equals a K for Unicode, and must not do so here.
            ("AKIDEXAMPLE", "A\u{212a}IDEXAMPLE", .invalidClientTokenID),
            ("20150830", "20150831", .signatureDoesNotMatch), ("us-east-1", "us-east-2", .signatureDoesNotMatch),
            ("/service/", "/kms/", .signatureDoesNotMatch), ("aws4_request", "aws4-request", .signatureDoesNotMatch),
            ("host;", "", .signatureDoesNotMatch), (";x-two", "", .signatureDoesNotMatch),
            ("host;x-amz-date", "x-amz-date;host", .signatureDoesNotMatch),
            ("content-type;", "content-type;content-type;", .incompleteSignature),
            ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1", .incompleteSignature),
            ("Signature=", "Signature=0", .signatureDoesNotMatch),
        ]
        for (old, new, kind) in changes {
            var request = try signed()
            let authorization = try #require(request.header("authorization"))
            #expect(authorization.contains(old))
            request.set("authorization", authorization.replacing(old, with: new, maxReplacements: 1))
            #expect(refusal(request)?.kind == kind, "\(old) to \(new)")
        }
        var request = try signed()
        request.set("x-amz-security-token", "other")
        #expect(refusal(request)?.kind == .invalidClientTokenID)
        request.headers.removeAll { $0.name == "x-amz-security-token" }
        #expect(refusal(request)?.kind == .invalidClientTokenID)
    }

    @Test("very long and strange requests are refused or accepted, and trap nowhere")
    func strange() throws {
        var request = try signed()
        request.set("x-two", String(repeating: " a", count: 1 << 16))
        #expect(refusal(request)?.kind == .signatureDoesNotMatch)
        request.query = String(repeating: "&=&", count: 10_000)
        #expect(refusal(request) != nil)
        request.path = "/" + String(repeating: "../a/", count: 10_000)
        #expect(refusal(request)?.kind == .malformedTarget)
        request.path = "/" + String(repeating: "a/../", count: 10_000)
        #expect(refusal(request) != nil)
        request.set("authorization", String(repeating: "AWS4-HMAC-SHA256 ,=", count: 1_000))
        #expect(refusal(request)?.kind == .incompleteSignature)
    }

    @Test(
        "random changes never trap, and are accepted only when they change nothing that is signed", arguments: [1, 2])
    func random(_ seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for round in 0..<2_000 {
            let isPresigned = Bool.random(using: &generator)
            let original = try signed(presigned: isPresigned)
            var request = original
            let field = mutate(&request, using: &generator)
            guard request != original, refusal(request) == nil else { continue }
            // Accepted although different: the text that was signed must be the same, down to the byte.
            #expect(
                Self.meaning(of: request, isPresigned) == Self.meaning(of: original, isPresigned),
                "seed \(seed), round \(round): \(field)")
        }
    }

    /// What a request says, with everything that does not count taken away, by other means than the code under test.
    private static func meaning(of request: SignedRequest, _ isPresigned: Bool) -> [String] {
        let query = request.query.split(separator: "&").map { unescaped($0) }.sorted()
        let path = request.path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        // A presigned request covers its host alone.
        let unsigned = ["user-agent", "authorization"]
        let covered = request.headers.filter { isPresigned ? $0.name == "host" : !unsigned.contains($0.name) }
        let headers = covered.map { header in
            let words = header.value.unicodeScalars.split { [" ", "\t", "\r", "\n"].contains($0) }
            return "\(header.name):\(words.map { String($0) }.joined(separator: " "))"
        }
        return [request.method, path, "\(request.body)"] + query + headers.sorted()
    }

    private static func unescaped(_ text: Substring) -> String {
        let bytes = Array(text.utf8)
        var plain: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let value = UInt8(String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
            {
                plain.append(value)
                index += 3
            } else {
                plain.append(bytes[index] == UInt8(ascii: "+") ? UInt8(ascii: " ") : bytes[index])
                index += 1
            }
        }
        // A parameter without an equal-sign has an empty value.
        let piece = String(decoding: plain, as: UTF8.self)
        return text.contains("=") ? piece : piece + "="
    }

    private func mutate(_ request: inout SignedRequest, using generator: inout SplitMix64) -> String {
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: request.method = mutated(request.method, using: &generator)
        case 1: request.path = mutated(request.path, using: &generator)
        case 2: request.query = mutated(request.query, using: &generator)
        case 3:
            let index = Int.random(in: 0..<request.body.count, using: &generator)
            request.body[index] = UInt8.random(in: 0...255, using: &generator)
        default:
            let index = Int.random(in: 0..<request.headers.count, using: &generator)
            request.headers[index].value = mutated(request.headers[index].value, using: &generator)
            return "header \(request.headers[index].name): \(request.headers[index].value)"
        }
        return "\(request.method) \(request.path) \(request.query)"
    }

    private func mutated(_ text: String, using generator: inout SplitMix64) -> String {
        var bytes = Array(text.utf8)
        let alphabet = Array(" \t/.%&=+;,aA0zé\0\r\n~".utf8)
        let byte = alphabet.randomElement(using: &generator) ?? 0
        let index = Int.random(in: 0...bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes.insert(byte, at: index)
        case 1 where index < bytes.count: bytes[index] = byte
        default: if index < bytes.count { bytes.remove(at: index) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("derived keys are bounded, and a changed secret never meets an old key")
    func keyCache() throws {
        let verifier = SignatureVerifier(rules: SignatureRules(regions: .any), cachedKeyCountMax: 8)
        let other = SecretBytes(copying: Array("another secret".utf8))
        for index in 0..<40 {
            var request = SignedRequest(method: "GET", path: "/", headers: [SignedHeader("host", "h")])
            let signer = RequestSigner(
                accessKeyID: "K\(index % 20)", secret: index < 20 ? Vector.secret : other, region: "r",
                service: "service")
            try signer.sign(&request, nowSeconds: now)
            let claim = try verifier.claim(of: request, service: "service", nowSeconds: now, isSecure: false)
            try verifier.verify(request, claim, secret: index < 20 ? Vector.secret : other)
            #expect(throws: SignatureError.self) {
                try verifier.verify(request, claim, secret: index < 20 ? other : Vector.secret)
            }
        }
    }

    @Test(
        "lists of signed headers that repeat a name, have an empty one or more than 100 are refused at once",
        arguments: [
            "host;host", "host;", ";host", "host;;x-two", String(repeating: "x-two;", count: 5_000) + "host",
            "host" + (0..<100).map { ";h\($0)" }.joined(),
        ])
    func signedHeaderLists(_ names: String) throws {
        var request = try signed()
        let authorization = try #require(request.header("authorization"))
        let start = try #require(authorization.firstRange(of: "SignedHeaders=")).upperBound
        let end = try #require(authorization[start...].firstIndex(of: ","))
        request.set("authorization", authorization[..<start] + names + authorization[end...])
        #expect(refusal(request)?.kind == .incompleteSignature)
        request.set(
            "authorization",
            authorization[..<start] + (0..<99).map { "h\($0);" }.joined() + "host;"
                + authorization[end...])
        #expect(refusal(request)?.kind == .incompleteSignature)
        request.set(
            "authorization",
            authorization[..<start] + (0..<98).map { "h\($0);" }.joined() + "host;x-amz-target"
                + authorization[end...])
        #expect(refusal(request)?.kind == .signatureDoesNotMatch)
    }

    @Test("an explanation shows no token")
    func explanation() throws {
        for isPresigned in [false, true] {
            let request = try signed(presigned: isPresigned)
            let claim = try verifier.claim(of: request, service: "service", nowSeconds: now, isSecure: false)
            let text = SignatureVerifier.explain(request, claim).canonicalRequest
            #expect(!text.contains("=token") && !text.contains(":token") && text.contains("(left out)"))
        }
    }
}

extension SignedRequest {
    fileprivate mutating func set(_ name: String, _ value: String) {
        if let index = headers.firstIndex(where: { $0.name == name }) { headers[index].value = value }
    }
}
