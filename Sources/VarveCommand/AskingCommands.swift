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
        abstract: "Show how much a database holds, and which names its series come from.",
        discussion: """
            Examples:
              varve stats --data ./varve-data
              varve stats --connect 127.0.0.1:8095 --format json
              varve stats --connect 127.0.0.1:8095 --cardinality 100 --format csv
            """
    )

    @OptionGroup var place: PlaceOptions

    @Option(help: "table, csv or json.")
    var format = OutputFormat.table

    @Option(
        help: ArgumentHelp(
            "The largest N namespaces, metrics and dimensions; in csv and json nothing else. (table: 5 by default)",
            valueName: "n"))
    var cardinality: Int?

    func validate() throws {
        if let cardinality, !(1...1_000).contains(cardinality) {
            throw ValidationError("--cardinality takes a number from 1 to 1000, not \(cardinality)")
        }
    }

    func run() throws {
        let session = try place.session(createIfMissing: false)
        defer { session.close() }
        try finish(StatsCommand.run(format: format, top: cardinality, session: session, console: .system()))
    }
}
