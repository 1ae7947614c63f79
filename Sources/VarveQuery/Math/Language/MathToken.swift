/// One word or sign of an expression.
struct MathToken: Equatable {
    enum Kind: Equatable {
        /// Begins with a lower-case letter: the id of a query.
        case id(String)
        /// Any other word: a function, `AND`, `REPEAT`, …
        case word(String)
        /// Finite.
        case number(Double)
        /// Begins like a number and is none: `5m`, `1e999`.
        case malformedNumber
        /// `'…'` or `"…"`, escapes resolved.
        case string(String)
        /// `( ) [ ] ,` and the operators.
        case symbol(String)
        /// A quote that is never closed.
        case unterminated
        /// Characters that begin nothing.
        case unknown
        case end
    }

    let kind: Kind
    let span: SourceSpan

    func isSymbol(_ text: String) -> Bool { kind == .symbol(text) }
}
