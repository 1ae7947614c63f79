import VarveModel

/// One call with its arguments, whose types are checked.
struct MathCall {
    let function: MathFunction
    let arguments: [MathValue]
    /// The nodes of the arguments and of the call itself, for places in messages.
    let nodes: [Int]
    let index: Int

    func value<Source: MathSource>(in evaluator: inout MathEvaluator<Source>) throws(MathError) -> MathValue {
        switch function {
        case .absolute, .ceiling, .floor, .naturalLogarithm, .decimalLogarithm, .difference, .timeDifference, .rate,
            .runningSum:
            return arguments[0].map { MathPointwise.apply(function, $0) ?? $0 }
        case .minute, .hour, .day, .date, .month, .year, .epoch:
            return arguments[0].map { MathTime.apply(function, $0) ?? $0 }
        case .average, .maximum, .minimum, .standardDeviation, .sum, .datapointCount:
            return try aggregate(in: evaluator)
        case .fill: return arguments[0].map { MathFill.apply($0, with: arguments[1]) }
        case .condition:
            return MathCondition.apply(arguments[0], arguments[1], arguments.count > 2 ? arguments[2] : nil)
        case .timeSeries: return .series(constant(number(0), on: try evaluator.window()))
        case .period: return .number(MathTime.seconds(series(0).grid.periodNs))
        case .metricCount: return .number(Double(members.count))
        case .first: return try end(members.first, in: evaluator)
        case .last: return try end(members.last, in: evaluator)
        case .removeEmpty: return .array(members.filter { !$0.isEmpty })
        case .slice: return try slice(in: evaluator)
        case .sort: return try sort(in: evaluator)
        case .metrics: return .array(evaluator.metrics(containing: arguments.isEmpty ? nil : text(0)))
        case .search: return try search(in: &evaluator)
        case .anomalyDetectionBand: return try anomalyBand(in: evaluator)
        case .insightRuleMetric: return try insightRuleMetric(in: evaluator)
        // Quotas are kept nowhere, so none is known of any metric.
        case .serviceQuota: return .series(.empty(label: series(0).label, grid: series(0).grid))
        case .databaseInsights, .lambda: preconditionFailure("the parser refuses what is not supported")
        }
    }

    // MARK: Arguments

    private var members: [MathSeries] { arguments[0].allSeries }

    private func series(_ argument: Int) -> MathSeries {
        guard case .series(let series) = arguments[argument] else {
            preconditionFailure("arguments are checked before")
        }
        return series
    }

    private func number(_ argument: Int) -> Double {
        guard case .scalar(let number) = arguments[argument] else {
            preconditionFailure("arguments are checked before")
        }
        return number
    }

    private func text(_ argument: Int) -> String {
        guard case .string(let text) = arguments[argument] else { preconditionFailure("arguments are checked before") }
        return text
    }

    private func word(_ argument: Int) -> MathWord {
        guard case .word(let word) = arguments[argument] else { preconditionFailure("arguments are checked before") }
        return word
    }

    /// A whole number from 0 on.
    private func count<Source>(
        _ argument: Int, _ name: String, in evaluator: MathEvaluator<Source>
    ) throws(MathError) -> Int {
        let number = number(argument)
        // Whatever is larger than any array stands for the end of it.
        if number >= Double(MathLimits.arraySeriesMax), number == number.rounded() { return MathLimits.arraySeriesMax }
        guard let count = Int(exactly: number), count >= 0 else {
            let text = number.isNaN ? "no number" : "\(number)"
            throw MathError(
                .value, "the \(name) of \(function.rawValue) is \(text), it must be a whole number from 0 on",
                at: evaluator.span(nodes[argument]))
        }
        return count
    }

    // MARK: Functions

    private func constant(_ value: Double, on grid: MathGrid) -> MathSeries {
        MathSeries(label: .none, grid: grid, values: [Double](repeating: value, count: grid.count))
    }

    private func aggregate<Source>(in evaluator: MathEvaluator<Source>) throws(MathError) -> MathValue {
        // The window may be unlimited, so it is asked for only where there is nothing else to tell the times.
        if case .array(let members) = arguments[0], members.isEmpty { return try emptySeries(in: evaluator) }
        guard let result = MathAggregate.apply(function, arguments[0]) else {
            preconditionFailure("arguments are checked before")
        }
        return result
    }

    private func end<Source>(_ member: MathSeries?, in evaluator: MathEvaluator<Source>) throws(MathError) -> MathValue
    {
        if let member { return .series(member) }
        return try emptySeries(in: evaluator)
    }

    /// What comes of no members: no points.
    private func emptySeries<Source>(in evaluator: MathEvaluator<Source>) throws(MathError) -> MathValue {
        .series(.empty(label: .none, grid: try evaluator.window()))
    }

    private func slice<Source>(in evaluator: MathEvaluator<Source>) throws(MathError) -> MathValue {
        let start = try count(1, "start", in: evaluator)
        let end = arguments.count > 2 ? try count(2, "end", in: evaluator) : nil
        return MathArrays.slice(members, from: start, to: end)
    }

    private func sort<Source>(in evaluator: MathEvaluator<Source>) throws(MathError) -> MathValue {
        let limit = arguments.count > 3 ? try count(3, "limit", in: evaluator) : nil
        return .array(MathArrays.sort(members, by: word(1), word(2), limit: limit))
    }

    private func search<Source>(in evaluator: inout MathEvaluator<Source>) throws(MathError) -> MathValue {
        var periodNs = evaluator.ownPeriodNs
        if arguments.count > 2 {
            periodNs = MathExpression.periodNs(seconds: number(2))
            guard periodNs != nil else {
                throw MathError(
                    .value, "the period of SEARCH must be a positive number of seconds",
                    at: evaluator.span(nodes[2]))
            }
        }
        guard let periodNs else { preconditionFailure("a search without a period is refused before") }
        let search = MathSearch(text: text(0), statistic: text(1), periodNs: periodNs)
        return .array(try evaluator.search(search))
    }

    private func anomalyBand<Source>(in evaluator: MathEvaluator<Source>) throws(MathError) -> MathValue {
        let deviations = arguments.count > 1 ? number(1) : 2
        guard deviations > 0 else {
            throw MathError(
                .value, "the second argument of ANOMALY_DETECTION_BAND must be a positive number",
                at: evaluator.span(nodes[1]))
        }
        guard let band = try evaluator.anomalyBand(of: nodes[0], around: series(0), deviations: deviations) else {
            throw unavailable("no anomaly detector is trained for it", in: evaluator)
        }
        return .array([band.upper, band.lower])
    }

    /// What the service counts of contributors.
    private static let insightMetrics = [
        "UniqueContributors", "MaxContributorValue", "SampleCount", "Sum", "Minimum", "Maximum", "Average",
    ]

    private func insightRuleMetric<Source>(in evaluator: MathEvaluator<Source>) throws(MathError) -> MathValue {
        guard Self.insightMetrics.contains(text(1)) else {
            throw MathError(
                .value,
                "'\(text(1))' is no metric of a rule; they are \(Self.insightMetrics.joinedAsAlternatives())",
                at: evaluator.span(nodes[1]))
        }
        guard let series = try evaluator.insightRuleMetric(text(0), text(1)) else {
            throw unavailable("there is no rule '\(text(0))'", in: evaluator)
        }
        return .series(series)
    }

    private func unavailable<Source>(_ reason: String, in evaluator: MathEvaluator<Source>) -> MathError {
        MathError(
            .unsupported, "\(function.rawValue) is not supported here", hint: reason, at: evaluator.span(index))
    }
}
