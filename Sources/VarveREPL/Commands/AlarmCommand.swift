import VarveAlarms
import VarveJSON
import VarveModel
import VarveMonitoring
import VarveQuery

/// `varve alarm …`
package enum AlarmCommand {
    /// Runs something that may stop with a problem.
    private static func reporting(_ console: Console, _ body: () throws(Problem) -> ExitStatus) -> ExitStatus {
        do throws(Problem) {
            return try body()
        } catch {
            console.report(error)
            return error.status
        }
    }

    // MARK: Looking

    /// One row per alarm: state, since when, and what it watches.
    package static func list(
        state: String?, prefix: String?, format: OutputFormat, session: any Session, console: Console
    ) -> ExitStatus {
        reporting(console) { () throws(Problem) in
            var input: [JSONMember] = [.init("AlarmTypes", .strings(AlarmType.allCases.map(\.rawValue)))]
            if let state { input.append(.init("StateValue", .string(state.uppercased()))) }
            if let prefix { input.append(.init("AlarmNamePrefix", .string(prefix))) }
            let alarms = try all("DescribeAlarms", input, lists: ["MetricAlarms", "CompositeAlarms"], session)
            let sorted = alarms.sorted { ($0["AlarmName"]?.string ?? "") < ($1["AlarmName"]?.string ?? "") }
            if sorted.isEmpty, format == .table {
                console.complain("there is no such alarm; varve alarm put FILE makes one\n")
            }
            console.print(console.text(of: AlarmTable.result(of: sorted), format: format))
            return .ok
        }
    }

    /// Everything about one alarm.
    package static func show(_ name: String, format: OutputFormat, session: any Session, console: Console) -> ExitStatus
    {
        reporting(console) { () throws(Problem) in
            let alarm = try described(name, session)
            if format == .json {
                console.print(String(decoding: alarm.encoded, as: UTF8.self) + "\n")
            } else {
                console.print(AlarmTable.card(of: alarm))
            }
            return .ok
        }
    }

    private static func described(_ name: String, _ session: any Session) throws(Problem) -> JSONValue {
        let input = JSONValue.object([
            .init("AlarmNames", .strings([name])), .init("AlarmTypes", .strings(AlarmType.allCases.map(\.rawValue))),
        ])
        let answer = try session.perform("DescribeAlarms", input)
        let found = (answer["MetricAlarms"]?.array ?? []) + (answer["CompositeAlarms"]?.array ?? [])
        guard let alarm = found.first else {
            throw Problem(.wrongInput, name, "there is no such alarm", advice: "varve alarm list shows those there are")
        }
        return alarm
    }

    /// What happened, newest first.
    package static func history(
        _ name: String?, sinceNs: Int64?, format: OutputFormat, session: any Session, console: Console
    ) -> ExitStatus {
        reporting(console) { () throws(Problem) in
            var input: [JSONMember] = [.init("AlarmTypes", .strings(AlarmType.allCases.map(\.rawValue)))]
            if let name { input.append(.init("AlarmName", .string(name))) }
            if let sinceNs {
                input.append(.init("StartDate", .string(InstantText.format(console.nowNs() - sinceNs))))
            }
            let items = try all("DescribeAlarmHistory", input, lists: ["AlarmHistoryItems"], session)
            console.print(console.text(of: AlarmTable.history(of: items), format: format))
            return .ok
        }
    }

    /// All pages of a list.
    private static func all(
        _ operation: String, _ input: [JSONMember], lists: [String], _ session: any Session
    ) throws(Problem) -> [JSONValue] {
        var (found, token): ([JSONValue], String?) = ([], nil)
        repeat {
            var page = input + [JSONMember("MaxRecords", .integer(100))]
            if let token { page.append(JSONMember("NextToken", .string(token))) }
            let answer = try session.perform(operation, .object(page))
            for list in lists { found += answer[list]?.array ?? [] }
            token = answer["NextToken"]?.string
        } while token != nil
        return found
    }

    // MARK: Changing

    /// Makes or replaces the alarms of a file; composite alarms last, so that those they name exist.
    package static func put(_ path: String, session: any Session, console: Console) -> ExitStatus {
        reporting(console) { () throws(Problem) in
            let definitions = try AlarmFile.read(path)
            for definition in definitions {
                let operation = definition["AlarmRule"] == nil ? "PutMetricAlarm" : "PutCompositeAlarm"
                let name = definition["AlarmName"]?.string ?? "-"
                do throws(Problem) {
                    _ = try session.perform(operation, definition)
                } catch {
                    throw Problem(error.status, "\(path): alarm \(name)", error.why, advice: error.advice)
                }
                console.print("\(PrintableText.escape(name)): stored\n")
            }
            return .ok
        }
    }

    package static func delete(_ names: [String], session: any Session, console: Console) -> ExitStatus {
        reporting(console) { () throws(Problem) in
            for name in names { _ = try described(name, session) }
            _ = try session.perform("DeleteAlarms", .object([.init("AlarmNames", .strings(names))]))
            for name in names { console.print("\(PrintableText.escape(name)): deleted\n") }
            return .ok
        }
    }

    package static func setActions(
        _ names: [String], isEnabled: Bool, session: any Session, console: Console
    ) -> ExitStatus {
        reporting(console) { () throws(Problem) in
            for name in names { _ = try described(name, session) }
            let operation = isEnabled ? "EnableAlarmActions" : "DisableAlarmActions"
            _ = try session.perform(operation, .object([.init("AlarmNames", .strings(names))]))
            for name in names {
                console.print("\(PrintableText.escape(name)): actions \(isEnabled ? "enabled" : "disabled")\n")
            }
            return .ok
        }
    }

    /// Puts an alarm into a state by hand, so that its actions run; the next evaluation decides again.
    package static func test(_ name: String, state: String, session: any Session, console: Console) -> ExitStatus {
        reporting(console) { () throws(Problem) in
            _ = try session.perform(
                "SetAlarmState",
                .object([
                    .init("AlarmName", .string(name)), .init("StateValue", .string(state.uppercased())),
                    .init("StateReason", .string("Set by hand: varve alarm test")),
                ]))
            console.print("\(PrintableText.escape(name)): \(state.uppercased()), until the next evaluation\n")
            return .ok
        }
    }
}

