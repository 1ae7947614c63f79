/// The words of the query language, upper case. Statements may write them in any case.
package enum Keywords {
    /// Words that cannot be a bare name, because a clause begins or goes on with them.
    package static let reserved = [
        "SELECT", "FROM", "SCHEMA", "WHERE", "AND", "GROUP", "BY", "HAVING", "ORDER", "ASC", "DESC", "LIMIT", "SINCE",
        "UNTIL", "PERIOD",
    ]
    /// Words with a meaning in one place only; elsewhere they are ordinary names.
    package static let contextual = [
        "SHOW", "NAMESPACES", "METRICS", "SERIES", "DIMENSIONS", "EXPLAIN", "ANALYZE", "IN", "NOT", "NOW",
        "CURRENT_ACCOUNT_ID", "MATH", "RETURN", "AS",
    ]
    /// Every word, for completion and highlighting.
    package static let all = (reserved + AggregateFunction.named.map(\.parts.name) + contextual).sorted()

    /// FROM these, bare, means a kind of record other than metrics; a namespace of that name needs quotes.
    static let otherKinds = ["trail", "config", "keys", "alarms"]

    static func isReserved(_ word: String) -> Bool { reserved.contains { word.isKeyword($0) } }
}

extension String {
    /// Whether this is `keyword`, which is upper case, written in any case. Byte by byte: once per test of a token.
    func isKeyword(_ keyword: String) -> Bool {
        guard utf8.count == keyword.utf8.count else { return false }
        return zip(utf8, keyword.utf8).allSatisfy { byte, wanted in
            byte == wanted || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") && byte &- 0x20 == wanted)
        }
    }
}

/// How names and values are written in a statement.
package enum Quoting {
    /// `name` as it must be written: bare when it can be, else in double quotes.
    package static func name(_ name: String) -> String { isBare(name) ? name : quoted(name) }

    /// A namespace: as ``name(_:)``, but quoted also where FROM would mean another kind of record.
    package static func namespace(_ name: String) -> String {
        isBare(name) && !Keywords.otherKinds.contains(name.lowercased()) ? name : quoted(name)
    }

    /// A dimension key: as ``name(_:)``, but quoted also where it would be read as a tag or as the account.
    package static func key(_ name: String) -> String {
        let isSpecial = name.lowercased() == "aws.accountid" || name.hasPrefix("tag.")
        return isBare(name) && !isSpecial ? name : quoted(name)
    }

    /// A tag key after `tag.`: bare when it goes on like a word.
    static func tag(_ name: String) -> String {
        !name.isEmpty && name.utf8.allSatisfy(Lexer.isWordByte) ? name : quoted(name)
    }

    /// `value` in single quotes.
    package static func value(_ value: String) -> String { enclosed(value, in: "'") }

    private static func quoted(_ name: String) -> String { enclosed(name, in: "\"") }

    private static func enclosed(_ text: String, in quote: Character) -> String {
        var result = String(quote)
        for character in text.unicodeScalars {
            if character == quote.unicodeScalars.first { result.unicodeScalars.append("\\") }
            result.unicodeScalars.append(character)
        }
        result.append(quote)
        return result
    }

    private static func isBare(_ name: String) -> Bool {
        guard let first = name.utf8.first, Lexer.isNameStart(first), name.utf8.allSatisfy(Lexer.isWordByte) else {
            return false
        }
        return !Keywords.isReserved(name)
    }
}
