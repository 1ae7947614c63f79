// rule   := and ("OR" and)*          and := not ("AND" not)*
// not    := "NOT" not | "(" rule ")" | "TRUE" | "FALSE" | state "(" ref ")" | atleast
// state  := "ALARM" | "OK" | "INSUFFICIENT_DATA"
// ref    := bare | '"' … '"'
// atleast:= "AT_LEAST" "(" (INT | INT "%") "," ["NOT"] state "," "(" ref ("," ref)* ")" ")"

extension AlarmRule {
    /// Reads a rule. O(length).
    /// - Throws: `Error in AlarmRule […]` with the place, counted in characters from 0, and what may stand there; a
    /// limit.
    package init(parsing text: String) throws(AlarmRefusal) {
        var parser = AlarmRuleParser(try AlarmRuleToken.read(text))
        self = try parser.parse()
        let children = Set(references.map(\.name))
        guard children.count <= AlarmLimits.ruleChildrenMax else {
            throw .limit("The AlarmRule names more than \(AlarmLimits.ruleChildrenMax) alarms")
        }
    }
}

/// A word, a quoted name, a parenthesis or a comma.
struct AlarmRuleToken: Equatable {
    enum Kind: Equatable { case word, quoted, open, close, comma, end }

    let kind: Kind
    /// As written; of a quoted name what is between the quotes.
    let text: String
    /// Code points in front of it.
    let offset: Int

    /// Words of the grammar; one that stands where none is expected is refused differently from an unknown one.
    static let reserved: Set<String> = [
        "AND", "OR", "NOT", "TRUE", "FALSE", "ALARM", "OK", "INSUFFICIENT_DATA", "AT_LEAST",
    ]

    var isReserved: Bool { kind != .word || Self.reserved.contains(text) }

    /// - Returns: the tokens and a final one of kind `end`.
    static func read(_ text: String) throws(AlarmRefusal) -> [AlarmRuleToken] {
        let characters = Array(text.unicodeScalars)
        var tokens: [AlarmRuleToken] = []
        var index = 0
        while index < characters.count {
            let character = characters[index]
            switch character {
            case _ where character.properties.isWhitespace: index += 1
            case "(", ")", ",":
                let kind: Kind = character == "(" ? .open : character == ")" ? .close : .comma
                tokens.append(AlarmRuleToken(kind: kind, text: String(character), offset: index))
                index += 1
            case "\"": tokens.append(try readQuoted(characters, &index))
            default: tokens.append(readWord(characters, &index))
            }
        }
        return tokens + [AlarmRuleToken(kind: .end, text: "<EOF>", offset: characters.count)]
    }

    private static func readWord(_ characters: [Unicode.Scalar], _ index: inout Int) -> AlarmRuleToken {
        let start = index
        while index < characters.count, !characters[index].properties.isWhitespace,
            !"(),\"".unicodeScalars.contains(characters[index])
        {
            index += 1
        }
        return AlarmRuleToken(kind: .word, text: Self.text(characters[start..<index]), offset: start)
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private static func readQuoted(_ characters: [Unicode.Scalar], _ index: inout Int) throws(AlarmRefusal)
        -> AlarmRuleToken
    {
        let start = index
        var text = String.UnicodeScalarView()
        index += 1
        while index < characters.count {
            let character = characters[index]
            let isEscape = character == "\\" && index + 1 < characters.count && characters[index + 1] == "\""
            if character == "\"" {
                index += 1
                return AlarmRuleToken(kind: .quoted, text: String(text), offset: start)
            }
            text.append(isEscape ? "\"" : character)
            index += isEscape ? 2 : 1
        }
        throw .validation("Error in AlarmRule [Quoted name without an end at char \(start)]")
    }
}

/// Reads one rule by recursive descent.
struct AlarmRuleParser {
    /// Levels of parentheses and `NOT`. 100: people write fewer than ten, and walking needs a stack frame for each.
    static let depthMax = 100

    private static let termStart = "'(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA"

    private let tokens: [AlarmRuleToken]
    private var index = 0
    private var elementCount = 0

    init(_ tokens: [AlarmRuleToken]) { self.tokens = tokens }

    mutating func parse() throws(AlarmRefusal) -> AlarmRule {
        let rule = try parseOr(depth: 0)
        guard token.kind == .end else { throw unsupported(token.isReserved ? "<EOF>" : "<EOF>, 'AND', 'OR'") }
        return rule
    }

    private var token: AlarmRuleToken { tokens[index] }

    private mutating func parseOr(depth: Int) throws(AlarmRefusal) -> AlarmRule {
        var operands = [try parseAnd(depth: depth)]
        while try takeWord("OR") { operands.append(try parseAnd(depth: depth)) }
        return operands.count == 1 ? operands[0] : .or(operands)
    }

