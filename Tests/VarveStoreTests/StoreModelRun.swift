import VarveCodec
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// How often each observation occurs; its `host` is "host metric" here, or all that a row with several columns holds.
private typealias Rows = [Observation: Int]

/// One random life of a store on a simulated disk, and what it must contain. For one test on one thread.
struct StoreModelRun {
    private var random: SplitMix64
    private let world: SimulatedWorld
    private let options: StoreOptions
    private var engine: StoreEngine
    /// Rows that must be there.
    private var certain: Rows = [:]
    /// Rows whose commit had an unknown outcome: each may be there.
    private var possible: Rows = [:]
    private var held: (snapshot: StoreSnapshot, rows: Rows)?
    private var freshNames = 0
    private(set) var history: [String] = []
    var problem: String?

    init(seed: UInt64, options: StoreOptions = StoreFixture.options) throws {
        self.options = options
        random = SplitMix64(seed: seed)
        world = SimulatedWorld(seed: seed)
        engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
    }

    /// One random operation, then a comparison.
    mutating func step() throws {
        switch Int.random(in: 0..<28, using: &random) {
        case 0..<10: commit()
        case 10, 11: flush()
        case 12, 13: failFlush()
        case 14: failCommit(isPermanent: false)
        case 15: try failSync()
        case 16, 17: try reopen()
        case 18, 19: try cutPower()
        case 20, 21: try expire()
        case 22: hold()
        case 23, 24, 25: try compact()
        case 26: failCompaction()
        default: try checkHeld()
        }
        try compare()
    }

    // MARK: Operations

