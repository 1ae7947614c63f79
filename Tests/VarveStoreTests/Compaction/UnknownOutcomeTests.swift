import Glibc
import Testing
import VarveBytes
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Merges whose manifest may or may not be on the disk, and what goes wrong after that.
@Suite struct UnknownOutcomeTests {
    private static let hour = Nanoseconds.perHour
    private static let day = Nanoseconds.perDay

    /// A store with three flushes of a day that has settled, whose merge has been written and may have been installed.
    private func halfInstalled() throws -> CompactionWorld {
        var run = try CompactionWorld()
        for _ in 0..<3 {
            try run.live(4 * Self.hour, every: Self.hour)
            try run.engine.flush()
        }
        run.world.clock.advance(byNs: 26 * Self.hour)
        try failSync(&run)
        return run
    }

    private func failSync(_ run: inout CompactionWorld) throws {
        run.world.fileSystem.inject(Fault(.syncDirectory, pathContains: "/manifest", .error(errno: EIO)))
        #expect(throws: StoreError.self) { try run.engine.compact() }
        run.world.fileSystem.clearFaults()
        guard case .outcomeUnknown = run.engine.compactionFailure else {
            Issue.record("\(run.engine.compactionFailure as Any)")
            return
        }
    }

    private static let isThorough = getenv("VARVE_SEEDS") != nil

    private func reopen(_ run: inout CompactionWorld) throws {
        run.engine = try StoreEngine.open(
            at: "/data", options: StoreFixture.options, environment: run.world.environment)
    }

    /// Cuts the power, and opens the store twice: at once, and when what was set aside may be removed.
    private func check(
        _ run: inout CompactionWorld, _ survival: Survival, _ expected: [SeriesID: [OrderedRow]], _ what: String
    ) throws {
        run.world.fileSystem.crash(survival: survival)
        for _ in 0..<2 {
            try reopen(&run)
            #expect(run.engine.damage.isEmpty, "\(what): \(run.engine.damage)")
            #expect(try StoreFixture.ordered(run.engine.snapshot()) == expected, "\(what)")
            run.engine.close()
            run.world.clock.advance(byNs: 2 * Self.day)
        }
        try reopen(&run)
        try run.engine.compact()
        #expect(try StoreFixture.ordered(run.engine.snapshot()) == expected, "\(what): merged")
        run.engine.close()
        let report = try StoreVerifier.verify(directory: "/data", fileSystem: run.world.fileSystem)
        #expect(report.problems.isEmpty, "\(what): \(report.problems)")
    }

    @Test("a failed sync of the manifest, then any failure of the next attempt, then a power cut: nothing is lost")
    func twoFaults() throws {
        let calls: [(SimulatedOperation, String)] = [
            (.open, "/seg/"), (.create, "/tmp/manifest"), (.write, "/tmp/manifest"), (.sync, "/tmp/manifest"),
            (.link, "manifest"), (.syncDirectory, "/manifest"),
        ]
        var checks = 0
        for (operation, path) in calls {
            for (index, survival) in [Survival.all, .none, .names].enumerated() {
                // Every call meets every code; the full run, every survivor with every code.
                let codes = [EIO, EMFILE, ENOSPC]
                for code in Self.isThorough ? codes : [codes[(index + checks) % 3]] {
                    var run = try halfInstalled()
                    let expected = try StoreFixture.ordered(run.engine.snapshot())
                    run.world.fileSystem.inject(
                        Fault(operation, pathContains: path, isPermanent: true, .error(errno: code)))
                    #expect(throws: StoreError.self) { try run.engine.compact() }
                    run.world.fileSystem.clearFaults()
                    let what = "\(operation) \(path), \(code), survival \(survival)"
                    #expect(try StoreFixture.ordered(run.engine.snapshot()) == expected, "\(what): before")
                    try check(&run, survival, expected, what)
                    checks += 1
                }
            }
        }
        #expect(checks == (Self.isThorough ? 54 : 18))
    }

    @Test("an attempt that works out after all leaves one segment and nothing else")
    func success() throws {
        var run = try halfInstalled()
        let expected = try StoreFixture.ordered(run.engine.snapshot())
        try run.engine.compact()
        #expect(run.segments.count == 1)
        #expect(run.world.fileSystem.segmentFiles() == run.segments.map { $0.identity.fileName })
        try check(&run, .none, expected, "installed")
    }

    @Test("an output that cannot be read is given up only once no manifest may name it", arguments: [false, true])
    func badOutput(isDiskFailing: Bool) throws {
        var run = try halfInstalled()
        let expected = try StoreFixture.ordered(run.engine.snapshot())
        let inputs = Set(run.segments.map { $0.identity.fileName })
        let output = try #require(run.world.fileSystem.segmentFiles().first { !inputs.contains($0) })
        try run.world.fileSystem.flipBit("/data/seg/\(output)", offset: 60, bit: 1)
        if isDiskFailing {
            run.world.fileSystem.inject(Fault(.link, pathContains: "manifest", isPermanent: true, .error(errno: EIO)))
        }
        #expect(throws: StoreError.self) { try run.engine.compact() }
        run.world.fileSystem.clearFaults()
        #expect(run.world.fileSystem.segmentFiles().contains(output) == isDiskFailing)
        if !isDiskFailing {
            try check(&run, .none, expected, "given up")
            return
        }
        // The manifest that names it may be the truth, so it is there, damaged, and the inputs are not thrown away.
        run.world.fileSystem.crash(survival: .all)
        for _ in 0..<2 {
            try reopen(&run)
            run.engine.close()
            run.world.clock.advance(byNs: 2 * Self.day)
        }
        #expect(inputs.isSubset(of: run.world.fileSystem.segmentFiles()))
    }

