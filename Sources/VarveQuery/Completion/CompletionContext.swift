/// What could be typed at a place of an unfinished statement.
package struct CompletionContext: Equatable, Sendable {
    /// A kind of text; ``QueryEngine/complete(_:cursor:on:in:)`` looks the texts up.
    package enum Candidate: Hashable, Sendable {
        /// Upper case, possibly two words (`GROUP BY`); also a name that the statement itself has defined.
        case keyword(String)
        case namespace
        /// Of any namespace when the statement does not name one yet.
        case metric(namespace: String?)
        case dimensionName(namespace: String?)
        case dimensionValue(name: String, namespace: String?)
        case time
        case duration
    }

    /// Where the word under the cursor begins, its opening quote included; UTF-8 bytes. A completion replaces
    /// `wordStart..<cursor`.
    package var wordStart: Int
    /// What is typed of the word, without the quote.
    package var prefix: String
    /// The quote that the word begins with, `"` or `'`; nil when there is none.
    package var quote: Character?
    /// Empty where only a sign can follow, and after a mistake.
    package var candidates: [Candidate]
}

extension QueryEngine {
    /// What could be typed at `cursor`, a UTF-8 byte offset of `statement`. Never fails; any text, any cursor.
    ///
    /// The text before the word under the cursor is parsed: what the parser would have understood next are the
    /// candidates. The namespace is looked for on both sides of the cursor, because SELECT names metrics before their
    /// namespace.
    package static func completionContext(statement: String, cursor: Int) -> CompletionContext {
        let bytes = statement.utf8
        let cursor = min(max(cursor, 0), min(bytes.count, QueryLimits.statementBytesMax))
        let typed = String(decoding: bytes.prefix(cursor), as: UTF8.self)
        var context = CompletionContext(wordStart: cursor, prefix: "", quote: nil, candidates: [])
        context.takeWord(from: Lexer.tokens(of: typed), cursor: cursor)
        let expected = Parser.expectations(after: String(decoding: bytes.prefix(context.wordStart), as: UTF8.self))
        let namespace = Parser.namespace(in: Lexer.tokens(of: statement), around: cursor)
        context.candidates = expected.flatMap { $0.candidates(namespace: namespace) }
        context.dropCandidatesOfOtherQuotes()
        return context
    }
}

extension CompletionContext {
    /// Splits off the word that ends at the cursor.
    fileprivate mutating func takeWord(from tokens: [Token], cursor: Int) {
        // The last token is the end mark.
        guard let word = tokens.dropLast().last, word.span.end == cursor else { return }
        switch word.kind {
        case .word(let text), .oddName(let text), .number(let text): prefix = text
        case .unterminated(let mark, let text):
            prefix = text
            quote = mark.first
        default: return
        }
        wordStart = word.span.start
    }

    /// An opened quote decides between names and values.
    fileprivate mutating func dropCandidatesOfOtherQuotes() {
        guard let quote else { return }
        candidates.removeAll { candidate in
            switch candidate {
            case .namespace, .metric, .dimensionName: quote == "'"
            case .dimensionValue, .time: quote == "\""
            case .keyword, .duration: true
            }
        }
    }
}

extension Expectation {
    fileprivate func candidates(namespace: String?) -> [CompletionContext.Candidate] {
        switch self {
        case .keyword(let words): [.keyword(words)]
        case .function: Expectation.functionNames.map { .keyword($0) }
        case .namespace: [.namespace]
        case .metric: [.metric(namespace: namespace)]
        case .key: [.dimensionName(namespace: namespace)]
        case .value(.dimension(let name)): [.dimensionValue(name: name, namespace: namespace)]
        case .time: [.time]
        case .duration: [.duration]
        case .mathOperand(let names): (names + MathFunction.offered).map { .keyword($0) }
        case .value, .sign, .count, .end: []
        }
    }
}

extension Parser {
    /// What could stand behind `text`; empty when `text` itself has a mistake.
    static func expectations(after text: String) -> [Expectation] {
        var parser = Parser(text)
        do throws(QueryError) { _ = try parser.wholeStatement() } catch {
            // Expected: the text stops in the middle of a statement. A mistake before its end shows in `current`.
        }
        return parser.current.kind == .end ? parser.expected : []
    }

    /// The namespace that a statement names, however unfinished it is: of several SELECT that in which the cursor is.
    static func namespace(in tokens: [Token], around cursor: Int) -> String? {
        let start = tokens.lastIndex { $0.isKeyword("SELECT") && $0.span.start < cursor } ?? 0
        guard let from = tokens[start...].firstIndex(where: { $0.isKeyword("FROM") }) else { return nil }
        var rest = tokens[(from + 1)...]
        if rest.first?.isKeyword("SCHEMA") == true { rest = rest.dropFirst(2) }
        switch rest.first?.kind {
        case .word(let name) where !Keywords.isReserved(name): return name
        case .quotedName(let name), .oddName(let name): return name
        default: return nil
        }
    }
}
