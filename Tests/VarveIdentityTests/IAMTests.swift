import Testing
import VarveCrypto
import VarveJSON
import VarveSignature

@testable import VarveIdentity

@Suite struct IAMTests {
    private typealias Fixture = IdentityFixture

    private let fixture: IdentityFixture
    private let root: CallerContext

    init() throws {
        fixture = try Fixture(alice: [Fixture.policy("Allow", "sts:*")])
        root = try fixture.signIn("ROOTKEY")
    }

    @discardableResult
    private func run(_ operation: String, _ input: [String: JSONValue] = [:]) throws -> JSONValue {
        try fixture.perform("iam", operation, input, as: root)
    }

    private func refusal(_ operation: String, _ input: [String: JSONValue]) -> IdentityError? {
        fixture.refusal("iam", operation, input, as: root)
    }

    private static let policyText = Fixture.policy("Allow", "cloudwatch:ListMetrics")

    @Test("a user is made, found by name in any case, listed by pages, and deleted when nothing hangs on it")
    func users() throws {
        let made = try run("CreateUser", ["UserName": "dave", "Path": "/x/"])["User"]
        #expect(made?["Arn"] == "arn:aws:iam::111122223333:user/x/dave")
        #expect(made?["UserId"]?.string?.hasPrefix("AIDA") == true)
        #expect(refusal("CreateUser", ["UserName": "DAVE"])?.code == "EntityAlreadyExists")
        #expect(try run("GetUser", ["UserName": "Dave"])["User"]?["UserName"] == "dave")
        #expect(refusal("GetUser", ["UserName": "eve"])?.message == "The user with name eve cannot be found.")
        for bad in ["a b", "", String(repeating: "a", count: 65)] {
            #expect(refusal("CreateUser", ["UserName": .string(bad)])?.code == "ValidationError")
        }
        var names: [String] = []
        var marker: JSONValue?
        repeat {
            var input: [String: JSONValue] = ["MaxItems": .integer(2)]
            input["Marker"] = marker
            let page = try run("ListUsers", input)
            names += (page["Users"]?.array ?? []).compactMap { $0["UserName"]?.string }
            marker = page["IsTruncated"] == .bool(true) ? page["Marker"] : nil
        } while marker != nil
        #expect(names == ["alice", "bob", "dave"])
        try run("PutUserPolicy", ["UserName": "dave", "PolicyName": "p", "PolicyDocument": .string(Self.policyText)])
        let key = try run("CreateAccessKey", ["UserName": "dave"])["AccessKey"]
        #expect(
            refusal("DeleteUser", ["UserName": "dave"])?.message == "Cannot delete entity, must delete policies first.")
        try run("DeleteUserPolicy", ["UserName": "dave", "PolicyName": "p"])
        #expect(
            refusal("DeleteUser", ["UserName": "dave"])?.message
                == "Cannot delete entity, must delete access keys first.")
        try run("DeleteAccessKey", ["UserName": "dave", "AccessKeyId": key?["AccessKeyId"] ?? .null])
        try run("DeleteUser", ["UserName": "dave"])
        #expect(refusal("GetUser", ["UserName": "dave"])?.code == "NoSuchEntity")
    }

    @Test("keys: two at most, inactive ones are refused at once, deleted ones are unknown")
    func keys() throws {
        try run("CreateUser", ["UserName": "dave"])
        let key = try run("CreateAccessKey", ["UserName": "dave"])["AccessKey"] ?? .null
        try run("CreateAccessKey", ["UserName": "dave"])
        #expect(refusal("CreateAccessKey", ["UserName": "dave"])?.code == "LimitExceeded")
        let id = key["AccessKeyId"] ?? .null
        #expect(try run("GetAccessKeyLastUsed", ["AccessKeyId": id])["AccessKeyLastUsed"]?["ServiceName"] == "N/A")
        let dave = try fixture.signIn(credentials: key)
        let used = try run("GetAccessKeyLastUsed", ["AccessKeyId": id])
        #expect(used["UserName"] == "dave" && used["AccessKeyLastUsed"]?["ServiceName"] == "monitoring")
        #expect(used["AccessKeyLastUsed"]?["LastUsedDate"] == .integer(Fixture.now))
        let listed = try run("ListAccessKeys", ["UserName": "dave"])["AccessKeyMetadata"]?.array ?? []
        #expect(listed.count == 2 && listed.allSatisfy { $0["SecretAccessKey"] == nil && $0["Status"] == "Active" })
        try run("UpdateAccessKey", ["UserName": "dave", "AccessKeyId": id, "Status": "Inactive"])
        #expect(throws: IdentityError.self) { try fixture.signIn(credentials: key) }
        try run("UpdateAccessKey", ["UserName": "dave", "AccessKeyId": id, "Status": "Active"])
        #expect(try fixture.signIn(credentials: key).uniqueID == dave.uniqueID)
        try run("DeleteAccessKey", ["UserName": "dave", "AccessKeyId": id])
        #expect(throws: IdentityError.self) { try fixture.signIn(credentials: key) }
        #expect(refusal("UpdateAccessKey", ["AccessKeyId": "test", "Status": "Active"])?.code == "NoSuchEntity")
    }

    @Test("inline policies count at once, for users, groups and roles; texts come back percent-encoded")
    func inlinePolicies() throws {
        for (title, name) in [("User", "dave"), ("Group", "team"), ("Role", "ops")] {
            let named: [String: JSONValue] = ["\(title)Name": .string(name)]
            var made = named
            if title == "Role" { made["AssumeRolePolicyDocument"] = .string(Fixture.trust(Fixture.account)) }
            try run("Create\(title)", made)
            let text = JSONValue.string(Self.policyText)
            try run("Put\(title)Policy", named.merging(["PolicyName": "p", "PolicyDocument": text]) { $1 })
            let back = try run("Get\(title)Policy", named.merging(["PolicyName": "p"]) { $1 })
            #expect(back["PolicyDocument"]?.string == PercentCoding.encode(Self.policyText))
            #expect(try run("List\(title)Policies", named)["PolicyNames"] == .array(["p"]))
            let bad = named.merging(["PolicyName": "p", "PolicyDocument": "{}"]) { $1 }
            #expect(refusal("Put\(title)Policy", bad)?.code == "MalformedPolicyDocument")
            try run("Delete\(title)Policy", named.merging(["PolicyName": "p"]) { $1 })
            #expect(refusal("Get\(title)Policy", named.merging(["PolicyName": "p"]) { $1 })?.status == 404)
        }
        let key = try run("CreateAccessKey", ["UserName": "dave"])["AccessKey"] ?? .null
        func mayList() throws -> Bool {
            fixture.service.authorise(
                try fixture.signIn(credentials: key), action: "cloudwatch:ListMetrics", context: fixture.context()
            ).isAllowed
        }
        #expect(try !mayList())
        try run("AddUserToGroup", ["GroupName": "team", "UserName": "dave"])
        try run("PutGroupPolicy", ["GroupName": "team", "PolicyName": "p", "PolicyDocument": .string(Self.policyText)])
        #expect(try mayList())
        try run("RemoveUserFromGroup", ["GroupName": "team", "UserName": "dave"])
        #expect(try !mayList())
    }

    @Test("managed policies: attached, in five versions at most, not deleted while they are used")
    func managedPolicies() throws {
        let text = JSONValue.string(Self.policyText)
        let arn = try run("CreatePolicy", ["PolicyName": "m", "PolicyDocument": text])["Policy"]?["Arn"] ?? .null
        #expect(arn == "arn:aws:iam::111122223333:policy/m")
        try run("CreateUser", ["UserName": "dave"])
        try run("AttachUserPolicy", ["UserName": "dave", "PolicyArn": arn])
        try run("AttachUserPolicy", ["UserName": "dave", "PolicyArn": "arn:aws:iam::aws:policy/VarveIngest"])
        let attached = try run("ListAttachedUserPolicies", ["UserName": "dave"])["AttachedPolicies"]?.array ?? []
        #expect(attached.map { $0["PolicyName"]?.string } == ["m", "VarveIngest"])
        #expect(refusal("DeletePolicy", ["PolicyArn": arn])?.message == "Cannot delete a policy attached to entities.")
        for number in 2...5 {
            let version = try run(
                "CreatePolicyVersion", ["PolicyArn": arn, "PolicyDocument": text, "SetAsDefault": .bool(number == 3)])
            #expect(version["PolicyVersion"]?["VersionId"]?.string == "v\(number)")
        }
        #expect(refusal("CreatePolicyVersion", ["PolicyArn": arn, "PolicyDocument": text])?.code == "LimitExceeded")
        #expect(try run("GetPolicy", ["PolicyArn": arn])["Policy"]?["DefaultVersionId"] == "v3")
        #expect(refusal("DeletePolicyVersion", ["PolicyArn": arn, "VersionId": "v3"])?.code == "DeleteConflict")
        try run("DeletePolicyVersion", ["PolicyArn": arn, "VersionId": "v1"])
        #expect(try run("ListPolicyVersions", ["PolicyArn": arn])["Versions"]?.array?.count == 4)
        try run("DetachUserPolicy", ["UserName": "dave", "PolicyArn": arn])
        #expect(refusal("DetachUserPolicy", ["UserName": "dave", "PolicyArn": arn])?.code == "NoSuchEntity")
        #expect(refusal("DeletePolicy", ["PolicyArn": arn])?.code == "DeleteConflict")
        for version in ["v2", "v4", "v5"] {
            try run("DeletePolicyVersion", ["PolicyArn": arn, "VersionId": .string(version)])
        }
        try run("DeletePolicy", ["PolicyArn": arn])
        #expect(try run("ListPolicies", ["Scope": "AWS"])["Policies"]?.array?.count == BuiltinPolicies.names.count)
        #expect(try run("ListPolicies", ["Scope": "Local"])["Policies"]?.array == [])
    }

    @Test("every built-in policy of the specification is there and can be read")
    func builtins() throws {
        let names = [
            "AdministratorAccess", "ReadOnlyAccess", "CloudWatchFullAccess", "CloudWatchReadOnlyAccess",
            "AWSCloudTrail_FullAccess", "AWSCloudTrail_ReadOnlyAccess", "AWSKeyManagementServicePowerUser",
            "AWSConfigUserAccess", "AWSSupportAccess", "IAMFullAccess", "IAMReadOnlyAccess", "VarveIngest",
        ]
        #expect(Set(names) == Set(BuiltinPolicies.names))
        for name in names {
            _ = try PolicyDocument(
                try #require(BuiltinPolicies.text("arn:aws:iam::aws:policy/\(name)", partition: "aws")), use: .identity)
        }
    }

    @Test("roles keep a trust policy whose principals exist, and show the id of one that is gone")
    func roles() throws {
        try run("CreateUser", ["UserName": "dave"])
        let dave = "arn:aws:iam::111122223333:user/dave"
        let trust = JSONValue.string(Fixture.trust(dave))
        try run(
            "CreateRole", ["RoleName": "ops", "AssumeRolePolicyDocument": trust, "MaxSessionDuration": .integer(3_600)])
        let unknown = JSONValue.string(Fixture.trust("arn:aws:iam::111122223333:user/eve"))
        #expect(
            refusal("UpdateAssumeRolePolicy", ["RoleName": "ops", "PolicyDocument": unknown])?.message
                == "Invalid principal in policy: \"AWS\":\"arn:aws:iam::111122223333:user/eve\"")
        let key = try run("CreateAccessKey", ["UserName": "dave"])["AccessKey"] ?? .null
        let role: [String: JSONValue] = ["RoleArn": "arn:aws:iam::111122223333:role/ops", "RoleSessionName": "s1"]
        let answer = try fixture.perform("sts", "AssumeRole", role, as: try fixture.signIn(credentials: key))
        _ = try fixture.signIn(credentials: answer["Credentials"] ?? .null)
        let id = try run("GetUser", ["UserName": "dave"])["User"]?["UserId"]?.string ?? "?"
        try run("DeleteAccessKey", ["UserName": "dave", "AccessKeyId": key["AccessKeyId"] ?? .null])
        try run("DeleteUser", ["UserName": "dave"])
        try run("CreateUser", ["UserName": "dave"])
        let again = try run("CreateAccessKey", ["UserName": "dave"])["AccessKey"] ?? .null
        #expect(
            fixture.refusal("sts", "AssumeRole", role, as: try fixture.signIn(credentials: again))?.code
                == "AccessDenied")
        let shown = try run("GetRole", ["RoleName": "ops"])["Role"]?["AssumeRolePolicyDocument"]?.string ?? ""
        #expect(shown.contains(id) && !shown.contains("dave"))
        try run("DeleteRole", ["RoleName": "ops"])
        #expect(throws: IdentityError.self) { try fixture.signIn(credentials: answer["Credentials"] ?? .null) }
    }

    @Test("what the configuration declares is read, not changed")
    func declared() throws {
        #expect(
            refusal("DeleteUser", ["UserName": "bob"])?.message
                == "The user bob is declared in the configuration file and is changed there.")
        #expect(refusal("DeleteAccessKey", ["UserName": "bob", "AccessKeyId": "test"])?.code == "UnmodifiableEntity")
        #expect(refusal("DeleteRole", ["RoleName": "worker"])?.code == "UnmodifiableEntity")
        try run("CreateAccessKey", ["UserName": "bob"])
        #expect(try run("ListAccessKeys", ["UserName": "bob"])["AccessKeyMetadata"]?.array?.count == 2)
    }

    @Test("who has no policy for it may do nothing, and is told so")
    func authorisation() throws {
        let alice = try fixture.signIn("AKIDEXAMPLE")
        for (operation, input, resource) in [
            ("GetUser", [:], Fixture.alice), ("ListUsers", [:], "arn:aws:iam::111122223333:user/"),
            ("CreateUser", ["UserName": "x", "Path": "/p/"], "arn:aws:iam::111122223333:user/p/x"),
            ("CreateAccessKey", ["UserName": "bob"], Fixture.bob),
            ("PutRolePolicy", ["RoleName": "worker"], Fixture.worker),
            ("GetPolicy", ["PolicyArn": "arn:aws:iam::aws:policy/VarveIngest"], "arn:aws:iam::aws:policy/VarveIngest"),
        ] as [(String, [String: JSONValue], String)] {
            #expect(
                fixture.refusal("iam", operation, input, as: alice)?.message
                    == "User: \(Fixture.alice) is not authorized to perform: iam:\(operation) on resource: \(resource) "
                    + "because no identity-based policy allows the iam:\(operation) action")
        }
        #expect(fixture.refusal("iam", "CreateSAMLProvider", [:], as: alice)?.code == "InvalidAction")
    }

    @Test("a simulation says what would be decided, and by which policy")
    func simulation() throws {
        let answer = try run(
            "SimulatePrincipalPolicy",
            ["PolicySourceArn": .string(Fixture.alice), "ActionNames": .array(["sts:AssumeRole", "kms:Decrypt"])])
        let results = answer["EvaluationResults"]?.array ?? []
        #expect(results.map { $0["EvalDecision"]?.string } == ["allowed", "implicitDeny"])
        #expect(results[0]["MatchedStatements"]?.array?.first?["SourcePolicyId"] == "p0 of user alice")
    }

    @Test("a simulation of more than 1 000 pairs is refused before anything is decided")
    func simulationBound() throws {
        func simulate(_ actions: Int, _ resources: Int) -> IdentityError? {
            refusal(
                "SimulatePrincipalPolicy",
                [
                    "PolicySourceArn": .string(Fixture.alice),
                    "ActionNames": .array(Array(repeating: "sts:AssumeRole", count: actions)),
                    "ResourceArns": .array(Array(repeating: "*", count: resources)),
                ])
        }
        #expect(simulate(100, 10) == nil)
        for (actions, resources) in [(1_001, 1), (1, 1_001), (101, 10), (1_001, 1_001)] {
            #expect(simulate(actions, resources)?.code == "InvalidInput")
        }
    }

    @Test("a refusal for a policy holds for its ARN in every partition, built in or not")
    func foreignPartition() throws {
        try run("CreatePolicy", ["PolicyName": "kept", "PolicyDocument": .string(Self.policyText)])
        for tail in [":iam::111122223333:policy/kept", ":iam::aws:policy/ReadOnlyAccess"] {
            #expect(refusal("GetPolicy", ["PolicyArn": .string("arn:aws" + tail)]) == nil)
            #expect(refusal("GetPolicy", ["PolicyArn": .string("arn:x" + tail)])?.code == "NoSuchEntity")
            #expect(
                refusal("AttachUserPolicy", ["UserName": "bob", "PolicyArn": .string("arn:x" + tail)])?.code
                    == "NoSuchEntity")
        }
        let odd: JSONValue = "arn:aws:iam::111122223333:policy/\u{212a}ept"
        #expect(refusal("DeletePolicy", ["PolicyArn": odd])?.code == "NoSuchEntity")
        #expect(
            refusal(
                "SimulatePrincipalPolicy",
                ["PolicySourceArn": "arn:x:iam::111122223333:user/bob", "ActionNames": .array(["a:b"])])?.code
                == "NoSuchEntity")
    }

    @Test("who makes a user or a role with tags must be allowed to tag it, with these tags")
    func taggedCreation() throws {
        let tags: JSONValue = .array([.object([JSONMember("Key", "Team"), JSONMember("Value", "red")])])
        let condition =
            #"{"StringEquals":{"aws:RequestTag/team":"red"},"ForAllValues:StringEquals":"#
            + #"{"aws:TagKeys":["Team"]}}"#
        let role: [String: JSONValue] = [
            "RoleName": "r", "AssumeRolePolicyDocument": .string(Fixture.trust(Fixture.account)),
        ]
        for (operation, tag, input) in [
            ("CreateUser", "iam:TagUser", ["UserName": "u"]), ("CreateRole", "iam:TagRole", role),
        ] as [(String, String, [String: JSONValue])] {
            let own = Fixture.policy("Allow", "iam:\(operation)")
            let tagged = input.merging(["Tags": tags]) { $1 }
            let plain = try Fixture(alice: [own])
            let alice = try plain.signIn("AKIDEXAMPLE")
            #expect(plain.refusal("iam", operation, tagged, as: alice)?.message?.contains(tag) == true)
            #expect(plain.refusal("iam", operation, input, as: alice) == nil)
            let able = try Fixture(alice: [own, Fixture.policy("Allow", tag, condition: condition)])
            #expect(able.refusal("iam", operation, tagged, as: try able.signIn("AKIDEXAMPLE")) == nil)
        }
    }
}
