import VarveBytes

/// How the doubles of a vector follow from small distances to an integer: (origin + factor · distance), then one
/// multiplication or division. All steps but the last are exact, so this gives the bits that the general way gives.
struct NarrowScaling {
    let factor: Int64
    let offset: Int64
    let divides: Bool
    /// Divisor or multiplier.
    let operand: Double
    /// Instead of the divisor, for numbers below 2^``SplitReciprocal/numberBits`` in magnitude.
    let reciprocal: SplitReciprocal?

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
            reciprocal = places > 0 ? SplitReciprocal(of: operand, numberBits: SplitReciprocal.numberBits) : nil
        case .binary(let fractionBits):
            divides = false
            operand = BinaryFraction.power(-fractionBits)
            reciprocal = nil
        case .multiple(let unit):
            divides = false
            operand = unit
            reciprocal = nil
        }
    }

    /// offset + factor · origin; nil when it is too large.
    func origin(_ origin: Int64) -> Int64? {
        let (product, overflow) = origin.multipliedReportingOverflow(by: factor)
        let (sum, carry) = product.addingReportingOverflow(offset)
        guard !overflow, !carry, sum.magnitude < Self.originLimit.magnitude else { return nil }
        return sum
    }
}

/// The way from the distances of one vector, to which `bias` was added, to its doubles.
struct NarrowConversion {
    /// Distance 0 with its bias in the low half of a double, and where the factor is 1 the origin.
    let shift: Double
    private let factor: Double
    private let origin: Double
    private let operand: Double
    private let divides: Bool
    /// What the doubles follow by.
    let step: Step

    enum Step {
        /// number · operand.
        case product
        /// The number times both parts of a reciprocal.
        case split(SplitReciprocal)
        /// Any factor, any operand.
        case general
    }

    /// `origin` as ``NarrowScaling/origin(_:)`` gives it.
    init(_ scaling: NarrowScaling, origin: Int64, bias: UInt32) {
        let isPlain = scaling.factor == 1
        // An integer below 2^53: exact, and so is the difference to it.
        shift = 0x1p52 + Double(bias) - (isPlain ? Double(origin) : 0)
        factor = Double(scaling.factor)
        self.origin = isPlain ? 0 : Double(origin)
        operand = scaling.operand
        divides = scaling.divides
        // Distances reach half as far as the reciprocal, so the origin may lie as far away.
        let isNear = origin.magnitude < 1 << UInt64(SplitReciprocal.numberBits - 1)
        if isPlain, !divides {
            step = .product
        } else if isPlain, isNear, let reciprocal = scaling.reciprocal {
            step = .split(reciprocal)
        } else {
            step = .general
        }
    }

    /// The numbers of four distances where the factor is 1, without their origin elsewhere.
    @inline(__always)
    static func numbers(_ distances: SIMD4<UInt32>, shift: Double) -> SIMD4<Double> {
        // As the low half of a double with the exponent of 2^52, an integer below 2^32 adds itself to 2^52.
        let high: UInt32 = 0x4330_0000
        let words = SIMD8<UInt32>(
            distances[0], high, distances[1], high, distances[2], high, distances[3], high)
        return unsafeBitCast(words, to: SIMD4<Double>.self) - SIMD4(repeating: shift)
    }

    /// The doubles of four distances where the step is a product.
    @inline(__always)
    func product(_ distances: SIMD4<UInt32>) -> SIMD4<Double> {
        Self.numbers(distances, shift: shift) * SIMD4(repeating: operand)
    }

    /// The doubles of four distances where the step is split.
    @inline(__always)
    func split(_ distances: SIMD4<UInt32>, _ reciprocal: SplitReciprocal) -> SIMD4<Double> {
        let numbers = Self.numbers(distances, shift: shift)
        return numbers * SIMD4(repeating: reciprocal.coarse) + numbers * SIMD4(repeating: reciprocal.fine)
    }

    /// The doubles of four distances, whatever the step.
    @inline(__always)
    func general(_ distances: SIMD4<UInt32>) -> SIMD4<Double> {
        // Exact: below 2^51.
        let numbers =
            Self.numbers(distances, shift: shift) * SIMD4(repeating: factor) + SIMD4(repeating: origin)
        return divides ? numbers / SIMD4(repeating: operand) : numbers * SIMD4(repeating: operand)
    }
}

