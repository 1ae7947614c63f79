import Testing
import VarveCrypto
import VarveIO
import VarveJSON
import VarveSignature
import VarveStore
import VarveTestKit

@testable import VarveIdentity

/// What is kept, on a disk that loses power.
@Suite struct VaultTests {
    private typealias Fixture = IdentityFixture
    private static let directory = "/data"

    private func environment(_ fileSystem: SimulatedFileSystem, seed: UInt64 = 7) -> SystemEnvironment {
        SystemEnvironment(
            fileSystem: fileSystem, clock: SimulatedClock(wallNs: Fixture.now * 1_000_000_000),
            random: SeededRandomSource(seed: seed))
    }

    private func open(_ fileSystem: SimulatedFileSystem, seed: UInt64 = 7) throws -> IdentityService {
        let environment = environment(fileSystem, seed: seed)
        let vault = IdentityVault(directory: Self.directory, environment: environment, keys: nil)
        return try IdentityService.open(IdentityConfiguration(), vault: vault, environment: environment)
    }

    /// A disk with a bootstrapped account.
    private func prepare(_ fileSystem: SimulatedFileSystem) throws {
        try fileSystem.createDirectory(Self.directory)
        try fileSystem.syncDirectory("/")
        let service = try open(fileSystem)
        _ = try IdentityBootstrap.run(service, directory: Self.directory, account: Fixture.account)
    }

    private func perform(_ service: IdentityService, _ operation: String, _ input: [JSONMember]) throws -> JSONValue {
        try service.perform(
            service: "iam", operation: operation, input: .object(input),
            caller: try service.localAdministrator(account: Fixture.account),
            context: RequestContext(nowSeconds: Fixture.now))
    }

