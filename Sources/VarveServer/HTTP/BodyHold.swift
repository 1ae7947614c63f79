import Synchronization

/// What one request of a cloud client holds of the memory for all such requests. Gives it back when nobody holds the
/// request any more. Any thread.
final class BodyHold: Sendable {
    private let budget: IntakeBudget
    private let byteCount = Atomic<Int>(0)

    init(_ budget: IntakeBudget) { self.budget = budget }

    /// - Returns: false when the memory is taken; nothing changes then.
    func grow(by bytes: Int) -> Bool {
        if budget.isFull { return false }
        budget.adjust(by: bytes)
        byteCount.add(bytes, ordering: .relaxed)
        return true
    }

    deinit { budget.adjust(by: -byteCount.load(ordering: .relaxed)) }
}
