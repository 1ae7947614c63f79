/// What stands between two operands.
package enum MathOperator: String, CaseIterable, Sendable {
    case or = "OR"
    case and = "AND"
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case greater = ">"
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case power = "^"

    /// Levels of binding, loosest first. All but the power associate to the left; the power is read by a rule of its
    /// own, because a sign binds looser on its left and tighter on its right.
    static let levels: [[MathOperator]] = [
        [.or], [.and], [.equal, .notEqual, .less, .greater, .lessOrEqual, .greaterOrEqual], [.add, .subtract],
        [.multiply, .divide],
    ]

    /// The operator that `token` writes.
    init?(_ token: MathToken) {
        switch token.kind {
        case .symbol("||"), .word("OR"): self = .or
        case .symbol("&&"), .word("AND"): self = .and
        case .symbol(let text): self.init(rawValue: text)
        default: return nil
        }
    }
}
