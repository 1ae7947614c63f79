package import VarveModel

/// Constants of the segment file. Format: Docs/Format/segment.md.
package enum SegmentFormat {
    /// Written by this program, and the newest that it reads; it reads all from 1 on.
    package static let version: UInt16 = 2
    /// "VRVSEG01", first bytes of the file.
    static let magic = UInt64(littleEndianText: "VRVSEG01")
    /// "VRVSEGND", last bytes of the file: a file without them was cut or never finished.
    static let endMagic = UInt64(littleEndianText: "VRVSEGND")
    /// "VPAG", first bytes of every page.
    static let pageMagic = UInt32(truncatingIfNeeded: UInt64(littleEndianText: "VPAG0000"))

    /// One disk sector of today's drives and one memory page: read with one request.
    static let superblockByteCount = 4_096
    /// Keys of the superblock start here; everything before belongs to the description.
    static let keySectionOffset = 2_048
    static let pageHeaderByteCount = 32
    static let trailerByteCount = 32
    /// Pages start at multiples of this, so that fields of a header are aligned in any aligned buffer.
    static let pageAlignment = 8

    /// A page is closed when its payload reaches this. 32 KiB: four to eight full metric blocks; one read of a cold
    /// block costs the same as a 4 KiB read on any drive, and a CRC of 5 µs.
    package static let dataPageByteCountTarget = 32 << 10
    /// Raw bytes of bodies per BODY page: LZ4 gains little beyond 256 KiB (7.0 against 6.5 at 64 KiB).
    package static let bodyPageRawByteCountTarget = 256 << 10
    /// Largest payload that a reader accepts: one body of the largest size, incompressible, with room for its stream.
    static let pagePayloadByteCountMax = 64 << 20
    /// Largest body. AWS services cut theirs at 256 KiB (trail) and ≈ 1 MiB (configuration).
    package static let bodyByteCountMax = 16 << 20

    /// Rows of a block, by which writers cut: four vectors of the column codecs.
    package static let blockRowsTarget = 4_096
    /// Rows of a block that a reader accepts.
    package static let blockRowsMax = 8_192
    /// Rows from which on the only block of a series is written by itself: below it the ≈ 40 bytes of a block's header,
    /// index entry and statistics weigh more than 0.3 bytes per row.
    package static let runRowsEnd = 128
    /// Series of one block of short runs, by which writers cut: its directory is then one vector per column.
    static let runsTarget = 1_024
    /// Strings of all lists of one block: 128 per row.
    static let listItemsMax = 128 * blockRowsMax
    /// Bytes of all dictionaries of one block together. Writers cut flushed blocks at 4 MiB of strings and merged ones
    /// at 8 MiB, each string counted as often as it occurs, so that theirs stay below half of this.
    static let blockDictionaryByteCountMax = 16 << 20
    /// Entries of one leaf of an index: at ≈ 25 B each a leaf is one data page.
    static let indexLeafEntries = 1_024
    /// Entries of one leaf of the series directory: 3 B each.
    static let seriesLeafEntries = 4_096
    /// Entries of one leaf of the rollup index: 5 B each.
    static let rollupLeafEntries = 4_096
    /// Buckets of one rollup block: a week of 5 min has 2 016, only files of many weeks need several blocks.
    static let rollupBlockBuckets = 4_096
    /// Time blocks that the builder compares with new ones, to store equal ones once.
    static let sharedTimeBlocksMax = 1_024
    /// Bytes gathered before a write: below 256 KiB system calls show, above it nothing is gained.
    static let writeByteCount = 512 << 10
    /// Columns of one kind, sections of one file: nothing declared today has more than nine.
    static let columnsMax = 64
    /// Columns that a file may have beside those of its kind: room for later writers. Each costs its reader a stream.
    static let extraColumnsMax = 8
}

extension UInt64 {
    /// The number whose little-endian bytes spell `text` (8 characters of ASCII).
    init(littleEndianText text: StaticString) {
        precondition(text.utf8CodeUnitCount == 8, "a magic number has eight characters")
        var value: UInt64 = 0
        text.withUTF8Buffer { for (index, byte) in $0.enumerated() { value |= UInt64(byte) << UInt64(8 * index) } }
        self = value
    }
}

