import Glibc

/// The representation x = n · unit, with small corrections; serves ratios of whole numbers such as used / total · 100,
/// which are multiples of an inexpressible step. Format: Docs/Format/columns.md, "MUL".
enum CommonMultiple {
    /// Rows that the unit is found from.
    static let sampleCount = 300

    static func multiply(_ values: UnsafeMutableBufferPointer<Int64>, unit: Double) {
        for index in 0..<values.count {
            values[index] = Int64(bitPattern: (IntegerDouble.double(values[index]) * unit).bitPattern)
        }
    }

    static func split(_ values: UnsafeBufferPointer<Double>, unit: Double, into column: borrowing ScaledColumn) {
        for index in 0..<values.count {
            let scaled = values[index] / unit
            let shifted = scaled + IntegerDouble.magic
            let product = (shifted - IntegerDouble.magic) * unit
            let correction = Int64(bitPattern: values[index].bitPattern &- product.bitPattern)
            // Written so that NaN fails.
            let isReached = ScaledColumn.isCorrection(correction) && scaled.magnitude < IntegerDouble.limit
            column.numbers[index] = IntegerDouble.integer(shifted)
            column.corrections[index] = isReached ? correction : ScaledColumn.missed
        }
    }

    /// The unit of `values`, or nil when they have none.
    static func findUnit(_ values: UnsafeBufferPointer<Double>) -> Double? {
        let count = min(sampleCount, values.count)
        let sample = (0..<count).map { values[$0 * values.count / count] }.filter(\.isFinite)
        guard let largest = sample.map(\.magnitude).max(), largest > 0x1p-900, largest < 0x1p900 else { return nil }
        // Differences are smaller than the values, so Euclid needs fewer steps and loses less.
        let distances = zip(sample, sample.dropFirst()).map { ($0 - $1).magnitude } + [sample[0].magnitude]
        guard let unit = divisor(distances, largest: largest) else { return nil }
        return refined(refined(unit, distances), sample.map(\.magnitude))
    }

    /// Greatest common divisor of `lengths` up to noise of 10^−9 of the largest value. A divisor near that noise is
    /// no divisor: any numbers have one.
    private static func divisor(_ lengths: [Double], largest: Double) -> Double? {
        let tolerance = largest * 1e-9
        var unit = 0.0
        for length in lengths {
            var (long, short) = (max(unit, length), min(unit, length))
            while short > tolerance {
                (long, short) = (short, remainder(long, short).magnitude)
            }
            unit = long
            if unit < largest * 1e-8 { return nil }
        }
        return unit
    }

    /// Least squares of length = n · unit, taking short lengths first: their n is certain, and each makes the unit
    /// precise enough for the next.
    private static func refined(_ start: Double, _ lengths: [Double]) -> Double {
        var unit = start
        var squares = 0.0
        for length in lengths.sorted() {
            let number = (length / unit).rounded()
            if number == 0 { continue }
            squares += number * number
            // The residual is taken with one rounding (fma): it is far below the rounding error of n · unit.
            unit += number * length.addingProduct(-number, unit) / squares
        }
        return unit
    }
}
