import Testing
import VarveCrypto
import VarveJSON
import VarveSignature
import VarveTestKit

@testable import VarveIdentity

@Suite struct FailureLimiterTests {
    private typealias Fixture = IdentityFixture
    private static let second: Int64 = 1_000_000_000

    private func source(_ text: String) throws -> FailureLimiter.Source { try #require(FailureLimiter.Source(text)) }

    @Test("a source that failed as often as it may is put off, and gets one failure back at a time")
    func bucket() throws {
        var limiter = FailureLimiter(FailureLimit(burst: 3, perMinute: 60))
        let source = try source("192.0.2.1")
        for _ in 0..<3 {
            #expect(!limiter.isThrottled(source, accessKeyID: "K", nowNs: 0))
            limiter.noteFailure(source, accessKeyID: "K", nowNs: 0)
        }
        #expect(limiter.isThrottled(source, accessKeyID: "K", nowNs: 0))
        #expect(limiter.isThrottled(source, accessKeyID: "K", nowNs: Self.second - 1))
        #expect(!limiter.isThrottled(source, accessKeyID: "K", nowNs: Self.second))
        limiter.noteFailure(source, accessKeyID: "K", nowNs: Self.second)
        #expect(limiter.isThrottled(source, accessKeyID: "K", nowNs: Self.second))
        // More failures at once than there are tokens, of requests on their way together, cost no more than all.
        for _ in 0..<1_000 { limiter.noteFailure(source, accessKeyID: "K", nowNs: Self.second) }
        #expect(!limiter.isThrottled(source, accessKeyID: "K", nowNs: 2 * Self.second))
        // After a minute all three are back.
        for _ in 0..<3 {
            #expect(!limiter.isThrottled(source, accessKeyID: "K", nowNs: 60 * Self.second))
            limiter.noteFailure(source, accessKeyID: "K", nowNs: 60 * Self.second)
        }
        #expect(limiter.isThrottled(source, accessKeyID: "K", nowNs: 60 * Self.second))
    }

    @Test("other sources do not notice; one network of version 6, and both forms of an address of version 4, are one")
    func sources() throws {
        var limiter = FailureLimiter(FailureLimit(burst: 1, perMinute: 1))
        for address in ["192.0.2.1", "2001:db8:1:2::1"] {
            limiter.noteFailure(try source(address), accessKeyID: "K", nowNs: 0)
        }
        for (address, isThrottled) in [
            ("192.0.2.1", true), ("::ffff:192.0.2.1", true), ("192.0.2.2", false), ("2001:db8:1:2::1", true),
            ("2001:db8:1:2:ffff::9", true), ("2001:db8:1:2::1%eth0", true), ("2001:db8:1:3::1", false),
        ] {
            #expect(try limiter.isThrottled(source(address), accessKeyID: "K", nowNs: 1) == isThrottled, "\(address)")
        }
        #expect(FailureLimiter.Source("local") == nil && FailureLimiter.Source("") == nil)
        // This machine: a proxy's clients all come from there.
        for address in ["127.0.0.1", "127.8.8.8", "::ffff:127.0.0.1", "::1"] {
            #expect(FailureLimiter.Source(address) == nil, "\(address)")
        }
    }

    @Test("a key that was right at a source goes on there while others fail, until it fails as often itself")
    func proofs() throws {
        var limiter = FailureLimiter(FailureLimit(burst: 2, perMinute: 1))
        let source = try source("192.0.2.1")
        limiter.noteSuccess(source, accessKeyID: "GOOD", nowNs: 0)
        for index in 0..<9 { limiter.noteFailure(source, accessKeyID: "GUESS\(index)", nowNs: 0) }
        #expect(limiter.isThrottled(source, accessKeyID: "GUESS0", nowNs: 1))
        #expect(!limiter.isThrottled(source, accessKeyID: "GOOD", nowNs: 1))
        #expect(limiter.isThrottled(try self.source("192.0.2.1"), accessKeyID: "good", nowNs: 1))
        for _ in 0..<2 { limiter.noteFailure(source, accessKeyID: "GOOD", nowNs: 1) }
        #expect(limiter.isThrottled(source, accessKeyID: "GOOD", nowNs: 1))
        // Being right again does not fill a bucket.
        limiter.noteSuccess(source, accessKeyID: "GOOD", nowNs: 1)
        #expect(limiter.isThrottled(source, accessKeyID: "GOOD", nowNs: 1))
    }

    @Test("a flood of sources and keys is remembered up to the bound only")
    func bounded() throws {
        var limiter = FailureLimiter(FailureLimit(burst: 1, perMinute: 1, rememberedMax: 64))
        for index in 0..<5_000 {
            let source = try source("10.0.\(index / 256).\(index % 256)")
            limiter.noteFailure(source, accessKeyID: "GUESS\(index)", nowNs: Int64(index))
            limiter.noteSuccess(source, accessKeyID: "K\(index)", nowNs: Int64(index))
            #expect(limiter.isThrottled(source, accessKeyID: "GUESS\(index)", nowNs: Int64(index)))
        }
        #expect(limiter.count <= 128)
    }

    private func signed(_ keyID: String, _ secret: SecretBytes) throws -> SignedRequest {
        var request = SignedRequest(method: "GET", path: "/", headers: [SignedHeader("host", "h")])
        let signer = RequestSigner(accessKeyID: keyID, secret: secret, region: "us-east-1", service: "monitoring")
        try signer.sign(&request, nowSeconds: Fixture.now)
        return request
    }

    private func code(_ fixture: Fixture, _ request: SignedRequest, from address: String?) -> String? {
        do throws(IdentityError) {
            _ = try fixture.service.authenticate(
                request, service: "monitoring", connection: ConnectionFacts(sourceAddress: address),
                nowSeconds: Fixture.now)
            return nil
        } catch {
            return error.code
        }
    }

    @Test("guessing is answered Throttling, the right signature as well, until time has passed; others are let in")
    func service() throws {
        let fixture = try Fixture()
        let wrong = try signed("AKIDEXAMPLE", SecretBytes(copying: Array("guess".utf8)))
        let unknown = try signed("AKIANOBODY", Fixture.secret)
        let right = try signed("AKIDEXAMPLE", Fixture.secret)
        let limit = FailureLimit()
        for index in 0..<limit.burst {
            let isOdd = index.isMultiple(of: 2)
            #expect(
                code(fixture, isOdd ? wrong : unknown, from: "192.0.2.7")
                    == (isOdd ? "SignatureDoesNotMatch" : "InvalidClientTokenId"))
        }
        #expect(code(fixture, wrong, from: "192.0.2.7") == "Throttling")
        #expect(code(fixture, unknown, from: "192.0.2.7") == "Throttling")
        // Who guesses must not learn from the answer that a guess was right.
        #expect(code(fixture, right, from: "192.0.2.7") == "Throttling")
        #expect(code(fixture, right, from: "192.0.2.8") == nil)
        #expect(code(fixture, right, from: nil) == nil)
        fixture.world.clock.advance(byNs: 60 * Self.second / Int64(limit.perMinute))
        #expect(code(fixture, right, from: "192.0.2.7") == nil)
        // Proved now: goes on although the source fails again.
        for _ in 0..<3 { #expect(code(fixture, unknown, from: "192.0.2.7") != nil) }
        #expect(code(fixture, unknown, from: "192.0.2.7") == "Throttling")
        #expect(code(fixture, right, from: "192.0.2.7") == nil)
    }

    @Test("a temporary key that a source was just given is let in there while others fail, and nowhere else")
    func temporaryKeys() throws {
        let fixture = try Fixture()
        let alice = try fixture.signIn("AKIDEXAMPLE")
        let here = RequestContext(
            nowSeconds: Fixture.now, connection: ConnectionFacts(sourceAddress: "192.0.2.7"))
        let answer = try fixture.service.perform(
            service: "sts", operation: "GetSessionToken", input: .object([]), caller: alice, context: here)
        let credentials = try #require(answer["Credentials"])
        let (id, secret) = (
            try #require(credentials["AccessKeyId"]?.string), try #require(credentials["SecretAccessKey"]?.string)
        )
        let unknown = try signed("AKIANOBODY", Fixture.secret)
        for address in ["192.0.2.7", "192.0.2.8"] {
            for _ in 0..<FailureLimit().burst { #expect(code(fixture, unknown, from: address) != nil) }
        }
        var request = SignedRequest(method: "GET", path: "/", headers: [SignedHeader("host", "h")])
        let signer = RequestSigner(
            accessKeyID: id, secret: SecretBytes(copying: Array(secret.utf8)),
            sessionToken: credentials["SessionToken"]?.string, region: "us-east-1", service: "monitoring")
        try signer.sign(&request, nowSeconds: Fixture.now)
        #expect(code(fixture, request, from: "192.0.2.8") == "Throttling")
        #expect(code(fixture, request, from: "192.0.2.7") == nil)
    }

    @Test("requests without a signature, with a wrong clock or of a wrong scope cost nothing and are not counted")
    func uncounted() throws {
        let fixture = try Fixture()
        var late = try signed("AKIDEXAMPLE", Fixture.secret)
        for index in late.headers.indices where late.headers[index].name == "x-amz-date" {
            late.headers[index].value = "20200101T000000Z"
        }
        let bare = SignedRequest(method: "GET", path: "/", headers: [SignedHeader("host", "h")])
        for _ in 0..<300 {
            #expect(code(fixture, late, from: "192.0.2.7") == "SignatureDoesNotMatch")
            #expect(code(fixture, bare, from: "192.0.2.7") == "MissingAuthenticationToken")
        }
        #expect(code(fixture, try signed("AKIDEXAMPLE", Fixture.secret), from: "192.0.2.7") == nil)
    }
}
