import VarveModel

// search   := [schema [","]] [any]                            one of the two at least
// schema   := "{" name ("," name)* "}"                        the namespace, then all dimension names
// any      := all ("OR" all)*
// all      := negated (["AND"] negated)*                      side by side is AND
// negated  := "NOT" negated | "(" any ")" | [property "="] text | property "=" "(" any ")"
// property := "MetricName" | "Namespace" | ":aws.AccountId" | name
// text     := word | '"' … '"'                                word: no blanks and none of { } ( ) = "
/// Reads the first argument of SEARCH by recursive descent over its bytes.
struct SearchParser {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    /// Words that join terms, upper case only.
    static let words: Set<String> = ["AND", "OR", "NOT"]

    /// - Throws: `.invalid` with a place in `text`; `.limit` when it is too long.
    static func parse(_ text: String) throws(QueryError) -> SearchSyntax {
        let length = text.unicodeScalars.count
        guard length <= MathLimits.searchCharactersMax else {
            throw .limit(
                message: "the search has \(length) characters; the limit is \(MathLimits.searchCharactersMax)")
        }
        var parser = SearchParser(text)
        return try parser.search()
    }

    private init(_ text: String) { bytes = Array(text.utf8) }

    /// Everything but blanks and signs.
    static func isBareByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "="),
            UInt8(ascii: "\""):
            false
        default: !isBlank(byte)
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): true
        default: false
        }
    }
}

extension SearchSyntax {
    /// Reads the first argument of SEARCH.
    /// - Throws: `.invalid` with a place in `text`; `.limit` when it is too long.
    package init(_ text: String) throws(QueryError) { self = try SearchParser.parse(text) }
}

// MARK: - Rules

extension SearchParser {
    private mutating func search() throws(QueryError) -> SearchSyntax {
        var search = SearchSyntax()
        skipBlanks()
        if take("{") {
            search.schema = try schema()
            _ = take(",")
        }
        if current != nil { search.terms = try alternatives(of: nil) }
        guard current == nil else { throw unexpected("a term, AND, OR or the end of the search") }
        guard search.schema != nil || search.terms != nil else {
            throw here.invalid("the search is empty; write terms, such as CPU, or {Namespace,Dimension}")
        }
        return search
    }

    /// What follows the opening brace.
    private mutating func schema() throws(QueryError) -> SearchSyntax.Schema {
        var schema = SearchSyntax.Schema(namespace: try name("a namespace"), dimensions: [])
        while take(",") {
            let start = position
            let dimension = try name("a dimension name")
            guard !schema.dimensions.contains(where: { $0.hasSameBytes(as: dimension) }) else {
                throw SourceSpan(start: start, end: position).invalid("\"\(dimension)\" stands twice in the braces")
            }
            guard schema.dimensions.count < QueryLimits.keysMax else {
                throw here.invalid("more than \(QueryLimits.keysMax) dimension names")
            }
            schema.dimensions.append(dimension)
        }
        guard take("}") else {
            throw unexpected("',' or '}'", hint: "a name with blanks or signs needs double quotes")
        }
        return schema
    }

    /// Inside the braces, where commas separate.
    private mutating func name(_ what: String) throws(QueryError) -> String {
        let start = position
        if current == UInt8(ascii: "\"") {
            let name = try quoted()
            guard !name.isEmpty else {
                throw SourceSpan(start: start, end: position).invalid("expected \(what), found an empty name")
            }
            return name
        }
        let name = bare { Self.isBareByte($0) && $0 != UInt8(ascii: ",") }
        guard !name.isEmpty else { throw unexpected(what) }
        return name
    }

