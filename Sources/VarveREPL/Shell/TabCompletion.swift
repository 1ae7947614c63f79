import VarveQuery

/// What Tab makes of candidates.
package enum TabCompletion {
    package enum Outcome: Equatable, Sendable {
        case nothing
        /// Deletes so many scalars before the cursor and inserts the text.
        case replace(scalarCount: Int, text: String)
        /// Several go on from here.
        case list([String])
    }

    /// Completes `word`, the text before the cursor, to one of `candidates`: to a single one with a blank after it,
    /// to what several have in common, or to the list of them. Case of ASCII letters is ignored.
    package static func complete(_ word: String, candidates: [String]) -> Outcome {
        let matching = candidates.filter { hasPrefix($0, word) }
        guard let first = matching.first else { return .nothing }
        let scalarCount = word.unicodeScalars.count
        if matching.count == 1 { return .replace(scalarCount: scalarCount, text: first + " ") }
        let common = matching.dropFirst().reduce(first) { commonPrefix($0, $1) }
        if common.unicodeScalars.count > scalarCount { return .replace(scalarCount: scalarCount, text: common) }
        return .list(matching)
    }

    private static func hasPrefix(_ text: String, _ prefix: String) -> Bool {
        text.lowercased().hasPrefix(prefix.lowercased())
    }

    private static func commonPrefix(_ left: String, _ right: String) -> String {
        String(zip(left, right).prefix { $0.0 == $0.1 }.map(\.0))
    }

    /// Candidates in columns, read downwards, as `ls` prints names; at most 100 of them.
    package static func columns(_ candidates: [String], width: Int) -> String {
        let shown = candidates.prefix(100).map(PrintableText.escape)
        let cellWidth = (shown.map(DisplayWidth.of).max() ?? 0) + 2
        let columnCount = max(1, width / cellWidth)
        let rowCount = (shown.count + columnCount - 1) / columnCount
        var text = ""
        for row in 0..<rowCount {
            let cells = stride(from: row, to: shown.count, by: rowCount).map { shown[$0] }
            let padded = cells.dropLast().map { DisplayWidth.pad($0, to: cellWidth) } + cells.suffix(1)
            text += padded.joined() + "\n"
        }
        return candidates.count > shown.count ? text + "… and \(candidates.count - shown.count) more\n" : text
    }
}
