import ArgumentParser
import VarveREPL

/// `varve repl`
struct ReplCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repl",
        abstract: "Ask questions interactively.",
        discussion: """
            Example:
              varve repl --connect 127.0.0.1:8095
              varve> SELECT AVG(usage_user) FROM "System/Linux" GROUP BY cpu SINCE 15m PERIOD 30s
              varve> \\chart

            Reads statements from a pipe too: echo 'SHOW NAMESPACES' | varve repl --data ./varve-data
            The history is kept in ~/.varve_history, or in the file that HISTFILE names.
            """
    )

    @OptionGroup var place: PlaceOptions

    @Option(help: "How answers are written: \(OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format = OutputFormat.table

    func run() throws {
        Interrupts.install()
        let place = place
        let session = try Interrupts.withSignalsHeld { () throws(Problem) in try place.session(createIfMissing: false) }
        defer { session.close() }
        try finish(InteractiveShell.run(session: session, console: .system(), format: format))
    }
}

/// `varve query`
struct QueryTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Answer a statement.",
        discussion: """
            Examples:
              varve query 'SELECT MAX(CPUUtilization) FROM "AWS/EC2" GROUP BY InstanceId SINCE 1d' --format chart
              varve query 'SHOW METRICS' --connect 127.0.0.1:8095 --format csv > metrics.csv
            """
    )

    @Argument(help: "One statement, or several separated by semicolons.")
    var statement: String

    @OptionGroup var place: PlaceOptions

    @Option(help: "How the answer is written: \(OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format = OutputFormat.table

    func run() throws {
        Interrupts.install()
        let place = place
        let session = try Interrupts.withSignalsHeld { () throws(Problem) in try place.session(createIfMissing: false) }
        defer { session.close() }
        try finish(QueryCommand.run(statement, format: format, session: session, console: .system()))
    }
}

/// `varve stats`
struct StatsTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show how much a database holds: series, samples, bytes per sample, segments, log.",
        discussion: "Example: varve stats --data ./varve-data"
    )

    @OptionGroup var place: PlaceOptions

    @Option(help: "table, csv or json.")
    var format = OutputFormat.table

    func run() throws {
        let session = try place.session(createIfMissing: false)
        defer { session.close() }
        try finish(StatsCommand.run(format: format, session: session, console: .system()))
    }
}
