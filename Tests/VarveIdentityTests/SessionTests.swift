import Testing
import VarveCrypto
import VarveJSON
import VarveSignature
import VarveTestKit

@testable import VarveIdentity

/// Keys, sessions and roles, as a front sees them: every caller signs.
@Suite struct SessionTests {
    private typealias Fixture = IdentityFixture
    private let now = IdentityFixture.now

    private func error(_ body: () throws -> Void) -> IdentityError? {
        do {
            try body()
            return nil
        } catch {
            return error as? IdentityError
        }
    }

    @Test("identity of root, users and sessions is that of the table")
    func callers() throws {
        let fixture = try Fixture(alice: [Fixture.policy("Allow", "sts:AssumeRole")])
        let alice = try fixture.signIn("AKIDEXAMPLE")
        let root = try fixture.signIn("ROOTKEY")
        let session = try fixture.assumeWorker(as: alice)
        let plain = try fixture.perform("sts", "GetSessionToken", [:], as: alice)
        let again = try fixture.signIn(credentials: plain["Credentials"] ?? .null)
        for (caller, userID, arn) in [
            (root, Fixture.account, "arn:aws:iam::111122223333:root"), (alice, alice.uniqueID, Fixture.alice),
            (again, alice.uniqueID, Fixture.alice),
            (session, session.uniqueID + ":s1", "arn:aws:sts::111122223333:assumed-role/worker/s1"),
        ] {
            let answer = try fixture.perform("sts", "GetCallerIdentity", [:], as: caller)
            #expect(answer["UserId"]?.string == userID && answer["Arn"]?.string == arn)
            #expect(answer["Account"]?.string == Fixture.account)
        }
        #expect(alice.uniqueID.hasPrefix("AIDA") && alice.uniqueID.utf8.count == 21)
        #expect(session.uniqueID.hasPrefix("AROA") && session.principalARN == Fixture.worker)
    }

    @Test("what a trail says of each kind of caller")
    func userIdentity() throws {
        let fixture = try Fixture(alice: [Fixture.policy("Allow", "sts:AssumeRole")])
        let alice = try fixture.signIn("AKIDEXAMPLE")
        let user = alice.userIdentity()
        #expect(user["type"] == "IAMUser" && user["userName"] == "alice" && user["accessKeyId"] == "AKIDEXAMPLE")
        #expect(user["sessionContext"] == nil)
        let session = try fixture.assumeWorker(as: alice).userIdentity(invokedBy: "cloudtrail.amazonaws.com")
        #expect(session["type"] == "AssumedRole" && session["invokedBy"] == "cloudtrail.amazonaws.com")
        let context = session["sessionContext"]
        #expect(context?["sessionIssuer"]?["userName"] == "worker" && context?["sessionIssuer"]?["type"] == "Role")
        #expect(context?["attributes"]?["creationDate"] == "2026-01-15T12:00:00Z")
        #expect(context?["attributes"]?["mfaAuthenticated"] == "false")
        let engine = fixture.service.engine(account: Fixture.account, region: "us-east-1").userIdentity()
        #expect(engine["type"] == "AWSService" && engine["invokedBy"] == "varve.internal")
    }

    @Test("14 and 15: unknown keys, keys without their token, tokens of others")
    func tokens() throws {
        let fixture = try Fixture()
        let alice = try fixture.signIn("AKIDEXAMPLE")
        let one = try fixture.perform("sts", "GetSessionToken", [:], as: alice)["Credentials"] ?? .null
        let two = try fixture.perform("sts", "GetSessionToken", [:], as: alice)["Credentials"] ?? .null
        let (id, secret) = (one["AccessKeyId"]?.string ?? "", one["SecretAccessKey"]?.string ?? "")
        let token = one["SessionToken"]?.string ?? ""
        let secretBytes = SecretBytes(copying: Array(secret.utf8))
        #expect(id.hasPrefix("ASIA") && id.utf8.count == 20 && secret.utf8.count == 40)
        #expect(AccessKeyID.account(of: id) == Fixture.account)
        let unknown = "The security token included in the request is invalid."
        let invalid = "The security token included in the request is invalid"
        for (keyID, givenToken, message) in [
            ("AKIANOBODYKNOWSTHIS1", nil, unknown), ("A\u{212a}IDEXAMPLE", nil, unknown), (id, nil, invalid),
            (id, "x", invalid), (id, two["SessionToken"]?.string, invalid), ("AKIDEXAMPLE", token, invalid),
            (id, String(token.dropLast(4)) + "AAAA", invalid), (id, token + "=", invalid),
        ] {
            let refusal = error { _ = try fixture.signIn(keyID, secretBytes, token: givenToken) }
            #expect(refusal?.message == message && refusal?.code == "InvalidClientTokenId", "\(keyID)")
            #expect(refusal?.jsonCode == "UnrecognizedClientException" && refusal?.status == 403)
        }
        #expect(error { _ = try fixture.signIn(id, Fixture.secret, token: token) }?.code == "SignatureDoesNotMatch")
        #expect(error { _ = try fixture.signIn(id, secretBytes, token: token) } == nil)
    }

