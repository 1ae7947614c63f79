/// Refused lines, read from what a server says about a write:
/// `partial write: line 3, column 5: the field value is missing; line 9, column 1: …; and 4 more dropped=6`.
struct RefusalText: Equatable {
    var named: [RefusedLine] = []
    /// All of them, those without a name too.
    var count = 0

    /// nil when `message` speaks of something else.
    init?(_ message: String) {
        guard let mark = message.range(ofLast: " dropped="), let count = Int(message[mark.upperBound...]) else {
            return nil
        }
        self.count = count
        let list = message[..<mark.lowerBound]
        // Reasons contain semicolons too; an entry begins only where a line and a column are named.
        for part in list.split(separator: "; ") {
            if let start = part.range(ofLast: "line ")?.lowerBound, let line = Self.entry(part[start...]) {
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

extension String {
    /// Where `part` last appears. O(count × part).
    fileprivate func range(ofLast part: String) -> Range<Index>? { self[...].range(ofLast: part) }
}

extension Substring {
    fileprivate func range(ofLast part: String) -> Range<Index>? {
        var start = endIndex
        while start > startIndex {
            start = index(before: start)
            if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
        }
        return nil
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
