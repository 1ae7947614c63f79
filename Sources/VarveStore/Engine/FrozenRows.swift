import VarveModel

/// The single numbers of a frozen tail, sorted by source, time and arrival.
struct FrozenRows: FlushedRows {
    /// A row: chunk number in the high half, row in the low 16 bits (a chunk has at most 64 Ki rows).
    typealias RowReference = UInt32

    let chunks: [TailChunk.Rows]
    /// All rows, sorted.
    private(set) var order: [RowReference]
    let runs: [FlushSlice.Run]
    let catalogue: Catalogue
    // The pointers in `chunks` stay valid as long as these live.
    private let owners: [TailChunk]

    init(chunks owners: [TailChunk], catalogue: Catalogue) {
        self.owners = owners
        chunks = owners.map { $0.rows(below: $0.rowCount) }
        (order, runs) = Self.groupBySource(chunks, tables: catalogue.tables)
        self.catalogue = catalogue
        for run in runs { sortByTime(run.positions) }
    }

    func timestamp(_ row: RowReference) -> Int64 { chunks[Int(row >> 16)].timestamps[Int(row & 0xffff)] }
    func shape(_ row: RowReference) -> UInt32 { chunks[Int(row >> 16)].shapes[Int(row & 0xffff)] }

    /// The first value of a row; the others follow it.
    func values(_ row: RowReference) -> UnsafePointer<Double> {
        let chunk = chunks[Int(row >> 16)]
        guard let base = chunk.values.baseAddress else { preconditionFailure("a chunk with rows has values") }
        return base + Int(chunk.starts[Int(row & 0xffff)])
    }

    var kind: SegmentKind { .metric }

    func timestamp(at position: Int) -> Int64 { timestamp(order[position]) }

    /// One byte per value, and 64 per block of a series.
    func estimatedBytes(of positions: Range<Int>) -> Int {
        valueCount(order[positions.lowerBound]) * (positions.count + 64)
    }

    func source(of run: FlushSlice.Run) -> UInt32? { run.owner }

    private func valueCount(_ row: RowReference) -> Int {
        let starts = chunks[Int(row >> 16)].starts
        return Int(starts[Int(row & 0xffff) + 1] - starts[Int(row & 0xffff)])
    }

    /// Counting sort by source; keeps the order of arrival inside a source. O(rows), and a sort of the sources with
    /// rows: the others take address space only, so that numbers of sources that are gone cost nothing.
    private static func groupBySource(
        _ chunks: [TailChunk.Rows], tables: CatalogueTables
    ) -> (order: [RowReference], runs: [FlushSlice.Run]) {
        // Per source, how many rows it has; then, where the next one goes.
        let places = GrowingColumn<UInt32>()
        precondition(places.skip(to: tables.sources.count), "no address space for a flush")
        var present: [UInt32] = []
        for chunk in chunks {
            for shape in chunk.shapes {
                let source = tables.shapes[shape].source
                let count = places.load(Int(source))
                if count == 0 { present.append(source) }
                places.store(count + 1, at: Int(source))
            }
        }
        present.sort()
        var runs: [FlushSlice.Run] = []
        var end = 0
        for source in present {
            let start = end
            end += Int(places.load(Int(source)))
            runs.append(FlushSlice.Run(owner: source, positions: start..<end))
            places.store(UInt32(start), at: Int(source))
        }
        var order = [RowReference](repeating: 0, count: end)
        for (number, chunk) in chunks.enumerated() {
            for row in chunk.shapes.indices {
                let source = Int(tables.shapes[chunk.shapes[row]].source)
                let place = places.load(source)
                order[Int(place)] = UInt32(number << 16 | row)
                places.store(place + 1, at: source)
            }
        }
        return (order, runs)
    }

    /// Stable; free when the rows arrived in order, as they nearly always do.
    private mutating func sortByTime(_ positions: Range<Int>) {
        var isSorted = true
        for position in positions.dropFirst() where timestamp(order[position]) < timestamp(order[position - 1]) {
            isSorted = false
            break
        }
        guard !isSorted else { return }
        // References of one source grow with arrival, so they break ties.
        let keyed = order[positions].map { (time: timestamp($0), row: $0) }
        order.replaceSubrange(positions, with: keyed.sorted { ($0.time, $0.row) < ($1.time, $1.row) }.map(\.row))
    }
}
