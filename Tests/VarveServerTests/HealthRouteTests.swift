import Testing
import Varve
import VarveIO
import VarveJSON
import VarveModel
import VarveServer
import VarveStore

/// `/health` and `/stats`, for operators and load balancers.
@Suite struct HealthRouteTests {
    private func answer(_ statistics: StoreStatistics, readOnly: String? = nil) async throws -> (Int, JSONValue) {
        let backend = FakeBackend()
        backend.with {
            $0.statistics = statistics
            $0.readOnlyReason = readOnly
        }
        return try await TestServer.with(backend) { test async throws in
            let answer = try await blocking { () throws in
                try TestClient(port: test.httpPort).request("GET", "/health")
            }
            return (answer.status, try JSONReader.read(answer.body))
        }
    }

    private func checks(_ document: JSONValue) -> [String] {
        (document["checks"]?.array ?? []).compactMap { check in
            guard let status = check["status"]?.string, let name = check["name"]?.string,
                check["message"]?.string?.isEmpty == false
            else { return nil }
            return "\(status) \(name)"
        }
    }

    @Test("a store that is well says so, with the time of its last scrub")
    func well() async throws {
        var statistics = StoreStatistics()
        statistics.scrub.passesFinished = 3
        statistics.scrub.lastFinishedNs = 1_763_769_600_000_000_000
        statistics.scrub.segmentCount = 9
        statistics.scrub.segmentsDone = 4
        let (status, document) = try await answer(statistics)
        #expect(status == 200 && document["status"]?.string == "pass" && checks(document) == [])
        #expect(document["readOnlyReason"] == .null && document["spaceLevel"]?.string == "normal")
        #expect(document["pagesInQuarantine"]?.integer == 0)
        #expect(document["scrubFinishedNs"]?.integer == 1_763_769_600_000_000_000)
        #expect(document["scrubPasses"]?.integer == 3 && document["scrubSegments"]?.integer == 9)
        #expect(document["scrubSegmentsDone"]?.integer == 4)
        #expect(document["version"]?.string == ProductVersion.text)
    }

    @Test("read-only mode is a failure with its reason")
    func readOnly() async throws {
        let (status, document) = try await answer(StoreStatistics(), readOnly: "the log cannot be synced")
        #expect(status == 503 && document["status"]?.string == "fail" && checks(document) == ["fail writes"])
        #expect(document["readOnlyReason"]?.string == "the log cannot be synced")
        #expect(document["message"]?.string?.contains("the log cannot be synced") == true)
    }

    @Test("quarantine, disk space, failed work, the clock and the scrub are named, and service goes on")
    func warnings() async throws {
        var statistics = StoreStatistics()
        statistics.quarantine = [Corruption(path: "seg/a.seg", offset: 4_096, detail: "cannot be read")]
        statistics.spaceLevel = .low
        statistics.availableBytes = 5 << 30
        statistics.diskBytes = 100 << 30
        statistics.failures = [BackgroundFailure(task: .compaction, reason: "no room", sinceNs: 1)]
        statistics.clockWarning = "the clock is ahead"
        statistics.scrub.failure = "a file is locked"
        statistics.damage = [Corruption(path: "seg/b.seg", offset: 0, detail: "gone")]
        let (status, document) = try await answer(statistics)
        #expect(status == 200 && document["status"]?.string == "warn")
        #expect(
            checks(document) == [
                "warn disk space", "warn compaction", "warn clock", "warn scrub", "warn damage", "warn quarantine",
            ])
        #expect(document["spaceLevel"]?.string == "low" && document["pagesInQuarantine"]?.integer == 1)
        statistics.writeRefusal = "the disk is nearly full"
        statistics.spaceLevel = .critical
        let (worse, refusing) = try await answer(statistics)
        #expect(worse == 503 && checks(refusing).first == "fail writes")
        #expect(refusing["spaceLevel"]?.string == "critical")
    }

    @Test("a real store with a damaged page is served, and its health names file and place once the page was asked for")
    func damagedPage() async throws {
        try await ServedDatabase.withDirectory { directory in
            try await ServedDatabase.with(directory) { served in
                _ = try await served.send("POST", "/write", body: DamagedStore.lines)
                try await blocking { try served.database.flush() }
            }
            let segment = try DamagedStore.flipBit(in: directory)
            try await ServedDatabase.with(directory) { served in
                #expect(try await served.json("GET", "/health")["pagesInQuarantine"]?.integer == 0)
                _ = try await served.send("POST", "/query", body: DamagedStore.statement)
                let answer = try await served.send("GET", "/health")
                let document = try JSONReader.read(answer.body)
                #expect(answer.status == 200 && document["status"]?.string == "warn")
                let found = (document["checks"]?.array ?? []).filter { $0["name"]?.string == "quarantine" }
                #expect(found.count == 1 && found[0]["message"]?.string?.contains(segment) == true)
                #expect(document["pagesInQuarantine"]?.integer == 1)
            }
        }
    }

    @Test("/stats tells what series come from when asked")
    func cardinality() async throws {
        try await ServedDatabase.withDirectory { directory in
            try await ServedDatabase.with(directory) { served in
                let lines = (0..<20).map { "App,host=h\($0),zone=z\($0 % 2) a=1,b=2\n" }.joined() + "Other x=1\n"
                #expect(try await served.send("POST", "/write", body: lines).status == 204)
                #expect(try await served.json("GET", "/stats")["cardinality"] == nil)
                let report = try #require(try await served.json("GET", "/stats?cardinality=1")["cardinality"])
                #expect(report["seriesCount"]?.integer == 41 && report["sourceCount"]?.integer == 21)
                let namespaces = report["namespaces"]?.array ?? []
                #expect(namespaces.count == 1 && namespaces[0]["namespace"]?.string == "App")
                #expect(namespaces.first?["seriesCount"]?.integer == 40)
                #expect(report["metrics"]?.array?.first?["seriesCount"]?.integer == 20)
                #expect(report["dimensions"]?.array?.first?["name"]?.string == "host")
                #expect(report["dimensions"]?.array?.first?["valueCount"]?.integer == 20)
                for text in ["0", "1001", "x", "-1", ""] {
                    #expect(try await served.send("GET", "/stats?cardinality=\(text)").status == 400, "\(text)")
                }
            }
        }
    }
}

/// A store with one block of rows, and what damages it.
enum DamagedStore {
    /// 200 rows of one series within the last hours.
    static var lines: String {
        let start = SystemEnvironment.system.clock.wallNs() - 3_600_000_000_000
        return (0..<200).map { "app v=\($0 * 7919 % 1009) \(start + Int64($0) * 1_000_000_000)\n" }.joined()
    }

    /// Needs single rows, so that the block is read.
    static let statement = "SELECT SUM(v) FROM app SINCE 2h PERIOD 1s"

    /// Flips one bit of the first page of the only segment.
    /// - Returns: the name of its file.
    static func flipBit(in directory: String) throws -> String {
        let fileSystem = SystemEnvironment.system.fileSystem
        let name = try #require(try fileSystem.list("\(directory)/seg").first)
        let file = try fileSystem.open("\(directory)/seg/\(name)", .readWrite)
        let offset = 4_096 + 40
        let byte = try file.read(at: offset, count: 1)[0]
        try file.write([byte ^ 4], at: offset)
        try file.close()
        return name
    }
}
