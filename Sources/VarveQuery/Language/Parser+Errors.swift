// What is wrong at the current token. The service's own wording comes first where it has one (its clients match on it).
extension Parser {
    /// "expected FROM, found 'FORM'; did you mean FROM?"
    func unexpected() -> QueryError {
        if let error = spoiledToken() ?? reservedWord() { return error }
        let wanted = "expected \(expectedText), found \(foundText)"
        return current.span.invalid(hint().map { "\(wanted); \($0)" } ?? wanted)
    }

    /// The service's "Invalid syntax near", with what could have followed.
    func trailingText() -> QueryError {
        if let error = spoiledToken() { return error }
        let near = "Invalid syntax near '\(remainder(atMost: 27))'; expected \(expectedText)"
        return current.span.invalid(hint().map { "\(near); \($0)" } ?? near)
    }

    /// Alternatives in the order in which they were tried.
    private var expectedText: String { expected.map(\.text).joinedAsAlternatives() }

    var foundText: String {
        switch current.kind {
        case .word(let text), .oddName(let text), .number(let text), .symbol(let text), .unknown(let text): "'\(text)'"
        case .quotedName(let text): "the name \"\(text)\""
        case .value(let text): "the value '\(text)'"
        case .unterminated(let quote, _): quote
        case .end: "the end of the statement"
        }
    }

    /// The text from the current token on, cut as the service cuts it.
    private func remainder(atMost count: Int) -> String {
        let bytes = statement.utf8.dropFirst(current.span.start)
        let text = String(decoding: bytes.prefix(4 * (count + 1)), as: UTF8.self)
        let shown = text.prefix(count)
        return text.count > count ? "\(shown)..." : String(shown)
    }

    /// Tokens that are wrong wherever they stand.
    private func spoiledToken() -> QueryError? {
        switch current.kind {
        case .unterminated(let quote, _):
            return current.span.invalid("this \(quote) is never closed")
        case .unknown(let text):
            return current.span.invalid("expected \(expectedText), found '\(text)'" + operatorHint(text))
        case .oddName(let text) where text.contains(where: "“”„‘’".contains):
            return current.span.invalid("expected \(expectedText), found '\(text)'; use the plain quotes \" and '")
        default: return nil
        }
    }

    private func operatorHint(_ text: String) -> String { comparisonHint(text).map { "; \($0)" } ?? "" }

    /// Where a series is asked for, only equality is; where a value is, any comparison.
    private func comparisonHint(_ text: String) -> String? {
        guard expected.contains(.sign("!=")), "<>~!=".contains(text.prefix(1)) else { return nil }
        return expected.contains(.sign("<")) ? nil : "only =, != and IN compare"
    }

    /// The service's message for a reserved word where a name was wanted.
    private func reservedWord() -> QueryError? {
        guard case .word(let word) = current.kind, Keywords.isReserved(word), wantsName, !isMisplacedClause(word) else {
            return nil
        }
        return current.span.invalid(
            "Invalid syntax. Reserved keyword '\(word)' must be surrounded by double quotes")
    }

    private var wantsName: Bool {
        expected.contains { [.namespace, .metric, .key].contains($0) }
    }

    /// Whether `word` more likely goes on with the statement than names something: `FROM WHERE …`.
    private func isMisplacedClause(_ word: String) -> Bool {
        guard let next else { return false }
        switch word.uppercased() {
        case "GROUP", "ORDER": return next.isKeyword("BY")
        case "FROM", "WHERE", "HAVING":
            return next.kind != .symbol(")") && next.kind != .symbol(",") && next.kind != .end
        default: return false
        }
    }

    private func hint() -> String? {
        switch current.kind {
        case .oddName(let text): return oddNameHint(text)
        case .word(let text): return wordHint(text)
        case .symbol(let text): return comparisonHint(text)
        case .number(let text) where expected.contains { $0.isValue }: return "write '\(text)'"
        case .number(let text) where wantsName: return "a name that begins with a digit needs quotes: \"\(text)\""
        case .value(let text) where wantsName: return "names take double quotes: \"\(text)\""
        case .quotedName where expected.contains(.time): return "write times without quotes or in single quotes"
        default: return nil
        }
    }

    private func oddNameHint(_ text: String) -> String {
        if expected.contains(where: \.isValue) { return "write '\(text)'" }
        return "a name with other characters than letters, digits, '_' and '.' needs double quotes: \"\(text)\""
    }

    private func wordHint(_ text: String) -> String? {
        if expected.contains(.sign("!=")), ["LIKE", "IS", "BETWEEN"].contains(text.uppercased()) {
            return expected.contains(.sign("<"))
                ? "only =, !=, <, <=, >, >= and IN compare" : "only =, != and IN compare"
        }
        if expected.contains(.keyword("AND")), text.uppercased() == "OR" {
            return "conditions can only be joined by AND"
        }
        if let misplaced = misplacedClause(text) { return misplaced }
        if expected.contains(.function) { return functionHint(text) }
        return Spelling.suggestion(for: text, among: expected.compactMap(\.keyword)).map { "did you mean \($0)?" }
    }

    private func functionHint(_ text: String) -> String {
        let meant = Spelling.suggestion(for: text, among: Expectation.functionNames)
        if let meant, meant.lowercased() != text.lowercased() { return "did you mean \(meant)?" }
        return "aggregate it, such as AVG(\(text))"
    }

    /// A clause of the language that stands where its turn is over.
    private func misplacedClause(_ word: String) -> String? {
        guard expected.contains(.end) else { return nil }
        let clauses = ["FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "SINCE", "UNTIL", "PERIOD"]
        guard clauses.contains(word.uppercased()) else { return nil }
        return "each clause stands once, in the order FROM, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT,"
            + " then SINCE, UNTIL, PERIOD"
    }
}

extension Expectation {
    fileprivate var isValue: Bool {
        if case .value = self { true } else { false }
    }

    /// The first word of a keyword.
    var keyword: String? {
        guard case .keyword(let words) = self else { return nil }
        return String(words.prefix { $0 != " " })
    }
}
