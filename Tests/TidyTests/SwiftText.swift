/// Swift source with comments and string literals blanked out, so that words in them are not taken for code.
///
/// Line breaks stay where they are. Regular-expression literals are not recognised; the code base has none.
struct SwiftText: Sendable {
    /// As many bytes as the source; blanked bytes are spaces.
    private(set) var bytes: [UInt8]

    init(_ text: String) {
        bytes = Array(text.utf8)
        var blanker = Blanker(source: bytes)
        blanker.run()
        bytes = blanker.output
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
}

/// Walks over the source once; every method starts at `position` and leaves it behind what it recognised.
private struct Blanker {
    let source: [UInt8]
    var output: [UInt8]
    var position = 0

    init(source: [UInt8]) {
        self.source = source
        output = source
    }

    mutating func run() {
        while position < source.count { step() }
    }

    /// Most bytes begin nothing; they are passed by before anything is compared.
    private mutating func step() {
        switch source[position] {
        case UInt8(ascii: "/"), UInt8(ascii: "\""), UInt8(ascii: "#"): stepOverLiteral()
        default: position += 1
        }
    }

    private mutating func stepOverLiteral() {
        if matches("//") {
            blank { $0.source[$0.position] == UInt8(ascii: "\n") }
        } else if matches("/*") {
            blankBlockComment()
        } else if let hashes = stringStart() {
            blankString(hashes: hashes)
        } else {
            position += 1
        }
    }

    private func matches(_ token: String, at offset: Int = 0) -> Bool {
        var index = position + offset
        for byte in token.utf8 {
            guard index < source.count, source[index] == byte else { return false }
            index += 1
        }
        return true
    }

    /// Number of `#` in front of a quote at `position`, nil when there is no string literal here.
    private func stringStart() -> Int? {
        var hashes = 0
        while position + hashes < source.count, source[position + hashes] == UInt8(ascii: "#") { hashes += 1 }
        return matches("\"", at: hashes) ? hashes : nil
    }

    private mutating func blankOne() {
        if source[position] != UInt8(ascii: "\n") { output[position] = UInt8(ascii: " ") }
        position += 1
    }

    private mutating func blank(_ count: Int) {
        for _ in 0..<count where position < source.count { blankOne() }
    }

    private mutating func blank(until isEnd: (Blanker) -> Bool) {
        while position < source.count, !isEnd(self) { blankOne() }
    }

    /// Block comments nest in Swift.
    private mutating func blankBlockComment() {
        var depth = 0
        repeat {
            if matches("/*") {
                depth += 1
                blank(2)
            } else if matches("*/") {
                depth -= 1
                blank(2)
            } else {
                blank(1)
            }
        } while depth > 0 && position < source.count
    }

    private mutating func blankString(hashes: Int) {
        let pounds = String(repeating: "#", count: hashes)
        let quote = matches("\"\"\"", at: hashes) ? "\"\"\"" : "\""
        let escape = "\\" + pounds
        blank(hashes + quote.utf8.count)
        while position < source.count, !matches(quote + pounds) {
            if matches(escape + "(") {
                blank(escape.utf8.count)
                blankInterpolation()
            } else {
                blank(matches(escape) ? escape.utf8.count + 1 : 1)
            }
        }
        blank(quote.utf8.count + hashes)
    }

    /// From the opening parenthesis to the matching one; may hold strings of its own.
    private mutating func blankInterpolation() {
        var depth = 0
        repeat {
            if let hashes = stringStart() {
                blankString(hashes: hashes)
                continue
            }
            if matches("(") { depth += 1 }
            if matches(")") { depth -= 1 }
            blank(1)
        } while depth > 0 && position < source.count
    }
}
