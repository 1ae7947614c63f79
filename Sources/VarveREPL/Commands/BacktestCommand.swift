import VarveIO
import VarveJSON
import VarveModel
import VarveMonitoring
import VarveQuery

/// `varve alarm backtest`: what alarms would have done.
package enum BacktestCommand {
    /// Replays the definitions of a file.
    /// - Returns: `wrongInput` for definitions that are refused.
    package static func run(
        _ path: String, sinceNs: Int64, format: OutputFormat, session: any Session, console: Console
    ) -> ExitStatus {
        do throws(Problem) {
            let definitions = try AlarmFile.read(path)
            let nowNs = console.nowNs()
            let answer = try session.perform(
                BacktestOperation.name,
                .object([
                    .init("Definitions", .array(definitions)), .init("Start", .integer(nowNs - sinceNs)),
                    .init("End", .integer(nowNs)),
                ]))
            if format == .json {
                console.print(String(decoding: answer.encoded, as: UTF8.self) + "\n")
            } else {
                console.print(text(of: answer, format, console))
            }
            return .ok
        } catch {
            console.report(error)
            return error.status
        }
    }

    private static func text(of answer: JSONValue, _ format: OutputFormat, _ console: Console) -> String {
        let reports = answer["Alarms"]?.array ?? []
        let episodes = console.text(of: episodeTable(reports), format: format)
        guard format == .table else { return episodes }
        return episodes + "\n" + reports.map { summary(of: $0) }.joined()
    }

    private static func episodeTable(_ reports: [JSONValue]) -> QueryResult {
        let columns: [QueryResult.Column] = [
            .init(name: "alarm", kind: .text), .init(name: "from", kind: .time), .init(name: "to", kind: .time),
            .init(name: "lasted", kind: .text), .init(name: "reason", kind: .text),
        ]
        let rows = reports.flatMap { report in
            (report["Episodes"]?.array ?? []).map { episode -> [QueryResult.Value] in
                let (start, end) = (episode["Start"]?.integer ?? 0, episode["End"]?.integer)
                return [
                    .text(report["AlarmName"]?.string ?? ""), .time(start), end.map { .time($0) } ?? .null,
                    .text(end.map { duration($0 - start) } ?? "still"), .text(episode["Reason"]?.string ?? ""),
                ]
            }
        }
        return QueryResult(columns: columns, rows: rows)
    }

    private static func summary(of report: JSONValue) -> String {
        let name = PrintableText.escape(report["AlarmName"]?.string ?? "")
        let episodes = report["Episodes"]?.array?.count ?? 0
        let flaps = report["Flaps"]?.integer ?? 0
        let total = duration(report["AlarmNanoseconds"]?.integer ?? 0)
        var line = "\(name): fired \(times(Int64(episodes)))"
        if episodes > 0 { line += ", \(total) in ALARM" }
        line += ", flapped \(times(flaps)), \(report["Evaluations"]?.integer ?? 0) evaluations"
        for action in report["Actions"]?.array ?? [] {
            line += "\n  would have called \(PrintableText.escape(action["Target"]?.string ?? "")) "
            line += times(action["Count"]?.integer ?? 0)
        }
        return line + "\n"
    }

    private static func times(_ count: Int64) -> String { count == 1 ? "once" : "\(count) times" }

    /// To the second: evaluations are ten seconds apart at least.
    private static func duration(_ ns: Int64) -> String {
        DurationText.format(
            ns.flooredQuotientAndRemainder(dividingBy: Nanoseconds.perSecond).quotient * Nanoseconds.perSecond)
    }
}
