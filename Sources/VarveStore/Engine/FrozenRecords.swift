import VarveModel

/// The rows with several columns of one kind of a frozen tail, sorted by storage order of their series, time and
/// arrival.
struct FrozenRecords: FlushedRows {
    let kind: SegmentKind
    let runs: [FlushSlice.Run]
    /// In order of arrival.
    private let rows: RecordColumns
    /// Positions in `rows`, sorted.
    private let order: [Int]
    private let catalogue: Catalogue

    /// One for each kind that has rows.
    static func all(_ chunks: [RecordColumns], catalogue: Catalogue) -> [FrozenRecords] {
        Dictionary(grouping: chunks, by: \.kind).values
            .map { FrozenRecords($0, catalogue: catalogue) }
            .sorted { $0.kind.rawValue < $1.kind.rawValue }
    }

    /// - Parameter chunks: of one kind, at least one, in order of arrival.
    private init(_ chunks: [RecordColumns], catalogue: Catalogue) {
        let rows = chunks.dropFirst().reduce(into: chunks[0]) { $0.append($1) }
        let orders = rows.series.map { catalogue.storageOrder(of: $0) }
        let order = rows.timestamps.indices.sorted {
            (orders[$0], rows.timestamps[$0], $0) < (orders[$1], rows.timestamps[$1], $1)
        }
        kind = rows.kind
        runs = Self.runs(order, of: rows)
        self.rows = rows
        self.order = order
        self.catalogue = catalogue
    }

    private static func runs(_ order: [Int], of rows: RecordColumns) -> [FlushSlice.Run] {
        var runs: [FlushSlice.Run] = []
        for (position, row) in order.enumerated() {
            let owner = rows.series[row].rawValue
            if let last = runs.last, last.owner == owner {
                runs[runs.count - 1].positions = last.positions.lowerBound..<(position + 1)
            } else {
                runs.append(FlushSlice.Run(owner: owner, positions: position..<(position + 1)))
            }
        }
        return runs
    }

    func timestamp(at position: Int) -> Int64 { rows.timestamps[order[position]] }

    /// A quarter of the raw bytes, as texts repeat, and 64 per block of a series.
    func estimatedBytes(of positions: Range<Int>) -> Int {
        var byteCount = 0
        for column in rows.columns {
            for position in positions { byteCount += column.byteCount(at: order[position]) }
        }
        return byteCount / 4 + 64
    }

    func source(of run: FlushSlice.Run) -> UInt32? {
        let source = catalogue.tables.series[run.owner].source
        return source == CatalogueTables.none ? nil : source
    }

    func write(_ slice: FlushSlice, to builder: inout SegmentBuilder) throws(StoreError) {
        var metric: UInt64?
        // A series of a patch has several runs, one per window.
        for run in slice.runs.sorted(by: { $0.positions.lowerBound < $1.positions.lowerBound }) {
            let series = SeriesID(rawValue: run.owner)
            let group = catalogue.storageOrder(of: series) >> 32
            if metric != group { try builder.beginGroup() }
            metric = group
            for block in rows.blocks(of: order[run.positions]) {
                let columns = rows.gather(Array(block))
                let time = try columns.timestamps.withUnsafeBufferPointer { timestamps throws(StoreError) in
                    try builder.addTimeBlock(timestamps)
                }
                try builder.addBlock(series: series, time: time, columns: columns.columns)
            }
        }
    }
}
