/// What can be typed besides statements.
package enum ShellCommand: Equatable, Sendable {
    case help
    /// nil turns it over.
    case timing(Bool?)
    /// nil asks which one is set.
    case format(OutputFormat?)
    /// Draws the last answer.
    case chart
    /// How far SELECT looks back when it does not say; nil asks, an empty text turns it off.
    case since(String?)
    case quit
    /// Not understood, with the reason.
    case invalid(String)

    /// Reads a line such as `\format csv`; nil when it is no command.
    package init?(line: String) {
        let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let name = words.first else { return nil }
        if words.count == 1, ["quit", "exit", "help"].contains(name.lowercased()) {
            self = name.lowercased() == "help" ? .help : .quit
            return
        }
        guard name.hasPrefix("\\") else { return nil }
        // A statement's habit of ending in `;` is forgiven.
        let arguments = words.dropFirst().map { $0.hasSuffix(";") ? String($0.dropLast()) : $0 }.filter { !$0.isEmpty }
        self = Self.parse(name.hasSuffix(";") ? String(name.dropLast()) : name, arguments)
    }

    private static func parse(_ name: String, _ arguments: [String]) -> ShellCommand {
        guard arguments.count <= 1 else { return .invalid("\(name) takes at most one word; \\help lists the commands") }
        return switch name {
        case "\\help", "\\h", "\\?": .help
        case "\\timing": parseTiming(arguments.first)
        case "\\format": parseFormat(arguments.first)
        case "\\chart":
            arguments.isEmpty ? .chart : .invalid("\\chart draws the last answer; for all answers use \\format chart")
        case "\\since": parseSince(arguments.first)
        case "\\quit", "\\q": .quit
        default: .invalid("no command \(name); \\help lists the commands")
        }
    }

    private static func parseTiming(_ argument: String?) -> ShellCommand {
        switch argument?.lowercased() {
        case nil: .timing(nil)
        case "on": .timing(true)
        case "off": .timing(false)
        case let other?: .invalid("\\timing is on or off, not \(other)")
        }
    }

    private static func parseFormat(_ argument: String?) -> ShellCommand {
        guard let argument else { return .format(nil) }
        guard let format = OutputFormat(rawValue: argument.lowercased()) else {
            let known = OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")
            return .invalid("no format \(argument); use one of \(known)")
        }
        return .format(format)
    }

    private static func parseSince(_ argument: String?) -> ShellCommand {
        guard let argument else { return .since(nil) }
        if argument.lowercased() == "off" { return .since("") }
        guard argument.first?.isNumber == true, argument.utf8.allSatisfy(isTimeByte) else {
            return .invalid("\\since takes a duration such as 15m or 1h, a time such as 2026-11-22T10:00, or off")
        }
        return .since(argument)
    }

    /// What durations and times consist of; keeps quotes and `;` out of the statement that this is put into.
    private static func isTimeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "+"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// What Tab offers after a backslash.
    package static let completions = [
        "\\chart", "\\format csv", "\\format json", "\\format chart", "\\format table", "\\help", "\\quit", "\\since ",
        "\\timing",
    ]

    /// The answer to `\help`.
    package static let helpText = """
        Statements end at the end of a line, or with ; when they take several lines.
          SHOW NAMESPACES                         what there is
          SHOW METRICS FROM "System/Linux"        metrics of a namespace
          SELECT AVG(usage_user) FROM "System/Linux" GROUP BY cpu SINCE 15m PERIOD 30s
        Commands
          \\format table|csv|json|chart            how answers are written
          \\chart                                  draw the last answer
          \\since 1h | off                         how far SELECT looks back when it has no SINCE
          \\timing [on|off]                        show how long each statement took
          \\help, \\quit                            this text; leave (also Ctrl-D)
        Keys: Tab completes, Ctrl-R searches the history, Ctrl-C cancels. A line that begins with a blank is not kept.

        """
}
