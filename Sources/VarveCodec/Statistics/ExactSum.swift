package import VarveBytes

/// The exact sum of any number of doubles: no rounding until ``value`` is asked for, so the result does not depend on
/// the order of the values or on how they are cut into blocks.
///
/// The finite part is `window · 2^windowExponent + wide`. The window alone holds the sums of ordinary metrics; `wide`
/// (a fixed-point number over the whole range of doubles) exists only after values that span more than 126 bits.
/// NaN and infinities are remembered as flags. At most 2^63 values may be added.
package struct ExactSum: Sendable {
    /// Low part of the finite sum, in units of 2^windowExponent; |window| < 2^126 between calls.
    @usableFromInline var window: Int128 = 0
    @usableFromInline var windowExponent: Int16 = 0
    /// Which special values were added.
    private var specials: Specials = []
    /// High part of the finite sum; nil stands for zero.
    private var wide: WideAccumulator?

    /// The sum of nothing: zero.
    package init() {}

    /// The sum, correctly rounded once (ties to even). Zero is always +0.0. NaN when a NaN or both infinities were
    /// added; an infinity when one was added or when the exact sum is beyond the largest finite double.
    package var value: Double {
        if specials.contains(.notANumber) || specials.isSuperset(of: [.positiveInfinity, .negativeInfinity]) {
            return .nan
        }
        if specials.contains(.positiveInfinity) { return .infinity }
        if specials.contains(.negativeInfinity) { return -.infinity }
        guard let wide else { return Self.rounded(window, exponent: Int(windowExponent)) }
        var total = wide
        total.add(window, exponent: Int(windowExponent))
        return total.rounded
    }

    /// Adds one value; about 2 ns, inlined where it lands in the window. ``add(_:)-buffer`` is faster for many.
    @inlinable
    package mutating func add(_ value: Double) {
        let bits = value.bitPattern
        let field = Int(truncatingIfNeeded: (bits &>> 52) & 0x7ff)
        // 1075 = bias 1023 + 52 fraction bits.
        let shift = field &- 1075 &- Int(windowExponent)
        // Below 2^64 times the window's unit, normal and finite; the sum is inside the window in all but rare cases.
        guard shift >= 0, shift <= 64, field != 0, field != 0x7ff else { return addOutside(value) }
        let magnitude = Int128(truncatingIfNeeded: bits & 0x000f_ffff_ffff_ffff | 0x0010_0000_0000_0000)
        let addend = magnitude &<< Int128(truncatingIfNeeded: shift)
        // Both are below 2^126, so neither sum can overflow.
        let sum = Int64(bitPattern: bits) < 0 ? window &- addend : window &+ addend
        guard (sum ^ (sum &>> 127)) &>> 125 == 0 else { return addOutside(value) }
        window = sum
    }

    /// Adds a value that the window may have to move for, and moves it so that others like it fit.
    @usableFromInline
    mutating func addOutside(_ value: Double) {
        add(value: value, times: 1)
        guard value.isFinite, value != 0 else { return }
        // The unit of the value's last place, not only of the last bit that is set.
        let unit = max(Int((value.bitPattern >> 52) & 0x7ff), 1) - 1075
        let shift = Int(windowExponent) - unit
        guard shift > 0, Self.bitCount(window) + shift <= 120 else { return }
        window = window &<< Int128(shift)
        windowExponent = Int16(unit)
    }

    /// Adds `value` as if `count` times; `count` may be 0.
    package mutating func add(value: Double, times count: Int) {
        precondition(count >= 0, "a value cannot be added a negative number of times")
        if count == 0 { return }
        guard value.isFinite else { return specials.formUnion(Specials(of: value)) }
        let (significand, exponent) = Self.parts(of: value)
        // Below 2^53 · 2^63: cannot overflow.
        addScaled(Int128(significand) &* Int128(count), exponent: exponent)
    }

    /// Adds everything that `other` has summed.
    package mutating func merge(_ other: ExactSum) {
        specials.formUnion(other.specials)
        if let more = other.wide {
            if wide == nil { wide = more } else { wide!.add(more) }
        }
        addScaled(other.window, exponent: Int(other.windowExponent))
    }

    /// Adds `significand · 2^exponent`, |significand| < 2^126, exponent ≥ −1074.
    private mutating func addScaled(_ significand: Int128, exponent: Int) {
        if significand == 0 { return }
        if window == 0 { return setWindow(significand, exponent: exponent) }
        let shift = exponent &- Int(windowExponent)
        if shift >= 0 {
            guard Self.bitCount(significand) &+ shift <= 126 else { return spill(significand, exponent: exponent) }
            // Both summands are below 2^126, so the sum cannot overflow; it is spilled when it leaves the invariant.
            window &+= significand &<< Int128(shift)
        } else {
            guard Self.bitCount(window) &- shift <= 126 else { return spill(significand, exponent: exponent) }
            window = (window &<< Int128(-shift)) &+ significand
            windowExponent = Int16(exponent)
        }
        if Self.bitCount(window) > 126 { spill(0, exponent: exponent) }
    }

    private mutating func setWindow(_ significand: Int128, exponent: Int) {
        window = significand
        windowExponent = Int16(exponent)
    }

    /// Moves the window into the wide part and starts a new one.
    private mutating func spill(_ significand: Int128, exponent: Int) {
        var total = wide ?? WideAccumulator()
        wide = nil
        total.add(window, exponent: Int(windowExponent))
        wide = total
        setWindow(significand, exponent: exponent)
    }

    /// Bits that the magnitude of `value` takes (one more for a few negative powers of two).
    @inline(__always)
    private static func bitCount(_ value: Int128) -> Int {
        128 &- (value ^ (value &>> 127)).leadingZeroBitCount
    }

    /// `value` = significand · 2^exponent with an odd significand (or 0); `value` is finite.
    @inline(__always)
    private static func parts(of value: Double) -> (significand: Int64, exponent: Int) {
        let bits = value.bitPattern
        let field = Int((bits >> 52) & 0x7ff)
        let fraction = bits & 0x000f_ffff_ffff_ffff
        let magnitude = field == 0 ? fraction : fraction | 0x0010_0000_0000_0000
        if magnitude == 0 { return (0, 0) }
        let zeros = magnitude.trailingZeroBitCount
        let odd = Int64(bitPattern: magnitude >> UInt64(zeros))
        // Subnormals (field 0) share the exponent of field 1; 1075 = bias 1023 + 52 fraction bits.
        return (value.sign == .minus ? -odd : odd, max(field, 1) - 1075 + zeros)
    }

    /// `significand · 2^exponent`, rounded to nearest, ties to even.
    private static func rounded(_ significand: Int128, exponent: Int) -> Double {
        if significand == 0 { return 0 }
        // All sums are multiples of 2^−1074, so no rounding position below that exists and the 53 leading bits always
        // fit a double; only the high end can overflow, to an infinity as IEEE 754 has it.
        let magnitude = significand.magnitude
        let excess = 128 - magnitude.leadingZeroBitCount - 53
        if excess <= 0 { return scaled(UInt64(magnitude), exponent, negative: significand < 0) }
        var kept = UInt64(truncatingIfNeeded: magnitude >> UInt128(excess))
        let rest = magnitude & ((1 << UInt128(excess)) - 1)
        let half = UInt128(1) << UInt128(excess - 1)
        if rest > half || (rest == half && kept & 1 == 1) { kept += 1 }
        return scaled(kept, exponent + excess, negative: significand < 0)
    }

    /// `kept · 2^exponent` where that is a double or too large for one; `kept` ≤ 2^53.
    static func scaled(_ kept: UInt64, _ exponent: Int, negative: Bool) -> Double {
        // Two steps: 2^exponent alone may be subnormal or infinite where the product is neither. Both are exact,
        // because the final value is representable and the intermediate one is normal.
        let magnitude = Double(sign: .plus, exponent: exponent / 2, significand: Double(kept))
        let result = Double(sign: .plus, exponent: exponent - exponent / 2, significand: magnitude)
        return negative ? -result : result
    }
}

