extension SelectPlan {
    /// What EXPLAIN answers: the plan in words, without reading a sample.
    func explanation(of select: SelectSyntax) -> QueryResult {
        let lines: [(String, String)] = [
            ("statement", select.description),
            ("from", InstantText.format(grid.start)),
            ("to", InstantText.format(grid.end)),
            ("period", DurationText.format(grid.periodNs)),
            ("periods", "\(grid.count)"),
            ("series", "\(seriesCount)"),
            ("groups", "\(groups.count)"),
        ]
        return QueryResult(
            columns: ["item", "value"].map { QueryResult.Column(name: $0, kind: .text) },
            rows: lines.map { [.text($0.0), .text($0.1)] }, notices: notices)
    }
}
