package import VarveQuery

/// Ends a running query from another thread. Any thread.
public final class QueryCancellation: Sendable {
    /// What the engine looks at, once per block of rows.
    package let flag = CancellationFlag()

    /// A flag that is not raised.
    public init() {}

    /// Makes every query that was given this value throw ``DatabaseError/Code/cancelled`` soon. Cannot be undone.
    public func cancel() { flag.raise() }
}
