/// Refused lines, read from what a server says about a write:
/// `partial write: line 3, column 5: the field value is missing; line 9, column 1: …; and 4 more dropped=6`.
package struct RefusalText: Equatable {
    package var named: [RefusedLine] = []
    /// All of them, those without a name too.
    package var count = 0

    /// What the list begins with: some lines were stored, or none.
    private static let beginnings = ["partial write: ", "unable to parse: "]
    private static let mark = " dropped="

    /// nil when `message` speaks of something else, or not only of refused lines.
    package init?(_ message: String) {
        guard let beginning = Self.beginnings.first(where: { message.hasPrefix($0) }),
            let digits = message.split(separator: "=").last, let count = Int(digits),
            message.hasSuffix(Self.mark + digits)
        else { return nil }
        self.count = count
        let list = message.dropFirst(beginning.count).dropLast(Self.mark.count + digits.count)
        // Reasons contain semicolons and the word "line" too; an entry begins only where a place is named first.
        for part in list.split(separator: "; ") {
            if let line = Self.entry(part) {
                named.append(line)
            } else if !named.isEmpty, !part.hasPrefix("and ") {
                named[named.count - 1].reason += "; \(part)"
            }
        }
    }

    /// Reads `line 3, column 5: reason`.
    private static func entry(_ text: Substring) -> RefusedLine? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let words = text[..<colon].split(separator: " ")
        guard words.count == 4, words[0] == "line", words[2] == "column", let line = Int(words[1].dropLast()),
            let column = Int(words[3])
        else { return nil }
        let reason = text[text.index(after: colon)...].drop { $0 == " " }
        return RefusedLine(lineNumber: line, column: column, reason: String(reason))
    }
}

/// Lines of line protocol that carry a row.
enum DataLines {
    /// Lines that are neither blank nor comments. O(bytes).
    static func count(in bytes: [UInt8]) -> Int {
        bytes.split(separator: UInt8(ascii: "\n")).count { line in
            let first = line.first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") && $0 != UInt8(ascii: "\r") }
            return first != nil && first != UInt8(ascii: "#")
        }
    }
}

/// How many rows of a write that failed are stored all the same, as a server says it:
/// `… (12 rows were not stored, 30 were)`.
enum StoredRowsText {
    /// 0 when the message does not say.
    static func count(in message: String) -> Int {
        let words = message.split { !$0.isLetter && !$0.isNumber }.map { String($0) }
        let sentence = ["rows", "were", "not", "stored"]
        for start in words.indices.dropLast(5) where words[start..<start + 4].elementsEqual(sentence) {
            if words[start + 5] == "were", let count = Int(words[start + 4]) { return count }
        }
        return 0
    }
}
