/// One way of calling a function: which types each argument may have, and what comes of it.
struct MathOverload: Sendable {
    let parameters: [MathTypes]
    let result: MathTypes

    init(_ parameters: [MathTypes], _ result: MathTypes) {
        self.parameters = parameters
        self.result = result
    }
}

/// The typing of every function and operator. This table is the whole of it: the check before evaluation, the check of
/// values whose type only the data decide, and the messages are made from it.
enum MathSignatures {
    static func overloads(of function: MathFunction) -> [MathOverload] {
        switch function {
        case .absolute, .ceiling, .floor, .naturalLogarithm, .decimalLogarithm, .difference, .timeDifference, .rate,
            .runningSum:
            perSeries
        case .average, .maximum, .minimum, .standardDeviation, .sum, .datapointCount: aggregate
        case .fill: fill
        case .condition: condition
        case .timeSeries: [MathOverload([.scalar], .series)]
        case .minute, .hour, .day, .date, .month, .year, .epoch, .serviceQuota: [MathOverload([.series], .series)]
        case .period: [MathOverload([.series], .scalar)]
        case .metrics: [MathOverload([], .array), MathOverload([.string], .array)]
        case .metricCount: [MathOverload([.array], .scalar)]
        case .first, .last: [MathOverload([.array], .series)]
        case .removeEmpty: [MathOverload([.array], .array)]
        case .slice: slice
        case .sort: sort
        case .search: search
        case .anomalyDetectionBand: [MathOverload([.series], .array), MathOverload([.series, .scalar], .array)]
        case .insightRuleMetric: [MathOverload([.string, .string], .series)]
        case .databaseInsights, .lambda: []
        }
    }

    private static let perSeries = [MathOverload([.series], .series), MathOverload([.array], .array)]
    private static let aggregate = [MathOverload([.series], .scalar), MathOverload([.array], .series)]
    private static let fill = [
        MathOverload([.series, [.scalar, .series, .fillWord]], .series),
        MathOverload([.array, [.scalar, .series, .fillWord]], .array),
    ]
    private static let condition = [
        MathOverload([.series, [.scalar, .series]], .series),
        MathOverload([.series, [.scalar, .series], [.scalar, .series]], .series),
        MathOverload([.scalar, .series], .series), MathOverload([.scalar, .series, .series], .series),
        MathOverload([.scalar, .scalar, .scalar], .scalar),
    ]
    /// One series that remains is a series, any other number is an array.
    private static let slice = [
        MathOverload([.array, .scalar], [.series, .array]),
        MathOverload([.array, .scalar, .scalar], [.series, .array]),
    ]
    private static let sort = [
        MathOverload([.array, .rankWord, .orderWord], .array),
        MathOverload([.array, .rankWord, .orderWord, .scalar], .array),
    ]
    private static let search = [
        MathOverload([.string, .string], .array), MathOverload([.string, .string, .scalar], .array),
    ]

    /// `-x` and `+x`.
    static let negation = [
        MathOverload([.scalar], .scalar), MathOverload([.series], .series), MathOverload([.array], .array),
    ]

    /// All operators alike.
    static let operation = [
        MathOverload([.scalar, .scalar], .scalar), MathOverload([.scalar, .series], .series),
        MathOverload([.series, .scalar], .series), MathOverload([.series, .series], .series),
        MathOverload([.scalar, .array], .array), MathOverload([.array, .scalar], .array),
        MathOverload([.series, .array], .array), MathOverload([.array, .series], .array),
    ]

    /// The types of the result for arguments that may have these types; empty when they fit no overload.
    static func result(of arguments: [MathTypes], in overloads: [MathOverload]) -> MathTypes {
        overloads.reduce(into: []) { result, overload in
            guard overload.parameters.count == arguments.count else { return }
            let fits = zip(overload.parameters, arguments).allSatisfy { !$0.isDisjoint(with: $1) }
            if fits { result.formUnion(overload.result) }
        }
    }
}
