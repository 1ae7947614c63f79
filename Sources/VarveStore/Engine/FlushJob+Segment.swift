import VarveBytes
import VarveIO
import VarveModel

extension FlushJob {
    /// Writes the segment of one window: under a temporary name, then renamed.
    func write(_ slice: FlushSlice, of rows: some FlushedRows) throws(StoreError) -> SegmentSummary {
        let identity = SegmentIdentity(
            uuid: UUID16(high: environment.random.next(), low: environment.random.next()), storeUUID: store,
            kind: rows.kind, level: slice.window.level, window: slice.window.range, isMultiWindow: slice.isMultiWindow,
            lsnFirst: lsnFirst, lsnLast: lsnLast, createdNs: environment.clock.wallNs())
        let temporary = layout.temporaryDirectory + "/" + identity.fileName
        do throws(StoreError) {
            let summary = try build(slice, of: rows, identity: identity, path: temporary)
            try onDisk { () throws(DiskError) in
                try environment.fileSystem.rename(temporary, to: layout.segmentFile(identity.uuid))
            }
            return summary
        } catch {
            // Best effort: the next open empties the directory anyway.
            try? environment.fileSystem.remove(temporary)
            throw error
        }
    }

    private func build(
        _ slice: FlushSlice, of rows: some FlushedRows, identity: SegmentIdentity, path: String
    ) throws(StoreError) -> SegmentSummary {
        let seal = try FileSeal.forSegment(identity.uuid, keys: keys, path: path)
        var builder = try SegmentBuilder(
            creating: path, identity: identity, fileSystem: environment.fileSystem, seal: seal)
        try rows.write(slice, to: &builder)
        return try builder.finish()
    }
}

extension FrozenRows {
    /// Rows of one block: four vectors of 1 024 (measured: larger blocks gain nothing).
    private static let blockRows = 4_096

    /// A series with its values and the time blocks that it shares with its siblings.
    private struct Column {
        var series: SeriesID
        var storageOrder: UInt64
        var group: Int
        var index: Int
    }

    func write(_ slice: FlushSlice, to builder: inout SegmentBuilder) throws(StoreError) {
        let groups = slice.runs.flatMap { columnGroups(of: $0) }
        var times: [[TimeBlockReference]] = []
        for group in groups { times.append(try addTimes(of: group, to: &builder)) }
        var metric: UInt64?
        for column in columns(of: groups) {
            let group = groups[column.group]
            if metric != column.storageOrder >> 32 { try builder.beginGroup() }
            metric = column.storageOrder >> 32
            try addValues(group, column: column, times: times[column.group], to: &builder)
        }
    }

    /// Every series of the groups: one metric after the other, so that one metric of all sources is read in sequence.
    private func columns(of groups: [ColumnGroup]) -> [Column] {
        var columns: [Column] = []
        for (number, group) in groups.enumerated() {
            for (index, series) in group.series.enumerated() {
                let order = catalogue.storageOrder(of: series)
                columns.append(Column(series: series, storageOrder: order, group: number, index: index))
            }
        }
        // A series of a joined slice has several groups, numbered along time.
        return columns.sorted { ($0.storageOrder, $0.group) < ($1.storageOrder, $1.group) }
    }

    private func addTimes(
        of group: ColumnGroup, to builder: inout SegmentBuilder
    ) throws(StoreError) -> [TimeBlockReference] {
        try group.timestamps.withUnsafeBufferPointer { timestamps throws(StoreError) in
            var references: [TimeBlockReference] = []
            for start in stride(from: 0, to: timestamps.count, by: Self.blockRows) {
                let end = min(start + Self.blockRows, timestamps.count)
                references.append(
                    try builder.addTimeBlock(UnsafeBufferPointer(rebasing: timestamps[start..<end])))
            }
            return references
        }
    }

    private func addValues(
        _ group: ColumnGroup, column: Column, times: [TimeBlockReference], to builder: inout SegmentBuilder
    ) throws(StoreError) {
        try group.values.withUnsafeBufferPointer { values throws(StoreError) in
            var start = group.column(column.index).lowerBound
            for time in times {
                let block = UnsafeBufferPointer(rebasing: values[start..<(start + time.rowCount)])
                try builder.addValueBlock(series: column.series, time: time, values: block)
                start += time.rowCount
            }
        }
    }
}
