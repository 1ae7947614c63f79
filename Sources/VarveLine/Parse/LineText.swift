import Glibc

/// The bytes of one line without its end. Reading beyond the last byte gives a line feed, which no line contains, so
/// that scanning loops need no bounds check of their own.
struct LineText: ~Escapable {
    let bytes: RawSpan

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.bytes = bytes }

    @inline(__always)
    var byteCount: Int { bytes.byteCount }

    /// The byte at `offset` ≥ 0, or a line feed behind the end. Hot: once per byte of a value.
    @inline(__always)
    subscript(offset: Int) -> UInt8 {
        // In bounds: compared in this line, and offsets only grow from 0.
        offset < bytes.byteCount ? bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self) : ASCII.lineFeed
    }

    /// The offset of the first byte at or after `offset` that is no space.
    @inline(__always)
    func skippingSpaces(from offset: Int) -> Int {
        var position = offset
        while self[position] == ASCII.space { position += 1 }
        return position
    }
}

extension RawSpan {
    /// The offset of the first `byte` in `range`, or nil. O(range) at memory speed.
    @inline(__always)
    func firstOffset(of byte: UInt8, in range: Range<Int>) -> Int? {
        guard !range.isEmpty else { return nil }
        return extracting(range).withUnsafeBytes { buffer -> Int? in
            guard let base = buffer.baseAddress, let found = memchr(base, Int32(byte), buffer.count) else { return nil }
            return range.lowerBound + (UnsafeRawPointer(found) - base)
        }
    }

    /// Whether `count` bytes at `offset` equal those of `other` at `otherOffset`. Both must lie inside.
    @inline(__always)
    func equals(at offset: Int, _ other: RawSpan, at otherOffset: Int, count: Int) -> Bool {
        let left = extracting(offset..<(offset + count))
        let right = other.extracting(otherOffset..<(otherOffset + count))
        return left.withUnsafeBytes { leftBytes in
            right.withUnsafeBytes { rightBytes in
                guard let first = leftBytes.baseAddress, let second = rightBytes.baseAddress else { return true }
                return memcmp(first, second, count) == 0
            }
        }
    }

    /// As ``equals(at:_:at:count:)``, without a call: for names, which are short. Hot: once per field.
    @inline(__always)
    func equalsShort(at offset: Int, _ other: RawSpan, at otherOffset: Int, count: Int) -> Bool {
        precondition(offset + count <= byteCount && otherOffset + count <= other.byteCount, "compared beyond the end")
        // In bounds below: checked one line above.
        guard count >= 8 else {
            for index in 0..<count {
                let left = unsafeLoad(fromUncheckedByteOffset: offset &+ index, as: UInt8.self)
                if left != other.unsafeLoad(fromUncheckedByteOffset: otherOffset &+ index, as: UInt8.self) {
                    return false
                }
            }
            return true
        }
        var index = 0
        while index &+ 8 < count {
            if word(at: offset &+ index) != other.word(at: otherOffset &+ index) { return false }
            index &+= 8
        }
        // The last word overlaps the one before it.
        return word(at: offset &+ count &- 8) == other.word(at: otherOffset &+ count &- 8)
    }

    @inline(__always)
    private func word(at offset: Int) -> UInt64 {
        unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
    }
}

/// Bytes that mean something in a line.
enum ASCII {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quote: UInt8 = 0x22
    static let hash: UInt8 = 0x23
    static let plus: UInt8 = 0x2B
    static let comma: UInt8 = 0x2C
    static let minus: UInt8 = 0x2D
    static let point: UInt8 = 0x2E
    static let zero: UInt8 = 0x30
    static let equals: UInt8 = 0x3D
    static let backslash: UInt8 = 0x5C
    static let delete: UInt8 = 0x7F

    @inline(__always)
    static func isControl(_ byte: UInt8) -> Bool { byte < space || byte == delete }
}
