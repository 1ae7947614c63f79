import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// What a disk must hold after a restart, and the restart that looks.
struct PointCheck {
    /// Rows that were acknowledged, sorted; those that are too old by now may be gone.
    var least: [Row]
    /// Rows that were ever sent, sorted.
    var most: [Row]
    /// Time of day at the restart.
    var nowNs: Int64
    var options: StoreOptions
    var seed: UInt64

    init(least: [Row], most: [Row], nowNs: Int64, options: StoreOptions, seed: UInt64) {
        let oldest = nowNs - Int64(options.retentionDays) * Nanoseconds.perDay
        self.least = least.contains { $0.timestamp < oldest } ? least.filter { $0.timestamp >= oldest } : least
        self.most = most
        self.nowNs = nowNs
        self.options = options
        self.seed = seed
    }

    func open(_ fileSystem: SimulatedFileSystem, seed: UInt64) throws -> StoreEngine {
        let environment = SystemEnvironment(
            fileSystem: fileSystem, clock: SimulatedClock(wallNs: nowNs), random: SeededRandomSource(seed: seed))
        return try StoreEngine.open(at: EpisodeRun.directory, options: options, environment: environment)
    }

    /// Restarts on a disk whose power was cut, twice: acknowledged ⊆ recovered ⊆ sent, and the same again; then goes
    /// on writing, or is interrupted in the recovery.
    /// - Returns: how many power cuts were checked.
    func run(_ state: SimulatedDisk, _ survival: Survival, place: String) throws -> Int {
        let fileSystem = SimulatedFileSystem()
        fileSystem.restore(state)
        fileSystem.crash(survival: survival)
        var random = SplitMix64(seed: seed)
        var checkCount = 1
        if random.next() % 4 == 0 {
            interruptRecovery(fileSystem, &random)
            checkCount += 1
        }
        let recovered = try recover(fileSystem, place: place)
        switch random.next() % 4 {
        case 0: try verify(fileSystem, place: place)
        case 1: try goOn(fileSystem, from: recovered, seed: random.next(), place: place)
        default: break
        }
        return checkCount
    }

    /// Cuts the power again during the recovery.
    private func interruptRecovery(_ fileSystem: SimulatedFileSystem, _ random: inout SplitMix64) {
        fileSystem.crashAfter(call: fileSystem.callCount + Int.random(in: 1...8, using: &random))
        // Whatever it says: what counts is what the next one finds.
        if var engine = try? open(fileSystem, seed: seed) { engine.close() }
        fileSystem.crash(survival: .any(&random))
    }

    private func recover(_ fileSystem: SimulatedFileSystem, place: String) throws -> [Row] {
        let found = try content(fileSystem, place: place)
        if let lost = Rows.firstMissing(of: least, in: found) {
            throw Finding(place, "acknowledged and not recovered: \(lost)")
        }
        if let extra = Rows.firstMissing(of: found, in: most) {
            throw Finding(place, "recovered twice, or never sent: \(extra)")
        }
        guard try content(fileSystem, place: place) == found else { throw Finding(place, "a second restart differs") }
        return found
    }

    private func content(_ fileSystem: SimulatedFileSystem, place: String) throws -> [Row] {
        do {
            var engine = try open(fileSystem, seed: seed)
            defer { engine.close() }
            guard engine.damage.isEmpty, engine.readOnlyReason == nil else {
                throw Finding(place, "damage: \(engine.damage) \(engine.readOnlyReason ?? "")")
            }
            return try Rows.read(engine.snapshot())
        } catch let error as StoreError {
            throw Finding(place, "the restart failed: \(error)")
        }
    }

    private func verify(_ fileSystem: SimulatedFileSystem, place: String) throws {
        let report = try StoreVerifier.verify(
            directory: EpisodeRun.directory, fileSystem: fileSystem, keyProvider: options.keyProvider)
        if let problem = report.problems.first { throw Finding(place, "verify: \(problem)") }
    }

    /// What comes after a recovery must be kept together with what was recovered.
    private func goOn(
        _ fileSystem: SimulatedFileSystem, from recovered: [Row], seed: UInt64, place: String
    ) throws {
        var engine = try open(fileSystem, seed: seed)
        let issued = Workload.batches(seed: seed, nowNs: nowNs)
        for result in engine.commit(issued.map(\.batch)) {
            if case .failure(let error) = result { throw Finding(place, "a commit after the restart: \(error)") }
        }
        if seed % 2 == 0 {
            do throws(StoreError) { try engine.flush() } catch {
                throw Finding(place, "a flush after the restart: \(error)")
            }
        }
        engine.close()
        fileSystem.crash(survival: .none)
        let expected = Rows.union(recovered, issued.flatMap(\.rows))
        guard try content(fileSystem, place: place) == expected else {
            throw Finding(place, "rows written after the restart, or those before, are not there after the next one")
        }
    }

    /// A second life on what lies have left: on a disk that is honest by now its rows are kept together with those
    /// before; on one that lies again and loses power again, none of either is doubled or in another series, or the
    /// store says that it is damaged. A store that says so at once is left alone.
    func goOnAfterLies(
        _ fileSystem: SimulatedFileSystem, from recovered: [Row], _ random: inout SplitMix64, place: String
    ) throws {
        let isLying = Bool.random(using: &random)
        let seeds = (random.next(), random.next())
        guard var engine = try? open(fileSystem, seed: seeds.0) else { return }
        guard engine.damage.isEmpty, engine.readOnlyReason == nil else { return engine.close() }
        if isLying {
            let parts = ["", "/catalog", "/wal", "/manifest", "/seg"]
            let part = parts[Int.random(in: 0..<parts.count, using: &random)]
            for operation in [SimulatedOperation.sync, .syncDirectory] {
                fileSystem.inject(Fault(operation, pathContains: part, isPermanent: true, .lyingSync))
            }
        }
        var sent = recovered
        for _ in 0..<2 {
            let issued = Workload.batches(seed: random.next(), nowNs: nowNs)
            for result in engine.commit(issued.map(\.batch)) {
                if case .failure(let error) = result { throw Finding(place, "a commit in a second life: \(error)") }
            }
            sent = Rows.union(sent, issued.flatMap(\.rows))
            do throws(StoreError) { try engine.flush() } catch {
                throw Finding(place, "a flush in a second life: \(error)")
            }
        }
        engine.close()
        fileSystem.clearFaults()
        fileSystem.crash(survival: isLying ? .random(seed: seeds.1) : .none)
        if isLying {
            guard let engine = try? open(fileSystem, seed: seeds.1), let found = try? Rows.read(engine.snapshot()),
                let extra = Rows.firstMissing(of: found, in: sent)
            else { return }
            throw Finding(place, "after lies in two lives served twice, or never sent: \(extra)")
        }
        guard try content(fileSystem, place: place + ", a second life") == sent else {
            throw Finding(place, "rows written after the lies, or those before, are not there after the next restart")
        }
    }
}
