/// Percent-encoded text, as forms and paths have it.
enum FormText {
    /// The text, or nil when an escape is no two hexadecimal digits or the bytes are not UTF-8. O(bytes).
    /// - Parameter plusIsSpace: true in forms and query strings, false in paths.
    static func decode(_ bytes: some Collection<UInt8>, plusIsSpace: Bool) -> String? {
        if bytes.allSatisfy({ $0 != UInt8(ascii: "%") && $0 != UInt8(ascii: "+") && $0 < 0x80 }) {
            return String(decoding: bytes, as: UTF8.self)
        }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        guard appendDecoded(bytes, plusIsSpace: plusIsSpace, to: &decoded) else { return nil }
        return String(validating: decoded, as: UTF8.self)
    }

    /// Appends the decoded bytes; false when an escape is broken.
    static func appendDecoded(_ bytes: some Collection<UInt8>, plusIsSpace: Bool, to decoded: inout [UInt8]) -> Bool {
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(digit), let low = iterator.next().flatMap(digit) else {
                    return false
                }
                decoded.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: decoded.append(0x20)
            default: decoded.append(byte)
            }
        }
        return true
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
