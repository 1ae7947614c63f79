import Synchronization
package import VarveModel
package import VarveStore

/// Runs statements. Any thread; work happens on the caller's thread.
package enum QueryEngine {
    /// Parses, plans and runs one statement.
    package static func run(
        _ statement: String, on snapshot: some MetricSnapshot, in context: QueryContext
    ) throws(QueryError) -> QueryResult { preconditionFailure("under construction") }
}

/// What a statement needs to know besides its text.
package struct QueryContext: Sendable {
    package var scope: Scope
    /// "Now" of SINCE and UNTIL, nanoseconds since 1970.
    package var nowNs: Int64
    /// Looked at once per block.
    package var cancellation: CancellationFlag?

    package init(scope: Scope = .default, nowNs: Int64, cancellation: CancellationFlag? = nil) {
        self.scope = scope
        self.nowNs = nowNs
        self.cancellation = cancellation
    }
}

/// Set by whoever wants a running query to end. Any thread.
package final class CancellationFlag: Sendable {
    private let raised = Atomic<Bool>(false)

    package init() {}
    package func raise() { raised.store(true, ordering: .relaxed) }
    package var isRaised: Bool { raised.load(ordering: .relaxed) }
}
