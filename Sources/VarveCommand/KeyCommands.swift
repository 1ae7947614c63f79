import ArgumentParser
import VarveIO
import VarveREPL

/// `varve key`
struct KeyTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Make and renew the key file that a database is encrypted with.",
        discussion: """
            Whoever has the file can read the database, and without it nobody can: keep a copy elsewhere.
            Values and times are encrypted; names of series are not.
            Example:
              varve key create /etc/varve.key
              varve serve --key-file /etc/varve.key
            """,
        subcommands: [Create.self, Rotate.self]
    )

    /// `varve key create`
    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a file with a new key, readable by its owner only.",
            discussion: "Example: varve key create /etc/varve.key")

        @Argument(help: "The file; must not exist.")
        var file: String

        func run() throws { try finish(KeyCommand.create(file, environment: .system, console: .system())) }
    }

    /// `varve key rotate`
    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a new key to a file. The next start of the database uses it for everything.",
            discussion: "Example: varve key rotate /etc/varve.key")

        @Argument(help: "The file.")
        var file: String

        func run() throws { try finish(KeyCommand.rotate(file, environment: .system, console: .system())) }
    }
}
