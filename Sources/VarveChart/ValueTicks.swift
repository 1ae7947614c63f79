import Glibc

/// Round values along an axis.
enum ValueTicks {
    /// Values are held within this, so that sums and differences of two stay finite.
    static let farthest = 1e300
    /// Differences below this are none: steps of them could not be told from zero.
    private static let nearest = 1e-290

    /// A step of 1, 2, 2.5 or 5 times a power of ten (or of two for `isBinary`), at least `raw`.
    /// - Parameter raw: positive and finite.
    static func roundStep(_ raw: Double, isBinary: Bool = false) -> Double {
        // Powers of two below 1 024 are round for bytes: 0, 256 KiB, 512 KiB.
        if isBinary, raw > 1 { return pow(2, log2(raw * (1 - 1e-9)).rounded(.up)) }
        let power = pow(10, log10(raw).rounded(.down))
        let factor = [1, 2, 2.5, 5, 10].first { $0 * power >= raw * (1 - 1e-9) } ?? 10
        return factor * power
    }

    /// A range that has an inside: ends that are equal, exchanged or not finite are moved.
    static func spread(_ low: Double, _ high: Double) -> ClosedRange<Double> {
        let low = clamped(low)
        let high = clamped(high)
        if high > low, high - low > max(abs(low), abs(high)) * 1e-12, high - low > nearest { return low...high }
        let middle = low.isFinite ? low : 0
        if abs(middle) < nearest { return 0...1 }
        // The same for an axis that begins at a value that does not change: the line is in the middle.
        let distance = abs(middle) * 0.1
        return clamped(middle - distance)...clamped(middle + distance)
    }

    static func clamped(_ value: Double) -> Double {
        value.isNaN ? 0 : max(-farthest, min(farthest, value))
    }

    /// The multiples of `step` from `low` to `high`, at most 200. A millionth of a step is tolerated at both ends.
    static func multiples(of step: Double, in range: ClosedRange<Double>) -> [Double] {
        guard step > 0, step.isFinite else { return [] }
        let first = (range.lowerBound / step - 1e-6).rounded(.up)
        let last = (range.upperBound / step + 1e-6).rounded(.down)
        guard first.isFinite, last.isFinite, last >= first else { return [] }
        let count = Int(min(last - first, 199))
        return (0...count).map { (first + Double($0)) * step + 0 }
    }

    /// Digits behind the point that tell all of `values` apart from their neighbours, at most 6; nil when more would be
    /// needed.
    static func decimals(for values: [Double]) -> Int? {
        (0...6).first { decimals in
            let power = pow(10, Double(decimals))
            return values.allSatisfy { value in
                let scaled = value * power
                return abs(scaled) < 1e15 && abs(scaled - scaled.rounded()) <= max(1e-6, abs(scaled) * 1e-9)
            }
        }
    }
}
