import VarveCodec
import VarveModel

/// Finds the rows of some series in tail chunks. One pass over a chunk serves all series at once.
struct TailScan {
    /// Where a wanted value stands: position in a row of the shape, and the series' index in the request.
    private struct Want {
        var shape: UInt32
        var position: Int
        var index: Int
    }

    /// Wants of one shape.
    private struct ShapeWants {
        var shape: UInt32
        /// Positions in `wants`.
        var range: Range<Int>
    }

    /// Ascending by shape.
    private let wants: [Want]
    private let shapes: [ShapeWants]
    /// Whether no series stands in several shapes: then a group of rows is all that a chunk has of its series.
    private let isOneShapeEach: Bool
    private let samples = TailSamples()

    init(_ series: [SeriesID], catalogue: Catalogue) {
        var wants: [Want] = []
        wants.reserveCapacity(series.count)
        catalogue.forEachPlace(of: series) { index, shape, position in
            wants.append(Want(shape: shape, position: position, index: index))
        }
        // They come by index.
        isOneShapeEach = zip(wants, wants.dropFirst()).allSatisfy { $0.index < $1.index }
        wants.sort { ($0.shape, $0.index) < ($1.shape, $1.index) }
        var shapes: [ShapeWants] = []
        for (number, want) in wants.enumerated() {
            if shapes.last?.shape == want.shape {
                shapes[shapes.count - 1].range = shapes[shapes.count - 1].range.lowerBound..<(number + 1)
            } else {
                shapes.append(ShapeWants(shape: want.shape, range: number..<(number + 1)))
            }
        }
        self.wants = wants
        self.shapes = shapes
    }

    /// Visits each series that has rows in the view, once, its rows sorted by time and arrival.
    func scan(
        _ view: StoreSnapshot.TailView, in range: TimeRange,
        visit: (Int, any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) -> ScanStep {
        if shapes.isEmpty { return .next }
        if isOneShapeEach, let columns = view.chunk.columns(of: view.rowCount) {
            return try scan(columns, in: range, visit: visit)
        }
        return try scan(view.chunk.rows(below: view.rowCount), in: range, visit: visit)
    }

    // MARK: In columns

    private func scan(
        _ columns: TailColumns, in range: TimeRange,
        visit: (Int, any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) -> ScanStep {
        var next = 0
        for group in columns.groups {
            next = firstShape(from: next, atOrAfter: group.shape)
            if next == shapes.count { return .next }
            guard shapes[next].shape == group.shape else { continue }
            let times = columns.times(of: group)
            guard range.overlaps(first: times[0], last: times[times.count - 1]) else { continue }
            let column: TimestampColumn = group.step.map { .regular(first: times[0], step: $0) } ?? .explicit(times)
            for want in wants[shapes[next].range] {
                samples.move(to: column, columns.values(of: group, field: want.position))
                if try visit(want.index, samples) == .stop { return .stop }
            }
        }
        return .next
    }

    /// In growing steps from the one before: both sides ascend, and either may be much the longer one.
    private func firstShape(from start: Int, atOrAfter shape: UInt32) -> Int {
        var low = start
        var step = 1
        while low < shapes.count, shapes[min(low + step, shapes.count) - 1].shape < shape {
            low = min(low + step, shapes.count)
            step *= 2
        }
        var high = min(low + step, shapes.count)
        while low < high {
            let middle = (low + high) / 2
            if shapes[middle].shape < shape { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: In rows

    private func scan(
        _ rows: TailChunk.Rows, in range: TimeRange,
        visit: (Int, any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) -> ScanStep {
        var columns = collect(rows, in: range)
        for index in columns.keys.sorted() {
            guard var collected = columns.removeValue(forKey: index) else { continue }
            collected.sort()
            let step = try collected.withColumns { times, values throws(StoreError) in
                samples.move(to: .explicit(times), values)
                return try visit(index, samples)
            }
            if step == .stop { return .stop }
        }
        return .next
    }

    private func collect(_ rows: TailChunk.Rows, in range: TimeRange) -> [Int: CollectedSamples] {
        guard let first = shapes.first?.shape, let last = shapes.last?.shape else { return [:] }
        // Rows of the wanted shapes, then each shape for itself: most rows are of others.
        var rowsOfShape: [Int: [Int]] = [:]
        var numbers = [Int32](repeating: -1, count: Int(last - first) + 1)
        for (number, shape) in shapes.enumerated() { numbers[Int(shape.shape - first)] = Int32(number) }
        for row in rows.shapes.indices where rows.shapes[row] >= first && rows.shapes[row] <= last {
            let number = numbers[Int(rows.shapes[row] - first)]
            if number >= 0, range.contains(rows.timestamps[row]) { rowsOfShape[Int(number), default: []].append(row) }
        }
        var columns: [Int: CollectedSamples] = [:]
        for number in rowsOfShape.keys.sorted() {
            for want in wants[shapes[number].range] {
                columns[want.index, default: CollectedSamples()].append(
                    rowsOfShape[number] ?? [], of: rows, position: want.position)
            }
        }
        return columns
    }
}

/// Rows of one series, copied out of a chunk.
private struct CollectedSamples {
    private var timestamps: [Int64] = []
    private var values: [Double] = []
    /// The order of arrival.
    private var numbers: [Int] = []

    mutating func append(_ list: [Int], of rows: TailChunk.Rows, position: Int) {
        timestamps.reserveCapacity(timestamps.count + list.count)
        values.reserveCapacity(values.count + list.count)
        for row in list {
            timestamps.append(rows.timestamps[row])
            values.append(rows.values[Int(rows.starts[row]) + position])
        }
        numbers += list
    }

    /// By time and arrival. Free when that is how they came.
    mutating func sort() {
        func key(_ position: Int) -> (Int64, Int) { (timestamps[position], numbers[position]) }
        guard !timestamps.indices.dropFirst().allSatisfy({ key($0 - 1) < key($0) }) else { return }
        let order = timestamps.indices.sorted { key($0) < key($1) }
        timestamps = order.map { timestamps[$0] }
        values = order.map { values[$0] }
    }

    func withColumns(
        _ body: (UnsafeBufferPointer<Int64>, UnsafeBufferPointer<Double>) throws(StoreError) -> ScanStep
    ) throws(StoreError) -> ScanStep {
        try timestamps.withUnsafeBufferPointer { timestamps throws(StoreError) in
            try values.withUnsafeBufferPointer { values throws(StoreError) in try body(timestamps, values) }
        }
    }
}

/// Rows in memory. One object for all visits of a scan: a value of its size would be put on the heap for each.
private final class TailSamples: SampleChunk {
    private var timestamps = TimestampColumn.regular(first: 0, step: 0)
    private var values = UnsafeBufferPointer<Double>(start: nil, count: 0)

    func move(to timestamps: TimestampColumn, _ values: UnsafeBufferPointer<Double>) {
        self.timestamps = timestamps
        self.values = values
    }

    var rowCount: Int { values.count }
    var firstTimestamp: Int64 { timestamps[0] }
    var lastTimestamp: Int64 { timestamps[values.count - 1] }
    var statistics: BlockStatistics? { nil }

    func decode() -> DecodedSamples { DecodedSamples(timestamps: timestamps, values: values) }
}
