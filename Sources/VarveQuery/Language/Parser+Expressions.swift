// column     := sum                                           with one aggregate at least
// sum        := product (("+" | "-") product)*
// product    := factor (("*" | "/") factor)*
// factor     := "-" factor | "(" sum ")" | number | aggregate
// aggregate  := function "(" name ["," range] ")"             range for TM, WM, TC, TS, PR
// comparison := sum ("=" | "!=" | "<" | "<=" | ">" | ">=") sum
extension Parser {
    /// One column of the SELECT list.
    mutating func column() throws(QueryError) -> ExpressionSyntax {
        let start = current.span
        let expression = try sum()
        guard expression.hasAggregate else {
            throw start.through(previous.span).invalid("a column needs an aggregate, such as AVG(CPUUtilization)")
        }
        return expression
    }

    /// One condition of HAVING.
    mutating func comparison() throws(QueryError) -> ComparisonSyntax {
        let start = current.span
        let left = try sum()
        guard let comparison = takeComparison() else { throw unexpected() }
        let right = try sum()
        guard left.hasAggregate || right.hasAggregate else {
            throw start.through(previous.span).invalid("HAVING compares aggregates, such as AVG(CPUUtilization) > 90")
        }
        return ComparisonSyntax(left: left, comparison: comparison, right: right)
    }

    mutating func takeComparison() -> ComparisonOperator? {
        ComparisonOperator.allCases.first { take(sign: $0.rawValue) }
    }

    private mutating func sum() throws(QueryError) -> ExpressionSyntax {
        var left = try product()
        while let sign = takeOperator(ofPrecedence: ArithmeticOperator.add.precedence) {
            try count(previous.span)
            left = .binary(sign, left, try product())
        }
        return left
    }

    private mutating func product() throws(QueryError) -> ExpressionSyntax {
        var left = try factor()
        while let sign = takeOperator(ofPrecedence: ArithmeticOperator.multiply.precedence) {
            try count(previous.span)
            left = .binary(sign, left, try factor())
        }
        return left
    }

    /// Signs and parentheses are not worth a mention where something else is wrong.
    private mutating func takeOperator(ofPrecedence precedence: Int) -> ArithmeticOperator? {
        let sign = ArithmeticOperator.allCases.first {
            $0.precedence == precedence && current.kind == .symbol($0.rawValue)
        }
        if sign != nil { advance() }
        return sign
    }

    /// Every operator and parenthesis counts, so that neither parsing nor evaluation can exhaust the stack.
    private mutating func count(_ span: SourceSpan) throws(QueryError) {
        operatorCount += 1
        guard operatorCount <= QueryLimits.operatorsMax else {
            throw span.invalid("more than \(QueryLimits.operatorsMax) operators and parentheses")
        }
    }

    private mutating func factor() throws(QueryError) -> ExpressionSyntax {
        switch current.kind {
        case .symbol("-"):
            try count(current.span)
            advance()
            return .negated(try factor())
        case .symbol("("):
            try count(current.span)
            advance()
            let inner = try sum()
            try require(sign: ")")
            return inner
        case .number(let text):
            guard let value = NumberText.parse(text) else {
                throw current.span.invalid("expected a number such as 100 or 0.5, found '\(text)'")
            }
            advance()
            return .number(value)
        default: return .aggregate(try aggregate())
        }
    }

    // MARK: Aggregates

    private mutating func aggregate() throws(QueryError) -> AggregateSyntax {
        let name = try functionName()
        try require(sign: "(")
        let metric = try self.name(.metric)
        let function: AggregateFunction
        switch name {
        case .function(let complete): function = complete
        case .ranged(let word):
            guard take(sign: ",") else {
                throw current.span.invalid(
                    "expected ',' and a range, found \(foundText); such as \(word)(\(Quoting.name(metric)), "
                        + "\(word == "PR" ? ":300" : "10%:90%"))")
            }
            function = try rangedFunction(word)
        }
        try require(sign: ")")
        return AggregateSyntax(function: function, metric: metric)
    }

    /// What ORDER BY takes: a function without a metric, a range in its parentheses where it has one.
    mutating func orderFunction() throws(QueryError) -> AggregateFunction {
        let name = try functionName()
        try require(sign: "(")
        switch name {
        case .ranged(let word):
            let function = try rangedFunction(word)
            try require(sign: ")")
            return function
        case .function(let function):
            guard take(sign: ")") else {
                throw current.span.invalid(
                    "expected ')', found an argument; ORDER BY takes none: it aggregates each result series,"
                        + " \(function.orderText)"
                )
            }
            return function
        }
    }

    private enum FunctionName {
        case function(AggregateFunction)
        /// `TM` and the like: a range has to follow.
        case ranged(String)
    }

    private mutating func functionName() throws(QueryError) -> FunctionName {
        note(.function)
        guard case .word(let word) = current.kind else { throw notAFunction() }
        guard let name = try functionName(word) else { throw unknownFunction(word) }
        advance()
        return name
    }

    private func functionName(_ word: String) throws(QueryError) -> FunctionName? {
        if let named = AggregateFunction.named.first(where: { word.isKeyword($0.parts.name) }) {
            return .function(named)
        }
        // Without a parenthesis `p99` was meant as a metric.
        guard next?.kind == .symbol("(") else { return nil }
        let upper = word.uppercased()
        if Statistic.rangeNames.contains(upper) { return .ranged(upper) }
        do throws(StatisticError) {
            return try Statistic(shortForm: word).map { .function(.extended($0)) }
        } catch {
            throw current.span.invalid(error.description)
        }
    }

    /// The text up to the closing parenthesis is a range.
    private mutating func rangedFunction(_ name: String) throws(QueryError) -> AggregateFunction {
        let start = current.span
        while current.kind != .symbol(")"), current.kind != .end, !current.isKeyword("FROM") { advance() }
        let span = SourceSpan(start: start.start, end: max(start.start, previous.span.end))
        let text = String(decoding: statement.utf8.dropFirst(span.start).prefix(span.end - span.start), as: UTF8.self)
        do throws(StatisticError) {
            return .extended(try Statistic(name: name, range: text.filter { !$0.isWhitespace }))
        } catch {
            throw span.invalid(error.description)
        }
    }

    private func notAFunction() -> QueryError {
        guard current.kind == .symbol("*") else { return unexpected() }
        return current.span.invalid(
            "Invalid syntax; expected \(Expectation.function.text), found '*';"
                + " SELECT * FROM … shows samples as they are"
        )
    }

    /// A word with a parenthesis was meant as a function, another one as a metric.
    private func unknownFunction(_ word: String) -> QueryError {
        guard next?.kind == .symbol("(") else { return unexpected() }
        let meant =
            Spelling.suggestion(for: word, among: Expectation.functionNames).map { "; did you mean \($0)?" } ?? ""
        return current.span.invalid(
            "Invalid syntax. '\(word)' is not a valid aggregate function; expected \(Expectation.function.text)\(meant)"
        )
    }
}
