import Testing
import VarveIO
import VarveModel
import VarveQuery
import VarveTestKit

@testable import VarveMonitoring

@Suite struct AlarmStatementTests {
    @Test("statements about alarms are told from all others")
    func tells() throws {
        for text in [
            "SHOW METRICS", "SELECT AVG(x) FROM alarms", "SELECT * FROM \"alarms\"", "SELECT * FROM App",
            "EXPLAIN SELECT AVG(x) FROM y",
        ] {
            #expect(try AlarmStatement.parse(text, nowNs: 0) == nil, "\(text)")
        }
        #expect(try AlarmStatement.parse(" show alarms limit 3", nowNs: 0) == .show([], limit: 3))
        guard
            case .explain("cpu-high", _) = try AlarmStatement.parse(
                "EXPLAIN ALARM \"cpu-high\" SINCE 90d", nowNs: 1 << 60)
        else {
            Issue.record("no explanation")
            return
        }
    }

    @Test(
        "a mistake is shown at its place in the statement as it was typed",
        arguments: [
            ("SHOW ALARMS WHER x = 'a'", "WHER"), ("  EXPLAIN ALARM a SINCE soon", "soon"),
            ("SHOW  ALARMS LIMIT x", "x"),
        ])
    func mistakes(text: String, wrong: String) throws {
        let error = #expect(throws: QueryError.self) { try AlarmStatement.parse(text, nowNs: 1 << 60) }
        guard case .invalid(_, let offset, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(Array(text.utf8)[offset...].starts(with: Array(wrong.utf8)), "\(offset)")
    }
}
