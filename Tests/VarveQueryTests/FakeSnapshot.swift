import VarveCodec
import VarveModel
import VarveQuery
import VarveStore
import VarveTestKit

/// Series in memory, with their rows in one list or cut into chunks in any way.
struct FakeSnapshot: MetricSnapshot {
    struct Row: Equatable {
        var timestamp: Int64
        var value: Double
    }

    struct Piece {
        var rows: [Row]
        var hasStatistics = false
        /// Deliver the times as first + step when they are regular.
        var prefersRegular = false
    }

    struct Series {
        var source: SourceKey
        var field: FieldKey
        var rows: [Row] = []
        var pieces: [Piece] = []
    }

    var series: [Series] = []
    /// Thrown by `scan` before any chunk.
    var scanError: StoreError?
    /// Thrown by `decode` of every chunk.
    var decodeError: StoreError?
    /// Called before each chunk is delivered.
    var onChunk: @Sendable () -> Void = {}

    /// Adds a series in one piece.
    mutating func add(
        _ namespace: String, _ metric: String, _ dimensions: [String: String] = [:], unit: Unit = .none,
        rows: [(Int64, Double)]
    ) {
        let source = SourceKey(
            namespace: namespace, dimensions: dimensions.map { Dimension(name: $0.key, value: $0.value) })
        let rows = rows.map { Row(timestamp: $0.0, value: $0.1) }
        series.append(
            Series(source: source, field: FieldKey(metric: metric, unit: unit), rows: rows, pieces: [Piece(rows: rows)])
        )
    }

    func namespaces(in scope: Scope) -> [String] {
        Set(series.filter { $0.source.scope == scope }.map(\.source.namespace)).sorted { $0.precedesByBytes($1) }
    }

    func metrics(in scope: Scope, namespace: String) -> [String] {
        let matching = series.filter { $0.source.scope == scope && $0.source.namespace == namespace }
        return Set(matching.map(\.field.metric)).sorted { $0.precedesByBytes($1) }
    }

    func series(in scope: Scope, namespace: String, metric: String) -> [SeriesID] {
        series.indices.filter { index in
            let key = series[index]
            return key.source.scope == scope && key.source.namespace == namespace && key.field.metric == metric
        }.map { SeriesID(rawValue: UInt32($0)) }
    }

    func source(of series: SeriesID) -> SourceKey { self.series[Int(series.rawValue)].source }
    func field(of series: SeriesID) -> FieldKey { self.series[Int(series.rawValue)].field }

    func scan(
        _ series: [SeriesID], in range: TimeRange,
        visit: (_ index: Int, _ chunk: any SampleChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        precondition(zip(series, series.dropFirst()).allSatisfy { $0 < $1 }, "series are ascending and distinct")
        if let scanError { throw scanError }
        for (index, id) in series.enumerated() {
            for piece in self.series[Int(id.rawValue)].pieces where !piece.rows.isEmpty {
                guard range.overlaps(first: piece.rows[0].timestamp, last: piece.rows.last!.timestamp) else { continue }
                onChunk()
                if try visit(index, FakeChunk(piece, decodeError)) == .stop { return }
            }
        }
    }
}

/// Owned by one scan.
private final class FakeChunk: SampleChunk {
    private let timestamps: UnsafeMutableBufferPointer<Int64>
    private let values: UnsafeMutableBufferPointer<Double>
    private let piece: FakeSnapshot.Piece
    private let decodeError: StoreError?

    init(_ piece: FakeSnapshot.Piece, _ decodeError: StoreError?) {
        self.decodeError = decodeError
        self.piece = piece
        timestamps = .allocate(capacity: piece.rows.count)
        values = .allocate(capacity: piece.rows.count)
        _ = timestamps.initialize(from: piece.rows.map(\.timestamp))
        _ = values.initialize(from: piece.rows.map(\.value))
    }

    deinit {
        timestamps.deallocate()
        values.deallocate()
    }

    var rowCount: Int { values.count }
    var firstTimestamp: Int64 { timestamps[0] }
    var lastTimestamp: Int64 { timestamps[timestamps.count - 1] }

    var statistics: BlockStatistics? {
        piece.hasStatistics ? BlockStatistics(of: UnsafeBufferPointer(values)) : nil
    }

    func decode() throws(StoreError) -> DecodedSamples {
        if let decodeError { throw decodeError }
        return DecodedSamples(timestamps: column, values: UnsafeBufferPointer(values))
    }

    private var column: TimestampColumn {
        let explicit = TimestampColumn.explicit(UnsafeBufferPointer(timestamps))
        guard piece.prefersRegular else { return explicit }
        let (step, overflow) =
            timestamps.count > 1 ? timestamps[1].subtractingReportingOverflow(timestamps[0]) : (0, false)
        guard !overflow, zip(timestamps, timestamps.dropFirst()).allSatisfy({ $1 &- $0 == step }) else {
            return explicit
        }
        return .regular(first: timestamps[0], step: step)
    }
}

extension FakeSnapshot {
    /// The same rows, cut at random into overlapping chunks with and without statistics.
    func cutAtRandom(seed: UInt64) -> FakeSnapshot {
        var random = SplitMix64(seed: seed)
        var result = self
        for index in series.indices { result.series[index].pieces = Self.pieces(of: series[index].rows, &random) }
        return result
    }

    private static func pieces(of rows: [Row], _ random: inout SplitMix64) -> [Piece] {
        let layerCount = Int.random(in: 1...3, using: &random)
        var layers = [[Row]](repeating: [], count: layerCount)
        // Mostly one layer, so that long regular runs survive.
        for row in rows { layers[random.next() % 8 == 0 ? Int(random.next() % UInt64(layerCount)) : 0].append(row) }
        var pieces: [Piece] = []
        for layer in layers {
            var rest = layer.sorted { $0.timestamp < $1.timestamp }[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...40, using: &random)
                let piece = Piece(
                    rows: Array(rest.prefix(count)), hasStatistics: .random(using: &random),
                    prefersRegular: .random(using: &random))
                pieces.append(piece)
                rest = rest.dropFirst(count)
            }
        }
        return pieces.shuffled(using: &random)
    }
}
