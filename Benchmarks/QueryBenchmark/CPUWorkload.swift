import VarveIO
import VarveModel
import VarveStore

/// The cpu-only data of the Time Series Benchmark Suite: every host has ten integer fields, a row every 10 s, each a
/// random walk in 0…100 with steps of N(0, 1). The same data in every run.
struct CPUWorkload {
    let hosts: Int
    let hours: Int
    /// Time of the first row: three weeks ago, in the middle of a week, so that the store treats the data as old.
    let start: Int64

    static let fields = [
        "usage_user", "usage_system", "usage_idle", "usage_nice", "usage_iowait", "usage_irq", "usage_softirq",
        "usage_steal", "usage_guest", "usage_guest_nice",
    ]
    private static let tags = [
        "region", "datacenter", "rack", "os", "arch", "team", "service", "service_version", "service_environment",
    ]
    private static let stepNs = 10 * Nanoseconds.perSecond
    private static let rowsPerBatch = 5_000

    init(hosts: Int, hours: Int, nowNs: Int64) {
        self.hosts = hosts
        self.hours = hours
        let week = nowNs / Nanoseconds.perWeek * Nanoseconds.perWeek
        start = week - 3 * Nanoseconds.perWeek + 3 * Nanoseconds.perDay
    }

    /// Time behind the last row.
    var end: Int64 { start + Int64(hours) * Nanoseconds.perHour }
    var valueCount: Int { hosts * hours * 360 * Self.fields.count }

    func write(to store: Store) throws {
        var random = Random(state: 88_172_645_463_325_252)
        // Drawing each step anew takes longer than storing it.
        let noise = (0..<65_521).map { _ in (0..<12).reduce(-6.0) { sum, _ in sum + random.unit() } }
        var levels = (0..<(hosts * Self.fields.count)).map { _ in random.unit() * 100 }
        let shapes = (0..<hosts).map { Self.shape(host: $0) }
        var batch = RowBatch()
        batch.shapes = shapes
        var position = 0
        for row in 0..<(hosts * hours * 360) {
            let host = row % hosts
            batch.rowShapes.append(UInt32(host))
            batch.timestamps.append(start + Int64(row / hosts) * Self.stepNs)
            for index in (host * Self.fields.count)..<((host + 1) * Self.fields.count) {
                batch.values.append(levels[index].rounded(.down))
                position = (position + 1) % noise.count
                levels[index] = min(100, max(0, levels[index] + noise[position]))
            }
            guard batch.rowCount == Self.rowsPerBatch || row == hosts * hours * 360 - 1 else { continue }
            _ = try store.appendAndWait(batch)
            batch.rowShapes.removeAll(keepingCapacity: true)
            batch.timestamps.removeAll(keepingCapacity: true)
            batch.values.removeAll(keepingCapacity: true)
        }
    }

    private static func shape(host: Int) -> RowShape {
        let dimensions = tags.map { Dimension(name: $0, value: "\($0)-\(host % 7)") }
        return RowShape(
            source: SourceKey(
                namespace: "cpu", dimensions: dimensions + [Dimension(name: "hostname", value: "host_\(host)")]),
            fields: fields.map { FieldKey(metric: $0) })
    }
}

/// xorshift64 (Marsaglia 2003).
struct Random {
    var state: UInt64

    private mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    /// Uniform in 0..<1.
    mutating func unit() -> Double { Double(next() >> 11) / 0x1p53 }

    mutating func number(below count: Int) -> Int { Int(next() >> 1) % count }
}
