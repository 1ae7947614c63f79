/// SUM, AVG, MIN, MAX, STDDEV and DATAPOINT_COUNT: of the points of a series, or at each time of the members of an
/// array. Sums are added up in order of time, or of members.
enum MathAggregate {
    /// nil for functions of another kind.
    /// - Precondition: an array is not empty.
    static func apply(_ function: MathFunction, _ value: MathValue) -> MathValue? {
        switch (function, value) {
        case (.sum, .series(let series)): .number(sum(of: series))
        case (.minimum, .series(let series)): .number(series.points.min() ?? .nan)
        case (.maximum, .series(let series)): .number(series.points.max() ?? .nan)
        case (.average, .series(let series)): .number(sum(of: series) / Double(series.axis.count))
        case (.standardDeviation, .series(let series)): .number(standardDeviation(of: series))
        case (.datapointCount, .series(let series)): .number(Double(series.values.count { !$0.isNaN }))
        case (.sum, .array(let members)): .series(MathColumns(members).sum)
        case (.minimum, .array(let members)): .series(MathColumns(members).reduced { min($0, $1) })
        case (.maximum, .array(let members)): .series(MathColumns(members).reduced { max($0, $1) })
        case (.average, .array(let members)): .series(MathColumns(members).average)
        case (.standardDeviation, .array(let members)): .series(MathColumns(members).standardDeviation)
        case (.datapointCount, .array(let members)): .series(MathColumns(members).counts)
        default: nil
        }
    }

    /// NaN without points.
    static func sum(of series: MathSeries) -> Double {
        var sum = 0.0
        var hasPoint = false
        for value in series.values where !value.isNaN {
            sum += value
            hasPoint = true
        }
        return hasPoint ? sum : .nan
    }

    /// Of all slots of the window, empty ones counting as 0; NaN without points.
    private static func standardDeviation(of series: MathSeries) -> Double {
        let count = Double(series.axis.count)
        let mean = sum(of: series) / count
        let squares = series.values.reduce(0) { result, value in
            let distance = (value.isNaN ? 0 : value) - mean
            return result + distance * distance
        }
        return (squares / count).squareRoot()
    }
}
