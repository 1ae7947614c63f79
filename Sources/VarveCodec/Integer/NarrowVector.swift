import VarveBytes

/// How the doubles of a vector follow from small distances to an integer: (origin + factor · distance), then one
/// multiplication or division. All steps but the last are exact, so this gives the bits that the general way gives.
struct NarrowScaling {
    let factor: Int64
    let offset: Int64
    let divides: Bool
    /// Divisor or multiplier.
    let operand: Double

    /// 2^18 times a distance of 31 bits is below 2^49; with an origin below 2^50 every number is inside the 2^51 that
    /// the format allows.
    static let factorMax: Int64 = 1 << 18
    static let originLimit: Int64 = 1 << 50

    /// Nil when `factor` is too large for exact doubles.
    init?(_ scale: FloatScale, factor: Int64, offset: Int64) {
        guard 1...Self.factorMax ~= factor else { return nil }
        self.factor = factor
        self.offset = offset
        switch scale {
        case .decimal(let places):
            divides = places > 0
            operand = Decimal.powers[places]
        case .binary(let fractionBits):
            divides = false
            operand = BinaryFraction.power(-fractionBits)
        case .multiple(let unit):
            divides = false
            operand = unit
        }
    }

    /// offset + factor · origin as an exact double; nil when it is too large.
    func origin(_ origin: Int64) -> Double? {
        let (product, overflow) = origin.multipliedReportingOverflow(by: factor)
        let (sum, carry) = product.addingReportingOverflow(offset)
        guard !overflow, !carry, sum.magnitude < Self.originLimit.magnitude else { return nil }
        return Double(sum)
    }

    /// The doubles of four distances, which carry an offset of 2^31.
    @inline(__always)
    func apply(_ distances: SIMD4<UInt32>, _ origin: Double, divides: Bool) -> SIMD4<Double> {
        // As the low half of a double with the exponent of 2^52, an integer below 2^32 adds itself to 2^52.
        let high: UInt32 = 0x4330_0000
        let words = SIMD8<UInt32>(
            distances[0], high, distances[1], high, distances[2], high, distances[3], high)
        let exact = unsafeBitCast(words, to: SIMD4<Double>.self) - SIMD4(repeating: 0x1p52 + 0x1p31)
        let numbers = exact * SIMD4(repeating: Double(factor)) + SIMD4(repeating: origin)
        return divides ? numbers / SIMD4(repeating: operand) : numbers * SIMD4(repeating: operand)
    }
}

extension VectorDecoder {
    /// Decodes a full vector of small residuals straight into bit patterns of doubles, without the integers between;
    /// false, with nothing read, for every other vector. Hot: once per vector; 0.5 ns per value, 1 with a division.
    @_lifetime(cursor: copy cursor)
    func decodeNarrow(
        _ header: VectorHeader, _ cursor: inout ByteCursor, _ scaling: NarrowScaling,
        into output: UnsafeMutableBufferPointer<Int64>
    ) throws(CodecError) -> Bool {
        let isDelta = header.transform == .delta
        // 20: so that 1 023 steps, base included, stay below 2^31.
        guard output.count == BitPacking.vectorRows, 1...(isDelta ? 20 : 31) ~= header.width,
            isDelta || header.transform == .frameOfReference
        else { return false }
        var reader = copy cursor
        let first = isDelta ? try reader.signedVarint() : 0
        let base = try reader.signedVarint()
        guard base.magnitude < 1 << 20 || !isDelta else { return false }
        guard let origin = scaling.origin(isDelta ? first : base) else { return false }
        let packed = try reader.span(count: BitPacking.byteCount(width: header.width))
        unpackNarrow(packed, header.width)
        guard try patchNarrow(header, &reader, limit: isDelta ? 1 << 20 : 1 << 31) else { return false }
        try reader.expectEnd(of: "a vector")
        cursor = reader
        let step = UInt32(truncatingIfNeeded: isDelta ? base : 0)
        switch (isDelta, scaling.divides) {
        case (true, true): sum(scaling, origin, step, divides: true, into: output)
        case (true, false): sum(scaling, origin, step, divides: false, into: output)
        case (false, true): shift(scaling, origin, divides: true, into: output)
        case (false, false): shift(scaling, origin, divides: false, into: output)
        }
        return true
    }

    /// Overwrites unpacked residuals by exceptions; false when one does not stay below `limit`.
    @_lifetime(cursor: copy cursor)
    private func patchNarrow(
        _ header: VectorHeader, _ cursor: inout ByteCursor, limit: UInt64
    ) throws(CodecError) -> Bool {
        if header.exceptionCount == 0 { return true }
        let exceptions = try ExceptionPositions(decoding: &cursor, header, rows: BitPacking.vectorRows)
        var previous = -1
        for index in 0..<header.exceptionCount {
            previous = try exceptions.position(at: index, after: previous)
            let residual = try cursor.signedVarint()
            guard residual.magnitude < limit else { return false }
            narrow[previous] = UInt32(truncatingIfNeeded: residual)
        }
        return true
    }

    /// Sums of steps before each row, four rows at a time.
    @inline(__always)
    private func sum(
        _ scaling: NarrowScaling, _ origin: Double, _ base: UInt32, divides: Bool,
        into output: UnsafeMutableBufferPointer<Int64>
    ) {
        let source = UnsafeRawPointer(narrow)
        let target = UnsafeMutableRawPointer(output.baseAddress!)
        let bases = SIMD4<UInt32>(repeating: base)
        var carry = SIMD4<UInt32>(repeating: 1 << 31)
        for four in 0..<(BitPacking.vectorRows / 4) {
            let steps = source.loadUnaligned(fromByteOffset: four &* 16, as: SIMD4<UInt32>.self) &+ bases
            let pairs = steps &+ SIMD4(0, steps[0], steps[1], steps[2])
            let sums = carry &+ pairs &+ SIMD4(0, 0, pairs[0], pairs[1])
            let doubles = scaling.apply(sums &- steps, origin, divides: divides)
            target.storeBytes(of: doubles, toByteOffset: four &* 32, as: SIMD4<Double>.self)
            carry = SIMD4(repeating: sums[3])
        }
    }

    /// Residuals as they are.
    @inline(__always)
    private func shift(
        _ scaling: NarrowScaling, _ origin: Double, divides: Bool, into output: UnsafeMutableBufferPointer<Int64>
    ) {
        let source = UnsafeRawPointer(narrow)
        let target = UnsafeMutableRawPointer(output.baseAddress!)
        for four in 0..<(BitPacking.vectorRows / 4) {
            let residuals = source.loadUnaligned(fromByteOffset: four &* 16, as: SIMD4<UInt32>.self)
            let doubles = scaling.apply(residuals &+ SIMD4(repeating: 1 << 31), origin, divides: divides)
            target.storeBytes(of: doubles, toByteOffset: four &* 32, as: SIMD4<Double>.self)
        }
    }
}
