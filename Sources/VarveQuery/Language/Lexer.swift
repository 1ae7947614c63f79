/// Cuts a statement into tokens. Never fails: what cannot be understood becomes a token that no rule accepts, so that
/// the parser reports the first mistake in reading order.
struct Lexer {
    private let bytes: [UInt8]
    private var position = 0

    /// All tokens of `statement`, the last one `.end`. O(bytes).
    static func tokens(of statement: String) -> [Token] {
        var lexer = Lexer(bytes: Array(statement.utf8))
        var tokens: [Token] = []
        while let token = lexer.next() { tokens.append(token) }
        // The end lies after the last token, not after trailing blanks: that is where something is missing.
        let end = tokens.last?.span.end ?? 0
        tokens.append(Token(kind: .end, span: SourceSpan(start: end, end: end)))
        return tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func next() -> Token? {
        while position < bytes.count, Self.isBlank(bytes[position]) { position += 1 }
        guard position < bytes.count else { return nil }
        let start = position
        let kind = nextKind(bytes[position])
        return Token(kind: kind, span: SourceSpan(start: start, end: position))
    }

    private mutating func nextKind(_ byte: UInt8) -> Token.Kind {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): quoted(byte)
        case _ where Self.isDigit(byte): number()
        case _ where Self.isNameStart(byte): name()
        default: sign(byte)
        }
    }

    // MARK: Kinds of token

    /// `"…"` or `'…'`; a backslash before the enclosing quote escapes it, any other backslash stands for itself.
    private mutating func quoted(_ quote: UInt8) -> Token.Kind {
        var text: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == quote {
                let content = String(decoding: text, as: UTF8.self)
                return quote == UInt8(ascii: "'") ? .value(content) : .quotedName(content)
            }
            if byte == UInt8(ascii: "\\"), position < bytes.count, bytes[position] == quote {
                text.append(quote)
                position += 1
            } else {
                text.append(byte)
            }
        }
        return .unterminated(quote: String(UnicodeScalar(quote)), text: String(decoding: text, as: UTF8.self))
    }

    /// Digits, letters, `.` and `:`; in a date also the signs of `2026-11-22T10:00:00+01:00`.
    private mutating func number() -> Token.Kind {
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            guard
                Self.isWordByte(byte) || byte == UInt8(ascii: ":") || isDateSign(byte, start: start)
                    || isExponentSign(byte, start: start)
            else { break }
            position += 1
        }
        return .number(text(from: start))
    }

    private func isDateSign(_ byte: UInt8, start: Int) -> Bool {
        guard byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") else { return false }
        guard position + 1 < bytes.count, Self.isDigit(bytes[position + 1]) else { return false }
        guard position - start >= 4, bytes[start..<start + 4].allSatisfy(Self.isDigit) else { return false }
        return position - start == 4 ? byte == UInt8(ascii: "-") : bytes[start + 4] == UInt8(ascii: "-")
    }

    /// The sign of `1e-5`: behind digits and one `e`, before a digit.
    private func isExponentSign(_ byte: UInt8, start: Int) -> Bool {
        guard byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") else { return false }
        guard position + 1 < bytes.count, Self.isDigit(bytes[position + 1]) else { return false }
        guard bytes[position - 1] | 0x20 == UInt8(ascii: "e") else { return false }
        return bytes[start..<position - 1].allSatisfy { Self.isDigit($0) || $0 == UInt8(ascii: ".") }
    }

    private mutating func name() -> Token.Kind {
        let start = position
        while position < bytes.count, Self.isWordByte(bytes[position]) { position += 1 }
        let word = text(from: start)
        // `now-1h` is a difference, everything else with a dash was meant as a name.
        if word.isKeyword("NOW") { return .word(word) }
        let wordEnd = position
        while position < bytes.count, Self.isOddNameByte(bytes[position]) { position += 1 }
        return position == wordEnd ? .word(word) : .oddName(text(from: start))
    }

    private mutating func sign(_ byte: UInt8) -> Token.Kind {
        position += 1
        let isDoubled = position < bytes.count && bytes[position] == UInt8(ascii: "=")
        switch byte {
        case UInt8(ascii: "!"), UInt8(ascii: "<"), UInt8(ascii: ">"):
            if isDoubled {
                position += 1
                return .symbol(text(from: position - 2))
            }
            return byte == UInt8(ascii: "!") ? .unknown("!") : .symbol(text(from: position - 1))
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: "="), UInt8(ascii: "-"),
            UInt8(ascii: "+"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: ";"):
            return .symbol(text(from: position - 1))
        default: return .unknown(text(from: position - 1))
        }
    }

    private func text(from start: Int) -> String { String(decoding: bytes[start..<position], as: UTF8.self) }

    // MARK: Classes of bytes

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

    /// What a name may consist of without quotes.
    static func isWordByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }

    /// Bytes outside ASCII begin a name too: it only lacks its quotes.
    static func isNameStart(_ byte: UInt8) -> Bool {
        isLetter(byte) || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    private static func isOddNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "#"), UInt8(ascii: "@"),
            UInt8(ascii: "%"), UInt8(ascii: "$"):
            true
        default: isWordByte(byte) || byte >= 0x80
        }
    }
}
