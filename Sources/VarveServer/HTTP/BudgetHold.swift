import Synchronization

/// What one request or answer takes of the memory for all of them. Gives it back when nobody holds it any more,
/// whatever became of it. Any thread.
final class BudgetHold: Sendable {
    private let budget: IntakeBudget
    private let byteCount: Atomic<Int>

    init(_ budget: IntakeBudget, byteCount: Int = 0) {
        self.budget = budget
        self.byteCount = Atomic(byteCount)
        budget.adjust(by: byteCount)
    }

    /// - Returns: false when the memory is taken; nothing changes then.
    func grow(by bytes: Int) -> Bool {
        if budget.isFull { return false }
        budget.adjust(by: bytes)
        byteCount.add(bytes, ordering: .relaxed)
        return true
    }

    deinit { budget.adjust(by: -byteCount.load(ordering: .relaxed)) }
}
