import ArgumentParser
import VarveIO
import VarveREPL

/// `varve verify`
struct VerifyTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check every checksum and invariant of a database that no process has open.",
        discussion: """
            Prints one line for each wrong place and ends with code 1 when there is any.
            Example: varve verify ./varve-data
            """
    )

    @Argument(help: "Directory of the database.")
    var directory: String

    @OptionGroup var keys: KeyOptions

    func run() throws {
        try finish(
            VerifyCommand.run(
                directory: directory, keyFile: keys.keyFile, environment: .system, console: .system()))
    }
}

/// `varve snapshot`
struct SnapshotTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Make a consistent copy of a database, by hard links.",
        usage: """
            varve snapshot <directory> <destination> [--key-file <file>]
            varve snapshot --connect <host:port> <name>
            """,
        discussion: """
            The copy shares the segments with the database, so it takes hardly any room or time; on another file system
            they are copied. It appears at once and complete, and can be opened, verified and restored like any other.
            A running server makes it in its directory for snapshots, and goes on taking writes.
            Examples:
              varve snapshot ./varve-data ./backup-2026-11-22
              varve snapshot --connect 127.0.0.1:8095 nightly-2026-11-22
            """
    )

    @Argument(help: "Directory of a database that no process has open; with --connect the name of the copy.")
    var source: String

    @Argument(help: "Directory of the copy; must not exist.")
    var destination: String?

    @Option(help: ArgumentHelp("Let a server make the copy of its database.", valueName: "host:port"))
    var connect: String?

    @OptionGroup var keys: KeyOptions

    func validate() throws {
        guard let connect else {
            if destination == nil { throw ValidationError("the directory of the copy is missing") }
            return
        }
        if HTTPClient(connect) == nil {
            throw ValidationError("--connect takes HOST:PORT, such as 127.0.0.1:8095, not \"\(connect)\"")
        }
        if destination != nil {
            throw ValidationError("with --connect only a name is given; the server has a directory for copies")
        }
        if keys.keyFile != nil { throw ValidationError("--key-file is for directories; a server has its own") }
    }

    func run() throws {
        if let client = connect.flatMap(HTTPClient.init) {
            return try finish(
                SnapshotCommand.run(name: source, session: RemoteSession(client), console: .system()))
        }
        guard let destination else { throw ValidationError("the directory of the copy is missing") }
        try finish(
            SnapshotCommand.run(
                directory: source, target: destination, keyFile: keys.keyFile, environment: .system,
                console: .system()))
    }
}

/// `varve compact`
struct CompactTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact",
        abstract: "Merge segments of a database that no process has open, as far as that is due.",
        discussion: """
            A server does it by itself, in the background; this is for directories that only commands write to.
            Example: varve compact --data ./varve-data
            """
    )

    @Option(help: ArgumentHelp("Directory of the database.", valueName: "dir"))
    var data = PlaceOptions.directoryDefault

    @OptionGroup var keys: KeyOptions

    func run() throws {
        try finish(CompactCommand.run(directory: data, keyFile: keys.keyFile, console: .system()))
    }
}

/// `varve inspect`
struct InspectTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a database directory, or any file of one, holds; segments by column and page.",
        discussion: """
            Reads only, and needs no lock: it may be used on the directory of a running server.
            Examples:
              varve inspect ./varve-data
              varve inspect ./varve-data/seg/*.seg
            """
    )

    @Argument(help: "A database directory, or files of one.")
    var paths: [String]

    @OptionGroup var keys: KeyOptions

    func run() throws {
        let console = Console.system()
        let command = InspectCommand(environment: .system, zone: .system, keyFile: keys.keyFile)
        var worst = ExitStatus.ok
        for (index, path) in paths.enumerated() {
            if index > 0 { console.print("\n") }
            let status = command.run(path: path, console: console)
            if status.rawValue > worst.rawValue { worst = status }
        }
        try finish(worst)
    }
}
