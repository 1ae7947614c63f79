import Foundation
import Testing
import VarveModel
import VarveQuery

/// The examples of the documentation.
@Suite struct MathDocumentationTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Docs")

    /// Statements of the blocks marked `sql` that contain MATH; one may go on in further lines until the next begins.
    private static func statements(_ page: String) throws -> [String] {
        let text = try String(contentsOf: folder.appending(path: page), encoding: .utf8)
        let blocks = text.components(separatedBy: "```sql\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
        var statements: [String] = []
        for line in blocks.joined(separator: "\n").split(separator: "\n") {
            let begins = ["MATH", "EXPLAIN", "SELECT", "SHOW"].contains { line.hasPrefix($0) }
            if begins { statements.append(String(line)) } else { statements[statements.count - 1] += "\n\(line)" }
        }
        return statements.filter { $0.contains("MATH") }
    }

    @Test("every MATH statement of the documentation runs", arguments: ["Query-math.md", "Query.md"])
    func examples(page: String) throws {
        var snapshot = FakeSnapshot()
        let minute = Nanoseconds.perMinute
        // The end of 2026-11-22.
        let now: Int64 = 1_795_392_000 * Nanoseconds.perSecond
        func rows(_ value: Double) -> [(Int64, Double)] {
            (1...20).map { (now - (20 - Int64($0)) * 5 * minute - 1, value + Double($0)) }
        }
        for host in ["web-1", "web-2"] {
            snapshot.add("cpu", "usage_user", ["host": host], rows: rows(80))
            snapshot.add("cpu", "usage_system", ["host": host], rows: rows(1))
        }
        for region in ["a", "b"] {
            snapshot.add("Shop", "errors", ["region": region], rows: rows(0))
            snapshot.add("Shop", "requests", ["region": region], rows: rows(1_000))
            snapshot.add("Shop", "latency", ["region": region], rows: rows(0.5))
        }
        let statements = try Self.statements(page)
        #expect(!statements.isEmpty)
        for statement in statements {
            let result = try QueryEngine.run(statement, on: snapshot, in: QueryContext(nowNs: now))
            #expect(!result.rows.isEmpty, "\(statement)")
            #expect(result.notices.isEmpty, "\(statement): \(result.notices)")
        }
    }
}
