import VarveIO
import VarveModel
import VarveQuery
import VarveStore

/// The rows of a statement one by one, as an asynchronous sequence.
///
/// `SELECT *` is read piece by piece, in the order of time, while the rows are taken: memory holds one piece (some ten
/// thousand rows), and there is no limit on their number. All pieces are of the moment when the first row was asked
/// for. All other statements are answered as a whole before their first row, as by
/// ``Database/query(_:cancellation:acceptsGaps:)``.
///
/// Work happens on threads of its own; tasks are suspended meanwhile. Cancelling the task, or letting go of the
/// iterator, ends it. A sequence may be iterated several times; each time asks anew.
public struct RowStream: AsyncSequence, Sendable {
    /// One row of the answer.
    public typealias Element = Row
    /// Why there is no next row.
    public typealias Failure = DatabaseError

    private let database: Database
    private let statement: String
    private let acceptsGaps: Bool
    private let pieceRowsMax: Int

    init(_ database: Database, statement: String, acceptsGaps: Bool, pieceRowsMax: Int) {
        self.database = database
        self.statement = statement
        self.acceptsGaps = acceptsGaps
        self.pieceRowsMax = pieceRowsMax
    }

    /// Asks anew, when the first row is wanted.
    public func makeAsyncIterator() -> Iterator {
        Iterator(
            source: RowSource(database, statement: statement, acceptsGaps: acceptsGaps, pieceRowsMax: pieceRowsMax))
    }

    /// Asks as it is asked. Owned by one task.
    public struct Iterator: AsyncIteratorProtocol {
        /// One row of the answer.
        public typealias Element = Row
        /// Why there is no next row.
        public typealias Failure = DatabaseError

        private var source: RowSource?
        private var rows = Rows(QueryResult(columns: [], rows: []))
        /// Index of the next one in `rows`.
        private var place = 0

        init(source: RowSource) { self.source = source }

        /// The next row; nil at the end, and after an error.
        ///
        /// Amortised O(1); O(piece) when the next piece has to be read.
        /// - Throws: as ``Database/query(_:cancellation:acceptsGaps:)``.
        public mutating func next() async throws(DatabaseError) -> Row? {
            while place == rows.count {
                guard let current = source else { return nil }
                // Also when the next line throws.
                source = nil
                let (piece, rest) = try await DetachedQuery.run { (flag) throws(QueryError) in
                    try current.read(flag)
                }
                (source, rows, place) = (rest, Rows(piece), 0)
            }
            defer { place += 1 }
            return rows[place]
        }

        /// As ``next()``; the isolation of the caller does not matter.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(DatabaseError) -> Row? {
            try await next()
        }
    }
}

extension Database {
    /// The rows of a statement as an asynchronous sequence; `SELECT *` streams.
    ///
    ///     for try await row in database.rows(of: "SELECT * FROM Shop WHERE region = 'eu' SINCE 30d") { … }
    ///
    /// - Parameter acceptsGaps: leave out what cannot be read, without saying so; otherwise it ends the sequence with
    ///   ``DatabaseError/Code/corrupt``.
    public func rows(of statement: String, acceptsGaps: Bool = false) -> RowStream {
        rows(of: statement, acceptsGaps: acceptsGaps, pieceRowsMax: RowSource.pieceRowsDefault)
    }

    /// As above, with pieces of another size.
    package func rows(of statement: String, acceptsGaps: Bool = false, pieceRowsMax: Int) -> RowStream {
        RowStream(self, statement: statement, acceptsGaps: acceptsGaps, pieceRowsMax: pieceRowsMax)
    }

    /// Runs a statement on a thread of its own and suspends the task meanwhile. Cancelling the task ends the work.
    /// - Throws: as the form that waits.
    public func query(
        _ statement: String, acceptsGaps: Bool = false
    ) async throws(DatabaseError) -> Rows {
        Rows(
            try await DetachedQuery.run { (flag) throws(QueryError) in
                try self.run(statement, cancellation: flag, acceptsGaps: acceptsGaps)
            })
    }
}

/// What is left of a question to be read, piece by piece. A value: reading gives the next one.
struct RowSource: Sendable {
    /// Rows of one piece: some megabytes, and tens of milliseconds of work.
    static let pieceRowsDefault = 32_768

    private let database: Database
    private let statement: String
    private let acceptsGaps: Bool
    private let pieceRowsMax: Int
    /// The part of a SELECT * that has not been read; nil before the first piece.
    fileprivate var rest: Rest?

    init(_ database: Database, statement: String, acceptsGaps: Bool, pieceRowsMax: Int) {
        self.database = database
        self.statement = statement
        self.acceptsGaps = acceptsGaps
        self.pieceRowsMax = pieceRowsMax
    }

    fileprivate struct Rest: Sendable {
        let snapshot: StoreSnapshot
        let syntax: RowsSyntax
        var range: TimeRange
        /// Length of the next piece in time, nanoseconds, at least 1.
        var sliceNs: Int64
        /// Rows until LIMIT; nil without.
        var rowsLeft: Int?
    }

