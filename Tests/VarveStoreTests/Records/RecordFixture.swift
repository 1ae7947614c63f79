import VarveBytes
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// One row with several columns, whose content is spelled out, so that rows can be counted and compared.
struct Record: Hashable, Comparable {
    var kind: SegmentKind
    var host: String
    var timestamp: Int64
    var content: String

    static func < (left: Record, right: Record) -> Bool {
        (left.kind.rawValue, left.host, left.timestamp, left.content)
            < (right.kind.rawValue, right.host, right.timestamp, right.content)
    }
}

extension [Record] {
    /// Whether these rows are among others in the same order, each as often.
    func isSubsequence(of other: [Record]) -> Bool {
        var rest = other[...]
        return allSatisfy { row in
            guard let place = rest.firstIndex(of: row) else { return false }
            rest = rest[(place + 1)...]
            return true
        }
    }
}

/// Rows of all kinds with several columns, and what a test needs to write and read them.
enum RecordFixture {
    static let kinds = SegmentKind.allCases.filter { $0 != .metric }

    static func shape(_ kind: SegmentKind, host: Int, namespace: String = "test") -> RowShape {
        let host = [Dimension(name: "host", value: "h\(host)")]
        // Those of metric series are of the very series that single numbers have, too.
        return RowShape(
            source: SourceKey(namespace: namespace, dimensions: host, kind: kind.seriesKind),
            fields: [FieldKey(metric: "a")])
    }

    /// One value per column, each of any size, the empty ones included.
    static func row(_ kind: SegmentKind, _ random: inout SplitMix64) -> [SegmentColumnValues] {
        kind.schema.columns.map { column in
            switch column.type {
            case .integer: .integers([Int64.random(in: -1...1, using: &random)])
            case .float: .floats([float(&random)])
            case .string: .strings([string(8, &random)])
            case .stringList:
                .stringLists([(0..<Int.random(in: 0...3, using: &random)).map { _ in string(5, &random) }])
            case .bytes16: .identifiers([UUID16(high: random.next(), low: random.next())])
            case .body: .bodies([body(&random)])
            }
        }
    }

    private static func float(_ random: inout SplitMix64) -> Double {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: [.nan, .infinity, -0.0, .leastNonzeroMagnitude][Int.random(in: 0..<4, using: &random)]
        case 1: Double(bitPattern: random.next())
        default: Double(Int.random(in: -500...500, using: &random)) / 10
        }
    }

    /// Few distinct ones, any bytes.
    private static func string(_ countMax: Int, _ random: inout SplitMix64) -> [UInt8] {
        Array(repeating: UInt8(random.next() % 4 &* 85), count: Int.random(in: 0...countMax, using: &random))
    }

    /// Mostly short; now and then one that fills several pages of a log file.
    private static func body(_ random: inout SplitMix64) -> [UInt8] {
        let count = Int.random(in: 0..<12, using: &random) == 0 ? 6_000 : Int.random(in: 0...40, using: &random)
        let isText = Bool.random(using: &random)
        return (0..<count).map { isText ? UInt8($0 % 7) : UInt8(truncatingIfNeeded: random.next()) }
    }

    /// A batch of random rows, and what it holds in order.
    static func batch(
        _ kind: SegmentKind, times: [Int64], hosts: Int = 2, _ random: inout SplitMix64
    ) -> (batch: RecordBatch, rows: [Record]) {
        var batch = RecordBatch(kind)
        var rows: [Record] = []
        for time in times {
            let host = Int.random(in: 0..<hosts, using: &random)
            let values = row(kind, &random)
            batch.append(shape: shape(kind, host: host), timestamp: time, values: values)
            rows.append(Record(kind: kind, host: "h\(host)", timestamp: time, content: text(values, row: 0)))
        }
        return (batch, rows)
    }

    /// The values of one row, bit by bit.
    static func text(_ columns: [SegmentColumnValues], row: Int) -> String {
        columns.map { column in
            switch column {
            case .integers(let values): "\(values[row])"
            case .floats(let values): String(values[row].bitPattern, radix: 16)
            case .strings(let values), .bodies(let values): Hex.encode(values[row])
            case .stringLists(let lists): "\(lists[row].map { Hex.encode($0) })"
            case .identifiers(let values): "\(values[row])"
            }
        }.joined(separator: "|")
    }

    /// Every row with several columns: kind by kind, of segments in the order of their groups, then of the tail.
    static func read(_ snapshot: StoreSnapshot) throws -> [Record] {
        var found: [Record] = []
        for kind in kinds {
            try snapshot.records(kind) { chunk throws(StoreError) in
                let (host, columns) = (snapshot.source(of: chunk.series).dimensions[0].value, try chunk.columns())
                for row in 0..<chunk.rowCount {
                    found.append(
                        Record(
                            kind: kind, host: host, timestamp: chunk.timestamps[row], content: text(columns, row: row)))
                }
                return .next
            }
        }
        return found
    }

    static func read(_ engine: StoreEngine) throws -> [Record] { try read(engine.snapshot()) }

    /// The rows as a store promises them: by kind, series and time, equal times in order of arrival.
    static func ordered(_ rows: [Record]) -> [Record] {
        let keyed = rows.enumerated().map { (index: $0.offset, row: $0.element) }
        return keyed.sorted { left, right in
            (left.row.kind.rawValue, left.row.host, left.row.timestamp, left.index)
                < (right.row.kind.rawValue, right.row.host, right.row.timestamp, right.index)
        }.map(\.row)
    }
}
