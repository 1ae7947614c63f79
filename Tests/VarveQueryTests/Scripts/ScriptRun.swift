import VarveBytes
import VarveIO
import VarveLine
import VarveModel
import VarveQuery
import VarveStore
import VarveTestKit

/// Runs a script on a store of its own and gathers what is not as it says.
struct ScriptRun {
    /// What becomes of rows after each load: nothing may depend on it.
    enum Layout: CaseIterable {
        case inMemory, flushed, merged
    }

    /// Second 0 of scripts: 2026-11-22T00:00:00Z, a Sunday.
    static let startNs: Int64 = 1_795_305_600 * Nanoseconds.perSecond

    private let world = SimulatedWorld(seed: 1)
    private let store: Store
    private let layout: Layout
    private var path = StatisticPath.exact
    private var parser = LineReading()
    private(set) var complaints: [String] = []

    init(_ layout: Layout) throws {
        self.layout = layout
        world.clock.setWall(toNs: Self.startNs + Nanoseconds.perDay)
        var options = StoreOptions()
        options.space.ballastBytes = 0
        options.scrubBytesPerSecond = 0
        store = try Store.open(at: "/data", options: options, environment: world.environment)
    }

    mutating func run(_ script: Script) throws {
        for step in script.steps {
            switch step.action {
            case .load(let lines): try append(lines, step.line)
            case .loadEvery(let seconds, let lines): try append(lines.flatMap { Self.spread($0, seconds) }, step.line)
            case .loadWeighted(let lines): try append(lines, .weighted, step.line)
            case .loadSets(let lines): try append(lines, .statisticSet, step.line)
            case .now(let seconds): world.clock.setWall(toNs: Self.startNs + seconds * Nanoseconds.perSecond)
            case .path(let name): path = name == "histogram" ? .histogram : .exact
            case .eval(let evaluation): check(evaluation, step.line)
            }
        }
        store.close()
    }

    private mutating func complain(_ line: Int, _ text: String) { complaints.append("line \(line): \(text)") }

    // MARK: Loading

    /// `n,a=b m: 1 _ 3` as lines of line protocol.
    private static func spread(_ line: String, _ seconds: Int64) -> [String] {
        guard let colon = line.lastIndex(of: ":"), let blank = line[..<colon].lastIndex(of: " ") else { return [line] }
        let metric = line[line.index(after: blank)..<colon]
        let values = line[line.index(after: colon)...].split(separator: " ")
        return values.enumerated().compactMap { index, value in
            value == "_" ? nil : "\(line[..<blank]) \(metric)=\(value) \(Int64(index) * seconds)"
        }
    }

    private mutating func append(_ lines: [String], _ line: Int) throws {
        let absolute = lines.map { line -> String in
            guard let blank = line.lastIndex(of: " "), let seconds = Int64(line[line.index(after: blank)...]) else {
                return line
            }
            return "\(line[..<blank]) \(Self.startNs + seconds * Nanoseconds.perSecond)"
        }
        let (batch, refusals) = parser.read(absolute)
        for refusal in refusals { complain(line, "\(refusal)") }
        if !batch.isEmpty { _ = try store.appendAndWait(batch) }
        try settle()
    }

    /// `n,a=b metric` and numbers, the time last.
    private mutating func append(_ lines: [String], _ kind: SegmentKind, _ line: Int) throws {
        var batch = RecordBatch(kind)
        for text in lines {
            let words = text.split(separator: " ").map(String.init)
            let columnCount = kind.schema.columns.count
            guard words.count == columnCount + 3, let seconds = Int64(words[words.count - 1]) else {
                complain(line, "'\(text)' has not \(columnCount) numbers and a time")
                continue
            }
            let parts = words[0].split(separator: ",").map(String.init)
            let dimensions = parts.dropFirst().map { part in
                let sides = part.split(separator: "=").map(String.init)
                return Dimension(name: sides[0], value: sides[1])
            }
            let shape = RowShape(
                source: SourceKey(namespace: parts[0], dimensions: dimensions), fields: [FieldKey(metric: words[1])])
            batch.append(
                shape: shape, timestamp: Self.startNs + seconds * Nanoseconds.perSecond,
                values: words[2..<2 + columnCount].map { .floats([Double($0) ?? .nan]) })
        }
        if !batch.isEmpty { _ = try store.appendAndWait(batch) }
        try settle()
    }

    private func settle() throws {
        if layout != .inMemory { try store.flush() }
        if layout == .merged { try store.compact() }
    }

    // MARK: Checking

