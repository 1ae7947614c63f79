import VarveBytes
import VarveIO
import VarveModel

/// What the engine remembers of its compactions.
struct CompactionState: Sendable {
    /// Why the newest compaction failed; nil after one that succeeded.
    var failure: StoreError?
    /// Inputs of merges that met damage: they stay as they are until the store is opened again.
    var excluded: Set<UUID16> = []
    /// The output of a merge whose installation had an unknown outcome: a manifest may name it, so its files stay until
    /// a newer manifest is durable, and it is installed before anything else is merged.
    var finished: CompactionJob.Output?
    /// Inputs of the newest merge, when its output did not read back as it should.
    var inputsOfBadOutput: [UUID16] = []
    /// Whether a job was handed out and its result not yet installed.
    var isRunning = false
    /// Bytes of all segments that compactions installed since the store was opened.
    var writtenBytes = 0
}

extension StoreEngine {
    /// Why the newest compaction failed; nil after one that succeeded. Nothing is lost by it: the inputs stay.
    package var compactionFailure: StoreError? { compaction.failure }

    /// The merge that is due, as a job; nil when none is.
    /// - Throws: when an earlier result still cannot be installed.
    mutating func startCompaction(_ control: CompactionControl) throws(StoreError) -> CompactionJob? {
        guard readOnlyReason == nil, !compaction.isRunning else { return nil }
        do throws(StoreError) {
            return try makeCompaction(control)
        } catch {
            noteCompactionFailure(error)
            throw error
        }
    }

    private mutating func noteCompactionFailure(_ error: StoreError) {
        compaction.failure = error
        failures.failed(.compaction, error, nowNs: environment.clock.wallNs())
    }

    private mutating func forgetCompactionFailure() {
        compaction.failure = nil
        failures.succeeded(.compaction)
    }

    private mutating func makeCompaction(_ control: CompactionControl) throws(StoreError) -> CompactionJob? {
        if let finished = compaction.finished { try install(finished) }
        observeSpace()
        let now = environment.clock.wallNs()
        let cutoffs = removalCutoffs(nowNs: now)
        let policy = CompactionPolicy(
            nowNs: now, freeBytes: space.compactionBytes, oldestNs: cutoffs.oldestNs, excluded: compaction.excluded)
        let candidates = segments.map {
            CompactionCandidate(summary: $0.summary, weeks: $0.weeks, isThorough: $0.reader.isThorough)
        }
        guard let plan = policy.decide(candidates) else {
            forgetCompactionFailure()
            return nil
        }
        let handles = Dictionary(uniqueKeysWithValues: segments.map { ($0.summary.identity.uuid, $0) })
        compaction.isRunning = true
        return CompactionJob(
            plan: plan, inputs: plan.inputs.compactMap { handles[$0] }, catalogue: catalogue, layout: layout,
            store: store, environment: environment, cutoffs: cutoffs,
            splitByteCount: options.segmentBytesMax, control: control, keyProvider: options.keyProvider,
            keys: options.dataKeys(environment))
    }

    /// Makes the result of a compaction the truth. On failure the inputs stay; `compactionFailure` says why.
    mutating func install(_ result: Result<CompactionJob.Output, StoreError>, of job: CompactionJob) {
        compaction.isRunning = false
        do throws(StoreError) {
            try install(try result.get())
            compaction.inputsOfBadOutput = []
            forgetCompactionFailure()
        } catch .closed {
            // Aborted: the next opening decides anew.
        } catch {
            noteCompactionFailure(error)
            if case .corrupt(let place) = error { note(place, of: job) }
        }
    }

    /// A damaged input stays as it is; the others may be merged without it. A bad output is gone, and may have been an
    /// accident: only when the same merge has failed so twice its inputs are left alone, for it would fail for ever.
    private mutating func note(_ place: Corruption, of job: CompactionJob) {
        if let input = job.inputs.first(where: { $0.path == place.path }) {
            if !damage.contains(place) { damage.append(place) }
            compaction.excluded.insert(input.summary.identity.uuid)
        } else if compaction.inputsOfBadOutput == job.plan.inputs {
            compaction.excluded.formUnion(job.plan.inputs)
        } else {
            compaction.inputsOfBadOutput = job.plan.inputs
        }
    }

    /// Runs everything that is due on the calling thread; for simulations.
    /// - Returns: the number of merges.
    /// - Throws: what made one fail.
    @discardableResult
    package mutating func compact() throws(StoreError) -> Int {
        if let readOnlyReason { throw .readOnly(reason: readOnlyReason) }
        var count = 0
        while true {
            let control = CompactionControl(clock: environment.clock, bytesPerSecond: nil)
            guard let job = try startCompaction(control) else { return count }
            install(job.result(), of: job)
            if let failure = compaction.failure { throw failure }
            count += 1
        }
    }

    /// One manifest replaces the inputs by the outputs.
    private mutating func install(_ output: CompactionJob.Output) throws(StoreError) {
        let gone = Set(output.plan.inputs)
        // Expired while the job ran: merged, some of their rows would come back.
        guard gone.isSubset(of: segments.map(\.summary.identity.uuid)) else { return try giveUp(output) }
        var added: [SegmentHandle] = []
        do throws(StoreError) {
            for summary in output.segments { added.append(try openSegment(summary)) }
            var next = manifest
            next.segments.removeAll { gone.contains($0.identity.uuid) }
            next.segments += output.segments
            try installManifest(next)
        } catch {
            if case .outcomeUnknown = error { compaction.finished = output }
            if compaction.finished == nil { discard(output) } else if !error.mayPass { try giveUp(output) }
            throw error
        }
        compaction.finished = nil
        for handle in segments where gone.contains(handle.summary.identity.uuid) { retire(handle) }
        segments.removeAll { gone.contains($0.summary.identity.uuid) }
        segments += added
        segments.sort { $0.summary.identity.precedes($1.summary.identity) }
        compaction.writtenBytes += output.segments.reduce(0) { $0 + $1.byteCount }
    }

    /// Removes the files of an output that will not be installed. Where a manifest may name them, a newer one without
    /// them is installed first: a power cut could make the other one the truth again.
    /// - Throws: when that manifest cannot be installed; the files stay then.
    private mutating func giveUp(_ output: CompactionJob.Output) throws(StoreError) {
        if compaction.finished != nil {
            try installManifest(manifest)
            compaction.finished = nil
        }
        discard(output)
    }

    /// Best effort: files that stay are set aside at the next open.
    private func discard(_ output: CompactionJob.Output) {
        for summary in output.segments {
            try? environment.fileSystem.remove(layout.segmentFile(summary.identity.uuid))
        }
    }

    /// What may be removed for good: nothing while the clock is not believed (``ExpiryClock``).
    private mutating func removalCutoffs(nowNs: Int64) -> RetentionCutoffs {
        let isBelieved = expiryClock.mayExpire(wallNs: nowNs, monotonicNs: environment.clock.monotonicNs())
        return isBelieved
            ? retentionCutoffs(nowNs: nowNs) : RetentionCutoffs(nil, oldestNs: .min, nowNs: nowNs)
    }

    func retentionCutoffs(nowNs: Int64) -> RetentionCutoffs {
        RetentionCutoffs(retention, oldestNs: oldestAcceptedNs(now: nowNs), nowNs: nowNs)
    }
}

extension StoreError {
    /// Whether the same installation may succeed later, with the same files: it is tried again then.
    fileprivate var mayPass: Bool {
        switch self {
        case .outcomeUnknown, .disk(.full): true
        default: isShortage
        }
    }
}
