import Testing
import VarveCrypto
import VarveSignature
import VarveTestKit

/// One bit of one part that is signed: always refused, with the code of the first check that it fails.
@Suite struct FlippedBitTests {
    private let verifier = SignatureVerifier(rules: SignatureRules(regions: .any))
    private let now = Vector.nowSeconds
    private static let token = "dG9rZW4rL3Rva2Vu"

    private enum Part: CaseIterable { case method, path, query, header, host, date, body, signature, credential, token }

    @Test("a flipped bit in any signed part is refused with the right code", arguments: [1, 2] as [UInt64])
    func header(_ seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for round in 0..<150 {
            for part in Part.allCases {
                let original = try Self.request(using: &generator)
                var request = original
                let signer = RequestSigner(
                    accessKeyID: "AKIDEXAMPLE", secret: Vector.secret, sessionToken: Self.token, region: "us-east-1",
                    service: "service")
                try signer.sign(&request, nowSeconds: now)
                #expect(refusal(request) == nil, "seed \(seed), round \(round)")
                flip(part, of: &request, using: &generator)
                let kind = refusal(request)?.kind
                #expect(
                    kind.map { allowed(part, request).contains($0) } ?? false,
                    "seed \(seed), round \(round), \(part): \(String(describing: kind)) of \(request)")
            }
        }
    }

    @Test("a flipped bit in the query, the path or the host of a presigned address is refused", arguments: [3, 4])
    func presigned(_ seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for round in 0..<150 {
            for part in [Part.query, .path, .host, .body] {
                var request = try Self.request(using: &generator)
                let signer = RequestSigner(
                    accessKeyID: "AKIDEXAMPLE", secret: Vector.secret, sessionToken: Self.token, region: "us-east-1",
                    service: "service")
                try signer.presign(&request, nowSeconds: now, expiresSeconds: 600)
                #expect(refusal(request) == nil, "seed \(seed), round \(round)")
                let signed = request
                flip(part, of: &request, using: &generator)
                // Digits of escapes have two spellings.
                guard request.query.lowercased() != signed.query.lowercased() || part != .query else { continue }
                #expect(refusal(request) != nil, "seed \(seed), round \(round), \(part): \(request)")
            }
        }
    }

    /// Nothing that two spellings have: no dots, repeated slashes or white space.
    private static func request(using generator: inout SplitMix64) throws -> SignedRequest {
        func word(_ alphabet: String = "abnopABNOP0189-_~") -> String {
            let characters = Array(alphabet)
            let count = Int.random(in: 1...6, using: &generator)
            return String((0..<count).map { _ in characters[Int.random(in: 0..<characters.count, using: &generator)] })
        }
        let path = (0..<Int.random(in: 1...3, using: &generator)).map { _ in "/" + word() }.joined()
        let query = (0..<Int.random(in: 1...3, using: &generator)).map { _ in "\(word())=\(word())%23\(word())" }
        return SignedRequest(
            method: ["GET", "POST"][Int.random(in: 0...1, using: &generator)], path: path + "/%41",
            query: query.joined(separator: "&"),
            headers: [SignedHeader("host", word() + ".local:8095"), SignedHeader("x-some", word())],
            body: Array(word().utf8))
    }

    private func flip(_ part: Part, of request: inout SignedRequest, using generator: inout SplitMix64) {
        func flipped(_ text: String) -> String {
            String(decoding: bytes(Array(text.utf8)), as: UTF8.self)
        }
        func bytes(_ plain: [UInt8]) -> [UInt8] {
            var plain = plain
            let index = Int.random(in: 0..<plain.count, using: &generator)
            plain[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            return plain
        }
        func flipHeader(_ name: String) {
            for index in request.headers.indices where request.headers[index].name == name {
                request.headers[index].value = flipped(request.headers[index].value)
            }
        }
        switch part {
        case .method: request.method = flipped(request.method)
        case .path: request.path = flipped(request.path)
        case .query: request.query = flipped(request.query)
        case .header: flipHeader("x-some")
        case .host: flipHeader("host")
        case .date: flipHeader("x-amz-date")
        case .token: flipHeader("x-amz-security-token")
        case .body: request.body = bytes(request.body)
        case .signature, .credential:
            let name = part == .signature ? "Signature=" : "Credential="
            for index in request.headers.indices where request.headers[index].name == "authorization" {
                let text = request.headers[index].value
                guard let start = text.firstRange(of: name)?.upperBound else { continue }
                let end = text[start...].firstIndex(of: ",") ?? text.endIndex
                request.headers[index].value = text[..<start] + flipped(String(text[start..<end])) + text[end...]
            }
        }
    }

    /// By other means than the code under test.
    private func allowed(_ part: Part, _ request: SignedRequest) -> Set<SignatureError.Kind> {
        switch part {
        case .method, .header, .host, .body: return [.signatureDoesNotMatch]
        case .path:
            let isWhole = request.path.utf8.first == UInt8(ascii: "/") && Self.hasWholeEscapes(request.path)
            return [isWhole ? .signatureDoesNotMatch : .malformedTarget]
        case .query:
            return [Self.hasWholeEscapes(request.query) ? .signatureDoesNotMatch : .malformedQueryString]
        case .date:
            let date = request.header("x-amz-date") ?? ""
            return [BasicTime.parse(date) == nil ? .incompleteSignature : .signatureDoesNotMatch]
        case .token: return [.invalidClientTokenID]
        case .signature:
            // A digit may become the comma between parameters.
            return [
                (request.header("authorization") ?? "").hasCommas(2) ? .signatureDoesNotMatch : .incompleteSignature
            ]
        case .credential:
            // Its slashes, the comma, then scope or key.
            return [.incompleteSignature, .signatureDoesNotMatch, .invalidClientTokenID]
        }
    }

    private static func hasWholeEscapes(_ text: String) -> Bool {
        let pieces = text.utf8.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false).dropFirst()
        return pieces.allSatisfy { piece in
            piece.count >= 2 && piece.prefix(2).allSatisfy { "0123456789abcdefABCDEF".utf8.contains($0) }
        }
    }

    private func refusal(_ request: SignedRequest) -> SignatureError? {
        do throws(SignatureError) {
            let claim = try verifier.claim(of: request, service: "service", nowSeconds: now, isSecure: false)
            // What the caller does: another key or token has another secret.
            guard claim.accessKeyID.utf8.elementsEqual("AKIDEXAMPLE".utf8), claim.sessionToken == Self.token else {
                return .unknownKey
            }
            try verifier.verify(request, claim, secret: Vector.secret)
            return nil
        } catch {
            return error
        }
    }
}

extension String {
    fileprivate func hasCommas(_ count: Int) -> Bool { utf8.count { $0 == UInt8(ascii: ",") } == count }
}
