/// FILL: values for the slots of the window that have no point.
enum MathFill {
    /// - Precondition: `filler` is a scalar, a series, `REPEAT` or `LINEAR`.
    static func apply(_ series: MathSeries, with filler: MathValue) -> MathSeries {
        switch filler {
        case .scalar(let value): series.with(series.values.map { $0.isNaN ? value : $0 })
        case .series(let other): fill(series, from: other)
        case .word(.repeatLast): repeatLast(series)
        case .word(.linear): interpolate(series)
        case .word, .array, .string: preconditionFailure("arguments are checked before")
        }
    }

    /// Empty slots take the point that `other` has at the same time, if it has one.
    private static func fill(_ series: MathSeries, from other: MathSeries) -> MathSeries {
        var values = series.values
        if series.axis == other.axis {
            for index in values.indices where values[index].isNaN { values[index] = other.values[index] }
            return series.with(values)
        }
        var source = 0
        for index in values.indices where values[index].isNaN {
            let time = series.axis.time(index)
            while source < other.axis.count, other.axis.time(source) < time { source += 1 }
            guard source < other.axis.count else { break }
            if other.axis.time(source) == time { values[index] = other.values[source] }
        }
        return series.with(values)
    }

    /// Empty slots take the value before them; those before the first point stay empty.
    private static func repeatLast(_ series: MathSeries) -> MathSeries {
        var last = Double.nan
        return series.with(
            series.values.map { value in
                if !value.isNaN { last = value }
                return last
            })
    }

    /// Empty slots between two points lie on the line between them.
    private static func interpolate(_ series: MathSeries) -> MathSeries {
        var values = series.values
        var previous: Int?
        for index in values.indices where !series.values[index].isNaN {
            if let previous, previous + 1 < index {
                let start = series.axis.time(previous)
                let width = Double(series.axis.time(index) &- start)
                for gap in previous + 1..<index {
                    let part = Double(series.axis.time(gap) &- start) / width
                    values[gap] = series.values[previous] + (series.values[index] - series.values[previous]) * part
                }
            }
            previous = index
        }
        return series.with(values)
    }
}
