import VarveQuery

/// What `\help` says: a line for each command, and for one of them more, with an example.
package enum ShellHelp {
    private struct Topic {
        /// Without its backslash.
        var name: String
        var usage: String
        var summary: String
        /// How it works, and an example.
        var text: String
    }

    /// The list of commands.
    package static var overview: String {
        let width = topics.map(\.usage.count).max() ?? 0
        let lines = topics.map { "  \(DisplayWidth.pad($0.usage, to: width))  \($0.summary)\n" }.joined()
        return """
            Statements end at the end of a line, or with ; when they take several lines.
              SHOW NAMESPACES                         what there is
              SHOW METRICS FROM "System/Linux"        metrics of a namespace
              SELECT AVG(usage_user) FROM "System/Linux" GROUP BY cpu SINCE 15m PERIOD 30s
              SHOW ALARMS WHERE State = 'ALARM'       alarms as they are (\\help alarms)
            Commands
            \(lines)\
            Keys: Tab completes, Ctrl-R searches the history, Ctrl-C cancels.
            A line that begins with a blank is not kept.

            """
    }

    /// All about one command; nil when there is none of that name.
    package static func topic(_ name: String) -> String? {
        topics.first { $0.name == name.lowercased() }.map { "\($0.usage)\n\n\($0.text)\n" }
    }

    /// What Tab offers after a backslash.
    package static let completions = [
        "\\chart", "\\chart bar", "\\chart line", "\\chart stacked", "\\compare ", "\\export ", "\\format chart",
        "\\format csv", "\\format json", "\\format table", "\\help", "\\quit", "\\since ", "\\sparklines",
        "\\sparklines off", "\\sparklines on", "\\timing", "\\watch ",
    ]

    private static let topics = [
        Topic(
            name: "alarms", usage: "SHOW ALARMS", summary: "statements about alarms",
            text: """
                Alarms have statements of their own. States, what happened, and what an alarm
                and those that it names would have done over stored data:
                  SHOW ALARMS WHERE State = 'ALARM'
                  SELECT * FROM alarms WHERE AlarmName = 'cpu-high' SINCE 7d
                  EXPLAIN ALARM "cpu-high" SINCE 90d
                """),
        Topic(
            name: "format", usage: "\\format table|csv|json|chart", summary: "how answers are written",
            text: """
                How answers are written from now on. Without a word it says which one is set.
                  \\format csv
                """),
        Topic(
            name: "chart", usage: "\\chart [line|bar|stacked]", summary: "draw the last answer",
            text: """
                Draws the last answer, from now on as lines, as bars side by side, or as bars
                on top of each other. With \\format chart every answer is drawn.
                  SELECT SUM(requests) FROM Shop GROUP BY region SINCE 1h PERIOD 1m
                  \\chart stacked
                """),
        Topic(
            name: "sparklines", usage: "\\sparklines [on|off]", summary: "tables with a line for each series",
            text: """
                Tables have one row for each series, with its course as a line of blocks and
                its smallest, largest and last value, instead of one row for each bucket.
                Lists, and answers of one bucket, stay as they are.
                  \\sparklines on
                  SELECT AVG(usage_user) FROM "System/Linux" GROUP BY cpu SINCE 1h PERIOD 1m
                """),
        Topic(
            name: "watch", usage: "\\watch [5s] [statement]", summary: "repeat a statement until Ctrl-C",
            text: """
                Runs the statement, or the last one, every 5 seconds or as often as you say,
                and shows the answer in place, as it is set: table, chart, sparklines. Ctrl-C
                ends it. On a pipe answers follow each other.
                  \\format chart
                  \\watch 2s SELECT AVG(usage_user) FROM "System/Linux" SINCE 5m PERIOD 5s
                """),
        Topic(
            name: "compare", usage: "\\compare 1d [statement]", summary: "beside the same, that long ago",
            text: """
                Runs the statement, or the last one, for its time and for the time that long
                before, and shows both: a chart has what was then dimmed and dashed beneath, a
                table has it in columns of their own with the difference. The distance is a
                multiple of PERIOD.
                  \\format chart
                  \\compare 1d SELECT AVG(usage_user) FROM "System/Linux" SINCE 3h PERIOD 1m
                """),
        Topic(
            name: "export", usage: "\\export FILE", summary: "write the last answer: .csv, .json or .png",
            text: """
                Writes the last answer into a file; the ending says as what. A picture is
                drawn as \\chart is set. A file of that name is replaced; ~ is your home.
                  \\export cpu.png
                """),
        Topic(
            name: "since", usage: "\\since 1h | off", summary: "how far SELECT looks back when it has no SINCE",
            text: """
                Stands in for SINCE where a SELECT has none: a duration, or a time. off: 3
                hours, which is the engine's own.
                  \\since 1d
                """),
        Topic(
            name: "timing", usage: "\\timing [on|off]", summary: "show how long each statement took",
            text: """
                Shows how long each statement took, from Enter to the answer.
                  \\timing on
                """),
        Topic(
            name: "help", usage: "\\help [command]", summary: "this text, or more about a command",
            text: """
                Lists the commands, or tells more about one of them.
                  \\help watch
                """),
        Topic(
            name: "quit", usage: "\\quit", summary: "leave (also Ctrl-D)",
            text: """
                Leaves. Ctrl-D on an empty line does the same.
                  \\quit
                """),
    ]
}
