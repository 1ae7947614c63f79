import VarveModel
import VarveQuery

/// What can be typed besides statements.
package enum ShellCommand: Equatable, Sendable {
    /// nil lists everything; else the name of a command, without its backslash.
    case help(String?)
    /// nil turns it over.
    case timing(Bool?)
    /// nil asks which one is set.
    case format(OutputFormat?)
    /// Draws the last answer, from now on in this way.
    case chart(ChartKind?)
    /// nil turns it over.
    case sparklines(Bool?)
    /// How far SELECT looks back when it does not say; nil asks, an empty text turns it off.
    case since(String?)
    /// Runs a statement, or the last one, again and again.
    case watch(intervalNs: Int64, statement: String?)
    /// Sets a statement, or the last one, beside what it answered that long ago.
    case compare(shiftNs: Int64, statement: String?)
    /// Writes the last answer into a file.
    case export(path: String)
    case quit
    /// Not understood, with the reason.
    case invalid(String)

    /// Reads a line such as `\format csv`; nil when it is no command.
    package init?(line: String) {
        let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let name = words.first else { return nil }
        if words.count == 1, ["quit", "exit", "help"].contains(name.lowercased()) {
            self = name.lowercased() == "help" ? .help(nil) : .quit
            return
        }
        guard name.hasPrefix("\\") else { return nil }
        self = Self.parse(name, Self.trimmed(line.drop(while: \.isWhitespace).dropFirst(name.count)))
    }

    /// Without blanks at its ends, and without a statement's habit of ending in `;`.
    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop(while: \.isWhitespace)
        let end = start.lastIndex { !$0.isWhitespace && $0 != ";" }
        return end.map { String(start[...$0]) } ?? ""
    }

    private static func parse(_ written: String, _ rest: String) -> ShellCommand {
        let name = written.hasSuffix(";") ? String(written.dropLast()) : written
        switch name {
        case "\\watch": return parseWatch(rest)
        case "\\compare": return parseCompare(rest)
        case "\\export":
            return rest.isEmpty ? .invalid("\\export takes the name of a file, such as cpu.png") : .export(path: rest)
        default: break
        }
        let arguments = rest.split(whereSeparator: \.isWhitespace).map(String.init)
        guard arguments.count <= 1 else { return .invalid("\(name) takes at most one word; see \\help \(name)") }
        let argument = arguments.first
        return switch name {
        case "\\help", "\\h", "\\?": parseHelp(argument)
        case "\\timing": parseSwitch(argument, name).map(ShellCommand.timing) ?? wrongSwitch(name, argument)
        case "\\sparklines": parseSwitch(argument, name).map(ShellCommand.sparklines) ?? wrongSwitch(name, argument)
        case "\\format": parseFormat(argument)
        case "\\chart": parseChart(argument)
        case "\\since": parseSince(argument)
        case "\\quit", "\\q": .quit
        default: .invalid("no command \(name); \\help lists the commands")
        }
    }

    private static func parseHelp(_ argument: String?) -> ShellCommand {
        guard let argument else { return .help(nil) }
        let topic = argument.hasPrefix("\\") ? String(argument.dropFirst()) : argument
        return ShellHelp.topic(topic) == nil
            ? .invalid("no command \\\(topic); \\help lists the commands") : .help(topic.lowercased())
    }

    /// The outer nil stands for another word.
    private static func parseSwitch(_ argument: String?, _ name: String) -> Bool?? {
        switch argument?.lowercased() {
        case nil: .some(nil)
        case "on": .some(true)
        case "off": .some(false)
        default: nil
        }
    }

    private static func wrongSwitch(_ name: String, _ argument: String?) -> ShellCommand {
        .invalid("\(name) is on or off, not \(argument ?? "")")
    }

    private static func parseFormat(_ argument: String?) -> ShellCommand {
        guard let argument else { return .format(nil) }
        guard let format = OutputFormat(rawValue: argument.lowercased()) else {
            let known = OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")
            return .invalid("no format \(argument); use one of \(known)")
        }
        return .format(format)
    }

    private static func parseChart(_ argument: String?) -> ShellCommand {
        guard let argument else { return .chart(nil) }
        guard let kind = ChartKind(rawValue: argument.lowercased()) else {
            let known = ChartKind.allCases.map(\.rawValue).joined(separator: ", ")
            return .invalid("no chart \(argument); use one of \(known)")
        }
        return .chart(kind)
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

    // MARK: Commands with statements

    /// The pause of `\watch` without one.
    private static let watchDefaultNs = 5 * Nanoseconds.perSecond
    /// Faster than this nobody reads, and a day is long enough for a terminal to stay open.
    private static let watchAccepted = 100 * Nanoseconds.perMillisecond...Nanoseconds.perDay

    private static func parseWatch(_ rest: String) -> ShellCommand {
        let (first, statement) = firstWord(of: rest)
        // Everything that begins with a digit is meant as a duration.
        guard let first, first.first?.isNumber == true else {
            return .watch(intervalNs: watchDefaultNs, statement: rest.isEmpty ? nil : rest)
        }
        // A number alone counts seconds, as it does elsewhere in shells.
        guard let intervalNs = DurationText.parse(first) ?? DurationText.parse(first + "s"),
            watchAccepted.contains(intervalNs)
        else { return .invalid("\\watch takes a duration from 100ms to 1d, such as 5s, not \(first)") }
        return .watch(intervalNs: intervalNs, statement: statement)
    }

    private static func parseCompare(_ rest: String) -> ShellCommand {
        let (word, statement) = firstWord(of: rest)
        guard let word, let shiftNs = DurationText.parse(word), shiftNs > 0 else {
            let found = rest.isEmpty ? "" : ", not \(rest)"
            return .invalid("\\compare takes how long ago the other answer is, such as 1d or 1w\(found)")
        }
        return .compare(shiftNs: shiftNs, statement: statement)
    }

    private static func firstWord(of text: String) -> (word: String?, rest: String?) {
        guard let word = text.split(maxSplits: 1, whereSeparator: \.isWhitespace).first else { return (nil, nil) }
        let rest = trimmed(text[word.endIndex...])
        return (String(word), rest.isEmpty ? nil : rest)
    }
}
