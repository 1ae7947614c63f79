/// Cuts an expression into tokens. Never fails: what cannot be understood becomes a token that no rule accepts, so that
/// the parser reports the first mistake in reading order.
struct MathLexer {
    private let bytes: [UInt8]
    private var position = 0

    /// All tokens of `text`, the last one `.end`. O(bytes).
    static func tokens(of text: String) -> [MathToken] {
        var lexer = MathLexer(bytes: Array(text.utf8))
        var tokens: [MathToken] = []
        while let token = lexer.next() { tokens.append(token) }
        // The end lies after the last token, not after trailing blanks: that is where something is missing.
        let end = tokens.last?.span.end ?? 0
        tokens.append(MathToken(kind: .end, span: SourceSpan(start: end, end: end)))
        return tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func next() -> MathToken? {
        while position < bytes.count, Self.isBlank(bytes[position]) { position += 1 }
        guard position < bytes.count else { return nil }
        let start = position
        let kind = nextKind(bytes[position])
        return MathToken(kind: kind, span: SourceSpan(start: start, end: position))
    }

    private mutating func nextKind(_ byte: UInt8) -> MathToken.Kind {
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { return string(byte) }
        if Self.isDigit(byte) || isFraction(at: position) { return number() }
        if Self.isLetter(byte) || byte == UInt8(ascii: "_") { return word() }
        return sign(byte)
    }

    // MARK: Kinds of token

    /// A backslash before the enclosing quote escapes it, any other backslash stands for itself.
    private mutating func string(_ quote: UInt8) -> MathToken.Kind {
        var text: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == quote { return .string(String(decoding: text, as: UTF8.self)) }
            if byte == UInt8(ascii: "\\"), position < bytes.count, bytes[position] == quote {
                text.append(quote)
                position += 1
            } else {
                text.append(byte)
            }
        }
        return .unterminated
    }

    /// `5`, `.5`, `5.25`, `1e3`, `1E-3`; letters that follow directly spoil it.
    private mutating func number() -> MathToken.Kind {
        let start = position
        skipDigits()
        if isFraction(at: position) {
            position += 1
            skipDigits()
        }
        skipExponent()
        let end = position
        while position < bytes.count, Self.isWordByte(bytes[position]) { position += 1 }
        guard position == end, let value = Double(text(from: start)), value.isFinite else { return .malformedNumber }
        return .number(value)
    }

    private mutating func skipDigits() {
        while position < bytes.count, Self.isDigit(bytes[position]) { position += 1 }
    }

    private mutating func skipExponent() {
        guard position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") else { return }
        var digits = position + 1
        if digits < bytes.count, bytes[digits] == UInt8(ascii: "+") || bytes[digits] == UInt8(ascii: "-") {
            digits += 1
        }
        guard digits < bytes.count, Self.isDigit(bytes[digits]) else { return }
        position = digits
        skipDigits()
    }

    private func isFraction(at index: Int) -> Bool {
        index + 1 < bytes.count && bytes[index] == UInt8(ascii: ".") && Self.isDigit(bytes[index + 1])
    }

    private mutating func word() -> MathToken.Kind {
        let start = position
        while position < bytes.count, Self.isWordByte(bytes[position]) { position += 1 }
        let isID = bytes[start] >= UInt8(ascii: "a") && bytes[start] <= UInt8(ascii: "z")
        return isID ? .id(text(from: start)) : .word(text(from: start))
    }

    private mutating func sign(_ byte: UInt8) -> MathToken.Kind {
        let start = position
        position += 1
        if position < bytes.count {
            let pair = String(decoding: bytes[start...position], as: UTF8.self)
            if Self.pairs.contains(pair) {
                position += 1
                return .symbol(pair)
            }
        }
        let text = String(UnicodeScalar(byte))
        if Self.signs.contains(text) { return .symbol(text) }
        // The bytes of characters outside of ASCII stay together.
        while byte >= 0x80, position < bytes.count, bytes[position] >= 0x80 { position += 1 }
        return .unknown
    }

    private func text(from start: Int) -> String { String(decoding: bytes[start..<position], as: UTF8.self) }

    // MARK: Classes

    private static let pairs: Set<String> = ["==", "!=", "<=", ">=", "||", "&&"]
    private static let signs: Set<String> = ["(", ")", "[", "]", ",", "+", "-", "*", "/", "^", "<", ">"]

    private static func isBlank(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): true
        default: false
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func isLetter(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_")
    }
}
