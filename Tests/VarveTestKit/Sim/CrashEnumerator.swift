import VarveIO

/// A moment at which a ``CrashEnumerator`` cut the power, and what it left.
package struct CrashPoint: Sendable, CustomStringConvertible {
    /// The mutating call that the power cut hit, counted from 1 since the workload began; one more than there are when
    /// the workload had finished.
    package let call: Int
    package let callDescription: String
    package let survival: Survival

    package var description: String { "power cut in call \(call) (\(callDescription)), survival \(survival)" }
}

/// A check that failed after a simulated power cut.
package struct CrashCheckError: Error, CustomStringConvertible {
    package let point: CrashPoint
    package let underlying: any Error

    package var description: String { "\(point): \(underlying)" }
}

/// Runs a small workload again and again on simulated disks, cutting the power at every single mutating call and once
/// after the last, and checks what each of several survivor sets leaves.
///
/// Deterministic as long as the workload is: one that hands work to threads should wait for each piece.
package struct CrashEnumerator: Sendable {
    /// Base of the random survivor sets; each crash point gets its own seed from it.
    package var seed: UInt64
    /// Random survivor sets at each crash point, besides ``fixedSurvivals``.
    package var randomSurvivalCount: Int
    package var fixedSurvivals: [Survival] = [.none, .all, .names]

    package init(seed: UInt64, randomSurvivalCount: Int = 2) {
        self.seed = seed
        self.randomSurvivalCount = randomSurvivalCount
    }

    /// - Parameters:
    ///   - prepare: makes the disk on which the workload starts; everything it does survives.
    ///   - record: what the workload knows before it begins.
    ///   - workload: runs until it ends or the disk fails, and writes into its record what it was promised: that
    ///     must be on the disk afterwards. Errors are expected when the power is gone.
    ///   - check: looks at the disk after a restart; throws, or records an issue naming the crash point.
    /// - Returns: the number of checks.
    @discardableResult
    package func run<Record>(
        record: Record,
        prepare: (SimulatedFileSystem) throws -> Void = { _ in },
        workload: (SimulatedFileSystem, inout Record) throws -> Void,
        check: (SimulatedFileSystem, Record, CrashPoint) throws -> Void
    ) throws -> Int {
        let fileSystem = SimulatedFileSystem()
        try prepare(fileSystem)
        fileSystem.crash(survival: .all)
        let start = fileSystem.snapshotState()
        var complete = record
        try workload(fileSystem, &complete)
        let calls = fileSystem.calls.dropFirst(start.calls.count)
        var checkCount = 0
        for call in 1...(calls.count + 1) {
            let description = call > calls.count ? "after the end" : calls[start.calls.count + call - 1].description
            checkCount += try checkCrash(
                at: call, description, start, { try Self.run(workload, record, $0) }, check)
        }
        return checkCount
    }
}

extension CrashEnumerator {
    /// Crashes at one call, and checks every survivor set.
    private func checkCrash<Record>(
        at call: Int, _ callDescription: String, _ start: SimulatedDisk,
        _ workload: (SimulatedFileSystem) throws -> Record,
        _ check: (SimulatedFileSystem, Record, CrashPoint) throws -> Void
    ) throws -> Int {
        let crashed = SimulatedFileSystem()
        crashed.restore(start)
        crashed.crashAfter(call: start.calls.count + call)
        let record = try workload(crashed)
        let state = crashed.snapshotState()
        let survivals = survivals(at: call)
        for survival in survivals {
            let point = CrashPoint(call: call, callDescription: callDescription, survival: survival)
            let restarted = SimulatedFileSystem()
            restarted.restore(state)
            restarted.crash(survival: survival)
            do { try check(restarted, record, point) } catch { throw CrashCheckError(point: point, underlying: error) }
        }
        return survivals.count
    }

    /// Runs a workload whose errors are forgiven once the power is gone.
    private static func run<Record>(
        _ workload: (SimulatedFileSystem, inout Record) throws -> Void, _ record: Record,
        _ fileSystem: SimulatedFileSystem
    ) throws -> Record {
        var record = record
        do {
            try workload(fileSystem, &record)
        } catch {
            if !fileSystem.isHalted { throw error }
        }
        return record
    }

    private func survivals(at call: Int) -> [Survival] {
        var generator = SplitMix64(seed: seed &+ UInt64(call))
        return fixedSurvivals + (0..<randomSurvivalCount).map { _ in .random(seed: generator.next()) }
    }
}
