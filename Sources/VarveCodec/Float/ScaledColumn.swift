import VarveBytes

/// What the scaled modes (DEC, BIN, MUL) store besides their scale: integers, corrections, exceptions.
///
/// Format: Docs/Format/columns.md, "Sections of the scaled modes".
struct ScaledColumn: ~Copyable {
    /// Largest correction: averages of short decimals are at most a few units in the last place away from one.
    static let correctionMax: Int64 = 15
    /// Stands in `corrections` for a value that the mode does not reach.
    static let missed = Int64.max

    /// Whether `difference` of two bit patterns is small enough to be stored as a correction.
    @inline(__always)
    static func isCorrection(_ difference: Int64) -> Bool {
        // One comparison for both ends: wrapping moves everything below −15 to the top.
        UInt64(bitPattern: difference &+ correctionMax) <= UInt64(bitPattern: 2 &* correctionMax)
    }

    private let memory: ScratchBuffer<Int64>
    let numbers: UnsafeMutableBufferPointer<Int64>
    let corrections: UnsafeMutableBufferPointer<Int64>

    init(count: Int) {
        memory = ScratchBuffer(count: 2 * count)
        numbers = UnsafeMutableBufferPointer(rebasing: memory.buffer[..<count])
        corrections = UnsafeMutableBufferPointer(rebasing: memory.buffer[count...])
    }

    /// Values that must be stored as exceptions.
    var missCount: Int {
        var count = 0
        for correction in corrections where correction == Self.missed { count &+= 1 }
        return count
    }

    /// Appends the whole stream.
    func encode(
        _ values: UnsafeBufferPointer<Double>, scale: FloatScale, into writer: inout ByteWriter, _ effort: CodecEffort
    ) {
        encodeHead(values, scale: scale, into: &writer, effort)
        IntegerStream.encode(UnsafeBufferPointer(numbers), into: &writer, effort: effort)
    }

    /// Appends everything in front of the numbers, and settles the numbers of rows that the scale does not reach.
    func encodeHead(
        _ values: UnsafeBufferPointer<Double>, scale: FloatScale, into writer: inout ByteWriter, _ effort: CodecEffort
    ) {
        let positions = settleMisses()
        var hasCorrections = false
        for correction in corrections where correction != 0 {
            hasCorrections = true
            break
        }
        let flags =
            (positions.isEmpty ? 0 : FloatStream.exceptionsFlag) | (hasCorrections ? FloatStream.correctionsFlag : 0)
        writer.write(scale.mode.rawValue | flags)
        scale.encode(into: &writer)
        if !positions.isEmpty {
            writer.writeCount(positions.count)
            positions.withUnsafeBufferPointer { IntegerStream.encode($0, into: &writer, effort: effort) }
            for position in positions { writer.write(values[Int(position)].bitPattern) }
        }
        if hasCorrections { IntegerStream.encode(UnsafeBufferPointer(corrections), into: &writer, effort: effort) }
    }

    /// Gives every missed value its neighbour's number, so that differences stay small, and returns the positions.
    private func settleMisses() -> [Int64] {
        var positions: [Int64] = []
        var previous: Int64 = 0
        for index in corrections.indices where corrections[index] != Self.missed {
            previous = numbers[index]
            break
        }
        for index in numbers.indices {
            if corrections[index] == Self.missed {
                positions.append(Int64(index))
                numbers[index] = previous
                corrections[index] = 0
            }
            previous = numbers[index]
        }
        return positions
    }
}

/// The exceptions of a stream while the rest of it is decoded.
struct ExceptionList: ~Escapable {
    /// Rising strictly, below the row count.
    let positions: [Int64]
    private let patterns: RawSpan

    /// Reads positions and bit patterns.
    @_lifetime(copy cursor)
    init(decoding cursor: inout ByteCursor, rows: Int) throws(CodecError) {
        let start = cursor.offset
        let count = try cursor.count(limit: rows)
        // `rows` comes from the caller, so this allocation is bounded.
        positions = try IntegerStream.decodeArray(&cursor, count: count)
        var previous: Int64 = -1
        for position in positions {
            guard position > previous, position < rows else {
                throw .malformed(offset: start, detail: "exception at row \(position) after \(previous), \(rows) rows")
            }
            previous = position
        }
        patterns = try cursor.span(count: count * 8)
    }

    /// Overwrites the rows with their exact bit patterns.
    func apply(to output: UnsafeMutableBufferPointer<Int64>) {
        for index in positions.indices {
            // In bounds: it was checked when it was read.
            output[Int(positions[index])] = Int64(bitPattern: value(at: index).bitPattern)
        }
    }

    /// The value of the exception with `index`.
    @inline(__always)
    func value(at index: Int) -> Double {
        // In bounds: there are as many patterns as positions.
        Double(bitPattern: patterns.unsafeLoadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
    }
}
