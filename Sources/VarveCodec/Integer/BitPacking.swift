#if _endian(big)
    #error("the packing kernels copy words as they lie in memory, and the format is little-endian")
#endif

/// The interleaved packing of 1 024 unsigned integers of `width` bits into 128·width bytes.
///
/// Format: Docs/Format/columns.md, "Interleaved packing". All lanes of a row share word and shift, so these plain loops
/// compile to vector instructions without code per width.
enum BitPacking {
    /// Rows of a full vector.
    static let vectorRows = 1024

    /// Bytes of a full vector.
    static func byteCount(width: Int) -> Int { 128 * width }

    /// Unpacks 1 024 values of `width` 1…32 from 128·width bytes; 32 lanes of UInt32.
    static func unpack32(_ packed: UnsafeRawPointer, width: Int, into output: UnsafeMutablePointer<UInt32>) {
        let mask = SIMD8<UInt32>(repeating: UInt32.max >> UInt32(32 - width))
        for row in 0..<32 {
            let bit = row &* width
            let shift = bit & 31
            let low = packed + ((bit >> 5) &* 128)
            let target = UnsafeMutableRawPointer(output + row &* 32)
            let right = SIMD8<UInt32>(repeating: UInt32(truncatingIfNeeded: shift))
            // A value that ends inside its word reads that word twice; shifted left by 32 it gives 0 (Swift's `<<` on
            // SIMD masks, hence the branch).
            if shift &+ width <= 32 {
                for eight in 0..<4 {
                    let words = low.loadUnaligned(fromByteOffset: eight &* 32, as: SIMD8<UInt32>.self)
                    target.storeBytes(of: (words &>> right) & mask, toByteOffset: eight &* 32, as: SIMD8<UInt32>.self)
                }
            } else {
                let left = SIMD8<UInt32>(repeating: UInt32(truncatingIfNeeded: 32 &- shift))
                for eight in 0..<4 {
                    let words = low.loadUnaligned(fromByteOffset: eight &* 32, as: SIMD8<UInt32>.self)
                    let next = low.loadUnaligned(fromByteOffset: 128 &+ eight &* 32, as: SIMD8<UInt32>.self)
                    let joined = ((words &>> right) | (next &<< left)) & mask
                    target.storeBytes(of: joined, toByteOffset: eight &* 32, as: SIMD8<UInt32>.self)
                }
            }
        }
    }

    /// Unpacks 1 024 values of `width` 33…64 from 128·width bytes; 16 lanes of UInt64.
    static func unpack64(_ packed: UnsafeRawPointer, width: Int, into output: UnsafeMutablePointer<UInt64>) {
        let mask = UInt64.max >> UInt64(64 - width)
        for row in 0..<64 {
            let bit = row &* width
            let shift = bit & 63
            let low = packed + ((bit >> 6) &* 128)
            let target = output + row &* 16
            let right = UInt64(truncatingIfNeeded: shift)
            let straddles = shift &+ width > 64
            for lane in 0..<16 {
                var value = low.loadUnaligned(fromByteOffset: lane &* 8, as: UInt64.self) &>> right
                if straddles {
                    value |= low.loadUnaligned(fromByteOffset: 128 &+ lane &* 8, as: UInt64.self) &<< (64 &- right)
                }
                target[lane] = value & mask
            }
        }
    }

    /// Packs 1 024 values below 2^width into 128·width bytes that are zero; `width` 1…32.
    static func pack32(_ values: UnsafePointer<UInt64>, width: Int, into words: UnsafeMutablePointer<UInt32>) {
        for row in 0..<32 {
            let bit = row &* width
            let shift = UInt32(truncatingIfNeeded: bit & 31)
            let low = words + (bit >> 5) &* 32
            let source = values + row &* 32
            for lane in 0..<32 { low[lane] |= UInt32(truncatingIfNeeded: source[lane]) &<< shift }
            if Int(shift) &+ width > 32 {
                for lane in 0..<32 { low[32 &+ lane] = UInt32(truncatingIfNeeded: source[lane]) &>> (32 &- shift) }
            }
        }
    }

    /// Packs 1 024 values below 2^width into 128·width bytes that are zero; `width` 33…64.
    static func pack64(_ values: UnsafePointer<UInt64>, width: Int, into words: UnsafeMutablePointer<UInt64>) {
        for row in 0..<64 {
            let bit = row &* width
            let shift = UInt64(truncatingIfNeeded: bit & 63)
            let low = words + (bit >> 6) &* 16
            let source = values + row &* 16
            for lane in 0..<16 { low[lane] |= source[lane] &<< shift }
            if Int(shift) &+ width > 64 {
                for lane in 0..<16 { low[16 &+ lane] = source[lane] &>> (64 &- shift) }
            }
        }
    }
}

/// The packing of short vectors: one bit string, least significant bit first.
enum SequentialPacking {
    static func byteCount(count: Int, width: Int) -> Int { (count * width + 7) / 8 }

    /// Unpacks `count` values of `width` 1…64 from exactly ``byteCount(count:width:)`` bytes.
    static func unpack(
        _ packed: UnsafeRawBufferPointer, width: Int, count: Int, into output: UnsafeMutablePointer<UInt64>
    ) {
        let mask = UInt64.max >> UInt64(64 - width)
        for index in 0..<count {
            let bit = index &* width
            let shift = UInt64(truncatingIfNeeded: bit & 7)
            var value = word(packed, at: bit >> 3) &>> shift
            if Int(shift) &+ width > 64 { value |= UInt64(packed[(bit >> 3) &+ 8]) &<< (64 &- shift) }
            output[index] = value & mask
        }
    }

    /// Up to 8 bytes from `offset`, as many as there are.
    @inline(__always)
    private static func word(_ packed: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
        if offset &+ 8 <= packed.count { return packed.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
        var word: UInt64 = 0
        for index in offset..<packed.count { word |= UInt64(packed[index]) << UInt64(8 * (index - offset)) }
        return word
    }

    /// Packs `count` values below 2^width into ``byteCount(count:width:)`` bytes that are zero.
    static func pack(
        _ values: UnsafePointer<UInt64>, width: Int, count: Int, into output: UnsafeMutableRawBufferPointer
    ) {
        for index in 0..<count {
            let bit = index &* width
            var rest = UInt128(values[index]) << UInt128(bit & 7)
            var offset = bit >> 3
            while rest != 0 {
                output[offset] |= UInt8(truncatingIfNeeded: rest)
                rest >>= 8
                offset &+= 1
            }
        }
    }
}
