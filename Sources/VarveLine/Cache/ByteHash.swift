/// A fast keyed 64-bit hash of bytes. Whoever does not know the seed cannot choose inputs that collide more often than
/// chance. Not for files: the values differ from run to run.
///
/// Each 16 bytes are folded by one 64 × 64 → 128-bit multiplication whose two factors both carry a secret.
struct ByteHash {
    private let start: UInt64
    private let firstKey: UInt64
    private let lastKey: UInt64

    init(seed: UInt64) {
        // Odd constants from the binary expansions of the golden ratio and of pi; they only spread the seed.
        start = Self.fold(seed ^ 0x9E37_79B9_7F4A_7C15, 0x243F_6A88_85A3_08D3)
        firstKey = Self.fold(start ^ 0x1319_8A2E_0370_7345, seed | 1)
        lastKey = Self.fold(firstKey ^ 0xA409_3822_299F_31D1, start | 1)
    }

    /// The hash of `count` bytes at `offset`. Hot: once per line.
    @inline(__always)
    func value(of bytes: RawSpan, at offset: Int, count: Int) -> UInt64 {
        precondition(offset >= 0 && count >= 0 && offset + count <= bytes.byteCount, "hashed beyond the end")
        // In bounds below: checked one line above.
        var hash = start ^ UInt64(count)
        var position = offset
        var rest = count
        while rest >= 16 {
            let first = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self)
            let second = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position &+ 8, as: UInt64.self)
            hash = Self.fold(first ^ firstKey, second ^ hash)
            position &+= 16
            rest &-= 16
        }
        let (first, second) = Self.tail(bytes, at: position, count: rest)
        hash = Self.fold(first ^ firstKey, second ^ hash)
        return Self.fold(hash ^ lastKey, UInt64(count) ^ firstKey)
    }

    /// The last 0 to 15 bytes as two words; overlapping loads, so that different tails of one length differ.
    @inline(__always)
    private static func tail(_ bytes: RawSpan, at position: Int, count: Int) -> (UInt64, UInt64) {
        if count >= 8 {
            let first = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self)
            return (first, bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position &+ count &- 8, as: UInt64.self))
        }
        var word: UInt64 = 0
        for index in 0..<count {
            word = word << 8 | UInt64(bytes.unsafeLoad(fromUncheckedByteOffset: position &+ index, as: UInt8.self))
        }
        return (word, 0)
    }

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (high, low) = left.multipliedFullWidth(by: right)
        return high ^ low
    }
}
