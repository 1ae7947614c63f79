// show := "SHOW" "NAMESPACES"
//       | "SHOW" "METRICS" ["FROM" namespace]
//       | "SHOW" "SERIES" ["FROM" source] ["WHERE" conditions] ["LIMIT" count]
//       | "SHOW" "DIMENSIONS" "FROM" source
extension Parser {
    /// What follows the word SHOW.
    mutating func showStatement() throws(QueryError) -> ShowSyntax {
        if take(keyword: "NAMESPACES") { return .namespaces }
        if take(keyword: "METRICS") {
            return .metrics(namespace: take(keyword: "FROM") ? try namespace() : nil)
        }
        if take(keyword: "SERIES") {
            let source = take(keyword: "FROM") ? try source() : nil
            let conditions = try conditions()
            return .series(source: source, conditions: conditions, limit: try limit())
        }
        guard take(keyword: "DIMENSIONS") else { throw unexpected() }
        try require(keyword: "FROM")
        return .dimensions(source: try source())
    }
}
