/// What a node of an expression is worth.
enum MathValue: Sendable {
    /// Finite, or NaN: no number, such as the sum of no points. Whatever is made of NaN has no points.
    case scalar(Double)
    case series(MathSeries)
    case array([MathSeries])
    case string(String)
    case word(MathWord)

    var types: MathTypes {
        switch self {
        case .scalar: .scalar
        case .series: .series
        case .array: .array
        case .string: .string
        case .word(let word): word.type
        }
    }

    /// The series of a series or an array; of anything else none.
    var allSeries: [MathSeries] {
        switch self {
        case .series(let series): [series]
        case .array(let series): series
        default: []
        }
    }

    /// A scalar that is not finite is none.
    static func number(_ value: Double) -> MathValue { .scalar(value.isFinite ? value : .nan) }

    /// `body` of the series or of every series of the array.
    func map(_ body: (MathSeries) -> MathSeries) -> MathValue {
        if case .series(let series) = self { return .series(body(series)) }
        return .array(allSeries.map(body))
    }
}
