package import VarveModel
package import VarveStore

/// Runs statements. Any thread; work happens on the caller's thread.
package enum QueryEngine {
    /// Parses, plans and runs one statement. Language: Docs/Query.md and Docs/Query-math.md.
    ///
    /// The answer depends on the rows of `snapshot` only, to the last bit: not on how they are cut into chunks.
    /// - Throws: `.invalid` with the place of a mistake, `.limit`, `.cancelled` (looked at once per chunk), `.store`.
    package static func run(
        _ statement: String, on snapshot: some MetricSnapshot, in context: QueryContext
    ) throws(QueryError) -> QueryResult {
        try run(Parser.parse(statement), on: snapshot, in: context)
    }

    /// Plans and runs a statement that need not have a text.
    /// - Throws: as above; places are those that the statement carries.
    package static func run(
        _ statement: Statement, on snapshot: some MetricSnapshot, in context: QueryContext
    ) throws(QueryError) -> QueryResult {
        switch statement {
        case .select(let select):
            var executor = SelectExecutor(try SelectPlan(select, on: snapshot, in: context), in: context)
            return try executor.run(on: snapshot)
        case .rows(let rows):
            var executor = RowsExecutor(try RowsPlan(rows, on: snapshot, in: context), in: context)
            return try executor.run(on: snapshot)
        case .math(let math):
            return try MathQuery(math, nowNs: context.nowNs).run(on: snapshot, in: context)
        case .explainMath(let math):
            return try MathQuery(math, nowNs: context.nowNs).explanation(on: snapshot, in: context)
        case .explain(let select):
            let plan = try SelectPlan(select, on: snapshot, in: context)
            let rows = try RowSources(of: plan, on: snapshot, in: context)
            return plan.explanation(of: select, on: snapshot, rows: rows)
        case .analyze(let statement):
            var analyzed = AnalyzedStatement(on: snapshot, in: context)
            switch statement {
            case .select(let select): return try analyzed.run(select)
            case .rows(let rows): return try analyzed.run(rows)
            case .math(let math): return try analyzed.run(math)
            }
        case .show(let show):
            return try ShowExecutor(snapshot: snapshot, context: context).run(show)
        }
    }

    /// The time that a `SELECT *` covers, after defaults.
    /// - Throws: `.invalid` when it is empty.
    package static func range(of rows: RowsSyntax, nowNs: Int64) throws(QueryError) -> TimeRange {
        TimePlan.wholeRange(try TimePlan.bounds(rows.times, nowNs: nowNs))
    }

    /// The statement as the engine understands it, written in one way: keywords upper case, no needless quotes.
    /// - Throws: `.invalid` or `.limit`.
    package static func parse(_ statement: String) throws(QueryError) -> Statement { try Parser.parse(statement) }
}
