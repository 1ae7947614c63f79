package import VarveCodec

/// Gathers the samples of one period and answers statistics of them.
///
/// Samples come as values, as weighted values, as statistic sets, or as the statistics of a block. Accumulators of
/// parts of a period merge into that of the whole. Results do not depend on the order of any of these, except for the
/// last bit of counts and sums with fractional weights. Values that are not finite do not count. One thread at a time.
package struct StatisticAccumulator {
    /// How percentiles and the like are computed.
    package let path: StatisticPath
    /// Whether only count, sum and extremes are asked for, so that values need not be kept.
    private let keepsDistribution: Bool
    private let valuesMax: Int

    /// Samples of weight 1.
    private var unitCount = 0
    /// Weight of all others.
    private var otherWeight = 0.0
    private var sum = ExactSum()
    private var minimum = Double.infinity
    private var maximum = -Double.infinity
    private var hasSamples = false

    private var units = OrderedValues()
    private var weighted: [(value: Double, weight: Double)] = []
    private var histogram = ValueHistogram()
    /// A statistic set that does not say what its samples are came in.
    private var hasOpaqueSet = false
    private var isOverfull = false

    /// - Parameters:
    ///   - statistics: what will be asked for.
    ///   - valuesMax: samples that the exact path may hold; 8 bytes each.
    package init(
        for statistics: some Collection<Statistic>, path: StatisticPath,
        valuesMax: Int = QueryLimits.statisticValuesMax
    ) {
        self.path = path
        self.valuesMax = valuesMax
        keepsDistribution = statistics.contains(where: \.needsDistribution)
    }
}

// MARK: - Adding

extension StatisticAccumulator {
    /// Adds samples of weight 1; those that are not finite are left out. About 2 ns per value on the exact path.
    package mutating func add(_ values: UnsafeBufferPointer<Double>) {
        guard values.count >= 8 else { return addEach(values) }
        let summary = ValueKernel.summary(of: values)
        guard summary.isFinite else { return addEach(values) }
        include(summary.minimum, summary.maximum)
        unitCount &+= values.count
        sum.add(values)
        guard keepsDistribution else { return }
        switch path {
        case .exact:
            guard makeRoom(for: values.count) else { return }
            units.append(contentsOf: values)
        case .histogram:
            guard minimum >= 0 else { return }
            for value in values { histogram.add(value) }
        }
    }

    private mutating func addEach(_ values: UnsafeBufferPointer<Double>) {
        for value in values where value.isFinite { add(value, weight: 1) }
    }

    /// Adds `weight` samples of `value`, a fraction of one included. A weight of 0 only widens the extremes, as the
    /// service has it. A value or weight that is not finite, or a negative weight, is left out.
    package mutating func add(_ value: Double, weight: Double) {
        guard value.isFinite, weight.isFinite, weight >= 0 else { return }
        include(value, value)
        if weight == 0 { return }
        sum.add(value * weight)
        if weight == 1 { unitCount &+= 1 } else { otherWeight += weight }
        keep(value, weight: weight)
    }

    private mutating func keep(_ value: Double, weight: Double) {
        guard keepsDistribution else { return }
        switch path {
        case .exact:
            guard makeRoom(for: 1) else { return }
            if weight == 1 { units.append(value) } else { weighted.append((value, weight)) }
        case .histogram:
            if value >= 0 { histogram.add(value, weight: weight) }
        }
    }

    /// Adds samples known by their figures. A set whose samples must all be equal counts as those samples; any other
    /// makes percentiles of the period unavailable. A set with figures that are not finite is left out.
    package mutating func add(_ set: StatisticSet) {
        guard [set.sampleCount, set.sum, set.minimum, set.maximum].allSatisfy(\.isFinite), set.sampleCount > 0 else {
            return
        }
        include(set.minimum, set.maximum)
        otherWeight += set.sampleCount
        sum.add(set.sum)
        if let value = set.onlyValue { keep(value, weight: set.sampleCount) } else { hasOpaqueSet = true }
    }

    /// Adds rows known by the statistics of their block.
    /// - Returns: false, with nothing added, when the values themselves have to be added instead: a percentile is asked
    ///   for, or values among them may not be finite.
    package mutating func add(_ block: BlockStatistics) -> Bool {
        guard !keepsDistribution, block.areOfFiniteValues else { return false }
        guard let low = block.minimum, let high = block.maximum else { return true }
        include(low, high)
        unitCount &+= block.count
        sum.merge(block.sum)
        return true
    }

