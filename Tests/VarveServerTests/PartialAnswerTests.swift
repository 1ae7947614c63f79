import Testing
import Varve
import VarveIO
import VarveJSON
import VarveServer

/// Answers from a store of which a part cannot be read.
@Suite struct PartialAnswerTests {
    /// A store with a segment of 200 rows that is damaged, or gone, and one row in the log.
    private func withDamage(isGone: Bool, _ body: (ServedDatabase) async throws -> Void) async throws {
        try await ServedDatabase.withDirectory { directory in
            try await ServedDatabase.with(directory) { served in
                _ = try await served.send("POST", "/write", body: DamagedStore.lines)
                try await blocking { try served.database.flush() }
                let recentNs = SystemEnvironment.system.clock.wallNs() - 60_000_000_000
                _ = try await served.send("POST", "/write", body: "app v=1000000 \(recentNs)\n")
            }
            let name = try DamagedStore.flipBit(in: directory)
            if isGone { try SystemEnvironment.system.fileSystem.remove("\(directory)/seg/\(name)") }
            try await ServedDatabase.with(directory) { served in try await body(served) }
        }
    }

    @Test(
        "JSON and CSV say that rows are missing, where, and how many; the rest is answered", arguments: [false, true])
    func doors(isGone: Bool) async throws {
        try await withDamage(isGone: isGone) { served in
            let answer = try await served.send("POST", "/query", body: DamagedStore.statement)
            #expect(answer.status == 200 && answer.headers["varve-partial"] == "true")
            #expect(answer.headers["varve-notice"] == nil)
            let document = try JSONReader.read(answer.body)
            #expect(document["partial"]?.bool == true)
            let notices = (document["notices"]?.array ?? []).compactMap(\.string)
            #expect(notices.count == 1 && notices[0].hasPrefix("gap: up to 200 rows between"), "\(notices)")
            #expect(notices.first?.contains(".seg") == true)
            let values = document["series"]?.array?.first?["values"]?.array ?? []
            #expect(values.compactMap(\.double) == [1_000_000])

            let csv = try await served.send("POST", "/query?format=csv", body: DamagedStore.statement)
            #expect(csv.status == 200 && csv.headers["varve-partial"] == "true")
            #expect(csv.headers["varve-notice"]?.hasPrefix("gap: up to 200 rows between") == true)
            #expect(csv.text.hasPrefix("time,SUM(v)\r\n") && csv.text.hasSuffix(",1000000.0\r\n"))
        }
    }

    @Test("an answer that the damage does not touch is whole", arguments: [false, true])
    func untouched(isGone: Bool) async throws {
        try await withDamage(isGone: isGone) { served in
            let answer = try await served.send(
                "POST", "/query", body: "SELECT SUM(v) FROM app SINCE 5m PERIOD 1s")
            #expect(answer.status == 200 && answer.headers["varve-partial"] == nil)
            let document = try JSONReader.read(answer.body)
            #expect(document["partial"]?.bool == false && document["notices"]?.array?.isEmpty == true)
        }
    }

    @Test("a program that embeds the engine gets an error, unless it accepts gaps and looks", arguments: [false, true])
    func embedded(isGone: Bool) async throws {
        try await withDamage(isGone: isGone) { served in
            try await blocking { () throws in
                #expect {
                    try served.database.query(DamagedStore.statement)
                } throws: { error in
                    (error as? DatabaseError)?.code == .corrupt
                }
                let rows = try served.database.query(DamagedStore.statement, acceptsGaps: true)
                #expect(rows.isPartial && rows.count == 1 && rows.notices.count == 1)
                let whole = try served.database.query("SELECT SUM(v) FROM app SINCE 5m PERIOD 1s")
                #expect(!whole.isPartial && whole.notices.isEmpty)
            }
        }
    }
}
