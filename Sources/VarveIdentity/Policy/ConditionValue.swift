import Glibc
import VarveModel

/// Values of conditions that are not plain text.
enum ConditionValue {
    /// A decimal number.
    static func number(_ text: String) -> Double? {
        guard text.utf8.allSatisfy({ "+-.eE0123456789".utf8.contains($0) }), let value = Double(text), value.isFinite
        else { return nil }
        return value
    }

    /// ISO 8601, or seconds since 1970.
    static func seconds(_ text: String) -> Double? {
        if let number = number(text), text.utf8.count > 4 || !text.utf8.contains(UInt8(ascii: "-")) { return number }
        do throws(InstantText.Problem) {
            return Double(try InstantText.parse(text)) / Double(Nanoseconds.perSecond)
        } catch {
            // Not a date: the caller says what it means for the condition.
            return nil
        }
    }
}

/// A range of addresses, `10.0.0.0/8` or `2001:db8::/32`. Addresses of version 4 are kept as mapped ones of version 6,
/// so that a client that comes over such a socket is recognised.
struct AddressRange: Sendable, Equatable {
    private let network: UInt128
    private let mask: UInt128

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = Self.address(String(parts[0])) else { return nil }
        let isShort = !parts[0].contains(":")
        var bits = 128
        if parts.count == 2 {
            guard !parts[1].isEmpty, parts[1].utf8.count <= 3,
                parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let count = Int(parts[1]), count <= (isShort ? 32 : 128)
            else { return nil }
            bits = isShort ? 96 + count : count
        }
        mask = bits == 0 ? 0 : UInt128.max << UInt128(128 - bits)
        network = address & mask
    }

    func holds(_ address: UInt128) -> Bool { address & mask == network }

    /// The number of an address, or nil.
    static func address(_ text: String) -> UInt128? {
        guard text.utf8.count <= 64 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET6, text, &bytes) == 1 { return bytes.reduce(0) { $0 << 8 | UInt128($1) } }
        var short = [UInt8](repeating: 0, count: 4)
        guard inet_pton(AF_INET, text, &short) == 1 else { return nil }
        return short.reduce(UInt128(0xffff)) { $0 << 8 | UInt128($1) }
    }
}