    @Test("a session ends when it says, also one that was used before")
    func expiry() throws {
        let fixture = try Fixture()
        let answer = try fixture.perform(
            "sts", "GetSessionToken", ["DurationSeconds": .integer(900)], as: try fixture.signIn("AKIDEXAMPLE"))
        let credentials = answer["Credentials"] ?? .null
        #expect(credentials["Expiration"] == .integer(now + 900))
        _ = try fixture.signIn(credentials: credentials, nowSeconds: now + 899)
        let refusal = error { _ = try fixture.signIn(credentials: credentials, nowSeconds: now + 900) }
        #expect(refusal?.code == "ExpiredToken" && refusal?.jsonCode == "ExpiredTokenException")
        #expect(refusal?.message == "The security token included in the request is expired")
        let fresh = try Fixture()
        #expect(error { _ = try fresh.signIn(credentials: credentials) }?.code == "InvalidClientTokenId")
    }

    @Test("sessions outlive the day of their key, and no longer than that")
    func rotation() throws {
        let fixture = try Fixture()
        let alice = try fixture.signIn("AKIDEXAMPLE")
        func session(_ after: Int64) throws -> JSONValue {
            let input: [String: JSONValue] = ["DurationSeconds": .integer(129_600)]
            return try fixture.perform(
                "sts", "GetSessionToken", input, as: alice, nowSeconds: now + after)["Credentials"] ?? .null
        }
        let first = try session(0)
        let late = try session(86_399)
        _ = try session(86_400)
        #expect(fixture.service.snapshot.tokenKeys.count == 2)
        _ = try fixture.signIn(credentials: first, nowSeconds: now + 129_599)
        _ = try session(86_399 + 129_599)
        _ = try fixture.signIn(credentials: late, nowSeconds: now + 86_399 + 129_599)
        _ = try session(500_000)
        #expect(fixture.service.snapshot.tokenKeys.count == 1)
    }