    private mutating func parseAnd(depth: Int) throws(AlarmRefusal) -> AlarmRule {
        var operands = [try parseNot(depth: depth)]
        while try takeWord("AND") { operands.append(try parseNot(depth: depth)) }
        return operands.count == 1 ? operands[0] : .and(operands)
    }

    private mutating func parseNot(depth: Int) throws(AlarmRefusal) -> AlarmRule {
        guard depth <= Self.depthMax else {
            throw .validation("Error in AlarmRule [More than \(Self.depthMax) levels at char \(token.offset)]")
        }
        if try takeWord("NOT") { return .not(try parseNot(depth: depth + 1)) }
        if take(.open) {
            let rule = try parseOr(depth: depth + 1)
            guard take(.close) else { throw unsupported(token.isReserved ? "')'" : "')', 'AND', 'OR'") }
            return rule
        }
        if try takeWord("TRUE") { return .constant(true) }
        if try takeWord("FALSE") { return .constant(false) }
        if try takeWord("AT_LEAST") { return try parseAtLeast() }
        guard let state = try takeState() else { throw unsupported(Self.termStart) }
        try expect(.open, "'('")
        let reference = try parseReference()
        try expect(.close, "')'")
        return .state(state, reference)
    }

    private mutating func parseAtLeast() throws(AlarmRefusal) -> AlarmRule {
        try expect(.open, "'('")
        let threshold = try parseThreshold()
        try expect(.comma, "','")
        let isNegated = try takeWord("NOT")
        guard let state = try takeState() else {
            throw unsupported((isNegated ? "" : "'NOT', ") + "ALARM, OK, or INSUFFICIENT_DATA")
        }
        try expect(.comma, "','")
        try expect(.open, "'('")
        var references = [try parseReference()]
        while take(.comma) { references.append(try parseReference()) }
        try expect(.close, "',', ')'")
        try expect(.close, "')'")
        let count = try threshold.count(of: references.count)
        return .atLeast(.init(count: count, isNegated: isNegated, state: state, references: references))
    }

    private mutating func parseThreshold() throws(AlarmRefusal) -> Threshold {
        let isPercentage = token.text.hasSuffix("%")
        let digits = isPercentage ? token.text.dropLast() : token.text[...]
        let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        guard token.kind == .word, isNumber else { throw unsupported("NUMBER, PERCENTAGE NUMBER") }
        index += 1
        // What does not fit is above every limit.
        let number = Int(digits) ?? Int.max
        return isPercentage ? .percentage(number) : .count(number)
    }

    private mutating func parseReference() throws(AlarmRefusal) -> AlarmReference {
        guard token.kind == .word || token.kind == .quoted, !token.text.isEmpty else { throw unsupported("ALARM NAME") }
        try countElement()
        defer { index += 1 }
        return AlarmReference(token.text)
    }

    private mutating func take(_ kind: AlarmRuleToken.Kind) -> Bool {
        guard token.kind == kind else { return false }
        index += 1
        return true
    }

    private mutating func takeWord(_ word: String) throws(AlarmRefusal) -> Bool {
        guard token.kind == .word, token.text == word else { return false }
        try countElement()
        index += 1
        return true
    }

    private mutating func takeState() throws(AlarmRefusal) -> AlarmState? {
        guard token.kind == .word, let state = AlarmState(rawValue: token.text) else { return nil }
        index += 1
        return state
    }

    /// Operators, constants and alarms are elements.
    private mutating func countElement() throws(AlarmRefusal) {
        elementCount += 1
        guard elementCount <= AlarmLimits.ruleElementsMax else {
            throw .limit("The AlarmRule has more than \(AlarmLimits.ruleElementsMax) elements")
        }
    }

    private mutating func expect(_ kind: AlarmRuleToken.Kind, _ wanted: String) throws(AlarmRefusal) {
        guard take(kind) else { throw unsupported(wanted) }
    }

    private func unsupported(_ wanted: String) -> AlarmRefusal {
        let place = "Unsupported token '\(token.text)' at char \(token.offset)"
        return .validation("Error in AlarmRule [\(place), must be: \(wanted)]")
    }

    /// The first argument of `AT_LEAST`.
    private enum Threshold {
        case count(Int)
        case percentage(Int)

        func count(of total: Int) throws(AlarmRefusal) -> Int {
            switch self {
            case .count(let count):
                guard (1...total).contains(count) else {
                    throw .validation(
                        "Error in AlarmRule [AT_LEAST absolute threshold must be between 1 and number of alarms "
                            + "(\(total))]")
                }
                return count
            case .percentage(let percentage):
                guard (1...100).contains(percentage) else {
                    throw .validation(
                        "Error in AlarmRule [AT_LEAST percentage threshold must be between 1 and 100]")
                }
                return (total * percentage + 99) / 100
            }
        }
    }
}
