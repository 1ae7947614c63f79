import Testing
import VarveTestKit

@testable import VarveIdentity

/// Random policies of every kind, decided by the module and by a re-statement of the specification's algorithm that
/// knows no texts and no patterns: sets of numbers.
@Suite struct PolicyModelTests {
    private typealias Fixture = IdentityFixture
    private static let actions = ["kms:Decrypt", "kms:Encrypt", "iam:GetUser"]
    private static let resources = [
        "arn:aws:kms:us-east-1:111122223333:key/a", "arn:aws:kms:us-east-1:111122223333:alias/b",
    ]
    private static let actionPatterns: [(text: String, members: Set<Int>)] = [
        ("*", [0, 1, 2]), ("kms:*", [0, 1]), ("KMS:dec?ypt", [0]), ("iam:Get*", [2]), ("kms:Encrypt", [1]),
    ]
    private static let resourcePatterns: [(text: String, members: Set<Int>)] = [
        ("*", [0, 1]), ("arn:aws:kms:*:*:key/*", [0]), ("arn:aws:kms:us-east-1:111122223333:alias/?", [1]),
        ("arn:aws:sns:*:*:*", []),
    ]
    /// How the policy names alice: 0 not at all, 1 by her account, 2 with everybody, 3 herself.
    private static let principals: [(text: String, strength: Int)] = [
        (#"{"AWS":"\#(Fixture.bob)"}"#, 0), (#"{"AWS":"999988887777"}"#, 0), (#"{"AWS":"\#(Fixture.account)"}"#, 1),
        (#""*""#, 2), (#"{"AWS":"\#(Fixture.alice)"}"#, 3), (#"{"AWS":["\#(Fixture.bob)","\#(Fixture.account)"]}"#, 1),
    ]

    private struct Statement {
        let isAllow: Bool
        let actions: Int
        let isNotAction: Bool
        let resources: Int
        let isNotResource: Bool
        /// nil, or what the request's key must be.
        let wanted: Int?
        let isNegated: Bool
        let principal: Int

        init(using generator: inout SplitMix64) {
            isAllow = Int.random(in: 0..<10, using: &generator) > 1
            actions = .random(in: 0..<actionPatterns.count, using: &generator)
            isNotAction = Int.random(in: 0..<8, using: &generator) == 0
            resources = .random(in: 0..<resourcePatterns.count, using: &generator)
            isNotResource = Int.random(in: 0..<8, using: &generator) == 0
            wanted = Bool.random(using: &generator) ? nil : .random(in: 0..<2, using: &generator)
            isNegated = Bool.random(using: &generator)
            principal = .random(in: 0..<principals.count, using: &generator)
        }

        func text(hasPrincipal: Bool) -> String {
            let condition = wanted.map {
                "{\"\(isNegated ? "StringNotEquals" : "StringEquals")\":{\"x:y\":\"v\($0)\"}}"
            }
            return "{\"Effect\":\"\(isAllow ? "Allow" : "Deny")\",\"\(isNotAction ? "NotAction" : "Action")\":"
                + "\"\(actionPatterns[actions].text)\",\"\(isNotResource ? "NotResource" : "Resource")\":"
                + "\"\(resourcePatterns[resources].text)\",\"Condition\":\(condition ?? "{}")"
                + (hasPrincipal ? ",\"Principal\":\(principals[principal].text)}" : "}")
        }

        /// - Parameter value: of the request's key, nil when it has none.
        func applies(_ action: Int, _ resource: Int, _ value: Int?) -> Bool {
            guard actionPatterns[actions].members.contains(action) != isNotAction,
                resourcePatterns[resources].members.contains(resource) != isNotResource
            else { return false }
            guard let wanted else { return true }
            guard let value else { return isNegated }
            return (value == wanted) != isNegated
        }
    }

    private typealias Policy = [Statement]

    private static func text(_ policy: Policy, hasPrincipal: Bool = false) -> String {
        let statements = policy.map { $0.text(hasPrincipal: hasPrincipal) }.joined(separator: ",")
        return "{\"Version\":\"2012-10-17\",\"Statement\":[\(statements)]}"
    }

    private struct World {
        let identity: [Policy]
        let guardPolicy: Policy?
        let resourcePolicy: Policy?
        let isMandatory: Bool
        let isGranted: Bool

        init(using generator: inout SplitMix64) {
            func policy() -> Policy {
                (0..<Int.random(in: 1...3, using: &generator)).map { _ in Statement(using: &generator) }
            }
            identity = (0..<Int.random(in: 0...2, using: &generator)).map { _ in policy() }
            guardPolicy = Int.random(in: 0..<3, using: &generator) == 0 ? policy() : nil
            resourcePolicy = Bool.random(using: &generator) ? policy() : nil
            isMandatory = Bool.random(using: &generator)
            isGranted = Int.random(in: 0..<8, using: &generator) == 0
        }

        /// The numbered steps of the specification, for a user of the resource's own account without a boundary.
        func expected(_ action: Int, _ resource: Int, _ value: Int?) -> Bool {
            func says(_ policy: Policy, _ isAllow: Bool) -> Bool {
                policy.contains { $0.isAllow == isAllow && $0.applies(action, resource, value) }
            }
            let named = (resourcePolicy ?? []).filter {
                principals[$0.principal].strength > 0 && $0.applies(action, resource, value)
            }
            if identity.contains(where: { says($0, false) }) || guardPolicy.map({ says($0, false) }) == true {
                return false
            }
            if named.contains(where: { !$0.isAllow }) { return false }
            if let guardPolicy, !says(guardPolicy, true) { return false }
            let strength = named.map { principals[$0.principal].strength }.max() ?? 0
            if strength >= 2 || isGranted { return true }
            if resourcePolicy != nil, isMandatory, strength == 0 { return false }
            return identity.contains { says($0, true) }
        }
    }

    @Test("decisions are those of the re-stated algorithm", arguments: [21, 22, 23])
    func random(_ seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var allowedCount = 0
        for round in 0..<120 {
            let world = World(using: &generator)
            let fixture = try Fixture(
                alice: world.identity.map { Self.text($0) }, guardPolicy: world.guardPolicy.map { Self.text($0) })
            let alice = try fixture.caller(Fixture.alice)
            let resourcePolicy = try world.resourcePolicy.map {
                try fixture.service.resourcePolicy(
                    Self.text($0, hasPrincipal: true), name: "r", isMandatory: world.isMandatory)
            }
            for action in Self.actions.indices {
                for resource in Self.resources.indices {
                    for value in [nil, 0, 1] as [Int?] {
                        let decision = fixture.service.authorise(
                            alice, action: Self.actions[action], resources: [Self.resources[resource]],
                            context: fixture.context(value.map { ["x:y": ["v\($0)"]] } ?? [:]),
                            resourcePolicy: resourcePolicy, isGranted: world.isGranted)
                        allowedCount += decision.isAllowed ? 1 : 0
                        #expect(
                            decision.isAllowed == world.expected(action, resource, value),
                            "seed \(seed), round \(round), action \(action), resource \(resource), \(decision)")
                    }
                }
            }
        }
        // Neither all nor nothing, or the test would say little.
        #expect((200...1_900).contains(allowedCount))
    }
}
