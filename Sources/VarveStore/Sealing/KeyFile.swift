import VarveBytes
package import VarveCrypto

/// The text of a file of root keys. Format: Docs/Format/keyfile.md. Holds secrets; prints none.
package struct KeyFile: Sendable {
    package struct Entry: Sendable {
        /// 16 hexadecimal digits, drawn at random: keys of different stores do not share names.
        package let id: String
        package let key: SecretBytes
    }

    /// Oldest first; never empty. The last one wraps.
    package private(set) var entries: [Entry]

    static let magic = "varve-keys 1"
    static let idByteCount = 16
    /// Far above what years of rotation make: 100 bytes an entry.
    static let byteCountMax = 64 << 10

    /// A file with one new key.
    package init(random next: () -> UInt64) {
        entries = []
        append(random: next)
    }

    /// Adds a new key, which wraps from now on.
    package mutating func append(random next: () -> UInt64) {
        let id = String(next(), radix: 16)
        let padded = String(repeating: "0", count: Self.idByteCount - id.utf8.count) + id
        entries.append(Entry(id: padded, key: SecretBytes(count: AESGCM.keyByteCount, random: next)))
    }

    package func key(_ id: String) -> SecretBytes? { entries.last { $0.id == id }?.key }

    package var newest: Entry { entries[entries.count - 1] }

    /// The text. It is a secret: erase it after use.
    package func encoded() -> [UInt8] {
        var text: [UInt8] = []
        // Room for everything at once: growing would leave copies behind.
        text.reserveCapacity(128 * (entries.count + 1))
        text += Array((Self.magic + "\n").utf8)
        for entry in entries {
            let start = text.count
            text += Array(entry.id.utf8)
            text.append(UInt8(ascii: " "))
            entry.key.withBytes { (bytes: UnsafeRawBufferPointer) throws(Never) in
                for byte in bytes { Self.append(byte, to: &text) }
            }
            let crc = text[start...].withUnsafeBytes { CRC32C.checksum($0) }
            text.append(UInt8(ascii: " "))
            for shift in stride(from: 24, through: 0, by: -8) {
                Self.append(UInt8(truncatingIfNeeded: crc >> UInt32(shift)), to: &text)
            }
            text.append(UInt8(ascii: "\n"))
        }
        return text
    }

    /// - Throws: `.corrupt` naming the line's offset. The text never appears in an error.
    package init(decoding text: [UInt8], path: String) throws(StoreError) {
        entries = []
        var offset = 0
        for (number, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            defer { offset += line.count + 1 }
            if number == 0 {
                guard line.elementsEqual(Self.magic.utf8) else {
                    throw Self.corrupt(path, 0, "not a key file: first line \"\(Self.magic)\" expected")
                }
                continue
            }
            if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
            guard let entry = Self.entry(line) else {
                throw Self.corrupt(path, offset, "line \(number + 1) is no key, or its checksum is wrong")
            }
            guard key(entry.id) == nil else { throw Self.corrupt(path, offset, "key \(entry.id) is there twice") }
            entries.append(entry)
        }
        guard !entries.isEmpty else { throw Self.corrupt(path, text.count, "holds no key") }
    }

    private static func corrupt(_ path: String, _ offset: Int, _ detail: String) -> StoreError {
        .corrupt(Corruption(path: path, offset: offset, detail: detail))
    }

    /// 16 digits of name, 64 of key, 8 of checksum over what precedes it and its space, parted by single spaces.
    private static func entry(_ line: ArraySlice<UInt8>) -> Entry? {
        let (keyStart, crcStart) = (line.startIndex + idByteCount + 1, line.startIndex + idByteCount + 66)
        guard line.count == idByteCount + 74, line[keyStart - 1] == UInt8(ascii: " "),
            line[crcStart - 1] == UInt8(ascii: " ")
        else { return nil }
        let id = line[..<(keyStart - 1)]
        guard id.allSatisfy({ digit($0) != nil }) else { return nil }
        var stored: UInt32 = 0
        for character in line[crcStart...] {
            guard let value = digit(character) else { return nil }
            stored = stored << 4 | UInt32(value)
        }
        guard line[..<(crcStart - 1)].withUnsafeBytes({ CRC32C.checksum($0) }) == stored else { return nil }
        var isHex = true
        let key = SecretBytes(count: AESGCM.keyByteCount) { (target: UnsafeMutableRawBufferPointer) throws(Never) in
            for index in target.indices {
                let pair = (digit(line[keyStart + 2 * index]), digit(line[keyStart + 2 * index + 1]))
                guard let high = pair.0, let low = pair.1 else {
                    isHex = false
                    return
                }
                target[index] = high << 4 | low
            }
        }
        return isHex ? Entry(id: String(decoding: id, as: UTF8.self), key: key) : nil
    }

    private static func append(_ byte: UInt8, to text: inout [UInt8]) {
        for digit in [byte >> 4, byte & 15] {
            text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    /// Lower case only: one key has one spelling.
    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
