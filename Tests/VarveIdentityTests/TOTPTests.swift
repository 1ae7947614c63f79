import VarveBytes
import Testing
import VarveCrypto
import VarveJSON

@testable import VarveIdentity

@Suite struct TOTPTests {
    /// Of RFC 6238.
    static let seed = SecretBytes(copying: Array("12345678901234567890".utf8))
    private typealias Fixture = IdentityFixture
    private static let serial = "arn:aws:iam::111122223333:mfa/alice"

    /// What proves alice's device at a time.
    static func members(_ nowSeconds: Int64, stepsAway: Int64 = 0) -> [String: JSONValue] {
        let code = TOTP.code(seed: seed, step: nowSeconds / 30 + stepsAway)
        return ["SerialNumber": .string(serial), "TokenCode": .string(code)]
    }

    @Test(
        "passwords are those of RFC 6238",
        arguments: [
            (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
            (2_000_000_000, "279037"), (20_000_000_000, "353130"),
        ] as [(Int64, String)])
    func vectors(_ seconds: Int64, _ code: String) {
        #expect(TOTP.code(seed: Self.seed, step: seconds / 30) == code)
    }

    @Test("the seed of the RFC in base 32")
    func base32() {
        let text = String(decoding: Base32.encode(Array("12345678901234567890".utf8)), as: UTF8.self)
        #expect(text == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
        #expect(Base32.decode(text) == Array("12345678901234567890".utf8))
    }

    @Test("the step before and after are accepted, others not, and each once")
    func window() throws {
        for (away, isAccepted) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] as [(Int64, Bool)] {
            let fixture = try Fixture(mfaSeed: Self.seed)
            let alice = try fixture.signIn("AKIDEXAMPLE")
            let members = Self.members(Fixture.now, stepsAway: away)
            let refusal = fixture.refusal("sts", "GetSessionToken", members, as: alice)
            #expect((refusal == nil) == isAccepted)
            let again = fixture.refusal("sts", "GetSessionToken", members, as: alice)
            #expect(
                again?.message == "MultiFactorAuthentication failed with invalid MFA one time pass code. "
                    && again?.code == "AccessDenied")
        }
    }

    @Test("a wrong serial number has its own sentence, and one member without the other is refused")
    func serials() throws {
        let fixture = try Fixture(mfaSeed: Self.seed)
        let alice = try fixture.signIn("AKIDEXAMPLE")
        var members = Self.members(Fixture.now)
        members["SerialNumber"] = "arn:aws:iam::111122223333:mfa/bob"
        #expect(
            fixture.refusal("sts", "GetSessionToken", members, as: alice)?.message
                == "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial "
                + "number is valid and associated with this user.")
        members["SerialNumber"] = nil
        #expect(fixture.refusal("sts", "GetSessionToken", members, as: alice)?.code == "ValidationError")
        let bob = try fixture.signIn("test")
        #expect(
            fixture.refusal("sts", "GetSessionToken", Self.members(Fixture.now), as: bob)?.message?
                .contains("serial number") == true)
    }

    @Test("five wrong guesses close the device for 30 seconds, the next ones for longer")
    func guessing() throws {
        let fixture = try Fixture(mfaSeed: Self.seed)
        let alice = try fixture.signIn("AKIDEXAMPLE")
        var wrong = Self.members(Fixture.now)
        wrong["TokenCode"] = "000000"
        for _ in 0..<5 { _ = fixture.refusal("sts", "GetSessionToken", wrong, as: alice) }
        func isOpen(_ after: Int64) -> Bool {
            let now = Fixture.now + after
            return fixture.refusal("sts", "GetSessionToken", Self.members(now), as: alice, nowSeconds: now) == nil
        }
        #expect(!isOpen(0) && !isOpen(29))
        _ = fixture.refusal("sts", "GetSessionToken", wrong, as: alice, nowSeconds: Fixture.now + 30)
        #expect(!isOpen(89) && isOpen(90))
    }

    @Test("a device is enabled by two passwords in a row, and deactivated before it is deleted")
    func enabling() throws {
        let fixture = try Fixture()
        let root = try fixture.signIn("ROOTKEY")
        let made = try fixture.perform("iam", "CreateVirtualMFADevice", ["VirtualMFADeviceName": "d"], as: root)
        let text = try #require(made["VirtualMFADevice"]?["Base32StringSeed"]?.string)
        let seedText = String(decoding: try #require(Base64.decode(text)), as: UTF8.self)
        let seed = SecretBytes(copying: try #require(Base32.decode(seedText)))
        let step = Fixture.now / 30
        var members: [String: JSONValue] = [
            "SerialNumber": "arn:aws:iam::111122223333:mfa/d", "UserName": "bob",
            "AuthenticationCode1": .string(TOTP.code(seed: seed, step: step)),
            "AuthenticationCode2": .string(TOTP.code(seed: seed, step: step + 5)),
        ]
        #expect(
            fixture.refusal("iam", "EnableMFADevice", members, as: root)?.code == "InvalidAuthenticationCode")
        members["AuthenticationCode2"] = .string(TOTP.code(seed: seed, step: step + 1))
        #expect(fixture.refusal("iam", "EnableMFADevice", members, as: root) == nil)
        let listed = try fixture.perform("iam", "ListMFADevices", ["UserName": "bob"], as: root)
        #expect(listed["MFADevices"]?.array?.count == 1)
        #expect(fixture.refusal("iam", "DeleteVirtualMFADevice", members, as: root)?.code == "DeleteConflict")
        #expect(fixture.refusal("iam", "DeactivateMFADevice", members, as: root) == nil)
        #expect(fixture.refusal("iam", "DeleteVirtualMFADevice", members, as: root) == nil)
    }
}
