/// One word or sign of a statement.
struct Token: Equatable {
    enum Kind: Equatable {
        /// A bare word: a keyword or a name of letters, digits, `_` and `.`.
        case word(String)
        /// A run of characters that would be a name if it stood in double quotes, such as `AWS/EC2`.
        case oddName(String)
        /// `"…"`, escapes resolved.
        case quotedName(String)
        /// `'…'`, escapes resolved.
        case value(String)
        /// Begins with a digit: a number, a duration or a time, told apart by the parser.
        case number(String)
        /// `( ) , = != < <= > >= - + * / ;`
        case symbol(String)
        /// A quote that is never closed, with the text after it.
        case unterminated(quote: String, text: String)
        /// A character that begins nothing.
        case unknown(String)
        case end
    }

    let kind: Kind
    let span: SourceSpan

    /// Whether this is the bare word `keyword`, in any case.
    func isKeyword(_ keyword: String) -> Bool {
        guard case .word(let text) = kind else { return false }
        return text.isKeyword(keyword)
    }
}
