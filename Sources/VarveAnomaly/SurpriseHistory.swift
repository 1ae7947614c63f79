import Glibc

/// How rare magnitudes of one kind are in a series' own past: a fading histogram with logarithmic bins.
///
/// The surprise of a magnitude is the logarithm of one over the share of the past that was at least as large, so a
/// surprise of `s` is met once in eˢ points when nothing changes. It has no unit and needs no scale, which is what
/// makes different views and different series comparable under one threshold.
struct SurpriseHistory: Equatable {
    /// Three bins an octave rank to a quarter and are full after a few hundred points. 384 bins span 2⁻⁶⁴…2⁶⁴.
    private static let binsPerOctave = 3
    static let blockCount = 24
    static let binCount = 16 * blockCount
    private static let exponentOffset = 64

    /// Weights by bin, 16 bins to a block, in multiples of `unit`.
    var blocks = [SIMD16<Float>](repeating: .zero, count: blockCount)
    /// Sum of all weights, in multiples of `unit`.
    var total: Float = 0
    /// Weight of the next value. It grows instead of all weights shrinking, until they are scaled down together.
    var unit: Float = 1
    /// The largest magnitude, fading.
    var largest = 0.0

    /// Surprise of a magnitude before it is learnt, nats; not negative.
    /// Complexity: 24 vector additions at most.
    func surprise(of magnitude: Double) -> Double {
        guard total > 0 else { return 0 }
        let weightAbove = Double(self.weightAbove(Self.place(of: magnitude)) / unit)
        var surprise = log((Double(total / unit) + 1) / (weightAbove + 1))
        // Beyond the largest the histogram ends; a Pareto tail goes on.
        if magnitude > largest, largest > 0 {
            surprise += AnomalyTuning.tailExponent * log(magnitude / largest)
        }
        return max(0, surprise)
    }

    /// Learns a magnitude with a weight of 0…1; everything before it fades by `keep`.
    mutating func learn(_ magnitude: Double, weight: Double, keep: Double) {
        unit /= Float(keep)
        if unit > AnomalyTuning.unitMax { rescale() }
        let bin = Self.place(of: magnitude).bin
        let added = unit * Float(weight)
        blocks[bin / 16][bin % 16] += added
        total += added
        largest = max(largest * keep, magnitude)
    }

    private mutating func rescale() {
        let factor = 1 / unit
        for index in blocks.indices { blocks[index] *= factor }
        total *= factor
        unit = 1
    }

    /// Weight of the bins above, and of the part of its own that lies above: what a bin holds is taken as spread
    /// evenly over it, so that a rank does not leap where one bin ends.
    private func weightAbove(_ place: Place) -> Float {
        let (bin, block) = (place.bin, place.bin / 16)
        var sum = SIMD16<Float>.zero
        for index in (block + 1)..<max(block + 1, Self.blockCount) { sum += blocks[index] }
        let lanes = SIMD16<Int32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
        let above = lanes .> SIMD16(repeating: Int32(bin % 16))
        sum += blocks[block].replacing(with: 0, where: .!above)
        return sum.sum() + place.above * blocks[block][bin % 16]
    }

    /// Where a magnitude falls.
    private struct Place {
        var bin: Int
        /// Share of the bin above the magnitude, 0…1.
        var above: Float
    }

    /// The first bin holds nothing at all, the last everything beyond; both have no inside.
    private static func place(of magnitude: Double) -> Place {
        guard magnitude >= 0x1p-64 else { return Place(bin: 0, above: 0.5) }
        guard magnitude < 0x1p63 else { return Place(bin: binCount - 1, above: 0.5) }
        let position = log2(magnitude.significand) * Double(binsPerOctave)
        let part = Int(position)
        return Place(
            bin: (Int(magnitude.exponent) + exponentOffset) * binsPerOctave + part,
            above: Float(1 - (position - Double(part))))
    }
}
