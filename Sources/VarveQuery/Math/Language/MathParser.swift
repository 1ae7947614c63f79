/// Reads one expression by recursive descent. Grammar: Docs/Query-math.md.
struct MathParser {
    private(set) var expression: MathExpression
    private let tokens: [MathToken]
    private var position = 0
    /// Brackets, signs and powers around the current token.
    private var depth = 0
    /// What closes the innermost bracket, for messages.
    private(set) var closings: [Closing] = []
    /// Whether the text ends where an operand was wanted.
    private var failsAtOperand = false

    /// What a bracket waits for.
    enum Closing {
        case group, arguments, array
    }

    /// Parses the whole of `text`.
    /// - Throws: `.syntax`, `.unknownFunction` or `.unsupported` with the place of the first mistake; `.limit`.
    static func parse(_ text: String) throws(MathError) -> MathExpression {
        let length = text.unicodeScalars.count
        guard length <= MathLimits.expressionCharactersMax else {
            throw MathError(
                .limit,
                "the expression has \(length) characters; the limit is \(MathLimits.expressionCharactersMax)")
        }
        var parser = MathParser(text)
        return try parser.whole()
    }

    /// Whether an operand would go on with an unfinished expression.
    static func wantsOperand(after text: String) -> Bool {
        var parser = MathParser(text)
        // Only the place of the mistake is of interest, and that is in the parser.
        do throws(MathError) { _ = try parser.whole() } catch { return parser.failsAtOperand }
        return false
    }

    private mutating func whole() throws(MathError) -> MathExpression {
        _ = try operation(level: 0)
        guard current.kind == .end else { throw unexpectedAfterOperand() }
        return expression
    }

    private init(_ text: String) {
        expression = MathExpression(text: text)
        tokens = MathLexer.tokens(of: text)
    }
}

// MARK: - Rules

extension MathParser {
    /// One of the levels of ``MathOperator/levels``; below the last one a sign, a power or an operand.
    private mutating func operation(level: Int) throws(MathError) -> Int {
        guard level < MathOperator.levels.count else { return try signed() }
        var left = try operation(level: level + 1)
        while let sign = MathOperator(current), MathOperator.levels[level].contains(sign) {
            advance()
            left = join(sign, left, try operation(level: level + 1))
        }
        return left
    }

    /// `-x`, `+x`, or what binds tighter: `-2^2` is `-(2^2)`, `2^-2` is `2^(-2)`.
    private mutating func signed() throws(MathError) -> Int {
        let start = current.span
        if take("-") {
            let operand = try nestedSigned()
            return expression.append(.negated(operand), at: start.through(expression.spans[operand]))
        }
        if take("+") { return try nestedSigned() }
        let base = try operand()
        guard take("^") else { return base }
        let exponent = try nestedSigned()
        return join(.power, base, exponent)
    }

    private mutating func operand() throws(MathError) -> Int {
        let token = current
        switch token.kind {
        case .number(let value): return leaf(.number(value))
        case .string(let text): return leaf(.string(text))
        case .id(let id):
            guard !next.isSymbol("(") else { throw unknownFunction(id) }
            return leaf(.reference(id))
        case .word(let word): return try function(word)
        case .symbol("("): return try group()
        case .symbol("["): return try array()
        default:
            failsAtOperand = current.kind == .end
            throw unexpectedInsteadOfOperand()
        }
    }

    private mutating func leaf(_ node: MathExpression.Node) -> Int {
        advance()
        return expression.append(node, at: previous.span)
    }

    private mutating func group() throws(MathError) -> Int {
        let start = current.span
        advance()
        closings.append(.group)
        let result = try nestedOperation()
        guard take(")") else { throw unexpectedAfterOperand() }
        closings.removeLast()
        expression.widen(result, to: start.through(previous.span))
        return result
    }

    private mutating func array() throws(MathError) -> Int {
        let start = current.span
        advance()
        let elements = try list(closing: "]", .array)
        return expression.append(.array(elements), at: start.through(previous.span))
    }

    /// A call, or a word such as `REPEAT` that stands alone.
    private mutating func function(_ word: String) throws(MathError) -> Int {
        let start = current.span
        guard next.isSymbol("(") else {
            guard let word = MathWord(rawValue: word) else { throw unexpectedInsteadOfOperand() }
            return leaf(.word(word))
        }
        guard let function = MathFunction(rawValue: word) else { throw unknownFunction(word) }
        if let reason = function.unsupportedReason {
            throw MathError(.unsupported, "\(word) is not supported here", hint: reason, at: start)
        }
        advance()
        advance()
        var arguments: [Int] = []
        if !take(")") { arguments = try list(closing: ")", .arguments) }
        return expression.append(.call(function, arguments), at: start.through(previous.span))
    }

    /// One or more elements between commas, and the closing bracket.
    private mutating func list(closing bracket: String, _ closing: Closing) throws(MathError) -> [Int] {
        closings.append(closing)
        var elements: [Int] = []
        repeat {
            elements.append(try nestedOperation())
        } while take(",")
        guard take(bracket) else { throw unexpectedAfterOperand() }
        closings.removeLast()
        return elements
    }

    private mutating func join(_ sign: MathOperator, _ left: Int, _ right: Int) -> Int {
        let span = expression.spans[left].through(expression.spans[right])
        return expression.append(.binary(sign, left, right), at: span)
    }

    private mutating func nestedOperation() throws(MathError) -> Int {
        try descend()
        let result = try operation(level: 0)
        depth -= 1
        return result
    }

    private mutating func nestedSigned() throws(MathError) -> Int {
        try descend()
        let result = try signed()
        depth -= 1
        return result
    }

    private mutating func descend() throws(MathError) {
        guard depth < MathLimits.nestingMax else {
            throw MathError(
                .limit, "the expression is nested deeper than \(MathLimits.nestingMax) levels", at: current.span)
        }
        depth += 1
    }
}

// MARK: - Tokens

extension MathParser {
    var current: MathToken { tokens[position] }
    /// The token after `current`; the end itself at the end.
    var next: MathToken { tokens[min(position + 1, tokens.count - 1)] }
    /// The token before `current`; there is one.
    private var previous: MathToken { tokens[position - 1] }

    /// Never called at the end, which no rule accepts.
    private mutating func advance() { position += 1 }

    private mutating func take(_ symbol: String) -> Bool {
        guard current.isSymbol(symbol) else { return false }
        advance()
        return true
    }
}