    @Test("the first start makes one administrator, and writes his key for his eyes only; the second one nothing")
    func bootstrap() throws {
        let fileSystem = SimulatedFileSystem()
        try fileSystem.createDirectory(Self.directory)
        let service = try open(fileSystem)
        let made = try #require(
            try IdentityBootstrap.run(service, directory: Self.directory, account: Fixture.account))
        for name in ["credentials", "identity.vault", "identity.keys"] {
            #expect(try fileSystem.open("/data/\(name)", .read).permissions() == 0o600)
        }
        let file = try fileSystem.open("/data/credentials", .read)
        let text = String(decoding: try file.read(at: 0, count: try file.byteCount()), as: UTF8.self)
        let secret = SecretText.show(made.secret)
        #expect(
            text == "[default]\naws_access_key_id = \(made.accessKeyID)\naws_secret_access_key = \(secret)\n"
                + "region = us-east-1\n")
        #expect(made.accessKeyID.hasPrefix("AKIA") && secret.utf8.count == 40)
        let again = try open(fileSystem, seed: 8)
        #expect(try IdentityBootstrap.run(again, directory: Self.directory, account: Fixture.account) == nil)
        var request = SignedRequest(method: "GET", path: "/", headers: [SignedHeader("host", "h")])
        let signer = RequestSigner(
            accessKeyID: made.accessKeyID, secret: made.secret, region: "us-east-1", service: "kms")
        try signer.sign(&request, nowSeconds: Fixture.now)
        let admin = try again.authenticate(
            request, service: "kms", connection: ConnectionFacts(), nowSeconds: Fixture.now)
        #expect(admin.arn == "arn:aws:iam::111122223333:user/admin")
        let decision = again.authorise(
            admin, action: "kms:CreateKey", context: RequestContext(nowSeconds: Fixture.now))
        #expect(decision.isAllowed)
    }

    @Test("who cannot sign in gets an administrator also when there is an account, and nobody's rights are changed")
    func bootstrapWithoutKeys() throws {
        let fileSystem = SimulatedFileSystem()
        try fileSystem.createDirectory(Self.directory)
        let environment = environment(fileSystem, seed: 7)
        let vault = IdentityVault(directory: Self.directory, environment: environment, keys: nil)
        let free = try IdentityService.open(
            IdentityConfiguration(mode: .noAuthentication(account: Fixture.account)), vault: vault,
            environment: environment)
        _ = try perform(free, "CreateUser", [JSONMember("UserName", "admin")])
        #expect(try IdentityBootstrap.run(free, directory: Self.directory, account: Fixture.account) == nil)
        let service = try open(fileSystem, seed: 8)
        let made = try #require(
            try IdentityBootstrap.run(service, directory: Self.directory, account: Fixture.account))
        #expect(made.userName == "admin-2")
        let users = try #require(service.snapshot.accounts[Fixture.account]?.users)
        #expect(users["admin"]?.attached == [] && users["admin-2"]?.attached.count == 1)
        #expect(try IdentityBootstrap.run(service, directory: Self.directory, account: Fixture.account) == nil)
        _ = try perform(
            service, "UpdateAccessKey",
            [
                JSONMember("UserName", "admin-2"), JSONMember("AccessKeyId", .string(made.accessKeyID)),
                JSONMember("Status", "Inactive"),
            ])
        let again = try open(fileSystem, seed: 9)
        #expect(
            try IdentityBootstrap.run(again, directory: Self.directory, account: Fixture.account)?.userName
                == "admin-3")
    }

    @Test("a declared configuration needs no disk")
    func declared() throws {
        let world = SimulatedWorld(seed: 1)
        let fixture = try Fixture(vaultDirectory: "/nowhere", world: world)
        _ = try fixture.signIn("AKIDEXAMPLE")
        #expect(world.fileSystem.callCount == 0)
    }

    @Test("all that is kept is there after a restart, sessions too")
    func restart() throws {
        let world = SimulatedWorld(seed: 3)
        try world.fileSystem.createDirectory(Self.directory)
        let first = try Fixture(mfaSeed: nil, vaultDirectory: Self.directory, world: world)
        let root = try first.signIn("ROOTKEY")
        let tag = JSONValue.object([JSONMember("Key", "k"), JSONMember("Value", "v")])
        let policy = JSONValue.string(Fixture.policy("Allow", "cloudwatch:*"))
        for (operation, input) in [
            ("CreateUser", ["UserName": "dave", "Path": "/x/", "Tags": .array([tag])]),
            ("PutUserPolicy", ["UserName": "dave", "PolicyName": "p", "PolicyDocument": policy]),
            ("CreateGroup", ["GroupName": "g"]), ("AddUserToGroup", ["GroupName": "g", "UserName": "dave"]),
            ("CreatePolicy", ["PolicyName": "m", "PolicyDocument": policy, "Description": "d"]),
            ("AttachGroupPolicy", ["GroupName": "g", "PolicyArn": "arn:aws:iam::111122223333:policy/m"]),
            (
                "CreateRole",
                [
                    "RoleName": "r", "AssumeRolePolicyDocument": .string(Fixture.trust(Fixture.alice)),
                    "MaxSessionDuration": .integer(4_000),
                    "PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess",
                ]
            ), ("CreateVirtualMFADevice", ["VirtualMFADeviceName": "d"]),
        ] as [(String, [String: JSONValue])] {
            _ = try first.perform("iam", operation, input, as: root)
        }
        let key = try first.perform("iam", "CreateAccessKey", ["UserName": "dave"], as: root)["AccessKey"] ?? .null
        let session = try first.perform("sts", "GetSessionToken", [:], as: root)["Credentials"] ?? .null
        let second = try Fixture(vaultDirectory: Self.directory, world: world)
        func plain(_ fixture: IdentityFixture) -> [UInt8] { StateCoding.encode(fixture.service.snapshot) }
        #expect(plain(first) == plain(second))
        #expect(try second.signIn(credentials: key).arn == "arn:aws:iam::111122223333:user/x/dave")
        #expect(try second.signIn(credentials: session).kind == .root)
    }

    @Test("after a power cut the old content is there or the new one, and what was promised is kept")
    func powerCuts() throws {
        let count = try CrashEnumerator(seed: 11).run(
            record: 0, prepare: prepare,
            workload: { fileSystem, promised in
                let service = try open(fileSystem, seed: 9)
                for index in 0..<3 {
                    _ = try perform(service, "CreateUser", [JSONMember("UserName", .string("u\(index)"))])
                    promised = index + 1
                }
            },
            check: { fileSystem, promised, point in
                let users = try open(fileSystem, seed: 10).snapshot.accounts[Fixture.account]?.users.keys.sorted() ?? []
                let made = users.filter { $0 != "admin" }
                #expect(users.contains("admin"), "\(point)")
                #expect(made == (0..<made.count).map { "u\($0)" }, "\(point)")
                #expect(made.count == promised || made.count == promised + 1, "\(point)")
                #expect(!fileSystem.allFiles().contains("/data/identity.vault.new"), "\(point)")
            })
        #expect(count > 50)
    }

    @Test("after any power cut of the first start somebody can sign in: with the file that is there after the next")
    func bootstrapPowerCuts() throws {
        try CrashEnumerator(seed: 12).run(
            record: (),
            prepare: { try $0.createDirectory(Self.directory) },
            workload: { fileSystem, _ in
                _ = try IdentityBootstrap.run(
                    try open(fileSystem), directory: Self.directory, account: Fixture.account)
            },
            check: { fileSystem, _, point in
                let service = try open(fileSystem, seed: 13)
                _ = try IdentityBootstrap.run(service, directory: Self.directory, account: Fixture.account)
                let file = try fileSystem.open("/data/credentials", .read)
                let text = String(decoding: try file.read(at: 0, count: try file.byteCount()), as: UTF8.self)
                let words = text.split { $0 == " " || $0 == "\n" }.map(String.init)
                try #require(words.count == 10, "\(point): \(text)")
                let key = service.snapshot.accounts[Fixture.account]?.keys[words[3]]
                #expect(key.map { SecretText.show($0.secret) } == words[6], "\(point)")
            })
    }

    @Test("a failing disk is an error of the service, and nothing is changed for those who ask")
    func faults() throws {
        try FaultEnumerator(effects: [.error(errno: 5), .error(errno: 28)]).run(
            record: [String](), prepare: prepare,
            workload: { fileSystem, made in
                let service = try open(fileSystem, seed: 9)
                for name in ["u0", "u1"] {
                    let before = service.snapshot.accounts[Fixture.account]?.users.count
                    do {
                        _ = try perform(service, "CreateUser", [JSONMember("UserName", .string(name))])
                        made.append(name)
                    } catch let error as IdentityError {
                        #expect(error.code == "ServiceFailure" && error.status == 500 && !error.isSenderFault)
                        #expect(service.snapshot.accounts[Fixture.account]?.users.count == before)
                    }
                }
            },
            check: { fileSystem, made, point in
                let users = try open(fileSystem, seed: 10).snapshot.accounts[Fixture.account]?.users ?? [:]
                #expect(made.allSatisfy { users[$0] != nil } && users["admin"] != nil, "\(point)")
            })
    }

    @Test("a deleted key is gone from the directory: no file holds what unseals it")
    func deletion() throws {
        let fileSystem = SimulatedFileSystem()
        try prepare(fileSystem)
        let service = try open(fileSystem, seed: 9)
        _ = try perform(service, "CreateUser", [JSONMember("UserName", "dave")])
        let key = try perform(service, "CreateAccessKey", [JSONMember("UserName", "dave")])["AccessKey"] ?? .null
        let file = try fileSystem.open("/data/identity.vault", .read)
        let old = try file.read(at: 0, count: try file.byteCount())
        #expect(fileSystem.holds(Array(old.suffix(64))))
        let id = key["AccessKeyId"] ?? .null
        _ = try perform(service, "DeleteAccessKey", [JSONMember("UserName", "dave"), JSONMember("AccessKeyId", id)])
        try file.close()
        fileSystem.crash(survival: .none)
        #expect(fileSystem.allFiles().sorted() == ["/data/credentials", "/data/identity.keys", "/data/identity.vault"])
        #expect(!fileSystem.holds(Array(old.suffix(64))))
        let secret = Array((key["SecretAccessKey"]?.string ?? "?").utf8)
        #expect(!fileSystem.holds(secret))
    }

    @Test("a flipped bit, another key file and a missing one are errors that name the file")
    func damage() throws {
        let fileSystem = SimulatedFileSystem()
        try prepare(fileSystem)
        let byteCount = try fileSystem.open("/data/identity.vault", .read).byteCount()
        let state = fileSystem.snapshotState()
        for offset in stride(from: 0, to: byteCount, by: 37) {
            fileSystem.restore(state)
            try fileSystem.flipBit("/data/identity.vault", offset: offset, bit: 3)
            do {
                _ = try open(fileSystem)
                Issue.record("byte \(offset): accepted")
            } catch {
                #expect("\(error)".contains("identity.vault") || "\(error)".contains("identity.keys"), "\(error)")
            }
        }
        fileSystem.restore(state)
        try fileSystem.remove("/data/identity.keys")
        #expect(throws: IdentityVaultError.self) { try open(fileSystem) }
        fileSystem.restore(state)
        try fileSystem.setPermissions("/data/identity.keys", to: 0o640)
        #expect(throws: IdentityVaultError.self) { try open(fileSystem) }
    }

    @Test("content that is not of this program is refused, whatever it is", arguments: [5, 6])
    func coding(_ seed: UInt64) throws {
        let fileSystem = SimulatedFileSystem()
        try prepare(fileSystem)
        let whole = StateCoding.encode(try open(fileSystem).snapshot)
        var generator = SplitMix64(seed: seed)
        for _ in 0..<500 {
            var content = whole
            if Bool.random(using: &generator) {
                content.removeLast(Int.random(in: 1...content.count, using: &generator))
            } else {
                content[Int.random(in: 0..<content.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            _ = try? StateCoding.decode(content)
        }
    }
}
