import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// One life of a store on a simulated disk, with what it must contain. One thread.
struct EpisodeRun {
    static let directory = "/data"
    /// Survivor sets of each crash point: three fixed ones and random ones.
    static let randomSurvivals = 3

    private let world: SimulatedWorld
    private var engine: StoreEngine?
    private var random: SplitMix64
    /// Rows that must be there, sorted.
    private(set) var certain: [Row] = []
    /// Rows whose commit had an unknown outcome, sorted: each may be there.
    private(set) var possible: [Row] = []
    /// Every row that was accepted, or may have been, since the beginning, sorted: expiry removes none from here.
    private(set) var sent: [Row] = []
    /// What was certain before the step that runs.
    private var certainBefore: [Row] = []
    /// The crash states of the step that ran last, and what was certain before it.
    private var lastStates: [SimulatedDisk] = []
    private var lastCertain: [Row] = []
    private var tally = Tally()
    private let seed: UInt64
    let options: StoreOptions

    init(seed: UInt64) throws {
        self.seed = seed
        options = Workload.options(try Workload.keys(seed: seed))
        random = SplitMix64(seed: seed)
        world = SimulatedWorld(seed: seed)
    }

    var fileSystem: SimulatedFileSystem { world.fileSystem }
    var nowNs: Int64 { world.clock.wallNs() }

    // MARK: Power cuts

    /// Runs a history and cuts the power in every call of it.
    mutating func cutPowerEverywhere(_ steps: [Step]) throws -> Tally {
        fileSystem.recordCrashStates()
        try open(attempts: 1)
        try check(place: "creation")
        for (index, step) in steps.enumerated() {
            certainBefore = certain
            try perform(step, attempts: 1)
            try check(place: "step \(index + 1), \(step)")
        }
        close()
        return tally
    }

    /// Checks each crash state of the last step with several survivor sets.
    private mutating func check(place: String) throws {
        lastStates = fileSystem.takeCrashStates()
        lastCertain = certainBefore
        let most = Rows.union(certain, possible)
        var point = PointCheck(least: lastCertain, most: most, nowNs: nowNs, options: options, seed: 0)
        for (call, state) in lastStates.enumerated() {
            for number in 0..<(3 + Self.randomSurvivals) {
                let survival =
                    number < 3 ? [Survival.none, .all, .names][number] : .random(seed: random.next())
                point.seed = random.next()
                let what = state.lastCallDescription
                tally.crashPoints += try point.run(
                    state, survival, place: "\(place), power cut in its call \(call + 1) (\(what)), \(survival)")
            }
        }
    }

    // MARK: Failing calls

    /// Runs a history with a planned fault; the store must come through it, and a power cut after it.
    /// - Returns: mutating calls of the whole run.
    mutating func run(_ steps: [Step], with faults: [Fault], isLying: Bool = false) throws -> Int {
        for fault in faults { fileSystem.inject(fault) }
        do {
            // The fault hits once, so a second attempt must succeed.
            try open(attempts: 2)
            for step in steps where !step.isPowerCut { try perform(step, attempts: 2) }
        } catch let error as Finding {
            if !isLying { throw error }
        }
        close()
        fileSystem.clearFaults()
        return fileSystem.callCount
    }

    /// Mutating calls of a history on a disk without faults.
    static func count(_ steps: [Step], seed: UInt64) throws -> Int {
        var run = try EpisodeRun(seed: seed)
        return try run.run(steps, with: [])
    }

    /// What the closed store holds, sorted.
    func currentRows() throws -> [Row] {
        var engine = try StoreEngine.open(
            at: Self.directory, options: options, environment: world.environment)
        defer { engine.close() }
        return try Rows.read(engine.snapshot())
    }

    // MARK: Steps

    private mutating func perform(_ step: Step, attempts: Int) throws {
        switch step {
        case .commit(let seed): try commit(seed: seed)
        case .flush: try retry("flush", attempts) { engine throws(StoreError) in try engine.flush() }
        case .expire(let days):
            world.clock.advance(byNs: Int64(days) * Nanoseconds.perDay)
            try retry("expire", attempts) { engine throws(StoreError) in _ = try engine.expire() }
        case .compact(let hours):
            world.clock.advance(byNs: Int64(hours) * Nanoseconds.perHour)
            try retry("compact", attempts) { engine throws(StoreError) in try engine.compact() }
        case .tend: engine?.tend()
        case .reopen:
            close()
            try open(attempts: attempts)
        case .powerCut(let seed): try cutPower(seed: seed)
        }
    }

    private mutating func commit(seed: UInt64) throws {
        let issued = Workload.batches(seed: seed, nowNs: nowNs)
        guard let results = engine?.commit(issued.map(\.batch)) else { return }
        var acknowledged: [Row] = []
        var unknown: [Row] = []
        for (result, content) in zip(results, issued) {
            switch result {
            case .success: acknowledged += content.rows
            case .failure(.outcomeUnknown): unknown += content.rows
            case .failure(.disk), .failure(.readOnly): break
            case .failure(let error): throw Finding("commit", "refused: \(error)")
            }
        }
        certain = Rows.union(certain, acknowledged)
        possible = Rows.union(possible, unknown)
        sent = Rows.union(sent, acknowledged + unknown)
    }

    /// A failed call leaves a store that can try again, or says that it is read-only.
    private mutating func retry(
        _ name: String, _ attempts: Int, _ body: (inout StoreEngine) throws(StoreError) -> Void
    ) throws {
        for attempt in 1...attempts {
            do throws(StoreError) {
                guard engine != nil else { return }
                return try body(&engine!)
            } catch {
                if attempts > 1, case .readOnly = error { return }
                if attempt == attempts { throw Finding(name, "failed: \(error)") }
            }
        }
    }

    private mutating func close() {
        engine?.close()
        engine = nil
    }

    private mutating func open(attempts: Int) throws {
        for attempt in 1...attempts {
            do throws(StoreError) {
                engine = try StoreEngine.open(
                    at: Self.directory, options: options, environment: world.environment)
                break
            } catch {
                if attempt == attempts { throw Finding("open", "failed: \(error)") }
            }
        }
        guard let engine else { return }
        if !engine.damage.isEmpty || engine.readOnlyReason != nil {
            throw Finding("open", "damage: \(engine.damage) \(engine.readOnlyReason ?? "")")
        }
        let found = try Rows.read(engine.snapshot())
        let check = PointCheck(
            least: certain, most: Rows.union(certain, possible), nowNs: nowNs, options: options, seed: 0)
        if let lost = Rows.firstMissing(of: check.least, in: found) { throw Finding("open", "lost: \(lost)") }
        if let extra = Rows.firstMissing(of: found, in: check.most) { throw Finding("open", "doubled: \(extra)") }
        certain = found
        possible = []
    }

    private mutating func cutPower(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        close()
        if let state = lastStates.randomElement(using: &random) {
            possible = Rows.union(certain, possible).subtracting(lastCertain)
            certain = lastCertain
            certainBefore = lastCertain
            fileSystem.restore(state)
        }
        fileSystem.crash(survival: .any(&random))
        fileSystem.recordCrashStates()
        try open(attempts: 1)
    }
}

extension Step {
    var isPowerCut: Bool { if case .powerCut = self { true } else { false } }
}

extension [Row] {
    /// This sorted multiset without the rows of another one.
    func subtracting(_ other: [Row]) -> [Row] {
        var rest: [Row] = []
        var next = 0
        for row in self {
            while next < other.count, other[next] < row { next += 1 }
            if next < other.count, other[next] == row { next += 1 } else { rest.append(row) }
        }
        return rest
    }
}
