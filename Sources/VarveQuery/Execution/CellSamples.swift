/// Samples by cell, in the order in which they come: one buffer, and where in it the runs of which cells begin.
struct CellSamples {
    private var values: [Double] = []
    /// Per run its cell and its first value; a run ends where the next one begins.
    private var cells: [Int32] = []
    private var starts: [Int32] = []
    /// Runs by cell, once grouped.
    private var order: [Int32] = []
    /// Per cell its first index in `order`; one more at the end.
    private var firsts: [Int32] = []

    var count: Int { values.count }

    /// - Precondition: all are finite; below 2^31 in total.
    mutating func add(_ more: UnsafeBufferPointer<Double>, to cell: Int) {
        beginRun(of: cell)
        values.append(contentsOf: more)
    }

    mutating func add(_ value: Double, to cell: Int) {
        beginRun(of: cell)
        values.append(value)
    }

    private mutating func beginRun(of cell: Int) {
        if cells.last == Int32(cell) { return }
        cells.append(Int32(cell))
        starts.append(Int32(values.count))
    }

    /// Sorts the runs by cell. O(runs + cells).
    mutating func group(cellCount: Int) {
        firsts = [Int32](repeating: 0, count: cellCount + 1)
        for cell in cells { firsts[Int(cell) + 1] += 1 }
        for cell in 0..<cellCount { firsts[cell + 1] += firsts[cell] }
        var next = firsts
        order = [Int32](repeating: 0, count: cells.count)
        for (run, cell) in cells.enumerated() {
            order[Int(next[Int(cell)])] = Int32(run)
            next[Int(cell)] += 1
        }
    }

    /// Replaces `samples` by those of `cell`. Grouped before.
    func copy(of cell: Int, to samples: inout OrderedValues) {
        samples.removeAll()
        values.withUnsafeBufferPointer { values in
            for index in firsts[cell]..<firsts[cell + 1] {
                let run = Int(order[Int(index)])
                let end = run + 1 < starts.count ? Int(starts[run + 1]) : values.count
                samples.append(contentsOf: UnsafeBufferPointer(rebasing: values[Int(starts[run])..<end]))
            }
        }
    }
}
