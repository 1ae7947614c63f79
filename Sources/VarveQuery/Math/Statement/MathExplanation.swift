import VarveModel
import VarveStore

extension MathQuery {
    /// What EXPLAIN answers: the plan in words, without decoding a sample.
    func explanation(on snapshot: some MetricSnapshot, in context: QueryContext) throws(QueryError) -> QueryResult {
        let source = SnapshotMathSource(snapshot, in: context, rules: rules)
        var lines = self.lines
        for index in plan.order { lines += try self.lines(of: plan.entries[index], source) }
        return ExplainLine.result(lines, notices: [notice].compactMap { $0 } + source.remarks.sentences)
    }

    /// What is known before a name is looked up.
    var lines: [ExplainLine] {
        [
            ExplainLine("statement", syntax.description),
            ExplainLine("from", InstantText.format(shownRange.start)),
            ExplainLine("to", InstantText.format(shownRange.end)),
            ExplainLine("period", DurationText.format(periodNs)),
        ]
    }

    /// One query, in the order in which they are worked out.
    private func lines(
        of entry: MathPlan.Entry, _ source: SnapshotMathSource<some MetricSnapshot>
    ) throws(QueryError) -> [ExplainLine] {
        switch entry.content {
        case .metric: return []
        case .statement(let select): return try lines(of: select, entry, source)
        case .expression(let expression): return try lines(of: expression, entry, source)
        }
    }

    private func lines(
        of select: SelectSyntax, _ entry: MathPlan.Entry, _ source: SnapshotMathSource<some MetricSnapshot>
    ) throws(QueryError) -> [ExplainLine] {
        let slots = try source.slots(over: range, periodNs: entry.periodNs)
        let plan = try source.plan(select, over: slots)
        let rows = try RowSources(of: plan, on: source.snapshot, in: source.context)
        return [
            ExplainLine(entry.id, select.description),
            ExplainLine("\(entry.id): gives", entry.types.text),
            ExplainLine("\(entry.id): period", DurationText.format(entry.periodNs)),
            ExplainLine("\(entry.id): periods", "\(slots.count)"),
            ExplainLine("\(entry.id): series", "\(plan.seriesCount)"),
            ExplainLine("\(entry.id): groups", "\(plan.groups.count)"),
            ExplainLine("\(entry.id): blocks from statistics", "\(rows.blocksFromStatistics)"),
            ExplainLine("\(entry.id): blocks to decode", "\(rows.blocksToDecode)"),
            ExplainLine("\(entry.id): samples", "\(rows.fromRollups + rows.fromStatistics + rows.toDecode)"),
        ]
    }

    private func lines(
        of expression: MathExpression, _ entry: MathPlan.Entry, _ source: SnapshotMathSource<some MetricSnapshot>
    ) throws(QueryError) -> [ExplainLine] {
        var lines = [
            ExplainLine(entry.id, expression.text),
            ExplainLine("\(entry.id): gives", entry.types.text),
            ExplainLine("\(entry.id): period", DurationText.format(entry.periodNs)),
        ]
        if !entry.inputs.isEmpty {
            let names = entry.inputs.map { plan.entries[$0].id }.joined(separator: ", ")
            lines.append(ExplainLine("\(entry.id): reads", names))
        }
        for case .call(.search, let arguments) in expression.nodes {
            let search = MathSearch(
                text: expression.string(arguments[0]), statistic: expression.string(arguments[1]),
                periodNs: entry.periodNs)
            let found = try MetricSearcher(source: source, range: range).metrics(of: search).count
            lines.append(ExplainLine("\(entry.id): search", search.text))
            lines.append(ExplainLine("\(entry.id): metrics found", "\(found)"))
        }
        return lines
    }
}

extension MathExpression {
    /// The content of a string; types are checked before.
    fileprivate func string(_ node: Int) -> String {
        guard case .string(let text) = nodes[node] else { preconditionFailure("SEARCH takes strings") }
        return text
    }
}