    /// Reads the next piece, which may be empty, and says what is left.
    func read(_ flag: CancellationFlag) throws(QueryError) -> (QueryResult, RowSource?) {
        if let rest { return try read(rest, flag) }
        let parsed = try QueryEngine.parse(statement)
        guard case .rows(let syntax) = parsed else {
            return (try database.run(parsed, cancellation: flag, acceptsGaps: acceptsGaps), nil)
        }
        let range = try QueryEngine.range(of: syntax, nowNs: database.store.environment.clock.wallNs())
        let first = Rest(
            snapshot: database.store.snapshot(), syntax: syntax, range: range,
            sliceNs: Self.sliceNsFirst, rowsLeft: syntax.limit)
        return try read(first, flag)
    }

    /// A minute; what fits is found within a few pieces, because each may be four times as long as the one before.
    private static let sliceNsFirst = Nanoseconds.perMinute

    private func read(_ rest: Rest, _ flag: CancellationFlag) throws(QueryError) -> (QueryResult, RowSource?) {
        var rest = rest
        var rowsMax = max(1, pieceRowsMax)
        while true {
            let slice = rest.slice
            var result: QueryResult
            do throws(QueryError) {
                // One row more than wanted shows that there are more.
                result = try run(slice, of: rest, rowsMax: rowsMax + 1, flag)
            } catch {
                // One source alone has more samples than a piece may hold. In a nanosecond that is an error, as it is
                // anywhere.
                guard case .limit = error, slice.end - slice.start > 1 else { throw error }
                rest.sliceNs = max(1, (slice.end - slice.start) / 8)
                continue
            }
            if result.rows.count <= rowsMax {
                return piece(result, rest.behind(slice, rows: result.rows.count, rowsMax))
            }
            // Rows of one time stay together: those of the last one, perhaps not all, belong to the next piece.
            let last = Self.time(of: result.rows[rowsMax])
            var kept = rowsMax
            while kept > 0, Self.time(of: result.rows[kept - 1]) == last { kept -= 1 }
            result.rows = result.rows.first(kept)
            if !result.rows.isEmpty { return piece(result, rest.at(last, rows: result.rows.count)) }
            guard rowsMax < QueryLimits.resultRowsMax else {
                throw .limit(message: "more than \(rowsMax) rows have the same time")
            }
            rowsMax = min(4 * rowsMax, QueryLimits.resultRowsMax)
        }
    }

    private func piece(_ result: QueryResult, _ rest: Rest?) -> (QueryResult, RowSource?) {
        var next = self
        next.rest = rest
        return (result, rest == nil ? nil : next)
    }

    private static func time(of row: [QueryResult.Value]) -> Int64 {
        if case .time(let timestampNs)? = row.first { timestampNs } else { 0 }
    }

    private func run(
        _ slice: TimeRange, of rest: Rest, rowsMax: Int, _ flag: CancellationFlag
    ) throws(QueryError) -> QueryResult {
        var syntax = rest.syntax
        let nowhere = SourceSpan(start: 0, end: 0)
        syntax.times.since = Located(content: .at(slice.start), span: nowhere)
        syntax.times.until = Located(content: .at(slice.end), span: nowhere)
        syntax.limit = min(rest.rowsLeft ?? .max, rowsMax)
        let context = QueryContext(
            nowNs: slice.end, cancellation: flag, acceptsGaps: acceptsGaps,
            // The engine counts two of them for each sample.
            samplesMax: 2 * max(Self.samplesLeast, pieceRowsMax * Self.valuesPerRow))
        return try QueryEngine.run(.rows(syntax), on: rest.snapshot, in: context)
    }

    /// Metrics that sources mostly have at most.
    private static let valuesPerRow = 16
    /// Below this, decoding a block for a few of its rows again and again would be most of the work.
    private static let samplesLeast = 8_192
}

extension RowSource.Rest {
    /// The next piece of time: from the side where the first rows are.
    fileprivate var slice: TimeRange {
        let length = range.end.subtractingReportingOverflow(range.start)
        guard length.overflow || length.partialValue > sliceNs else { return range }
        return syntax.isNewestFirst
            ? TimeRange(start: range.end - sliceNs, end: range.end)
            : TimeRange(start: range.start, end: range.start + sliceNs)
    }

    /// What is left behind a slice that was read to its end; nil when nothing is.
    fileprivate func behind(_ slice: TimeRange, rows: Int, _ rowsWanted: Int) -> Self? {
        var rest = self
        if syntax.isNewestFirst { rest.range.end = slice.start } else { rest.range.start = slice.end }
        // Longer while pieces are small.
        let factor = Int64(min(4, max(1, rowsWanted / max(1, rows))))
        let (longer, overflow) = sliceNs.multipliedReportingOverflow(by: factor)
        rest.sliceNs = overflow ? .max : longer
        return rest.taking(rows)
    }

    /// What is left when the next row is at `timestampNs`; nil when nothing is.
    fileprivate func at(_ timestampNs: Int64, rows: Int) -> Self? {
        var rest = self
        let (start, end) = (range.start, range.end)
        if syntax.isNewestFirst { rest.range.end = timestampNs + 1 } else { rest.range.start = timestampNs }
        rest.sliceNs = max(1, syntax.isNewestFirst ? end - rest.range.end : rest.range.start - start)
        return rest.taking(rows)
    }

    private func taking(_ rows: Int) -> Self? {
        var rest = self
        rest.rowsLeft = rowsLeft.map { max(0, $0 - rows) }
        return rest.range.isEmpty || rest.rowsLeft == 0 ? nil : rest
    }
}
