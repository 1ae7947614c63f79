/// IF(condition, then, otherwise).
enum MathCondition {
    /// - Precondition: the arguments have types that the table lists.
    static func apply(_ condition: MathValue, _ then: MathValue, _ otherwise: MathValue?) -> MathValue {
        switch condition {
        case .scalar(let number): whole(number, then, otherwise)
        case .series(let series): .series(perPoint(series, then, otherwise))
        case .array, .string, .word: preconditionFailure("arguments are checked before")
        }
    }

    /// A scalar chooses one branch for all times. Without a number there is no answer.
    private static func whole(_ condition: Double, _ then: MathValue, _ otherwise: MathValue?) -> MathValue {
        if !condition.isNaN {
            if condition != 0 { return then }
            if let otherwise { return otherwise }
        }
        guard case .series(let series) = then else { return .scalar(.nan) }
        return .series(.empty(label: series.label, grid: series.grid))
    }

    /// At each point of the condition: `then` where it is not 0 (a series without a point there counts as 0), else
    /// `otherwise`, which may have no point there.
    private static func perPoint(
        _ condition: MathSeries, _ then: MathValue, _ otherwise: MathValue?
    ) -> MathSeries {
        let branches = then.allSeries + (otherwise?.allSeries ?? [])
        let axis = MathAxis.common([condition.axis] + branches.map(\.axis))
        let chosen = values(of: then, on: axis, missing: 0)
        let rejected = values(of: otherwise, on: axis, missing: .nan)
        let conditions = condition.values(on: axis)
        let values = conditions.indices.map { index in
            let value = conditions[index]
            return value.isNaN ? .nan : value != 0 ? chosen[index] : rejected[index]
        }
        return MathSeries(label: branches.first?.label ?? condition.label, axis: axis, values: values)
    }

    private static func values(of branch: MathValue?, on axis: MathAxis, missing: Double) -> [Double] {
        switch branch {
        case .scalar(let number): [Double](repeating: number, count: axis.count)
        case .series(let series): series.values(on: axis).map { $0.isNaN ? missing : $0 }
        default: [Double](repeating: .nan, count: axis.count)
        }
    }
}