/// Alarm definitions in a file.
enum AlarmFile {
    /// A file with more is no definition.
    private static let byteCountMax = 64 << 20

    /// One object, a list of them, or what `aws cloudwatch describe-alarms` prints; simple alarms first.
    static func read(_ path: String) throws(Problem) -> [JSONValue] {
        let file = try InputFile(path: path)
        var bytes: [UInt8] = []
        while true {
            let more = try file.read()
            if more.isEmpty { break }
            bytes += more
            guard bytes.count <= byteCountMax else {
                throw Problem(.wrongInput, path, "more than \(byteCountMax >> 20) MiB", advice: "split it")
            }
        }
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONReader.read(bytes)
        } catch {
            throw Problem(.wrongInput, path, "\(error)", advice: "see varve alarm put --help")
        }
        let definitions: [JSONValue] =
            if let list = json.array {
                list
            } else if json["MetricAlarms"] != nil || json["CompositeAlarms"] != nil {
                ((json["MetricAlarms"]?.array ?? []) + (json["CompositeAlarms"]?.array ?? [])).map(withoutState)
            } else {
                [json]
            }
        return definitions.filter { $0["AlarmRule"] == nil } + definitions.filter { $0["AlarmRule"] != nil }
    }

    /// What describes an alarm has its state, too, which no definition has.
    private static func withoutState(_ alarm: JSONValue) -> JSONValue {
        guard case .object(let members) = alarm else { return alarm }
        let states: Set = [
            "AlarmArn", "AlarmConfigurationUpdatedTimestamp", "StateValue", "StateReason", "StateReasonData",
            "StateUpdatedTimestamp", "StateTransitionedTimestamp", "EvaluationState", "ActionsSuppressedBy",
            "ActionsSuppressedReason",
        ]
        return .object(members.filter { !states.contains($0.name) })
    }
}

extension JSONValue {
    static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
}
