import ArgumentParser
import VarveModel
import VarveQuery
import VarveREPL

/// `varve alarm`
struct AlarmTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alarm",
        abstract: "Define, look at, test and replay alarms.",
        discussion: """
            Definitions are JSON, as aws cloudwatch put-metric-alarm takes it with
            --cli-input-json. A running server evaluates them; --data is for when
            none runs. Docs/Alarms.md explains them.
            Examples:
              varve alarm put cpu-high.json --connect 127.0.0.1:8095
              varve alarm list --state alarm --connect 127.0.0.1:8095
              varve alarm backtest cpu-high.json --since 90d --connect 127.0.0.1:8095
            """,
        subcommands: [
            List.self, Show.self, Put.self, Delete.self, History.self, Test.self, Enable.self, Disable.self,
            Backtest.self,
        ]
    )

    /// Opens the place and runs a command in it.
    fileprivate static func run(
        _ place: PlaceOptions, createIfMissing: Bool = false, _ body: (any Session, Console) -> ExitStatus
    ) throws {
        let session = try place.session(createIfMissing: createIfMissing)
        defer { session.close() }
        try finish(body(session, .system()))
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show alarms with their states.",
            discussion: "Example: varve alarm list --state alarm --connect 127.0.0.1:8095")
        @Option(help: "Only those in this state: ok, alarm or insufficient_data.") var state: String?
        @Option(help: "Only those whose names begin like this.") var prefix: String?
        @Option(help: "table, csv or json.") var format = OutputFormat.table
        @OptionGroup var place: PlaceOptions

        func run() throws {
            try AlarmTool.run(place) {
                AlarmCommand.list(state: state, prefix: prefix, format: format, session: $0, console: $1)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show everything about one alarm.",
            discussion: "Example: varve alarm show cpu-high --connect 127.0.0.1:8095")
        @Argument(help: "The alarm.") var name: String
        @Option(help: "table or json.") var format = OutputFormat.table
        @OptionGroup var place: PlaceOptions

        func run() throws {
            try AlarmTool.run(place) { AlarmCommand.show(name, format: format, session: $0, console: $1) }
        }
    }

    struct Put: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make alarms, or replace them.",
            discussion: """
                The file has one definition, a list of them, or what `aws cloudwatch describe-alarms` printed.
                Example: varve alarm put cpu-high.json --connect 127.0.0.1:8095
                """)
        @Argument(help: "A JSON file, or - for standard input.") var file: String
        @OptionGroup var place: PlaceOptions

        func run() throws {
            try AlarmTool.run(place, createIfMissing: true) { AlarmCommand.put(file, session: $0, console: $1) }
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete alarms; their history stays.",
            discussion: "Example: varve alarm delete cpu-high --connect 127.0.0.1:8095")
        @Argument(help: "Alarms.") var names: [String]
        @OptionGroup var place: PlaceOptions

        func run() throws { try AlarmTool.run(place) { AlarmCommand.delete(names, session: $0, console: $1) } }
    }

    struct History: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what happened to alarms, newest first.",
            discussion: "Example: varve alarm history cpu-high --since 7d --connect 127.0.0.1:8095")
        @Argument(help: "The alarm; all without.") var name: String?
        @Option(help: ArgumentHelp("How far back, such as 7d.", valueName: "duration")) var since: String?
        @Option(help: "table, csv or json.") var format = OutputFormat.table
        @OptionGroup var place: PlaceOptions

        func validate() throws { if let since { _ = try AlarmTool.duration(since, "--since") } }

        func run() throws {
            let sinceNs = try since.map { try AlarmTool.duration($0, "--since") }
            try AlarmTool.run(place) {
                AlarmCommand.history(name, sinceNs: sinceNs, format: format, session: $0, console: $1)
            }
        }
    }

    struct Test: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put an alarm into a state by hand, so that its actions run.",
            discussion: "Example: varve alarm test cpu-high --state alarm --connect 127.0.0.1:8095")
        @Argument(help: "The alarm.") var name: String
        @Option(help: "ok, alarm or insufficient_data.") var state = "alarm"
        @OptionGroup var place: PlaceOptions

        func run() throws {
            try AlarmTool.run(place) { AlarmCommand.test(name, state: state, session: $0, console: $1) }
        }
    }

    struct Enable: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let alarms act.", discussion: "Example: varve alarm enable cpu-high --connect 127.0.0.1:8095")
        @Argument(help: "Alarms.") var names: [String]
        @OptionGroup var place: PlaceOptions

        func run() throws {
            try AlarmTool.run(place) { AlarmCommand.setActions(names, isEnabled: true, session: $0, console: $1) }
        }
    }

    struct Disable: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let alarms change their states without acting.",
            discussion: "Example: varve alarm disable cpu-high --connect 127.0.0.1:8095")
        @Argument(help: "Alarms.") var names: [String]
        @OptionGroup var place: PlaceOptions

        func run() throws {
            try AlarmTool.run(place) { AlarmCommand.setActions(names, isEnabled: false, session: $0, console: $1) }
        }
    }

    struct Backtest: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Replay alarms over stored data: when they would have fired, for how long, and how often they flapped.",
            discussion: """
                Nothing is stored and nothing is sent. The file may have several alarms, composite ones too.
                Example: varve alarm backtest cpu-high.json --since 90d --connect 127.0.0.1:8095
                """)
        @Argument(help: "A JSON file, or - for standard input.") var file: String
        @Option(help: ArgumentHelp("How far back, such as 90d.", valueName: "duration")) var since = "7d"
        @Option(help: "table, csv or json.") var format = OutputFormat.table
        @OptionGroup var place: PlaceOptions

        func validate() throws { _ = try AlarmTool.duration(since, "--since") }

        func run() throws {
            let sinceNs = try AlarmTool.duration(since, "--since")
            try AlarmTool.run(place) {
                BacktestCommand.run(file, sinceNs: sinceNs, format: format, session: $0, console: $1)
            }
        }
    }

    fileprivate static func duration(_ text: String, _ option: String) throws -> Int64 {
        guard let ns = DurationText.parse(text), ns > 0 else {
            throw ValidationError("\(option) takes a duration, such as 7d or 12h, not \"\(text)\"")
        }
        return ns
    }
}
