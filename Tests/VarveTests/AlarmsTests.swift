import Synchronization
import Testing
import Varve
import VarveIO
import VarveJSON
import VarveModel
import VarveStore
import VarveTestKit

@Suite("Alarms of the library")
struct AlarmsTests {
    private let world = SimulatedWorld(seed: 3)

    private func open(_ options: DatabaseOptions = DatabaseOptions()) throws -> Database {
        try Database.open("/db", options: options, environment: world.environment)
    }

    /// What was delivered, and how that goes on.
    private final class Receiver: Sendable {
        let received = Mutex<[Alarms.Notification]>([])

        var options: Alarms.Options {
            Alarms.Options { notification in
                self.received.withLock { $0.append(notification) }
                return .delivered
            }
        }
    }

    private let slow = MetricAlarm(
        "slow", on: "latency", in: "Shop", dimensions: ["till": "3"], .percentile(99), .greater, than: 250,
        alarmActions: ["https://ops.example/hook"])

    private func append(_ value: Double, to database: Database) throws {
        try database.append(
            Sample(
                namespace: "Shop", dimensions: ["till": "3"], metric: "latency", value: value,
                timestampNs: world.clock.wallNs()))
    }

    /// Lets time pass, and evaluates what is due by then: the second question is answered in the round after the one
    /// that the first woke.
    private func pass(seconds: Int64, _ alarms: Alarms) throws {
        world.clock.advance(byNs: seconds * Nanoseconds.perSecond)
        for _ in 0..<2 { _ = try alarms.statuses() }
    }

