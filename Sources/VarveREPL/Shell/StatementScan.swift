/// The words and signs of a piece of input, as far as a line editor must know them: where quotes and parentheses are
/// open, where statements end. The query language itself is read by the engine.
package struct StatementScan: Sendable {
    package enum Token: Equatable, Sendable {
        /// A bare word, in upper case.
        case word(String)
        /// A name or value in quotes.
        case quoted
        case symbol(UInt8)
    }

    /// With the UTF-8 offset of each.
    package private(set) var tokens: [(token: Token, offset: Int)] = []
    /// Whether a quote is still open at the end.
    package private(set) var hasOpenQuote = false
    /// Parentheses opened and not closed.
    package private(set) var openParentheses = 0

    /// Reads `text`. O(bytes).
    package init(_ text: String) {
        let bytes = Array(text.utf8)
        var position = 0
        while position < bytes.count, !hasOpenQuote {
            let start = position
            switch bytes[position] {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                position = skipQuoted(bytes, from: position)
                tokens.append((.quoted, start))
            case let byte where Self.isWordByte(byte):
                while position < bytes.count, Self.isWordByte(bytes[position]) { position += 1 }
                tokens.append((.word(String(decoding: bytes[start..<position], as: UTF8.self).uppercased()), start))
            case let byte:
                position += 1
                if !Self.isBlank(byte) { append(symbol: byte, at: start) }
            }
        }
    }

    /// Offset of the first `;` outside of quotes.
    package var firstSemicolon: Int? { tokens.first { $0.token == .symbol(UInt8(ascii: ";")) }?.offset }

    /// Offset of the first appearance of one of `words`, given in upper case.
    package func firstOffset(ofWords words: Set<String>) -> Int? {
        tokens.first { if case .word(let word) = $0.token { words.contains(word) } else { false } }?.offset
    }

    /// The first word, in upper case; nil when the text begins otherwise.
    package var firstWord: String? {
        if case .word(let word)? = tokens.first?.token { word } else { nil }
    }

    /// Whether a line end here ends the statement: nothing is open, nothing obviously missing.
    package var isComplete: Bool {
        guard !hasOpenQuote, openParentheses <= 0, let last = tokens.last?.token else { return false }
        switch last {
        case .word(let word) where Self.wordsThatGoOn.contains(word): return false
        case .symbol(let symbol) where Self.symbolsThatGoOn.contains(symbol): return false
        default: break
        }
        // Of the statements, only SELECT cannot be complete without a certain clause.
        let needsFrom = firstWord == "SELECT" || (firstWord == "EXPLAIN" && firstOffset(ofWords: ["SELECT"]) != nil)
        return !needsFrom || firstOffset(ofWords: ["FROM"]) != nil
    }

    /// Whether a line that begins like this goes on with the statement before it.
    package var continuesStatement: Bool {
        switch tokens.first?.token {
        case .word(let word): Self.clauseWords.contains(word)
        case .symbol(let symbol): Self.symbolsThatGoOn.contains(symbol) || symbol == UInt8(ascii: ")")
        default: false
        }
    }

    private static let clauseWords: Set<String> = [
        "FROM", "WHERE", "AND", "GROUP", "HAVING", "ORDER", "LIMIT", "SINCE", "UNTIL", "PERIOD",
    ]
    private static let wordsThatGoOn = clauseWords.union(["SELECT", "EXPLAIN", "ANALYZE", "SHOW", "BY"])
    private static let symbolsThatGoOn: Set<UInt8> = [
        UInt8(ascii: ","), UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "+"), UInt8(ascii: "-"),
        UInt8(ascii: "/"), UInt8(ascii: "<"), UInt8(ascii: ">"),
    ]

    private mutating func append(symbol: UInt8, at offset: Int) {
        if symbol == UInt8(ascii: "(") { openParentheses += 1 }
        if symbol == UInt8(ascii: ")") { openParentheses -= 1 }
        tokens.append((.symbol(symbol), offset))
    }

    /// The position after the closing quote. A backslash escapes the quote that encloses it, nothing else.
    private mutating func skipQuoted(_ bytes: [UInt8], from start: Int) -> Int {
        let quote = bytes[start]
        var position = start + 1
        while position < bytes.count {
            if bytes[position] == quote { return position + 1 }
            let escapesQuote =
                bytes[position] == UInt8(ascii: "\\") && position + 1 < bytes.count
                && bytes[position + 1] == quote
            position += escapesQuote ? 2 : 1
        }
        hasOpenQuote = true
        return position
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (9...13).contains(byte) }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), 0x80...:
            true
        default: false
        }
    }
}
