/// Finds out, before anything is read, which types an expression may have.
struct MathTypeCheck {
    private let expression: MathExpression
    /// What the query with an id gives; nil when there is none.
    private let query: (String) -> Query?
    /// Ids that somebody may have meant.
    private let names: [String]
    /// Per node.
    private(set) var types: [MathTypes] = []

    /// What an expression may refer to.
    struct Query {
        var types: MathTypes
        /// Whether it reads a metric itself.
        var isMetric: Bool
    }

    init(_ expression: MathExpression, names: [String], query: @escaping (String) -> Query?) {
        self.expression = expression
        self.names = names
        self.query = query
    }

    /// The types that the expression may have, a scalar among them.
    /// - Throws: `.unknownName`, `.argumentCount` or `.type`, each with its place.
    mutating func run() throws(MathError) -> MathTypes {
        for index in expression.nodes.indices { types.append(try type(of: index)) }
        return types.last ?? []
    }

    /// That a query can have a value of these types.
    static func checkResult(_ types: MathTypes, of expression: MathExpression) throws(MathError) {
        guard types.isDisjoint(with: .results) else { return }
        let hint = types == .scalar ? "TIME_SERIES(…) makes a series of a number" : nil
        throw MathError(
            .type, "the result must be a time series or an array of time series, it is \(types.text)", hint: hint,
            at: expression.spans.last)
    }

    private func type(of index: Int) throws(MathError) -> MathTypes {
        switch expression.nodes[index] {
        case .number: .scalar
        case .string: .string
        case .word(let word): word.type
        case .reference(let id): try reference(id, at: expression.spans[index])
        case .negated(let operand): try sign(operand)
        case .binary(let sign, let left, let right): try operation(sign, left, right)
        case .call(let function, let arguments): try call(function, arguments, at: expression.spans[index])
        case .array(let elements): try array(elements)
        }
    }

    private func reference(_ id: String, at span: SourceSpan) throws(MathError) -> MathTypes {
        if let query = query(id) { return query.types }
        let hint = Spelling.suggestion(for: id, among: names).map { "did you mean \($0)?" }
        throw MathError(.unknownName, "ID '\(id)' not found", hint: hint, at: span)
    }

    private func sign(_ operand: Int) throws(MathError) -> MathTypes {
        let result = MathSignatures.result(of: [types[operand]], in: MathSignatures.negation)
        if result.isEmpty { throw MathTypeError.operand(of: "-", found(operand)) }
        return result
    }

    private func operation(_ sign: MathOperator, _ left: Int, _ right: Int) throws(MathError) -> MathTypes {
        let result = MathSignatures.result(of: [types[left], types[right]], in: MathSignatures.operation)
        guard result.isEmpty else { return result }
        throw MathTypeError.operands(of: sign, found(left), found(right))
    }

    private func call(
        _ function: MathFunction, _ arguments: [Int], at span: SourceSpan
    ) throws(MathError) -> MathTypes {
        let overloads = MathSignatures.overloads(of: function)
        let result = MathSignatures.result(of: arguments.map { types[$0] }, in: overloads)
        guard !result.isEmpty else {
            throw MathTypeError.call(of: function, arguments.map(found), at: span)
        }
        if function == .period { try checkPeriodArgument(arguments[0]) }
        return result
    }

    /// PERIOD takes the id of a metric, nothing computed.
    private func checkPeriodArgument(_ argument: Int) throws(MathError) {
        if case .reference(let id) = expression.nodes[argument], query(id)?.isMetric == true { return }
        let text = expression.excerpt(expression.spans[argument])
        throw MathError(
            .type, "PERIOD expects the id of a metric, \(text) is an expression", at: expression.spans[argument])
    }

    private func array(_ elements: [Int]) throws(MathError) -> MathTypes {
        for element in elements where types[element].isDisjoint(with: .results) {
            throw MathTypeError.element(found(element))
        }
        return .array
    }

    private func found(_ node: Int) -> MathTypeError.Found {
        let span = expression.spans[node]
        return MathTypeError.Found(text: expression.excerpt(span), types: types[node], span: span)
    }
}