    @Test("inputs that expire before the next attempt do not come back", arguments: [false, true])
    func expiry(survives: Bool) throws {
        var run = try CompactionWorld()
        for _ in 0..<2 {
            try run.send([run.now - 450 * Self.day])
            try run.engine.flush()
        }
        run.world.clock.advance(byNs: 2 * Self.day)
        try failSync(&run)
        run.world.clock.advance(byNs: 10 * Self.day)
        #expect(try run.engine.expire())
        try run.engine.compact()
        #expect(run.world.fileSystem.segmentFiles().isEmpty)
        run.world.fileSystem.crash(survival: survives ? .all : .none)
        try reopen(&run)
        #expect(run.engine.damage.isEmpty && run.segments.isEmpty)
    }

    @Test("while a named segment is missing, no file is set aside or removed")
    func missingSegment() throws {
        var run = try CompactionWorld()
        try run.live(4 * Self.hour, every: Self.hour)
        try run.engine.flush()
        run.engine.close()
        let disk = run.world.fileSystem
        let name = try #require(disk.segmentFiles().first)
        // As if it had been named otherwise by mistake.
        let other = "lost-" + name
        try disk.rename("/data/seg/\(name)", to: "/data/seg/\(other)")
        for _ in 0..<2 {
            try reopen(&run)
            #expect(run.engine.damage.count == 1)
            run.engine.close()
            run.world.clock.advance(byNs: 3 * Self.day)
        }
        #expect(disk.segmentFiles() == [other])
        try disk.rename("/data/seg/\(other)", to: "/data/seg/\(name)")
        try reopen(&run)
        #expect(run.engine.damage.isEmpty)
    }

    // MARK: Damage and room

    @Test("a damaged input is left alone, and the others are merged without it")
    func damagedInput() throws {
        var run = try CompactionWorld()
        for _ in 0..<4 {
            try run.live(4 * Self.hour, every: Self.hour)
            try run.engine.flush()
        }
        run.world.clock.advance(byNs: 26 * Self.hour)
        let first = "/data/seg/" + run.segments[0].identity.fileName
        try run.world.fileSystem.flipBit(first, offset: 4_096 + 40, bit: 2)
        #expect(throws: StoreError.self) { try run.engine.compact() }
        #expect(run.engine.damage.map(\.path) == [first])
        #expect(try run.engine.compact() == 1)
        #expect(run.segments.count == 2)
    }

    @Test("rows outside the windows of a merge keep their segment out of it, and are not lost")
    func outside() throws {
        var run = try CompactionWorld()
        for _ in 0..<4 {
            try run.live(4 * Self.hour, every: Self.hour)
            try run.engine.flush()
        }
        run.engine.close()
        let disk = run.world.fileSystem
        let manifests = ManifestStore(store: "/data", fileSystem: disk)
        var manifest = try #require(try manifests.load()).manifest
        var identity = manifest.segments[0].identity
        identity.uuid = UUID16(high: 1, low: 2)
        // The plan goes by the start of its window, which is longer than a day.
        identity.window.end += Self.day
        let path = "/data/seg/" + identity.fileName
        let inside = SourceRows(timestamps: [identity.window.start], columns: [(SeriesID(rawValue: 0), [1])])
        let outside = SourceRows(timestamps: [identity.window.end - 1], columns: [(SeriesID(rawValue: 1), [2])])
        manifest.segments[0] = try Segments.write([inside, outside], to: path, on: disk, identity: identity)
        manifest.generation += 1
        try manifests.install(manifest)
        try reopen(&run)
        let before = try StoreFixture.ordered(run.engine.snapshot())
        run.world.clock.advance(byNs: 26 * Self.hour)
        #expect(throws: StoreError.self) { try run.engine.compact() }
        #expect(run.engine.damage.map(\.path) == [path])
        #expect(try run.engine.compact() == 1)
        #expect(try StoreFixture.ordered(run.engine.snapshot()) == before)
    }

    @Test("a merge for which there is no room does not hold up one for which there is")
    func room() throws {
        var run = try CompactionWorld()
        var random = SplitMix64(seed: 1)
        for round in 0..<13 {
            try run.live(2 * Self.hour, every: Self.hour / 60, hosts: 0..<4)
            // Nine of them are a merge of three quarters of the size.
            if (3..<12).contains(round) {
                let (batch, _) = RecordFixture.batch(.key, times: [run.now - Int64(round)], &random)
                _ = try run.engine.commit([.records(batch)])[0].get()
            }
            try run.engine.flush()
        }
        let day = StoreFixture.nowNs + Self.day
        let bytes = run.segments.filter { $0.identity.kind == .metric && $0.identity.window.end <= day }
            .reduce(0) { $0 + $1.byteCount }
        // Less than what is critical would be left beside the large merge.
        var options = StoreFixture.options
        options.space.criticalPercent = 50
        options.space.criticalBytesMax = bytes * 2 / 5
        try run.reopen(options: options)
        let used = run.world.fileSystem.usedBytes()
        run.world.fileSystem.capacityBytes = used + bytes + bytes / 20 + bytes / 4
        #expect(try run.engine.compact() > 0)
        #expect(run.segments.count { $0.identity.kind == .key } < 9)
    }
}
