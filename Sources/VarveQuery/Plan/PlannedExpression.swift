/// A column of a plan: aggregates are numbers of an array.
indirect enum PlannedExpression {
    case aggregate(Int)
    case number(Double)
    case negated(PlannedExpression)
    case binary(ArithmeticOperator, PlannedExpression, PlannedExpression)

    /// NaN where an aggregate that it needs has no value, and where a result is not finite, such as after a division by
    /// zero. `aggregates` has NaN for no value.
    func value(_ aggregates: [Double]) -> Double {
        let value =
            switch self {
            case .aggregate(let index): aggregates[index]
            case .number(let number): number
            case .negated(let operand): 0 - operand.value(aggregates)
            case .binary(let sign, let left, let right): sign.apply(left.value(aggregates), right.value(aggregates))
            }
        // + 0: a zero is +0.0.
        return value.isFinite ? value + 0 : .nan
    }
}

/// A condition of HAVING.
struct PlannedComparison {
    let left: PlannedExpression
    let comparison: ComparisonOperator
    let right: PlannedExpression

    /// False when a side has no value.
    func holds(_ aggregates: [Double]) -> Bool { comparison.holds(left.value(aggregates), right.value(aggregates)) }
}

/// Numbers the metrics and aggregates of a statement, each once.
struct AggregateCollector {
    private(set) var metrics: [String] = []
    private(set) var aggregates: [SelectPlan.Aggregate] = []

    mutating func plan(_ expression: ExpressionSyntax) -> PlannedExpression {
        switch expression {
        case .aggregate(let aggregate): .aggregate(number(aggregate))
        case .number(let number): .number(number)
        case .negated(let operand): .negated(plan(operand))
        case .binary(let sign, let left, let right): .binary(sign, plan(left), plan(right))
        }
    }

    mutating func plan(_ comparison: ComparisonSyntax) -> PlannedComparison {
        PlannedComparison(
            left: plan(comparison.left), comparison: comparison.comparison, right: plan(comparison.right))
    }

    private mutating func number(_ syntax: AggregateSyntax) -> Int {
        let metric = metrics.firstIndex(of: syntax.metric) ?? metrics.count
        if metric == metrics.count { metrics.append(syntax.metric) }
        let aggregate = SelectPlan.Aggregate(function: syntax.function, metric: metric)
        if let index = aggregates.firstIndex(of: aggregate) { return index }
        aggregates.append(aggregate)
        return aggregates.count - 1
    }
}
