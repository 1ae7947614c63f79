// statistic := "SampleCount" | "Sum" | "Average" | "Minimum" | "Maximum" | "IQM"
//            | ("p" | "tm" | "wm" | "tc" | "ts") percentage
//            | ("TM" | "WM" | "TC" | "TS" | "PR") "(" range ")"
// range     := [percentage "%"] ":" [percentage "%"]          one bound at least, not for PR
//            | [bound] ":" [bound]                            one bound at least
extension Statistic {
    /// Reads a statistic as the service writes it. Blanks are not allowed; case matters.
    /// - Throws: ``StatisticError`` that says what is wrong and shows a right one.
    package init(parsing text: String) throws(StatisticError) {
        if let simple = Self.simple[text] {
            self = simple
        } else if text.last == ")", let open = text.firstIndex(of: "(") {
            let range = text[text.index(after: open)...].dropLast()
            try self.init(name: String(text[..<open]), range: String(range))
        } else {
            try self.init(shortForm: text, in: text)
        }
    }

    /// Reads a short form in any case: `P99.9`, `tm90`, `iqm`.
    /// - Returns: nil when `text` does not begin as one.
    /// - Throws: ``StatisticError`` when its number is wrong.
    package init?(shortForm text: String) throws(StatisticError) {
        let lower = text.lowercased()
        if lower == "iqm" {
            self = .interquartileMean
            return
        }
        guard let (_, number) = Self.splitShortForm(lower), number.utf8.first.map(Self.isDigit) == true else {
            return nil
        }
        try self.init(shortForm: lower, in: text)
    }

    /// Reads a function over a range, such as `TM` and `10%:90%`; the name in upper case.
    package init(name: String, range: String) throws(StatisticError) {
        if name == "PR" {
            guard case .values(let low, let high) = try StatisticRange(parsing: range) else {
                throw StatisticError("PR takes values without %, such as PR(100:300); found '\(range)'")
            }
            self = .percentileRank(low: low, high: high)
        } else if let kind = TrimmedStatistic(rawValue: name) {
            self = .trimmed(kind, try StatisticRange(parsing: range))
        } else {
            throw StatisticError(
                "'\(name)' takes no range; TM, WM, TC, TS and PR do, such as TM(10%:90%) or PR(:300)")
        }
    }

    /// Names of functions over a range.
    package static let rangeNames = TrimmedStatistic.allCases.map(\.rawValue) + ["PR"]

    private static let simple: [String: Statistic] = [
        "SampleCount": .sampleCount, "Sum": .sum, "Average": .average, "Minimum": .minimum, "Maximum": .maximum,
        "IQM": .interquartileMean,
    ]

    private init(shortForm text: String, in whole: String) throws(StatisticError) {
        guard let (prefix, number) = Self.splitShortForm(text) else {
            throw StatisticError(
                "'\(whole)' is no statistic; there are SampleCount, Sum, Average, Minimum, Maximum, IQM, short forms "
                    + "such as p99.9 and tm90, and ranges such as TM(10%:90%) and PR(:300)")
        }
        let example = "\(prefix)90 or \(prefix)99.5"
        guard let rank = Percentage(parsing: number) else {
            throw StatisticError(
                "'\(whole)' needs a number from 0 to 100 with at most \(Percentage.decimalsMax) decimals after "
                    + "'\(prefix)', such as \(example)")
        }
        guard let kind = TrimmedStatistic(rawValue: prefix.uppercased()) else {
            self = .percentile(rank)
            return
        }
        guard rank > .zero else { throw StatisticError("'\(whole)' must be above 0, such as \(example)") }
        self = .trimmed(kind, .percent(low: .zero, high: rank))
    }

    /// The letters of a short form and the rest; nil when it begins with no known ones.
    private static func splitShortForm(_ text: String) -> (prefix: String, number: Substring)? {
        let prefix = ["tm", "wm", "tc", "ts", "p"].first { text.hasPrefix($0) }
        return prefix.map { ($0, text.dropFirst($0.count)) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}

extension Percentage {
    /// Digits with an optional fraction of at most ten digits, 0…100; nil for anything else.
    package init?(parsing text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        let fraction = parts.count == 2 ? String(parts[1]) : ""
        guard fraction.count <= Self.decimalsMax else { return nil }
        let digits = String(parts[0]) + fraction + String(repeating: "0", count: Self.decimalsMax - fraction.count)
        // Int64(_:) takes a sign; digits only here. Too many of them do not fit and are above 100 in any case, except
        // for leading zeros, of which nobody needs nine.
        guard digits.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
            let units = Int64(digits)
        else { return nil }
        self.init(units: units)
    }
}

extension StatisticRange {
    /// Reads `10%:90%`, `:300`, `95%:`.
    package init(parsing text: String) throws(StatisticError) {
        let sides = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard sides.count == 2 else {
            throw StatisticError(
                "a range is two bounds with ':' between them, such as 10%:90% or :300; found '\(text)'")
        }
        guard sides != ["", ""] else {
            throw StatisticError("a range needs a bound on one side at least, such as 10%:90%, 10%: or :300")
        }
        let marks = sides.filter { !$0.isEmpty }.map { $0.hasSuffix("%") }
        guard Set(marks).count == 1 else {
            throw StatisticError("'%' stands at both bounds or at none, such as 10%:90% or 100:300; found '\(text)'")
        }
        self = try marks[0] ? Self.percent(sides) : Self.values(sides)
    }

    private static func percent(_ sides: [String]) throws(StatisticError) -> StatisticRange {
        func bound(_ side: String, _ open: Percentage) throws(StatisticError) -> Percentage {
            if side.isEmpty { return open }
            guard let rank = Percentage(parsing: side.dropLast()) else {
                throw StatisticError(
                    "'\(side)' is no percentage from 0 to 100 with at most \(Percentage.decimalsMax) decimals, "
                        + "such as 99.5%")
            }
            return rank
        }
        let low = try bound(sides[0], .zero)
        let high = try bound(sides[1], .hundred)
        guard low <= high else { throw reversed(sides) }
        return .percent(low: low, high: high)
    }

    private static func values(_ sides: [String]) throws(StatisticError) -> StatisticRange {
        func bound(_ side: String) throws(StatisticError) -> Double? {
            if side.isEmpty { return nil }
            if side.hasPrefix("-") {
                throw StatisticError("bounds are not negative, such as 100:300; found '\(side)'")
            }
            guard let value = BoundText.parse(side) else {
                throw StatisticError(
                    "'\(side)' is no number with at most \(Percentage.decimalsMax) decimals, such as 300, 0.25 or 1.5E6"
                )
            }
            return value
        }
        let low = try bound(sides[0])
        let high = try bound(sides[1])
        if let low, let high, low > high { throw reversed(sides) }
        return .values(low: low, high: high)
    }

    private static func reversed(_ sides: [String]) -> StatisticError {
        StatisticError(
            "the low bound comes first and is not above the high one, such as \(sides[1]):\(sides[0]);"
                + " found '\(sides[0]):\(sides[1])'")
    }
}
