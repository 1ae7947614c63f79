package import VarveBytes

/// What one block of a series teaches about the next; makes encoding faster, never changes what comes back.
package struct FloatHint: Sendable, Equatable {
    /// Decimal places of the previous block; nil when it was not stored as decimals.
    var decimalPlaces: Int?

    /// Knows nothing yet.
    package init() {}
}

/// The float stream "F": any sequence of doubles, bit for bit (NaN payloads, −0.0, infinities, subnormals), whose count
/// the reader knows from elsewhere. Any thread.
///
/// Format: Docs/Format/columns.md, "Float stream F".
package enum FloatStream {
    /// How the values are represented.
    enum Mode: UInt8 {
        case raw = 0
        case decimal = 1
        case binary = 2
        case multiple = 3
        case split = 4
        case dictionary = 5
    }

    static let modeMask: UInt8 = 0x0f
    static let exceptionsFlag: UInt8 = 0x10
    static let correctionsFlag: UInt8 = 0x20
    static let lz4Flag: UInt8 = 0x40

    /// Appends the stream of `values`. Hot: once per block; 20–60 ns per value.
    ///
    /// What was encoded is decoded again and compared bit by bit before it is kept; on any difference, and where
    /// nothing is smaller, the values are stored as they are. So a wrong choice costs space, never data.
    package static func encode(
        _ values: UnsafeBufferPointer<Double>, into writer: inout ByteWriter, hint: inout FloatHint,
        effort: CodecEffort = .flush
    ) {
        let rawByteCount = values.count * 8 + 1
        if let candidate = FloatSelection.smallest(values, hint: &hint, effort), candidate.count < rawByteCount,
            restores(candidate, values)
        {
            return writer.write(contentsOf: candidate.bytes)
        }
        encodeRaw(values, into: &writer, effort)
    }

    private static func restores(_ candidate: ByteWriter, _ values: UnsafeBufferPointer<Double>) -> Bool {
        let output = ScratchBuffer<Double>(count: values.count)
        var cursor = ByteCursor(candidate.bytes.span.bytes)
        do throws(CodecError) { try decode(&cursor, into: output.buffer) } catch { return false }
        return cursor.remaining == 0 && isSame(values, output.buffer)
    }

    static func isSame(
        _ values: UnsafeBufferPointer<Double>, _ decoded: UnsafeMutableBufferPointer<Double>
    ) -> Bool {
        var difference: UInt64 = 0
        for index in 0..<values.count { difference |= values[index].bitPattern ^ decoded[index].bitPattern }
        return difference == 0
    }

    private static func encodeRaw(
        _ values: UnsafeBufferPointer<Double>, into writer: inout ByteWriter, _ effort: CodecEffort
    ) {
        let bytes = UnsafeRawBufferPointer(values)
        if bytes.count >= IntegerStream.lz4ByteCountMin,
            let block = LZ4.compress(bytes, level: LZ4.Level(effort), byteCountLimit: bytes.count * 94 / 100)
        {
            writer.write(Mode.raw.rawValue | lz4Flag)
            return writer.writeLengthPrefixed(block)
        }
        writer.write(Mode.raw.rawValue)
        writer.write(raw: bytes)
    }
}

/// Memory for one block, freed at the end of the scope.
struct ScratchBuffer<Element: BitwiseCopyable>: ~Copyable {
    let buffer: UnsafeMutableBufferPointer<Element>

    /// The content is undefined.
    init(count: Int) { buffer = .allocate(capacity: count) }

    deinit { buffer.deallocate() }
}