    /// Adds what another accumulator has gathered.
    /// - Precondition: both were made for the same statistics and path.
    package mutating func merge(_ other: StatisticAccumulator) {
        precondition(
            path == other.path && keepsDistribution == other.keepsDistribution, "accumulators merge with their like")
        guard other.hasSamples else { return }
        include(other.minimum, other.maximum)
        unitCount &+= other.unitCount
        otherWeight += other.otherWeight
        sum.merge(other.sum)
        hasOpaqueSet = hasOpaqueSet || other.hasOpaqueSet
        isOverfull = isOverfull || other.isOverfull
        guard makeRoom(for: other.units.count + other.weighted.count) else { return }
        units.append(contentsOf: other.units)
        weighted += other.weighted
        histogram.merge(other.histogram)
    }

    /// Widens the extremes by those of samples of weight 0, which are not handed over one by one.
    mutating func include(_ extremes: ClosedRange<Double>) { include(extremes.lowerBound, extremes.upperBound) }

    private mutating func include(_ low: Double, _ high: Double) {
        hasSamples = true
        minimum = min(minimum, low)
        maximum = max(maximum, high)
    }

    private mutating func makeRoom(for count: Int) -> Bool {
        if units.count + weighted.count + count > valuesMax { isOverfull = true }
        return !isOverfull
    }
}

// MARK: - Results

extension StatisticAccumulator {
    private var weight: Double { Double(unitCount) + otherWeight }

    /// The statistic of what was added so far. Mutating, because selection puts values in order; the results of further
    /// calls do not depend on it. Expected O(values) on the exact path, O(bins) on the other.
    /// - Precondition: the accumulator was made for `statistic`, or for others that need the distribution too.
    package mutating func result(_ statistic: Statistic) -> StatisticResult {
        precondition(keepsDistribution || !statistic.needsDistribution, "the accumulator was made for \(statistic)")
        guard hasSamples else { return .unavailable(.noSamples) }
        if let simple = simpleValue(statistic) { return Self.finite(simple, .exact) }
        if weight == 0 { return .unavailable(.noSamples) }
        if statistic == .average { return Self.finite(sum.value / weight, .exact) }
        if let reason = obstacle(to: statistic) { return .unavailable(reason) }
        guard let value = distributionValue(statistic) else { return .unavailable(.emptyRange) }
        return Self.finite(value, path)
    }

    /// Statistics that exist even of samples without weight.
    private func simpleValue(_ statistic: Statistic) -> Double? {
        switch statistic {
        case .sampleCount: weight
        case .sum: sum.value
        case .minimum, .percentile(.zero): minimum
        case .maximum, .percentile(.hundred): maximum
        default: nil
        }
    }

    private static func finite(_ value: Double, _ path: StatisticPath) -> StatisticResult {
        // + 0: a zero is +0.0.
        value.isFinite ? .value(value + 0, path) : .unavailable(.overflow)
    }

    /// Why a statistic that needs the distribution cannot be had.
    private func obstacle(to statistic: Statistic) -> StatisticUnavailable? {
        if isOverfull { return .tooManyValues(limit: valuesMax) }
        if hasOpaqueSet, statistic.isOfRanks { return .statisticSets }
        if path == .exact { return hasOpaqueSet && units.count + weighted.count == 0 ? .statisticSets : nil }
        if minimum < 0 { return .negativeValues }
        if statistic.isOfRanks, weight < 1 { return .weightBelowOne }
        return hasOpaqueSet && histogram.isEmpty ? .statisticSets : nil
    }

    private mutating func distributionValue(_ statistic: Statistic) -> Double? {
        switch path {
        case .exact where weighted.isEmpty:
            return units.value(of: statistic)
        case .exact:
            var values = WeightedValues(weighted + units.all.map { ($0, 1) })
            return values.value(of: statistic)
        case .histogram:
            var clipped = histogram
            clipped.include(minimum: minimum, maximum: maximum)
            var values = BinnedValues(clipped)
            return values.value(of: statistic)
        }
    }
}

extension Statistic {
    /// Whether it is defined by ranks, which need all samples; values between absolute bounds can be looked for among
    /// those that are known.
    fileprivate var isOfRanks: Bool {
        switch self {
        case .percentile, .trimmed(_, .percent): true
        case .sampleCount, .sum, .average, .minimum, .maximum, .trimmed(_, .values), .percentileRank: false
        }
    }
}