/// What a page holds. The raw value is on disk.
package enum SegmentPageType: UInt8, CaseIterable, Sendable {
    case time = 1
    case block = 2
    case body = 3
    case timeIndex = 4
    case blockIndex = 5
    case seriesIndex = 6
    case footer = 7
    case rollup = 8
    case rollupIndex = 9
}

/// What is stored. The raw value is on disk; one segment holds one kind.
package enum SegmentKind: UInt8, CaseIterable, Sendable {
    /// Single numbers of metric series.
    case metric = 1
    /// Audit events.
    case trail = 2
    /// Numbers of metric series that were observed several times each.
    case weighted = 3
    /// Summaries of metric series, made by who measured.
    case statisticSet = 4
    /// States of cryptographic keys. Material is not among them: what must be destroyable does not lie in segments.
    case key = 5
    /// Versions of resources' configuration.
    case configuration = 6

    /// The columns that this version writes for the kind. Readers go by the list in the file.
    package var schema: SegmentSchema {
        switch self {
        case .metric: Self.metricSchema
        case .trail: Self.trailSchema
        case .weighted: Self.weightedSchema
        case .statisticSet: Self.statisticSetSchema
        case .key: Self.keySchema
        case .configuration: Self.configurationSchema
        }
    }

    /// The kind of the series that have such rows. A metric series may have rows of three kinds.
    package var seriesKind: SeriesKind {
        switch self {
        case .metric, .weighted, .statisticSet: .metric
        case .trail: .trail
        case .key: .key
        case .configuration: .configuration
        }
    }

    /// Whether the newest row of a series says how things are now, and so never expires.
    package var isState: Bool { self == .key || self == .configuration }

    private static let metricSchema = SegmentSchema([.init("value", .float)])
    private static let weightedSchema = SegmentSchema([.init("value", .float), .init("weight", .float)])
    private static let statisticSetSchema = SegmentSchema([
        .init("count", .float), .init("sum", .float), .init("minimum", .float), .init("maximum", .float),
    ])
    private static let trailSchema = SegmentSchema([
        .init("eventId", .bytes16), .init("name", .string), .init("source", .string), .init("user", .string),
        .init("accessKey", .string), .init("resources", .stringList), .init("readOnly", .integer),
        .init("body", .body),
    ])
    private static let keySchema = SegmentSchema([
        .init("transition", .string), .init("actor", .string), .init("body", .body),
    ])
    private static let configurationSchema = SegmentSchema([
        .init("resourceType", .string), .init("status", .string), .init("relations", .stringList),
        .init("documentHash", .string), .init("body", .body),
    ])
}

/// How a column is stored. The raw value is on disk.
package enum SegmentColumnType: UInt8, CaseIterable, Sendable {
    /// N stream.
    case integer = 1
    /// F stream.
    case float = 2
    /// S stream.
    case string = 3
    /// N stream of list lengths, then one S stream of all items.
    case stringList = 4
    /// 16 bytes per row, as they are.
    case bytes16 = 5
    /// Bd streams in BODY pages of their own.
    case body = 6
}

/// One column of a kind.
package struct SegmentColumn: Hashable, Sendable {
    package let name: String
    package let type: SegmentColumnType

    package init(_ name: String, _ type: SegmentColumnType) {
        self.name = name
        self.type = type
    }
}

/// The columns beside series and time, in the order in which a block stores them.
package struct SegmentSchema: Hashable, Sendable {
    package let columns: [SegmentColumn]

    package init(_ columns: [SegmentColumn]) {
        precondition(!columns.isEmpty && columns.count <= SegmentFormat.columnsMax, "a kind has 1 to 64 columns")
        self.columns = columns
    }

    /// Whether blocks carry statistics in the index: exactly when the rows are single numbers.
    package var hasStatistics: Bool { columns.count == 1 && columns[0].type == .float }

    package func index(of name: String) -> Int? { columns.firstIndex { $0.name == name } }
}
