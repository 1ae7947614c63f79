import VarveModel

/// The rows of frozen chunks, sorted by source, time and arrival. Used by one flush on one thread.
struct FrozenRows {
    /// A row: chunk number in the high half, row in the low 16 bits (a chunk has at most 64 Ki rows).
    typealias RowReference = UInt32

    /// Rows of one source that follow each other in time.
    struct Run {
        var source: UInt32
        /// Positions in `order`.
        var positions: Range<Int>
    }

    /// Rows of one window, by source; of several windows when the slice is a patch. Runs of one source ascend in time.
    struct Slice {
        var window: WindowPolicy.Window
        var runs: [Run]
        /// Bytes of the segment, roughly: one per value and 64 per block of a series.
        var estimatedBytes: Int
        /// Of any row; slices of one tail do not overlap.
        var firstTimestamp: Int64
        var isMultiWindow = false
    }

    let chunks: [TailChunk.Rows]
    /// All rows, sorted.
    private(set) var order: [RowReference]
    /// Per source with rows: where they stand in `order`.
    private var sources: [Run]
    // The pointers in `chunks` stay valid as long as these live.
    private let owners: [TailChunk]

    init(chunks owners: [TailChunk], catalogue: Catalogue) {
        self.owners = owners
        chunks = owners.map { $0.rows(below: $0.rowCount) }
        (order, sources) = Self.groupBySource(chunks, tables: catalogue.tables)
        for run in sources { sortByTime(run.positions) }
    }

    func timestamp(_ row: RowReference) -> Int64 { chunks[Int(row >> 16)].timestamps[Int(row & 0xffff)] }
    func shape(_ row: RowReference) -> UInt32 { chunks[Int(row >> 16)].shapes[Int(row & 0xffff)] }

    /// The first value of a row; the others follow it.
    func values(_ row: RowReference) -> UnsafePointer<Double> {
        let chunk = chunks[Int(row >> 16)]
        guard let base = chunk.values.baseAddress else { preconditionFailure("a chunk with rows has values") }
        return base + Int(chunk.starts[Int(row & 0xffff)])
    }

    /// Per source, ascending, whose newest row is of a later day than the catalogue knows: that day.
    func newerDays(than catalogue: Catalogue) -> [SourceDay] {
        sources.compactMap { run in
            let day = SourceDay.day(of: timestamp(order[run.positions.upperBound - 1]))
            let known = catalogue.tables.activity(of: run.source)
            return day > known & ~CatalogueTables.retiredFlag ? SourceDay(source: run.source, day: day) : nil
        }
    }

    /// Cuts the rows into windows, earliest first. O(rows).
    func slices(windows: WindowPolicy) -> [Slice] {
        var slices: [WindowPolicy.Window: Slice] = [:]
        for run in sources {
            var start = run.positions.lowerBound
            while start < run.positions.upperBound {
                let window = windows.window(of: timestamp(order[start]))
                var end = start + 1
                while end < run.positions.upperBound, windows.window(of: timestamp(order[end])) == window { end += 1 }
                add(Run(source: run.source, positions: start..<end), to: &slices, window)
                start = end
            }
        }
        return slices.values
            .sorted { ($0.window.range.start, $0.window.level) < ($1.window.range.start, $1.window.level) }
    }

    private func add(
        _ run: Run, to slices: inout [WindowPolicy.Window: Slice], _ window: WindowPolicy.Window
    ) {
        let first = order[run.positions.lowerBound]
        let empty = Slice(window: window, runs: [], estimatedBytes: 0, firstTimestamp: timestamp(first))
        slices[window, default: empty].runs.append(run)
        slices[window]?.estimatedBytes += valueCount(first) * (run.positions.count + 64)
        let earliest = min(slices[window]?.firstTimestamp ?? .max, timestamp(first))
        slices[window]?.firstTimestamp = earliest
    }

    private func valueCount(_ row: RowReference) -> Int {
        let starts = chunks[Int(row >> 16)].starts
        return Int(starts[Int(row & 0xffff) + 1] - starts[Int(row & 0xffff)])
    }

    /// Counting sort by source; keeps the order of arrival inside a source. O(rows), and a sort of the sources with
    /// rows: the others take address space only, so that numbers of sources that are gone cost nothing.
    private static func groupBySource(
        _ chunks: [TailChunk.Rows], tables: CatalogueTables
    ) -> (order: [RowReference], sources: [Run]) {
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
        var sources: [Run] = []
        var end = 0
        for source in present {
            let start = end
            end += Int(places.load(Int(source)))
            sources.append(Run(source: source, positions: start..<end))
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
        return (order, sources)
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
