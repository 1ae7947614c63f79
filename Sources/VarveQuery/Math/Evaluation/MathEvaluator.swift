import VarveModel

/// Works out one expression, node by node. Operands are taken over, so that a step can free or reuse their memory.
struct MathEvaluator<Source: MathSource> {
    private let run: MathRun<Source>
    private let entry: MathPlan.Entry
    private let expression: MathExpression
    /// Per node, nil once taken.
    private var values: [MathValue?] = []
    /// The worst of what went in.
    private(set) var status = MathStatus.complete
    private(set) var messages: [MathMessage] = []
    private(set) var requestMessages: [MathMessage] = []

    init(run: MathRun<Source>, entry: MathPlan.Entry, expression: MathExpression) {
        self.run = run
        self.entry = entry
        self.expression = expression
    }

    /// - Throws: `.type`, `.value`, `.limit`, `.unsupported` with their place, `.source`.
    mutating func value() throws(MathError) -> MathValue {
        for index in expression.nodes.indices {
            try run.checkCancellation()
            let value = try value(of: index)
            try checkSize(of: value, at: index)
            values.append(value)
        }
        guard let result = values.last.flatMap({ $0 }) else { preconditionFailure("an expression has a node") }
        try MathTypeCheck.checkResult(result.types, of: expression)
        return result
    }

    private mutating func value(of index: Int) throws(MathError) -> MathValue {
        switch expression.nodes[index] {
        case .number(let number): return .scalar(number)
        case .string(let text): return .string(text)
        case .word(let word): return .word(word)
        case .reference(let id): return take(run.outcome(of: id))
        case .negated(let operand): return MathArithmetic.negate(take(operand))
        case .binary(let sign, let left, let right): return try operation(sign, left, right)
        case .array(let elements): return try array(elements)
        case .call(let function, let arguments): return try call(function, arguments, at: index)
        }
    }

    // MARK: Operands

    private mutating func take(_ node: Int) -> MathValue {
        guard let value = values[node].take() else { preconditionFailure("a node is the operand of one other") }
        return value
    }

    /// The result of another query; when it is not whole, neither is what is made of it.
    private mutating func take(_ outcome: MathRun<Source>.Outcome) -> MathValue {
        if outcome.status != .complete { status = .partialData }
        return outcome.value
    }

    private func found(_ node: Int, _ value: MathValue) -> MathTypeError.Found {
        let span = expression.spans[node]
        return MathTypeError.Found(text: expression.excerpt(span), types: value.types, span: span)
    }

    // MARK: Kinds of nodes

    private mutating func operation(
        _ sign: MathOperator, _ left: Int, _ right: Int
    ) throws(MathError) -> MathValue {
        let (first, second) = (take(left), take(right))
        guard !MathSignatures.result(of: [first.types, second.types], in: MathSignatures.operation).isEmpty else {
            throw MathTypeError.operands(of: sign, found(left, first), found(right, second))
        }
        try checkSpread(of: first, second, at: expression.spans[left].through(expression.spans[right]))
        return MathArithmetic.apply(sign, first, second)
    }

    private mutating func array(_ elements: [Int]) throws(MathError) -> MathValue {
        var members: [MathSeries] = []
        for element in elements {
            let value = take(element)
            guard !value.types.isDisjoint(with: .results) else {
                throw MathTypeError.element(found(element, value))
            }
            members += value.allSeries
            // Before the next one: a few elements can name very many series.
            try checkSize(of: .array(members), at: element)
        }
        return .array(members)
    }

    private mutating func call(
        _ function: MathFunction, _ nodes: [Int], at index: Int
    ) throws(MathError) -> MathValue {
        var arguments: [MathValue] = []
        for node in nodes { arguments.append(take(node)) }
        let overloads = MathSignatures.overloads(of: function)
        guard !MathSignatures.result(of: arguments.map(\.types), in: overloads).isEmpty else {
            let found = zip(nodes, arguments).map { self.found($0, $1) }
            throw MathTypeError.call(of: function, found, at: expression.spans[index])
        }
        return try MathCall(function: function, arguments: arguments, nodes: nodes, index: index).value(in: &self)
    }

    // MARK: Sizes

    /// A fine series spreads every member of a coarse array over its own times.
    private func checkSpread(of left: MathValue, _ right: MathValue, at span: SourceSpan) throws(MathError) {
        let (series, members): (MathSeries, [MathSeries])
        switch (left, right) {
        case (.series(let single), .array(let array)), (.array(let array), .series(let single)):
            (series, members) = (single, array)
        default: return
        }
        try checkSlots(members.reduce(0) { $0 + max($1.values.count, series.values.count) }, at: span)
    }

    private func checkSize(of value: MathValue, at node: Int) throws(MathError) {
        guard case .array(let members) = value else { return }
        guard members.count <= MathLimits.arraySeriesMax else {
            throw MathError(
                .limit, "the array has \(members.count) series; the limit is \(MathLimits.arraySeriesMax)",
                at: expression.spans[node])
        }
        try checkSlots(members.reduce(0) { $0 + $1.values.count }, at: expression.spans[node])
    }

    private func checkSlots(_ count: Int, at span: SourceSpan) throws(MathError) {
        guard count <= MathLimits.arraySlotsMax else {
            throw MathError(
                .limit, "the array has \(count) periods in all its series; the limit is \(MathLimits.arraySlotsMax)",
                hint: "take a longer period, a shorter range or fewer series", at: span)
        }
    }
}

// MARK: - What calls need

extension MathEvaluator {
    /// Where a node stands.
    func span(_ node: Int) -> SourceSpan { expression.spans[node] }

    /// The slots of the range in periods of the expression.
    func window() throws(MathError) -> MathGrid { try run.window(periodNs: entry.periodNs) }

    /// The period that the query was given, not one that its inputs have.
    var ownPeriodNs: Int64? { entry.definition.periodNs }

    mutating func metrics(containing part: String?) -> [MathSeries] {
        run.plan.metrics(containing: part).flatMap { take(run.outcome(of: $0)).allSeries }
    }

    mutating func search(_ search: MathSearch) throws(MathError) -> [MathSeries] {
        let find = try run.reading { () throws(QueryError) in try run.source.search(search, over: run.range) }
        messages += find.messages
        requestMessages += find.requestMessages
        if find.status != .complete { status = .partialData }
        guard find.series.count > MathLimits.searchSeriesMax else { return find.series }
        requestMessages.append(.tooManyMetrics)
        return Array(find.series.prefix(MathLimits.searchSeriesMax))
    }

    func insightRuleMetric(_ rule: String, _ metric: String) throws(MathError) -> MathSeries? {
        let grid = try window()
        return try run.reading { () throws(QueryError) in
            try run.source.insightRuleMetric(rule: rule, metric: metric, on: grid, over: run.range)
        }
    }

    /// - Parameter node: where the series stands in the expression.
    func anomalyBand(
        of node: Int, around series: MathSeries, deviations: Double
    ) throws(MathError) -> MathBand? {
        let subject = run.plan.subject(of: node, in: expression, entry)
        return try run.reading { () throws(QueryError) in
            try run.source.anomalyBand(
                of: subject, around: series, deviations: deviations, over: run.range)
        }
    }
}
