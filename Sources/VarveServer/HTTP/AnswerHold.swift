/// The share of one answer in the memory that answers may take. Gives it back when nobody holds the answer any more,
/// sent or not. Any thread.
final class AnswerHold: Sendable {
    private let budget: IntakeBudget
    private let byteCount: Int

    init(_ budget: IntakeBudget, byteCount: Int) {
        self.budget = budget
        self.byteCount = byteCount
        budget.adjust(by: byteCount)
    }

    deinit { budget.adjust(by: -byteCount) }
}
