import ArgumentParser
import Varve
import VarveREPL

/// `varve ingest`
struct IngestTool: ParsableCommand {
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case line
    }

    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Store line protocol from a file or standard input.",
        discussion: """
            Refused lines are named with their numbers and the others are kept; the exit code is 1 then.
            Examples:
              varve ingest metrics.lp --data ./varve-data
              zcat metrics.lp.gz | varve ingest - --connect 127.0.0.1:8095
            """
    )

    @Argument(help: "A file, or - for standard input.")
    var file: String

    @OptionGroup var place: PlaceOptions

    @Option(help: "line: InfluxDB line protocol, times in nanoseconds.")
    var format = Format.line

    func run() throws {
        let input = try InputFile(path: file)
        let session = try place.session(createIfMissing: true)
        defer { session.close() }
        let command = IngestCommand(name: input.name, totalBytes: input.byteCount) { () throws(Problem) in
            try input.read()
        }
        try finish(command.run(session: session, console: .system()))
    }
}

/// `varve export`
struct ExportTool: ParsableCommand {
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case line
    }

    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write stored rows as line protocol to standard output.",
        discussion: """
            Units are not part of line protocol and are lost. What is written can be read again with varve ingest.
            Example: varve export --data ./varve-data --namespace System/Linux --since 1d > yesterday.lp
            """
    )

    @Option(help: ArgumentHelp("Directory of the database.", valueName: "dir"))
    var data = PlaceOptions.directoryDefault

    @OptionGroup var keys: KeyOptions

    @Option(help: "Only this namespace.")
    var namespace: String?

    @Option(help: "From this time on: a duration back from now, or a time.")
    var since: String?

    @Option(help: "Before this time: a duration back from now, or a time.")
    var until: String?

    @Option(help: "line: InfluxDB line protocol, times in nanoseconds.")
    var format = Format.line

    func run() throws {
        let console = Console.system()
        let range = try ExportCommand.range(since: since, until: until, nowNs: console.nowNs())
        let database: Database
        do {
            var options = DatabaseOptions(createIfMissing: false, keyFile: keys.keyFile)
            options.readsIfUnwritable = true
            database = try Database.open(data, options: options)
        } catch {
            throw Problem(error)
        }
        defer { database.close() }
        try finish(ExportCommand(namespace: namespace, range: range).run(database: database, console: console))
    }
}
