import VarveBytes

/// Chooses how a block of doubles is represented.
enum FloatSelection {
    /// Rows looked at before any representation is tried in full.
    static let sampleCount = 128

    /// The smallest encoding found, or nil when none is worth trying; may be larger than the raw values.
    static func smallest(_ values: UnsafeBufferPointer<Double>, hint: inout FloatHint) -> ByteWriter? {
        if values.isEmpty { return nil }
        let sample = ScratchBuffer<Double>(count: min(sampleCount, values.count))
        for index in 0..<sample.buffer.count {
            sample.buffer[index] = values[index &* values.count / sample.buffer.count]
        }
        var best = decimal(values, UnsafeBufferPointer(sample.buffer), hint: &hint)
        let estimate = dictionaryByteCount(sample.buffer, rows: values.count)
        if estimate < best?.count ?? values.count * 8 {
            var writer = ByteWriter()
            if FloatDictionary.encode(values, into: &writer), writer.count < best?.count ?? .max { best = writer }
        }
        return best
    }

    private static func decimal(
        _ values: UnsafeBufferPointer<Double>, _ sample: UnsafeBufferPointer<Double>, hint: inout FloatHint
    ) -> ByteWriter? {
        let (places, missCount) = Decimal.choosePlaces(sample, hint: hint.decimalPlaces)
        hint.decimalPlaces = nil
        // Every exception costs more than a raw value.
        if missCount * 2 > sample.count { return nil }
        hint.decimalPlaces = places
        let column = ScaledColumn(count: values.count)
        Decimal.split(values, places: places, into: column)
        var scale = ByteWriter()
        scale.write(UInt8(places))
        var writer = ByteWriter(capacity: values.count * 2)
        column.encode(values, mode: .decimal, scale: scale, into: &writer)
        return writer
    }

    /// What a dictionary would take if the sample had shown every value; sorts the sample.
    private static func dictionaryByteCount(_ sample: UnsafeMutableBufferPointer<Double>, rows: Int) -> Int {
        let distinct = sample.withMemoryRebound(to: UInt64.self) { patterns -> Int in
            var sorted = patterns
            sorted.sort()
            return 1 + (1..<sorted.count).count { sorted[$0] != sorted[$0 - 1] }
        }
        // More than that in the sample, and the whole column surely has too many to gain.
        if distinct > sampleCount / 2 && rows > sampleCount { return .max }
        let idBits = Int.bitWidth - (distinct - 1).leadingZeroBitCount
        return distinct * 8 + rows * idBits / 8 + 3
    }
}
