import VarveModel
import VarveTestKit

/// Random metrics, and random expressions over them together with what they are worth.
struct RandomMath {
    private(set) var test = MathCase()
    private(set) var metrics: [(id: String, series: NaiveSeries)] = []
    /// The slots of a query whose own period is a minute, without points.
    private let window: NaiveSeries
    /// 1972-02-28T23:50:00Z: half an hour into a leap day.
    private static let start: Int64 = 68_169_000
    private var random: SplitMix64
    private static let signs = ["+", "-", "*", "/", "^", "==", "!=", "<", ">", "<=", ">=", "AND", "OR", "&&", "||"]
    private static let perPoint = ["ABS", "CEIL", "FLOOR", "LOG", "LOG10", "DIFF", "DIFF_TIME", "RATE", "RUNNING_SUM"]
    private static let aggregates = ["SUM", "AVG", "MIN", "MAX", "STDDEV", "DATAPOINT_COUNT"]
    private static let times = ["MINUTE", "HOUR", "DAY", "DATE", "MONTH", "YEAR", "EPOCH"]

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        window = NaiveSeries([:], period: 60, grid: (0..<30).map { Self.start + $0 * 60 })
        let isMixed = Bool.random(using: &random)
        for number in 1...Int.random(in: 1...5, using: &random) { addMetric(number, isMixed: isMixed) }
    }

    private mutating func addMetric(_ number: Int, isMixed: Bool) {
        let period: Int64 = isMixed ? [60, 120, 180, 300].randomElement(using: &random) ?? 60 : 60
        let start = Self.start
        let density = Int.random(in: 0...4, using: &random)
        let values: [Double?] = (0..<Int(1_800 / period)).map { _ in
            guard Int.random(in: 0..<4, using: &random) < density else { return nil }
            return Double(Int.random(in: -8...40, using: &random)) / 4
        }
        let id = (Bool.random(using: &random) ? "m" : "n") + "\(number)"
        test.add(id, values, startNs: start * Nanoseconds.perSecond, seconds: period)
        var points: [Int64: Double] = [:]
        for (slot, value) in values.enumerated() { points[start + Int64(slot) * period] = value }
        let grid = values.indices.map { start + Int64($0) * period }
        metrics.append((id, NaiveSeries(points, period: period, grid: grid)))
    }

    private mutating func pick(_ names: [String]) -> String { names.randomElement(using: &random) ?? "" }

    private mutating func chance(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    // MARK: Scalars

    mutating func scalar(_ depth: Int) -> (text: String, value: Double) {
        if depth <= 0 || chance(3) == 0 {
            let value = Double(chance(20)) / 4
            return ("\(value)", value)
        }
        switch chance(5) {
        case 0:
            let (left, right, sign) = (scalar(depth - 1), scalar(depth - 1), pick(Self.signs))
            return (
                "(\(left.text) \(sign) \(right.text))",
                NaiveMath.finite(NaiveMath.apply(sign, left.value, right.value))
            )
        case 1:
            let operand = scalar(depth - 1)
            return ("(-\(operand.text))", -operand.value)
        case 2:
            let members = array(depth - 1)
            return ("METRIC_COUNT(\(members.text))", Double(members.value.count))
        case 3:
            let metric = metrics[chance(metrics.count)]
            return ("PERIOD(\(metric.id))", Double(metric.series.period))
        default:
            let (operand, name) = (series(depth - 1), pick(Self.aggregates))
            let values = operand.value.slots.map { operand.value.points[$0] }
            return ("\(name)(\(operand.text))", NaiveMath.finite(NaiveMath.aggregate(name, values)))
        }
    }

    // MARK: Series

    mutating func series(_ depth: Int) -> (text: String, value: NaiveSeries) {
        if depth <= 0 || chance(4) == 0 {
            let metric = metrics[chance(metrics.count)]
            return (metric.id, metric.series)
        }
        switch chance(10) {
        case 0, 1: return operation(depth)
        case 2:
            let (operand, name) = (series(depth - 1), pick(Self.perPoint))
            return ("\(name)(\(operand.text))", NaiveMath.perPoint(name, operand.value))
        case 3: return fill(depth)
        case 4: return condition(depth)
        case 5:
            let (operand, name) = (series(depth - 1), pick(Self.times))
            return ("\(name)(\(operand.text))", NaiveMath.time(name, operand.value))
        case 6:
            let operand = series(depth - 1)
            return ("(-\(operand.text))", operand.value.map { -$0 })
        case 7:
            let number = scalar(depth - 1)
            return ("TIME_SERIES(\(number.text))", NaiveMath.fill(window) { _ in number.value })
        default: return ofArray(depth)
        }
    }

    private mutating func operation(_ depth: Int) -> (text: String, value: NaiveSeries) {
        let (operand, sign) = (series(depth - 1), pick(Self.signs))
        switch chance(3) {
        case 0:
            let number = scalar(depth - 1)
            return (
                "(\(operand.text) \(sign) \(number.text))",
                operand.value.map { NaiveMath.apply(sign, $0, number.value) }
            )
        case 1:
            let number = scalar(depth - 1)
            return (
                "(\(number.text) \(sign) \(operand.text))",
                operand.value.map { NaiveMath.apply(sign, number.value, $0) }
            )
        default:
            let other = series(depth - 1)
            return ("(\(operand.text) \(sign) \(other.text))", NaiveMath.apply(sign, operand.value, other.value))
        }
    }

    private mutating func fill(_ depth: Int) -> (text: String, value: NaiveSeries) {
        let operand = series(depth - 1)
        switch chance(4) {
        case 0: return ("FILL(\(operand.text), REPEAT)", NaiveMath.fillRepeat(operand.value))
        case 1: return ("FILL(\(operand.text), LINEAR)", NaiveMath.fillLinear(operand.value))
        case 2:
            let filler = series(depth - 1)
            return (
                "FILL(\(operand.text), \(filler.text))",
                NaiveMath.fill(operand.value) { filler.value.points[$0] }
            )
        default:
            let number = scalar(depth - 1)
            return ("FILL(\(operand.text), \(number.text))", NaiveMath.fill(operand.value) { _ in number.value })
        }
    }

    private mutating func condition(_ depth: Int) -> (text: String, value: NaiveSeries) {
        if chance(4) == 0 {
            let (number, then, otherwise) = (scalar(depth - 1), series(depth - 1), series(depth - 1))
            let empty = NaiveSeries([:], like: then.value)
            let chosen = number.value.isNaN ? empty : number.value != 0 ? then.value : otherwise.value
            return ("IF(\(number.text), \(then.text), \(otherwise.text))", chosen)
        }
        let (test, then, otherwise) = (series(depth - 1), branch(depth), branch(depth))
        if chance(3) == 0 {
            let shape = NaiveSeries.smallest([test.value] + [then.series].compactMap { $0 })
            return (
                "IF(\(test.text), \(then.text))",
                NaiveMath.condition(test.value, then.at, { _ in nil }, like: shape)
            )
        }
        let shape = NaiveSeries.smallest([test.value] + [then.series, otherwise.series].compactMap { $0 })
        return (
            "IF(\(test.text), \(then.text), \(otherwise.text))",
            NaiveMath.condition(test.value, then.at, otherwise.at, like: shape)
        )
    }

    private mutating func branch(_ depth: Int) -> (text: String, series: NaiveSeries?, at: (Int64) -> Double?) {
        if chance(2) == 0 {
            let number = scalar(depth - 1)
            return (number.text, nil, { _ in number.value })
        }
        let series = series(depth - 1)
        return (series.text, series.value, { series.value.points[$0] })
    }

    private mutating func ofArray(_ depth: Int) -> (text: String, value: NaiveSeries) {
        let members = array(depth - 1)
        switch chance(4) {
        case 0: return ("FIRST(\(members.text))", members.value.first ?? window)
        case 1: return ("LAST(\(members.text))", members.value.last ?? window)
        default:
            let name = pick(Self.aggregates)
            return ("\(name)(\(members.text))", NaiveMath.aggregate(name, members.value, window: window))
        }
    }

    // MARK: Arrays

    mutating func array(_ depth: Int) -> (text: String, value: [NaiveSeries]) {
        if depth <= 0 || chance(4) == 0 {
            let part = pick(["", "m", "n", "1"])
            let text = part.isEmpty ? "METRICS()" : "METRICS('\(part)')"
            return (text, metrics.filter { part.isEmpty || $0.id.contains(part) }.map(\.series))
        }
        switch chance(6) {
        case 0:
            let elements = (0...chance(3)).map { _ in series(depth - 1) }
            return ("[\(elements.map(\.text).joined(separator: ", "))]", elements.map(\.value))
        case 1:
            let (members, sign, other) = (array(depth - 1), pick(Self.signs), series(depth - 1))
            return (
                "(\(members.text) \(sign) \(other.text))",
                members.value.map { NaiveMath.apply(sign, $0, other.value) }
            )
        case 2:
            let (members, sign, number) = (array(depth - 1), pick(Self.signs), scalar(depth - 1))
            return (
                "(\(number.text) \(sign) \(members.text))",
                members.value.map { $0.map { NaiveMath.apply(sign, number.value, $0) } }
            )
        case 3:
            let (members, name) = (array(depth - 1), pick(Self.perPoint))
            return ("\(name)(\(members.text))", members.value.map { NaiveMath.perPoint(name, $0) })
        case 4:
            let members = array(depth - 1)
            return ("REMOVE_EMPTY(\(members.text))", members.value.filter { !$0.points.isEmpty })
        default: return sort(depth)
        }
    }

    private mutating func sort(_ depth: Int) -> (text: String, value: [NaiveSeries]) {
        let (members, name, isAscending) = (array(depth - 1), pick(["AVG", "MIN", "MAX", "SUM"]), chance(2) == 0)
        let limit = chance(6)
        let ranked = members.value.map { member in
            (member, NaiveMath.aggregate(name, member.times.map { member.points[$0] }))
        }
        var sorted: [(NaiveSeries, Double)] = []
        // Insertion: behind all that are not worse.
        for entry in ranked {
            let index = sorted.firstIndex { other in
                if entry.1.isNaN { return false }
                return other.1.isNaN || (isAscending ? entry.1 < other.1 : entry.1 > other.1)
            }
            sorted.insert(entry, at: index ?? sorted.count)
        }
        return (
            "SORT(\(members.text), \(name), \(isAscending ? "ASC" : "DESC"), \(limit))",
            sorted.prefix(limit).map(\.0)
        )
    }
}
