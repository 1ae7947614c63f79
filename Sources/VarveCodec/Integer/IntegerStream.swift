package import VarveBytes

/// The integer stream "N": any sequence of Int64, whose count the reader knows from elsewhere. Any thread.
///
/// Serves timestamps, scaled floats, counts, ordinals, dictionary ids and corrections.
/// Format: Docs/Format/columns.md, "Integer stream N".
package enum IntegerStream {
    /// What follows the first byte.
    enum Shape: UInt8 {
        case empty = 0
        case constant = 1
        case linear = 2
        case vectors = 3
        /// Written at ``CodecEffort/compaction`` where it saves at least 5 %.
        case entropy = 4
    }

    static let shapeMask: UInt8 = 0x0f
    static let factorFlag: UInt8 = 0x10
    static let lz4Flag: UInt8 = 0x20

    /// Streams below this never repay an LZ4 header and its decoding.
    static let lz4ByteCountMin = 64
    /// Wider packed values are noise to LZ4.
    static let lz4WidthMax = 16

    /// Appends the stream of `values`. Hot: once per block; 10–40 ns per value, 60–100 at ``CodecEffort/compaction``.
    package static func encode(
        _ values: UnsafeBufferPointer<Int64>, into writer: inout ByteWriter, effort: CodecEffort = .flush
    ) {
        guard let first = values.first else { return writer.write(Shape.empty.rawValue) }
        if let step = constantStep(values) {
            writer.write(step == 0 ? Shape.constant.rawValue : Shape.linear.rawValue)
            writer.writeSignedVarint(first)
            if step != 0 { writer.writeSignedVarint(step) }
            return
        }
        let factor = commonFactor(values)
        guard factor >= 2 else { return encodeContent(values, prefix: nil, into: &writer, effort) }
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: values.count) { quotients in
            for index in 0..<values.count {
                // Exact, and without overflow: `commonFactor` has seen every difference.
                quotients[index] = (values[index] &- first) / Int64(factor)
            }
            encodeContent(UnsafeBufferPointer(quotients), prefix: (factor, first), into: &writer, effort)
        }
    }

    private static func encodeContent(
        _ values: UnsafeBufferPointer<Int64>, prefix: (factor: UInt64, offset: Int64)?, into writer: inout ByteWriter,
        _ effort: CodecEffort
    ) {
        let start = writer.count
        encodeVectors(values, prefix: prefix, into: &writer, effort)
        guard effort == .compaction, values.count >= EntropyEncoder.rowsMin else { return }
        var coded = ByteWriter()
        coded.write(Shape.entropy.rawValue | (prefix == nil ? 0 : factorFlag))
        encodePrefix(prefix, into: &coded)
        // Decoding takes twice the time, which less than 5 % are not worth.
        let limit = (writer.count - start) * 95 / 100 - coded.count
        guard EntropyEncoder(values).encode(into: &coded, byteCountLimit: limit) else { return }
        writer.bytes.removeSubrange(start...)
        writer.write(contentsOf: coded.bytes)
    }

    private static func encodePrefix(_ prefix: (factor: UInt64, offset: Int64)?, into writer: inout ByteWriter) {
        guard let prefix else { return }
        writer.writeVarint(prefix.factor)
        writer.writeSignedVarint(prefix.offset)
    }

    /// The common (wrapping) difference of neighbours, 0 for a single value; nil when they differ.
    private static func constantStep(_ values: UnsafeBufferPointer<Int64>) -> Int64? {
        if values.count == 1 { return 0 }
        let step = values[1] &- values[0]
        for index in 2..<max(values.count, 2) where values[index] &- values[index - 1] != step { return nil }
        return step
    }

    /// Greatest common divisor of the distances from the first value; 1 when some distance overflows.
    private static func commonFactor(_ values: UnsafeBufferPointer<Int64>) -> UInt64 {
        var factor: UInt64 = 0
        for value in values {
            let (distance, overflow) = value.subtractingReportingOverflow(values[0])
            if overflow { return 1 }
            var rest = distance.magnitude
            if factor != 0 && (rest == 0 || remainder(rest, factor) == 0) { continue }
            while rest != 0 { (factor, rest) = (rest, remainder(factor, rest)) }
            if factor == 1 { return 1 }
        }
        return factor > UInt64(Int64.max) ? 1 : factor
    }

    /// 32-bit division is several times faster on older processors, and enough for most differences.
    @inline(__always)
    private static func remainder(_ dividend: UInt64, _ divisor: UInt64) -> UInt64 {
        if (dividend | divisor) >> 32 != 0 { return dividend % divisor }
        return UInt64(UInt32(truncatingIfNeeded: dividend) % UInt32(truncatingIfNeeded: divisor))
    }

    private static func encodeVectors(
        _ values: UnsafeBufferPointer<Int64>, prefix: (factor: UInt64, offset: Int64)?, into writer: inout ByteWriter,
        _ effort: CodecEffort
    ) {
        var encoder = VectorEncoder()
        var directory = ByteWriter(capacity: 64)
        var payload = ByteWriter(capacity: values.count * 2)
        var widthMin = 64
        for start in stride(from: 0, to: values.count, by: BitPacking.vectorRows) {
            let end = min(start + BitPacking.vectorRows, values.count)
            let header = encoder.encode(UnsafeBufferPointer(rebasing: values[start..<end]), into: &payload)
            header.encode(into: &directory)
            widthMin = min(widthMin, header.width)
        }
        directory.write(contentsOf: payload.bytes)
        let block = widthMin <= lz4WidthMax ? compressed(directory.bytes, effort) : nil
        let flags = (prefix == nil ? 0 : factorFlag) | (block == nil ? 0 : lz4Flag)
        writer.write(Shape.vectors.rawValue | flags)
        encodePrefix(prefix, into: &writer)
        guard let block else { return writer.write(contentsOf: directory.bytes) }
        writer.writeCount(directory.count)
        writer.writeLengthPrefixed(block)
    }

    /// The LZ4 block of `bytes` where it saves at least 6 %; below that, decoding time is worth more.
    static func compressed(_ bytes: [UInt8], _ effort: CodecEffort) -> [UInt8]? {
        if bytes.count < lz4ByteCountMin { return nil }
        return bytes.withUnsafeBytes {
            LZ4.compress($0, level: LZ4.Level(effort), byteCountLimit: bytes.count * 94 / 100)
        }
    }
}
