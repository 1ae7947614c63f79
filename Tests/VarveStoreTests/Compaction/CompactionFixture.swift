import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// A store whose clock a test moves, with rows that tell in which order they were sent.
struct CompactionWorld {
    let world: SimulatedWorld
    var engine: StoreEngine
    var random: SplitMix64
    /// Sent so far; also the value of the next row.
    private(set) var sent = 0

    init(seed: UInt64 = 1, capacityBytes: Int? = nil, options: StoreOptions = StoreFixture.options) throws {
        world = SimulatedWorld(seed: seed, capacityBytes: capacityBytes)
        random = SplitMix64(seed: seed)
        engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
    }

    var now: Int64 { world.clock.wallNs() }
    var segments: [SegmentSummary] { engine.snapshot().segmentSummaries }

    mutating func reopen(options: StoreOptions = StoreFixture.options) throws {
        engine.close()
        engine = try StoreEngine.open(at: "/data", options: options, environment: world.environment)
    }

    /// Commits one row per host and time, each with a value of its own.
    mutating func send(_ times: [Int64], hosts: Range<Int> = 0..<2, fields: [String] = ["a", "b"]) throws {
        var batch = RowBatch()
        for timestamp in times {
            for host in hosts {
                let values = fields.indices.map { Double(sent + $0) / 4 }
                batch.append(
                    shape: StoreFixture.shape(host: host, fields: fields), timestamp: timestamp, values: values)
                sent += fields.count
            }
        }
        _ = try engine.commit([batch])[0].get()
    }

    /// Sends regular rows while `span` passes, the last at its end.
    mutating func live(_ span: Int64, every step: Int64, hosts: Range<Int> = 0..<2) throws {
        let start = now
        world.clock.advance(byNs: span)
        try send(Array(stride(from: start + step, through: start + span, by: Int(step))), hosts: hosts)
    }
}

/// Rows of one series in the order that the store promises: by time, then by arrival.
struct OrderedRow: Equatable {
    var timestamp: Int64
    var bits: UInt64
}

extension StoreFixture {
    /// Every row of a namespace by series, in order. Segments are visited in the order of their LSN ranges, so a
    /// stable sort by time gives the order of arrival.
    static func ordered(
        _ snapshot: StoreSnapshot, since oldest: Int64 = .min, namespace: String = "test"
    ) throws -> [SeriesID: [OrderedRow]] {
        var rows: [SeriesID: [OrderedRow]] = [:]
        for metric in snapshot.metrics(in: .default, namespace: namespace) {
            let series = snapshot.series(in: .default, namespace: namespace, metric: metric)
            try snapshot.scan(series, in: .all) { index, chunk throws(StoreError) in
                let samples = try chunk.decode()
                for row in 0..<chunk.rowCount where samples.timestamps[row] >= oldest {
                    rows[series[index], default: []].append(
                        OrderedRow(timestamp: samples.timestamps[row], bits: samples.values[row].bitPattern))
                }
                return .next
            }
        }
        return rows.mapValues { rows in
            rows.enumerated().sorted { ($0.element.timestamp, $0.offset) < ($1.element.timestamp, $1.offset) }
                .map(\.element)
        }
    }
}