extension VectorDecoder {
    /// Decodes a full vector of small residuals straight into bit patterns of doubles, without the integers between;
    /// false, with nothing read, for every other vector. Hot: once per vector; 0.6 ns per value.
    @_lifetime(cursor: copy cursor)
    func decodeNarrow(
        _ header: VectorHeader, _ cursor: inout ByteCursor, _ scaling: NarrowScaling,
        into output: UnsafeMutableBufferPointer<Int64>
    ) throws(CodecError) -> Bool {
        var reader = copy cursor
        guard output.count == BitPacking.vectorRows,
            let first = try decodeDistances(header, &reader, .forDoubles), let origin = scaling.origin(first)
        else { return false }
        cursor = reader
        let conversion = NarrowConversion(scaling, origin: origin, bias: NarrowLimits.forDoubles.bias)
        DistanceKernel.write(
            UnsafeBufferPointer(start: distances, count: output.count), conversion,
            into: UnsafeMutableRawPointer(output.baseAddress!))
        return true
    }

    /// Decodes a full vector of small residuals to ``distances`` from the number that is returned, each with the bias
    /// of `limits` added; nil, with anything read, for every vector that is not within `limits`. Hot: once per vector;
    /// 0.4 ns per value.
    @_lifetime(cursor: copy cursor)
    func decodeDistances(
        _ header: VectorHeader, _ cursor: inout ByteCursor, _ limits: NarrowLimits
    ) throws(CodecError) -> Int64? {
        let isDelta = header.transform == .delta
        let bits = isDelta ? limits.deltaBits : limits.referenceBits
        guard isDelta || header.transform == .frameOfReference, 1...bits ~= header.width else { return nil }
        let first = isDelta ? try cursor.signedVarint() : 0
        let base = try cursor.signedVarint()
        guard !isDelta || base.magnitude < 1 << UInt64(bits) else { return nil }
        let packed = try cursor.span(count: BitPacking.byteCount(width: header.width))
        unpackNarrow(packed, header.width)
        guard try patchNarrow(header, &cursor, limit: 1 << UInt64(bits)) else { return nil }
        try cursor.expectEnd(of: "a vector")
        if isDelta {
            sumSteps(UInt32(truncatingIfNeeded: base), bias: limits.bias)
            return first
        }
        for row in 0..<BitPacking.vectorRows { distances[row] = narrow[row] &+ limits.bias }
        return base
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

    /// Writes `bias` and the sum of the steps before each row, `base` included, to ``distances``.
    private func sumSteps(_ base: UInt32, bias: UInt32) {
        let source = UnsafeRawPointer(narrow)
        // The sums up to and with each row belong to the next row; the last one to none.
        let target = UnsafeMutableRawPointer(distances + 1)
        distances[0] = bias
        let bases = SIMD4<UInt32>(repeating: base)
        let upper = SIMD4<UInt32>(0, 0, .max, .max)
        var carry = SIMD4<UInt32>(repeating: bias)
        for four in 0..<(BitPacking.vectorRows / 4) {
            let steps = source.loadUnaligned(fromByteOffset: four &* 16, as: SIMD4<UInt32>.self) &+ bases
            let words = unsafeBitCast(steps, to: SIMD2<UInt64>.self)
            let pairs = unsafeBitCast(words &+ (words &<< SIMD2(repeating: 32)), to: SIMD4<UInt32>.self)
            let sums = pairs &+ (SIMD4(repeating: pairs[1]) & upper)
            target.storeBytes(of: carry &+ sums, toByteOffset: four &* 16, as: SIMD4<UInt32>.self)
            // Apart from the sums, so that only this addition waits for the four rows before.
            carry &+= SIMD4(repeating: sums[3])
        }
    }
}

/// What the residuals of a vector may be to be summed up in 32 bits.
struct NarrowLimits {
    /// Largest width of steps; their base and exceptions stay below 2^deltaBits.
    let deltaBits: Int
    /// Largest width of residuals that are no steps; their exceptions stay below 2^referenceBits.
    let referenceBits: Int
    /// Added to every distance.
    let bias: UInt32

    /// 1 023 steps below 2^21, base included, stay below 2^31.
    static let forDoubles = NarrowLimits(deltaBits: 20, referenceBits: 31, bias: 1 << 31)
    /// Distances within ±``distanceLimit``: 1 023 steps below 2^19. With the bias they are bit patterns of positive
    /// normal floats and in the same order as those, so that vector instructions for the extremes of floats, which
    /// every processor has, serve.
    static let forSums = NarrowLimits(deltaBits: 18, referenceBits: 29, bias: 1 << 30)
    static let distanceLimit: Int64 = 1 << 29
}
