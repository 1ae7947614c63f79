import Glibc
import Testing
import Varve
import VarveIO
import VarveJSON
import VarveREPL
import VarveTestKit

@Suite("varve alarm")
struct AlarmCommandTests {
    private let world = SimulatedWorld(seed: 7)
    private let recorded = RecordedConsole()

    private func session() throws -> EmbeddedSession {
        let database = try Database.open("/db", options: DatabaseOptions(), environment: world.environment)
        return EmbeddedSession(database: database, place: "/db")
    }

    /// A file with a definition, below /tmp; removed at the end.
    private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
        var template = Array("/tmp/varve-alarm-XXXXXX\0".utf8CString)
        let descriptor = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { mkstemp($0) } ?? -1
        }
        try #require(descriptor >= 0)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(path) }
        _ = text.withCString { Glibc.write(descriptor, $0, text.utf8.count) }
        close(descriptor)
        try body(path)
    }

    private static let definition = """
        {"AlarmName": "cpu-high", "Namespace": "App", "MetricName": "cpu", "Statistic": "Average", "Period": 60,
         "Dimensions": [{"Name": "Host", "Value": "a"}], "EvaluationPeriods": 3, "DatapointsToAlarm": 2,
         "Threshold": 80, "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": ["https://ops.example/hook"]}
        """

    @Test("definitions go in, and come out of the list, of show and of the history")
    func putAndShow() throws {
        let session = try session()
        defer { session.close() }
        let console = recorded.console()
        let list = "[{\"AlarmName\": \"any\", \"AlarmRule\": \"ALARM(cpu-high)\"}, \(Self.definition)]"
        try withFile(list) { #expect(AlarmCommand.put($0, session: session, console: console) == .ok) }
        #expect(recorded.out == "cpu-high: stored\nany: stored\n")
        #expect(
            AlarmCommand.list(state: nil, prefix: nil, format: .csv, session: session, console: console) == .ok)
        #expect(recorded.out.contains("Average(cpu) of Host=a > 80.0, 2 of 3 × 1m"))
        #expect(recorded.out.contains("ALARM(cpu-high)"))
        #expect(AlarmCommand.test("cpu-high", state: "alarm", session: session, console: console) == .ok)
        #expect(AlarmCommand.show("any", format: .table, session: session, console: console) == .ok)
        #expect(recorded.out.contains("StateValue"))
        #expect(
            AlarmCommand.history("cpu-high", sinceNs: nil, format: .csv, session: session, console: console) == .ok)
        #expect(recorded.out.contains("Alarm updated from INSUFFICIENT_DATA to ALARM"))
        #expect(recorded.errors.isEmpty)
    }

    @Test("what list shows as JSON can be put again: a way to copy alarms")
    func copies() throws {
        let session = try session()
        defer { session.close() }
        let console = recorded.console()
        try withFile(Self.definition) { _ = AlarmCommand.put($0, session: session, console: console) }
        let described = try session.perform("DescribeAlarms", .object([])).encoded
        try withFile(String(decoding: described, as: UTF8.self)) {
            #expect(AlarmCommand.put($0, session: session, console: console) == .ok)
        }
        #expect(recorded.errors.isEmpty, "\(recorded.errors)")
        #expect(try session.perform("DescribeAlarms", .object([])).encoded == described)
    }

    @Test("a refused definition is named with the service's words, and ends with 1")
    func refused() throws {
        let session = try session()
        defer { session.close() }
        let console = recorded.console()
        try withFile(#"{"AlarmName": "x", "MetricName": "cpu"}"#) {
            #expect(AlarmCommand.put($0, session: session, console: console) == .wrongInput)
        }
        #expect(recorded.errors.contains("alarm x"))
        try withFile("{") { #expect(AlarmCommand.put($0, session: session, console: console) == .wrongInput) }
        #expect(AlarmCommand.show("nobody", format: .table, session: session, console: console) == .wrongInput)
        #expect(AlarmCommand.delete(["nobody"], session: session, console: console) == .wrongInput)
        #expect(recorded.errors.contains("there is no such alarm"))
    }

    @Test("a replay shows when an alarm would have fired, and how often in sum")
    func backtest() throws {
        let session = try session()
        defer { session.close() }
        let console = recorded.console()
        // The console's clock is the one that the command asks.
        world.clock.setWall(toNs: testNowNs)
        var lines = ""
        for minute in 0..<120 {
            let value = (30..<40).contains(minute) ? 95 : 20
            lines += "App,Host=a cpu=\(value) \(testNowNs - Int64(120 - minute) * 60_000_000_000)\n"
        }
        #expect(try session.write(lines: Array(lines.utf8)).rowCount == 120)
        try withFile(Self.definition) {
            #expect(
                BacktestCommand.run(
                    $0, sinceNs: 7_200_000_000_000, format: .table, session: session, console: console) == .ok)
        }
        #expect(recorded.out.contains("cpu-high: fired once, 10m in ALARM, flapped 0 times"), "\(recorded.out)")
        #expect(recorded.out.contains("would have called https://ops.example/hook once"))
    }
}
