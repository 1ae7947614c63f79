/// What could stand at one place of a statement: collected while rules are tried, read by error messages and
/// completion.
enum Expectation: Equatable {
    /// One or two words, such as `GROUP BY`.
    case keyword(String)
    case function
    /// A sign such as `(`.
    case sign(String)
    case namespace
    case metric
    case key
    case value(of: KeySyntax)
    case time
    case duration
    case count
    /// What an expression of metric math goes on with, after these names.
    case mathOperand([String])
    case end

    /// As it stands after "expected".
    var text: String {
        switch self {
        case .keyword(let words): words
        case .function: (AggregateFunction.named.map(\.parts.name) + ["a statistic such as p99"]).joinedAsAlternatives()
        case .sign(let sign): "'\(sign)'"
        case .namespace: "a namespace"
        case .metric: "a metric name"
        case .key: "a dimension name"
        case .value: "a value in single quotes"
        case .time: "a time such as 15m, now - 1h or 2026-11-22T10:00:00Z"
        case .duration: "a duration such as 30s, 5m or 1h"
        case .count: "a number"
        case .mathOperand: "an expression"
        case .end: "the end of the statement"
        }
    }
}

extension Expectation {
    /// Functions that completion offers, of the endless ones those that are asked for most.
    static let functionNames =
        AggregateFunction.named.map(\.parts.name) + ["IQM", "p50", "p90", "p95", "p99"] + Statistic.rangeNames
}

extension [String] {
    /// `A`, `A or B`, `A, B or C`.
    func joinedAsAlternatives() -> String {
        guard let last, count > 1 else { return first ?? "" }
        return "\(dropLast().joined(separator: ", ")) or \(last)"
    }
}