extension ExactSum: Equatable {
    /// Whether both have the same exact finite sum and the same kinds of special values.
    package static func == (left: ExactSum, right: ExactSum) -> Bool {
        if left.specials != right.specials { return false }
        if left.wide == nil && right.wide == nil && left.windowExponent == right.windowExponent {
            return left.window == right.window
        }
        return left.total == right.total
    }

    /// The whole finite sum as one fixed-point number.
    private var total: WideAccumulator {
        var total = wide ?? WideAccumulator()
        total.add(window, exponent: Int(windowExponent))
        return total
    }
}

extension ExactSum {
    /// Special values that a sum has met; the bits are stored (Docs/Format/columns.md, "Exact sum").
    private struct Specials: OptionSet {
        let rawValue: UInt8
        static let notANumber = Specials(rawValue: 1)
        static let positiveInfinity = Specials(rawValue: 2)
        static let negativeInfinity = Specials(rawValue: 4)
        static let all: Specials = [.notANumber, .positiveInfinity, .negativeInfinity]

        init(rawValue: UInt8) { self.rawValue = rawValue }

        /// `value` is not finite.
        init(of value: Double) {
            self = value.isNaN ? .notANumber : value > 0 ? .positiveInfinity : .negativeInfinity
        }
    }

    /// Appends the sum: 2 bytes for zero, about 13 for a block of a typical metric, at most 283.
    ///
    /// The form is canonical: equal sums give equal bytes. Format: Docs/Format/columns.md, "Exact sum".
    package func encode(into writer: inout ByteWriter) {
        let (lowByte, bytes) = total.trimmed
        writer.write(specials.rawValue)
        writer.writeCount(bytes.count)
        if bytes.isEmpty { return }
        writer.writeCount(lowByte)
        writer.write(contentsOf: bytes)
    }

