/// SipHash-1-3, a keyed hash: who does not know the key cannot make names that collide.
package struct SipHash {
    /// 128 random bits, drawn anew each time a store is opened: hashes are never written to disk.
    package struct Key: Sendable {
        var low: UInt64
        var high: UInt64

        package init(low: UInt64, high: UInt64) {
            self.low = low
            self.high = high
        }
    }

    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    init(_ key: Key) {
        v0 = key.low ^ 0x736f_6d65_7073_6575
        v1 = key.high ^ 0x646f_7261_6e64_6f6d
        v2 = key.low ^ 0x6c79_6765_6e65_7261
        v3 = key.high ^ 0x7465_6462_7974_6573
    }

    /// Hash of a byte string.
    package static func hash(_ bytes: UnsafeRawBufferPointer, key: Key) -> UInt64 {
        var state = SipHash(key)
        let whole = bytes.count & ~7
        var offset = 0
        while offset < whole {
            state.add(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset += 8
        }
        var last = UInt64(UInt8(truncatingIfNeeded: bytes.count)) << 56
        for index in whole..<bytes.count { last |= UInt64(bytes[index]) << UInt64(8 * (index - whole)) }
        return state.finish(last)
    }

    /// Hash of two numbers.
    static func hash(_ first: UInt32, _ second: UInt32, key: Key) -> UInt64 {
        var state = SipHash(key)
        state.add(UInt64(first) << 32 | UInt64(second))
        return state.finish(8 << 56)
    }

    @inline(__always)
    mutating func add(_ word: UInt64) {
        v3 ^= word
        round()
        v0 ^= word
    }

    /// - Parameter last: the bytes that fill no word, with the count of all bytes in the highest byte.
    mutating func finish(_ last: UInt64) -> UInt64 {
        add(last)
        v2 ^= 0xff
        round()
        round()
        round()
        return v0 ^ v1 ^ v2 ^ v3
    }

    @inline(__always)
    private mutating func round() {
        v0 &+= v1
        v1 = v1 << 13 | v1 >> 51
        v1 ^= v0
        v0 = v0 << 32 | v0 >> 32
        v2 &+= v3
        v3 = v3 << 16 | v3 >> 48
        v3 ^= v2
        v0 &+= v3
        v3 = v3 << 21 | v3 >> 43
        v3 ^= v0
        v2 &+= v1
        v1 = v1 << 17 | v1 >> 47
        v1 ^= v2
        v2 = v2 << 32 | v2 >> 32
    }
}
