package import VarveJSON
import VarveModel

/// A call with a name, JSON in and JSON out, in the shapes of the AWS clients. Every door – command line, HTTP,
/// library, wire protocols – comes through here.
package struct Operation: Sendable {
    package let name: String
    /// Whether it changes anything.
    package let writes: Bool
    let run: @Sendable (inout MonitoringEngine, OperationInput, _ nowNs: Int64) throws(OperationError) -> JSONValue

    init(
        _ name: String, writes: Bool = false,
        _ run: @escaping @Sendable (inout MonitoringEngine, OperationInput, Int64) throws(OperationError) -> JSONValue
    ) {
        self.name = name
        self.writes = writes
        self.run = run
    }
}

extension Operation {
    /// The operation as work for the monitoring thread.
    package func work(_ input: JSONValue) -> Monitoring.Work {
        { (engine, nowNs) throws(OperationError) in
            try run(&engine, OperationInput(input, operation: name), nowNs)
        }
    }
}

extension Monitoring {
    /// By name.
    package static let operations: [String: Operation] = {
        let all =
            Operation.alarms + Operation.topics + Operation.deliveries + Operation.events + Operation.muteRules
            + Operation.anomalyDetectors + Operation.dashboards + Operation.metricStreams
            + Operation.enrichments + Operation.savedQueries
        return Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    }()

    /// Operations that read the store beside the engine's state.
    private static let readings: [String: @Sendable (Monitoring, OperationInput) throws(OperationError) -> JSONValue] =
        [
            "DescribeAlarmHistory": { (monitoring, input) throws(OperationError) in
                try AlarmHistoryReading(input).run(on: monitoring)
            },
            BacktestOperation.name: { (monitoring, input) throws(OperationError) in
                try BacktestOperation.run(input, on: monitoring)
            },
            AnomalyExplaining.name: { (monitoring, input) throws(OperationError) in
                try AnomalyExplaining(input, on: monitoring).run()
            },
        ]

    /// Runs an operation and waits for its answer. Not for event loops or the cooperative pool.
    /// - Throws: `UnknownOperationException`, what the operation refuses, and `isOurs` errors of the disk.
    package func perform(_ name: String, _ input: JSONValue) throws(OperationError) -> JSONValue {
        if let reading = Self.readings[name] { return try reading(self, OperationInput(input, operation: name)) }
        guard let operation = Self.operations[name] else {
            throw OperationError(code: "UnknownOperationException", message: "there is no operation \(name)")
        }
        return try performAndWait(operation.work(input))
    }
}

/// The members of a call, with errors that name them.
struct OperationInput: Sendable {
    let json: JSONValue
    let operation: String

    init(_ json: JSONValue, operation: String) throws(OperationError) {
        guard case .object = json else { throw .validation("\(operation) takes a JSON object") }
        self.json = json
        self.operation = operation
    }

    func string(_ name: String) throws(OperationError) -> String? {
        guard let value = json[name], value != .null else { return nil }
        guard let text = value.string else { throw .validation("\(name) must be a string") }
        return text
    }

    func required(_ name: String) throws(OperationError) -> String {
        guard let text = try string(name) else { throw .validation("\(operation) needs \(name)") }
        return text
    }

    func strings(_ name: String) throws(OperationError) -> [String]? {
        guard let value = json[name], value != .null else { return nil }
        guard let elements = value.array else { throw .validation("\(name) must be a list of strings") }
        var texts: [String] = []
        for element in elements {
            guard let text = element.string else { throw .validation("\(name) must be a list of strings") }
            texts.append(text)
        }
        return texts
    }

    func integer(_ name: String, in range: ClosedRange<Int64>) throws(OperationError) -> Int64? {
        guard let value = json[name], value != .null else { return nil }
        guard let number = value.integer, range.contains(number) else {
            throw .validation("\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func bool(_ name: String) throws(OperationError) -> Bool? {
        guard let value = json[name], value != .null else { return nil }
        guard let flag = value.bool else { throw .validation("\(name) must be true or false") }
        return flag
    }

    /// An instant, nanoseconds since 1970. Clients send seconds; people write ISO 8601.
    func time(_ name: String) throws(OperationError) -> Int64? {
        guard let value = json[name], value != .null else { return nil }
        if let seconds = value.double {
            // The years that nanoseconds since 1970 reach: 1678 to 2262.
            guard seconds.magnitude < 9.2e9 else { throw .validation("\(name) is out of range") }
            return Int64(seconds * 1e3) * 1_000_000
        }
        guard let text = value.string, let time = try? InstantText.parse(text) else {
            throw .validation("\(name) must be a time, such as 2026-11-22T10:00:00Z or seconds since 1970")
        }
        return time
    }
}
