package import VarveModel

/// A value axis: which values it spans, where its ticks are, how they are written.
package struct ValueScale: Equatable, Sendable {
    package let low: Double
    package let high: Double
    package let ticks: [Double]
    /// One for each tick.
    package let labels: [String]
    /// What stands above the axis.
    let caption: String?
    /// Whether neither data nor wishes say what the axis spans: nothing is written along it then.
    let isInvented: Bool

    /// - Parameters:
    ///   - data: the smallest and the largest value that is to be seen; nil when there is none.
    ///   - includesZero: whether areas stand on the axis, so that it has to begin at zero.
    ///   - countWanted: about how many ticks there is room for.
    package init(
        _ axis: ChartAxis, data: ClosedRange<Double>?, unit: Unit, includesZero: Bool, countWanted: Int
    ) {
        let wanted = Self.range(axis, data: data, includesZero: includesZero)
        let scale =
            axis.showsUnits
            ? UnitScale(unit, magnitude: max(abs(wanted.lowerBound), abs(wanted.upperBound)))
            : UnitScale(.none, magnitude: max(abs(wanted.lowerBound), abs(wanted.upperBound)))
        let divisor = scale.divisor
        let raw = (wanted.upperBound / divisor - wanted.lowerBound / divisor) / Double(max(1, countWanted))
        let step = ValueTicks.roundStep(max(raw, .leastNormalMagnitude), isBinary: scale.suffix.contains("B"))
        let start = wanted.lowerBound / divisor
        let end = wanted.upperBound / divisor
        // Ends that nobody asked for are moved to the next tick.
        let lowTick = axis.min == nil ? Self.tick(at: start, step: step, .down) : start
        // What is at its full hundred per cent has no room above.
        let isFull = unit == .percent && wanted.upperBound <= 100
        let highTick = axis.max == nil ? Self.tick(at: end, step: step, .up, isFull: isFull) : end
        let scaled = lowTick.isFinite && highTick.isFinite && highTick > lowTick ? lowTick...highTick : start...end
        let multiples = ValueTicks.multiples(of: step, in: scaled)
        low = scaled.lowerBound * divisor
        high = scaled.upperBound * divisor
        ticks = multiples.map { $0 * divisor }
        labels = Self.labels(multiples, suffix: scale.suffix)
        isInvented = data == nil && axis.min == nil && axis.max == nil
        caption = axis.label ?? (axis.showsUnits ? unit.axisCaption : nil)
    }

    /// The tick at or beyond `end`; beyond it when values other than zero would lie on the edge.
    private static func tick(
        at end: Double, step: Double, _ rule: FloatingPointRoundingRule, isFull: Bool = false
    ) -> Double {
        let count = end / step
        let isOnTick = abs(count - count.rounded()) < 1e-9
        guard isOnTick, count.rounded() != 0, !isFull else {
            return (isOnTick ? count.rounded() : count.rounded(rule)) * step
        }
        return (count.rounded() + (rule == .up ? 1 : -1)) * step
    }

    private static func range(
        _ axis: ChartAxis, data: ClosedRange<Double>?, includesZero: Bool
    ) -> ClosedRange<Double> {
        var low = axis.min ?? data?.lowerBound ?? 0
        var high = axis.max ?? data?.upperBound ?? (axis.min.map { $0 + 1 } ?? 1)
        if axis.min == nil, low > 0, includesZero || low < high / 2 { low = 0 }
        if axis.max == nil, high < 0, includesZero || high > low / 2 { high = 0 }
        // A wish that leaves nothing to see gives way to the data.
        if axis.min != nil, axis.max == nil, high <= low { high = low + max(1, abs(low) * 0.1) }
        if axis.max != nil, axis.min == nil, low >= high { low = high - max(1, abs(high) * 0.1) }
        return ValueTicks.spread(low, high)
    }

    private static func labels(_ ticks: [Double], suffix: String) -> [String] {
        guard let decimals = ValueTicks.decimals(for: ticks) else {
            return ticks.map { ValueText.scientific($0) + suffix }
        }
        return ticks.map { tick in
            if tick == 0 { return suffix == "%" ? "0%" : "0" }
            return ValueText.fixed(tick, decimals: decimals) + suffix
        }
    }

    /// Where a value lies, 0 at the low end and 1 at the high one; not limited to that.
    func share(_ value: Double) -> Double { (ValueTicks.clamped(value) - low) / (high - low) }

    /// Pixels from the top of the picture.
    func y(_ value: Double, in plot: Box) -> Double { plot.bottom - share(value) * plot.height }
}
