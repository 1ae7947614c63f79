import VarveBytes
import VarveCodec
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Rows with several columns as a plain list, and what every look-up must find in it.
struct RecordRows {
    let kind: SegmentKind
    /// In order of arrival.
    private(set) var series: [SeriesID] = []
    private(set) var timestamps: [Int64] = []
    private(set) var columns: [SegmentColumnValues]

    init(_ kind: SegmentKind) {
        self.kind = kind
        columns = kind.schema.columns.map { .empty($0.type) }
    }

    static let kinds: [SegmentKind] = [.trail, .weighted, .statisticSet, .key, .configuration]

    var rowCount: Int { timestamps.count }

    mutating func append(_ series: SeriesID, _ timestamp: Int64, _ values: [SegmentColumnValues]) {
        self.series.append(series)
        timestamps.append(timestamp)
        for column in columns.indices { columns[column].append(values[column]) }
    }

    /// Values of one row: few distinct strings, so that look-ups find several rows.
    static func values(_ kind: SegmentKind, using random: inout SplitMix64) -> [SegmentColumnValues] {
        kind.schema.columns.map { value($0.type, using: &random) }
    }

    private static func value(_ type: SegmentColumnType, using random: inout SplitMix64) -> SegmentColumnValues {
        let few = Int.random(in: 0..<6, using: &random)
        switch type {
        case .integer: return .integers([Int64(few % 2)])
        case .float:
            return .floats([Int.random(in: 0..<9, using: &random) == 0 ? -.infinity : Double(few) * 1.25])
        case .string: return .strings([few == 0 ? [] : Array("text-\(few)".utf8)])
        case .stringList:
            return .stringLists([(0..<(few % 4)).map { Array("arn:\($0 + Int(random.next() % 5))".utf8) }])
        case .bytes16: return .identifiers([UUID16(high: random.next() % 9, low: random.next() % 3)])
        case .body:
            let size = Int.random(in: 0..<40, using: &random) == 0 ? 3_000 : few * 9
            return .bodies([(0..<size).map { UInt8(truncatingIfNeeded: $0 * few) }])
        }
    }

    /// A condition that some rows satisfy.
    func predicate(using random: inout SplitMix64) -> ColumnPredicate? {
        guard rowCount > 0 else { return nil }
        let row = Int.random(in: 0..<rowCount, using: &random)
        let columns = zip(kind.schema.columns, columns).compactMap { (column, values) -> ColumnPredicate? in
            switch values {
            case .strings(let values): ColumnPredicate(column.name, .string(values[row]))
            case .stringLists(let lists):
                ColumnPredicate(column.name, .string(lists[row].randomElement(using: &random) ?? [1]))
            case .identifiers(let values): ColumnPredicate(column.name, .identifier(values[row]))
            case .integers(let values): ColumnPredicate(column.name, .integer(values[row]))
            case .floats, .bodies: nil
            }
        }
        return columns.randomElement(using: &random)
    }

    /// Positions of the rows that satisfy everything, by (time, series, arrival).
    func find(
        _ wanted: [SeriesID]?, in range: TimeRange, where predicates: [ColumnPredicate], since oldest: Int64 = .min
    ) -> [Int] {
        (0..<rowCount).filter { row in
            range.contains(timestamps[row]) && timestamps[row] >= oldest && (wanted?.contains(series[row]) ?? true)
                && predicates.allSatisfy { holds($0, row) }
        }.sorted { (timestamps[$0], series[$0], $0) < (timestamps[$1], series[$1], $1) }
    }

    private func holds(_ predicate: ColumnPredicate, _ row: Int) -> Bool {
        switch (columns[kind.schema.index(of: predicate.column)!], predicate.value) {
        case (.strings(let values), .string(let text)): values[row] == text
        case (.stringLists(let lists), .string(let text)): lists[row].contains(text)
        case (.identifiers(let values), .identifier(let value)): values[row] == value
        case (.integers(let values), .integer(let value)): values[row] == value
        default: false
        }
    }

    /// The rows at `positions` as a look-up delivers them.
    func page(_ positions: [Int]) -> RecordPage {
        RecordPage(
            series: positions.map { series[$0] }, timestamps: positions.map { timestamps[$0] },
            columns: columns.map { $0.gather(positions) })
    }
}

extension Segments {
    /// Writes rows as a flush does: series after series, each cut into blocks of at most `blockRows`.
    @discardableResult
    static func write(
        _ rows: RecordRows, to path: String, on disk: any FileSystem, blockRows: Int = 4_096,
        effort: CodecEffort = .flush
    ) throws -> SegmentSummary {
        var builder = try SegmentBuilder(
            creating: path, identity: identity(kind: rows.kind), fileSystem: disk, effort: effort)
        let groups = Dictionary(grouping: rows.find(nil, in: .all, where: [])) { rows.series[$0] }
        for (series, positions) in groups.sorted(by: { $0.key < $1.key }) {
            for start in stride(from: 0, to: positions.count, by: blockRows) {
                let part = Array(positions[start..<min(start + blockRows, positions.count)])
                let time = try addTimes(part.map { rows.timestamps[$0] }, blockRows: blockRows, to: &builder)[0]
                try builder.addBlock(series: series, time: time, columns: rows.columns.map { $0.gather(part) })
            }
        }
        return try builder.finish()
    }
}
