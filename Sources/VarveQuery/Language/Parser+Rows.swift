// rows         := "SELECT" "*" "FROM" source ["WHERE" rowCondition ("AND" rowCondition)*]
//                 ["ORDER BY" "time" ["ASC" | "DESC"]] ["LIMIT" count] times       times without PERIOD
// rowCondition := condition | name ("=" | "!=" | "<" | "<=" | ">" | ">=") ["-"] number
extension Parser {
    /// Whether `* FROM` follows.
    var isAtRows: Bool { current.kind == .symbol("*") && next?.isKeyword("FROM") == true }

    /// What follows the word SELECT.
    mutating func rowsStatement() throws(QueryError) -> RowsSyntax {
        try require(sign: "*")
        try require(keyword: "FROM")
        var rows = RowsSyntax(source: try source())
        try rowConditions(of: &rows)
        rows.isNewestFirst = try timeOrder()
        rows.limit = try limit()
        rows.times = try times()
        if let periodNs = rows.times.periodNs {
            throw periodNs.span.invalid("SELECT * shows samples as they are, without PERIOD")
        }
        return rows
    }

    private mutating func rowConditions(of rows: inout RowsSyntax) throws(QueryError) {
        guard take(keyword: "WHERE") else { return }
        repeat {
            guard rows.conditions.count + rows.valueConditions.count < QueryLimits.keysMax else {
                throw previous.span.invalid("more than \(QueryLimits.keysMax) conditions")
            }
            let start = current.span
            let key = try key()
            guard let comparison = takeComparison() else {
                guard let condition = try membership(of: key) else { throw unexpected() }
                rows.conditions.append(condition)
                continue
            }
            let sign = previous.span
            if let value = try number() {
                guard case .dimension(let metric) = key else {
                    throw start.invalid("only metrics are compared with numbers")
                }
                rows.valueConditions.append(
                    ValueConditionSyntax(metric: metric, comparison: comparison, value: value))
                continue
            }
            guard comparison == .equal || comparison == .notEqual else {
                if case .value = current.kind {
                    throw sign.invalid("'\(comparison.rawValue)' compares a metric with a number; texts have = and !=")
                }
                throw unexpected()
            }
            rows.conditions.append(
                ConditionSyntax(key: key, isEquality: comparison == .equal, operand: try operand(of: key)))
        } while take(keyword: "AND")
    }

    /// A number with an optional sign; nil when something else follows.
    private mutating func number() throws(QueryError) -> Double? {
        note(.count)
        let isNegative = current.kind == .symbol("-")
        let token = isNegative ? next : current
        guard let token, case .number(let text) = token.kind else { return nil }
        guard let value = NumberText.parse(text) else {
            throw token.span.invalid(
                "expected a number such as 100 or 0.5, or a value in single quotes, found '\(text)'")
        }
        if isNegative { advance() }
        advance()
        return isNegative ? 0 - value : value
    }

    /// `ORDER BY time`, when it is there; whether it is descending.
    private mutating func timeOrder() throws(QueryError) -> Bool {
        guard try take(keyword: "ORDER", "BY") else { return false }
        try require(keyword: "TIME")
        if take(keyword: "DESC") { return true }
        _ = take(keyword: "ASC")
        return false
    }
}
