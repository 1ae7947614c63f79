import VarveAlarms
import VarveBytes
import VarveJSON
package import VarveModel
import VarveQuery
import VarveStore

/// DescribeAlarmHistory: pages of what happened to alarms, read from the store. O(rows of the page, and blocks in which
/// they lie).
struct AlarmHistoryReading {
    private var lookup = RecordLookup(.trail)
    private let types: Set<String>
    private let contributor: String?
    private let pageRows: Int

    init(_ input: OperationInput) throws(OperationError) {
        if let alarm = try input.string("AlarmName") {
            lookup.predicates.append(ColumnPredicate("resources", alarm))
        }
        if let type = try input.string("HistoryItemType") {
            guard HistoryItemType(rawValue: type) != nil else {
                let known = HistoryItemType.allCases.map(\.rawValue).joined(separator: ", ")
                throw .validation("HistoryItemType must be one of \(known)")
            }
            lookup.predicates.append(ColumnPredicate("name", type))
        }
        let types = try input.strings("AlarmTypes") ?? []
        // Without a name and types the service shows metric alarms only; with a name there is no doubt.
        let all = try input.string("AlarmName") == nil ? [AlarmType.metric] : AlarmType.allCases
        self.types = Set(types.isEmpty ? all.map(\.rawValue) : types)
        contributor = try input.string("AlarmContributorId")
        let start = try input.time("StartDate"), end = try input.time("EndDate")
        guard (start ?? .min) <= (end ?? .max) else { throw .validation("StartDate must not be after EndDate") }
        lookup.range = TimeRange(start: start ?? .min, end: end ?? .max)
        switch try input.string("ScanBy") {
        case nil, "TimestampDescending": lookup.order = .newestFirst
        case "TimestampAscending": lookup.order = .oldestFirst
        default: throw .validation("ScanBy must be TimestampDescending or TimestampAscending")
        }
        pageRows = Int(try input.integer("MaxRecords", in: 1...100) ?? 100)
        if let token = try input.string("NextToken") { lookup.after = try Self.position(of: token) }
        lookup.columns = ["source", "body"]
    }

    func run(on monitoring: Monitoring) throws(OperationError) -> JSONValue {
        let snapshot = monitoring.store.snapshot()
        var lookup = lookup
        lookup.series = snapshot.series(
            in: monitoring.scope, namespace: MonitoringRows.namespace, metric: MonitoringRows.historyMetric,
            matching: [], kind: .trail)
        guard lookup.series?.isEmpty == false else { return Self.answer([], next: nil) }
        var items: [JSONValue] = []
        // Rows of other types are passed over; every page has at least one row more to look at.
        while true {
            lookup.limit = pageRows - items.count
            let page: RecordPage
            do throws(StoreError) { page = try snapshot.lookUp(lookup) } catch { throw OperationError(error) }
            items += page.timestamps.indices.compactMap { item(page, row: $0) }
            guard items.count < pageRows, let next = page.next else { return Self.answer(items, next: page.next) }
            lookup.after = next
        }
    }

    /// Rows of a statement without LIMIT, and of one with it.
    static let rowsMax = 1_000
    static let rowsLimit = 100_000

    /// Items of a time range that satisfy a condition, newest first. O(items of the range, up to the limit).
    /// - Parameter alarm: of this one only; nil: of all.
    static func items(
        on monitoring: Monitoring, of alarm: String? = nil, in range: TimeRange, limit: Int,
        cancellation: CancellationFlag?, where holds: (HistoryRow) -> Bool
    ) throws(OperationError) -> [HistoryRow] {
        let snapshot = monitoring.store.snapshot()
        var lookup = RecordLookup(.trail)
        lookup.series = snapshot.series(
            in: monitoring.scope, namespace: MonitoringRows.namespace, metric: MonitoringRows.historyMetric,
            matching: [], kind: .trail)
        guard lookup.series?.isEmpty == false else { return [] }
        if let alarm { lookup.predicates.append(ColumnPredicate("resources", alarm)) }
        lookup.range = range
        lookup.limit = rowsMax
        lookup.columns = ["body"]
        var found: [HistoryRow] = []
        let limit = min(limit, rowsLimit)
        while found.count < limit, cancellation?.isRaised != true {
            let page: RecordPage
            do throws(StoreError) { page = try snapshot.lookUp(lookup) } catch { throw OperationError(error) }
            guard page.columns.count == 1, case .bodies(let bodies) = page.columns[0] else { break }
            for (body, timestamp) in zip(bodies, page.timestamps) {
                guard let json = try? JSONReader.read(body), let row = HistoryRow(json, timestamp: timestamp) else {
                    continue
                }
                if holds(row) { found.append(row) }
            }
            guard let next = page.next else { break }
            lookup.after = next
        }
        return Array(found.prefix(limit))
    }

    private func item(_ page: RecordPage, row: Int) -> JSONValue? {
        guard page.columns.count == 2, case .strings(let sources) = page.columns[0],
            case .bodies(let bodies) = page.columns[1],
            types.contains(String(decoding: sources[row], as: UTF8.self)),
            let json = try? JSONReader.read(bodies[row]),
            let item = HistoryRow(json, timestamp: page.timestamps[row]),
            contributor == nil || item.contributor == contributor
        else { return nil }
        return item.described
    }

    private static func answer(_ items: [JSONValue], next: RecordPosition?) -> JSONValue {
        var members: [JSONMember] = [.init("AlarmHistoryItems", .array(items))]
        if let next {
            let content = "\(next.timestamp) \(next.series.rawValue) \(next.ordinal)"
            members.append(.init("NextToken", .string(PageToken.text(of: content))))
        }
        return .object(members)
    }

    private static func position(of token: String) throws(OperationError) -> RecordPosition {
        let parts = try PageToken.content(of: token).split(separator: " ")
        guard parts.count == 3, let timestamp = Int64(parts[0]), let series = UInt32(parts[1]),
            let ordinal = Int(parts[2]), ordinal >= 0
        else { throw OperationError(code: "InvalidNextToken", message: "NextToken is not one that this server gave") }
        return RecordPosition(timestamp: timestamp, series: SeriesID(rawValue: series), ordinal: ordinal)
    }
}

extension Monitoring {
    /// What happened to an alarm, or to all of them, in a range of time, newest first. Any thread; waits for the disk.
    /// O(items of the range, up to the limit).
    package func history(
        of alarm: String?, in range: TimeRange, limit: Int
    ) throws(OperationError) -> [HistoryRow] {
        try AlarmHistoryReading.items(on: self, of: alarm, in: range, limit: limit, cancellation: nil) { _ in true }
    }
}

extension HistoryRow {
    /// As DescribeAlarmHistory shows it.
    fileprivate var described: JSONValue {
        var members: [JSONMember] = [.init("AlarmName", .string(alarm))]
        if let contributor { members.append(.init("AlarmContributorId", .string(contributor))) }
        members += [
            .init("AlarmType", .string(alarmType)), .init("Timestamp", .string(AlarmTime.iso(timestamp))),
            .init("HistoryItemType", .string(type)), .init("HistorySummary", .string(summary)),
            .init("HistoryData", .string(data)),
        ]
        if let contributorAttributes, let attributes = try? JSONReader.read(Array(contributorAttributes.utf8)) {
            members.append(.init("AlarmContributorAttributes", attributes))
        }
        return .object(members)
    }
}
