import VarveBytes
import VarveModel
import VarveStore
import VarveTestKit

/// Rows with several columns, in the stores of the campaign.
enum Records {
    private static let kinds = SegmentKind.allCases.filter { $0 != .metric }
    /// Above every host and metric.
    private static let mark: UInt16 = 0x8000

    /// A batch of one kind with a row at each of `times`, and what it holds.
    static func batch(times: [Int64], _ random: inout SplitMix64) -> (batch: WriteBatch, rows: [Row]) {
        let kind = kinds.randomElement(using: &random)!
        var batch = RecordBatch(kind)
        var rows: [Row] = []
        let host = Workload.hosts.randomElement(using: &random)!
        let shape = RowShape(
            source: SourceKey(
                namespace: Workload.namespace, dimensions: [Dimension(name: "host", value: host)],
                kind: kind.seriesKind),
            fields: [FieldKey(metric: Workload.metrics[0])])
        for timestamp in times {
            let values = kind.schema.columns.map { value($0.type, &random) }
            batch.append(shape: shape, timestamp: timestamp, values: values)
            rows.append(Row(series: series(kind, host), timestamp: timestamp, bits: hash(values, row: 0)))
        }
        return (.records(batch), rows)
    }

    private static func value(_ type: SegmentColumnType, _ random: inout SplitMix64) -> SegmentColumnValues {
        switch type {
        case .integer: .integers([Int64(random.next() % 2)])
        case .float: .floats([Double(Int.random(in: -50...50, using: &random)) / 10])
        case .string: .strings([bytes(6, &random)])
        case .stringList: .stringLists([(0..<Int.random(in: 0...2, using: &random)).map { _ in bytes(4, &random) }])
        case .bytes16: .identifiers([UUID16(high: random.next(), low: random.next())])
        case .body: .bodies([bytes(Int.random(in: 0..<16, using: &random) == 0 ? 5_000 : 30, &random)])
        }
    }

    private static func bytes(_ countMax: Int, _ random: inout SplitMix64) -> [UInt8] {
        (0..<Int.random(in: 0...countMax, using: &random)).map { _ in UInt8(random.next() % 26 + 97) }
    }

    private static func series(_ kind: SegmentKind, _ host: String) -> UInt16 {
        mark | UInt16(kind.rawValue) << 8 | UInt16(host.utf8.first ?? 0)
    }

    /// Whether a row has several columns.
    static func isRecord(_ row: Row) -> Bool { row.series & mark != 0 }

    /// Every row with several columns, in no particular order.
    static func read(_ snapshot: StoreSnapshot) throws -> [Row] {
        var rows: [Row] = []
        for kind in kinds {
            try snapshot.records(kind) { chunk throws(StoreError) in
                let columns = try chunk.columns()
                let number = series(kind, snapshot.source(of: chunk.series).dimensions[0].value)
                for row in 0..<chunk.rowCount {
                    rows.append(Row(series: number, timestamp: chunk.timestamps[row], bits: hash(columns, row: row)))
                }
                return .next
            }
        }
        return rows
    }

    /// FNV-1a over the row's values, each with its length.
    private static func hash(_ columns: [SegmentColumnValues], row: Int) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        func add(_ word: UInt64) { for shift in 0..<8 { add(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift))) } }
        func add(_ bytes: [UInt8]) {
            add(UInt64(bytes.count))
            bytes.forEach { add($0) }
        }
        for column in columns {
            switch column {
            case .integers(let values): add(UInt64(bitPattern: values[row]))
            case .floats(let values): add(values[row].bitPattern)
            case .strings(let values), .bodies(let values): add(values[row])
            case .identifiers(let values):
                add(values[row].high)
                add(values[row].low)
            case .stringLists(let lists):
                add(UInt64(lists[row].count))
                lists[row].forEach { add($0) }
            }
        }
        return hash
    }
}
