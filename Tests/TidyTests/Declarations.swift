/// Where a function, initialiser, subscript or computed property begins and ends.
struct FunctionExtent: Equatable {
    /// Line of the keyword, counted from 1.
    var firstLine: Int
    /// Line of the closing brace.
    var lastLine: Int
    var lineCount: Int { lastLine - firstLine + 1 }
}

/// A token of blanked source: a word or a single punctuation character.
private struct Token {
    var text: String
    var line: Int
}

/// Finds declarations by words and brackets alone: enough for rules on length and documentation, no parser needed.
struct DeclarationScanner {
    private let tokens: [Token]

    init(_ source: SwiftText) { tokens = Self.tokenize(source.bytes) }

    /// Everything with a body, nested ones included.
    func functions() -> [FunctionExtent] {
        tokens.indices.compactMap { index in
            guard beginsFunction(at: index), let open = bodyStart(after: index) else { return nil }
            return FunctionExtent(firstLine: tokens[index].line, lastLine: tokens[closing(of: open)].line)
        }
    }

    /// Lines and names of the types that other modules can see and that are not nested in braces.
    func visibleTopLevelTypes() -> [(line: Int, name: String)] {
        var depth = 0
        var found: [(line: Int, name: String)] = []
        for (index, token) in tokens.enumerated() {
            if token.text == "{" { depth += 1 }
            if token.text == "}" { depth -= 1 }
            guard depth == 0, Self.typeKeywords.contains(token.text), isVisible(at: index) else { continue }
            guard index + 1 < tokens.count, tokens[index + 1].text != "func" else { continue }
            found.append((token.line, tokens[index + 1].text))
        }
        return found
    }

    private static let functionKeywords: Set<String> = ["func", "init", "deinit", "subscript", "var"]
    private static let typeKeywords: Set<String> = ["struct", "class", "enum", "protocol", "actor", "typealias"]
    /// A declaration without a body (in a protocol, or a stored property) ends where one of these begins.
    private static let boundaries: Set<String> = [
        "func", "init", "deinit", "subscript", "var", "let", "case", "struct", "class", "enum", "protocol", "extension",
        "static", "package", "public", "private", "mutating", "}", "=",
    ]

    private func beginsFunction(at index: Int) -> Bool {
        guard Self.functionKeywords.contains(tokens[index].text) else { return false }
        return index == 0 || ![".", "case"].contains(tokens[index - 1].text)
    }

    /// Modifiers stand on the same line as the keyword in formatted source.
    private func isVisible(at index: Int) -> Bool {
        tokens[..<index].reversed().prefix { $0.line == tokens[index].line }
            .contains { ["package", "public", "open"].contains($0.text) }
    }

    /// Index of the `{` of the body, nil for a declaration without one.
    private func bodyStart(after keyword: Int) -> Int? {
        var depth = 0
        for index in tokens.indices.dropFirst(signatureStart(after: keyword)) {
            let text = tokens[index].text
            switch text {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "{" where depth == 0: return index
            default: if depth < 0 || (depth == 0 && Self.boundaries.contains(text)) { return nil }
            }
        }
        return nil
    }

    /// Behind the name, which may be an operator such as `==`.
    private func signatureStart(after keyword: Int) -> Int {
        guard tokens[keyword].text == "func" else { return keyword + 1 }
        return tokens[keyword...].firstIndex { $0.text == "(" || $0.text == "}" } ?? tokens.count
    }

    private func closing(of open: Int) -> Int {
        var depth = 0
        for index in open..<tokens.count {
            if tokens[index].text == "{" { depth += 1 }
            if tokens[index].text == "}" { depth -= 1 }
            if depth == 0 { return index }
        }
        return tokens.count - 1
    }

    private static func tokenize(_ bytes: [UInt8]) -> [Token] {
        var tokens: [Token] = []
        var word: [UInt8] = []
        var line = 1
        for byte in bytes + [UInt8(ascii: "\n")] {
            if isWord(byte) {
                word.append(byte)
                continue
            }
            if !word.isEmpty { tokens.append(Token(text: String(decoding: word, as: UTF8.self), line: line)) }
            word.removeAll(keepingCapacity: true)
            if byte > UInt8(ascii: " ") { tokens.append(Token(text: String(UnicodeScalar(byte)), line: line)) }
            if byte == UInt8(ascii: "\n") { line += 1 }
        }
        return tokens
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "`"), 0x80...0xFF: true
        default: false
        }
    }
}
