import VarveCodec
import VarveCrypto
import VarveIO
import VarveModel

/// Writes the files of one target: series by series, as a flush lays them out – all times first, then one metric of all
/// sources after the other, siblings referring to the same times.
struct CompactionWriter {
    let target: CompactionTarget
    /// In the order of their LSN ranges.
    let inputs: [MergeInput]
    let catalogue: Catalogue
    let cutoffs: RetentionCutoffs
    let effort: CodecEffort
    let control: CompactionControl
    let fileSystem: any FileSystem
    /// nil when segments are not sealed.
    let keys: DataKeys?

    /// A series and the times it shares with its siblings.
    private struct Member {
        var series: SeriesID
        var times: Int
    }

    /// All series of the inputs in storage order, cut so that each part makes about `splitByteCount` of output.
    func parts(splitByteCount: Int) throws(StoreError) -> [[SeriesID]] {
        let series = try allSeries()
        let byteCount = inputs.reduce(0) { $0 + $1.reader.summary.byteCount }
        let count = max(1, (byteCount + splitByteCount - 1) / max(1, splitByteCount))
        if count == 1 { return [series] }
        var parts: [[SeriesID]] = [[]]
        // Rows, not blocks: those of short runs are shared by up to a thousand series.
        var rows = 0
        let rowsPerPart = inputs.reduce(0) { $0 + $1.reader.summary.rowCount } / count
        for series in series {
            if rows > rowsPerPart {
                parts.append([])
                rows = 0
            }
            parts[parts.count - 1].append(series)
            for input in inputs { rows += try input.rowCount(of: series, in: target.range) }
        }
        return parts
    }

    private func allSeries() throws(StoreError) -> [SeriesID] {
        var all: Set<SeriesID> = []
        let known = catalogue.seriesCount
        for input in inputs {
            for series in try input.reader.series() {
                guard Int(series.rawValue) < known else {
                    let detail = "series \(series.rawValue) is not in the catalogue"
                    throw .corrupt(
                        Corruption(path: input.reader.path, offset: input.reader.footerOffset, detail: detail))
                }
                all.insert(series)
            }
        }
        return all.map { (order: catalogue.storageOrder(of: $0), series: $0) }.sorted { $0.order < $1.order }
            .map(\.series)
    }

    /// Writes one file, reads it back and compares it with the inputs.
    /// - Returns: nil when no row is left: then there is no file.
    func write(_ series: [SeriesID], identity: SegmentIdentity, path: String) throws(StoreError) -> SegmentSummary? {
        let seal = try FileSeal.forSegment(identity.uuid, keys: keys, path: path)
        var builder = try SegmentBuilder(
            creating: path, identity: identity, fileSystem: fileSystem, effort: effort,
            // A file of two hours is soon rewritten, and read by nobody who asks for days.
            rollups: target.level > 0 ? .standard : .none, seal: seal)
        var times: [[TimeBlockReference]] = []
        let members = try addTimes(of: series, &times, to: &builder)
        if members.isEmpty {
            try onDisk { () throws(DiskError) in try fileSystem.remove(path) }
            return nil
        }
        var written = builder.writtenByteCount
        var metric: UInt64?
        for member in members {
            let next = catalogue.storageOrder(of: member.series) >> 32
            if next != metric { try builder.beginGroup() }
            metric = next
            try addValues(member.series, times: times[member.times], to: &builder)
            try control.pass(byteCount: builder.writtenByteCount - written)
            written = builder.writtenByteCount
        }
        let summary = try builder.finish()
        try verify(members.map(\.series), path: path, wrappedKey: summary.wrappedKey)
        return summary
    }

    // MARK: Merging

    /// The blocks of a series in each input, without those whose rows are all expired.
    private func blocks(of series: SeriesID) throws(StoreError) -> [[SegmentBlockCursor.Block]] {
        let cutoff = cutoffs.cutoff(of: series)
        var blocks: [[SegmentBlockCursor.Block]] = []
        for input in inputs {
            blocks.append(
                try input.blocks(of: series, in: target.range).filter { $0.time.lastTimestamp >= cutoff })
        }
        return blocks
    }

    private func merge(_ blocks: [[SegmentBlockCursor.Block]]) -> SeriesMerge {
        // What a flush encoded in a hurry is worth the effort once.
        let copies = inputs.map { effort == .flush || $0.reader.isThorough }
        return SeriesMerge(blocks: blocks, copies: copies, endsAtWeeks: target.isMultiWindow, effort: effort)
    }

    /// Writes the times of all series, those of siblings once.
    private func addTimes(
        of series: [SeriesID], _ times: inout [[TimeBlockReference]], to builder: inout SegmentBuilder
    ) throws(StoreError) -> [Member] {
        var members: [Member] = []
        var known: [[UInt32]: Int] = [:]
        for series in series {
            let blocks = try blocks(of: series)
            let key = Self.key(of: blocks)
            guard key.count > blocks.count else { continue }
            if let same = known[key] {
                members.append(Member(series: series, times: same))
                continue
            }
            known[key] = times.count
            members.append(Member(series: series, times: times.count))
            times.append(try addTimes(merge(blocks), to: &builder))
            try control.pass(byteCount: 0)
        }
        return members
    }

    /// Ordinals of the time blocks of each input, each list with an end mark.
    private static func key(of blocks: [[SegmentBlockCursor.Block]]) -> [UInt32] {
        var key: [UInt32] = []
        for blocks in blocks {
            for block in blocks { key.append(block.entry.timeBlock) }
            key.append(.max)
        }
        return key
    }

