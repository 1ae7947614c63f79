import VarveModel
import VarveQuery
import VarveStore

/// `varve stats`: what a database holds, and what its series come from.
package enum StatsCommand {
    /// Entries of each list that people see without asking.
    private static let topDefault = 5

    /// Tables for people; CSV and JSON have exact numbers, and either the figures or, with `top`, what series come
    /// from.
    /// - Parameter top: how many of the largest namespaces, metrics and dimension names; 1 to 1 000.
    package static func run(
        format: OutputFormat, top: Int? = nil, session: any Session, console: Console
    ) -> ExitStatus {
        let isForPeople = format == .table || format == .chart
        do throws(Problem) {
            if !isForPeople, let top {
                console.print(console.text(of: result(try session.cardinality(top: top)), format: format))
                return .ok
            }
            let list = try session.statistics()
            guard isForPeople else {
                console.print(exact(list, format, console))
                return .ok
            }
            let report = try session.cardinality(top: top ?? topDefault)
            console.print(table(list) + (report.seriesCount > 0 ? "\n" + table(report) : ""))
            return .ok
        } catch {
            console.report(error)
            return error.status
        }
    }

    private static func table(_ list: [StoreFigure]) -> String {
        let width = list.map { DisplayWidth.of($0.name) }.max() ?? 0
        return list.reduce(into: "") { text, one in
            text += "\(DisplayWidth.pad(one.name, to: width))  \(PrintableText.escape(one.text))\n"
        }
    }

    /// One row with a column for each figure, so that programs find them by name.
    private static func exact(_ list: [StoreFigure], _ format: OutputFormat, _ console: Console) -> String {
        let columns = list.map { QueryResult.Column(name: $0.name, kind: $0.kind) }
        return console.text(of: QueryResult(columns: columns, rows: [list.map(\.value)]), format: format)
    }
}

// MARK: What series come from

extension StatsCommand {
    private static func table(_ report: Cardinality) -> String {
        var series = TextTable([
            .init("largest namespaces"), .init("and metrics"), .init("series", alignRight: true),
            .init("of all", alignRight: true),
        ])
        for one in report.namespaces + report.metrics {
            let share = 100 * Double(one.seriesCount) / Double(max(1, report.seriesCount))
            series.append([
                one.fullNamespace, one.metric ?? "", NumberFormat.grouped(one.seriesCount),
                NumberFormat.fixed(share, decimals: 1) + " %",
            ])
        }
        var dimensions = TextTable([.init("largest dimensions"), .init("values", alignRight: true)])
        for one in report.dimensions { dimensions.append([one.name, NumberFormat.grouped(one.valueCount)]) }
        return series.render() + (report.dimensions.isEmpty ? "" : "\n" + dimensions.render())
    }

    /// One row for each entry; what does not apply is null.
    private static func result(_ report: Cardinality) -> QueryResult {
        let names = ["kind", "namespace", "metric", "dimension"]
        let columns =
            names.map { QueryResult.Column(name: $0, kind: .text) } + [
                QueryResult.Column(name: "count", kind: .integer)
            ]
        let total: [QueryResult.Value] = [.text("series"), .null, .null, .null, .integer(Int64(report.seriesCount))]
        let sources: [QueryResult.Value] = [.text("sources"), .null, .null, .null, .integer(Int64(report.sourceCount))]
        let series = (report.namespaces + report.metrics).map { one -> [QueryResult.Value] in
            [
                .text(one.metric == nil ? "series of namespace" : "series of metric"), .text(one.fullNamespace),
                one.metric.map { .text($0) } ?? .null, .null, .integer(Int64(one.seriesCount)),
            ]
        }
        let dimensions = report.dimensions.map { one -> [QueryResult.Value] in
            [.text("values of dimension"), .null, .null, .text(one.name), .integer(Int64(one.valueCount))]
        }
        return QueryResult(columns: columns, rows: [total, sources] + series + dimensions)
    }
}

extension Cardinality.SeriesCount {
    /// With account and region unless they are those that exist out of the box.
    fileprivate var fullNamespace: String {
        scope == .default ? namespace : "\(scope.account)/\(scope.region)/\(namespace)"
    }
}

extension StoreFigure {
    fileprivate var kind: QueryResult.Column.Kind {
        switch value {
        case .text: .text
        case .number: .number
        case .integer: .integer
        case .time, .null: .time
        }
    }
}
