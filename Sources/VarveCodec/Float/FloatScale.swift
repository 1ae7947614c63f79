import VarveBytes

/// What relates the doubles of a scaled mode to integers. Format: Docs/Format/columns.md, "Float stream F".
enum FloatScale: Equatable {
    /// x = n / 10^places.
    case decimal(places: Int)
    /// x = n · 2^−fractionBits.
    case binary(fractionBits: Int)
    /// x = n · unit.
    case multiple(of: Double)

    var mode: FloatStream.Mode {
        switch self {
        case .decimal: .decimal
        case .binary: .binary
        case .multiple: .multiple
        }
    }

    /// Appends the parameter.
    func encode(into writer: inout ByteWriter) {
        switch self {
        case .decimal(let places): writer.write(UInt8(places))
        case .binary(let fractionBits): writer.write(Int16(fractionBits))
        case .multiple(let unit): writer.write(unit.bitPattern)
        }
    }

    /// Reads and checks the parameter of `mode`, one of the scaled ones.
    @_lifetime(cursor: copy cursor)
    init(decoding cursor: inout ByteCursor, _ mode: FloatStream.Mode) throws(CodecError) {
        let start = cursor.offset
        switch mode {
        case .decimal:
            let places: UInt8 = try cursor.fixed()
            guard places <= Decimal.placesMax else {
                throw .malformed(offset: start, detail: "\(places) decimal places; at most \(Decimal.placesMax)")
            }
            self = .decimal(places: Int(places))
        case .binary:
            let fractionBits: Int16 = try cursor.fixed()
            guard abs(Int(fractionBits)) <= BinaryFraction.bitsMax else {
                throw .malformed(
                    offset: start, detail: "\(fractionBits) fraction bits; at most \(BinaryFraction.bitsMax)")
            }
            self = .binary(fractionBits: Int(fractionBits))
        default:
            self = .multiple(of: Double(bitPattern: try cursor.fixed()))
        }
    }

    /// Splits `values` into integers and corrections. Hot: once per block.
    func split(_ values: UnsafeBufferPointer<Double>, into column: borrowing ScaledColumn) {
        switch self {
        case .decimal(let places): Decimal.split(values, places: places, into: column)
        case .binary(let fractionBits): BinaryFraction.split(values, fractionBits: fractionBits, into: column)
        case .multiple(let unit): CommonMultiple.split(values, unit: unit, into: column)
        }
    }

    /// Replaces integers by the bit patterns of the doubles they stand for. Hot: once per block.
    func apply(to values: UnsafeMutableBufferPointer<Int64>, offset: Int) throws(CodecError) {
        let isInRange: Bool
        switch self {
        case .decimal(let places):
            isInRange = Decimal.divide(values, places: places)
        case .binary(let fractionBits):
            isInRange = true
            BinaryFraction.multiply(values, fractionBits: fractionBits)
        case .multiple(let unit):
            isInRange = IntegerDouble.fitsMagic(values)
            if isInRange { CommonMultiple.multiply(values, unit: unit) }
        }
        guard isInRange else { throw .malformed(offset: offset, detail: "a number beyond 2^51 in float mode \(mode)") }
    }
}
