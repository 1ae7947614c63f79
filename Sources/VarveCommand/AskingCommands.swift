import ArgumentParser
import VarveQuery
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

            \\watch, \\compare, \\sparklines and \\export do more with an answer: \\help tells how.
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
        try finish(InteractiveShell.run(session: session, console: .system(), view: AnswerView(format)))
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
              varve query 'SELECT SUM(requests) FROM Shop GROUP BY region PERIOD 5m' --chart stacked
              varve query 'SELECT AVG(usage_user) FROM "System/Linux" SINCE 3h' --compare 1d --output cpu.png
            """
    )

    @Argument(help: "One statement, or several separated by semicolons.")
    var statement: String

    @OptionGroup var place: PlaceOptions

    @Option(
        help: ArgumentHelp(
            "How the answer is written: \(OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")). "
                + "(default: table, or chart with --chart)"))
    var format: OutputFormat?

    @Option(help: "How a chart is drawn: \(ChartKind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var chart: ChartKind?

    @Flag(help: "Tables have a row for each series, with its course as a line of blocks.")
    var sparklines = false

    @Option(help: ArgumentHelp("Set the answer beside the one of that long ago, such as 1d.", valueName: "duration"))
    var compare: String?

    @Option(help: ArgumentHelp("Write the answer to a file: .csv, .json or .png.", valueName: "file"))
    var output: String?

    func validate() throws {
        if output != nil, format != nil {
            throw ValidationError(
                "--output and --format exclude each other; the ending of the file says what is written")
        }
        if chart != nil, let format, format != .chart {
            throw ValidationError("--chart and --format \(format.rawValue) exclude each other")
        }
        if let compare, shiftNs == nil {
            throw ValidationError("--compare takes a duration, such as 1d or 1w, not \"\(compare)\"")
        }
    }

    private var shiftNs: Int64? { compare.flatMap(DurationText.parse).flatMap { $0 > 0 ? $0 : nil } }

    func run() throws {
        Interrupts.install()
        let place = place
        let session = try Interrupts.withSignalsHeld { () throws(Problem) in try place.session(createIfMissing: false) }
        defer { session.close() }
        let view = AnswerView(
            format ?? (chart == nil ? .table : .chart), chart: chart ?? .line, hasSparklines: sparklines)
        let options = QueryCommand.Options(view: view, output: output, shiftNs: shiftNs)
        try finish(QueryCommand.run(statement, options: options, session: session, console: .system()))
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
