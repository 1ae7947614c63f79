import VarveBytes

/// Writes a bit string, lowest bit of each byte first.
struct BitWriter {
    private var bytes: [UInt8] = []
    private var pending: UInt64 = 0
    /// Bits in `pending`: below 32 between calls.
    private var pendingCount = 0

    /// Appends the `count` (0…64) lowest bits of `value`, which has no others set.
    mutating func write(_ value: UInt64, count: Int) {
        if count > 32 {
            append(value & 0xffff_ffff, count: 32)
            append(value >> 32, count: count &- 32)
        } else {
            append(value, count: count)
        }
    }

    @inline(__always)
    private mutating func append(_ value: UInt64, count: Int) {
        pending |= value &<< UInt64(truncatingIfNeeded: pendingCount)
        pendingCount &+= count
        if pendingCount < 32 { return }
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: pending)) { bytes.append(contentsOf: $0) }
        pending &>>= 32
        pendingCount &-= 32
    }

    /// Everything written, filled up with zeros to whole bytes.
    consuming func finished() -> [UInt8] {
        while pendingCount > 0 {
            bytes.append(UInt8(truncatingIfNeeded: pending))
            pending >>= 8
            pendingCount -= 8
        }
        return bytes
    }
}

/// Bit strings in memory of unknown origin. Reading beyond the end gives zeros; whoever reads checks at the end how far
/// it has come.
enum BitString {
    /// At least 57 bits from bit `position` on.
    @inline(__always)
    static func word(_ bytes: UnsafeRawBufferPointer, at position: Int) -> UInt64 {
        let offset = position &>> 3
        let shift = UInt64(truncatingIfNeeded: position & 7)
        if offset &+ 8 <= bytes.count { return bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) &>> shift }
        var word: UInt64 = 0
        var index = offset
        while index < bytes.count {
            word |= UInt64(bytes[index]) &<< UInt64(truncatingIfNeeded: 8 &* (index &- offset))
            index &+= 1
        }
        return word &>> shift
    }

    /// The `count` (0…64) bits from `position` on.
    static func bits(_ bytes: UnsafeRawBufferPointer, at position: Int, count: Int) -> UInt64 {
        if count <= 32 { return word(bytes, at: position) & lowest(count) }
        let low = word(bytes, at: position) & 0xffff_ffff
        return low | (word(bytes, at: position &+ 32) & lowest(count &- 32)) &<< 32
    }

    /// A mask of `count` bits, 0…63.
    @inline(__always)
    static func lowest(_ count: Int) -> UInt64 { (1 &<< UInt64(truncatingIfNeeded: count)) &- 1 }
}
