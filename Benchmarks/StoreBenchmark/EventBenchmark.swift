import VarveBytes
import VarveCodec
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Audit events of 1.33 KB in one segment: bytes per event by column, and what writing and looking up takes.
struct EventBenchmark {
    var count: Int

    private static let start = 2_900 * Nanoseconds.perWeek
    private let files = LinuxFileSystem()
    private let clock = LinuxClock()
    private let trail = SeriesID(rawValue: 1)

    func run() throws {
        var generator = AuditEvents(seed: 1, startNs: Self.start)
        let events = (0..<count).map { _ in generator.next() }
        let raw = Double(events.reduce(0) { $0 + $1.body.count }) / Double(count)
        print("\(count) events, bodies of \(raw) bytes on average")
        for effort in [CodecEffort.flush, .compaction] {
            let path = "/tmp/varve-event-benchmark-\(clock.monotonicNs())"
            // A file that stays behind is in /tmp and harms nobody.
            defer { try? files.remove(path) }
            let columns = columns(of: events)
            let startNs = clock.monotonicNs()
            let summary = try write(events, columns, to: path, effort)
            let perSecond = rate(count, since: startNs)
            print("\(effort): \(Double(summary.byteCount) / Double(count)) bytes/event, \(perSecond) events/s written")
            try lookUp(events, path)
        }
    }

    private func rate(_ count: Int, since startNs: Int64) -> Int {
        Int(Double(count) / Double(clock.monotonicNs() - startNs) * 1e9)
    }

    /// Of each block.
    private func columns(of events: [AuditEvent]) -> [[SegmentColumnValues]] {
        stride(from: 0, to: count, by: SegmentFormat.blockRowsTarget).map { start in
            let rows = events[start..<min(start + SegmentFormat.blockRowsTarget, count)]
            return [
                .identifiers(rows.map(\.id)), .strings(rows.map { Array($0.name.utf8) }),
                .strings(rows.map { Array($0.source.utf8) }), .strings(rows.map { Array($0.user.utf8) }),
                .strings(rows.map { Array($0.accessKey.utf8) }),
                .stringLists(rows.map { $0.resources.map { Array($0.utf8) } }),
                .integers(rows.map { $0.isReadOnly ? 1 : 0 }), .bodies(rows.map(\.body)),
            ]
        }
    }

    private func write(
        _ events: [AuditEvent], _ columns: [[SegmentColumnValues]], to path: String, _ effort: CodecEffort
    ) throws -> SegmentSummary {
        let window = TimeRange(start: Self.start, end: Self.start + 52 * Nanoseconds.perWeek)
        let identity = SegmentIdentity(
            uuid: UUID16(high: 1, low: 1), storeUUID: UUID16(high: 1, low: 1), kind: .trail, level: 2, window: window,
            isMultiWindow: true, lsnFirst: 1, lsnLast: 1, createdNs: 0)
        var builder = try SegmentBuilder(creating: path, identity: identity, fileSystem: files, effort: effort)
        for (number, block) in columns.enumerated() {
            let start = number * SegmentFormat.blockRowsTarget
            let times = events[start..<min(start + SegmentFormat.blockRowsTarget, count)].map(\.timestampNs)
            let time = try times.withUnsafeBufferPointer { (buffer) throws(StoreError) in
                try builder.addTimeBlock(buffer)
            }
            try builder.addBlock(series: trail, time: time, columns: block)
        }
        return try builder.finish()
    }

    private func lookUp(_ events: [AuditEvent], _ path: String) throws {
        let reader = try SegmentReader(opening: path, fileSystem: files, cache: PageCache(byteCountMax: 1 << 30))
        for column in try reader.describe().columns {
            print("  \(column.name): \(Double(column.byteCount) / Double(count)) bytes/event")
        }
        let queries: [(String, [ColumnPredicate], [String])] = [
            ("all events' names", [], ["name"]), ("all bodies", [], ["body"]),
            ("a name that nobody uses", [ColumnPredicate("name", "NoSuchCall")], ["body"]),
            ("one user's names", [ColumnPredicate("user", "person-59")], ["name"]),
            (
                "one event by its id, with body", [ColumnPredicate("eventId", .identifier(events[count / 2].id))],
                ["body"]
            ),
        ]
        for (name, predicates, columns) in queries {
            var found = 0
            var best = Int64.max
            for _ in 0..<3 {
                found = 0
                let startNs = clock.monotonicNs()
                _ = try reader.records(of: [trail], where: predicates) { (chunk) throws(StoreError) in
                    _ = try chunk.columns(columns)
                    found += chunk.rowCount
                    return .next
                }
                best = min(best, clock.monotonicNs() - startNs)
            }
            let perEvent = Double(best) / Double(count)
            print("  \(name): \(found) found in \(Double(best) / 1e6) ms, \(perEvent) ns per event looked at")
        }
        try lookUpHours(reader, events)
    }

    /// What an answer's page costs: a name within an hour.
    private func lookUpHours(_ reader: SegmentReader, _ events: [AuditEvent]) throws {
        var random = SplitMix64(seed: 2)
        let lookUps = 500
        var found = 0
        let startNs = clock.monotonicNs()
        for _ in 0..<lookUps {
            let event = events[Int.random(in: 0..<count, using: &random)]
            let range = TimeRange(start: event.timestampNs, end: event.timestampNs + Nanoseconds.perHour)
            _ = try reader.records(of: [trail], in: range, where: [ColumnPredicate("name", event.name)]) {
                (chunk) throws(StoreError) in
                _ = try chunk.columns(["eventId", "user"])
                found += chunk.rowCount
                return .next
            }
        }
        print("  a name within an hour: \(rate(lookUps, since: startNs)) look-ups/s, \(found / lookUps) events each")
    }
}
