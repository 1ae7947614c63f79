import VarveBytes

/// Chooses how a block of doubles is represented.
enum FloatSelection {
    /// Rows looked at before any representation is tried in full.
    static let sampleCount = 128
    /// From so many decimal places on, decimals may be the wrong idea altogether and the other scales are tried.
    static let suspiciousPlaces = 9

    /// How a column without a dictionary is represented.
    private enum Form {
        case scaled(FloatScale)
        /// ``SplitBits``.
        case split
    }

    /// The smallest encoding found, or nil when none is worth trying; may be larger than the raw values.
    static func smallest(
        _ values: UnsafeBufferPointer<Double>, hint: inout FloatHint, _ effort: CodecEffort
    ) -> ByteWriter? {
        if values.isEmpty { return nil }
        let sample = sample(of: values)
        let form = chooseForm(values, UnsafeBufferPointer(sample.buffer), hint: &hint)
        var best = form.map { encode(values, $0, effort) }
        let estimate = dictionaryByteCount(sample.buffer, rows: values.count)
        if estimate < best?.count ?? values.count * 8 {
            var writer = ByteWriter()
            if FloatDictionary.encode(values, into: &writer, effort), writer.count < best?.count ?? .max {
                best = writer
            }
        }
        return best
    }

    private static func sample(of values: UnsafeBufferPointer<Double>) -> ScratchBuffer<Double> {
        let sample = ScratchBuffer<Double>(count: min(sampleCount, values.count))
        for index in 0..<sample.buffer.count {
            sample.buffer[index] = values[index &* values.count / sample.buffer.count]
        }
        return sample
    }

    /// The scale that suits `values`, at least one of them; nil when none does.
    static func chooseScale(_ values: UnsafeBufferPointer<Double>, hint: inout FloatHint) -> FloatScale? {
        let sample = sample(of: values)
        switch chooseForm(values, UnsafeBufferPointer(sample.buffer), hint: &hint) {
        case .scaled(let scale): return scale
        case .split, nil: return nil
        }
    }

    private static func encode(_ values: UnsafeBufferPointer<Double>, _ form: Form, _ effort: CodecEffort)
        -> ByteWriter
    {
        var writer = ByteWriter(capacity: values.count * 2)
        switch form {
        case .scaled(let scale):
            let column = ScaledColumn(count: values.count)
            scale.split(values, into: column)
            column.encode(values, scale: scale, into: &writer, effort)
        case .split:
            SplitBits.encode(values, into: &writer, effort)
        }
        return writer
    }

    /// Decimals where they fit nearly all of the sample; otherwise what takes the fewest bytes for the first vector.
    private static func chooseForm(
        _ values: UnsafeBufferPointer<Double>, _ sample: UnsafeBufferPointer<Double>, hint: inout FloatHint
    ) -> Form? {
        let (places, missCount) = Decimal.choosePlaces(sample, hint: hint.decimalPlaces)
        // 3 %: an exception takes as much as some ten decimals.
        let isDecimal = missCount * 32 <= sample.count && places < suspiciousPlaces
        hint.decimalPlaces = isDecimal ? places : nil
        if isDecimal { return .scaled(.decimal(places: places)) }
        let first = UnsafeBufferPointer(rebasing: values[..<min(BitPacking.vectorRows, values.count)])
        var candidates: [Form] = []
        // Every exception costs more than a raw value.
        if missCount * 2 <= sample.count { candidates.append(.scaled(.decimal(places: places))) }
        if let bits = BinaryFraction.chooseBits(sample) { candidates.append(.scaled(.binary(fractionBits: bits))) }
        if let unit = CommonMultiple.findUnit(first) { candidates.append(.scaled(.multiple(of: unit))) }
        return smallest(candidates, first)
    }

    /// The candidate that takes the fewest bytes for `values`, or nil when none beats the raw values.
    private static func smallest(_ candidates: [Form], _ values: UnsafeBufferPointer<Double>) -> Form? {
        var best: Form?
        var bestByteCount = values.count * 8
        for candidate in candidates {
            let byteCount = encode(values, candidate, .flush).count
            if byteCount < bestByteCount { (best, bestByteCount) = (candidate, byteCount) }
        }
        // It decodes more slowly, and sums have to be taken of its doubles, which less than 3 % are not worth.
        return encode(values, .split, .flush).count * 100 <= bestByteCount * 97 ? .split : best
    }

    /// What a dictionary would take if the sample had shown every value.
    private static func dictionaryByteCount(_ sample: UnsafeMutableBufferPointer<Double>, rows: Int) -> Int {
        let distinct = sample.withMemoryRebound(to: UInt64.self) { SmallSort.distinctCount($0) }
        // More than that in the sample, and the whole column surely has too many to gain.
        if distinct > sampleCount / 2 && rows > sampleCount { return .max }
        let idBits = Int.bitWidth - (distinct - 1).leadingZeroBitCount
        return distinct * 8 + rows * idBits / 8 + 3
    }
}
