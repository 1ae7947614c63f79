/// Reads a byte sequence of unknown origin from front to back. Every read checks the bounds first; nothing here traps
/// on any input.
///
/// All integers are little-endian. The cursor borrows the bytes, so it cannot outlive them.
///
/// Public, with members for the package only: Swift 6.3 does not hand the bodies of inlinable members of package types
/// to other modules, and every read of an integer would be an unspecialized generic call there.
public struct ByteCursor: ~Escapable {
    @usableFromInline let bytes: RawSpan
    /// Position of the next byte to read, counted from the start of the span.
    @usableFromInline package var offset: Int

    @_lifetime(copy bytes)
    @inlinable
    package init(_ bytes: RawSpan) {
        self.bytes = bytes
        self.offset = 0
    }

    /// Bytes not yet read.
    @inlinable
    package var remaining: Int { bytes.byteCount - offset }

    @inlinable
    package var isAtEnd: Bool { offset == bytes.byteCount }

    /// Reads a fixed-width little-endian integer.
    /// - Throws: `.truncated` when fewer bytes remain than the integer has.
    @inlinable
    @_lifetime(self: copy self)
    package mutating func read<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ type: Integer.Type = Integer.self
    ) throws(BytesError) -> Integer {
        let byteCount = MemoryLayout<Integer>.size
        guard remaining >= byteCount else { throw .truncated(offset: offset, needed: byteCount, available: remaining) }
        // In bounds: checked one line above.
        let value = bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Integer.self)
        advance(byteCount)
        return Integer(littleEndian: value)
    }

    /// Reads an unsigned LEB128 integer of at most 10 bytes.
    /// - Throws: `.truncated`, or `.overlongVarint` when the value does not fit 64 bits.
    @inlinable
    @_lifetime(self: copy self)
    package mutating func readVarint() throws(BytesError) -> UInt64 {
        if remaining >= 8 {
            // In bounds: checked one line above.
            let word = UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let ends = ~word & 0x8080_8080_8080_8080
            if ends != 0 {
                advance(ends.trailingZeroBitCount &>> 3 &+ 1)
                // Up to the lowest bit that is set: the high bit of the last byte.
                return Self.joined(word & (ends ^ (ends &- 1)))
            }
        }
        return try readLongVarint()
    }

    /// The low seven bits of each byte, one group behind the other.
    @inlinable
    @inline(__always)
    static func joined(_ word: UInt64) -> UInt64 {
        let pairs = word & 0x007f_007f_007f_007f | (word & 0x7f00_7f00_7f00_7f00) &>> 1
        let fours = pairs & 0x0000_3fff_0000_3fff | (pairs & 0x3fff_0000_3fff_0000) &>> 2
        return fours & 0x0fff_ffff | (fours &>> 4) & 0x00ff_ffff_f000_0000
    }

    /// The same byte by byte, for what is longer than eight bytes or near the end.
    @usableFromInline
    @_lifetime(self: copy self)
    mutating func readLongVarint() throws(BytesError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte: UInt8 = try read()
            if shift == 63 && byte > 1 { throw .overlongVarint(offset: offset) }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
            if shift > 63 { throw .overlongVarint(offset: offset) }
        }
    }

    /// Reads a zigzag LEB128 integer.
    @inlinable
    @_lifetime(self: copy self)
    package mutating func readSignedVarint() throws(BytesError) -> Int64 {
        ZigZag.decode(try readVarint())
    }

    /// Reads an unsigned LEB128 integer that counts something; refuses values above `limit`, so that a damaged count
    /// can never become a large allocation.
    @inlinable
    @_lifetime(self: copy self)
    package mutating func readCount(limit: Int) throws(BytesError) -> Int {
        let start = offset
        let value = try readVarint()
        guard value <= UInt64(limit) else { throw .countAboveLimit(offset: start, count: value, limit: limit) }
        return Int(value)
    }

    /// Reads `count` bytes as a span over the same memory.
    @inlinable
    @_lifetime(copy self)
    package mutating func readSpan(count: Int) throws(BytesError) -> RawSpan {
        guard count >= 0, count <= remaining else {
            throw .truncated(offset: offset, needed: count, available: remaining)
        }
        let span = bytes.extracting(offset..<(offset + count))
        advance(count)
        return span
    }

    /// Reads `count` bytes as an array.
    @inlinable
    @_lifetime(self: copy self)
    package mutating func readBytes(count: Int) throws(BytesError) -> [UInt8] {
        let span = try readSpan(count: count)
        return span.withUnsafeBytes { [UInt8]($0) }
    }

    /// Reads a byte string preceded by its length as a varint; at most `limit` bytes.
    @inlinable
    @_lifetime(self: copy self)
    package mutating func readLengthPrefixed(limit: Int) throws(BytesError) -> [UInt8] {
        try readBytes(count: readCount(limit: limit))
    }

    /// Reads a UTF-8 string preceded by its length as a varint.
    /// - Throws: `.invalidText` when the bytes are not UTF-8.
    @_lifetime(self: copy self)
    package mutating func readString(limit: Int) throws(BytesError) -> String {
        let start = offset
        let bytes = try readLengthPrefixed(limit: limit)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .invalidText(offset: start) }
        return text
    }

    /// Moves past `count` bytes without looking at them.
    @inlinable
    @_lifetime(self: copy self)
    package mutating func skip(count: Int) throws(BytesError) {
        guard count >= 0, count <= remaining else {
            throw .truncated(offset: offset, needed: count, available: remaining)
        }
        advance(count)
    }

    @inlinable
    @_lifetime(self: copy self)
    mutating func advance(_ count: Int) {
        // Cannot overflow: every caller has compared `count` with `remaining`.
        offset &+= count
    }
}
