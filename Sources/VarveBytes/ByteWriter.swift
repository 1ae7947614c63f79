/// Builds a byte sequence from front to back; the counterpart of ``ByteCursor``. All integers are little-endian.
/// Public for the reason given there.
public struct ByteWriter: Sendable {
    @usableFromInline package var bytes: [UInt8]

    @inlinable
    package init(capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Bytes written so far.
    @inlinable
    package var count: Int { bytes.count }

    /// Forgets the content but keeps the memory.
    @inlinable
    package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    @inlinable
    package mutating func write<Integer: FixedWidthInteger & BitwiseCopyable>(_ value: Integer) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Writes an unsigned LEB128 integer (1 to 10 bytes).
    @inlinable
    package mutating func writeVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    @inlinable
    package mutating func writeCount(_ value: Int) {
        precondition(value >= 0, "a count is never negative")
        writeVarint(UInt64(value))
    }

    /// Writes a zigzag LEB128 integer.
    @inlinable
    package mutating func writeSignedVarint(_ value: Int64) { writeVarint(ZigZag.encode(value)) }

    @inlinable
    package mutating func write(contentsOf more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    @inlinable
    package mutating func write(raw: UnsafeRawBufferPointer) { bytes.append(contentsOf: raw) }

    /// Writes a byte string preceded by its length as a varint.
    @inlinable
    package mutating func writeLengthPrefixed(_ more: some Collection<UInt8>) {
        writeCount(more.count)
        bytes.append(contentsOf: more)
    }

    @inlinable
    package mutating func write(_ text: String) { writeLengthPrefixed(text.utf8) }

    /// Appends zero bytes until the count is a multiple of `alignment`.
    @inlinable
    package mutating func pad(to alignment: Int) {
        let excess = bytes.count % alignment
        if excess != 0 { bytes.append(contentsOf: repeatElement(0, count: alignment - excess)) }
    }

    /// Overwrites an integer written earlier, for lengths and checksums known only afterwards.
    @inlinable
    package mutating func overwrite<Integer: FixedWidthInteger & BitwiseCopyable>(_ value: Integer, at offset: Int) {
        precondition(offset >= 0 && offset + MemoryLayout<Integer>.size <= bytes.count, "overwrite beyond the end")
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Integer.self) }
    }
}
