package import VarveExchange
package import VarveJSON
import VarveModel
package import VarveQuery
package import VarveStore

/// Statements answered by a server, over HTTP. Owned by one thread.
package final class RemoteSession: Session {
    private let client: HTTPClient
    /// Answers to SHOW statements, for completion.
    private var answers: [String: KnownNames] = [:]

    package init(_ client: HTTPClient) { self.client = client }

    package var place: String { client.place }

    /// Asks the server whether it is there, so that a wrong address shows at once.
    package func check() throws(Problem) {
        let answer = try client.send("GET", "/ping")
        guard answer.status == 204, answer.headers["x-influxdb-build"] == "Varve" else {
            throw Problem(
                .failed, place, "something answers there, but it is no Varve server", advice: "check --connect")
        }
    }

    package func run(_ statement: String, cancellation: CancellationFlag?) throws(Problem) -> QueryResult {
        let request = JSONValue.object([JSONMember("query", .string(statement))]).encoded
        let answer = try client.send(
            "POST", "/query", contentType: "application/json", body: request, cancellation: cancellation)
        let document = try read(answer)
        guard answer.status == 200 else { throw problem(answer.status, document, what: "query") }
        do { return try QueryResult(json: document) } catch { throw Problem(.failed, place, "\(error)") }
    }

    package func statistics() throws(Problem) -> [StoreFigure] {
        let answer = try client.send("GET", "/stats")
        let document = try read(answer)
        guard answer.status == 200, let store = document["store"] else {
            throw problem(answer.status, document, what: "statistics")
        }
        let findings = (store["checks"]?.array ?? []).compactMap(StoreHealth.Finding.init(json:))
        return StoreFigure.list(
            StoreStatistics(json: store), damage: store["damage"]?.array?.compactMap(\.string) ?? [],
            findings: findings)
    }

    package func write(lines: [UInt8]) throws(Problem) -> WriteOutcome {
        let answer = try client.send(
            "POST", "/write?precision=ns", contentType: "text/plain; charset=utf-8", body: lines)
        let lineCount = DataLines.count(in: lines)
        if answer.status == 204 { return WriteOutcome(rowCount: lineCount) }
        let document = try read(answer)
        guard answer.status == 400, let message = document["error"]?.string,
            let refusals = RefusalText(message)
        else {
            var problem = problem(answer.status, document, what: "write")
            problem.storedRowCount = StoredRowsText.count(in: problem.why)
            throw problem
        }
        return WriteOutcome(
            rowCount: max(0, lineCount - refusals.count), refusedCount: refusals.count, refused: refusals.named)
    }

    package func cardinality(top: Int) throws(Problem) -> Cardinality {
        let answer = try client.send("GET", "/stats?cardinality=\(top)")
        let document = try read(answer)
        guard answer.status == 200, let report = document["cardinality"] else {
            throw problem(answer.status, document, what: "statistics")
        }
        do { return try Cardinality(json: report) } catch { throw Problem(.failed, place, "\(error)") }
    }

    /// Lets the server make a copy of its database, and waits for it.
    package func snapshot(name: String) throws(Problem) -> SnapshotAnswer {
        var client = client
        // On another file system segments are copied, and nothing is said meanwhile.
        client.silenceSecondsMax = 24 * 3_600
        let request = JSONValue.object([JSONMember("name", .string(name))]).encoded
        let answer = try client.send("POST", "/snapshot", contentType: "application/json", body: request)
        let document = try read(answer)
        guard answer.status == 201 else { throw problem(answer.status, document, what: "snapshot") }
        do { return try SnapshotAnswer(json: document) } catch { throw Problem(.failed, place, "\(error)") }
    }

    package func perform(_ operation: String, _ input: JSONValue) throws(Problem) -> JSONValue {
        let answer = try client.send(
            "POST", "/operation/\(operation)", contentType: "application/json", body: input.encoded)
        let document = try read(answer)
        guard answer.status == 200 else { throw problem(answer.status, document, what: operation) }
        return document
    }

    package func close() {}

    private func read(_ answer: HTTPClient.Answer) throws(Problem) -> JSONValue {
        do {
            return try JSONReader.read(answer.body)
        } catch {
            throw Problem(
                .failed, place, "HTTP status \(answer.status) without an answer that can be read",
                advice: "check that a Varve server listens there")
        }
    }

    /// What the server said instead of an answer. 4xx: the request is wrong; 5xx: the server is.
    private func problem(_ status: Int, _ document: JSONValue, what: String) -> Problem {
        let message = document["error"]?.string ?? "HTTP status \(status)"
        guard (400..<500).contains(status) else { return Problem(.failed, place, message) }
        let range = document["offset"]?.integer.flatMap { offset -> Range<Int>? in
            let length = document["length"]?.integer ?? 0
            guard (0...Self.statementBytesMax).contains(offset), (0...Self.statementBytesMax).contains(length) else {
                return nil
            }
            return Int(offset)..<Int(offset + length)
        }
        return Problem(.wrongInput, what, message, statementRange: range)
    }

    /// Places beyond this come from a server that talks nonsense.
    private static let statementBytesMax: Int64 = 1 << 30
}

