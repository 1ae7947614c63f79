import Glibc
import VarveModel
import VarveQuery
import VarveTestKit

/// A series as the specification describes it: a map from time to value. Shares no code with the engine.
struct NaiveSeries {
    /// Seconds since 1970 → finite value.
    var points: [Int64: Double]
    var period: Int64
    /// Starts of the window's slots.
    var grid: [Int64]

    var times: [Int64] { points.keys.sorted() }
    /// Slots, and points between them.
    var slots: [Int64] { Set(grid).union(points.keys).sorted() }

    init(_ points: [Int64: Double], like other: NaiveSeries) {
        self.init(points, period: other.period, grid: other.grid)
    }

    init(_ points: [Int64: Double], period: Int64, grid: [Int64]) {
        self.points = points.filter { $0.value.isFinite }
        self.period = period
        self.grid = grid
    }

    func map(_ body: (Double) -> Double) -> NaiveSeries { NaiveSeries(points.mapValues(body), like: self) }

    static func smallest(_ series: [NaiveSeries]) -> NaiveSeries {
        series.dropFirst().reduce(series[0]) { $1.period < $0.period ? $1 : $0 }
    }
}

enum NaiveMath {
    static func finite(_ value: Double) -> Double { value.isFinite ? value : .nan }

    static func apply(_ sign: String, _ left: Double, _ right: Double) -> Double {
        if left.isNaN || right.isNaN { return .nan }
        func truth(_ holds: Bool) -> Double { holds ? 1 : 0 }
        return switch sign {
        case "+": left + right
        case "-": left - right
        case "*": left * right
        case "/": left / right
        case "^": pow(left, right)
        case "==": truth(left == right)
        case "!=": truth(left != right)
        case "<": truth(left < right)
        case ">": truth(left > right)
        case "<=": truth(left <= right)
        case ">=": truth(left >= right)
        case "AND", "&&": truth(left != 0 && right != 0)
        default: truth(left != 0 || right != 0)
        }
    }

    static func apply(_ sign: String, _ left: NaiveSeries, _ right: NaiveSeries) -> NaiveSeries {
        var points: [Int64: Double] = [:]
        for time in Set(left.points.keys).union(right.points.keys) {
            points[time] = apply(sign, left.points[time] ?? 0, right.points[time] ?? 0)
        }
        return NaiveSeries(points, like: .smallest([left, right]))
    }

    static func perPoint(_ name: String, _ series: NaiveSeries) -> NaiveSeries {
        var points: [Int64: Double] = [:]
        var sum = 0.0
        let times = series.times
        for (index, time) in times.enumerated() {
            let value = series.points[time] ?? 0
            let before = index == 0 ? nil : times[index - 1]
            let change = value - (before.flatMap { series.points[$0] } ?? .nan)
            let seconds = before.map { Double(time - $0) } ?? .nan
            sum += value
            points[time] =
                switch name {
                case "ABS": abs(value)
                case "CEIL": ceil(value)
                case "FLOOR": floor(value)
                case "LOG": value > 0 ? log(value) : .nan
                case "LOG10": value > 0 ? log10(value) : .nan
                case "DIFF": change
                case "DIFF_TIME": seconds
                case "RATE": change / seconds
                default: sum
                }
        }
        return NaiveSeries(points, like: series)
    }

    /// Of all points, or of zeros where `values` has fewer than `count`.
    static func aggregate(_ name: String, _ values: [Double?]) -> Double {
        let present = values.compactMap { $0 }
        if name == "DATAPOINT_COUNT" { return Double(present.count) }
        guard !present.isEmpty else { return .nan }
        let sum = present.reduce(0, +)
        let mean = sum / Double(values.count)
        switch name {
        case "SUM": return sum
        case "MIN": return present.min() ?? .nan
        case "MAX": return present.max() ?? .nan
        case "AVG": return mean
        default:
            var squares = 0.0
            for value in values { squares += ((value ?? 0) - mean) * ((value ?? 0) - mean) }
            return (squares / Double(values.count)).squareRoot()
        }
    }

    static func aggregate(_ name: String, _ members: [NaiveSeries], window: NaiveSeries) -> NaiveSeries {
        guard !members.isEmpty else { return NaiveSeries([:], like: window) }
        var points: [Int64: Double] = [:]
        for time in Set(members.flatMap(\.points.keys)) {
            points[time] = aggregate(name, members.map { $0.points[time] })
        }
        return NaiveSeries(points, like: .smallest(members))
    }

    static func fill(_ series: NaiveSeries, _ filler: (Int64) -> Double?) -> NaiveSeries {
        var result = series
        for slot in series.slots where series.points[slot] == nil {
            if let value = filler(slot), value.isFinite { result.points[slot] = value }
        }
        return result
    }

    static func fillRepeat(_ series: NaiveSeries) -> NaiveSeries {
        fill(series) { slot in series.times.last { $0 < slot }.flatMap { series.points[$0] } }
    }

    static func fillLinear(_ series: NaiveSeries) -> NaiveSeries {
        fill(series) { slot in
            guard let before = series.times.last(where: { $0 < slot }),
                let after = series.times.first(where: { $0 > slot }),
                let first = series.points[before], let second = series.points[after]
            else { return nil }
            return first + (second - first) * (Double(slot - before) / Double(after - before))
        }
    }

    static func condition(
        _ condition: NaiveSeries, _ then: (Int64) -> Double?, _ otherwise: (Int64) -> Double?, like: NaiveSeries
    ) -> NaiveSeries {
        var points: [Int64: Double] = [:]
        for (time, value) in condition.points { points[time] = value != 0 ? then(time) ?? 0 : otherwise(time) }
        return NaiveSeries(points, like: like)
    }

    /// Calendar by counting days one by one.
    static func time(_ name: String, _ series: NaiveSeries) -> NaiveSeries {
        var points: [Int64: Double] = [:]
        var (days, year, month, date) = (0 as Int64, 1970, 1, 1)
        for slot in series.slots {
            while days < slot / 86_400 {
                days += 1
                date += 1
                let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
                if date > [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] {
                    (month, date) = (month + 1, 1)
                }
                if month > 12 { (year, month) = (year + 1, 1) }
            }
            points[slot] =
                switch name {
                case "MINUTE": Double(slot / 60 % 60)
                case "HOUR": Double(slot / 3_600 % 24)
                case "DAY": Double((slot / 86_400 + 3) % 7 + 1)
                case "DATE": Double(date)
                case "MONTH": Double(month)
                case "YEAR": Double(year)
                default: Double(slot)
                }
        }
        return NaiveSeries(points, like: series)
    }
}
