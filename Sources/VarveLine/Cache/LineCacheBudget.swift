import Synchronization

/// Memory that the caches of many parsers may use together: with thousands of connections each one's own limit is no
/// bound.
///
/// Any thread.
package final class LineCacheBudget: Sendable {
    /// In bytes.
    package let limit: Int
    private let used = Atomic<Int>(0)

    package init(limit: Int) { self.limit = limit }

    /// Bytes taken at the moment.
    package var usedBytes: Int { used.load(ordering: .relaxed) }

    /// Takes `count` bytes; false, and nothing taken, when they are not left.
    func reserve(_ count: Int) -> Bool {
        let (_, total) = used.add(count, ordering: .relaxed)
        if total <= limit { return true }
        used.subtract(count, ordering: .relaxed)
        return false
    }

    func release(_ count: Int) { used.subtract(count, ordering: .relaxed) }
}

/// One parser's share of a budget, given back when the parser goes away.
struct LineCacheShare: ~Copyable {
    private let budget: LineCacheBudget?
    private var reserved = 0

    /// Free of charge, so that every connection gets on, however many there are: a few dozen sources.
    private static let freeByteCount = 64 << 10
    /// Taken at once, so that the shared counter is touched rarely.
    private static let step = 64 << 10

    init(_ budget: LineCacheBudget?) { self.budget = budget }

    /// Makes sure that `byteCount` bytes are covered; false when the budget does not allow it.
    mutating func cover(_ byteCount: Int) -> Bool {
        guard let budget else { return true }
        while Self.freeByteCount + reserved < byteCount {
            guard budget.reserve(Self.step) else { return false }
            reserved += Self.step
        }
        return true
    }

    deinit { budget?.release(reserved) }
}
