import VarveBytes

/// The representation of doubles that no scale suits, such as full-precision values of many magnitudes: sign and
/// exponent apart from the fraction. Format: Docs/Format/columns.md, "RD".
enum SplitBits {
    static let fractionBits = 52
    private static let fractionMask = UInt64(1) << 52 - 1
    /// Sign and exponent: 12 bits.
    private static let headLimit: Int64 = 1 << 12

    /// Appends the whole stream.
    static func encode(_ values: UnsafeBufferPointer<Double>, into writer: inout ByteWriter, _ effort: CodecEffort) {
        let column = ScratchBuffer<Int64>(count: values.count)
        writer.write(FloatStream.Mode.split.rawValue)
        for index in 0..<values.count { column.buffer[index] = head(values[index].bitPattern) }
        IntegerStream.encode(UnsafeBufferPointer(column.buffer), into: &writer, effort: effort)
        for index in 0..<values.count {
            column.buffer[index] = Int64(bitPattern: values[index].bitPattern & fractionMask)
        }
        // Fractions are noise: entropy coding finds nothing in them, and would take its time.
        IntegerStream.encode(UnsafeBufferPointer(column.buffer), into: &writer, effort: .flush)
    }

    /// The exponent field with the sign below it, so that values around zero have heads close to each other.
    @inline(__always)
    private static func head(_ pattern: UInt64) -> Int64 {
        Int64(bitPattern: (pattern &>> 52 & 0x7ff) &<< 1 | pattern &>> 63)
    }

    /// Fills `output` with bit patterns.
    @_lifetime(cursor: copy cursor)
    static func decode(
        _ cursor: inout ByteCursor, into output: UnsafeMutableBufferPointer<Int64>
    ) throws(CodecError) {
        let start = cursor.offset
        let heads = ScratchBuffer<Int64>(count: output.count)
        try IntegerStream.decode(&cursor, into: heads.buffer)
        try IntegerStream.decode(&cursor, into: output)
        // Of everything: a negative number has the sign bit, and a large one some bit above the limit.
        var headBits: Int64 = 0
        var fractionBits: Int64 = 0
        for index in 0..<output.count {
            let head = heads.buffer[index]
            headBits |= head
            fractionBits |= output[index]
            output[index] |= (head &>> 1) &<< 52 | head &<< 63
        }
        guard 0..<headLimit ~= headBits, 0..<(1 << 52) ~= fractionBits else {
            throw .malformed(offset: start, detail: "a sign and exponent beyond 12 bits, or a fraction beyond 52")
        }
    }
}
