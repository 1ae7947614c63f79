import VarveAlarms
import VarveEvents
import VarveIO
package import VarveJSON
package import VarveModel
import VarveStore

/// The operation that replays alarms over stored data. Varve's own.
package enum BacktestOperation {
    package static let name = "BacktestAlarms"
    /// More than a team looks through.
    private static let definitionsMax = 1_000

    /// - Parameter input: `Definitions`, and `Start` and `End` in nanoseconds since 1970.
    static func run(_ input: OperationInput, on monitoring: Monitoring) throws(OperationError) -> JSONValue {
        guard let definitions = input.json["Definitions"]?.array, !definitions.isEmpty,
            definitions.count <= definitionsMax
        else { throw .validation("Definitions must be a list of 1 to \(definitionsMax) alarms") }
        guard let start = try input.integer("Start", in: 0...Int64.max),
            let end = try input.integer("End", in: 0...Int64.max)
        else { throw .validation("\(name) needs Start and End") }
        guard start < end else { throw .validation("Start must be before End") }
        var backtest = try monitoring.backtest(definitions, over: TimeRange(start: start, end: end))
        return .object([
            .init("Alarms", .array(try backtest.run(on: monitoring.store.snapshot()).map(\.json)))
        ])
    }
}

extension Monitoring {
    /// A replay with what is said of anomaly detectors here.
    package func backtest(_ definitions: [JSONValue], over range: TimeRange) throws(OperationError) -> AlarmBacktest {
        let zones = SystemTimeZones(fileSystem: store.environment.fileSystem).rules
        let detectors = try storedDetectors(zones).map { ($0.subject, $0) }
        return try AlarmBacktest(
            definitions, in: scope, over: range, random: store.environment.random,
            detectors: Dictionary(detectors) { $1 }, zones: zones)
    }

    /// Detectors as they are stored. Any thread; waits for the disk.
    func storedDetectors(
        _ zones: (String) -> TimeZoneRules?
    ) throws(OperationError) -> [AnomalyDetector] {
        do throws(StoreError) {
            return try MonitoringReader(store.snapshot(), scope: scope).documents(of: .anomalyDetector)
                .compactMap { AnomalyDetector($0.content, zones: zones) }
        } catch {
            throw OperationError(error)
        }
    }
}

extension AlarmBacktest.Report {
    var json: JSONValue {
        let episodes = episodes.map { episode in
            var members: [JSONMember] = [.init("Start", .integer(episode.startNs))]
            if let endNs = episode.endNs { members.append(.init("End", .integer(endNs))) }
            members.append(.init("Reason", .string(episode.reason)))
            return JSONValue.object(members)
        }
        let actions = actionCounts.sorted { $0.key < $1.key }.map { target, count in
            JSONValue.object([.init("Target", .string(target)), .init("Count", .integer(Int64(count)))])
        }
        return .object([
            .init("AlarmName", .string(alarm)), .init("AlarmType", .string(type.rawValue)),
            .init("Episodes", .array(episodes)), .init("AlarmNanoseconds", .integer(alarmNs)),
            .init("StateChanges", .integer(Int64(changeCount))), .init("Flaps", .integer(Int64(flapCount))),
            .init("Actions", .array(actions)), .init("Evaluations", .integer(Int64(evaluationCount))),
        ])
    }
}
