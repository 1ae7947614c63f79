package import VarveQuery
package import VarveStore

/// A Varve database inside this process. Any thread.
public final class Database: Sendable {
    /// The engine below, for the server and the tools of this package.
    package let store: Store

    package init(store: Store) { self.store = store }

    /// Runs a statement now, on the caller's thread.
    package func run(_ statement: String, cancellation: CancellationFlag? = nil) throws(QueryError) -> QueryResult {
        preconditionFailure("under construction")
    }
}
