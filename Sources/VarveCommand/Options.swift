import ArgumentParser
import VarveREPL

/// Where the data of a command is: in a directory or behind a server.
struct PlaceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Directory of the database. (default: \(Self.directoryDefault))", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("Talk to a server instead of opening a directory.", valueName: "host:port"))
    var connect: String?

    @OptionGroup var keys: KeyOptions

    static let directoryDefault = "./varve-data"

    func validate() throws {
        if data != nil, connect != nil { throw ValidationError("--data and --connect exclude each other") }
        if keys.keyFile != nil, connect != nil {
            throw ValidationError("--key-file is for --data; a server has its own")
        }
        if let connect, HTTPClient(connect) == nil {
            throw ValidationError("--connect takes HOST:PORT, such as 127.0.0.1:8095, not \"\(connect)\"")
        }
    }

    /// Opens the directory or finds the server.
    /// - Parameter createIfMissing: whether a missing database is created.
    func session(createIfMissing: Bool) throws(Problem) -> any Session {
        guard let client = connect.flatMap(HTTPClient.init) else {
            return try EmbeddedSession(
                directory: data ?? Self.directoryDefault, createIfMissing: createIfMissing, keyFile: keys.keyFile)
        }
        let session = RemoteSession(client)
        try session.check()
        return session
    }
}

/// Keys of an encrypted directory.
struct KeyOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Keys of an encrypted database; see varve key --help.", valueName: "file"))
    var keyFile: String?
}

extension OutputFormat: ExpressibleByArgument {}
extension ChartKind: ExpressibleByArgument {}

/// Ends the process with a status; 0 returns.
func finish(_ status: ExitStatus) throws {
    if status != .ok { throw ExitCode(status.rawValue) }
}