// MARK: Completion

extension RemoteSession {
    package func complete(_ unfinished: String) -> StatementCompletion {
        let context = QueryEngine.completionContext(statement: unfinished, cursor: unfinished.utf8.count)
        let prefix = context.prefix.lowercased()
        let texts = context.candidates.flatMap { candidate in
            candidates(candidate).filter { $0.name.lowercased().hasPrefix(prefix) }.map(\.text)
        }
        return StatementCompletion(replaceStart: context.wordStart, texts: Set(texts).sorted())
    }

    /// Names that could stand there, and how each is written.
    private func candidates(_ candidate: CompletionContext.Candidate) -> [(name: String, text: String)] {
        switch candidate {
        case .keyword(let words): [(words, words)]
        case .namespace: texts("SHOW NAMESPACES", column: "namespace").map { ($0, Quoting.namespace($0)) }
        case .metric(let namespace):
            texts("SHOW METRICS\(Self.from(namespace))", column: "metric").map { ($0, Quoting.name($0)) }
        case .dimensionName(let namespace): dimensions(of: namespace).map { ($0.name, Quoting.key($0.name)) }
        case .dimensionValue(let name, let namespace):
            dimensions(of: namespace).filter { $0.name == name }.map { ($0.value, Quoting.value($0.value)) }
        case .time: [("now", "now")]
        case .duration: []
        }
    }

    private static func from(_ namespace: String?) -> String {
        namespace.map { " FROM \(Quoting.namespace($0))" } ?? ""
    }

    /// Read from the text of SHOW SERIES: good enough for suggestions, though not for values that contain `, `.
    private func dimensions(of namespace: String?) -> Set<Dimension> {
        let sets = texts("SHOW SERIES\(Self.from(namespace)) LIMIT \(Self.seriesSampledMax)", column: "dimensions")
        return sets.reduce(into: []) { dimensions, text in
            for pair in text.split(separator: ", ") {
                guard let sign = pair.firstIndex(of: "=") else { continue }
                dimensions.insert(
                    Dimension(name: String(pair[..<sign]), value: String(pair[pair.index(after: sign)...])))
            }
        }
    }

    /// Enough for a list of suggestions, quick enough for a key press.
    private static let seriesSampledMax = 5_000

    /// A column of the answer to `statement`; nothing when there is no answer.
    private func texts(_ statement: String, column name: String) -> [String] {
        let nowNs = MonotonicClock.nowNs()
        if let known = answers[statement], nowNs < known.expiresNs { return known.texts }
        let answer = try? quickSession.run(statement, cancellation: nil)
        var texts: [String] = []
        if let answer, let index = answer.columns.firstIndex(where: { $0.name == name }) {
            texts = answer.rows.compactMap { if case .text(let text) = $0[index] { text } else { nil } }
        }
        answers[statement] = KnownNames(texts: texts, expiresNs: nowNs + 15 * Nanoseconds.perSecond)
        return texts
    }

    /// Tab must not hang when the server does.
    private var quickSession: RemoteSession {
        var client = client
        client.silenceSecondsMax = 2
        return RemoteSession(client)
    }

    fileprivate struct KnownNames {
        var texts: [String]
        var expiresNs: Int64
    }
}

extension StoreHealth.Finding {
    /// Reads an element of `checks`; nil when it is none.
    fileprivate init?(json: JSONValue) {
        guard let status = json["status"]?.string.flatMap(StoreHealth.Status.init(rawValue:)),
            let subject = json["name"]?.string, let text = json["message"]?.string
        else { return nil }
        self.init(status, subject, text)
    }
}

extension StoreStatistics {
    /// Reads member `store` of the server's `/stats`; figures that are missing stay 0.
    fileprivate init(json: JSONValue) {
        self.init()
        let counts: [(String, WritableKeyPath<StoreStatistics, Int>)] = [
            ("seriesCount", \.seriesCount), ("sampleCount", \.sampleCount), ("segmentCount", \.segmentCount),
            ("segmentBytes", \.segmentBytes), ("tailRows", \.tailRows), ("tailValues", \.tailValues),
            ("walBytes", \.walBytes), ("catalogueBytes", \.catalogueBytes),
            ("diskBytesFree", \.availableBytes),
        ]
        for (name, path) in counts { self[keyPath: path] = json[name]?.integer.flatMap { Int(exactly: $0) } ?? 0 }
        oldestTimestampNs = json["oldestTimestampNs"]?.integer
        newestTimestampNs = json["newestTimestampNs"]?.integer
        readOnlyReason = json["readOnlyReason"]?.string
        scrub.lastFinishedNs = json["scrubFinishedNs"]?.integer
    }
}
