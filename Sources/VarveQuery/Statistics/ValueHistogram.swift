import Glibc

/// The service's histogram of samples: bins whose edges are powers of 1.1, interpolated inside. Percentiles from it are
/// within about 5 % of the true ones and equal the service's to about 9 digits, so that alarms agree.
///
/// Bin k of v > 0 spans [1.1^k, 1.1^(k+1)), k at least −7 000; zero has a bin of its own, without width. Edges are
/// clipped to the smallest and largest value of the period, samples of weight 0 included. Samples are finite and not
/// negative. Bins without weight are not kept: they carry no mass. Merging loses nothing; O(bins), of which there are
/// at most about 14 500, some hundred for ordinary metrics.
package struct ValueHistogram: Sendable, Equatable {
    /// Of the bins with weight, ascending; zero is not among them.
    private var indices: [Int32] = []
    private var weights: [Double] = []
    private var zeroWeight = 0.0
    /// Of all values added, those of weight 0 included.
    package private(set) var minimum = Double.infinity
    package private(set) var maximum = -Double.infinity

    /// The lowest bin with a width.
    private static let lowestIndex = -7_000.0
    private static let logBase = log(1.1)

    package init() {}

    /// Adds `weight` samples of `value`. O(log bins), and O(bins) for a bin's first sample.
    /// - Precondition: both are finite and not negative.
    package mutating func add(_ value: Double, weight: Double = 1) {
        precondition(
            value >= 0 && weight >= 0 && value.isFinite && weight.isFinite, "a histogram takes values from 0 on")
        include(minimum: value, maximum: value)
        if weight == 0 { return }
        if value == 0 { zeroWeight += weight } else { add(weight, toBin: Self.index(of: value)) }
    }

    /// Widens the range to which bins are clipped, such as by extremes that came without their samples.
    package mutating func include(minimum low: Double, maximum high: Double) {
        minimum = min(minimum, low + 0)
        maximum = max(maximum, high + 0)
    }

    package mutating func merge(_ other: ValueHistogram) {
        include(minimum: other.minimum, maximum: other.maximum)
        zeroWeight += other.zeroWeight
        for (index, weight) in zip(other.indices, other.weights) { add(weight, toBin: index) }
    }

    /// ⌊ln v / ln 1.1⌋, not below the lowest bin.
    private static func index(of value: Double) -> Int32 {
        Int32(max(lowestIndex, (log(value) / logBase).rounded(.down)))
    }

    private mutating func add(_ weight: Double, toBin index: Int32) {
        var low = 0
        var high = indices.count
        while low < high {
            let middle = (low + high) / 2
            if indices[middle] < index { low = middle + 1 } else { high = middle }
        }
        if low < indices.count, indices[low] == index {
            weights[low] += weight
        } else {
            indices.insert(index, at: low)
            weights.insert(weight, at: low)
        }
    }
}

/// A bin with its edges, as the rules of the service see it.
struct HistogramBin {
    /// Clipped to the extremes of the period.
    var low: Double
    var high: Double
    var weight: Double
    /// Not clipped; equal for the bin of zero.
    var fullLow: Double
    var fullHigh: Double
}

extension ValueHistogram {
    /// Whether no sample with a weight was added.
    var isEmpty: Bool { zeroWeight == 0 && indices.isEmpty }

    /// Bins with weight, by low edge. O(bins), with a power of 1.1 each.
    var bins: [HistogramBin] {
        var bins: [HistogramBin] = []
        bins.reserveCapacity(indices.count + 1)
        if zeroWeight > 0 { bins.append(bin(0, 0, zeroWeight)) }
        for (index, weight) in zip(indices, weights) {
            bins.append(bin(pow(1.1, Double(index)), pow(1.1, Double(index) + 1), weight))
        }
        return bins
    }

    private func bin(_ low: Double, _ high: Double, _ weight: Double) -> HistogramBin {
        func clipped(_ edge: Double) -> Double { min(max(edge, minimum), maximum) }
        return HistogramBin(
            low: clipped(low), high: clipped(high), weight: weight, fullLow: low, fullHigh: high)
    }
}
