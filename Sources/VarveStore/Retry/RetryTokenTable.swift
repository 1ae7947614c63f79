import VarveIO
package import VarveModel

/// What a write with a token came to, as the log keeps it.
package struct RememberedWrite: Equatable, Sendable {
    package var token: RetryToken
    /// Group that holds the rows.
    package var lsn: UInt64
    package var rows: Int
    package var values: Int
    package var refusedRows: Int
    /// ``RowBatch/contentHash`` of the batch; 0 when it is not known, as in logs that older versions wrote.
    package var contentHash: UInt64 = 0
    /// Why rows were refused; nil when none were, or when the log does not say.
    package var refusal: Refusal?

    /// A limit on series, as the sentence of its error needs it.
    package struct Refusal: Equatable, Sendable {
        package var cause: SeriesRefusal.Cause
        package var limit: Int
        package var namespace: String
    }

    package init(token: RetryToken, lsn: UInt64, rows: Int, values: Int, refusedRows: Int) {
        self.token = token
        self.lsn = lsn
        self.rows = rows
        self.values = values
        self.refusedRows = refusedRows
    }
}

/// The writes that would be recognised if they were sent again. Pure; owned by the writer.
///
/// Bounded in time and number. Time is the monotonic clock of this process: after a restart every token that the log
/// still has is kept for the whole span again, which is the safe side, and a wall clock that jumps changes nothing.
struct RetryTokenTable: Sendable {
    /// The retries of every client we know of end long before: AWS SDKs give up after seconds, agents that buffer on
    /// disk resend after minutes.
    static let spanNs = 15 * Nanoseconds.perMinute
    /// 64 Ki: 72 writes a second for a quarter of an hour. At most 23 MiB with the longest tokens, 8 MiB with UUIDs.
    static let countMax = 1 << 16

    private struct Entry: Sendable {
        var write: RememberedWrite
        /// Number of the log group that has the token; a flush may not give up that group while the token lives.
        var loggedLSN: UInt64
        var sinceNs: Int64
    }

    private var entries: [RetryToken: Entry] = [:]
    /// Tokens in the order in which they were remembered; the first `forgotten` of them are gone.
    private var order: [RetryToken] = []
    private var forgotten = 0

    var count: Int { entries.count }

    func find(_ token: RetryToken) -> RememberedWrite? { entries[token]?.write }

    /// - Parameter loggedLSN: the group that has just become durable with the token in it.
    mutating func remember(_ write: RememberedWrite, loggedLSN: UInt64, nowNs: Int64) {
        if entries.updateValue(Entry(write: write, loggedLSN: loggedLSN, sinceNs: nowNs), forKey: write.token) == nil {
            order.append(write.token)
        }
        forget(nowNs: nowNs)
    }

    /// Drops what is too old or too much. Amortised O(1) per token.
    mutating func forget(nowNs: Int64) {
        while forgotten < order.count, let oldest = entries[order[forgotten]],
            entries.count > Self.countMax || nowNs - oldest.sinceNs > Self.spanNs
        {
            entries[order[forgotten]] = nil
            forgotten += 1
        }
        guard forgotten > 1_024, forgotten * 2 > order.count else { return }
        order.removeFirst(forgotten)
        forgotten = 0
    }

    /// Living tokens that only groups up to `floor` have: they must be logged again before those groups go. O(count).
    func writes(loggedThrough floor: UInt64) -> [RememberedWrite] {
        order[forgotten...].compactMap { token in
            guard let entry = entries[token], entry.loggedLSN <= floor else { return nil }
            return entry.write
        }
    }

    /// The tokens have been logged again.
    mutating func move(_ writes: [RememberedWrite], toLSN lsn: UInt64) {
        for write in writes { entries[write.token]?.loggedLSN = lsn }
    }
}

extension AppendReceipt {
    /// The answer to a write that was stored before: rows that were refused then are refused again.
    init(repeating write: RememberedWrite) {
        self.init(rows: write.rows, values: write.values, lsn: write.lsn)
        refusedRows = write.refusedRows
        refusal = write.refusalError
        isRepetition = true
    }
}

extension RememberedWrite {
    /// What the rows were refused with; nil when none were.
    fileprivate var refusalError: StoreError? {
        guard refusedRows > 0 else { return nil }
        guard let refusal else { return .rowsRefusedBefore(rows: refusedRows) }
        return .tooManySeries(
            limit: refusal.limit, namespace: refusal.namespace, SeriesRefusal(refusal.cause))
    }

    /// - Throws: `.tokenReused` when the batch is another one than this.
    package func check(rows: Int, contentHash: UInt64) throws(StoreError) {
        let firstRows = self.rows + refusedRows
        guard rows == firstRows, self.contentHash == 0 || self.contentHash == contentHash else {
            throw .tokenReused(rows: rows, firstRows: firstRows)
        }
    }
}

extension RememberedWrite.Refusal {
    /// nil for errors that refuse batches whole.
    init?(_ error: StoreError?) {
        guard case .tooManySeries(let limit, let namespace, let refusal)? = error else { return nil }
        self.init(cause: refusal.cause, limit: limit, namespace: namespace)
    }
}
