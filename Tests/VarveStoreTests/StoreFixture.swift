import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// A store on a simulated disk, and what a test needs to fill and read it.
enum StoreFixture {
    /// 2026-01-01T00:00:00Z, "now" of every test store.
    static let nowNs: Int64 = 1_767_225_600 * Nanoseconds.perSecond

    /// Small sizes, so that a test reaches every rotation with little data.
    static var options: StoreOptions {
        var options = StoreOptions()
        options.walFileBytes = 16 << 10
        options.pageCacheBytes = 1 << 20
        options.space.ballastBytes = 0
        options.scrubBytesPerSecond = 0
        return options
    }

    static func shape(host: Int, fields: [String] = ["a", "b"], namespace: String = "test") -> RowShape {
        RowShape(
            source: SourceKey(namespace: namespace, dimensions: [Dimension(name: "host", value: "h\(host)")]),
            fields: fields.map { FieldKey(metric: $0) })
    }

    /// Every value of a metric with its time, in no particular order; equal observations repeat.
    static func read(
        _ snapshot: StoreSnapshot, metric: String, namespace: String = "test", range: TimeRange = .all
    ) throws -> [Observation] {
        let series = snapshot.series(in: .default, namespace: namespace, metric: metric)
        var found: [Observation] = []
        try snapshot.scan(series, in: range) { index, chunk throws(StoreError) in
            let samples = try chunk.decode()
            for row in 0..<chunk.rowCount where range.contains(samples.timestamps[row]) {
                let host = snapshot.source(of: series[index]).dimensions[0].value
                found.append(
                    Observation(host: host, timestamp: samples.timestamps[row], bits: samples.values[row].bitPattern))
            }
            return .next
        }
        return found.sorted()
    }
}

struct Observation: Hashable, Comparable {
    var host: String
    var timestamp: Int64
    var bits: UInt64

    static func < (left: Observation, right: Observation) -> Bool {
        (left.host, left.timestamp, left.bits) < (right.host, right.timestamp, right.bits)
    }
}
