import VarveModel

// What is wrong at the current token.
extension MathParser {
    /// An operand was wanted.
    func unexpectedInsteadOfOperand() -> MathError {
        if let error = spoiledToken() { return error }
        return unexpected("an id, a number, a function, '(' or '['", hint: operandHint)
    }

    /// An operand is complete, and what follows neither continues nor ends the expression.
    func unexpectedAfterOperand() -> MathError {
        if let error = spoiledToken() { return error }
        let wanted =
            switch closings.last {
            case .group: "an operator or ')'"
            case .arguments: "an operator, ',' or ')'"
            case .array: "an operator, ',' or ']'"
            case nil: "an operator or the end of the expression"
            }
        return unexpected(wanted, hint: operatorHint)
    }

    /// The service's message, with what was probably meant.
    func unknownFunction(_ name: String) -> MathError {
        let names = MathFunction.allCases.map(\.rawValue)
        var hint = Spelling.suggestion(for: name, among: names).map { "did you mean \($0)?" }
        if MathFunction(rawValue: name.uppercased()) != nil {
            hint = "functions are written in upper case: \(name.uppercased())"
        }
        return MathError(.unknownFunction, "Function '\(name)' not found", hint: hint, at: current.span)
    }

    private func unexpected(_ wanted: String, hint: String?) -> MathError {
        let found = current.kind == .end ? "the end of the expression" : "'\(expression.excerpt(current.span))'"
        return MathError(.syntax, "expected \(wanted), found \(found)", hint: hint, at: current.span)
    }

    /// Tokens that are wrong wherever they stand.
    private func spoiledToken() -> MathError? {
        let text = expression.excerpt(current.span)
        switch current.kind {
        case .unterminated:
            return MathError(.syntax, "this \(text.prefix(1)) is never closed", at: current.span)
        case .malformedNumber:
            return MathError(.syntax, "'\(text)' is not a number", hint: numberHint(text), at: current.span)
        case .unknown:
            return MathError(.syntax, "'\(text)' means nothing here", hint: signHint(text), at: current.span)
        default: return nil
        }
    }

    private func numberHint(_ text: String) -> String? {
        guard let durationNs = DurationText.parse(text), durationNs >= Nanoseconds.perSecond else { return nil }
        return "durations are written in seconds: \(durationNs / Nanoseconds.perSecond)"
    }

    private func signHint(_ text: String) -> String? {
        switch text {
        case "=": "equality is written =="
        case "&": "write && or AND"
        case "|": "write || or OR"
        case "!": "write x == 0"
        case "%": "there is no remainder; write a - FLOOR(a / b) * b"
        case _ where text.contains(where: "“”„‘’".contains): "use the plain quotes \" and '"
        case _ where text.contains(where: "−–—".contains): "use the plain sign -"
        case _ where text.contains(where: "×·".contains): "multiplication is written *"
        default: nil
        }
    }

    private var operandHint: String? {
        switch current.kind {
        case .word(let word) where MathFunction(rawValue: word) != nil: "\(word) needs its arguments in brackets"
        case .word(let word): wordHint(word)
        case .symbol("]"): "an array has at least one element"
        default: nil
        }
    }

    private func wordHint(_ word: String) -> String {
        let words = MathWord.allCases.map(\.rawValue) + MathFunction.allCases.map(\.rawValue)
        if let known = Spelling.suggestion(for: word, among: words) { return "did you mean \(known)?" }
        return "ids begin with a lower-case letter"
    }

    private var operatorHint: String? {
        switch current.kind {
        case .id(let word) where Self.isJoin(word), .word(let word) where Self.isJoin(word):
            "write \(word.uppercased())"
        case .word("NOT"): "write x == 0"
        case .id, .word, .number, .string: "is there a sign missing, such as * or a comma?"
        case .symbol(")") where !closings.contains(where: { $0 != .array }): "there is no '(' to it"
        case .symbol("]") where !closings.contains(.array): "there is no '[' to it"
        case .symbol(",") where closings.last != .array && closings.last != .arguments:
            "an array is written in brackets: [m1, m2]"
        default: nil
        }
    }

    private static func isJoin(_ word: String) -> Bool { ["AND", "OR"].contains(word.uppercased()) }
}
