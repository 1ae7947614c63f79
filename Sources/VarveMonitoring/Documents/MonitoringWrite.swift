package import VarveBytes

/// Everything that one decision changes. Stored whole or not at all: a state without its history, or a state change
/// whose notification is forgotten, cannot come out of a crash.
package struct MonitoringWrite: Sendable {
    package struct Document: Sendable {
        package var kind: DocumentKind
        package var name: String
        /// nil: removed.
        package var content: [UInt8]?

        package init(kind: DocumentKind, name: String, content: [UInt8]?) {
            self.kind = kind
            self.name = name
            self.content = content
        }
    }

    package var documents: [Document] = []
    package var history: [HistoryRow] = []
    package var events: [EventRow] = []
    /// Deliveries that begin.
    package var deliveries: [Delivery] = []
    /// Deliveries that are over.
    package var settled: [Outbox.Settled] = []

    package init() {}

    package var isEmpty: Bool {
        documents.isEmpty && history.isEmpty && events.isEmpty && deliveries.isEmpty && settled.isEmpty
    }

    /// Bytes of what is stored, roughly. O(parts).
    package var byteCount: Int {
        documents.reduce(0) { $0 + ($1.content?.count ?? 0) + 200 }
            + history.reduce(0) { $0 + $1.data.utf8.count + 300 }
            + events.reduce(0) { $0 + $1.content.count + 300 }
            + (deliveries + settled.map(\.delivery)).reduce(0) { $0 + $1.body.count + 500 }
    }

    package mutating func add(_ other: MonitoringWrite) {
        documents += other.documents
        history += other.history
        events += other.events
        deliveries += other.deliveries
        settled += other.settled
    }
}

/// Something that happened to an alarm.
package struct HistoryRow: Equatable, Sendable {
    package var alarm: String
    /// `MetricAlarm` or `CompositeAlarm`.
    package var alarmType: String
    /// Nanoseconds since 1970.
    package var timestamp: Int64
    /// `ConfigurationUpdate`, `StateUpdate`, `Action` …
    package var type: String
    package var summary: String
    /// JSON.
    package var data: String
    package var contributor: String?
    /// Of the contributor, as JSON.
    package var contributorAttributes: String?

    package init(
        alarm: String, alarmType: String, timestamp: Int64, type: String, summary: String, data: String,
        contributor: String? = nil, contributorAttributes: String? = nil
    ) {
        self.alarm = alarm
        self.alarmType = alarmType
        self.timestamp = timestamp
        self.type = type
        self.summary = summary
        self.data = data
        self.contributor = contributor
        self.contributorAttributes = contributorAttributes
    }
}

/// An event on a bus, as it is archived.
package struct EventRow: Equatable, Sendable {
    package var id: UUID16
    package var bus: String
    package var timestamp: Int64
    package var source: String
    package var detailType: String
    /// The whole envelope as JSON.
    package var content: [UInt8]

    package init(id: UUID16, bus: String, timestamp: Int64, source: String, detailType: String, content: [UInt8]) {
        self.id = id
        self.bus = bus
        self.timestamp = timestamp
        self.source = source
        self.detailType = detailType
        self.content = content
    }
}
