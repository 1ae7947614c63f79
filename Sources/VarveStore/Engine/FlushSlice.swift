import VarveModel

/// Rows of one window on their way into a segment; of several windows when the slice is a patch. Runs of one owner
/// ascend in time.
struct FlushSlice {
    /// Rows of one source – of one series, for rows with several columns – that follow each other in time.
    struct Run {
        /// Number of the source or series.
        var owner: UInt32
        /// Positions in the sorted rows.
        var positions: Range<Int>
    }

    var window: WindowPolicy.Window
    var runs: [Run]
    /// Bytes of the segment, roughly.
    var estimatedBytes: Int
    /// Of any row; slices of one tail do not overlap.
    var firstTimestamp: Int64
    var isMultiWindow = false
}

/// The rows of one kind of a frozen tail, sorted by owner, time and arrival. Used by one flush on one thread.
protocol FlushedRows {
    var kind: SegmentKind { get }
    /// Every owner with rows, once; their positions follow each other.
    var runs: [FlushSlice.Run] { get }
    func timestamp(at position: Int) -> Int64
    /// Bytes that rows of one owner take in a segment, roughly.
    func estimatedBytes(of positions: Range<Int>) -> Int
    /// nil for an owner that the catalogue no longer names.
    func source(of run: FlushSlice.Run) -> UInt32?
    /// Writes every block of a slice.
    func write(_ slice: FlushSlice, to builder: inout SegmentBuilder) throws(StoreError)
}

extension FlushedRows {
    /// Cuts the rows into windows, earliest first. O(rows).
    func slices(windows: WindowPolicy) -> [FlushSlice] {
        var slices: [WindowPolicy.Window: FlushSlice] = [:]
        for run in runs {
            var start = run.positions.lowerBound
            while start < run.positions.upperBound {
                let window = windows.window(of: timestamp(at: start))
                var end = start + 1
                while end < run.positions.upperBound, windows.window(of: timestamp(at: end)) == window { end += 1 }
                add(FlushSlice.Run(owner: run.owner, positions: start..<end), to: &slices, window)
                start = end
            }
        }
        return slices.values
            .sorted { ($0.window.range.start, $0.window.level) < ($1.window.range.start, $1.window.level) }
    }

    private func add(
        _ run: FlushSlice.Run, to slices: inout [WindowPolicy.Window: FlushSlice], _ window: WindowPolicy.Window
    ) {
        let first = timestamp(at: run.positions.lowerBound)
        let empty = FlushSlice(window: window, runs: [], estimatedBytes: 0, firstTimestamp: first)
        slices[window, default: empty].runs.append(run)
        slices[window]?.estimatedBytes += estimatedBytes(of: run.positions)
        let earliest = min(slices[window]?.firstTimestamp ?? .max, first)
        slices[window]?.firstTimestamp = earliest
    }
}