    private func addTimes(
        _ merge: SeriesMerge, to builder: inout SegmentBuilder
    ) throws(StoreError) -> [TimeBlockReference] {
        var references: [TimeBlockReference] = []
        try merge.forEachBlock { (cluster, rows: inout [Int64]) throws(StoreError) in
            let columns = try times(of: cluster)
            for run in MergedRuns(columns).runs { rows.append(contentsOf: columns[run.column][run.rows]) }
        } _: { (block: SeriesMerge.OutputBlock<Int64>) throws(StoreError) in
            switch block {
            case .rows(let rows): references.append(try builder.addTimeBlock(rows))
            case .copy(let piece):
                let rows = try times(of: [piece])[piece.input]
                references.append(
                    try rows.withUnsafeBufferPointer { rows throws(StoreError) in try builder.addTimeBlock(rows) })
            }
        }
        return references
    }

    private func addValues(
        _ series: SeriesID, times references: [TimeBlockReference], to builder: inout SegmentBuilder
    ) throws(StoreError) {
        var next = 0
        try merge(blocks(of: series)).forEachBlock { (cluster, rows: inout [Double]) throws(StoreError) in
            try appendValues(of: cluster, to: &rows)
        } _: { (block: SeriesMerge.OutputBlock<Double>) throws(StoreError) in
            let time = references[next]
            next += 1
            switch block {
            case .rows(let values): try builder.addValueBlock(series: series, time: time, values: values)
            case .copy(let piece):
                let input = inputs[piece.input]
                var values: [Double] = []
                if builder.keepsRollups { try input.appendValues(of: piece.block, to: &values) }
                let bytes = try input.reader.encodedBytes(of: piece.block)
                let statistics = try input.statistics(of: piece.block)
                try values.withUnsafeBufferPointer { values throws(StoreError) in
                    try builder.addCopiedBlock(
                        series: series, time: time, bytes: bytes, statistics: statistics, values: values)
                }
            }
        }
    }

    private func appendValues(of cluster: SeriesMerge.Cluster, to rows: inout [Double]) throws(StoreError) {
        if cluster.count == 1 {
            return try inputs[cluster[0].input].appendValues(of: cluster[0].block, to: &rows)
        }
        var columns = [[Double]](repeating: [], count: inputs.count)
        for piece in cluster {
            try inputs[piece.input].appendValues(of: piece.block, to: &columns[piece.input])
        }
        for run in MergedRuns(try times(of: cluster)).runs { rows.append(contentsOf: columns[run.column][run.rows]) }
    }

    /// The times of a cluster, one column per input.
    private func times(of cluster: SeriesMerge.Cluster) throws(StoreError) -> [[Int64]] {
        var columns = [[Int64]](repeating: [], count: inputs.count)
        for piece in cluster { try inputs[piece.input].appendTimes(of: piece.block, to: &columns[piece.input]) }
        for (input, column) in columns.enumerated() {
            for row in column.indices.dropFirst() where column[row] < column[row - 1] {
                let reader = inputs[input].reader
                let detail = "times of a series are not ascending"
                throw .corrupt(Corruption(path: reader.path, offset: reader.footerOffset, detail: detail))
            }
        }
        return columns
    }

    // MARK: Verifying

    /// Reads the file back: every page and every block, then rows, sums, extremes, first and last of each series
    /// against the inputs. Statistics of blocks are compared with their values by the first step, so indexes suffice
    /// for the second.
    private func verify(_ series: [SeriesID], path: String, wrappedKey: WrappedKey?) throws(StoreError) {
        let output = try MergeInput(
            path: path, fileSystem: fileSystem, wrappedKey: wrappedKey, keyProvider: keys?.provider)
        var problem: Corruption?
        try output.reader.verify { () throws(StoreError) in
            try control.pass(byteCount: 0)
        } report: {
            problem = problem ?? $0
        }
        if let problem { throw .corrupt(problem) }
        var rowCount = 0
        for series in series {
            var expected = SeriesDigest()
            for (input, blocks) in try blocks(of: series).enumerated() {
                for block in blocks { expected.add(block.time, try inputs[input].statistics(of: block)) }
            }
            var found = SeriesDigest()
            for block in try output.blocks(of: series, in: target.range) {
                found.add(block.time, try output.statistics(of: block))
            }
            rowCount += found.statistics.count
            guard found == expected else {
                let detail = "merged rows of series \(series.rawValue) are not those of the segments they came from: "
                throw .corrupt(Corruption(path: path, offset: 0, detail: detail + "\(found), \(expected) expected"))
            }
            try control.pass(byteCount: 0)
        }
        guard rowCount == output.reader.summary.rowCount else {
            throw .corrupt(Corruption(path: path, offset: 0, detail: "rows of other series than those merged"))
        }
    }
}

/// What must be the same before and after a merge, for one series.
private struct SeriesDigest: Equatable {
    private(set) var statistics = BlockStatistics()
    private var firstTimestamp: Int64 = .max
    private var lastTimestamp: Int64 = .min

    /// Adds a block; blocks of equal times in order of arrival.
    mutating func add(_ time: TimeBlockEntry, _ block: BlockStatistics) {
        let (first, last) = (statistics.first, statistics.last)
        let isFirst = statistics.count == 0 || time.firstTimestamp < firstTimestamp
        let isLast = statistics.count == 0 || time.lastTimestamp >= lastTimestamp
        statistics.merge(block)
        statistics.first = isFirst ? block.first : first
        statistics.last = isLast ? block.last : last
        firstTimestamp = min(firstTimestamp, time.firstTimestamp)
        lastTimestamp = max(lastTimestamp, time.lastTimestamp)
    }
}