    private mutating func alternatives(of property: SearchProperty?) throws(QueryError) -> SearchExpression {
        var parts = [try conjunction(of: property)]
        while takeWord("OR") { parts.append(try conjunction(of: property)) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction(of property: SearchProperty?) throws(QueryError) -> SearchExpression {
        var parts = [try negated(of: property)]
        while takeWord("AND") || isAtTerm { parts.append(try negated(of: property)) }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    /// Whether a term goes on without AND.
    private var isAtTerm: Bool {
        guard let current else { return false }
        if current == UInt8(ascii: "(") || current == UInt8(ascii: "\"") { return true }
        return Self.isBareByte(current) && !isAtWord("OR")
    }

    private mutating func negated(of property: SearchProperty?) throws(QueryError) -> SearchExpression {
        if takeWord("NOT") {
            try descend()
            defer { depth -= 1 }
            return .not(try negated(of: property))
        }
        if take("(") { return try group(of: property) }
        return try term(of: property)
    }

    /// What follows an opening parenthesis.
    private mutating func group(of property: SearchProperty?) throws(QueryError) -> SearchExpression {
        try descend()
        defer { depth -= 1 }
        let group = try alternatives(of: property)
        guard take(")") else { throw unexpected("a term, AND, OR or ')'") }
        return group
    }

    private mutating func term(of property: SearchProperty?) throws(QueryError) -> SearchExpression {
        let start = position
        let isQuoted = current == UInt8(ascii: "\"")
        let text = try self.text()
        let end = position
        skipBlanks()
        guard current == UInt8(ascii: "=") else { return .term(property, try checked(text, start, end)) }
        guard property == nil else {
            throw here.invalid("a property holds for all terms in its parentheses, which have none of their own")
        }
        position += 1
        skipBlanks()
        let name = Self.content(of: text)
        let own = (isQuoted ? nil : SearchProperty(reserved: name)) ?? .dimension(name)
        guard !name.isEmpty, isQuoted || !name.hasPrefix(":") || own == .account else {
            throw SourceSpan(start: start, end: end).invalid(
                "'\(name)' is no property; they are MetricName, Namespace, :aws.AccountId and dimension names")
        }
        if take("(") { return try group(of: own) }
        let valueStart = position
        let value = try self.text()
        let valueEnd = position
        skipBlanks()
        return .term(own, own == .account ? value : try checked(value, valueStart, valueEnd))
    }

    private static func content(of text: SearchText) -> String {
        switch text {
        case .partial(let text), .exact(let text): text
        }
    }

    /// A word needs something to look for.
    private func checked(_ text: SearchText, _ start: Int, _ end: Int) throws(QueryError) -> SearchText {
        guard case .partial(let word) = text, SearchTokens(word).isEmpty else { return text }
        throw SourceSpan(start: start, end: end).invalid(
            "'\(word)' has neither letters nor digits; a text in double quotes is compared as it is")
    }

    /// A word or a text in quotes, without the blanks behind it.
    private mutating func text() throws(QueryError) -> SearchText {
        if current == UInt8(ascii: "\"") { return .exact(try quoted(skipsBlanks: false)) }
        if let word = Self.words.sorted().first(where: { isAtWord($0) }) {
            throw SourceSpan(start: position, end: position + word.utf8.count).invalid(
                "expected a term, found \(word); a word that is searched for needs quotes or another case")
        }
        let start = position
        while let current, Self.isBareByte(current) { position += 1 }
        guard position > start else { throw unexpected("a term", hint: braceHint) }
        return .partial(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private var braceHint: String? {
        current == UInt8(ascii: "{") ? "{Namespace,Dimension} stands once, before the terms" : nil
    }

    private mutating func descend() throws(QueryError) {
        guard depth < MathLimits.nestingMax else {
            throw here.invalid("the search is nested deeper than \(MathLimits.nestingMax) levels")
        }
        depth += 1
    }
}

// MARK: - Bytes

extension SearchParser {
    /// nil at the end.
    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private var here: SourceSpan { SourceSpan(start: position, end: min(position + 1, bytes.count)) }

    private mutating func skipBlanks() { while let current, Self.isBlank(current) { position += 1 } }

    private mutating func take(_ sign: Character) -> Bool {
        guard current == sign.asciiValue else { return false }
        position += 1
        skipBlanks()
        return true
    }

    private mutating func bare(_ isPart: (UInt8) -> Bool) -> String {
        let start = position
        while let current, isPart(current) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        skipBlanks()
        return text
    }

    /// A backslash stands before `"`, `\`, `(` and `)`; before anything else for itself.
    private mutating func quoted(skipsBlanks: Bool = true) throws(QueryError) -> String {
        let start = position
        var text: [UInt8] = []
        position += 1
        while let byte = current {
            position += 1
            if byte == UInt8(ascii: "\"") {
                if skipsBlanks { skipBlanks() }
                return String(decoding: text, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\\"), let next = current, "\"\\()".utf8.contains(next) {
                text.append(next)
                position += 1
            } else {
                text.append(byte)
            }
        }
        throw SourceSpan(start: start, end: bytes.count).invalid("this \" is never closed")
    }

    private func isAtWord(_ word: String) -> Bool {
        let end = position + word.utf8.count
        guard end <= bytes.count, bytes[position..<end].elementsEqual(word.utf8) else { return false }
        return end == bytes.count || !Self.isBareByte(bytes[end]) && bytes[end] != UInt8(ascii: "=")
    }

    private mutating func takeWord(_ word: String) -> Bool {
        guard isAtWord(word) else { return false }
        position += word.utf8.count
        skipBlanks()
        return true
    }

    private func unexpected(_ wanted: String, hint: String? = nil) -> QueryError {
        var end = position
        while end < bytes.count, Self.isBareByte(bytes[end]) { end += 1 }
        if end == position, end < bytes.count { end += 1 }
        let text = String(decoding: bytes[position..<end], as: UTF8.self)
        let found = text.isEmpty ? "the end of the search" : "'\(text)'"
        let message = "expected \(wanted), found \(found)"
        return SourceSpan(start: position, end: end).invalid(hint.map { "\(message); \($0)" } ?? message)
    }
}
