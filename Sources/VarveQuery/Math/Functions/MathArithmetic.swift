import Glibc

/// The operators. Loops over whole arrays; the operator is chosen outside of them.
enum MathArithmetic {
    /// - Precondition: the operands have types that ``MathSignatures/operation`` lists.
    static func apply(_ sign: MathOperator, _ left: MathValue, _ right: MathValue) -> MathValue {
        switch (left, right) {
        case (.scalar(let left), .scalar(let right)): .number(scalar(sign, left, right))
        case (.scalar(let left), _): right.map { $0.with(combine(sign, left, $0.values)) }
        case (_, .scalar(let right)): left.map { $0.with(combine(sign, $0.values, right)) }
        case (.series(let left), .series(let right)): .series(series(sign, left, right))
        case (.series(let left), _):
            // A member of an array keeps its label on either side.
            right.map { member in
                var result = series(sign, left, member)
                result.label = member.label
                return result
            }
        case (_, .series(let right)): left.map { series(sign, $0, right) }
        case (_, _): preconditionFailure("operands are checked before")
        }
    }

    static func negate(_ value: MathValue) -> MathValue {
        if case .scalar(let number) = value { return .scalar(-number) }
        return value.map { $0.with($0.values.map { -$0 }) }
    }

    private static func series(_ sign: MathOperator, _ left: MathSeries, _ right: MathSeries) -> MathSeries {
        let axis = left.axis == right.axis ? left.axis : MathAxis.common([left.axis, right.axis])
        let values = combine(sign, left.values(on: axis), right.values(on: axis))
        return MathSeries(label: left.label, axis: axis, values: values)
    }

    // MARK: Scalars

    private static func scalar(_ sign: MathOperator, _ left: Double, _ right: Double) -> Double {
        combine(sign, [left], right)[0]
    }

    // MARK: Series with a scalar: at every point

    private static func combine(_ sign: MathOperator, _ left: [Double], _ right: Double) -> [Double] {
        // Without a number there is no result, also where comparing with NaN would answer "no".
        if right.isNaN { return [Double](repeating: .nan, count: left.count) }
        switch sign {
        case .add: return left.map { $0 + right }
        case .subtract: return left.map { $0 - right }
        case .multiply: return left.map { $0 * right }
        case .divide: return left.map { $0 / right }
        case .power: return left.map { power($0, right) }
        case .equal: return left.map { truth($0 == right, where: $0) }
        case .notEqual: return left.map { truth($0 != right, where: $0) }
        case .less: return left.map { truth($0 < right, where: $0) }
        case .greater: return left.map { truth($0 > right, where: $0) }
        case .lessOrEqual: return left.map { truth($0 <= right, where: $0) }
        case .greaterOrEqual: return left.map { truth($0 >= right, where: $0) }
        case .and: return left.map { truth($0 != 0 && right != 0, where: $0) }
        case .or: return left.map { truth($0 != 0 || right != 0, where: $0) }
        }
    }

    private static func combine(_ sign: MathOperator, _ left: Double, _ right: [Double]) -> [Double] {
        if left.isNaN { return [Double](repeating: .nan, count: right.count) }
        switch sign {
        case .add, .multiply, .equal, .notEqual, .and, .or: return combine(sign, right, left)
        case .less: return combine(.greater, right, left)
        case .greater: return combine(.less, right, left)
        case .lessOrEqual: return combine(.greaterOrEqual, right, left)
        case .greaterOrEqual: return combine(.lessOrEqual, right, left)
        case .subtract: return right.map { left - $0 }
        case .divide: return right.map { left / $0 }
        case .power: return right.map { power(left, $0) }
        }
    }

    // MARK: Series with a series: at every time of either, the other counting as 0

    private static func combine(_ sign: MathOperator, _ left: [Double], _ right: [Double]) -> [Double] {
        switch sign {
        case .add: zip(left, right) { $0 + $1 }
        case .subtract: zip(left, right) { $0 - $1 }
        case .multiply: zip(left, right) { $0 * $1 }
        case .divide: zip(left, right) { $0 / $1 }
        case .power: zip(left, right) { power($0, $1) }
        case .equal: zip(left, right) { $0 == $1 ? 1 : 0 }
        case .notEqual: zip(left, right) { $0 != $1 ? 1 : 0 }
        case .less: zip(left, right) { $0 < $1 ? 1 : 0 }
        case .greater: zip(left, right) { $0 > $1 ? 1 : 0 }
        case .lessOrEqual: zip(left, right) { $0 <= $1 ? 1 : 0 }
        case .greaterOrEqual: zip(left, right) { $0 >= $1 ? 1 : 0 }
        case .and: zip(left, right) { $0 != 0 && $1 != 0 ? 1 : 0 }
        case .or: zip(left, right) { $0 != 0 || $1 != 0 ? 1 : 0 }
        }
    }

    @inline(__always)
    private static func zip(
        _ left: [Double], _ right: [Double], _ body: (Double, Double) -> Double
    ) -> [Double] {
        // Said once before the loop, so that it is not checked inside.
        precondition(left.count == right.count, "both lie on one axis")
        return left.indices.map { index in
            let first = left[index]
            let second = right[index]
            let result = body(first.isNaN ? 0 : first, second.isNaN ? 0 : second)
            return first.isNaN && second.isNaN ? .nan : result
        }
    }

    /// 1 or 0 at a point, nothing elsewhere.
    @inline(__always)
    private static func truth(_ holds: Bool, where value: Double) -> Double {
        value.isNaN ? .nan : holds ? 1 : 0
    }

    /// The C library takes 1 to any power, and anything to the power 0, for 1, also without a number.
    @inline(__always)
    private static func power(_ base: Double, _ exponent: Double) -> Double {
        base.isNaN || exponent.isNaN ? .nan : pow(base, exponent)
    }
}
