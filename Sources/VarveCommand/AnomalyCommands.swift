import ArgumentParser
import VarveModel
import VarveQuery
import VarveREPL

/// `varve anomaly-scores`
struct AnomalyScoresTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anomaly-scores",
        abstract: "Score how unusual each row of a CSV file is.",
        discussion: """
            Reads the columns timestamp and value, writes timestamp,value,anomaly_score: 0 is usual, from 0.5 on the
            row is an anomaly. A score depends on its own row and earlier ones only. Times are like
            2026-11-22 10:15:00 (UTC), ISO 8601, or seconds or milliseconds since 1970.
            Examples:
              varve anomaly-scores latency.csv > scored.csv
              awk -F, '$3 >= 0.5' scored.csv
            """
    )

    @Argument(help: "A file, or - for standard input.")
    var file: String

    func run() throws {
        let input = try InputFile(path: file)
        let command = AnomalyScoresCommand(name: input.name) { () throws(Problem) in try input.read() }
        try finish(command.run(console: .system()))
    }
}

/// `varve anomaly`
struct AnomalyTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anomaly",
        abstract: "Look at what is expected of metrics.",
        discussion: """
            Example: varve anomaly explain --alarm cpu-odd --at 2026-11-22T10:15 --connect 127.0.0.1:8095
            """,
        subcommands: [Explain.self]
    )

    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what is expected of a metric, and why a value was unusual.",
            discussion: """
                Level, trend, profile of the day and the week, band, and what was surprising about the value at a time:
                as a detector saw it that knows the three weeks before. Docs/Alarms.md explains them.
                Examples:
                  varve anomaly explain --alarm cpu-odd --connect 127.0.0.1:8095
                  varve anomaly explain --namespace App --metric cpu --dimension Host=a --at 2026-11-22T10:15
                """)
        @Option(help: "An alarm on a band.") var alarm: String?
        @Option(help: "Namespace of a metric.") var namespace: String?
        @Option(help: "Name of a metric.") var metric: String?
        @Option(help: ArgumentHelp("A dimension of the metric; all of them.", valueName: "name=value"))
        var dimension: [String] = []
        @Option(help: "Statistic of the metric.") var statistic = "Average"
        @Option(help: ArgumentHelp("Period of the metric, such as 5m.", valueName: "duration")) var period: String?
        @Option(help: ArgumentHelp("Which period; without, the last that is learnt.", valueName: "time"))
        var at: String?
        @Option(help: "How many standard deviations the band reaches to either side.") var deviations: Double?
        @Option(help: "table or json.") var format = OutputFormat.table
        @OptionGroup var place: PlaceOptions

        func validate() throws { _ = try command() }

        func run() throws {
            let command = try command()
            let session = try place.session(createIfMissing: false)
            defer { session.close() }
            try finish(command.run(format: format, session: session, console: .system()))
        }

        private func command() throws -> AnomalyExplainCommand {
            let subject: AnomalyExplainCommand.Subject
            switch (alarm, namespace, metric) {
            case (let alarm?, nil, nil): subject = .alarm(alarm)
            case (nil, let namespace?, let metric?):
                subject = .metric(
                    namespace: namespace, name: metric, dimensions: try dimension.map(Self.pair),
                    statistic: statistic)
            default: throw ValidationError("give either --alarm, or --namespace and --metric")
            }
            var seconds: Int64?
            if let period {
                guard let ns = DurationText.parse(period), ns >= Nanoseconds.perSecond else {
                    throw ValidationError("--period takes a duration, such as 5m, not \"\(period)\"")
                }
                seconds = ns / Nanoseconds.perSecond
            }
            return AnomalyExplainCommand(subject, time: at, periodSeconds: seconds, deviations: deviations)
        }

        private static func pair(_ text: String) throws -> (name: String, value: String) {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw ValidationError("--dimension takes name=value, not \"\(text)\"")
            }
            return (parts[0], parts[1])
        }
    }
}
