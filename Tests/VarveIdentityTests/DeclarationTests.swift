import Testing
import VarveCrypto
import VarveJSON
import VarveTestKit

@testable import VarveIdentity

/// What a configuration may say.
@Suite struct DeclarationTests {
    private typealias Fixture = IdentityFixture

    private func message(_ accounts: [DeclaredAccount]) -> String? {
        do throws(IdentityVaultError) {
            _ = try IdentityService.open(
                IdentityConfiguration(accounts: accounts), vault: nil, environment: SimulatedWorld(seed: 1).environment)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func account(_ change: (inout DeclaredAccount) -> Void) -> DeclaredAccount {
        var account = DeclaredAccount(id: Fixture.account)
        change(&account)
        return account
    }

    @Test("what makes no sense is refused with its place")
    func refused() {
        #expect(message([DeclaredAccount(id: "1")]) == "identity configuration: account 1 has not 12 digits")
        let key = DeclaredKey(id: "test", secret: Fixture.secret)
        let twice = account { $0.users = [DeclaredUser(name: "a", keys: [key]), DeclaredUser(name: "b", keys: [key])] }
        #expect(message([twice]) == "identity configuration: access key id test is there twice")
        var other = DeclaredAccount(id: Fixture.other)
        other.rootKeys = [key]
        #expect(
            message([account { $0.rootKeys = [key] }, other])
                == "identity configuration: access key id test is there twice")
        let badKey = DeclaredKey(id: "te-st", secret: Fixture.secret)
        #expect(message([account { $0.rootKeys = [badKey] }])?.contains("te-st") == true)
        #expect(message([account { $0.users = [DeclaredUser(name: "a b")] }])?.contains("user a b") == true)
        #expect(
            message([account { $0.users = [DeclaredUser(name: "a", policies: [.managed("Nothing")])] }])
                == "identity configuration: user a of account 111122223333: no policy Nothing")
        #expect(
            message([account { $0.users = [DeclaredUser(name: "a", policies: [.inline(name: "p", text: "{}")])] }])?
                .contains("policy p of user a") == true)
        #expect(message([account { $0.guardPolicy = "x" }])?.contains("guard policy") == true)
        #expect(
            message([account { $0.roles = [DeclaredRole(name: "r", trust: Fixture.trust(Self.foreign))] }])
                == "identity configuration: trust policy of role r of account 111122223333: Invalid principal in "
                + "policy: \"AWS\":\"arn:x:iam::111122223333:user/bob\"")
        let tagged = account { $0.users = [DeclaredUser(name: "a")] }
        #expect(message([tagged]) == nil)
        var doubled = tagged
        doubled.users[0].tags = ["team": "red", "Team": "blue"]
        #expect(message([doubled])?.contains("differ in case only") == true)
    }

    /// Of a partition that is not the configured one.
    private static let foreign = "arn:x:iam::111122223333:user/bob"

    @Test("a declared trust policy that names somebody who is gone keeps no server from starting, and trusts nobody")
    func trustOfNobody() throws {
        for gone in ["user/gone", "role/gone"] {
            let trust = Fixture.trust("arn:aws:iam::111122223333:\(gone)")
            let fixture = try Fixture(alice: [Fixture.policy()], trust: trust)
            #expect(throws: IdentityError.self) { try fixture.assumeWorker(as: try fixture.signIn("AKIDEXAMPLE")) }
            // Nor somebody who comes later under that name.
            let root = try fixture.signIn("ROOTKEY")
            _ = try fixture.perform("iam", "CreateUser", ["UserName": "gone"], as: root)
            let key = try fixture.perform("iam", "CreateAccessKey", ["UserName": "gone"], as: root)["AccessKey"]
            let late = try fixture.signIn(credentials: key ?? .null)
            #expect(throws: IdentityError.self) { try fixture.assumeWorker(as: late) }
            let role = try fixture.perform("iam", "GetRole", ["RoleName": "worker"], as: root)["Role"]
            #expect(role?["AssumeRolePolicyDocument"]?.string?.contains("nobody") == false)
        }
    }

    @Test("declared principals have the same ids at every start")
    func stableIDs() throws {
        let one = try Fixture().caller(Fixture.alice).uniqueID
        let two = try Fixture(world: SimulatedWorld(seed: 2)).caller(Fixture.alice).uniqueID
        #expect(one == two && one.hasPrefix("AIDA"))
    }

    @Test("a declared user takes the place of a kept one of the same name, and its keys")
    func replacement() throws {
        let world = SimulatedWorld(seed: 4)
        try world.fileSystem.createDirectory("/data")
        let first = try Fixture(vaultDirectory: "/data", world: world)
        let root = try first.signIn("ROOTKEY")
        _ = try first.perform("iam", "CreateUser", ["UserName": "dave"], as: root)
        let key = try first.perform("iam", "CreateAccessKey", ["UserName": "dave"], as: root)["AccessKey"]
        let id = try #require(key?["AccessKeyId"]?.string)
        let declared = account {
            $0.users = [DeclaredUser(name: "Dave", keys: [DeclaredKey(id: id, secret: Fixture.secret)])]
        }
        let second = try IdentityService.open(
            IdentityConfiguration(accounts: [declared]),
            vault: IdentityVault(directory: "/data", environment: world.environment, keys: nil),
            environment: world.environment)
        let account = try #require(second.snapshot.accounts[Fixture.account])
        #expect(account.users["dave"]?.name == "Dave" && account.keys[id]?.secret === Fixture.secret)
    }

    @Test("policies that are equal for Unicode, and not for bytes, are two")
    func unicode() throws {
        let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}")
        let fixture = try Fixture(alice: [
            Fixture.policy(condition: "{\"StringEquals\":{\"x:y\":\"\(composed)\"}}"),
            Fixture.policy(condition: "{\"StringEquals\":{\"x:y\":\"\(decomposed)\"}}"),
        ])
        for text in [composed, decomposed] {
            let decision = fixture.service.authorise(
                try fixture.caller(Fixture.alice), action: "a:b", context: fixture.context(["x:y": [text]]))
            #expect(decision.isAllowed)
        }
    }
}
