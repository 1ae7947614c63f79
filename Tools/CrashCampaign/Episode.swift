import VarveIO
import VarveStore
import VarveTestKit

/// A history and everything that is done to it. Reproduced by its seed, as long as the program stays the same.
struct Episode: Sendable {
    let seed: UInt64
    var steps: [Step]
    /// Also lets every call fail, devices lie, bits flip and reads go wrong.
    var hasFaults: Bool

    init(seed: UInt64) {
        self.seed = seed
        var random = SplitMix64(seed: seed)
        hasFaults = random.next() % 8 == 0
        steps = Step.history(count: Int.random(in: 4...14, using: &random), &random)
    }

    /// - Throws: a ``Finding``.
    func run() throws -> Tally {
        var run = try EpisodeRun(seed: seed)
        var tally = try run.cutPowerEverywhere(steps)
        tally.episodes = 1
        guard hasFaults else { return tally }
        var random = SplitMix64(seed: seed &+ 1)
        try damage(run, &random, &tally)
        let callCount = try EpisodeRun.count(steps, seed: seed)
        for call in 1...callCount {
            try fail(call, &random, &tally)
            if call % 4 == 0 { try lie(from: call, &random, &tally) }
        }
        return tally
    }

    private func damage(_ run: EpisodeRun, _ random: inout SplitMix64, _ tally: inout Tally) throws {
        run.fileSystem.crash(survival: .all)
        let state = run.fileSystem.snapshotState()
        let damage = try DamageRun(
            state: state, rows: run.currentRows(), nowNs: run.nowNs, options: run.options, seed: seed)
        try damage.flipSome(countPerFile: 24, &random, &tally)
        try damage.misdirectSome(count: 40, &random, &tally)
    }

    /// One call fails; afterwards, and after power cuts, all is there that was acknowledged.
    private func fail(_ call: Int, _ random: inout SplitMix64, _ tally: inout Tally) throws {
        let effects: [Fault.Effect] = [.error(errno: 5), .error(errno: 28), .partialWrite(byteCount: 30, errno: 5)]
        let effect = effects.randomElement(using: &random)!
        var run = try EpisodeRun(seed: seed)
        let place = "call \(call) fails (\(effect))"
        do {
            _ = try run.run(steps, with: [Fault(call: call, effect)])
        } catch let error as Finding {
            throw Finding("\(place), \(error.place)", error.detail)
        }
        let state = run.fileSystem.snapshotState()
        let most = Rows.union(run.certain, run.possible)
        for survival in [Survival.all, .none, .random(seed: random.next())] {
            let check = PointCheck(
                least: run.certain, most: most, nowNs: run.nowNs, options: run.options, seed: random.next())
            tally.faultPoints += try check.run(state, survival, place: "\(place), then a power cut, \(survival)")
        }
    }

    /// From a call on, syncs report success and do nothing. What is acknowledged then can be lost; but what is served
    /// afterwards was sent, once, and stays, or the store says that it is damaged. Rows that had expired may be back:
    /// the manifest that let them go can be lost like everything else.
    private func lie(from call: Int, _ random: inout SplitMix64, _ tally: inout Tally) throws {
        var run = try EpisodeRun(seed: seed)
        let faults = [
            Fault(.sync, call: call, isPermanent: true, .lyingSync),
            Fault(.syncDirectory, call: max(1, call / 2), isPermanent: true, .lyingSync),
        ]
        _ = try run.run(steps, with: faults, isLying: true)
        let state = run.fileSystem.snapshotState()
        for survival in [Survival.none, .names, .random(seed: random.next())] {
            let fileSystem = SimulatedFileSystem()
            fileSystem.restore(state)
            fileSystem.crash(survival: survival)
            tally.lyingPoints += 1
            let check = PointCheck(
                least: run.certain, most: run.sent, nowNs: run.nowNs, options: run.options, seed: random.next())
            let place = "syncs \(call) and later are lies, \(survival)"
            guard let found = rows(check, fileSystem) else { continue }
            if let extra = Rows.firstMissing(of: found, in: check.most) {
                throw Finding(place, "served twice, or never sent: \(extra)")
            }
            if !Rows.isContained(check.least, in: found) { tally.lyingLosses += 1 }
            if let again = rows(check, fileSystem), again != found { throw Finding(place, "a second restart differs") }
            try check.goOnAfterLies(fileSystem, from: found, &random, place: place)
        }
    }

    /// Rows of a store whose disk cannot be trusted; nil when it says so.
    private func rows(_ check: PointCheck, _ fileSystem: SimulatedFileSystem) -> [Row]? {
        // A typed error is an answer: the damage was noticed.
        guard var engine = try? check.open(fileSystem, seed: check.seed) else { return nil }
        defer { engine.close() }
        return try? Rows.read(engine.snapshot())
    }

    /// The shortest history found that still fails, in at most `attempts` runs.
    func shrunk(attempts: Int = 200) -> (episode: Episode, finding: Finding)? {
        var best: (episode: Episode, finding: Finding)?
        var current = self
        var left = attempts
        var index = 0
        while index < current.steps.count, left > 0 {
            var shorter = current
            shorter.steps.remove(at: index)
            left -= 1
            if let finding = shorter.finding() {
                current = shorter
                best = (shorter, finding)
            } else {
                index += 1
            }
        }
        return best
    }

    private func finding() -> Finding? {
        do {
            _ = try run()
            return nil
        } catch {
            return error as? Finding ?? Finding("episode", "\(error)")
        }
    }
}
