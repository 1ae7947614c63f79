import VarveBytes
import VarveCodec
import VarveCrypto
import VarveIO
import VarveModel

/// Segments and what is needed to merge them into others. Runs on the compaction thread; touches nothing that the
/// writer owns, and changes no segment.
///
/// Memory: per series 16 bytes, per source its times' ordinals, and the rows of one series that overlap in time.
struct CompactionJob: Sendable {
    let plan: CompactionPlan
    /// The plan's inputs: held, so that their files stay.
    let inputs: [SegmentHandle]
    let catalogue: Catalogue
    let layout: StoreLayout
    let store: UUID16
    let environment: SystemEnvironment
    let cutoffs: RetentionCutoffs
    /// Outputs are split by series at about this size.
    let splitByteCount: Int
    let control: CompactionControl
    /// For sealed inputs.
    let keyProvider: (any KeyProvider)?
    /// For the outputs; nil when new segments are not sealed.
    let keys: DataKeys?

    /// What a compaction leaves on disk, durable and verified, but not yet named by a manifest.
    struct Output: Sendable {
        var plan: CompactionPlan
        var segments: [SegmentSummary]
    }

    func result() -> Result<Output, StoreError> {
        do throws(StoreError) { return .success(try run()) } catch { return .failure(error) }
    }

    /// Writes, verifies and names the outputs. On failure what was written is removed again.
    /// - Throws: `.closed` when aborted; `.corrupt` when an input, or an output that was read back, is not as it should
    ///   be; `.disk`.
    func run() throws(StoreError) -> Output {
        var segments: [SegmentSummary] = []
        do throws(StoreError) {
            var opened: [MergeInput] = []
            for handle in inputs.sorted(by: { $0.summary.identity.precedes($1.summary.identity) }) {
                opened.append(
                    try MergeInput(
                        path: handle.path, fileSystem: environment.fileSystem, wrappedKey: handle.summary.wrappedKey,
                        keyProvider: keyProvider))
            }
            for input in opened { try checkWindows(of: input) }
            for target in plan.targets {
                let touched = opened.filter { $0.reader.summary.overlaps(target.range) }
                if !touched.isEmpty { try write(target, from: touched, into: &segments) }
            }
            try onDisk { () throws(DiskError) in try environment.fileSystem.syncDirectory(layout.segmentDirectory) }
        } catch {
            remove(segments)
            throw error
        }
        return Output(plan: plan, segments: segments)
    }

    /// Removes outputs that will not be installed. A file that stays behind is set aside at the next open.
    func remove(_ segments: [SegmentSummary]) {
        for summary in segments { try? environment.fileSystem.remove(layout.segmentFile(summary.identity.uuid)) }
    }

    /// Every row lies in a window of the plan: one that lay elsewhere would go with its segment. O(time blocks).
    private func checkWindows(of input: MergeInput) throws(StoreError) {
        let windows = plan.targets.map(\.range)
        var last = 0
        for leaf in input.reader.footer.timeLeaves.indices {
            for entry in try input.reader.timeLeaf(leaf).entries {
                func holds(_ window: TimeRange) -> Bool {
                    window.contains(entry.firstTimestamp) && window.contains(entry.lastTimestamp)
                }
                // Blocks of one week follow one another.
                if windows.indices.contains(last), holds(windows[last]) { continue }
                guard let index = windows.firstIndex(where: holds) else {
                    let times = "\(entry.firstTimestamp)…\(entry.lastTimestamp)"
                    let detail = "rows of \(times) lie outside the segment's windows; the segment is not merged"
                    throw .corrupt(Corruption(path: input.reader.path, offset: 48, detail: detail))
                }
                last = index
            }
        }
    }

    private func write(
        _ target: CompactionTarget, from inputs: [MergeInput], into segments: inout [SegmentSummary]
    ) throws(StoreError) {
        let writer = CompactionWriter(
            target: target, inputs: inputs, catalogue: catalogue, cutoffs: cutoffs,
            effort: target.effort(nowNs: environment.clock.wallNs()), control: control,
            fileSystem: environment.fileSystem, keys: keys)
        for series in try writer.parts(splitByteCount: splitByteCount) {
            let identity = identity(target, inputs: inputs)
            let temporary = layout.temporaryDirectory + "/" + identity.fileName
            do throws(StoreError) {
                let summary =
                    identity.kind.schema.hasStatistics
                    ? try writer.write(series, identity: identity, path: temporary)
                    : try RecordCompactionWriter(writer).write(series, identity: identity, path: temporary)
                guard let summary else { continue }
                try onDisk { () throws(DiskError) in
                    try environment.fileSystem.rename(temporary, to: layout.segmentFile(identity.uuid))
                }
                segments.append(summary)
            } catch {
                // Best effort: the next open empties the directory anyway.
                try? environment.fileSystem.remove(temporary)
                throw error
            }
        }
    }

    private func identity(_ target: CompactionTarget, inputs: [MergeInput]) -> SegmentIdentity {
        let ranges = inputs.map(\.reader.summary.identity)
        return SegmentIdentity(
            uuid: UUID16(high: environment.random.next(), low: environment.random.next()), storeUUID: store,
            kind: ranges[0].kind, level: target.level, window: target.range, isMultiWindow: target.isMultiWindow,
            lsnFirst: ranges.map(\.lsnFirst).min()!, lsnLast: ranges.map(\.lsnLast).max()!,
            createdNs: environment.clock.wallNs())
    }
}
