/// Situations a series has been in, condensed to a few hundred: how far is the present one from all of them?
///
/// A situation is the value beside its means over longer and longer spans, all in the metric's own unit. One that lies
/// further from every remembered one than usual is kept; the one that was not met for the longest time makes room.
struct PatternMemory: Equatable {
    typealias Situation = SIMD4<Float>

    private(set) var situations: [Situation] = []
    /// When each was met last, in points; parallel to `situations`.
    private(set) var metAt: [UInt32] = []
    /// Distance from which on a situation is new. Follows the quantile that keeps `newShare` of all points.
    private(set) var radius = 0.0

    init() {}

    /// Parts as they were stored; `situations` and `metAt` are of the same length.
    init(situations: [Situation], metAt: [UInt32], radius: Double) {
        self.situations = situations
        self.metAt = metAt
        self.radius = radius
    }

    /// Distance to the nearest remembered situation, then learns this one; `nil` while there is too little to compare.
    /// Complexity: one pass over at most `situationsMax` situations.
    mutating func observe(_ situation: Situation, point: UInt32) -> Double? {
        guard !situations.isEmpty else {
            keep(situation, point: point)
            return nil
        }
        let (index, distance) = nearest(to: situation)
        let isComparable = situations.count > AnomalyTuning.situationsToCompare
        if distance > radius || situations.count < AnomalyTuning.situationsKeptAtFirst {
            keep(situation, point: point)
            // Two steps of one rule: the radius rises where the share of new situations is above its aim, else it
            // falls.
            radius = max(radius * (1 + AnomalyTuning.radiusStep * (1 - AnomalyTuning.newShare)), distance * 0.01)
        } else {
            metAt[index] = point
            radius *= 1 - AnomalyTuning.radiusStep * AnomalyTuning.newShare
        }
        return isComparable ? distance : nil
    }

    private func nearest(to situation: Situation) -> (index: Int, distance: Double) {
        var best = Float.infinity
        var bestIndex = 0
        for index in situations.indices {
            let difference = situation - situations[index]
            let square = (difference * difference).sum()
            if square < best {
                best = square
                bestIndex = index
            }
        }
        return (bestIndex, Double(best.squareRoot()))
    }

    private mutating func keep(_ situation: Situation, point: UInt32) {
        guard situations.count >= AnomalyTuning.situationsMax else {
            situations.append(situation)
            metAt.append(point)
            return
        }
        var oldest = 0
        for index in metAt.indices where metAt[index] < metAt[oldest] { oldest = index }
        situations[oldest] = situation
        metAt[oldest] = point
    }
}
