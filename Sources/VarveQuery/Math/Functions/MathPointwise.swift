import Glibc

/// Functions that look at each point by itself, or at a point and the one before it.
enum MathPointwise {
    /// nil for functions of another kind.
    static func apply(_ function: MathFunction, _ series: MathSeries) -> MathSeries? {
        let values = series.values
        switch function {
        case .absolute: return series.with(values.map { abs($0) })
        case .ceiling: return series.with(values.map { $0.rounded(.up) })
        case .floor: return series.with(values.map { $0.rounded(.down) })
        // Of 0 an infinity, of less NaN: both are no points.
        case .naturalLogarithm: return series.with(values.map { log($0) })
        case .decimalLogarithm: return series.with(values.map { log10($0) })
        case .difference: return changes(series) { value, _ in value }
        case .timeDifference: return changes(series) { _, seconds in seconds }
        case .rate: return changes(series) { $0 / $1 }
        case .runningSum: return runningSum(series)
        default: return nil
        }
    }

    /// At each point but the first, what `body` makes of the difference to the point before and of the seconds between
    /// the two.
    private static func changes(_ series: MathSeries, _ body: (Double, Double) -> Double) -> MathSeries {
        var values = series.values
        var previous: Int?
        for index in values.indices where !series.values[index].isNaN {
            if let previous {
                let seconds = MathTime.seconds(series.axis.time(index) &- series.axis.time(previous))
                values[index] = body(series.values[index] - series.values[previous], seconds)
            } else {
                values[index] = .nan
            }
            previous = index
        }
        return series.with(values)
    }

    private static func runningSum(_ series: MathSeries) -> MathSeries {
        var sum = 0.0
        return series.with(
            series.values.map { value in
                guard !value.isNaN else { return .nan }
                sum += value
                return sum
            })
    }
}
