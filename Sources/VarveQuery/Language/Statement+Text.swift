import VarveModel

/// Statements as text that parses to the same statement. Keywords upper case, one space, no needless quotes.
extension Statement: CustomStringConvertible {
    /// One line of text.
    package var description: String {
        switch self {
        case .select(let select): select.description
        case .rows(let rows): rows.description
        case .math(let math): math.description
        case .explain(let select): "EXPLAIN \(select)"
        case .explainMath(let math): "EXPLAIN \(math)"
        case .analyze(.select(let select)): "EXPLAIN ANALYZE \(select)"
        case .analyze(.rows(let rows)): "EXPLAIN ANALYZE \(rows)"
        case .analyze(.math(let math)): "EXPLAIN ANALYZE \(math)"
        case .show(let show): show.description
        }
    }
}

extension SelectSyntax: CustomStringConvertible {
    package var description: String {
        var parts = ["SELECT \(columns.map(\.description).joined(separator: ", ")) FROM \(source)"]
        if !conditions.isEmpty { parts.append(conditions.clause) }
        if !groupKeys.isEmpty { parts.append("GROUP BY \(groupKeys.map(\.description).joined(separator: ", "))") }
        if !having.isEmpty { parts.append("HAVING \(having.map(\.description).joined(separator: " AND "))") }
        if let order { parts.append("ORDER BY \(order.function.orderText)\(order.isDescending ? " DESC" : "")") }
        if let limit { parts.append("LIMIT \(limit)") }
        return (parts + times.clauses).joined(separator: " ")
    }
}

extension TimesSyntax {
    var clauses: [String] {
        var clauses: [String] = []
        if let since { clauses.append("SINCE \(since.content)") }
        if let until { clauses.append("UNTIL \(until.content)") }
        if let periodNs { clauses.append("PERIOD \(DurationText.format(periodNs.content))") }
        return clauses
    }
}

extension RowsSyntax: CustomStringConvertible {
    package var description: String {
        var parts = ["SELECT * FROM \(source)"]
        let all = conditions.map(\.description) + valueConditions.map(\.description)
        if !all.isEmpty { parts.append("WHERE \(all.joined(separator: " AND "))") }
        if isNewestFirst { parts.append("ORDER BY time DESC") }
        if let limit { parts.append("LIMIT \(limit)") }
        return (parts + times.clauses).joined(separator: " ")
    }
}

extension ValueConditionSyntax: CustomStringConvertible {
    package var description: String {
        let sign = value < 0 ? "-" : ""
        return "\(Quoting.key(metric)) \(comparison.rawValue) \(sign)\(NumberText.format(value.magnitude))"
    }
}

extension ShowSyntax: CustomStringConvertible {
    package var description: String {
        switch self {
        case .namespaces: "SHOW NAMESPACES"
        case .metrics(let namespace): "SHOW METRICS" + (namespace.map { " FROM \(Quoting.namespace($0))" } ?? "")
        case .series(let source, let conditions, let limit):
            "SHOW SERIES" + (source.map { " FROM \($0)" } ?? "") + (conditions.isEmpty ? "" : " \(conditions.clause)")
                + (limit.map { " LIMIT \($0)" } ?? "")
        case .dimensions(let source): "SHOW DIMENSIONS FROM \(source)"
        }
    }
}

extension SourceSyntax: CustomStringConvertible {
    package var description: String {
        guard let schema else { return Quoting.namespace(namespace) }
        return "SCHEMA(\(([namespace] + schema).map(Quoting.name).joined(separator: ", ")))"
    }
}

extension [ConditionSyntax] {
    fileprivate var clause: String { "WHERE \(map(\.description).joined(separator: " AND "))" }
}

extension ConditionSyntax: CustomStringConvertible {
    package var description: String {
        let sign = isEquality ? "=" : "!="
        switch operand {
        case .value(let value): return "\(key) \(sign) \(Quoting.value(value))"
        case .values(let values):
            let list = values.map(Quoting.value).joined(separator: ", ")
            return "\(key) \(isEquality ? "IN" : "NOT IN") (\(list))"
        case .currentAccount: return "\(key) \(sign) CURRENT_ACCOUNT_ID()"
        }
    }
}

extension KeySyntax: CustomStringConvertible {
    package var description: String {
        switch self {
        case .dimension(let name): Quoting.key(name)
        case .account: "AWS.AccountId"
        case .tag(let name): "tag.\(Quoting.tag(name))"
        }
    }
}

extension Moment: CustomStringConvertible {
    package var description: String {
        switch self {
        case .at(let timestampNs): InstantText.format(timestampNs)
        case .now(0): "now"
        case .now(let offsetNs) where offsetNs < 0: "now - \(DurationText.format(-offsetNs))"
        case .now(let offsetNs): "now + \(DurationText.format(offsetNs))"
        }
    }
}
