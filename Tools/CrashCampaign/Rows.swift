import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// One value of one series, or one row with several columns, as small as it can be.
struct Row: Hashable, Comparable, Sendable {
    /// Host, then metric; of a row with several columns its mark, kind and host.
    var series: UInt16
    var timestamp: Int64
    /// Of the value, or a hash of all columns.
    var bits: UInt64

    static func < (left: Row, right: Row) -> Bool {
        if left.series != right.series { return left.series < right.series }
        if left.timestamp != right.timestamp { return left.timestamp < right.timestamp }
        return left.bits < right.bits
    }
}

/// Sorted arrays of rows as multisets. All O(rows).
enum Rows {
    static func isContained(_ part: [Row], in whole: [Row]) -> Bool { firstMissing(of: part, in: whole) == nil }

    /// The first row that occurs more often in `part` than in `whole`.
    static func firstMissing(of part: [Row], in whole: [Row]) -> Row? {
        var next = 0
        for row in part {
            while next < whole.count, whole[next] < row { next += 1 }
            guard next < whole.count, whole[next] == row else { return row }
            next += 1
        }
        return nil
    }

    static func union(_ one: [Row], _ other: [Row]) -> [Row] {
        if other.isEmpty { return one }
        return (one + other).sorted()
    }

    /// All rows of a store, sorted.
    /// - Throws: also when a chunk contradicts itself.
    static func read(_ snapshot: StoreSnapshot) throws -> [Row] {
        var rows = try Records.read(snapshot)
        for metric in Workload.metrics.indices {
            let series = snapshot.series(
                in: .default, namespace: Workload.namespace, metric: Workload.metrics[metric])
            guard !series.isEmpty else { continue }
            try snapshot.scan(series, in: .all) { index, chunk throws(StoreError) in
                let samples = try chunk.decode()
                let host = snapshot.source(of: series[index]).dimensions[0].value.utf8.first ?? 0
                let number = UInt16(host) << 8 | UInt16(metric)
                for row in 0..<chunk.rowCount {
                    rows.append(
                        Row(
                            series: number, timestamp: samples.timestamps[row],
                            bits: samples.values[row].bitPattern))
                }
                return .next
            }
        }
        rows.sort()
        return rows
    }
}

/// What the stores of the campaign are filled with.
enum Workload {
    static let namespace = "test"
    static let metrics = ["a", "b", "c", "d", "e", "f"]
    static let hosts = ["x", "y", "z"]
    /// 2026-01-01T00:00:00Z, "now" at the start of every episode.
    static let startNs: Int64 = 1_767_225_600 * Nanoseconds.perSecond

    /// Small sizes, so that a few commits reach every rotation, and a few flushes a checkpoint of the catalogue.
    static func options(_ keys: FileKeyProvider?) -> StoreOptions {
        var options = StoreOptions()
        options.walFileBytes = 4 << 10
        options.pageCacheBytes = 256 << 10
        options.catalogueLogBytesMax = 256
        options.space.ballastBytes = 8 << 10
        options.keyProvider = keys
        return options
    }

    /// Root keys for a quarter of the episodes, whose stores are sealed; on a disk that loses nothing.
    static func keys(seed: UInt64) throws -> FileKeyProvider? {
        var random = SplitMix64(seed: ~seed)
        guard random.next() % 4 == 0 else { return nil }
        let world = SimulatedWorld(seed: seed)
        try world.fileSystem.createDirectory("/keys")
        return try FileKeyProvider.create("/keys/root", environment: world.environment)
    }

    /// Batches that become one group, and what they hold. The same seed gives the same.
    static func batches(seed: UInt64, nowNs: Int64) -> [(batch: WriteBatch, rows: [Row])] {
        var random = SplitMix64(seed: seed)
        // Mostly one batch of a few rows; now and then one that fills a log file.
        return (0..<[1, 1, 1, 3][Int.random(in: 0..<4, using: &random)]).map { _ in
            let count = [1, 2, 5, 120][Int.random(in: 0..<16, using: &random) == 0 ? 3 : Int(random.next() % 3)]
            if random.next() % 3 == 0 {
                return Records.batch(times: (0..<min(count, 20)).map { _ in time(nowNs, &random) }, &random)
            }
            return batch(rowCount: count, nowNs: nowNs, &random)
        }
    }

    private static func batch(
        rowCount: Int, nowNs: Int64, _ random: inout SplitMix64
    ) -> (batch: WriteBatch, rows: [Row]) {
        var batch = RowBatch()
        var rows: [Row] = []
        let shapes = (0..<Int.random(in: 1...2, using: &random)).map { _ in shape(&random) }
        for _ in 0..<rowCount {
            let shape = shapes.randomElement(using: &random)!
            let timestamp = time(nowNs, &random)
            let values = shape.fields.map { _ in value(&random) }
            batch.append(shape: shape, timestamp: timestamp, values: values)
            let host = UInt16(shape.source.dimensions[0].value.utf8.first ?? 0)
            for (field, value) in zip(shape.fields, values) {
                let metric = UInt16(metrics.firstIndex(of: field.metric) ?? 0)
                rows.append(Row(series: host << 8 | metric, timestamp: timestamp, bits: value.bitPattern))
            }
        }
        return (.rows(batch), rows)
    }

    private static func shape(_ random: inout SplitMix64) -> RowShape {
        let host = hosts.randomElement(using: &random)!
        let fields = metrics.shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random))
        return RowShape(
            source: SourceKey(namespace: namespace, dimensions: [Dimension(name: "host", value: host)]),
            fields: fields.map { FieldKey(metric: $0) })
    }

    /// Mostly seconds around the present, so that times repeat; now and then any that is accepted.
    private static func time(_ nowNs: Int64, _ random: inout SplitMix64) -> Int64 {
        if Int.random(in: 0..<6, using: &random) > 0 {
            return nowNs - Int64.random(in: 0..<100, using: &random) * Nanoseconds.perSecond
        }
        return nowNs - Int64.random(in: -1...454, using: &random) * Nanoseconds.perDay
    }

    private static func value(_ random: inout SplitMix64) -> Double {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: [.nan, .infinity, -0.0, 0, .leastNonzeroMagnitude][Int.random(in: 0..<5, using: &random)]
        case 1: Double(bitPattern: random.next())
        default: Double(Int.random(in: -5_000...5_000, using: &random)) / 10
        }
    }
}
