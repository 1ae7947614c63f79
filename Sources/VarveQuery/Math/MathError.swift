/// Why an expression, or a set of queries with expressions, has no answer.
package struct MathError: Error, Equatable, Sendable {
    /// What sort of mistake it is.
    package enum Kind: Equatable, Sendable {
        /// The text does not follow the grammar.
        case syntax
        /// An id that no query of the request has.
        case unknownName
        case unknownFunction
        /// More or fewer arguments than the function takes.
        case argumentCount
        /// An argument, an operand or the final result is of a wrong type.
        case type
        /// The function exists but not here.
        case unsupported
        /// An argument of the right type with an impossible value.
        case value
        /// The queries do not fit together: ids, periods, cycles.
        case request
        /// A limit was exceeded; the message names it.
        case limit
        /// Reading the metrics failed.
        case source(QueryError)
    }

    package var kind: Kind
    /// Where the service has a message of its own, exactly that.
    package var message: String
    /// What the service does not say: what was expected, what was probably meant, what to do.
    package var hint: String?
    /// In UTF-8 bytes of the query's expression; nil when no place of a text is to blame.
    package var span: SourceSpan?
    /// The query in whose expression the mistake lies; nil for mistakes of the request.
    package var queryID: String?

    package init(
        _ kind: Kind, _ message: String, hint: String? = nil, at span: SourceSpan? = nil, in queryID: String? = nil
    ) {
        self.kind = kind
        self.message = message
        self.hint = hint
        self.span = span
        self.queryID = queryID
    }

    /// The text that clients of the service know, without hints.
    package var serviceMessage: String { prefix + message }

    /// As an error of one statement, which can be rendered with the place underlined
    /// (``QueryError/rendered(in:)``).
    package var queryError: QueryError {
        if case .source(let error) = kind { return error }
        if let span { return span.invalid(text) }
        return kind == .limit ? .limit(message: text) : .invalid(message: text, offset: 0, byteCount: 0)
    }

    func of(query id: String) -> MathError {
        var error = self
        error.queryID = id
        return error
    }

    private var text: String { hint.map { "\(message); \($0)" } ?? message }

    private var prefix: String { queryID.map { "Error in expression '\($0)': " } ?? "" }
}

extension MathError: CustomStringConvertible {
    /// One line, without the place.
    package var description: String { prefix + text }
}
