// select    := "SELECT" column ("," column)* "FROM" source ["WHERE" condition ("AND" condition)*]
//              ["GROUP BY" key ("," key)*] ["HAVING" comparison ("AND" comparison)*]
//              ["ORDER BY" function "(" [range] ")" ["ASC" | "DESC"]] ["LIMIT" count] times
// column, comparison, range: Parser+Expressions.swift
// source    := name | "SCHEMA" "(" name ("," name)* ")"
// condition := key ("=" | "!=") ("'…'" | "CURRENT_ACCOUNT_ID" "()")
//            | key ["NOT"] "IN" "(" "'…'" ("," "'…'")* ")"
// key       := name | "AWS.AccountId" | "tag." name
extension Parser {
    /// What follows the word SELECT.
    mutating func selectStatement() throws(QueryError) -> SelectSyntax {
        let columns = try list(of: "aggregates", atMost: QueryLimits.aggregatesMax) { parser throws(QueryError) in
            try parser.column()
        }
        try require(keyword: "FROM")
        var select = SelectSyntax(columns: columns, source: try source())
        select.conditions = try conditions()
        select.groupKeys = try groupKeys()
        select.having = try having()
        select.order = try order()
        select.limit = try limit()
        select.times = try times()
        return select
    }

    /// What follows the word FROM.
    mutating func source() throws(QueryError) -> SourceSyntax {
        if current.isKeyword("SCHEMA"), next?.kind == .symbol("(") {
            advance()
            return try schema()
        }
        note(.keyword("SCHEMA"))
        return SourceSyntax(namespace: try namespace())
    }

    private mutating func schema() throws(QueryError) -> SourceSyntax {
        try require(sign: "(")
        let namespace = try name(.namespace)
        var names: [String] = []
        while take(sign: ",") {
            guard names.count < QueryLimits.keysMax else {
                throw previous.span.invalid("more than \(QueryLimits.keysMax) dimension names")
            }
            names.append(try name(.key))
        }
        try require(sign: ")")
        return SourceSyntax(namespace: namespace, schema: names)
    }

    mutating func namespace() throws(QueryError) -> String {
        if case .word(let word) = current.kind, Keywords.otherKinds.contains(word.lowercased()) {
            throw current.span.invalid(
                "FROM \(word) is kept for records other than metrics, which cannot be asked for yet;"
                    + " a namespace of that name needs quotes: \"\(word)\"")
        }
        return try name(.namespace)
    }

    /// `WHERE …`, when it is there.
    mutating func conditions() throws(QueryError) -> [ConditionSyntax] {
        guard take(keyword: "WHERE") else { return [] }
        var conditions = [try condition()]
        while take(keyword: "AND") {
            guard conditions.count < QueryLimits.keysMax else {
                throw previous.span.invalid("more than \(QueryLimits.keysMax) conditions")
            }
            conditions.append(try condition())
        }
        return conditions
    }

    mutating func condition() throws(QueryError) -> ConditionSyntax {
        let key = try key()
        let isEquality = take(sign: "=")
        if isEquality || take(sign: "!=") {
            return ConditionSyntax(key: key, isEquality: isEquality, operand: try operand(of: key))
        }
        guard let condition = try membership(of: key) else { throw unexpected() }
        return condition
    }

    /// `IN ('a', 'b')` or `NOT IN ('a', 'b')`, when it is there.
    mutating func membership(of key: KeySyntax) throws(QueryError) -> ConditionSyntax? {
        let isEquality = take(keyword: "IN")
        if !isEquality {
            guard try take(keyword: "NOT", "IN") else { return nil }
        }
        try require(sign: "(")
        let values = try list(of: "values", atMost: QueryLimits.valuesMax) { parser throws(QueryError) in
            try parser.value(of: key)
        }
        try require(sign: ")")
        return ConditionSyntax(key: key, isEquality: isEquality, operand: .values(values))
    }

    mutating func operand(of key: KeySyntax) throws(QueryError) -> ConditionSyntax.Operand {
        if key == .account, take(keyword: "CURRENT_ACCOUNT_ID") {
            try require(sign: "(")
            try require(sign: ")")
            return .currentAccount
        }
        if current.isKeyword("CURRENT_ACCOUNT_ID") {
            throw current.span.invalid("CURRENT_ACCOUNT_ID() can only be compared with AWS.AccountId")
        }
        return .value(try value(of: key))
    }

    /// A value in single quotes.
    private mutating func value(of key: KeySyntax) throws(QueryError) -> String {
        note(.value(of: key))
        switch current.kind {
        case .value(let text):
            advance()
            return text
        case .word, .oddName, .quotedName: throw comparedIdentifier()
        default: throw unexpected()
        }
    }

    /// The service's message for `WHERE a = b` and `WHERE a = "b"`.
    private func comparedIdentifier() -> QueryError {
        current.span.invalid(
            "Invalid syntax. Comparing identifiers is not supported. Values must be surrounded by single quotes")
    }

    mutating func key() throws(QueryError) -> KeySyntax {
        note(.key)
        guard case .word(let word) = current.kind else { return .dimension(try name(.key)) }
        if word.lowercased() == "aws.accountid" {
            advance()
            return .account
        }
        guard word.hasPrefix("tag.") else { return .dimension(try name(.key)) }
        let wordEnd = current.span.end
        advance()
        if word.utf8.count > 4 { return .tag(String(word.dropFirst(4))) }
        guard case .quotedName(let tag) = current.kind, current.span.start == wordEnd, !tag.isEmpty else {
            throw previous.span.invalid("expected a tag key after 'tag.', such as tag.env or tag.\"cost center\"")
        }
        advance()
        return .tag(tag)
    }

    private mutating func groupKeys() throws(QueryError) -> [KeySyntax] {
        guard try take(keyword: "GROUP", "BY") else { return [] }
        return try list(of: "keys", atMost: QueryLimits.keysMax) { parser throws(QueryError) in try parser.key() }
    }

    /// `HAVING …`, when it is there.
    private mutating func having() throws(QueryError) -> [ComparisonSyntax] {
        guard take(keyword: "HAVING") else { return [] }
        var comparisons = [try comparison()]
        while take(keyword: "AND") {
            guard comparisons.count < QueryLimits.aggregatesMax else {
                throw previous.span.invalid("more than \(QueryLimits.aggregatesMax) conditions")
            }
            comparisons.append(try comparison())
        }
        return comparisons
    }

    private mutating func order() throws(QueryError) -> OrderSyntax? {
        guard try take(keyword: "ORDER", "BY") else { return nil }
        let function = try orderFunction()
        let isDescending = take(keyword: "DESC")
        if !isDescending { _ = take(keyword: "ASC") }
        return OrderSyntax(function: function, isDescending: isDescending)
    }

    /// `LIMIT n`, when it is there.
    mutating func limit() throws(QueryError) -> Int? {
        guard take(keyword: "LIMIT") else { return nil }
        note(.count)
        guard case .number(let text) = current.kind else { throw unexpected() }
        guard text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else { throw unexpected() }
        // A number beyond Int means "all", as every number above the largest limit does.
        let limit = Int(text) ?? .max
        guard limit >= 1 else { throw current.span.invalid("LIMIT must be at least 1") }
        advance()
        return limit
    }
}
