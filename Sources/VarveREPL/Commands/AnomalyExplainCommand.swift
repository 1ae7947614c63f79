import VarveJSON

/// `varve anomaly explain`: what is expected of a series, and why a value was unusual.
package struct AnomalyExplainCommand {
    /// What names the series: an alarm on its band, or a metric.
    package enum Subject: Sendable {
        case alarm(String)
        case metric(namespace: String, name: String, dimensions: [(name: String, value: String)], statistic: String)
    }

    private var input: [JSONMember] = []

    /// - Parameters:
    ///   - time: as people write it; nil for the last period that is learnt.
    ///   - periodSeconds: nil for that of the detector or the alarm.
    ///   - deviations: how many standard deviations the band reaches to either side.
    package init(_ subject: Subject, time: String?, periodSeconds: Int64?, deviations: Double?) {
        switch subject {
        case .alarm(let name): input.append(.init("AlarmName", .string(name)))
        case .metric(let namespace, let name, let dimensions, let statistic):
            let list = dimensions.map { dimension in
                JSONValue.object([
                    .init("Name", .string(dimension.name)), .init("Value", .string(dimension.value)),
                ])
            }
            input += [
                .init("Namespace", .string(namespace)), .init("MetricName", .string(name)),
                .init("Dimensions", .array(list)), .init("Stat", .string(statistic)),
            ]
        }
        if let time { input.append(.init("Time", .string(time))) }
        if let periodSeconds { input.append(.init("Period", .integer(periodSeconds))) }
        if let deviations { input.append(.init("Deviations", .number(deviations))) }
    }

    /// - Returns: `wrongInput` for what the operation refuses.
    package func run(format: OutputFormat, session: any Session, console: Console) -> ExitStatus {
        do throws(Problem) {
            let answer = try session.perform("ExplainAnomalyDetector", .object(input))
            if format == .json {
                console.print(String(decoding: answer.encoded, as: UTF8.self) + "\n")
            } else {
                let lines = (answer["Text"]?.string ?? "").split(separator: "\n", omittingEmptySubsequences: false)
                console.print(lines.map { PrintableText.escape(String($0)) }.joined(separator: "\n"))
            }
            return .ok
        } catch {
            console.report(error)
            return error.status
        }
    }
}
