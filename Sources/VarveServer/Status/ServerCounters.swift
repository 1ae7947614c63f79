import Synchronization

/// What the doors have counted since the start. Relaxed atomics: each is exact, together they are not one instant. Any
/// thread.
package final class ServerCounters: Sendable {
    /// One number that only grows, or a level that goes up and down.
    package struct Counter: ~Copyable, Sendable {
        private let value = Atomic<Int>(0)
        package var current: Int { value.load(ordering: .relaxed) }
        package func add(_ amount: Int = 1) { value.add(amount, ordering: .relaxed) }
    }

    /// Rows handed to the store and durable.
    package let rowsWritten = Counter()
    package let valuesWritten = Counter()
    /// Rows that the store refused after they were parsed (disk full, too many series …).
    package let rowsFailed = Counter()
    /// Lines that were refused by the parser.
    package let linesRefused = Counter()
    /// Refusals that did not fit the queue of the reject file and are only counted.
    package let refusalsDropped = Counter()
    /// Bytes of line protocol received, after gzip is undone.
    package let bytesReceived = Counter()
    package let lineConnections = Counter()
    package let httpConnections = Counter()
    /// Connections closed at once: over the limit, or not permitted.
    package let connectionsRefused = Counter()
    package let connectionsTimedOut = Counter()
    package let httpRequests = Counter()
    package let queries = Counter()
    package let queriesFailed = Counter()
    package let queriesCancelled = Counter()

    package init() {}

    /// Names (as in `GET /stats`) and values.
    package var all: [(name: String, value: Int)] {
        [
            ("rowsWritten", rowsWritten.current), ("valuesWritten", valuesWritten.current),
            ("rowsFailed", rowsFailed.current), ("linesRefused", linesRefused.current),
            ("refusalsDropped", refusalsDropped.current), ("bytesReceived", bytesReceived.current),
            ("lineConnections", lineConnections.current), ("httpConnections", httpConnections.current),
            ("connectionsRefused", connectionsRefused.current), ("connectionsTimedOut", connectionsTimedOut.current),
            ("httpRequests", httpRequests.current), ("queries", queries.current),
            ("queriesFailed", queriesFailed.current), ("queriesCancelled", queriesCancelled.current),
        ]
    }
}
