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
        abstract: "Make a consistent copy of a database that no process has open, by hard links.",
        discussion: """
            The copy shares the segments with the database, so it takes hardly any room or time; on another file system
            they are copied. It appears at once and complete, and can be opened, verified and restored like any other.
            Example: varve snapshot ./varve-data ./backup-2026-11-22
            """
    )

    @Argument(help: "Directory of the database.")
    var directory: String

    @Argument(help: "Directory of the copy; must not exist.")
    var destination: String

    @OptionGroup var keys: KeyOptions

    func run() throws {
        try finish(
            SnapshotCommand.run(
                directory: directory, target: destination, keyFile: keys.keyFile, environment: .system,
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
        abstract: "Show what a database directory, segment or log file holds, with bytes per sample by column.",
        discussion: """
            Reads only, and needs no lock: it may be used on the directory of a running server.
            Examples:
              varve inspect ./varve-data
              varve inspect ./varve-data/seg/*.seg
            """
    )

    @Argument(help: "A database directory, or files of one.")
    var paths: [String]

    func run() throws {
        let console = Console.system()
        let command = InspectCommand(fileSystem: SystemEnvironment.system.fileSystem, zone: .system)
        var worst = ExitStatus.ok
        for (index, path) in paths.enumerated() {
            if index > 0 { console.print("\n") }
            let status = command.run(path: path, console: console)
            if status.rawValue > worst.rawValue { worst = status }
        }
        try finish(worst)
    }
}
