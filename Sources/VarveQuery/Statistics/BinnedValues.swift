import Glibc

/// A histogram laid out for questions. The rules are those that the service's answers follow; each is stated where it
/// is computed, the odd ones included.
struct BinnedValues: RankedDistribution {
    private let bins: [HistogramBin]
    /// Weight of the bins before each.
    private let prior: [Double]
    let weight: Double
    let minimum: Double
    let maximum: Double

    init(_ histogram: ValueHistogram) {
        bins = histogram.bins
        var total = 0.0
        prior = bins.map { bin in
            defer { total += bin.weight }
            return total
        }
        weight = total
        minimum = histogram.minimum
        maximum = histogram.maximum
    }

    /// A part of a bin: from `low` to `high`, with that part of its weight.
    private struct Piece {
        var low: Double
        var high: Double
        var weight: Double
        var bin: HistogramBin
    }

    // MARK: Ranks

    /// The bin with prior < target ≤ prior + weight, and which fraction of its weight lies up to `target`.
    private func bin(holding target: Double) -> (bin: HistogramBin, fraction: Double)? {
        guard let last = bins.indices.last else { return nil }
        let index = bins.indices.first { target <= prior[$0] + bins[$0].weight } ?? last
        return (bins[index], (target - prior[index]) / bins[index].weight)
    }

    /// Geometric interpolation inside the bin: low · (high / low)^fraction.
    func value(at rank: Percentage) -> Double {
        if minimum == maximum { return minimum }
        guard let (bin, fraction) = bin(holding: rank.part(of: weight)) else { return minimum }
        // The only bin that begins at 0 has no width, unless clipping left none of the others.
        if bin.low == bin.high || bin.low <= 0 { return bin.low }
        return clamped(bin.low * pow(bin.high / bin.low, fraction))
    }

    /// With c the weight of the bin that holds a rank and f the fraction up to it, the upper bound is
    /// low · 1.1^(c − 1 + f) and the lower one low · 1.1^(c − f), exponents kept to 0…1, and 1 in the lower one where
    /// f is 1. `low` is the edge before clipping.
    func bounds(_ low: Percentage, _ high: Percentage) -> (low: Double, high: Double) {
        func bound(_ rank: Percentage, _ exponent: (_ weight: Double, _ fraction: Double) -> Double) -> Double {
            guard let (bin, fraction) = bin(holding: rank.part(of: weight)) else { return minimum }
            return clamped(bin.fullLow * pow(1.1, min(max(exponent(bin.weight, fraction), 0), 1)))
        }
        return (bound(low) { $1 == 1 ? 1 : $0 - $1 }, bound(high) { $0 - 1 + $1 })
    }

    private func clamped(_ value: Double) -> Double { min(max(value, minimum), maximum) }

    /// The pieces' ends lie inside their bins by linear interpolation of the rank.
    func sum(from low: Percentage, to high: Percentage) -> Double {
        let start = low.part(of: weight)
        let end = high.part(of: weight)
        var pieces: [Piece] = []
        for (bin, prior) in zip(bins, prior) {
            let from = max(start, prior)
            let to = min(end, prior + bin.weight)
            guard to > from else { continue }
            let width = bin.high - bin.low
            pieces.append(
                Piece(
                    low: bin.low + width * (from - prior) / bin.weight,
                    high: bin.low + width * (to - prior) / bin.weight, weight: to - from, bin: bin))
        }
        return sum(of: pieces)
    }

    // MARK: Values

    /// A bin without width counts when its value lies above `low` and not above `high`.
    private func pieces(above low: Double, to high: Double) -> [Piece] {
        bins.compactMap { bin in
            if bin.low == bin.high {
                let isInside = low < bin.low && bin.low <= high
                return isInside ? Piece(low: bin.low, high: bin.low, weight: bin.weight, bin: bin) : nil
            }
            let from = max(bin.low, low)
            let to = min(bin.high, high)
            guard to > from else { return nil }
            return Piece(low: from, high: to, weight: bin.weight * (to - from) / (bin.high - bin.low), bin: bin)
        }
    }

    func weight(above low: Double, to high: Double) -> Double {
        pieces(above: low, to: high).reduce(0) { $0 + $1.weight }
    }

    func sum(above low: Double, to high: Double) -> Double { sum(of: pieces(above: low, to: high)) }

    /// Weight of the bins that end by `value`, and of the one that holds it the linear part below `value`.
    func rank(of value: Double) -> Double {
        bins.reduce(0) { rank, bin in
            if bin.high <= value { return rank + bin.weight }
            return bin.low < value ? rank + bin.weight * (value - bin.low) / (bin.high - bin.low) : rank
        }
    }

    /// The outer pieces count with the middle between their ends, inner ones with the geometric middle of the whole
    /// bin.
    private func sum(of pieces: [Piece]) -> Double {
        var sum = 0.0
        for (index, piece) in pieces.enumerated() {
            let isOuter = index == 0 || index == pieces.count - 1
            let middle = isOuter ? (piece.low + piece.high) / 2 : (piece.bin.fullLow * piece.bin.fullHigh).squareRoot()
            sum += piece.weight * middle
        }
        return sum
    }
}
