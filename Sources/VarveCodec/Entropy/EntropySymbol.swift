/// How residuals become symbols of the entropy coder: small ones are symbols themselves, larger ones share a symbol
/// with their neighbours and say which one they are in extra bits. Format: Docs/Format/columns.md, "ENTROPY".
///
/// Four symbols per power of two: inside one of them the density of a bell curve changes so little that treating its
/// members as equally likely costs 0.015 bits per value.
enum EntropySymbol {
    /// Symbols for residuals of up to 64 bits.
    static let count = 256
    /// Zigzag numbers below this are symbols themselves.
    private static let directCount: UInt64 = 16

    /// The zigzag number of a residual; written here once more because calls across modules are not always inlined.
    @inline(__always)
    static func fold(_ residual: Int64) -> UInt64 { UInt64(bitPattern: (residual &<< 1) ^ (residual &>> 63)) }

    /// The residual of a zigzag number.
    @inline(__always)
    static func unfold(_ zigzag: UInt64) -> Int64 {
        Int64(bitPattern: zigzag &>> 1) ^ (0 &- Int64(bitPattern: zigzag & 1))
    }

    /// The symbol of a zigzag number.
    @inline(__always)
    static func symbol(of zigzag: UInt64) -> Int {
        if zigzag < directCount { return Int(truncatingIfNeeded: zigzag) }
        let top = 63 &- zigzag.leadingZeroBitCount
        return 4 &* top &+ Int(truncatingIfNeeded: (zigzag &>> UInt64(truncatingIfNeeded: top &- 2)) & 3)
    }

    /// Extra bits that follow `symbol`: 0…61.
    @inline(__always)
    static func extraBits(of symbol: Int) -> Int { symbol < 16 ? 0 : (symbol &>> 2) &- 2 }

    /// What stands above the extra bits of `symbol` in the zigzag number.
    @inline(__always)
    static func head(of symbol: Int) -> UInt64 {
        symbol < 16 ? UInt64(truncatingIfNeeded: symbol) : 4 | UInt64(truncatingIfNeeded: symbol & 3)
    }
}
