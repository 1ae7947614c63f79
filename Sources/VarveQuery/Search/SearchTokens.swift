/// The words of a text, as partial matching sees them: runs of letters and runs of digits, cut where a capital follows
/// a small letter and before the last capital of a run that small letters follow: `SDBFailure2` is SDB, Failure, 2.
/// Everything else separates and vanishes. Letters outside of ASCII count as small ones.
///
/// A text matches when the words are found in it one after the other, without regard to case: each as one word of the
/// text or as several that follow each other directly, so that `customcount` and `custom` find `CustomCount1`, and
/// `counT` (coun, T) does not find `count`.
struct SearchTokens: Sendable {
    /// Small letters and digits.
    private let tokens: [[UInt8]]

    init(_ text: String) {
        var tokens: [[UInt8]] = []
        Array(text.utf8).withUnsafeBytes { bytes in
            for index in bytes.indices where Self.isAlphanumeric(bytes[index]) {
                if Self.isStart(index, of: bytes) { tokens.append([]) }
                tokens[tokens.count - 1].append(Self.folded(bytes[index]))
            }
        }
        self.tokens = tokens
    }

    var isEmpty: Bool { tokens.isEmpty }

    /// O(bytes · bytes of the tokens); in practice a few nanoseconds per byte, and no memory.
    func match(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.indices.contains { Self.isStart($0, of: bytes) && match(bytes, from: $0) }
    }

    private func match(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
        var index = start
        for token in tokens {
            Self.skipSeparators(&index, in: bytes)
            guard index < bytes.count, Self.isStart(index, of: bytes) else { return false }
            for byte in token {
                Self.skipSeparators(&index, in: bytes)
                guard index < bytes.count, Self.folded(bytes[index]) == byte else { return false }
                index += 1
            }
        }
        return index == bytes.count || !Self.isAlphanumeric(bytes[index]) || Self.isStart(index, of: bytes)
    }

    private static func skipSeparators(_ index: inout Int, in bytes: UnsafeRawBufferPointer) {
        while index < bytes.count, !isAlphanumeric(bytes[index]) { index += 1 }
    }

    /// Whether a word begins at `index`.
    private static func isStart(_ index: Int, of bytes: UnsafeRawBufferPointer) -> Bool {
        guard isAlphanumeric(bytes[index]) else { return false }
        guard index > 0, isAlphanumeric(bytes[index - 1]) else { return true }
        let (before, byte) = (bytes[index - 1], bytes[index])
        if isDigit(before) != isDigit(byte) { return true }
        guard isCapital(byte) else { return false }
        if !isCapital(before) { return true }
        let next = index + 1 < bytes.count ? bytes[index + 1] : 0
        return isAlphanumeric(next) && !isDigit(next) && !isCapital(next)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
    private static func isCapital(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        let small = byte | 0x20
        return isDigit(byte) || byte >= 0x80 || (small >= UInt8(ascii: "a") && small <= UInt8(ascii: "z"))
    }

    private static func folded(_ byte: UInt8) -> UInt8 { isCapital(byte) ? byte | 0x20 : byte }
}