    private mutating func commit() {
        var batches: [WriteBatch] = []
        var rows: [Rows] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let (batch, content) = makeBatch()
            batches.append(batch)
            rows.append(content)
        }
        history.append("commit \(batches.map(\.rowCount))")
        for (result, content) in zip(engine.commit(batches), rows) {
            switch result {
            case .success: certain.merge(content, uniquingKeysWith: +)
            case .failure(.outcomeUnknown): possible.merge(content, uniquingKeysWith: +)
            case .failure(.disk), .failure(.readOnly): break
            case .failure(let error): problem = "commit refused: \(error)"
            }
        }
    }

    private mutating func flush() {
        history.append("flush")
        do {
            try engine.flush()
        } catch {
            problem = "flush failed: \(error)"
        }
    }

    private mutating func failFlush() {
        let call = Int.random(in: 1...14, using: &random)
        let code: Int32 = Bool.random(using: &random) ? 5 : 28
        history.append("flush, call \(call) failing")
        world.fileSystem.inject(Fault(call: call, .error(errno: code)))
        try? engine.flush()
        world.fileSystem.clearFaults()
    }

    private mutating func failCommit(isPermanent: Bool) {
        let choice: [SimulatedOperation] = isPermanent ? [.sync] : [.sync, .write, .rename]
        let operation = choice.randomElement(using: &random)!
        history.append("\(operation) of the log failing\(isPermanent ? " for good" : "")")
        world.fileSystem.inject(
            Fault(operation, pathContains: "/wal/", isPermanent: isPermanent, .error(errno: 5)))
        commit()
        world.fileSystem.clearFaults()
    }

    /// The store must turn read-only; what an opening then shows must stay, whatever happens next.
    private mutating func failSync() throws {
        failCommit(isPermanent: true)
        try reopen()
    }

    private mutating func reopen() throws {
        history.append("reopen")
        engine.close()
        try open()
    }

    private mutating func cutPower() throws {
        let survival: Survival = [.none, .all, .names, .random(seed: random.next())].randomElement(using: &random)!
        history.append("power cut \(survival)")
        held = nil
        if Bool.random(using: &random) {
            // In the middle of things: a call of the next commit or flush.
            world.fileSystem.crashAfter(call: world.fileSystem.callCount + Int.random(in: 1...14, using: &random))
            commitUntilCrash()
        }
        world.fileSystem.crash(survival: survival)
        try open()
    }

    private mutating func commitUntilCrash() {
        let (batch, content) = makeBatch()
        if case .success = engine.commit([batch])[0] {
            certain.merge(content, uniquingKeysWith: +)
        } else {
            possible.merge(content, uniquingKeysWith: +)
        }
        try? engine.flush()
        _ = try? engine.compact()
    }

    /// Nothing but files may change, not even the order of equal times.
    private mutating func compact() throws {
        history.append("compact")
        let before = try StoreFixture.ordered(engine.snapshot(), since: oldestKept)
        do {
            try engine.compact()
        } catch {
            problem = "compaction failed: \(error)"
        }
        if try StoreFixture.ordered(engine.snapshot(), since: oldestKept) != before {
            problem = problem ?? "compaction changed rows or their order"
        }
        try settleExpired()
    }

    private mutating func failCompaction() {
        let call = Int.random(in: 1...25, using: &random)
        history.append("compaction, call \(call) failing")
        world.fileSystem.inject(Fault(call: call, .error(errno: Bool.random(using: &random) ? 5 : 28)))
        do { _ = try engine.compact() } catch { history.append("failed") }
        world.fileSystem.clearFaults()
        do { try settleExpired() } catch { problem = "\(error)" }
    }

    /// Whole files and blocks go, so of the rows that are too old any part may have gone.
    private mutating func settleExpired() throws {
        certain = kept(certain).merging(try tooOld(read(engine.snapshot()), within: certain)) { one, _ in one }
    }

    /// Opens the directory and settles what was unknown.
    private mutating func open() throws {
        engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
        if let reason = engine.readOnlyReason { problem = "opened read-only: \(reason)" }
        if !engine.damage.isEmpty { problem = "damage: \(engine.damage)" }
        let found = try read(engine.snapshot())
        let most = certain.merging(possible, uniquingKeysWith: +)
        if let difference = describe(found, least: kept(certain), most: most) {
            problem = "after opening: \(difference)"
        }
        certain = found
        possible = [:]
    }

    private mutating func expire() throws {
        let days = Int64.random(in: 1...60, using: &random)
        history.append("\(days) days later")
        world.clock.advance(byNs: days * Nanoseconds.perDay)
        _ = try engine.expire()
        try settleExpired()
    }

    private mutating func hold() {
        history.append("hold a snapshot")
        held = (engine.snapshot(), certain)
    }

    private mutating func checkHeld() throws {
        guard let held else { return }
        history.append("look at the held snapshot")
        let found = try read(held.snapshot)
        if let difference = describe(found, least: held.rows, most: held.rows) {
            problem = "held snapshot: \(difference)"
        }
    }

    // MARK: Rows

    private mutating func makeBatch() -> (WriteBatch, Rows) {
        if Int.random(in: 0..<3, using: &random) > 0 {
            let (batch, rows) = makeNumbers()
            return (.rows(batch), rows)
        }
        let kind = RecordFixture.kinds.randomElement(using: &random)!
        let times = (0..<Int.random(in: 1...10, using: &random)).map { _ in makeTime() }
        let (batch, rows) = RecordFixture.batch(kind, times: times, hosts: 3, &random)
        return (.records(batch), Self.counts(rows))
    }

    private static func counts(_ rows: [Record]) -> Rows {
        rows.reduce(into: [:]) { counts, row in
            let text = "record \(row.kind) \(row.host) \(row.content)"
            counts[Observation(host: text, timestamp: row.timestamp, bits: 0), default: 0] += 1
        }
    }

    private mutating func makeNumbers() -> (RowBatch, Rows) {
        var batch = RowBatch()
        var rows: Rows = [:]
        for _ in 0..<Int.random(in: 1...20, using: &random) {
            let host = Int.random(in: 0..<3, using: &random)
            let fields = makeFields()
            let timestamp = makeTime()
            let values = fields.map { _ in makeValue() }
            batch.append(shape: StoreFixture.shape(host: host, fields: fields), timestamp: timestamp, values: values)
            for (field, value) in zip(fields, values) {
                let key = Observation(host: "h\(host) \(field)", timestamp: timestamp, bits: value.bitPattern)
                rows[key, default: 0] += 1
            }
        }
        return (batch, rows)
    }

    private mutating func makeFields() -> [String] {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return ["c"]
        case 1: return ["b", "a"]
        case 2: return ["a"]
        case 3: return ["a", "b", "c", "d"].shuffled(using: &random)
        case 4:
            freshNames += 1
            return ["n\(freshNames)", "a"]
        default: return ["a", "b"]
        }
    }

    /// Mostly seconds around the present, so that times repeat; now and then any that is accepted.
    private mutating func makeTime() -> Int64 {
        let now = world.clock.wallNs()
        if Int.random(in: 0..<5, using: &random) > 0 {
            return now - Int64.random(in: 0..<100, using: &random) * Nanoseconds.perSecond
        }
        let range = (now - 455 * Nanoseconds.perDay)...(now + 2 * Nanoseconds.perDay)
        let choice = [range.lowerBound, range.upperBound, Int64.random(in: range, using: &random)]
        return choice.randomElement(using: &random)!
    }

    private mutating func makeValue() -> Double {
        switch Int.random(in: 0..<8, using: &random) {
        case 0:
            let special: [Double] = [
                .nan, .infinity, -.infinity, -0.0, 0, .leastNonzeroMagnitude, -.greatestFiniteMagnitude,
                Double(bitPattern: 0x7ff8_0000_0000_1234),
            ]
            return special.randomElement(using: &random)!
        case 1: return Double(bitPattern: random.next())
        default: return Double(Int.random(in: -50...50, using: &random)) / 10
        }
    }

    // MARK: Comparing

    private mutating func compare() throws {
        guard problem == nil else { return }
        let found = try read(engine.snapshot())
        problem = describe(found, least: certain, most: certain)
    }

    private func describe(_ found: Rows, least: Rows, most: Rows) -> String? {
        if let lost = least.first(where: { found[$0.key, default: 0] < $0.value }) {
            return "\(lost.key) is there \(found[lost.key, default: 0]) times, \(lost.value) expected"
        }
        if let extra = found.first(where: { most[$0.key, default: 0] < $0.value }) {
            return "\(extra.key) is there \(extra.value) times, \(most[extra.key, default: 0]) expected"
        }
        return nil
    }

    private var oldestKept: Int64 { world.clock.wallNs() - 455 * Nanoseconds.perDay }

    private func kept(_ rows: Rows) -> Rows { rows.filter { $0.key.timestamp >= oldestKept } }

    private func tooOld(_ found: Rows, within rows: Rows) -> Rows {
        found.filter { $0.key.timestamp < oldestKept && rows[$0.key, default: 0] >= $0.value }
    }

    private mutating func read(_ snapshot: StoreSnapshot) throws -> Rows {
        var rows: Rows = [:]
        var fault: String?
        for metric in snapshot.metrics(in: .default, namespace: "test") {
            let series = snapshot.series(in: .default, namespace: "test", metric: metric)
            try snapshot.scan(series, in: .all) { index, chunk throws(StoreError) in
                let samples = try chunk.decode()
                let host = snapshot.source(of: series[index]).dimensions[0].value
                for row in 0..<chunk.rowCount {
                    let key = Observation(
                        host: "\(host) \(metric)", timestamp: samples.timestamps[row],
                        bits: samples.values[row].bitPattern)
                    rows[key, default: 0] += 1
                }
                fault = fault ?? Self.check(chunk, samples).map { "\(host) \(metric): \($0)" }
                return .next
            }
        }
        if let fault { problem = problem ?? fault }
        return rows.merging(Self.counts(try RecordFixture.read(snapshot)), uniquingKeysWith: +)
    }

    /// What a chunk says of itself, against its rows.
    private static func check(_ chunk: any SampleChunk, _ samples: DecodedSamples) -> String? {
        let times = (0..<chunk.rowCount).map { samples.timestamps[$0] }
        if times != times.sorted() { return "rows out of order" }
        let bounds = (chunk.firstTimestamp, chunk.lastTimestamp)
        if times.first != bounds.0 || times.last != bounds.1 { return "first or last time is not \(bounds)" }
        guard let statistics = chunk.statistics else { return nil }
        let values = Array(samples.values)
        let finite = values.filter(\.isFinite)
        var sum = ExactSum()
        for value in values { sum.add(value) }
        let expected = BlockStatistics(
            count: values.count, nanCount: values.count { $0.isNaN }, minimum: finite.min(), maximum: finite.max(),
            first: values.first ?? 0, last: values.last ?? 0, sum: sum)
        return statistics == expected ? nil : "statistics \(statistics), \(expected) expected"
    }
}
