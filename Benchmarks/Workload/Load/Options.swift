/// What is wrong with the command line.
struct UsageError: Error {
    let text: String
}

/// The command line of `varve-load`.
struct Options: Sendable {
    static let help = """
        Sends a line-protocol file to a server and tells how long that took.

        varve-load FILE (--tcp HOST:PORT | --http HOST:PORT) [--connections 1] [--batch 5000] [--path /write?db=bench]

          --tcp   plain lines; waits until the server closes, which it does after everything is taken in
          --http  POST requests of --batch lines on kept-alive connections; waits for every answer

        Batches go to the connections in turn. Example: varve-load cpu.line --http 127.0.0.1:8095 --connections 4
        """

    enum Door: Sendable { case tcp, http }

    private(set) var filePath = ""
    private(set) var door = Door.tcp
    private(set) var host = ""
    private(set) var port = ""
    private(set) var connectionCount = 1
    private(set) var batchLineCount = 5_000
    private(set) var path = "/write?db=bench"
    private(set) var wantsHelp = false

    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--help" || argument == "-h" {
                wantsHelp = true
                return
            }
            if argument.hasPrefix("--") {
                guard let value = rest.popFirst() else { throw UsageError(text: "\(argument) needs a value") }
                try set(argument, value)
            } else {
                filePath = argument
            }
        }
        guard !filePath.isEmpty else { throw UsageError(text: "which file?") }
        guard !host.isEmpty else { throw UsageError(text: "which server? Give --tcp or --http") }
    }

    private mutating func set(_ option: String, _ value: String) throws(UsageError) {
        switch option {
        case "--tcp", "--http":
            door = option == "--tcp" ? .tcp : .http
            guard let colon = value.lastIndex(of: ":"), colon > value.startIndex else {
                throw UsageError(text: "\(option) needs HOST:PORT, not '\(value)'")
            }
            (host, port) = (String(value[..<colon]), String(value[value.index(after: colon)...]))
        case "--connections": connectionCount = try Self.count(option, value, max: 10_000)
        case "--batch": batchLineCount = try Self.count(option, value, max: 1_000_000)
        case "--path": path = value
        default: throw UsageError(text: "unknown option \(option)")
        }
    }

    private static func count(_ option: String, _ text: String, max: Int) throws(UsageError) -> Int {
        guard let value = Int(text), (1...max).contains(value) else {
            throw UsageError(text: "\(option) needs a number from 1 to \(max), not '\(text)'")
        }
        return value
    }
}
