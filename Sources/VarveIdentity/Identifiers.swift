import Glibc
import VarveCrypto

/// Numbers of accounts: 12 digits.
package enum AccountID {
    package static func isValid(_ text: String) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

/// An Amazon resource name in its six fields.
package struct ARN: Sendable, Equatable {
    package var partition: String
    package var service: String
    package var region: String
    package var account: String
    /// Everything behind the fifth colon.
    package var resource: String

    package init(_ service: String, region: String = "", account: String, _ resource: String, partition: String) {
        self.partition = partition
        self.service = service
        self.region = region
        self.account = account
        self.resource = resource
    }

    /// nil for anything that does not begin with `arn:` and has six fields.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn" else { return nil }
        self.init(
            String(parts[2]), region: String(parts[3]), account: String(parts[4]), String(parts[5]),
            partition: String(parts[1]))
    }

    /// The fields of an ARN that can name something of IAM here; nil for other partitions, and for texts that are not
    /// ASCII: strings that are equal for Unicode (KELVIN SIGN and K) are different names for policies.
    static func local(_ text: String, partition: String) -> ARN? {
        guard text.utf8.allSatisfy({ $0 < 0x80 }), let arn = ARN(text), arn.partition == partition else { return nil }
        return arn
    }

    package var text: String { "arn:\(partition):\(service):\(region):\(account):\(resource)" }
}

/// Ids of users, roles, groups and policies: never used twice, so that policies can be bound to them.
enum UniqueID {
    enum Kind: String { case user = "AIDA", role = "AROA", group = "AGPA", policy = "ANPA" }

    /// 21 characters.
    static func make(_ kind: Kind, random: () -> UInt64) -> String {
        kind.rawValue + characters(random(), random())
    }

    /// Of something that is declared: the same at every start.
    static func ofDeclared(_ kind: Kind, arn: String) -> String {
        let digest = SHA256.digest(of: Array("varve declared \(arn)".utf8))
        let words = [0, 8].map { start in digest[start..<(start + 8)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        return kind.rawValue + characters(words[0], words[1])
    }

    /// Of a user or role, or of the session of one.
    static func looksLikeOne(_ text: String) -> Bool {
        let id = text.prefix { $0 != ":" }
        guard id.hasPrefix("AIDA") || id.hasPrefix("AROA"), id.utf8.count == 21 else { return false }
        return id.utf8.allSatisfy { Base32.alphabet.contains($0) }
    }

    private static func characters(_ high: UInt64, _ low: UInt64) -> String {
        let all = [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } }
        return String(decoding: Base32.encode(all).prefix(17), as: UTF8.self)
    }
}

/// Ids of access keys, which carry their account.
package enum AccessKeyID {
    static let longTermPrefix = "AKIA"
    static let temporaryPrefix = "ASIA"

    /// A new id: prefix and 16 characters of base 32 – one bit that is set, 40 of the account, 39 random.
    /// - Parameter account: 12 digits.
    static func make(_ prefix: String, account: String, random: UInt64) -> String {
        let number = UInt64(account) ?? 0
        let head = 1 << 47 | number << 7 | random >> 57
        var bytes = (0..<6).map { UInt8(truncatingIfNeeded: head >> UInt64(40 - 8 * $0)) }
        bytes += (0..<4).map { UInt8(truncatingIfNeeded: random >> UInt64(24 - 8 * $0)) }
        return prefix + String(decoding: Base32.encode(bytes), as: UTF8.self)
    }

    /// The account that an id of this form carries, or nil.
    package static func account(of id: String) -> String? {
        guard id.utf8.count == 20, let bytes = Base32.decode(String(id.dropFirst(4))), bytes.count == 10 else {
            return nil
        }
        let head = bytes[..<6].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let number = String((head & 0x7fff_ffff_ff80) >> 7)
        return number.utf8.count > 12 ? nil : String(repeating: "0", count: 12 - number.utf8.count) + number
    }

    /// What may be registered: 1 to 128 letters, digits and underscores.
    static func isValid(_ id: String) -> Bool {
        (1...128).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
            }
    }
}

/// RFC 4648, without padding.
enum Base32 {
    static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var (buffer, bits): (UInt32, UInt32) = (0, 0)
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[Int(buffer >> bits & 31)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << (5 - bits) & 31)]) }
        return text
    }

    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (buffer, bits): (UInt32, UInt32) = (0, 0)
        for character in text.utf8 {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            buffer = buffer << 5 | UInt32(value)
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        return bytes
    }
}
