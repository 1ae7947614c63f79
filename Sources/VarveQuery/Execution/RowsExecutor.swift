import VarveModel
import VarveStore

/// Runs a `SELECT *`: sources are worked on in batches whose samples fit ``QueryContext/samplesMax``, each batch
/// divided among workers.
struct RowsExecutor {
    let plan: RowsPlan
    let context: QueryContext
    /// Rows of earlier and later sources, each table sorted.
    private var tables: [RowTable] = []
    /// Rows that satisfy the conditions, those beyond the limit included.
    private var rowCount = 0
    private var gaps: [RowsGap] = []
    private var knownGaps: Set<RowsGap> = []

    /// Sources of the first batch: enough to share a scan, few enough that most statements need no second try.
    private static let firstBatch = 256
    /// Tables from which on they are put together: merging looks at the first row of each.
    private static let tablesMax = 64
    /// A sample takes 16 bytes here, time and value, twice those of statistics.
    private var samplesMax: Int { max(1, context.samplesMax / 2) }

    init(_ plan: RowsPlan, in context: QueryContext) {
        self.plan = plan
        self.context = context
    }

    mutating func run(on snapshot: some MetricSnapshot) throws(QueryError) -> QueryResult {
        let missing = snapshot.gaps(in: plan.range)
        if !context.acceptsGaps, let gap = missing.first { throw .store(.corrupt(gap.place)) }
        var next = 0
        var batch = Self.firstBatch
        while next < plan.sources.count {
            try context.checkCancellation()
            let end = min(next + batch, plan.sources.count)
            if try read(next..<end, on: snapshot) {
                next = end
                batch = min(Self.firstBatch, 2 * batch)
            } else {
                guard end - next > 1 else { throw tooManySamples }
                batch = (end - next) / 2
            }
        }
        return result(merged(), missing)
    }

    private var tooManySamples: QueryError {
        .limit(
            message: "the rows of one series have more than \(samplesMax) values, the limit of SELECT *;"
                + " take a shorter range")
    }

    /// Keeps the rows of some sources; false, with none kept, when they have more samples than may be held.
    private mutating func read(_ sources: Range<Int>, on snapshot: some MetricSnapshot) throws(QueryError) -> Bool {
        let parts = parts(of: sources)
        let (plan, context, samplesMax) = (plan, context, max(1, samplesMax / parts.count))
        let answers = Workers.map(parts.count) { part in
            RowsReader.rows(of: parts[part], plan, context, samplesMax: samplesMax, on: snapshot)
        }
        var readers: [RowsReader] = []
        for answer in answers {
            guard let reader = try answer.get() else { return false }
            readers.append(reader)
        }
        for reader in readers {
            rowCount += reader.rowCount
            // A file that cannot be read is met by each worker.
            for gap in reader.gaps where knownGaps.insert(gap).inserted { gaps.append(gap) }
            if reader.table.count > 0 { tables.append(reader.table) }
        }
        guard plan.hasLimit || rowCount <= plan.limit else { throw plan.tooManyRows }
        let kept = tables.reduce(0) { $0 + $1.count }
        // At least a thousand, so that a small limit does not mean to merge after every batch.
        if kept > max(1_024, 2 * plan.limit) { tables = [merged()] }
        if tables.count >= Self.tablesMax { mergeSmall() }
        return true
    }

    /// Merges neighbours from the end while the last is not much smaller than the one before, so that each row is
    /// copied a few times however many tables there are. Amortised O(rows × log(rows)).
    private mutating func mergeSmall() {
        while tables.count >= 2, tables[tables.count - 2].count <= 2 * tables[tables.count - 1].count {
            let pair = Array(tables.suffix(2))
            tables.removeLast(2)
            tables.append(
                RowMerge(pair, newestFirst: plan.isNewestFirst, keeping: plan.limit)
                    .merged(workersMax: context.workersMax))
        }
    }

    /// Sources side by side for each worker; as many parts as are worth their threads.
    private func parts(of sources: Range<Int>) -> [Range<Int>] {
        let seriesCount = plan.sources[sources].reduce(0) { $0 + $1.members.count }
        let count = max(1, min(context.workersMax, sources.count, seriesCount / max(1, context.seriesPerWorkerMin)))
        return (0..<count).map { part in
            let start = sources.lowerBound + sources.count * part / count
            return start..<(sources.lowerBound + sources.count * (part + 1) / count)
        }
    }

    private func merged() -> RowTable {
        if tables.count == 1, let table = tables.first, table.count <= plan.limit { return table }
        if tables.isEmpty { return RowTable(columnCount: plan.metrics.count) }
        return RowMerge(tables, newestFirst: plan.isNewestFirst, keeping: plan.limit)
            .merged(workersMax: context.workersMax)
    }

    private func result(_ table: RowTable, _ missing: [DataGap]) -> QueryResult {
        var columns = [QueryResult.Column(name: "time", kind: .time)]
        columns += plan.keys.map { QueryResult.Column(name: $0, kind: .text) }
        columns += plan.metrics.map { QueryResult.Column(name: $0, kind: .number) }
        var cells = [QueryCells.times(table.times)]
        let (sources, numbers) = shown(table)
        for key in plan.keys.indices {
            cells.append(.texts(TextCells(sources.map { plan.sources[$0].keyValues[key] }, numbers: numbers)))
        }
        cells += table.columns.map { .numbers(DenseCells($0.values, missing: $0.missing)) }
        var notices = plan.notices + DataGap.notices(missing + gaps.map(\.gap))
        if rowCount > table.count { notices.append("\(table.count) of \(rowCount) rows shown (LIMIT)") }
        var result = QueryResult(
            columns: columns, table: QueryRows(columns: cells, count: table.count), range: plan.range, notices: notices)
        result.isPartial = !missing.isEmpty || !gaps.isEmpty
        return result
    }

    /// The sources whose key values the answer needs, and per row the number of one of them: all of few, else those
    /// that rows are of.
    private func shown(_ table: RowTable) -> (sources: [Int], numbers: [UInt32]) {
        guard plan.sources.count > Self.firstBatch else { return (Array(plan.sources.indices), table.sources) }
        var numbers = [UInt32?](repeating: nil, count: plan.sources.count)
        var sources: [Int] = []
        let rows = table.sources.map { source in
            if let number = numbers[Int(source)] { return number }
            let number = UInt32(sources.count)
            numbers[Int(source)] = number
            sources.append(Int(source))
            return number
        }
        return (sources, rows)
    }
}

extension RowsPlan {
    /// The answer would be larger than a statement may have it.
    var tooManyRows: QueryError {
        .limit(
            message: "the result has more than \(limit) rows, the limit of one statement;"
                + " take a shorter range or a LIMIT")
    }
}
