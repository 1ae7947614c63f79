import VarveQuery

/// An aligned table of cells, as text.
package struct TextTable: Sendable {
    package struct Column: Sendable {
        package var heading: String
        package var alignRight: Bool

        package init(_ heading: String, alignRight: Bool = false) {
            self.heading = heading
            self.alignRight = alignRight
        }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    package init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row with one cell for each column. Control characters are spelled out.
    package mutating func append(_ cells: [String]) {
        precondition(cells.count == columns.count, "a table row has one cell for each column")
        rows.append(cells.map(PrintableText.escape))
    }

    /// Heading, rule and rows, each line ended by a line feed, without blanks at line ends. O(cells).
    package func render() -> String {
        let headings = columns.map { PrintableText.escape($0.heading) }
        let widths = columns.indices.map { column in
            rows.reduce(DisplayWidth.of(headings[column])) { max($0, DisplayWidth.of($1[column])) }
        }
        var text = line(headings, widths)
        text += widths.map { String(repeating: "─", count: $0 + 2) }.joined(separator: "┼") + "\n"
        for row in rows { text += line(row, widths) }
        return text
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = cells.indices.map { column in
            DisplayWidth.pad(cells[column], to: widths[column], alignRight: columns[column].alignRight)
        }
        var line = " " + padded.joined(separator: " │ ")
        while line.hasSuffix(" ") { line.removeLast() }
        return line + "\n"
    }
}
