import Testing
import VarveIO
import VarveJSON

@testable import VarveIdentity

/// What Unicode calls equal is not the same name.
@Suite struct ByteExactTests {
    private typealias Fixture = IdentityFixture
    /// KELVIN SIGN: equal to K, and in lower case to k.
    private static let kelvin = "\u{212a}"

    @Test(
        "a name that only Unicode finds equal is refused before it is looked up, in every member that names something",
        arguments: [
            ("GetUser", ["UserName": "\u{212a}ate"]), ("DeleteUser", ["UserName": "\u{212a}ate"]),
            ("CreateAccessKey", ["UserName": "\u{212a}ate"]), ("ListAccessKeys", ["UserName": "\u{212a}ate"]),
            ("GetGroup", ["GroupName": "\u{212a}"]), ("GetRole", ["RoleName": "wor\u{212a}er"]),
            ("GetUserPolicy", ["UserName": "Kate", "PolicyName": "\u{212a}"]),
            ("DeleteUserPolicy", ["UserName": "Kate", "PolicyName": "\u{212a}"]),
            ("DetachUserPolicy", ["UserName": "Kate", "PolicyArn": "arn:aws:iam::111122223333:policy/\u{212a}"]),
            ("GetPolicy", ["PolicyArn": "arn:aws:iam::111122223333:policy/\u{212a}"]),
            ("UpdateAccessKey", ["UserName": "Kate", "AccessKeyId": "A\u{212a}IA", "Status": "Inactive"]),
            ("DeleteAccessKey", ["UserName": "Kate", "AccessKeyId": "A\u{212a}IA"]),
            ("GetAccessKeyLastUsed", ["AccessKeyId": "A\u{212a}IDEXAMPLE"]),
            ("DeleteVirtualMFADevice", ["SerialNumber": "arn:aws:iam::111122223333:mfa/\u{212a}"]),
        ] as [(String, [String: String])])
    func names(_ operation: String, _ members: [String: String]) throws {
        let fixture = try Fixture()
        let root = try fixture.service.localAdministrator(account: Fixture.account)
        _ = try fixture.perform("iam", "CreateUser", ["UserName": "Kate"], as: root)
        _ = try fixture.perform("iam", "CreateGroup", ["GroupName": "K"], as: root)
        _ = try fixture.perform(
            "iam", "PutUserPolicy",
            ["UserName": "Kate", "PolicyName": "K", "PolicyDocument": .string(Fixture.policy())], as: root)
        let error = #expect(throws: IdentityError.self) {
            _ = try fixture.perform("iam", operation, members.mapValues { .string($0) }, as: root)
        }
        let isARN = members.keys.contains("PolicyArn")
        #expect(error?.code == (isARN ? "NoSuchEntity" : "ValidationError"))
        #expect(error?.message?.contains(Self.kelvin) == true)
    }

    @Test("declared policies have the service's names")
    func declared() {
        var account = DeclaredAccount(id: Fixture.account)
        account.users = [DeclaredUser(name: "a", policies: [.inline(name: "e\u{301}", text: Fixture.policy())])]
        let environment = SystemEnvironment.system
        #expect(throws: IdentityVaultError.self) {
            _ = try IdentityService.open(
                IdentityConfiguration(accounts: [account]), vault: nil, environment: environment)
        }
    }

    @Test("tags of a resource are asked for when a condition names one, and only then")
    func resourceTags() throws {
        let byTag = Fixture.policy(
            "Allow", "cloudwatch:*", condition: #"{"StringEquals":{"aws:ResourceTag/Team":"web"}}"#)
        let deny = Fixture.policy(
            "Deny", "cloudwatch:DeleteAlarms", condition: #"{"StringLike":{"aws:resourcetag/keep":"*"}}"#)
        let fixture = try Fixture(alice: [byTag, deny])
        let alice = try fixture.caller(Fixture.alice)
        let asked = Monitor<[String]>([])
        var context = fixture.context()
        context.resourceTags = { arn in
            asked.withLock { $0.append(arn) }
            switch arn {
            case "arn:mine": return [ResourceTag(key: "team", value: "web")]
            case "arn:kept":
                return [ResourceTag(key: "Team", value: "web"), ResourceTag(key: "Keep", value: "")]
            default: return [ResourceTag(key: "team", value: "db")]
            }
        }
        func isAllowed(_ action: String, _ arn: String) -> Bool {
            fixture.service.authorise(alice, action: action, resources: [arn], context: context).isAllowed
        }
        #expect(isAllowed("cloudwatch:DeleteAlarms", "arn:mine") && !isAllowed("cloudwatch:DeleteAlarms", "arn:other"))
        #expect(!isAllowed("cloudwatch:DeleteAlarms", "arn:kept") && isAllowed("cloudwatch:SetAlarmState", "arn:kept"))
        let count = asked.withLock { $0.count }
        #expect(count > 0 && !isAllowed("events:PutRule", "arn:mine"))
        #expect(asked.withLock { $0.count } == count)
    }
}
