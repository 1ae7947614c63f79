import VarveJSON
import VarveModel

/// One row of a widget's `metrics`, with its shorthand resolved.
struct MetricRow: Equatable {
    /// Namespace, metric name, dimension names and values in turn; empty for an expression.
    var cells: [String]
    /// The rendering object; `.object([])` when there is none.
    var rendering: JSONValue
}

/// Reads the rows of `metrics`: `.` repeats the cell above, `...` as many cells as the row above has more.
struct MetricRowReader {
    /// Cells of the last row that had some.
    private var above: [String] = []

    /// Reads one row; reports what is wrong with it and returns nil then.
    mutating func read(_ row: JSONValue, path: String, report: inout DocumentReport) -> MetricRow? {
        guard case .array(let elements) = row else {
            report.error(path, "Should be array")
            report.error(
                path,
                "Field \"metrics\" has to be an array of array of strings, "
                    + "with an optional metricRenderer object as last element")
            return nil
        }
        let errorsBefore = report.errorCount
        var texts: [String] = []
        var rendering = JSONValue.object([])
        for (index, element) in elements.enumerated() {
            if case .object = element, index == elements.count - 1 {
                rendering = element
            } else if case .string(let text) = element, !text.isEmpty {
                texts.append(text)
            } else {
                report.error("\(path)/\(index)", "Invalid metric field type, only \"String\" type is allowed")
            }
        }
        guard report.errorCount == errorsBefore, let cells = expand(texts, path: path, report: &report),
            checkCount(of: cells, rendering, path: path, report: &report),
            checkRendering(rendering, cells, path: path, report: &report)
        else { return nil }
        if !cells.isEmpty { above = cells }
        return MetricRow(cells: cells, rendering: rendering)
    }

    /// `texts` with the shorthand replaced; nil when the row above is too short for it.
    private func expand(_ texts: [String], path: String, report: inout DocumentReport) -> [String]? {
        var cells: [String] = []
        for (index, text) in texts.enumerated() {
            switch text {
            case "...":
                let filledTo = above.count - (texts.count - index - 1)
                guard filledTo >= cells.count, !above.isEmpty else {
                    report.error("\(path)/\(index)", Self.notEnough("..."))
                    return nil
                }
                cells += above[cells.count..<filledTo]
            case ".":
                guard cells.count < above.count else {
                    report.error("\(path)/\(index)", Self.notEnough("."))
                    return nil
                }
                cells.append(above[cells.count])
            default: cells.append(text)
            }
        }
        return cells
    }

    private static func notEnough(_ marker: String) -> String {
        "Repeat marker \"\(marker)\" used but not enough fields in previous metric"
    }

    /// Namespace and name, then pairs; nothing at all when an expression says what is meant.
    private func checkCount(
        of cells: [String], _ rendering: JSONValue, path: String, report: inout DocumentReport
    ) -> Bool {
        if cells.isEmpty, rendering["expression"] != nil { return true }
        if cells.count < 2 {
            report.error(path, "Should NOT have less than 2 items")
            return false
        }
        let countMax = 2 + 2 * Limits.dimensionsMax
        guard cells.count.isMultiple(of: 2), cells.count <= countMax else {
            report.error(path, "Should NOT have more than \(min(cells.count - 1, countMax)) items")
            return false
        }
        return true
    }

    /// The service knows a rendering object by its members: with one that is wrong or unknown the object counts as an
    /// item too many.
    private func checkRendering(
        _ rendering: JSONValue, _ cells: [String], path: String, report: inout DocumentReport
    ) -> Bool {
        var found = DocumentReport()
        DocumentRule.rendering.check(rendering, path: "", report: &found)
        guard found.errorCount == 0, found.warnings.isEmpty else {
            report.error(path, "Should NOT have more than \(cells.count) items")
            return false
        }
        return true
    }
}
