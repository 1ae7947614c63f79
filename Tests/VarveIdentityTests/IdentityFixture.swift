import VarveCrypto
import VarveIO
@testable import VarveIdentity
import VarveJSON
import VarveSignature
import VarveTestKit

/// Two accounts, declared, on a simulated machine.
struct IdentityFixture {
    static let account = "111122223333"
    static let other = "999988887777"
    /// 2026-01-15T12:00:00Z
    static let now: Int64 = 1_768_478_400
    static let secretText = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    static let secret = SecretBytes(copying: Array(secretText.utf8))
    static let alice = "arn:aws:iam::111122223333:user/team/alice"
    static let bob = "arn:aws:iam::111122223333:user/bob"
    static let carol = "arn:aws:iam::999988887777:user/carol"
    static let worker = "arn:aws:iam::111122223333:role/worker"
    static let key = "arn:aws:kms:us-east-1:111122223333:key/11112222-3333-4444-5555-666677778888"

    let world: SimulatedWorld
    let service: IdentityService

    /// - Parameters:
    ///   - alice: texts of her policies.
    ///   - worker: texts of the role's policies; it trusts the account.
    init(
        alice: [String] = [], boundary: String? = nil, worker: [String] = [], trust: String? = nil,
        guardPolicy: String? = nil, carol: [String] = [], tags: [String: String] = [:], mfaSeed: SecretBytes? = nil,
        vaultDirectory: String? = nil, world: SimulatedWorld = SimulatedWorld(seed: 1)
    ) throws {
        var account = DeclaredAccount(id: Self.account)
        account.guardPolicy = guardPolicy
        account.rootKeys = [DeclaredKey(id: "ROOTKEY", secret: Self.secret)]
        var user = DeclaredUser(
            name: "alice", path: "/team/", keys: [DeclaredKey(id: "AKIDEXAMPLE", secret: Self.secret)],
            policies: Self.inline(alice))
        user.tags = tags
        user.mfaSeed = mfaSeed
        user.boundary = boundary
        account.users = [user, DeclaredUser(name: "bob", keys: [DeclaredKey(id: "test", secret: Self.secret)])]
        account.roles = [
            DeclaredRole(
                name: "worker", trust: trust ?? Self.trust(Self.account), policies: Self.inline(worker),
                maxSessionSeconds: 7_200)
        ]
        var other = DeclaredAccount(id: Self.other)
        other.users = [
            DeclaredUser(
                name: "carol", keys: [DeclaredKey(id: "CAROLKEY", secret: Self.secret)], policies: Self.inline(carol))
        ]
        self.world = world
        world.clock.setWall(toNs: Self.now * 1_000_000_000)
        let vault = vaultDirectory.map { IdentityVault(directory: $0, environment: world.environment, keys: nil) }
        service = try IdentityService.open(
            IdentityConfiguration(accounts: [account, other]), vault: vault, environment: world.environment)
    }

    private static func inline(_ texts: [String]) -> [DeclaredPolicy] {
        texts.enumerated().map { .inline(name: "p\($0.offset)", text: $0.element) }
    }

    static func trust(_ principal: String, condition: String = "{}") -> String {
        """
        {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"\(principal)"},
        "Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],"Condition":\(condition)}]}
        """
    }

    /// A policy of one statement.
    static func policy(
        _ effect: String = "Allow", _ actions: String = "*", on resources: String = "*", condition: String = "{}",
        version: String = "2012-10-17"
    ) -> String {
        """
        {"Version":"\(version)","Statement":{"Effect":"\(effect)","Action":"\(actions)","Resource":"\(resources)",
        "Condition":\(condition)}}
        """
    }

    func caller(_ arn: String) throws -> CallerContext {
        guard let caller = service.principal(arn: arn) else { throw IdentityError("missing", arn, status: 0) }
        return caller
    }

    func context(_ values: [String: [String]] = [:], nowSeconds: Int64 = now) -> RequestContext {
        var context = RequestContext(nowSeconds: nowSeconds)
        for (key, list) in values { context.set(key, list) }
        return context
    }

    /// Who signed with this key, as the front finds out.
    func signIn(
        _ keyID: String, _ secret: SecretBytes = secret, token: String? = nil, nowSeconds: Int64 = now,
        region: String = "us-east-1"
    ) throws -> CallerContext {
        var request = SignedRequest(method: "GET", path: "/", headers: [SignedHeader("host", "h")])
        let signer = RequestSigner(
            accessKeyID: keyID, secret: secret, sessionToken: token, region: region, service: "monitoring")
        try signer.sign(&request, nowSeconds: nowSeconds)
        return try service.authenticate(
            request, service: "monitoring", connection: ConnectionFacts(), nowSeconds: nowSeconds)
    }

    /// Who has these credentials of an answer of STS.
    func signIn(credentials: JSONValue, nowSeconds: Int64 = now) throws -> CallerContext {
        try signIn(
            credentials["AccessKeyId"]?.string ?? "",
            SecretBytes(copying: Array((credentials["SecretAccessKey"]?.string ?? "").utf8)),
            token: credentials["SessionToken"]?.string, nowSeconds: nowSeconds)
    }

    func perform(
        _ service: String, _ operation: String, _ input: [String: JSONValue], as caller: CallerContext,
        nowSeconds: Int64 = now
    ) throws -> JSONValue {
        let members = input.sorted { $0.key < $1.key }.map { JSONMember($0.key, $0.value) }
        return try self.service.perform(
            service: service, operation: operation, input: .object(members), caller: caller,
            context: context(nowSeconds: nowSeconds))
    }

    /// The error of an operation, or nil.
    func refusal(
        _ service: String, _ operation: String, _ input: [String: JSONValue], as caller: CallerContext,
        nowSeconds: Int64 = now
    ) -> IdentityError? {
        do {
            _ = try perform(service, operation, input, as: caller, nowSeconds: nowSeconds)
            return nil
        } catch {
            return error as? IdentityError
        }
    }

    /// A session of the worker, as the caller gets it.
    func assumeWorker(
        as caller: CallerContext, _ more: [String: JSONValue] = [:], nowSeconds: Int64 = now
    ) throws -> CallerContext {
        var input: [String: JSONValue] = ["RoleArn": .string(Self.worker), "RoleSessionName": "s1"]
        input.merge(more) { $1 }
        let answer = try perform("sts", "AssumeRole", input, as: caller, nowSeconds: nowSeconds)
        return try signIn(credentials: answer["Credentials"] ?? .null, nowSeconds: nowSeconds)
    }
}

extension JSONValue: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self = .string(text) }
}
