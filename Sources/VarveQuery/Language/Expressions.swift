/// What is made of the samples of a bucket, and in ORDER BY of the points of a series.
package enum AggregateFunction: Hashable, Sendable {
    case average, count, maximum, minimum, sum
    /// The latest sample; of several at that time the largest.
    case last
    /// A statistic that needs the distribution: `p99`, `TM(10%:90%)`, ….
    case extended(Statistic)

    /// Those with a name of their own, in the order of their names.
    package static let named: [AggregateFunction] = [.average, .count, .last, .maximum, .minimum, .sum]

    /// The name, and what stands behind the metric: `TM` and `10%:90%`.
    package var parts: (name: String, range: String?) {
        switch self {
        case .average: ("AVG", nil)
        case .count: ("COUNT", nil)
        case .last: ("LAST", nil)
        case .maximum: ("MAX", nil)
        case .minimum: ("MIN", nil)
        case .sum: ("SUM", nil)
        case .extended(let statistic): statistic.parts
        }
    }

    /// As it stands in ORDER BY: `MAX()`, `TM(10%:90%)`.
    package var orderText: String { "\(parts.name)(\(parts.range ?? ""))" }
}

/// `AVG(CPUUtilization)`, `TM(latency, 10%:90%)`
package struct AggregateSyntax: Hashable, Sendable {
    package var function: AggregateFunction
    package var metric: String

    package init(function: AggregateFunction, metric: String) {
        self.function = function
        self.metric = metric
    }

    /// As a column heading.
    package var text: String {
        let (name, range) = function.parts
        return "\(name)(\(Quoting.name(metric))\(range.map { ", \($0)" } ?? ""))"
    }
}

/// One column of a SELECT: an aggregate, or arithmetic between aggregates and numbers.
package indirect enum ExpressionSyntax: Equatable, Sendable {
    case aggregate(AggregateSyntax)
    /// Finite, not negative.
    case number(Double)
    case negated(ExpressionSyntax)
    case binary(ArithmeticOperator, ExpressionSyntax, ExpressionSyntax)

    /// Whether samples have a part in it.
    var hasAggregate: Bool {
        switch self {
        case .aggregate: true
        case .number: false
        case .negated(let operand): operand.hasAggregate
        case .binary(_, let left, let right): left.hasAggregate || right.hasAggregate
        }
    }
}

/// `+`, `-`, `*`, `/`
package enum ArithmeticOperator: String, CaseIterable, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"

    /// Higher binds tighter.
    var precedence: Int {
        switch self {
        case .add, .subtract: 1
        case .multiply, .divide: 2
        }
    }

    /// IEEE 754.
    func apply(_ left: Double, _ right: Double) -> Double {
        switch self {
        case .add: left + right
        case .subtract: left - right
        case .multiply: left * right
        case .divide: left / right
        }
    }
}

/// `=`, `!=`, `<`, `<=`, `>`, `>=`
package enum ComparisonOperator: String, CaseIterable, Sendable {
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="

    /// False when a side is NaN, which stands for no value.
    func holds(_ left: Double, _ right: Double) -> Bool {
        switch self {
        case .equal: left == right
        case .notEqual: left < right || left > right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }
}

/// One condition of HAVING: `AVG(x) > 90`.
package struct ComparisonSyntax: Equatable, Sendable {
    package var left: ExpressionSyntax
    package var comparison: ComparisonOperator
    package var right: ExpressionSyntax

    package init(left: ExpressionSyntax, comparison: ComparisonOperator, right: ExpressionSyntax) {
        self.left = left
        self.comparison = comparison
        self.right = right
    }
}

// MARK: - Text

extension ExpressionSyntax: CustomStringConvertible {
    /// Text that parses to the same expression, without needless parentheses.
    package var description: String {
        switch self {
        case .aggregate(let aggregate): aggregate.text
        case .number(let value): NumberText.format(value)
        case .negated(let operand): "-\(operand.text(inside: Self.signPrecedence))"
        case .binary(let sign, let left, let right):
            "\(left.text(inside: sign.precedence)) \(sign.rawValue) \(right.text(inside: sign.precedence + 1))"
        }
    }

    private static let signPrecedence = 3

    private var precedence: Int {
        switch self {
        case .aggregate, .number: 4
        case .negated: Self.signPrecedence
        case .binary(let sign, _, _): sign.precedence
        }
    }

    private func text(inside least: Int) -> String { precedence < least ? "(\(self))" : description }
}

extension ComparisonSyntax: CustomStringConvertible {
    package var description: String { "\(left) \(comparison.rawValue) \(right)" }
}

/// Numbers of a statement: digits with an optional fraction and exponent.
enum NumberText {
    /// Whole numbers up to here are written without a point.
    private static let wholeMax = 1e15

    static func format(_ value: Double) -> String {
        value == value.rounded() && value.magnitude <= wholeMax ? String(Int64(value)) : value.description
    }

    /// nil for anything else, such as `5m`, `0x10` or a number beyond the largest double.
    static func parse(_ text: String) -> Double? {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"),
                UInt8(ascii: "+"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isPlain, let value = Double(text), value.isFinite else { return nil }
        return value
    }
}
