package import VarveCrypto

/// One-time passwords of RFC 6238: SHA-1, steps of 30 seconds, six digits.
package enum TOTP {
    package static let stepSeconds: Int64 = 30
    /// As RFC 4226 recommends.
    static let seedByteCount = 20

    /// The password of one step.
    package static func code(seed: SecretBytes, step: Int64) -> String {
        let message = (0..<8).map { UInt8(truncatingIfNeeded: step >> Int64(56 - 8 * $0)) }
        let digest = HMACSHA1.code(of: message, key: seed)
        let offset = Int(digest[19] & 15)
        let word = digest[offset..<(offset + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
        let digits = String(word % 1_000_000)
        return String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }

    /// The step whose password this is: the current one or one beside it, and later than the last accepted. nil for a
    /// wrong or used password. Takes the same time for all of them.
    static func step(of code: String, seed: SecretBytes, nowSeconds: Int64, after lastStep: Int64) -> Int64? {
        let current = nowSeconds / stepSeconds
        var found: Int64?
        for step in (current - 1)...(current + 1) {
            let isRight = ConstantTime.isEqual(Array(self.code(seed: seed, step: step).utf8), Array(code.utf8))
            if isRight, step > lastStep, found == nil { found = step }
        }
        return found
    }
}

/// Slows down who guesses passwords: after five failures 30 seconds, then twice as long each time, up to 15 minutes.
struct GuessLimit: Sendable {
    private var failureCount = 0
    private var closedUntil: Int64 = 0

    static let freeFailureCount = 5
    static let firstDelaySeconds: Int64 = 30
    static let delaySecondsMax: Int64 = 900

    func isOpen(nowSeconds: Int64) -> Bool { nowSeconds >= closedUntil }

    mutating func fail(nowSeconds: Int64) {
        failureCount += 1
        guard failureCount >= Self.freeFailureCount else { return }
        let doublings = min(failureCount - Self.freeFailureCount, 10)
        closedUntil = nowSeconds + min(Self.firstDelaySeconds << Int64(doublings), Self.delaySecondsMax)
    }
}
