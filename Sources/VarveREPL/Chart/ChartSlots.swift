import VarveModel
import VarveQuery

/// The bars of a chart: one place for each period, or for several together where there are more than places.
///
/// A place that stands for several periods shows the largest: the value furthest from zero of each series, for stacked
/// bars the period with the largest sum. Peaks never get lost.
struct ChartSlots {
    /// By place, then by series; NaN where there is nothing.
    private(set) var values: [[Double]]
    /// What was there earlier, as ``values``; for stacked bars the sum of all series, at index 0.
    private(set) var earlier: [[Double]]
    /// Nanoseconds of one place.
    let slotNs: Int64
    let periodsPerSlot: Int

    private let model: ChartModel
    private let periodNs: Int64

    /// - Parameter countMax: places there are, at least 1.
    init(_ model: ChartModel, countMax: Int) {
        self.model = model
        let lengthNs = model.range.end - model.range.start
        let periodNs = model.periodNs ?? max(1, lengthNs / Int64(countMax))
        let periods = Self.quotientUp(lengthNs, periodNs)
        let each = Self.quotientUp(periods, Int64(countMax))
        periodsPerSlot = Int(each)
        let (slotNs, overflow) = periodNs.multipliedReportingOverflow(by: each)
        self.slotNs = overflow ? .max : slotNs
        self.periodNs = periodNs
        let count = Int(Self.quotientUp(periods, each))
        let empty = [Double](repeating: .nan, count: model.series.count)
        values = [[Double]](repeating: empty, count: count)
        earlier = values
        if model.kind == .stacked {
            stack()
        } else {
            for (index, series) in model.series.enumerated() { keepLargest(of: series, index, in: \.values) }
            for case (let index, let series?) in model.earlier.enumerated() {
                keepLargest(of: series, index, in: \.earlier)
            }
        }
    }

    /// What the axis has to show, zero included.
    var bounds: (low: Double, high: Double) {
        var (low, high) = (0.0, 0.0)
        for slot in values {
            if model.kind == .stacked {
                low = min(low, slot.reduce(0) { $1 < 0 ? $0 + $1 : $0 })
                high = max(high, slot.reduce(0) { $1 > 0 ? $0 + $1 : $0 })
            } else {
                for value in slot { (low, high) = (min(low, value), max(high, value)) }
            }
        }
        // `min` and `max` of the standard library keep their first argument when the other is NaN.
        for slot in earlier { for value in slot { (low, high) = (min(low, value), max(high, value)) } }
        return (max(low, -ChartModel.valueMax), min(high, ChartModel.valueMax))
    }

    /// A sentence for the caption when places stand for several periods; nil otherwise.
    var note: String? {
        guard periodsPerSlot > 1 else { return nil }
        let what = model.kind == .stacked ? "largest sum" : "largest"
        return "each bar is the \(what) of \(periodsPerSlot) periods (\(ElapsedText.short(ns: slotNs)))"
    }

    private mutating func keepLargest(
        of series: QueryResult.Series, _ index: Int, in place: WritableKeyPath<ChartSlots, [[Double]]>
    ) {
        for (timestampNs, value) in zip(series.timestamps, series.values) {
            guard value.isFinite, let slot = slot(ofNs: timestampNs) else { continue }
            let known = self[keyPath: place][slot][index]
            if known.isNaN || abs(value) > abs(known) { self[keyPath: place][slot][index] = Self.clamped(value) }
        }
    }

    private mutating func stack() {
        let sums = sumsByPeriod(model.series)
        var chosen = [Int](repeating: -1, count: values.count)
        for (period, sum) in sums {
            let slot = period / periodsPerSlot
            guard slot < chosen.count else { continue }
            let known = sums[chosen[slot]]
            // Of equal ones the first, whatever the order of the dictionary.
            let isBetter = known.map { abs(sum) > abs($0) || (abs(sum) == abs($0) && period < chosen[slot]) } ?? true
            if isBetter { chosen[slot] = period }
        }
        for (index, series) in model.series.enumerated() {
            for (timestampNs, value) in zip(series.timestamps, series.values) {
                guard value.isFinite, let slot = slot(ofNs: timestampNs), period(ofNs: timestampNs) == chosen[slot]
                else { continue }
                values[slot][index] = Self.clamped(value)
            }
        }
        for (period, sum) in sumsByPeriod(model.earlier.compactMap(\.self)) {
            let slot = period / periodsPerSlot
            guard slot < earlier.count else { continue }
            let known = earlier[slot][0]
            if known.isNaN || abs(sum) > abs(known) { earlier[slot][0] = Self.clamped(sum) }
        }
    }

    private func sumsByPeriod(_ series: [QueryResult.Series]) -> [Int: Double] {
        var sums: [Int: Double] = [:]
        for one in series {
            for (timestampNs, value) in zip(one.timestamps, one.values)
            where value.isFinite && model.range.contains(timestampNs) {
                sums[period(ofNs: timestampNs), default: 0] += Self.clamped(value)
            }
        }
        return sums
    }

    private func period(ofNs timestampNs: Int64) -> Int {
        Int((timestampNs - model.range.start) / periodNs)
    }

    private func slot(ofNs timestampNs: Int64) -> Int? {
        guard model.range.contains(timestampNs) else { return nil }
        let slot = Int((timestampNs - model.range.start) / slotNs)
        return slot < values.count ? slot : nil
    }

    /// Eight of them still add up to something finite.
    private static func clamped(_ value: Double) -> Double {
        min(max(value, -ChartModel.valueMax / 8), ChartModel.valueMax / 8)
    }

    private static func quotientUp(_ dividend: Int64, _ divisor: Int64) -> Int64 {
        dividend / divisor + (dividend % divisor == 0 ? 0 : 1)
    }
}