    private mutating func check(_ evaluation: Script.Evaluation, _ line: Int) {
        var statement = evaluation.statement
        if let times = evaluation.times {
            let start = Self.startNs / Nanoseconds.perSecond
            statement += " SINCE \(start + times.from) UNTIL \(start + times.to)"
            if let period = times.period { statement += " PERIOD \(period)" }
        }
        var context = QueryContext(nowNs: world.clock.wallNs())
        context.statisticPath = path
        let result: QueryResult
        do throws(QueryError) {
            result = try QueryEngine.run(statement, on: store.snapshot(), in: context)
        } catch {
            guard let failure = evaluation.failure else { return complain(line, error.rendered(in: statement)) }
            return check(error, failure, statement, line)
        }
        if let failure = evaluation.failure { return complain(line, "does not fail with: \(failure)") }
        if let table = evaluation.table { check(result, table: table, line) }
        if let series = evaluation.series { check(result, series: series, evaluation, line) }
        for note in evaluation.notes where !result.notices.contains(note) {
            complain(line, "does not note '\(note)' but \(result.notices)")
        }
    }

    /// The message, and in a second line the text that it points at.
    private mutating func check(_ error: QueryError, _ expected: [String], _ statement: String, _ line: Int) {
        if error.description != expected.first { complain(line, "fails with: \(error)") }
        guard expected.count > 1 else { return }
        guard case .invalid(_, let offset, let byteCount) = error else { return complain(line, "points nowhere") }
        let place = String(decoding: statement.utf8.dropFirst(offset).prefix(byteCount), as: UTF8.self)
        if place != expected[1] { complain(line, "points at '\(place)'") }
    }

    private mutating func check(_ result: QueryResult, table: [[String]], _ line: Int) {
        guard result.columns.map(\.name) == table.first else {
            return complain(line, "has the columns \(result.columns.map(\.name))")
        }
        let rows = table.dropFirst()
        let same =
            rows.count == result.rows.count
            && zip(rows, result.rows).allSatisfy { expected, row in
                expected.count == row.count && zip(expected, row).allSatisfy { Self.matches($0, $1) }
            }
        if !same { complain(line, "gives \(result.rows)") }
    }

    private static func matches(_ expected: String, _ value: QueryResult.Value) -> Bool {
        switch value {
        case .null: expected == "-"
        case .text(let text): expected == text
        case .number(let number): isClose(expected, number)
        case .integer(let number): expected == "\(number)"
        case .time(let time): expected == "\((time - startNs) / Nanoseconds.perSecond)"
        }
    }

    /// Nine digits: what the specification gives at least.
    private static func isClose(_ expected: String, _ number: Double) -> Bool {
        guard let wanted = Double(expected) else { return false }
        return abs(wanted - number) <= 1e-9 * max(abs(wanted), 1e-9)
    }

    private mutating func check(
        _ result: QueryResult, series expected: [String], _ evaluation: Script.Evaluation, _ line: Int
    ) {
        let series = result.series ?? []
        let start = Self.startNs + (evaluation.times?.from ?? 0) * Nanoseconds.perSecond
        let periodNs = result.periodNs ?? 1
        guard series.count == expected.count else {
            return complain(line, "has \(series.count) series: \(series.map(\.label))")
        }
        for (one, text) in zip(series, expected) {
            let colon = text.lastIndex(of: ":") ?? text.endIndex
            if one.label != String(text[..<colon]) { complain(line, "has a series '\(one.label)'") }
            let wanted = text[colon...].dropFirst().split(separator: " ").map(String.init)
            var points: [Int64: Double] = [:]
            for (time, value) in zip(one.timestamps, one.values) { points[time] = value }
            for (slot, word) in wanted.enumerated() {
                let point = points.removeValue(forKey: start + Int64(slot) * periodNs)
                let isRight = point.map { Self.isClose(word, $0) } ?? (word == "_")
                if !isRight {
                    complain(line, "\(one.label), slot \(slot): \(point.map { "\($0)" } ?? "_"), not \(word)")
                }
            }
            if !points.isEmpty { complain(line, "\(one.label) has further points: \(points)") }
        }
    }
}

/// Reads line protocol with times in nanoseconds.
struct LineReading {
    func read(_ lines: [String]) -> (RowBatch, [LineRefusal]) {
        var parser = LineParser()
        var batch = RowBatch()
        var refusals: [LineRefusal] = []
        let bytes = Array(lines.map { "\($0)\n" }.joined().utf8)
        _ = parser.parse(
            bytes.span.bytes, receivedAtNs: ScriptRun.startNs, isFinal: true, into: &batch, refusals: &refusals)
        return (batch, refusals)
    }
}
