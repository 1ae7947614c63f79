import Glibc
import Varve

/// Opens a database, writes, asks, and closes. Every append that returns without an error has its rows on the disk.
func run(in directory: String) throws(DatabaseError) {
    let database = try Database.open(directory)
    defer { database.close() }

    // One measurement, now.
    try database.append(Sample(namespace: "Shop", dimensions: ["checkout": "north"], metric: "queue_length", value: 3))

    // Many at once: one sync for all of them. Fields that belong together make one row.
    var batch = SampleBatch()
    let start = nowNs() - 600 * 1_000_000_000
    for second in 0..<600 {
        try batch.append(
            namespace: "Shop", dimensions: ["checkout": second.isMultiple(of: 2) ? "north" : "south"],
            values: ["latency_ms": 20 + Double(second % 7), "items": Double(second % 5)],
            timestampNs: start + Int64(second) * 1_000_000_000)
    }
    try database.append(contentsOf: batch)

    let rows = try database.query(
        "SELECT AVG(latency_ms), MAX(latency_ms), COUNT(latency_ms) FROM Shop GROUP BY checkout SINCE 1h PERIOD 1d")
    print(rows.columns.map(\.name).joined(separator: "  "))
    for row in rows { print(row.values.map { "\($0)" }.joined(separator: "  ")) }
    print(database.statistics.sampleCount, "samples in", database.statistics.seriesCount, "series")

    // The same by type: no text to put together, any name is allowed.
    let latency = MetricSelector("latency_ms", in: "Shop", groupedBy: ["checkout"])
    let wanted: [Statistic] = [.average, .percentile(99), .trimmedMean(.percent(10, 90))]
    for series in try database.statistics(wanted, of: latency, over: start..<nowNs(), period: .seconds(300)) {
        print(series.group["checkout"] ?? "", series.timestampsNs.count, "periods of", series.period)
        for statistic in wanted { print(" ", statistic, series[statistic].map { $0.map { "\($0)" } ?? "–" }) }
    }
}

/// Reads samples as they are, one by one: memory holds a piece of them, however many there are.
func stream(from directory: String) async throws(DatabaseError) {
    let database = try Database.open(directory)
    defer { database.close() }
    var slow = 0
    for try await row in database.rows(of: "SELECT * FROM Shop WHERE latency_ms > 25 SINCE 1h") {
        if row["checkout"] == .text("north") { slow += 1 }
    }
    print(slow, "slow checkouts in the north")
}

/// Watches a metric, and says what would have happened in the past hour.
func watch(in directory: String) async throws(DatabaseError) {
    let database = try Database.open(directory)
    defer { database.close() }
    // What alarms send comes here; it comes again until it is delivered, also after a crash.
    let alarms = try database.alarms(
        Alarms.Options { notification in
            print("to \(notification.target): \(notification.subject)")
            return .delivered
        })
    var slow = MetricAlarm(
        "slow-north", on: "latency_ms", in: "Shop", dimensions: ["checkout": "north"], .percentile(99), .greater,
        than: 25.5, alarmActions: ["https://ops.example/page"])
    slow.missingData = .ignore
    try await alarms.put(slow)
    // From now on it is evaluated every minute. Nobody wants to wait that long here, so it goes off by hand.
    var changes = alarms.changes().makeAsyncIterator()
    try await alarms.setState(of: "slow-north", to: .alarm, reason: "a drill")
    if let change = await changes.next() { print(change.alarm, change.from, "→", change.to, change.reason) }
    for item in try await alarms.history(of: "slow-north") { print(" ", item.summary) }
    for replay in try await alarms.backtest([slow.json()], over: nowNs() - 3_600 * 1_000_000_000..<nowNs()) {
        print(replay.alarm, "would have gone off", replay.episodes.count, "times in the past hour")
    }
}

/// Nanoseconds since 1970.
func nowNs() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

let directory = "/tmp/varve-example-\(getpid())"
do throws(DatabaseError) {
    try run(in: directory)
    try await stream(from: directory)
    try await watch(in: directory)
    print("the data stays in \(directory)")
} catch {
    // Says what, where and what to do.
    print(error)
    exit(1)
}