    @Test("a value beyond the threshold is a change, a notification, a line of history, and a state that survives")
    func fires() async throws {
        let receiver = Receiver()
        let database = try open()
        let alarms = try database.alarms(receiver.options)
        var changes = alarms.changes().makeAsyncIterator()
        try await alarms.put(slow)
        #expect(try await alarms.status(of: "slow")?.state == .insufficientData)
        try append(400, to: database)
        try pass(seconds: 75, alarms)
        let change = await changes.next()
        #expect(change?.alarm == "slow" && change?.from == .insufficientData && change?.to == .alarm)
        #expect(change?.timestampNs == world.clock.wallNs())
        #expect(change?.reason.hasPrefix("Threshold Crossed") == true)
        let status = try await alarms.status(of: "slow")
        #expect(status?.state == .alarm && status?.sinceNs == world.clock.wallNs() && status?.isComposite == false)
        // The delivery is a task; its end comes back as work for the next rounds.
        while try await alarms.history(of: "slow").count < 3 { try await Task.sleep(for: .milliseconds(5)) }
        let received = receiver.received.withLock { $0 }
        #expect(received.count == 1 && received.first?.target == "https://ops.example/hook")
        #expect(received.first?.attempt == 1 && received.first?.mayBeRepetition == false)
        let message = try JSONReader.read(received.first?.body ?? [])
        #expect(message["NewStateValue"]?.string == "ALARM")
        #expect(
            try await alarms.history(of: "slow").map(\.type) == ["Action", "StateUpdate", "ConfigurationUpdate"])
        database.close()
        #expect(await changes.next() == nil)
        let again = try open()
        defer { again.close() }
        let kept = try #require(status)
        #expect(try await again.alarms().statuses(in: .alarm) == [kept])
    }

    @Test("a typed alarm is the definition that the AWS CLI takes, and comes back as it went")
    func definitions() throws {
        let database = try open()
        defer { database.close() }
        let alarms = try database.alarms()
        var alarm = slow
        alarm.datapointsToAlarm = 1
        alarm.unit = .milliseconds
        alarm.missingData = .notBreaching
        alarm.description = "slow tills"
        try alarms.put(alarm)
        let kept = try JSONReader.read(Array(try alarms.definition(of: "slow").utf8))
        let expected: [(String, JSONValue)] = [
            ("AlarmName", .string("slow")), ("AlarmDescription", .string("slow tills")),
            ("Namespace", .string("Shop")), ("MetricName", .string("latency")), ("Period", .integer(60)),
            ("ExtendedStatistic", .string("p99")), ("ComparisonOperator", .string("GreaterThanThreshold")),
            ("EvaluationPeriods", .integer(1)), ("DatapointsToAlarm", .integer(1)), ("Unit", .string("Milliseconds")),
            ("TreatMissingData", .string("notBreaching")),
            ("Dimensions", .array([.object([.init("Name", .string("till")), .init("Value", .string("3"))])])),
            ("AlarmActions", .array([.string("https://ops.example/hook")])),
        ]
        for (name, value) in expected { #expect(kept[name] == value, "\(name)") }
        #expect(kept["Threshold"]?.double == 250 && kept["Statistic"] == nil)
        // The same again, in its own words: nothing happens.
        let history = try alarms.history(of: "slow")
        try alarms.put(json: alarms.definition(of: "slow"))
        #expect(try alarms.history(of: "slow") == history)
        try alarms.put(json: #"{"AlarmName": "any", "AlarmRule": "ALARM(slow)"}"#)
        #expect(try alarms.statuses().map(\.name) == ["any", "slow"])
        #expect(try alarms.status(of: "any")?.isComposite == true)
        #expect(try code { () throws(DatabaseError) in try alarms.remove(["slow"]) } == .invalidAlarm)
        try alarms.remove(["any"])
        try alarms.remove(["slow", "never there"])
        #expect(try alarms.statuses().isEmpty)
        #expect(try alarms.history(of: "any").first?.summary == #"Alarm "any" deleted"#)
    }

    private func code(_ body: () throws(DatabaseError) -> Void) throws -> DatabaseError.Code? {
        do throws(DatabaseError) {
            try body()
            return nil
        } catch {
            #expect(!error.message.isEmpty)
            return error.code
        }
    }

    @Test("what is refused says what is wrong, and changes nothing")
    func refusals() throws {
        let database = try open()
        let alarms = try database.alarms()
        var wrong = slow
        wrong.period = .milliseconds(1_500)
        #expect(try code { () throws(DatabaseError) in try alarms.put(wrong) } == .invalidAlarm)
        wrong.period = .seconds(61)
        #expect(try code { () throws(DatabaseError) in try alarms.put(wrong) } == .invalidAlarm)
        wrong = slow
        wrong.threshold = .nan
        #expect(try code { () throws(DatabaseError) in try alarms.put(wrong) } == .invalidAlarm)
        wrong = slow
        wrong.statistic = .percentile(101)
        #expect(try code { () throws(DatabaseError) in try alarms.put(wrong) } == .invalidStatistic)
        #expect(try code { () throws(DatabaseError) in try alarms.put(json: "{") } == .invalidAlarm)
        #expect(
            try code { () throws(DatabaseError) in try alarms.put(json: #"{"AlarmName": "x"}"#) } == .invalidAlarm)
        #expect(try code { () throws(DatabaseError) in _ = try alarms.definition(of: "x") } == .unknownAlarm)
        #expect(
            try code { () throws(DatabaseError) in try alarms.setState(of: "x", to: .ok, reason: "r") }
                == .unknownAlarm)
        #expect(try code { () throws(DatabaseError) in _ = try alarms.history(limit: 0) } == .invalidAlarm)
        #expect(try code { () throws(DatabaseError) in _ = try alarms.perform("Nonsense") } == .invalidAlarm)
        #expect(try alarms.statuses().isEmpty)
        database.close()
        #expect(try code { () throws(DatabaseError) in try alarms.put(slow) } == .closed)
        alarms.stop()
        let reading = try open(DatabaseOptions(readOnly: true))
        defer { reading.close() }
        #expect(try code { () throws(DatabaseError) in _ = try reading.alarms() } == .readOnly)
        var options = Alarms.Options()
        options.evaluates = false
        #expect(try reading.alarms(options).statuses().isEmpty)
    }

    @Test("a backtest tells when an alarm would have been in ALARM, and stores nothing")
    func backtest() async throws {
        let database = try open()
        defer { database.close() }
        let startNs = world.clock.wallNs() / Nanoseconds.perMinute * Nanoseconds.perMinute
        var batch = SampleBatch()
        for minute in 0..<60 {
            try batch.append(
                Sample(
                    namespace: "Shop", dimensions: ["till": "3"], metric: "latency",
                    value: (20..<30).contains(minute) ? 400 : 100,
                    timestampNs: startNs + Int64(minute) * Nanoseconds.perMinute))
        }
        world.clock.advance(byNs: Nanoseconds.perHour)
        try await database.append(contentsOf: batch)
        let alarms = try database.alarms()
        let replays = try await alarms.backtest([slow.json()], over: startNs..<startNs + Nanoseconds.perHour)
        let replay = try #require(replays.first)
        #expect(replays.count == 1 && replay.alarm == "slow" && replay.lastState == .ok && replay.flapCount == 0)
        // Evaluated ten seconds after the minute has ended.
        let beganNs = startNs + 21 * Nanoseconds.perMinute + 10 * Nanoseconds.perSecond
        #expect(replay.episodes.map(\.startNs) == [beganNs])
        #expect(replay.episodes.map(\.endNs) == [beganNs + 10 * Nanoseconds.perMinute])
        #expect(replay.alarmNs == 10 * Nanoseconds.perMinute)
        #expect(replay.actionCounts == ["https://ops.example/hook": 1])
        #expect(try await alarms.statuses().isEmpty)
    }

    @Test("statements about alarms are answered once alarms run, and by nobody before")
    func statements() throws {
        let database = try open()
        defer { database.close() }
        #expect(throws: DatabaseError.self) { try database.query("SHOW ALARMS") }
        let alarms = try database.alarms()
        try alarms.put(slow)
        try alarms.setState(of: "slow", to: .alarm, reason: "by hand")
        let rows = try database.query("SHOW ALARMS WHERE State = 'ALARM'")
        #expect(rows.map { $0["AlarmName"] } == [.text("slow")] && rows.map { $0["Reason"] } == [.text("by hand")])
        // A statement sees what was before its now, and lines of one instant are stored one behind the other.
        world.clock.advance(byNs: Nanoseconds.perSecond)
        #expect(try database.query("SELECT * FROM alarms SINCE 1h").count >= 2)
    }

    @Test("without somebody who delivers an action fails, with a line that says why")
    func nobodyDelivers() async throws {
        let database = try open()
        defer { database.close() }
        let alarms = try database.alarms()
        try await alarms.put(slow)
        try await alarms.setState(of: "slow", to: .alarm, reason: "by hand")
        while try await alarms.history(of: "slow").count < 3 { try await Task.sleep(for: .milliseconds(5)) }
        let action = try #require(try await alarms.history(of: "slow").first { $0.type == "Action" })
        #expect(action.summary.contains("Failed") && action.json.contains("Alarms.Options"))
    }
}
