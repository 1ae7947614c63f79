/// One time series of metric math: values over the slots of a window, some of them missing.
///
/// Values lie densely beside their axis. A slot without a point holds NaN; a point is always finite, so no flag beside
/// the values is needed, and an operation on two series of one grid is one loop over two arrays.
package struct MathSeries: Sendable {
    /// How the series is called in a chart.
    package var label: MathLabel
    package let axis: MathAxis
    /// One per time of `axis`: finite, or NaN where there is no point.
    package let values: [Double]

    /// A series over the slots of `grid`. Values that are not finite are no points.
    /// - Precondition: one value per slot.
    package init(label: MathLabel, grid: MathGrid, values: [Double]) {
        self.init(label: label, axis: MathAxis(grid), values: values)
    }

    /// A series of single points; those between the slots of `grid` are kept.
    /// - Precondition: `timestamps` ascend strictly, and there are as many values.
    package init(label: MathLabel, grid: MathGrid, timestamps: [Int64], points: [Double]) {
        precondition(timestamps.count == points.count, "every point needs a time")
        precondition(zip(timestamps, timestamps.dropFirst()).allSatisfy(<), "times must ascend")
        let axis = MathAxis(grid, with: timestamps)
        var values = [Double](repeating: .nan, count: axis.count)
        var index = 0
        for (timestamp, point) in zip(timestamps, points) {
            while axis.time(index) < timestamp { index += 1 }
            values[index] = point
        }
        self.init(label: label, axis: axis, values: values)
    }

    /// Values that are not finite become missing; times between the slots of the grid stay only where there is a
    /// point.
    init(label: MathLabel, axis: MathAxis, values: [Double]) {
        precondition(values.count == axis.count, "every slot needs a value")
        let values = values.contains(where: \.isInfinite) ? values.map { $0.isFinite ? $0 : .nan } : values
        self.label = label
        guard let times = axis.listed, let kept = Self.kept(times, values, grid: axis.grid) else {
            self.axis = axis
            self.values = values
            return
        }
        self.axis = MathAxis(axis.grid, with: kept.map { times[$0] })
        self.values = kept.map { values[$0] }
    }

    /// A series of the same times.
    func with(_ values: [Double]) -> MathSeries { MathSeries(label: label, axis: axis, values: values) }

    /// No point at any slot of `grid`.
    static func empty(label: MathLabel, grid: MathGrid) -> MathSeries {
        MathSeries(label: label, grid: grid, values: [Double](repeating: .nan, count: grid.count))
    }

    package var grid: MathGrid { axis.grid }
    package var isEmpty: Bool { values.allSatisfy(\.isNaN) }

    /// Starts of the slots that have a point, nanoseconds since 1970, ascending.
    package var timestamps: [Int64] { values.indices.compactMap { values[$0].isNaN ? nil : axis.time($0) } }
    /// The values at ``timestamps``.
    package var points: [Double] { values.filter { !$0.isNaN } }

    /// The values as they lie on `other`, which holds every time of this series that has a point.
    func values(on other: MathAxis) -> [Double] {
        if axis == other { return values }
        var result = [Double](repeating: .nan, count: other.count)
        if axis.listed == nil, other.listed == nil, let place = other.grid.embedding(of: grid) {
            for slot in 0..<values.count { result[place.first + slot * place.stride] = values[slot] }
            return result
        }
        var target = 0
        for slot in values.indices where !values[slot].isNaN {
            let time = axis.time(slot)
            while other.time(target) < time { target += 1 }
            result[target] = values[slot]
        }
        return result
    }

    /// The indices that stay; nil when all do.
    private static func kept(_ times: [Int64], _ values: [Double], grid: MathGrid) -> [Int]? {
        let kept = times.indices.filter { !values[$0].isNaN || grid.slot(at: times[$0]) != nil }
        return kept.count == times.count ? nil : kept
    }
}

extension MathSeries: Equatable {
    package static func == (left: Self, right: Self) -> Bool {
        left.label == right.label && left.axis == right.axis
            && left.values.elementsEqual(right.values) { $0 == $1 || ($0.isNaN && $1.isNaN) }
    }
}
