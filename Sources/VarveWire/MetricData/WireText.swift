import Glibc

/// Bytes of a request, for scanners. Reading beyond the last byte gives NUL, which no text or number of a request may
/// contain, so that scanning loops need no check of their own.
struct WireText: ~Escapable {
    let bytes: RawSpan

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.bytes = bytes }

    @inline(__always)
    var count: Int { bytes.byteCount }

    /// The byte at `offset` ≥ 0, or NUL behind the end. Hot: once per byte.
    @inline(__always)
    subscript(offset: Int) -> UInt8 {
        // In bounds: compared in this line, and offsets only grow from 0.
        offset < bytes.byteCount ? bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self) : 0
    }

    /// Whether the bytes of a name stand at `offset`. A comparison of words, as the length is known where this stands.
    @inline(__always)
    func has(_ name: StaticString, at offset: Int) -> Bool {
        let count = name.utf8CodeUnitCount
        guard offset &+ count <= bytes.byteCount else { return false }
        return bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return false }
            return memcmp(base + offset, name.utf8Start, count) == 0
        }
    }

    /// Whether the bytes of an earlier place stand at `offset`, too; false for a place that is empty or not of these
    /// bytes. Hot: once per name.
    @inline(__always)
    func repeats(_ earlier: Range<Int>, at offset: Int) -> Bool {
        let count = earlier.count
        guard count > 0, earlier.upperBound <= bytes.byteCount, offset &+ count <= bytes.byteCount else { return false }
        // In bounds below: checked one line above.
        var index = 0
        guard count >= 8 else {
            while index < count {
                let byte = bytes.unsafeLoad(fromUncheckedByteOffset: earlier.lowerBound &+ index, as: UInt8.self)
                if byte != bytes.unsafeLoad(fromUncheckedByteOffset: offset &+ index, as: UInt8.self) { return false }
                index &+= 1
            }
            return true
        }
        while index &+ 8 < count {
            if word(at: earlier.lowerBound &+ index) != word(at: offset &+ index) { return false }
            index &+= 8
        }
        // The last eight bytes, some of them a second time.
        return word(at: earlier.upperBound &- 8) == word(at: offset &+ count &- 8)
    }

    @inline(__always)
    private func word(at offset: Int) -> UInt64 {
        bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
    }

    /// The offset of the first byte at or after `offset` that is not printable ASCII or is one of two bytes. Hot: once
    /// per text, eight bytes at a time.
    @inline(__always)
    func printableEnd(from offset: Int, before first: UInt8, _ second: UInt8) -> Int {
        var position = offset
        while position &+ 8 <= bytes.byteCount {
            let stops = Self.stops(in: word(at: position), first, second)
            if stops != 0 { return position &+ (stops.trailingZeroBitCount >> 3) }
            position &+= 8
        }
        while true {
            let byte = self[position]
            if byte &- 0x20 >= 0x5f || byte == first || byte == second { return position }
            position &+= 1
        }
    }

    /// Whether all bytes of a range are printable ASCII.
    @inline(__always)
    func isPrintable(_ range: Range<Int>) -> Bool {
        var position = range.lowerBound
        while position &+ 8 <= range.upperBound, position &+ 8 <= bytes.byteCount {
            if Self.stops(in: word(at: position), 0x7f, 0x7f) != 0 { return false }
            position &+= 8
        }
        while position < range.upperBound {
            if self[position] &- 0x20 >= 0x5f { return false }
            position &+= 1
        }
        return true
    }

    /// Which bytes of a word are not printable ASCII or are one of two: the lowest bit that is set is the high bit of
    /// the first of them; higher bits may be wrong. Subtraction borrows only from bytes that are themselves found.
    @inline(__always)
    private static func stops(in word: UInt64, _ first: UInt8, _ second: UInt8) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let bytes = UInt64(littleEndian: word)
        let control = (bytes &- ones &* 0x20) & ~bytes
        let delete = zeros(bytes ^ ones &* 0x7f)
        let marks = zeros(bytes ^ ones &* UInt64(first)) | zeros(bytes ^ ones &* UInt64(second))
        return (control | delete | marks | bytes) & (ones &* 0x80)
    }

    /// The high bit of the lowest byte that is zero, and perhaps bits of higher bytes.
    @inline(__always)
    private static func zeros(_ bytes: UInt64) -> UInt64 { (bytes &- 0x0101_0101_0101_0101) & ~bytes }

    /// Whether nothing but spaces stands in a range.
    func isBlank(_ range: Range<Int>) -> Bool { range.allSatisfy { self[$0] == 0x20 } }

    /// A copy of some bytes.
    func array(_ range: Range<Int>) -> [UInt8] {
        let bounded = range.clamped(to: 0..<bytes.byteCount)
        return bytes.extracting(bounded).withUnsafeBytes { [UInt8]($0) }
    }

    /// A number of JSON's grammar without an exponent and of at most 19 digits; moves past it. Nil, with the offset
    /// where it was, for all else. The caller looks at the byte that follows. About 10 ns.
    @inline(__always)
    func shortDecimal(at offset: inout Int) -> Double? {
        var position = offset
        let isNegative = self[position] == UInt8(ascii: "-")
        if isNegative { position &+= 1 }
        let whole = position
        var significand: UInt64 = 0
        readDigits(&position, &significand)
        var digitCount = position &- whole
        guard digitCount > 0, digitCount == 1 || self[whole] != UInt8(ascii: "0") else { return nil }
        var fractionCount = 0
        if self[position] == UInt8(ascii: ".") {
            position &+= 1
            let start = position
            readDigits(&position, &significand)
            fractionCount = position &- start
            guard fractionCount > 0 else { return nil }
            digitCount &+= fractionCount
        }
        guard digitCount <= 19, self[position] | 0x20 != UInt8(ascii: "e") else { return nil }
        offset = position
        let magnitude = DecimalText.quotient(significand, byTenTo: fractionCount)
        return isNegative ? -magnitude : magnitude
    }

    @inline(__always)
    private func readDigits(_ position: inout Int, _ significand: inout UInt64) {
        while true {
            let digit = self[position] &- UInt8(ascii: "0")
            guard digit < 10 else { return }
            // Wraps beyond 19 digits, where it is not used.
            significand = significand &* 10 &+ UInt64(digit)
            position &+= 1
        }
    }
}
