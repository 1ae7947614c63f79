import Synchronization
import Testing
import VarveAlarms
import VarveBytes
import VarveIO
import VarveJSON
import VarveModel
import VarveStore
import VarveTestKit

@testable import VarveMonitoring

/// The world that deliveries go to: remembers every attempt, and answers when and how a test says.
final class FakeEdge: DeliveryEdge {
    struct Arrival: Equatable, Sendable {
        var id: UUID16
        var endpoint: String
        var body: String
        var mayBeRepetition: Bool
        /// The body as it came.
        var bytes: [UInt8]
    }

    private struct State {
        var arrivals: [Arrival] = []
        var outcome = DeliveryOutcome.delivered
    }

    private let state = Mutex(State())

    var arrivals: [Arrival] { state.withLock { $0.arrivals } }
    func answer(_ outcome: DeliveryOutcome) { state.withLock { $0.outcome = outcome } }

    func attempt(_ attempt: Outbox.Attempt, done: @escaping @Sendable (DeliveryOutcome) -> Void) {
        let outcome = state.withLock { state in
            state.arrivals.append(
                Arrival(
                    id: attempt.delivery.id, endpoint: attempt.delivery.endpoint,
                    body: String(decoding: attempt.delivery.body, as: UTF8.self),
                    mayBeRepetition: attempt.mayBeRepetition, bytes: attempt.delivery.body))
            return state.outcome
        }
        done(outcome)
    }
}

/// A store and its monitoring on a simulated disk, whose rounds a test runs one by one.
final class MonitoringWorld {
    let clock: SimulatedClock
    let store: Store
    let monitoring: Monitoring
    let edge: FakeEdge
    private(set) var run: MonitoringLoop.Run
    private let warnings = Mutex<[String]>([])

    init(
        _ fileSystem: SimulatedFileSystem, clock: SimulatedClock, seed: UInt64 = 1, edge: FakeEdge = FakeEdge(),
        options monitoringOptions: MonitoringOptions = MonitoringOptions()
    ) throws {
        self.clock = clock
        self.edge = edge
        var options = StoreOptions()
        options.walFileBytes = 64 << 10
        options.pageCacheBytes = 1 << 20
        options.space.ballastBytes = 0
        options.scrubBytesPerSecond = 0
        let environment = SystemEnvironment(
            fileSystem: fileSystem, clock: clock, random: SeededRandomSource(seed: seed))
        store = try Store.open(at: "/data", options: options, environment: environment)
        do {
            monitoring = try Monitoring(on: store, edge: edge, options: monitoringOptions)
        } catch {
            store.close()
            throw error
        }
        run = monitoring.loop.begin()
    }

    deinit { store.close() }

    /// One round, with the ends of the attempts that the round before made.
    func step() { monitoring.loop.step(monitoring.loop.takeWork(), &run) }

    /// Rounds until nothing happens any more at this instant.
    func settle() {
        for _ in 0..<100 {
            step()
            if monitoring.loop.hasNoWork,
                run.engine.nextDueNs(nowNs: clock.wallNs()).map({ $0 > clock.wallNs() }) ?? true
            {
                return
            }
        }
        Issue.record("100 rounds at one instant")
    }

    /// Lets time pass in steps of a second.
    func pass(seconds: Int) {
        for _ in 0..<seconds {
            clock.advance(byNs: Nanoseconds.perSecond)
            settle()
        }
    }

    @discardableResult
    func call(
        _ operation: String, _ text: String = "{}", of service: OperationService? = nil
    ) throws -> JSONValue {
        let input = try OperationInput(try JSONReader.read(Array(text.utf8)), operation: operation)
        guard let known = Monitoring.operation(operation, of: service) else {
            return try monitoring.perform(operation, input.json, of: service)
        }
        let answer = Mutex<Result<JSONValue, OperationError>?>(nil)
        monitoring.perform { (engine, nowNs) throws(OperationError) in
            try known.run(&engine, input, nowNs)
        } answer: { result in
            answer.withLock { $0 = result }
        }
        step()
        return try #require(answer.withLock { $0 }).get()
    }

    /// Stores one sample now.
    func sample(_ value: Double, metric: String = "cpu", host: String = "a") throws {
        var batch = RowBatch()
        let source = SourceKey(namespace: "App", dimensions: [Dimension(name: "Host", value: host)])
        batch.append(
            shape: RowShape(source: source, fields: [FieldKey(metric: metric)]), timestamp: clock.wallNs(),
            values: [value])
        _ = try store.appendAndWait(batch)
    }

    func state(_ name: String) -> String? { run.engine.alarms[name]?.state.rawValue }
    var openDeliveries: Int { run.engine.outbox.count }

    static func alarm(
        _ name: String = "cpu-high", host: String = "a", period: Int = 60, periods: Int = 1, more: String = ""
    ) -> String {
        """
        {"AlarmName": "\(name)", "Namespace": "App", "MetricName": "cpu", "Statistic": "Average", "Period": \(period),
         "Dimensions": [{"Name": "Host", "Value": "\(host)"}], "EvaluationPeriods": \(periods), "Threshold": 50,
         "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": ["https://ops.example/hook"]\(more)}
        """
    }
}
