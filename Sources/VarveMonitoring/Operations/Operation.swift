package import VarveJSON
import VarveModel
package import VarveQuery

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

/// Whose operation one is: names are unique within a service only. The raw value is the service's name in its table.
package enum OperationService: String, CaseIterable, Sendable {
    case cloudWatch = "cloudwatch"
    case events
    case topics = "sns"
    /// Varve's own.
    case varve
}

extension Monitoring {
    private static let operations: [OperationService: [String: Operation]] = [
        .cloudWatch: table(
            Operation.alarms + Operation.muteRules + Operation.anomalyDetectors + Operation.dashboards
                + Operation.insights + Operation.metricStreams + Operation.enrichments + Operation.savedQueries
                + Operation.datasets),
        .events: table(Operation.events),
        .topics: table(Operation.topics),
        .varve: table(Operation.deliveries),
    ]

    private static func table(_ operations: [Operation]) -> [String: Operation] {
        Dictionary(uniqueKeysWithValues: operations.map { ($0.name, $0) })
    }

    /// - Parameter service: nil: the first service, in the order of their declaration, that has one of this name.
    package static func operation(_ name: String, of service: OperationService?) -> Operation? {
        guard let service else { return OperationService.allCases.lazy.compactMap { operations[$0]?[name] }.first }
        return operations[service]?[name]
    }

    private typealias Reading =
        @Sendable (Monitoring, OperationInput, CancellationFlag?) throws(OperationError) -> JSONValue

    /// Operations that read the store beside the engine's state.
    private static let readings: [OperationService: [String: Reading]] = [
        .cloudWatch: [
            "DescribeAlarmHistory": { (monitoring, input, _) throws(OperationError) in
                try AlarmHistoryReading(input).run(on: monitoring)
            },
            InsightReport.name: { (monitoring, input, cancellation) throws(OperationError) in
                try InsightReport(input).run(on: monitoring) { cancellation?.isRaised == true }
            },
        ],
        .events: [
            ArchiveDescription.name: { (monitoring, input, cancellation) throws(OperationError) in
                try ArchiveDescription(input).run(on: monitoring) { cancellation?.isRaised == true }
            }
        ],
        .varve: [
            BacktestOperation.name: { (monitoring, input, _) throws(OperationError) in
                try BacktestOperation.run(input, on: monitoring)
            },
            AnomalyExplaining.name: { (monitoring, input, _) throws(OperationError) in
                try AnomalyExplaining(input, on: monitoring).run()
            },
        ],
    ]

    private static func reading(_ name: String, of service: OperationService?) -> Reading? {
        guard let service else { return OperationService.allCases.lazy.compactMap { readings[$0]?[name] }.first }
        return readings[service]?[name]
    }

    /// Whether there is an operation of this name.
    package static func answers(_ name: String, of service: OperationService) -> Bool {
        reading(name, of: service) != nil || operation(name, of: service) != nil
    }

    /// Operations on tags have one name in two services; what is tagged tells them apart.
    private static func service(ofResource arn: String?) -> OperationService? {
        guard let parts = arn?.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false),
            parts.count > 5
        else { return nil }
        return parts[2].elementsEqual("events".utf8) ? .events : nil
    }

    /// Runs an operation and waits for its answer. Not for event loops or the cooperative pool.
    /// - Parameters:
    ///   - service: nil where the name alone says enough, as on the command line.
    ///   - cancellation: ends what reads for long.
    /// - Throws: `UnknownOperationException`, what the operation refuses, and `isOurs` errors of the disk.
    package func perform(
        _ name: String, _ input: JSONValue, of service: OperationService? = nil, cancellation: CancellationFlag? = nil
    ) throws(OperationError) -> JSONValue {
        let service = service ?? Self.service(ofResource: input["ResourceARN"]?.string)
        if let reading = Self.reading(name, of: service) {
            return try reading(self, OperationInput(input, operation: name), cancellation)
        }
        guard let operation = Self.operation(name, of: service) else {
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
