import VarveQuery

/// `varve stats`: what a database holds.
package enum StatsCommand {
    /// A table for people; CSV and JSON have exact numbers.
    package static func run(format: OutputFormat, session: any Session, console: Console) -> ExitStatus {
        do throws(Problem) {
            let list = try session.statistics()
            console.print(format == .table || format == .chart ? table(list) : exact(list, format, console))
            return .ok
        } catch {
            console.report(error)
            return error.status
        }
    }

    private static func table(_ list: [Statistic]) -> String {
        let width = list.map { DisplayWidth.of($0.name) }.max() ?? 0
        return list.reduce(into: "") { text, one in
            text += "\(DisplayWidth.pad(one.name, to: width))  \(PrintableText.escape(one.text))\n"
        }
    }

    /// One row with a column for each figure, so that programs find them by name.
    private static func exact(_ list: [Statistic], _ format: OutputFormat, _ console: Console) -> String {
        let columns = list.map { QueryResult.Column(name: $0.name, kind: $0.kind) }
        return console.text(of: QueryResult(columns: columns, rows: [list.map(\.value)]), format: format)
    }
}

extension Statistic {
    fileprivate var kind: QueryResult.Column.Kind {
        switch value {
        case .text: .text
        case .number: .number
        case .integer: .integer
        case .time, .null: .time
        }
    }
}
