/// A fixed-point number wide enough for any sum of up to 2^63 doubles: two's complement, unit 2^−1074.
///
/// 2 240 bits: the largest double ends at bit 1074 + 1024 = 2 098, 2^63 of them at bit 2 161, then the sign.
struct WideAccumulator: Sendable, Equatable {
    static let wordCount = 35
    static let byteCount = wordCount * 8

    /// Least significant word first.
    private var words: [UInt64]

    /// Zero.
    init() { words = [UInt64](repeating: 0, count: Self.wordCount) }

    /// Adds `significand · 2^exponent`; exponent ≥ −1074.
    mutating func add(_ significand: Int128, exponent: Int) {
        let position = exponent + 1074
        let shift = UInt64(position & 63)
        let low = UInt64(truncatingIfNeeded: significand)
        let high = UInt64(truncatingIfNeeded: significand >> 64)
        let sign: UInt64 = significand < 0 ? .max : 0
        var carry = false
        var index = position >> 6
        addWord(low << shift, at: &index, carry: &carry)
        // Swift's `>>` by 64 gives 0, which is what a shift of 0 needs here.
        addWord(high << shift | low >> (64 - shift), at: &index, carry: &carry)
        addWord(sign << shift | high >> (64 - shift), at: &index, carry: &carry)
        // The sign extension changes nothing once it meets the matching carry.
        while index < Self.wordCount && carry != (sign != 0) { addWord(sign, at: &index, carry: &carry) }
    }

    /// Adds another number of this kind.
    mutating func add(_ other: WideAccumulator) {
        var carry = false
        var index = 0
        while index < Self.wordCount { addWord(other.words[index], at: &index, carry: &carry) }
    }

    private mutating func addWord(_ word: UInt64, at index: inout Int, carry: inout Bool) {
        if index >= Self.wordCount { return }
        let (partial, first) = words[index].addingReportingOverflow(word)
        let (sum, second) = partial.addingReportingOverflow(carry ? 1 : 0)
        words[index] = sum
        carry = first || second
        index += 1
    }

    private var isNegative: Bool { words[Self.wordCount - 1] >> 63 == 1 }

    /// The number as a double, rounded to nearest, ties to even.
    var rounded: Double {
        let magnitude = isNegative ? negatedWords : words
        guard let top = magnitude.lastIndex(where: { $0 != 0 }) else { return 0 }
        let topBit = top * 64 + 63 - magnitude[top].leadingZeroBitCount
        // Unit 2^−1074: up to 53 bits are a double as they are.
        if topBit <= 52 { return ExactSum.scaled(magnitude[0], -1074, negative: isNegative) }
        let lowBit = topBit - 52
        var kept = Self.bits(magnitude, from: lowBit, count: 53)
        let isHalf = Self.bits(magnitude, from: lowBit - 1, count: 1) == 1
        if isHalf && (kept & 1 == 1 || Self.hasBits(magnitude, below: lowBit - 1)) { kept += 1 }
        return ExactSum.scaled(kept, lowBit - 1074, negative: isNegative)
    }

    private var negatedWords: [UInt64] {
        var result = words
        var carry = true
        for index in result.indices {
            let (sum, overflow) = (~result[index]).addingReportingOverflow(carry ? 1 : 0)
            result[index] = sum
            carry = overflow
        }
        return result
    }

    /// `count` ≤ 64 bits starting at bit `from`.
    private static func bits(_ words: [UInt64], from: Int, count: Int) -> UInt64 {
        let index = from >> 6
        let shift = UInt64(from & 63)
        let high = index + 1 < words.count ? words[index + 1] : 0
        let all = words[index] >> shift | high << (64 - shift)
        return all & (UInt64.max >> UInt64(64 - count))
    }

    private static func hasBits(_ words: [UInt64], below bit: Int) -> Bool {
        let index = bit >> 6
        if words[index] & ((1 << UInt64(bit & 63)) - 1) != 0 { return true }
        return words[..<index].contains { $0 != 0 }
    }
}

extension WideAccumulator {
    /// The bytes without zero bytes below and without repetitions of the sign above, and the position of the first one.
    /// Empty for zero.
    var trimmed: (lowByte: Int, bytes: ArraySlice<UInt8>) {
        let bytes = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }
        guard let low = bytes.firstIndex(where: { $0 != 0 }) else { return (0, []) }
        let sign: UInt8 = isNegative ? 0xff : 0
        var end = bytes.count
        while end - low > 1 && bytes[end - 1] == sign && bytes[end - 2] & 0x80 == sign & 0x80 { end -= 1 }
        return (low, bytes[low..<end])
    }

    /// The counterpart of ``trimmed``; `lowByte + bytes.count` ≤ ``byteCount``, `bytes` is not empty.
    init(_ bytes: [UInt8], lowByte: Int) {
        self.init()
        let isNegative = bytes[bytes.count - 1] >= 0x80
        for (index, byte) in bytes.enumerated() { set(byte, at: lowByte + index) }
        guard isNegative else { return }
        for index in (lowByte + bytes.count)..<max(Self.byteCount, lowByte + bytes.count) { set(0xff, at: index) }
    }

    private mutating func set(_ byte: UInt8, at index: Int) {
        words[index >> 3] |= UInt64(byte) << UInt64(8 * (index & 7))
    }
}
