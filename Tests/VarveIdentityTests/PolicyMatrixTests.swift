import Testing
@testable import VarveIdentity
import VarveJSON

/// The numbered rows of the specification's evaluation matrix, and each operator by itself.
@Suite struct PolicyMatrixTests {
    private typealias Fixture = IdentityFixture
    private static let keyPolicyOfAccount = keyPolicy(Fixture.account)

    private static func keyPolicy(_ principal: String, effect: String = "Allow", condition: String = "{}") -> String {
        """
        {"Version":"2012-10-17","Statement":[{"Effect":"\(effect)","Principal":{"AWS":"\(principal)"},
        "Action":"kms:*","Resource":"*","Condition":\(condition)}]}
        """
    }

    /// How alice, with these policies, gets on with `kms:Decrypt` of a key.
    private func decide(
        _ policies: [String] = [], boundary: String? = nil, keyPolicy: String? = nil, action: String = "kms:Decrypt",
        on resource: String = IdentityFixture.key, _ values: [String: [String]] = [:], isGranted: Bool = false
    ) throws -> Decision {
        let fixture = try Fixture(alice: policies, boundary: boundary)
        return try decide(
            fixture, try fixture.caller(Fixture.alice), keyPolicy: keyPolicy, action: action, on: resource, values,
            isGranted: isGranted)
    }

    private func decide(
        _ fixture: IdentityFixture, _ caller: CallerContext, keyPolicy: String? = nil, action: String = "kms:Decrypt",
        on resource: String = IdentityFixture.key, _ values: [String: [String]] = [:], isGranted: Bool = false
    ) throws -> Decision {
        let policy = try keyPolicy.map {
            try fixture.service.resourcePolicy($0, name: "key policy", isMandatory: true)
        }
        return fixture.service.authorise(
            caller, action: action, resources: [resource], context: fixture.context(values), resourcePolicy: policy,
            isGranted: isGranted)
    }

