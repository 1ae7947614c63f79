import Synchronization
package import VarveModel

/// What a statement needs to know besides its text.
package struct QueryContext: Sendable {
    package var scope: Scope
    /// "Now" of SINCE and UNTIL, nanoseconds since 1970.
    package var nowNs: Int64
    /// Looked at once per block.
    package var cancellation: CancellationFlag?
    /// Answers from what can be read, with a notice for each place that cannot; otherwise damage is an error.
    package var acceptsGaps: Bool

    package init(
        scope: Scope = .default, nowNs: Int64, cancellation: CancellationFlag? = nil, acceptsGaps: Bool = false
    ) {
        self.acceptsGaps = acceptsGaps
        self.scope = scope
        self.nowNs = nowNs
        self.cancellation = cancellation
    }

    func checkCancellation() throws(QueryError) {
        if cancellation?.isRaised == true { throw .cancelled }
    }
}

/// Set by whoever wants a running query to end. Any thread.
package final class CancellationFlag: Sendable {
    private let raised = Atomic<Bool>(false)

    package init() {}
    package func raise() { raised.store(true, ordering: .relaxed) }
    package var isRaised: Bool { raised.load(ordering: .relaxed) }
}
