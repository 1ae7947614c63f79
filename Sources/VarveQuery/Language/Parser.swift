/// Reads one statement by recursive descent. Only expressions nest; their operators and parentheses are counted.
///
/// Every test for a token notes what was tested for (``Expectation``); when no test succeeds, the notes of that place
/// are the error message, and at the cursor they are what completion offers.
struct Parser {
    let statement: String
    private let tokens: [Token]
    private var position = 0
    /// What was tested for at `position`.
    private(set) var expected: [Expectation] = []
    /// Operators and parentheses met so far.
    var operatorCount = 0
    /// Names that a MATH statement has defined so far; nil in any other statement.
    var mathNames: [String]?

    /// Parses the whole of `text`.
    /// - Throws: `.invalid` with the place of the first mistake; `.limit` when the text is too long.
    static func parse(_ text: String) throws(QueryError) -> Statement {
        guard text.utf8.count <= QueryLimits.statementBytesMax else {
            throw .limit(
                message: "the statement has \(text.utf8.count) bytes; the limit is \(QueryLimits.statementBytesMax)")
        }
        var parser = Parser(text)
        return try parser.wholeStatement()
    }

    init(_ text: String) {
        statement = text
        tokens = Lexer.tokens(of: text)
    }

    /// A statement and nothing behind it but one optional semicolon.
    mutating func wholeStatement() throws(QueryError) -> Statement {
        let result = try anyStatement()
        _ = take(sign: ";")
        note(.end)
        guard current.kind == .end else { throw trailingText() }
        return result
    }

    private mutating func anyStatement() throws(QueryError) -> Statement {
        if take(keyword: "SELECT") {
            return isAtRows ? .rows(try rowsStatement()) : .select(try selectStatement())
        }
        if take(keyword: "MATH") { return .math(try mathStatement()) }
        if take(keyword: "SHOW") { return .show(try showStatement()) }
        if take(keyword: "EXPLAIN") { return try explainStatement() }
        throw unexpected()
    }

    /// What follows the word EXPLAIN.
    private mutating func explainStatement() throws(QueryError) -> Statement {
        let isMeasured = take(keyword: "ANALYZE")
        if take(keyword: "MATH") {
            let math = try mathStatement()
            return isMeasured ? .analyze(.math(math)) : .explainMath(math)
        }
        try require(keyword: "SELECT")
        guard isAtRows else {
            let select = try selectStatement()
            return isMeasured ? .analyze(.select(select)) : .explain(select)
        }
        guard isMeasured else {
            throw current.span.invalid(
                "SELECT * reads every row of its range, there is no plan to explain;"
                    + " EXPLAIN ANALYZE runs and measures it"
            )
        }
        return .analyze(.rows(try rowsStatement()))
    }
}

// MARK: - Tokens

extension Parser {
    var current: Token { tokens[position] }
    /// The token before `current`.
    var previous: Token { tokens[position - 1] }
    var next: Token? { token(ahead: 1) }

    /// nil behind the end.
    func token(ahead count: Int) -> Token? { position + count < tokens.count ? tokens[position + count] : nil }

    mutating func advance() {
        position += 1
        expected.removeAll(keepingCapacity: true)
    }

    /// Notes that `expectation` would have been understood here.
    mutating func note(_ expectation: Expectation) {
        if !expected.contains(expectation) { expected.append(expectation) }
    }

    mutating func take(keyword: String) -> Bool {
        note(.keyword(keyword))
        guard current.isKeyword(keyword) else { return false }
        advance()
        return true
    }

    /// Takes `GROUP BY` or `ORDER BY`.
    mutating func take(keyword: String, _ second: String) throws(QueryError) -> Bool {
        note(.keyword(keyword + " " + second))
        guard current.isKeyword(keyword) else { return false }
        advance()
        try require(keyword: second)
        return true
    }

    mutating func take(sign: String) -> Bool {
        // The optional end sign is not worth a mention.
        if sign != ";" { note(.sign(sign)) }
        guard current.kind == .symbol(sign) else { return false }
        advance()
        return true
    }

    mutating func require(keyword: String) throws(QueryError) {
        guard take(keyword: keyword) else { throw unexpected() }
    }

    mutating func require(sign: String) throws(QueryError) {
        guard take(sign: sign) else { throw unexpected() }
    }

    /// A bare or double-quoted name.
    mutating func name(_ expectation: Expectation) throws(QueryError) -> String {
        note(expectation)
        switch current.kind {
        case .word(let text) where !Keywords.isReserved(text), .quotedName(let text):
            guard !text.isEmpty else { throw current.span.invalid("expected \(expectation.text), found an empty name") }
            advance()
            return text
        default: throw unexpected()
        }
    }

    /// One or more elements between commas.
    mutating func list<Element>(
        of what: String, atMost limit: Int, _ element: (inout Parser) throws(QueryError) -> Element
    ) throws(QueryError) -> [Element] {
        var elements = [try element(&self)]
        while !isBeforeMathItem, take(sign: ",") {
            guard elements.count < limit else { throw previous.span.invalid("more than \(limit) \(what)") }
            elements.append(try element(&self))
        }
        return elements
    }
}
