import VarveCodec
import VarveModel

/// Finds the rows of some series in tail chunks. One pass over a chunk serves all series at once.
struct TailScan {
    /// Where a wanted value stands: position in a row of the shape, and the series' index in the request.
    private struct Want {
        var position: Int
        var index: Int
    }

    private let seriesCount: Int
    /// Indexed by shape number; empty for shapes without a wanted series.
    private var wants: [[Want]]

    init(_ series: [SeriesID], catalogue: Catalogue) {
        seriesCount = series.count
        wants = Array(repeating: [], count: catalogue.shapeCount)
        for (index, identifier) in series.enumerated() {
            for place in catalogue.places(of: identifier) where Int(place.shape) < wants.count {
                wants[Int(place.shape)].append(Want(position: place.position, index: index))
            }
        }
    }

    /// Visits each series that has rows in the chunk, once, its rows sorted by time and arrival.
    func scan(
        _ rows: TailChunk.Rows, in range: TimeRange,
        visit: (Int, any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) -> ScanStep {
        var columns = collect(rows, in: range)
        for index in columns.indices where !columns[index].timestamps.isEmpty {
            columns[index].sort()
            let step = try columns[index].withSamples { samples throws(StoreError) in try visit(index, samples) }
            if step == .stop { return .stop }
        }
        return .next
    }

    private func collect(_ rows: TailChunk.Rows, in range: TimeRange) -> [TailColumns] {
        var columns = Array(repeating: TailColumns(), count: seriesCount)
        for row in rows.timestamps.indices {
            let shape = Int(rows.shapes[row])
            // Shapes made after this scan began are none of ours.
            guard shape < wants.count, !wants[shape].isEmpty else { continue }
            let timestamp = rows.timestamps[row]
            guard range.contains(timestamp) else { continue }
            for want in wants[shape] {
                columns[want.index].append(timestamp, rows.values[Int(rows.starts[row]) + want.position])
            }
        }
        return columns
    }
}

/// Rows of one series, copied out of a chunk.
private struct TailColumns {
    private(set) var timestamps: [Int64] = []
    private var values: [Double] = []
    private var isSorted = true

    mutating func append(_ timestamp: Int64, _ value: Double) {
        if let last = timestamps.last, timestamp < last { isSorted = false }
        timestamps.append(timestamp)
        values.append(value)
    }

    /// By time; stable, so that equal times keep their order of arrival.
    mutating func sort() {
        guard !isSorted else { return }
        let order = timestamps.indices.sorted { (timestamps[$0], $0) < (timestamps[$1], $1) }
        timestamps = order.map { timestamps[$0] }
        values = order.map { values[$0] }
        isSorted = true
    }

    func withSamples(_ body: (TailSamples) throws(StoreError) -> ScanStep) throws(StoreError) -> ScanStep {
        try timestamps.withUnsafeBufferPointer { timestamps throws(StoreError) in
            try values.withUnsafeBufferPointer { values throws(StoreError) in
                try body(TailSamples(timestamps: timestamps, values: values))
            }
        }
    }
}

private struct TailSamples: SampleChunk {
    let timestamps: UnsafeBufferPointer<Int64>
    let values: UnsafeBufferPointer<Double>

    var rowCount: Int { timestamps.count }
    var firstTimestamp: Int64 { timestamps[0] }
    var lastTimestamp: Int64 { timestamps[timestamps.count - 1] }
    var statistics: BlockStatistics? { nil }

    func decode() -> DecodedSamples { DecodedSamples(timestamps: .explicit(timestamps), values: values) }
}
