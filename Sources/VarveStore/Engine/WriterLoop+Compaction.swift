import VarveIO
import VarveModel

/// A merge that a thread is working on.
struct RunningCompaction: Sendable {
    let job: CompactionJob
    let control: CompactionControl
}

extension WriterLoop {
    /// How often it is asked what is due when no flush asks: windows settle as time passes.
    private static let compactionIntervalNs = Nanoseconds.perMinute
    /// Pause after a failed merge: it costs as much as one that succeeds.
    private static let compactionRetryNs = 5 * Nanoseconds.perMinute

    func requestCompaction(_ requests: [@Sendable (Result<Void, StoreError>) -> Void], _ run: inout Run) {
        run.waitingCompactions += requests
        startCompaction(&run)
    }

    /// Begins the merge that is due, if there is one and none is running.
    func startCompaction(_ run: inout Run) {
        guard run.compaction == nil, !run.isClosing else { return }
        let clock = run.engine.environment.clock
        run.compactAtNs = clock.monotonicNs() + Self.compactionIntervalNs
        let control = CompactionControl(
            clock: clock, bytesPerSecond: run.engine.options.compactionBytesPerSecond)
        do throws(StoreError) {
            if let reason = run.engine.readOnlyReason { throw .readOnly(reason: reason) }
            guard let job = try run.engine.startCompaction(control) else {
                return answerCompactions(.success(()), &run)
            }
            run.compaction = RunningCompaction(job: job, control: control)
            start(job)
        } catch {
            delayCompaction(error, &run)
        }
    }

    private func start(_ job: CompactionJob) {
        let queue = queue
        let work: @Sendable () -> Void = {
            let result = job.result()
            queue.withLock { $0.compactionResult = result }
            queue.broadcast()
        }
        // Merges take seconds to minutes and must not take a core from ingest or queries.
        do throws(DiskError) {
            _ = try DedicatedThread.start(name: "varve-compact", niceness: 10, work)
        } catch {
            // No thread, no merge now: on the writer's it would hold up every sender.
            queue.withLock { $0.compactionResult = .failure(.disk(error)) }
        }
    }

    func finishCompaction(_ result: Result<CompactionJob.Output, StoreError>, _ run: inout Run) {
        guard let running = run.compaction else { return }
        run.compaction = nil
        run.engine.install(result, of: running.job)
        if let failure = run.engine.compactionFailure { return delayCompaction(failure, &run) }
        publish(StorePublication(run.engine))
        // One merge often makes the next one due.
        startCompaction(&run)
    }

    private func delayCompaction(_ failure: StoreError, _ run: inout Run) {
        run.compactAtNs = run.engine.environment.clock.monotonicNs() + Self.compactionRetryNs
        publish(StorePublication(run.engine))
        answerCompactions(.failure(failure), &run)
    }

    func answerCompactions(_ result: Result<Void, StoreError>, _ run: inout Run) {
        for answer in run.waitingCompactions { answer(result) }
        run.waitingCompactions = []
    }
}