    @Test("durations are bounded, with the service's sentences")
    func durations() throws {
        let fixture = try Fixture(alice: [Fixture.policy("Allow", "sts:*")], worker: [Fixture.policy("Allow", "sts:*")])
        let alice = try fixture.signIn("AKIDEXAMPLE")
        func assume(_ seconds: Int64, as caller: CallerContext) -> IdentityError? {
            fixture.refusal(
                "sts", "AssumeRole",
                [
                    "RoleArn": .string(Fixture.worker), "RoleSessionName": "s1", "DurationSeconds": .integer(seconds),
                ], as: caller)
        }
        #expect(
            assume(899, as: alice)?.code == "ValidationError" && assume(43_201, as: alice)?.code == "ValidationError")
        #expect(assume(7_200, as: alice) == nil)
        #expect(
            assume(7_201, as: alice)?.message
                == "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        let session = try fixture.assumeWorker(as: alice)
        #expect(assume(3_600, as: session) == nil)
        #expect(
            assume(3_601, as: session)?.message
                == "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
        let root = try fixture.signIn("ROOTKEY")
        let long = try fixture.perform("sts", "GetSessionToken", ["DurationSeconds": .integer(43_200)], as: root)
        #expect(long["Credentials"]?["Expiration"] == .integer(now + 3_600))
    }

    @Test("what AssumeRole refuses, word for word")
    func assumeRoleRefusals() throws {
        let fixture = try Fixture(alice: [Fixture.policy("Allow", "sts:*")])
        let alice = try fixture.signIn("AKIDEXAMPLE")
        func message(_ input: [String: JSONValue], as caller: CallerContext? = nil) -> String? {
            var all: [String: JSONValue] = ["RoleArn": .string(Fixture.worker), "RoleSessionName": "s1"]
            all.merge(input) { $1 }
            return fixture.refusal("sts", "AssumeRole", all, as: caller ?? alice)?.message
        }
        #expect(message([:]) == nil)
        #expect(
            message([:], as: try fixture.signIn("ROOTKEY")) == "Roles may not be assumed by root accounts.")
        let unknown = Fixture.worker + "2"
        #expect(
            message(["RoleArn": .string(unknown)])
                == "User: \(Fixture.alice) is not authorized to perform: sts:AssumeRole on resource: \(unknown)")
        #expect(message(["RoleArn": "role"]) == "role is invalid")
        #expect(
            message(["RoleSessionName": "Session1:2"])
                == "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: "
                + "Member must satisfy regular expression pattern: [\\w+=,.@-]*")
        #expect(message(["RoleSessionName": "s"])?.contains("length greater than or equal to 2") == true)
        #expect(message(["Policy": "{"])?.hasPrefix("Syntax errors in policy.") == true)
        let bob = try fixture.signIn("test")
        #expect(
            message([:], as: bob)
                == "User: \(Fixture.bob) is not authorized to perform: sts:AssumeRole on resource: \(Fixture.worker)")
    }

    @Test("28: a trust policy that names the account needs an allow, one that names the user does not")
    func trust() throws {
        let byAccount = try Fixture()
        #expect(throws: IdentityError.self) { try byAccount.assumeWorker(as: try byAccount.signIn("AKIDEXAMPLE")) }
        let byName = try Fixture(trust: Fixture.trust(Fixture.alice))
        _ = try byName.assumeWorker(as: try byName.signIn("AKIDEXAMPLE"))
        #expect(throws: IdentityError.self) { try byName.assumeWorker(as: try byName.signIn("test")) }
        let across = try Fixture(trust: Fixture.trust(Fixture.other))
        #expect(throws: IdentityError.self) { try across.assumeWorker(as: try across.signIn("CAROLKEY")) }
        let allowed = try Fixture(
            trust: Fixture.trust(Fixture.other), carol: [Fixture.policy("Allow", "sts:AssumeRole")])
        _ = try allowed.assumeWorker(as: try allowed.signIn("CAROLKEY"))
    }

    @Test("29: an external id that is missing, wrong and right")
    func externalID() throws {
        let trust = Fixture.trust(Fixture.alice, condition: #"{"StringEquals":{"sts:ExternalId":"e-1"}}"#)
        let fixture = try Fixture(trust: trust)
        let alice = try fixture.signIn("AKIDEXAMPLE")
        #expect(throws: IdentityError.self) { try fixture.assumeWorker(as: alice) }
        #expect(throws: IdentityError.self) { try fixture.assumeWorker(as: alice, ["ExternalId": "e-2"]) }
        _ = try fixture.assumeWorker(as: alice, ["ExternalId": "e-1"])
    }

    @Test("tags and source identity of a session are passed on, need their own permission, and stay")
    func tags() throws {
        let fixture = try Fixture(
            alice: [Fixture.policy("Allow", "sts:*")], worker: [Fixture.policy("Allow", "sts:*")])
        let tag = JSONValue.object([JSONMember("Key", "team"), JSONMember("Value", "red")])
        let session = try fixture.assumeWorker(
            as: try fixture.signIn("AKIDEXAMPLE"),
            ["Tags": .array([tag]), "TransitiveTagKeys": .array(["team"]), "SourceIdentity": "alice"])
        #expect(session.tags == ["team": "red"] && session.session?.sourceIdentity == "alice")
        let chained = try fixture.assumeWorker(as: session)
        #expect(chained.tags == ["team": "red"] && chained.session?.sourceIdentity == "alice")
        #expect(chained.session?.chainDepth == 2)
        #expect(throws: IdentityError.self) { try fixture.assumeWorker(as: session, ["SourceIdentity": "bob"]) }
        #expect(throws: IdentityError.self) { try fixture.assumeWorker(as: session, ["Tags": .array([tag])]) }
        let strict = try Fixture(alice: [Fixture.policy("Allow", "sts:AssumeRole")])
        let alice = try strict.signIn("AKIDEXAMPLE")
        #expect(
            strict.refusal(
                "sts", "AssumeRole",
                ["RoleArn": .string(Fixture.worker), "RoleSessionName": "s1", "Tags": .array([tag])], as: alice)?
                .message
                == "User: \(Fixture.alice) is not authorized to perform: sts:TagSession on resource: \(Fixture.worker)")
    }

    private static func tag(_ key: String, _ value: String) -> JSONValue {
        .object([JSONMember("Key", .string(key)), JSONMember("Value", .string(value))])
    }

    @Test("tag keys that differ in case only are the same key")
    func foldedTags() throws {
        let fixture = try Fixture(
            alice: [Fixture.policy("Allow", "sts:*")], worker: [Fixture.policy("Allow", "sts:*")])
        let alice = try fixture.signIn("AKIDEXAMPLE")
        let twice: JSONValue = .array([Self.tag("team", "red"), Self.tag("TEAM", "blue")])
        let input: [String: JSONValue] = ["RoleArn": .string(Fixture.worker), "RoleSessionName": "s1"]
        #expect(
            fixture.refusal("sts", "AssumeRole", input.merging(["Tags": twice]) { $1 }, as: alice)?.message
                == "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        try fixture.service.change { state throws(IdentityError) in
            state.accounts[Fixture.account]?.roles["worker"]?.tags = ["Team": "blue", "other": "x"]
        }
        let session = try fixture.assumeWorker(
            as: alice, ["Tags": .array([Self.tag("team", "red")]), "TransitiveTagKeys": .array(["TEAM"])])
        #expect(session.tags == ["team": "red", "other": "x"] && session.session?.transitiveTagKeys == ["team"])
        #expect(throws: IdentityError.self) {
            try fixture.assumeWorker(as: session, ["Tags": .array([Self.tag("tEAM", "blue")])])
        }
        #expect(try fixture.assumeWorker(as: session).tags == ["team": "red", "other": "x"])
    }

    @Test("ARNs of another partition, or that are equal for Unicode only, name nobody")
    func foreignARNs() throws {
        let fixture = try Fixture(alice: [
            Fixture.policy(), Fixture.policy("Deny", "sts:AssumeRole", on: Fixture.worker),
        ])
        let alice = try fixture.signIn("AKIDEXAMPLE")
        for arn in [
            Fixture.worker, "arn:x:iam::111122223333:role/worker", "arn:aws:iam::111122223333:role/wor\u{212a}er",
        ] {
            let input: [String: JSONValue] = ["RoleArn": .string(arn), "RoleSessionName": "s1"]
            #expect(
                fixture.refusal("sts", "AssumeRole", input, as: alice)?.message
                    == "User: \(Fixture.alice) is not authorized to perform: sts:AssumeRole on resource: \(arn)")
        }
        #expect(fixture.service.principal(arn: "arn:x:iam::111122223333:user/bob") == nil)
        let upper = try fixture.perform("iam", "CreateUser", ["UserName": "K"], as: try fixture.signIn("ROOTKEY"))
        #expect(upper["User"]?["Arn"] == "arn:aws:iam::111122223333:user/K")
        #expect(fixture.service.principal(arn: "arn:aws:iam::111122223333:user/K") != nil)
        #expect(fixture.service.principal(arn: "arn:aws:iam::111122223333:user/\u{212a}") == nil)
    }

    @Test("roles that are there and that are not answer bad requests alike")
    func unknownRoles() throws {
        let fixture = try Fixture(alice: [Fixture.policy("Allow", "sts:*")], mfaSeed: TOTPTests.seed)
        let bob = try fixture.signIn("test")
        let twice: JSONValue = .array([Self.tag("a", "1"), Self.tag("A", "2")])
        let foreign = JSONValue.object([JSONMember("arn", "arn:aws:iam::999988887777:policy/p")])
        let wrongCode = "arn:aws:iam::111122223333:mfa/bob"
        for more: [String: JSONValue] in [
            [:], ["Tags": twice], ["TransitiveTagKeys": .array(["none"])], ["Policy": "{"], ["ExternalId": "x"],
            ["PolicyArns": .array([foreign])], ["SerialNumber": .string(wrongCode), "TokenCode": "000000"],
            ["SourceIdentity": "a b"], ["DurationSeconds": .integer(1)],
        ] {
            let answers = [Fixture.worker, Fixture.worker + "2"].map { arn in
                let input: [String: JSONValue] = ["RoleArn": .string(arn), "RoleSessionName": "s1"]
                return fixture.refusal("sts", "AssumeRole", input.merging(more) { $1 }, as: bob)?
                    .message?.replacing(Fixture.worker + "2", with: Fixture.worker)
            }
            #expect(answers[0] != nil && answers[0] == answers[1])
        }
        let alice = try fixture.signIn("AKIDEXAMPLE")
        let own = JSONValue.object([JSONMember("arn", "arn:aws:iam::aws:policy/ReadOnlyAccess")])
        _ = try fixture.assumeWorker(as: alice, ["PolicyArns": .array([own])])
        #expect(throws: IdentityError.self) {
            try fixture.assumeWorker(as: alice, ["PolicyArns": .array([foreign])])
        }
    }

    @Test("sessions of a user without a one-time password may ask for roles and their own name only")
    func limitedSessions() throws {
        let fixture = try Fixture(alice: [Fixture.policy()], mfaSeed: TOTPTests.seed)
        let alice = try fixture.signIn("AKIDEXAMPLE")
        let plain = try fixture.signIn(
            credentials: try fixture.perform("sts", "GetSessionToken", [:], as: alice)["Credentials"] ?? .null)
        #expect(
            fixture.refusal("sts", "GetSessionToken", [:], as: plain)?.message
                == "Cannot call GetSessionToken with session credentials")
        #expect(fixture.refusal("iam", "ListUsers", [:], as: plain)?.code == "AccessDenied")
        #expect(fixture.refusal("sts", "GetCallerIdentity", [:], as: plain) == nil)
        _ = try fixture.assumeWorker(as: plain)
        let strong = try fixture.perform("sts", "GetSessionToken", TOTPTests.members(now), as: alice)
        let caller = try fixture.signIn(credentials: strong["Credentials"] ?? .null)
        #expect(fixture.refusal("iam", "ListUsers", [:], as: caller) == nil)
        #expect(caller.session?.mfaAuthenticatedAt == now)
    }

    @Test("an access key says its account, registered or encoded")
    func accessKeyInfo() throws {
        let fixture = try Fixture()
        let root = try fixture.signIn("ROOTKEY")
        for (id, account) in [("CAROLKEY", Fixture.other), ("ASIAQNZGKIQY56JQ7WML", "029608264753")] {
            let answer = try fixture.perform("sts", "GetAccessKeyInfo", ["AccessKeyId": .string(id)], as: root)
            #expect(answer["Account"]?.string == account)
        }
        #expect(
            fixture.refusal("sts", "AssumeRoleWithSAML", [:], as: root)?.message
                == "Could not find operation AssumeRoleWithSAML for version 2011-06-15")
    }

    @Test("without authentication everybody is root, with the region of the scope")
    func noAuthentication() throws {
        let service = try IdentityService.open(
            IdentityConfiguration(mode: .noAuthentication(account: Fixture.account)), vault: nil,
            environment: SimulatedWorld(seed: 1).environment)
        var request = SignedRequest(method: "GET", path: "/")
        let plain = try service.authenticate(request, service: "kms", connection: ConnectionFacts(), nowSeconds: now)
        #expect(plain.kind == .root && plain.account == Fixture.account && plain.region == "us-east-1")
        request.headers = [
            SignedHeader("authorization", "AWS4-HMAC-SHA256 Credential=x/20260115/eu-west-1/kms/aws4_request, y")
        ]
        let scoped = try service.authenticate(request, service: "kms", connection: ConnectionFacts(), nowSeconds: now)
        #expect(scoped.region == "eu-west-1")
    }

    @Test("no description of anything shows a secret")
    func redaction() throws {
        let fixture = try Fixture(alice: [Fixture.policy("Allow", "sts:*")])
        let alice = try fixture.signIn("AKIDEXAMPLE")
        let session = try fixture.assumeWorker(as: alice)
        var text = ""
        dump(fixture.service.snapshot, to: &text)
        dump(session, to: &text)
        dump(fixture.service.configuration, to: &text)
        #expect(!text.contains(Fixture.secretText) && text.contains("redacted"))
    }
}