    /// Reads what ``encode(into:)`` wrote, and nothing else: every sum has one form. Never traps.
    /// - Throws: ``CodecError`` with the offset where the bytes stop making sense.
    @_lifetime(cursor: copy cursor)
    package init(decoding cursor: inout ByteCursor) throws(CodecError) {
        self.init()
        let start = cursor.offset
        let isShortest: Bool
        do throws(BytesError) {
            specials = Specials(rawValue: try cursor.read())
            let byteCount = try cursor.readCount(limit: WideAccumulator.byteCount)
            if byteCount > 0 {
                let lowByte = try cursor.readCount(limit: WideAccumulator.byteCount - byteCount)
                let bytes = try cursor.readBytes(count: byteCount)
                setFinite(bytes, lowByte: lowByte)
                // Counts are below 2^14: one byte each, or two from 128 on.
                isShortest =
                    Self.isTrimmed(bytes)
                    && cursor.offset - start == 3 + (byteCount >> 7).signum() + (lowByte >> 7).signum() + byteCount
            } else {
                isShortest = cursor.offset - start == 2
            }
        } catch {
            throw .truncated(error)
        }
        guard isShortest else {
            throw .malformed(offset: start, detail: "an exact sum in more bytes than it takes")
        }
        guard Specials.all.isSuperset(of: specials) else {
            throw .malformed(offset: start, detail: "flags \(specials.rawValue) of an exact sum; at most 7 are defined")
        }
    }

    /// Whether no byte at either end could be left out. `bytes` is not empty.
    private static func isTrimmed(_ bytes: [UInt8]) -> Bool {
        let last = bytes[bytes.count - 1]
        guard bytes[0] != 0 else { return false }
        guard bytes.count > 1, last == 0 || last == 0xff else { return true }
        return (last ^ bytes[bytes.count - 2]) & 0x80 != 0
    }

    /// Takes a little-endian two's-complement number whose first byte counts 2^(8·lowByte − 1074).
    private mutating func setFinite(_ bytes: [UInt8], lowByte: Int) {
        if bytes.count > 15 {
            wide = WideAccumulator(bytes, lowByte: lowByte)
            return
        }
        var significand: Int128 = bytes[bytes.count - 1] >= 0x80 ? -1 : 0
        for byte in bytes.reversed() { significand = significand << 8 | Int128(byte) }
        addScaled(significand, exponent: 8 * lowByte - 1074)
    }
}

extension ExactSum {
    /// The finite sum as `significand · 2^exponent` with an odd significand, 0 and 0 for zero; nil when the significand
    /// takes more than 64 bits. The exponent is −1074…1086: sums of up to 2^63 doubles have no higher lowest bit.
    package var parts: (significand: Int64, exponent: Int)? {
        if wide != nil { return nil }
        if window == 0 { return (0, 0) }
        let zeros = window.trailingZeroBitCount
        guard let significand = Int64(exactly: window >> Int128(zeros)) else { return nil }
        return (significand, Int(windowExponent) + zeros)
    }

    /// Whether a NaN or an infinity was added.
    package var hasSpecials: Bool { !specials.isEmpty }

    /// Exponents that ``parts`` may have and ``add(significand:exponent:)`` takes.
    package static let exponents = -1074...1086

    /// Adds `significand · 2^exponent`.
    package mutating func add(significand: Int64, exponent: Int) {
        precondition(Self.exponents.contains(exponent), "doubles are multiples of 2^−1074 and below 2^1024")
        addScaled(Int128(significand), exponent: exponent)
    }
}