    @Test("1 to 5: identity and key policies together")
    func together() throws {
        let allow = Fixture.policy("Allow", "kms:*")
        #expect(try decide().outcome == .implicitDeny(.identity))
        #expect(try decide([allow], keyPolicy: Self.keyPolicyOfAccount).isAllowed)
        let denied = try decide([allow, Fixture.policy("Deny", "kms:Decrypt")], keyPolicy: Self.keyPolicyOfAccount)
        #expect(denied.outcome == .explicitDeny(.identity))
        #expect(
            denied.refusal(to: Fixture.alice)
                == "User: arn:aws:iam::111122223333:user/team/alice is not authorized to perform: kms:Decrypt on "
                + "resource: \(Fixture.key) with an explicit deny in an identity-based policy")
        let unnamed = try decide([allow], keyPolicy: Self.keyPolicy(Fixture.bob))
        #expect(unnamed.outcome == .implicitDeny(.resource))
        #expect(
            unnamed.refusal(to: "x").hasSuffix(
                "because no resource-based policy allows the kms:Decrypt action"))
        #expect(try decide(keyPolicy: Self.keyPolicy(Fixture.alice)).isAllowed)
        #expect(try decide(keyPolicy: Self.keyPolicyOfAccount).outcome == .implicitDeny(.identity))
        let unmet = Self.keyPolicy(Fixture.account, condition: #"{"Bool":{"aws:SecureTransport":"true"}}"#)
        #expect(try decide([allow], keyPolicy: unmet).outcome == .implicitDeny(.resource))
    }

    @Test("6 and 7: a session policy bounds what the role is given, not what the session is given")
    func sessionPolicies() throws {
        let fixture = try Fixture(alice: [Fixture.policy("Allow", "sts:*")])
        let session = try fixture.assumeWorker(
            as: try fixture.caller(Fixture.alice), ["Policy": .string(Fixture.policy("Allow", "cloudwatch:*"))])
        let named = try decide(fixture, session, keyPolicy: Self.keyPolicy(Fixture.worker))
        #expect(named.outcome == .implicitDeny(.session))
        let direct = "arn:aws:sts::111122223333:assumed-role/worker/s1"
        #expect(try decide(fixture, session, keyPolicy: Self.keyPolicy(direct)).isAllowed)
        let unbound = try fixture.assumeWorker(as: try fixture.caller(Fixture.alice))
        #expect(try decide(fixture, unbound, keyPolicy: Self.keyPolicy(Fixture.worker)).isAllowed)
    }

    @Test("8 and 9: across accounts both sides must allow")
    func acrossAccounts() throws {
        let keyPolicy = Self.keyPolicy(Fixture.other)
        for (policies, expected) in [
            ([], Decision.Outcome.implicitDeny(.identity)), ([Fixture.policy("Allow", "kms:*")], .allowed),
        ] {
            let fixture = try Fixture(carol: policies)
            let carol = try fixture.caller(Fixture.carol)
            #expect(try decide(fixture, carol, keyPolicy: keyPolicy).outcome == expected)
            #expect(try decide(fixture, carol).outcome == .implicitDeny(.resource))
        }
    }

    @Test("10 to 13: absent keys")
    func absentKeys() throws {
        let key = "kms:EncryptionContext:tenant"
        func allows(_ condition: String, _ values: [String: [String]] = [:]) throws -> Bool {
            try decide([Fixture.policy(condition: condition)], values).isAllowed
        }
        #expect(try allows(#"{"StringEquals":{"\#(key)":"42"}}"#, [key: ["42"]]))
        #expect(try !allows(#"{"StringEquals":{"\#(key)":"42"}}"#, [key: ["43"]]))
        #expect(try !allows(#"{"StringEquals":{"\#(key)":"42"}}"#))
        #expect(try allows(#"{"StringEqualsIfExists":{"\#(key)":"42"}}"#))
        #expect(try allows(#"{"StringNotEquals":{"\#(key)":"42"}}"#))
        #expect(try allows(#"{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}"#))
        #expect(try !allows(#"{"ForAllValues:StringEquals":{"aws:TagKeys":"a"},"Null":{"aws:TagKeys":"false"}}"#))
        #expect(try !allows(#"{"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}}"#))
    }

    @Test("14: the case of a key does not matter, that of a value does")
    func letterCase() throws {
        let policy = Fixture.policy(condition: #"{"StringEquals":{"KMS:encryptioncontext:TENANT":"Blue"}}"#)
        #expect(try decide([policy], ["kms:EncryptionContext:tenant": ["Blue"]]).isAllowed)
        #expect(try !decide([policy], ["kms:EncryptionContext:tenant": ["blue"]]).isAllowed)
    }

    @Test("15 to 17 and 35: actions and resources, listed and not listed")
    func lists() throws {
        let notIAM = #"{"Statement":{"Effect":"Allow","NotAction":["iam:*"],"Resource":"*"}}"#
        #expect(try decide([notIAM], action: "kms:ListKeys").isAllowed)
        #expect(try !decide([notIAM], action: "iam:GetUser").isAllowed)
        let notKey = #"{"Statement":{"Effect":"Allow","Action":"*","NotResource":"\#(Fixture.key)"}}"#
        #expect(try !decide([notKey]).isAllowed)
        #expect(try decide([notKey], on: Fixture.key + "0").isAllowed)
        let keys = Fixture.policy(on: "arn:aws:kms:us-east-1:111122223333:key/*")
        #expect(try decide([keys]).isAllowed)
        #expect(try !decide([keys], on: "arn:aws:kms:us-east-1:111122223333:alias/a").isAllowed)
        #expect(try decide([Fixture.policy("Allow", "KMS:decrypt")]).isAllowed)
        #expect(try decide([Fixture.policy("Allow", "kms:De?ry*")]).isAllowed)
        #expect(try !decide([Fixture.policy("Allow", "kms:De?")]).isAllowed)
    }

    @Test("a star of an ARN stays in its field, but for the last one")
    func arnFields() throws {
        let alarm = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a:b/c"
        for (pattern, matches) in [
            ("arn:aws:cloudwatch:*:*:alarm:a*", true), ("arn:aws:cloudwatch:*:alarm:a:b/c", false),
            ("arn:*:*:*:*:*", true), ("arn:aws:cloudwatch:*:111122223333:*c", true),
            ("arn:aws:c*:*:*:alarm:?:b/?", true),
            ("arn:aws:cloudwatch:us-east-1:111122223333:alarm:A:b/c", false),
        ] {
            #expect(try decide([Fixture.policy(on: pattern)], on: alarm).isAllowed == matches, "\(pattern)")
        }
    }

    @Test("18 to 20: variables")
    func variables() throws {
        let alarm = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:alice"
        func allows(_ tail: String, version: String = "2012-10-17", on resource: String = alarm) throws -> Bool {
            let fixture = try Fixture(
                alice: [Fixture.policy(on: "arn:aws:cloudwatch:*:*:alarm:\(tail)", version: version)],
                tags: ["star": "*", "name": "alice"])
            return try decide(fixture, try fixture.caller(Fixture.alice), on: resource).isAllowed
        }
        #expect(try allows("${aws:username}"))
        #expect(try !allows("${aws:username}", version: "2008-10-17"))
        #expect(
            try allows("${aws:username}", version: "2008-10-17", on: alarm.replacing("alice", with: "${aws:username}")))
        #expect(try allows("${aws:PrincipalTag/name}"))
        #expect(try !allows("${aws:PrincipalTag/team}"))
        #expect(try allows("${aws:PrincipalTag/team, 'alice'}"))
        #expect(try !allows("${aws:PrincipalTag/star}"))
        #expect(try allows("${aws:PrincipalTag/star}", on: alarm.replacing("alice", with: "*")))
        #expect(try allows("al${*}ce", on: alarm.replacing("alice", with: "al*ce")))
        #expect(try !allows("al${*}ce") && allows("al*ce") && allows("${$}x", on: alarm.replacing("alice", with: "$x")))
    }

    @Test("22 to 24: regions, boundaries and guards")
    func bounds() throws {
        let region = Fixture.policy("Deny", condition: #"{"StringNotEquals":{"aws:RequestedRegion":"us-east-1"}}"#)
        let fixture = try Fixture(alice: [Fixture.policy(), region])
        #expect(try decide(fixture, try fixture.signIn("AKIDEXAMPLE")).isAllowed)
        #expect(try !decide(fixture, try fixture.signIn("AKIDEXAMPLE", region: "eu-west-1")).isAllowed)
        let bound = try decide([Fixture.policy()], boundary: "CloudWatchFullAccess")
        #expect(bound.outcome == .implicitDeny(.boundary))
        #expect(bound.refusal(to: "x").hasSuffix("because no permissions boundary allows the kms:Decrypt action"))
        #expect(
            try decide(boundary: "CloudWatchFullAccess", keyPolicy: Self.keyPolicy(Fixture.alice)).isAllowed,
            "what names the user himself is not bounded")
        let guarded = try Fixture(alice: [Fixture.policy()], guardPolicy: Fixture.policy("Allow", "cloudwatch:*"))
        for key in ["ROOTKEY", "AKIDEXAMPLE"] {
            let decision = try decide(guarded, try guarded.signIn(key))
            #expect(decision.outcome == .implicitDeny(.guardPolicy))
            #expect(
                decision.refusal(to: "x").hasSuffix("because no service control policy allows the kms:Decrypt action"))
        }
        #expect(try decide(guarded, try guarded.signIn("ROOTKEY"), action: "cloudwatch:ListMetrics").isAllowed)
    }

    @Test("root is allowed everything of its own account, but for a key that does not name it")
    func root() throws {
        let fixture = try Fixture()
        let root = try fixture.signIn("ROOTKEY")
        #expect(try decide(fixture, root).isAllowed)
        #expect(try decide(fixture, root, keyPolicy: Self.keyPolicy(Fixture.bob)).outcome == .implicitDeny(.resource))
        #expect(try decide(fixture, root, keyPolicy: Self.keyPolicyOfAccount).isAllowed)
        #expect(
            try decide(fixture, root, keyPolicy: Self.keyPolicy(Fixture.account, effect: "Deny")).outcome
                == .explicitDeny(.resource))
        #expect(try !decide(fixture, root, on: Fixture.key.replacing(Fixture.account, with: Fixture.other)).isAllowed)
    }

    @Test("25 and 26: a demand for one-time passwords")
    func mfa() throws {
        let condition = #""aws:MultiFactorAuthPresent":"false""#
        for (operatorName, withKey) in [("BoolIfExists", false), ("Bool", true)] {
            let policies = [
                Fixture.policy("Deny", condition: "{\"\(operatorName)\":{\(condition)}}"), Fixture.policy(),
            ]
            let fixture = try Fixture(alice: policies, mfaSeed: TOTPTests.seed)
            let alice = try fixture.signIn("AKIDEXAMPLE")
            #expect(try decide(fixture, alice).isAllowed == withKey)
            let plain = try fixture.perform("sts", "GetSessionToken", [:], as: alice)
            #expect(try !decide(fixture, try fixture.signIn(credentials: plain["Credentials"] ?? .null)).isAllowed)
            let strong = try fixture.perform(
                "sts", "GetSessionToken", TOTPTests.members(Fixture.now), as: alice)
            #expect(try decide(fixture, try fixture.signIn(credentials: strong["Credentials"] ?? .null)).isAllowed)
        }
    }

    @Test("31 to 33: a grant allows, and a refusal outranks it")
    func grants() throws {
        #expect(try decide(keyPolicy: Self.keyPolicy(Fixture.bob), isGranted: true).isAllowed)
        let refused = try decide(keyPolicy: Self.keyPolicy(Fixture.alice, effect: "Deny"), isGranted: true)
        #expect(refused.outcome == .explicitDeny(.resource))
    }

    @Test("34: addresses of both versions, and mapped ones")
    func addresses() throws {
        func allows(_ range: String, _ address: String, operatorName: String = "IpAddress") throws -> Bool {
            let policy = Fixture.policy(condition: "{\"\(operatorName)\":{\"aws:SourceIp\":\"\(range)\"}}")
            return try decide([policy], ["aws:SourceIp": [address]]).isAllowed
        }
        for (range, address, isInside) in [
            ("10.0.0.0/8", "10.1.2.3", true), ("10.0.0.0/8", "11.1.2.3", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("2001:db8::/32", "2001:db8:1::5", true), ("2001:db8::/32", "2001:db9::1", false),
            ("::ffff:10.0.0.0/104", "10.9.9.9", true), ("127.0.0.1", "127.0.0.1", true), ("0.0.0.0/0", "1.2.3.4", true),
            ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "1.2.3.4", true),
        ] {
            #expect(try allows(range, address) == isInside, "\(range) \(address)")
            #expect(try allows(range, address, operatorName: "NotIpAddress") == !isInside, "\(range) \(address)")
        }
        #expect(try !allows("10.0.0.0/8", "nonsense", operatorName: "NotIpAddress"), "a wrong type fulfils nothing")
    }

    @Test(
        "operators compare as they say",
        arguments: [
            ("StringEqualsIgnoreCase", "ABC", "abc", true), ("StringNotEqualsIgnoreCase", "ABC", "abc", false),
            ("StringLike", "a*c?", "abbcd", true), ("StringLike", "a*", "Abc", false),
            ("StringNotLike", "a*", "b", true),
            ("StringEquals", "a*", "a*", true), ("StringEquals", "a*", "ab", false),
            ("NumericEquals", "10", "10.0", true), ("NumericNotEquals", "10", "10", false),
            ("NumericLessThan", "10", "9.5", true), ("NumericLessThanEquals", "10", "10", true),
            ("NumericGreaterThan", "-1", "-2", false), ("NumericGreaterThanEquals", "1e2", "100", true),
            ("NumericNotEquals", "10", "ten", false), ("DateLessThan", "2026-01-15T12:00:00Z", "1768478399", true),
            ("DateEquals", "1768478400", "2026-01-15T12:00:00Z", true),
            ("DateGreaterThan", "2026-01-15T13:00:00+01:00", "2026-01-15T12:00:01Z", true),
            ("DateNotEquals", "2026-01-15", "yesterday", false), ("Bool", "True", "true", true),
            ("Bool", "true", "false", false), ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", true),
            ("BinaryEquals", "QmluYXJ5", "QmluYXJ6", false),
            ("ArnLike", "arn:aws:iam::*:role/x*", "arn:aws:iam::1:role/x/y", true),
            ("ArnEquals", "arn:aws:iam::*:role/x*", "arn:aws:iam::1:role/x/y", true),
            ("ArnNotLike", "arn:aws:iam::*:role/x*", "arn:aws:iam::1:role/y", true),
            ("ArnNotEquals", "arn:aws:iam::1:*", "arn:aws:iam::1:role/y", false),
            ("StringLike", "h?llo", "hällo", true),
        ])
    func operators(_ name: String, _ wanted: String, _ value: String, _ holds: Bool) throws {
        let policy = Fixture.policy(condition: "{\"\(name)\":{\"x:y\":\"\(wanted)\"}}")
        #expect(try decide([policy], ["x:y": [value]]).isAllowed == holds)
    }

    @Test("several values are alternatives for a positive operator, and all excluded for a negative one")
    func severalValues() throws {
        func allows(_ condition: String, _ values: [String]) throws -> Bool {
            try decide([Fixture.policy(condition: condition)], ["x:y": values]).isAllowed
        }
        #expect(try allows(#"{"StringEquals":{"x:y":["a","b"]}}"#, ["b"]))
        #expect(try !allows(#"{"StringNotEquals":{"x:y":["a","b"]}}"#, ["b"]))
        #expect(try allows(#"{"StringNotEquals":{"x:y":["a","b"]}}"#, ["c"]))
        #expect(try allows(#"{"ForAllValues:StringEquals":{"x:y":["a","b"]}}"#, ["a", "b"]))
        #expect(try !allows(#"{"ForAllValues:StringEquals":{"x:y":["a","b"]}}"#, ["a", "c"]))
        #expect(try allows(#"{"ForAnyValue:StringEquals":{"x:y":["a","b"]}}"#, ["a", "c"]))
        #expect(try !allows(#"{"ForAnyValue:StringEquals":{"x:y":["a","b"]}}"#, ["c", "d"]))
        #expect(try allows(#"{"Null":{"x:y":"false"}}"#, ["c"]) && !allows(#"{"Null":{"x:y":"true"}}"#, ["c"]))
    }

    @Test("a condition that does not hold skips its statement, also one that denies")
    func skipping() throws {
        let deny = Fixture.policy("Deny", condition: #"{"StringEquals":{"x:y":"1"}}"#)
        #expect(try decide([Fixture.policy(), deny], ["x:y": ["2"]]).isAllowed)
        #expect(try !decide([Fixture.policy(), deny], ["x:y": ["1"]]).isAllowed)
    }

    @Test("NotPrincipal spares who is named himself and by his account, and nobody else")
    func notPrincipal() throws {
        func deny(_ names: String) -> String {
            """
            {"Statement":[{"Effect":"Deny","NotPrincipal":{"AWS":[\(names)]},"Action":"*","Resource":"*"},
            {"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}
            """
        }
        let both = "\"\(Fixture.alice)\",\"\(Fixture.account)\""
        #expect(try decide(keyPolicy: deny(both)).isAllowed)
        #expect(try !decide(keyPolicy: deny("\"\(Fixture.alice)\"")).isAllowed)
        #expect(try !decide(keyPolicy: deny("\"\(Fixture.bob)\",\"\(Fixture.account)\"")).isAllowed)
    }

    @Test("an explanation names every statement and why it does not apply")
    func explanation() throws {
        let text = """
            {"Version":"2012-10-17","Statement":[
            {"Sid":"A","Effect":"Allow","Action":"iam:*","Resource":"*"},
            {"Sid":"B","Effect":"Allow","Action":"*","Resource":"arn:aws:kms:*:*:alias/*"},
            {"Sid":"C","Effect":"Allow","Action":"*","Resource":"*",
            "Condition":{"Bool":{"aws:SecureTransport":"true"}}},
            {"Sid":"D","Effect":"Allow","Action":"kms:*","Resource":"*"}]}
            """
        let fixture = try Fixture(alice: [text])
        let (decision, trace) = fixture.service.explain(
            try fixture.caller(Fixture.alice), action: "kms:Decrypt", resource: Fixture.key, context: fixture.context())
        #expect(decision.isAllowed && decision.statements.map(\.number) == [4])
        #expect(
            decision.statements.first?.description
                == "Allow by statement 4 (D) of identity-based policy p0 of user alice")
        #expect(
            trace.map(\.verdict) == [
                .otherAction, .otherResource, .condition(operatorName: "Bool", key: "aws:SecureTransport"), .applies,
            ])
    }
}
