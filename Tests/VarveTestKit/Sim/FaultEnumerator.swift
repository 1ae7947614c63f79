/// A mutating call that a ``FaultEnumerator`` let fail.
package struct FaultPoint: Sendable, CustomStringConvertible {
    /// Counted from 1 since the workload began.
    package let call: Int
    package let callDescription: String
    package let effect: Fault.Effect
    /// What the power cut left that followed the workload.
    package let survival: Survival

    package var description: String { "\(effect) in call \(call) (\(callDescription)), survival \(survival)" }
}

/// A check that failed after a simulated fault.
package struct FaultCheckError: Error, CustomStringConvertible {
    package let point: FaultPoint
    package let underlying: any Error

    package var description: String { "\(point): \(underlying)" }
}

/// Runs a small workload again and again, letting every single mutating call fail once, and checks what is on the disk
/// afterwards. Unlike at a power cut the program goes on, and may make things worse.
package struct FaultEnumerator: Sendable {
    package var effects: [Fault.Effect]
    /// What is left when the workload has ended: a failed sync shows its damage only at a power cut.
    package var survivals: [Survival] = [.all, .none]

    package init(effects: [Fault.Effect]) { self.effects = effects }

    /// Parameters as for ``CrashEnumerator/run(record:prepare:workload:check:)``; errors of the workload are its answer
    /// to the fault and no failure. Calls that only a failure leads to are not failed in turn.
    /// - Returns: the number of checks.
    @discardableResult
    package func run<Record>(
        record: Record,
        prepare: (SimulatedFileSystem) throws -> Void = { _ in },
        workload: (SimulatedFileSystem, inout Record) throws -> Void,
        check: (SimulatedFileSystem, Record, FaultPoint) throws -> Void
    ) throws -> Int {
        let fileSystem = SimulatedFileSystem()
        try prepare(fileSystem)
        fileSystem.crash(survival: .all)
        let start = fileSystem.snapshotState()
        var complete = record
        try workload(fileSystem, &complete)
        let calls = Array(fileSystem.calls.dropFirst(start.calls.count))
        for (index, call) in calls.enumerated() {
            for effect in effects {
                let (state, reached) = Self.fail(index + 1, effect, start, record, workload)
                for survival in survivals {
                    let point = FaultPoint(
                        call: index + 1, callDescription: call.description, effect: effect, survival: survival)
                    try Self.check(state, reached, point, check)
                }
            }
        }
        return calls.count * effects.count * survivals.count
    }
}

extension FaultEnumerator {
    /// Runs the workload with one failing call; returns the disk and what was promised.
    private static func fail<Record>(
        _ call: Int, _ effect: Fault.Effect, _ start: SimulatedDisk, _ record: Record,
        _ workload: (SimulatedFileSystem, inout Record) throws -> Void
    ) -> (SimulatedDisk, Record) {
        let fileSystem = SimulatedFileSystem()
        fileSystem.restore(start)
        fileSystem.inject(Fault(call: call, effect))
        var record = record
        try? workload(fileSystem, &record)
        return (fileSystem.snapshotState(), record)
    }

    private static func check<Record>(
        _ state: SimulatedDisk, _ record: Record, _ point: FaultPoint,
        _ check: (SimulatedFileSystem, Record, FaultPoint) throws -> Void
    ) throws {
        let restarted = SimulatedFileSystem()
        restarted.restore(state)
        restarted.crash(survival: point.survival)
        restarted.clearFaults()
        do {
            try check(restarted, record, point)
        } catch {
            throw FaultCheckError(point: point, underlying: error)
        }
    }
}
