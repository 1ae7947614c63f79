/// How an answer is written.
package enum OutputFormat: String, CaseIterable, Sendable {
    case table, csv, json, chart
}
