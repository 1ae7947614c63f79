import VarveBytes
import VarveEvents
import VarveJSON
package import VarveModel
package import VarveStore

/// Reads what monitoring has stored. Any thread; waits for the disk.
package struct MonitoringReader: Sendable {
    private let snapshot: StoreSnapshot
    let scope: Scope

    package init(_ snapshot: StoreSnapshot, scope: Scope = .default) {
        self.snapshot = snapshot
        self.scope = scope
    }

    /// Deliveries are tried for a day at most. Those of a week before are looked for, too: a server that stood still
    /// over a weekend says of each that nobody got it.
    private static let deliveryAgeNs = 8 * Nanoseconds.perDay
    /// Rows of one look-up.
    private static let pageRows = 4_096

    /// Documents, and deliveries that have begun and are not over. O(documents + deliveries of eight days).
    ///
    /// What is damaged is a problem and not an error: a server whose alarms cannot be read must still take metrics.
    func contents(nowNs: Int64) -> MonitoringContents {
        var contents = MonitoringContents()
        do throws(StoreError) {
            try readDocuments(into: &contents)
        } catch {
            contents.problems.append("alarms, topics and event rules cannot be read, none is evaluated: \(error)")
        }
        var deliveries = OpenDeliveries()
        do throws(StoreError) {
            try readDeliveries(nowNs: nowNs, into: &deliveries)
        } catch {
            contents.problems.append("some deliveries that were not finished cannot be read: \(error)")
        }
        contents.problems += deliveries.problems
        contents.deliveries = deliveries.open
        return contents
    }

    /// The current documents of one kind, or the one of a name. O(documents of the kind).
    func documents(of kind: DocumentKind, name: String? = nil) throws(StoreError) -> [StoredDocument] {
        var filters = [DimensionFilter.equals(name: "Kind", value: kind.rawValue)]
        if let name { filters.append(.equals(name: "Name", value: name)) }
        let series = snapshot.series(
            in: scope, namespace: MonitoringRows.namespace, metric: MonitoringRows.documentMetric, matching: filters,
            kind: .configuration)
        guard !series.isEmpty else { return [] }
        let page = try snapshot.latest(
            .configuration, of: series, columns: ["status", "body"], leavingOut: { _ in })
        guard page.columns.count == 2, case .strings(let states) = page.columns[0],
            case .bodies(let bodies) = page.columns[1]
        else { return [] }
        return page.series.indices.compactMap { row in
            guard states[row] != Array(MonitoringRows.deleted.utf8),
                let name = snapshot.value(of: "Name", in: page.series[row])
            else { return nil }
            return StoredDocument(kind: kind, name: name, content: bodies[row])
        }
    }

    private func readDocuments(into contents: inout MonitoringContents) throws(StoreError) {
        let series = snapshot.series(
            in: scope, namespace: MonitoringRows.namespace, metric: MonitoringRows.documentMetric, matching: [],
            kind: .configuration)
        var gaps: [DataGap] = []
        let page = try snapshot.latest(
            .configuration, of: series, columns: ["status", "body"], leavingOut: { gaps.append($0) })
        // An older state of an alarm is better than none: its next evaluation decides anew.
        contents.problems += gaps.map { "\($0.place): some documents may be older than they were" }
        contents.newestNs = page.timestamps.max() ?? .min
        guard page.columns.count == 2, case .strings(let states) = page.columns[0],
            case .bodies(let bodies) = page.columns[1]
        else { return }
        for (row, series) in page.series.enumerated() where states[row] != Array(MonitoringRows.deleted.utf8) {
            guard let kind = snapshot.value(of: "Kind", in: series).flatMap(DocumentKind.init),
                let name = snapshot.value(of: "Name", in: series)
            else {
                contents.problems.append("a document of a newer version is left alone: \(snapshot.source(of: series))")
                continue
            }
            contents.documents.append(StoredDocument(kind: kind, name: name, content: bodies[row]))
        }
    }

    /// What rows say of deliveries, as far as they were read.
    private struct OpenDeliveries {
        private var begun: [UUID16: Delivery] = [:]
        private var order: [UUID16] = []
        private var over: Set<UUID16> = []
        private(set) var problems: [String] = []

        /// In the order in which they began.
        var open: [Delivery] { order.filter { !over.contains($0) }.compactMap { begun[$0] } }

        mutating func add(_ row: TrailRow) {
            guard row.name == MonitoringRows.pending else {
                over.insert(row.id)
                return
            }
            guard let json = try? JSONReader.read(row.body), let delivery = json["delivery"].flatMap({ Delivery($0) })
            else {
                problems.append("delivery \(row.id) cannot be read and is given up")
                return
            }
            begun[row.id] = delivery
            order.append(row.id)
        }
    }

    private func readDeliveries(nowNs: Int64, into deliveries: inout OpenDeliveries) throws(StoreError) {
        try trail(MonitoringRows.deliveryMetric, sinceNs: max(0, nowNs - Self.deliveryAgeNs)) { deliveries.add($0) }
    }

    struct TrailRow {
        var id: UUID16
        var timestamp: Int64
        var name: String
        var source: String
        var body: [UInt8]
    }

    /// Visits the trail rows of one metric, oldest first.
    func trail(
        _ metric: String, dimensions: [DimensionFilter] = [], sinceNs: Int64, untilNs: Int64 = .max,
        visit: (TrailRow) -> Void
    ) throws(StoreError) {
        var lookup = RecordLookup(.trail)
        lookup.series = snapshot.series(
            in: scope, namespace: MonitoringRows.namespace, metric: metric, matching: dimensions, kind: .trail)
        guard lookup.series?.isEmpty == false else { return }
        lookup.range = TimeRange(start: sinceNs, end: untilNs)
        lookup.order = .oldestFirst
        lookup.limit = Self.pageRows
        lookup.columns = ["eventId", "name", "source", "body"]
        while true {
            let page = try snapshot.lookUp(lookup)
            for row in Self.rows(of: page) { visit(row) }
            guard let next = page.next else { return }
            lookup.after = next
        }
    }

    /// The next archived events that a replay may want, oldest first.
    /// - Returns: with where to go on, nil at the end.
    func events(
        of replay: EventReplay, after: RecordPosition?
    ) throws(StoreError) -> (events: [(event: Event, archivedNs: Int64)], next: RecordPosition?) {
        var lookup = RecordLookup(.trail)
        lookup.series = snapshot.series(
            in: scope, namespace: MonitoringRows.namespace, metric: MonitoringRows.eventMetric,
            matching: [DimensionFilter.equals(name: "Bus", value: replay.bus)], kind: .trail)
        guard lookup.series?.isEmpty == false else { return ([], nil) }
        // Events are archived when they come, which is after their own time, as a rule by little.
        // Both ends come from a client and may be anything.
        let startNs = max(0, replay.startNs, replay.lastReplayedNs ?? 0)
        let endNs = min(max(0, replay.endNs), .max - Self.eventLatenessNs) + Self.eventLatenessNs
        guard startNs < endNs else { return ([], nil) }
        lookup.range = TimeRange(start: max(0, startNs - Self.eventLatenessNs), end: endNs)
        lookup.order = .oldestFirst
        lookup.limit = Self.replayRows
        lookup.columns = ["eventId", "name", "source", "body"]
        lookup.after = after
        let page = try snapshot.lookUp(lookup)
        let events = Self.rows(of: page).compactMap { row -> (event: Event, archivedNs: Int64)? in
            guard let json = try? JSONReader.read(row.body), let event = try? Event.read(json) else { return nil }
            return (event, row.timestamp)
        }
        return (events, page.next)
    }

    /// Events whose own time is further from their arrival are not found by it.
    private static let eventLatenessNs = Nanoseconds.perHour
    /// Of one step, so that other work goes on beside a replay.
    private static let replayRows = 256

    private static func rows(of page: RecordPage) -> [TrailRow] {
        guard page.columns.count == 4, case .identifiers(let ids) = page.columns[0],
            case .strings(let names) = page.columns[1], case .strings(let sources) = page.columns[2],
            case .bodies(let bodies) = page.columns[3]
        else { return [] }
        return page.timestamps.indices.map { row in
            TrailRow(
                id: ids[row], timestamp: page.timestamps[row], name: String(decoding: names[row], as: UTF8.self),
                source: String(decoding: sources[row], as: UTF8.self), body: bodies[row])
        }
    }
}
