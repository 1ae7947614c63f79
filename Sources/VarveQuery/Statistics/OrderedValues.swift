import VarveCodec

/// Samples of weight 1, put in order only as far as it is asked for.
///
/// Values are finite. Ranks are exact: p99 of 1 000 values is the 990th, whatever 0.99 · 1 000 is in floating point.
/// Sums are exact and rounded once, so results depend on the values only. A zero is always +0.0 in results.
struct OrderedValues {
    private var values: [Double] = []
    /// Positions that hold what sorting would put there, ascending; selection works between them.
    private var placed: [Int] = []

    init() {}

    /// - Precondition: all are finite.
    init(_ values: [Double]) { self.values = values }

    var count: Int { values.count }
    /// In any order.
    var all: [Double] { values }

    mutating func removeAll() {
        values.removeAll(keepingCapacity: true)
        placed.removeAll(keepingCapacity: true)
    }

    mutating func append(_ value: Double) {
        placed.removeAll(keepingCapacity: true)
        values.append(value)
    }

    /// - Precondition: all are finite.
    mutating func append(contentsOf more: UnsafeBufferPointer<Double>) {
        placed.removeAll(keepingCapacity: true)
        values.append(contentsOf: more)
    }

    mutating func append(contentsOf other: OrderedValues) {
        placed.removeAll(keepingCapacity: true)
        values.append(contentsOf: other.values)
    }

    /// The value at `position` of the sorted values. Expected O(n), less where neighbours were asked for before.
    mutating func value(atPosition position: Int) -> Double {
        let index = placed.partitionIndex(of: position)
        if index == placed.count || placed[index] != position {
            let low = index == 0 ? 0 : placed[index - 1] + 1
            let high = index == placed.count ? values.count : placed[index]
            values.withUnsafeMutableBufferPointer { ValueSelection.place(position, in: low..<high, of: $0) }
            placed.insert(position, at: index)
        }
        return values[position] + 0
    }

    /// The statistic, for those that need the distribution; nil without samples, where it has no value, and beyond the
    /// largest double.
    mutating func finiteValue(of statistic: Statistic) -> Double? {
        guard count > 0, let value = value(of: statistic), value.isFinite else { return nil }
        // + 0: a zero is +0.0.
        return value + 0
    }

    /// Exact sum of the values at `positions` of the sorted values.
    private mutating func sum(ofPositions positions: Range<Int>) -> ExactSum {
        var sum = ExactSum()
        if positions.isEmpty { return sum }
        // With both ends in place, the values between them are those that sorting would put there.
        _ = value(atPosition: positions.lowerBound)
        _ = value(atPosition: positions.upperBound - 1)
        values.withUnsafeBufferPointer { sum.add(UnsafeBufferPointer(rebasing: $0[positions])) }
        return sum
    }
}

extension OrderedValues: RankedDistribution {
    var weight: Double { Double(values.count) }
    /// O(n).
    var minimum: Double { (values.min() ?? 0) + 0 }
    var maximum: Double { (values.max() ?? 0) + 0 }

    /// The value number ⌈rank · n⌉ in ascending order, from 1 on.
    mutating func value(at rank: Percentage) -> Double {
        let (whole, rest) = rank.position(in: values.count)
        return value(atPosition: max(0, rest > 0 ? whole : whole - 1))
    }

    /// The smallest and the largest value of which any part lies between the ranks.
    mutating func bounds(_ low: Percentage, _ high: Percentage) -> (low: Double, high: Double) {
        let first = min(low.position(in: values.count).whole, values.count - 1)
        return (value(atPosition: first), value(at: high))
    }

    mutating func sum(from low: Percentage, to high: Percentage) -> Double {
        let (first, firstRest) = low.position(in: values.count)
        let (end, endRest) = high.position(in: values.count)
        func fraction(_ rest: Int64) -> Double { Double(rest) / Double(Percentage.unitsMax) }
        if first == end { return value(atPosition: first) * fraction(endRest - firstRest) }
        var sum = sum(ofPositions: (firstRest > 0 ? first + 1 : first)..<end)
        if firstRest > 0 { sum.add(value(atPosition: first) * fraction(Percentage.unitsMax - firstRest)) }
        if endRest > 0 { sum.add(value(atPosition: end) * fraction(endRest)) }
        return sum.value
    }

    func weight(above low: Double, to high: Double) -> Double {
        Double(values.reduce(0) { $0 &+ ($1 > low && $1 <= high ? 1 : 0) })
    }

    func sum(above low: Double, to high: Double) -> Double {
        var sum = ExactSum()
        for value in values where value > low && value <= high { sum.add(value) }
        return sum.value
    }

    func rank(of value: Double) -> Double { Double(values.reduce(0) { $0 &+ ($1 <= value ? 1 : 0) }) }
}

extension [Int] {
    /// The first index whose element is not below `value`, of ascending elements.
    fileprivate func partitionIndex(of value: Int) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
