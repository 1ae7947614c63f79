import VarveAlarms
import VarveBytes
import VarveIO
import VarveJSON
package import VarveModel
package import VarveStore

/// ``MonitoringLog`` on a store. Any thread; writes wait for the disk.
package struct StoreMonitoringLog: MonitoringLog {
    private let store: Store
    private let scope: Scope

    package init(_ store: Store, scope: Scope = .default) {
        self.store = store
        self.scope = scope
    }

    package func append(_ write: MonitoringWrite, nowNs: Int64) throws(StoreError) {
        let batches = MonitoringBatches(write, scope: scope, nowNs: nowNs, random: store.environment.random)
        guard !batches.all.isEmpty else { return }
        _ = try store.appendTogetherAndWait(batches.all)
    }

    package func load(nowNs: Int64) throws(StoreError) -> MonitoringContents {
        MonitoringReader(store.snapshot(), scope: scope).contents(nowNs: nowNs)
    }
}

/// A write as rows.
struct MonitoringBatches {
    private(set) var all: [RecordBatch] = []

    init(_ write: MonitoringWrite, scope: Scope, nowNs: Int64, random: any RandomSource) {
        var documents = RecordBatch(.configuration)
        for document in write.documents {
            documents.append(
                shape: MonitoringRows.shape(scope, of: document.kind, name: document.name), timestamp: nowNs,
                values: Self.values(of: document))
        }
        var trail = RecordBatch(.trail)
        let history = MonitoringRows.shape(scope, trail: MonitoringRows.historyMetric)
        for row in write.history {
            let id = UUID16(high: random.next(), low: random.next())
            trail.append(shape: history, timestamp: row.timestamp, values: Self.values(of: row, id: id))
        }
        var buses: [String: RowShape] = [:]
        for row in write.events {
            let shape = buses[row.bus] ?? Self.eventShape(scope, bus: row.bus)
            buses[row.bus] = shape
            trail.append(shape: shape, timestamp: row.timestamp, values: Self.values(of: row))
        }
        let deliveries = MonitoringRows.shape(scope, trail: MonitoringRows.deliveryMetric)
        for delivery in write.deliveries {
            trail.append(
                shape: deliveries, timestamp: nowNs, values: Self.values(of: delivery, MonitoringRows.pending, nil))
        }
        for end in write.settled {
            let state = end.failure == nil ? MonitoringRows.delivered : MonitoringRows.dead
            trail.append(shape: deliveries, timestamp: nowNs, values: Self.values(of: end.delivery, state, end))
        }
        all = [documents, trail].filter { !$0.isEmpty }
    }

    static func eventShape(_ scope: Scope, bus: String) -> RowShape {
        MonitoringRows.shape(
            scope, trail: MonitoringRows.eventMetric, dimensions: [Dimension(name: "Bus", value: bus)])
    }

    // In the order of the kinds' schemas.

    private static func values(of document: MonitoringWrite.Document) -> [SegmentColumnValues] {
        let status = document.content == nil ? MonitoringRows.deleted : MonitoringRows.current
        return [
            text(document.kind.rawValue), text(status), .stringLists([[]]), text(""), .bodies([document.content ?? []]),
        ]
    }

    private static func values(of row: HistoryRow, id: UUID16) -> [SegmentColumnValues] {
        trail(
            id: id, name: row.type, source: row.alarmType, resources: [row.alarm], body: row.json.encoded)
    }

    private static func values(of row: EventRow) -> [SegmentColumnValues] {
        trail(id: row.id, name: row.detailType, source: row.source, resources: [], body: row.content)
    }

    private static func values(
        of delivery: Delivery, _ state: String, _ end: Outbox.Settled?
    ) -> [SegmentColumnValues] {
        // What was delivered needs no second copy of the message; what was given up is kept with the reason. Of
        // streams the reason is enough: what they send is in the store.
        var members: [JSONMember] = []
        let isKept = end == nil || end?.failure != nil && delivery.content == .message
        if isKept { members.append(.init("delivery", delivery.json)) }
        if let end {
            members.append(.init("attempts", .integer(Int64(end.attempts))))
            if let failure = end.failure { members.append(.init("failure", .string(failure))) }
        }
        return trail(
            id: delivery.id, name: state, source: delivery.endpoint,
            resources: delivery.action.map { [$0.alarmName] } ?? [],
            body: JSONValue.object(members).encoded)
    }

    private static func trail(
        id: UUID16, name: String, source: String, resources: [String], body: [UInt8]
    ) -> [SegmentColumnValues] {
        [
            .identifiers([id]), text(name), text(source), text(""), text(""),
            .stringLists([resources.map { Array($0.utf8) }]), .integers([0]), .bodies([body]),
        ]
    }

    private static func text(_ text: String) -> SegmentColumnValues { .strings([Array(text.utf8)]) }
}

extension HistoryRow {
    var json: JSONValue {
        var members: [JSONMember] = [
            .init("alarm", .string(alarm)), .init("alarmType", .string(alarmType)), .init("type", .string(type)),
            .init("summary", .string(summary)), .init("data", .string(data)),
        ]
        if let contributor { members.append(.init("contributor", .string(contributor))) }
        if let contributorAttributes { members.append(.init("attributes", .string(contributorAttributes))) }
        return .object(members)
    }

    /// - Returns: nil when it is not what ``json`` writes.
    init?(_ json: JSONValue, timestamp: Int64) {
        guard let alarm = json["alarm"]?.string, let alarmType = json["alarmType"]?.string,
            let type = json["type"]?.string, let summary = json["summary"]?.string, let data = json["data"]?.string
        else { return nil }
        self.init(
            alarm: alarm, alarmType: alarmType, timestamp: timestamp, type: type, summary: summary, data: data,
            contributor: json["contributor"]?.string, contributorAttributes: json["attributes"]?.string)
    }
}
