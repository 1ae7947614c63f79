import ArgumentParser
import VarveREPL

/// `varve anomaly-scores`
struct AnomalyScoresTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anomaly-scores",
        abstract: "Score how unusual each row of a CSV file is.",
        discussion: """
            Reads the columns timestamp and value, writes timestamp,value,anomaly_score: 0 is usual, from 0.5 on the
            row is an anomaly. A score depends on its own row and earlier ones only. Times are like
            2026-11-22 10:15:00 (UTC), ISO 8601, or seconds or milliseconds since 1970.
            Examples:
              varve anomaly-scores latency.csv > scored.csv
              awk -F, '$3 >= 0.5' scored.csv
            """
    )

    @Argument(help: "A file, or - for standard input.")
    var file: String

    func run() throws {
        let input = try InputFile(path: file)
        let command = AnomalyScoresCommand(name: input.name) { () throws(Problem) in try input.read() }
        try finish(command.run(console: .system()))
    }
}
