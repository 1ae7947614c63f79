import HTTPTypes
import HummingbirdCore
import VarveIO
import VarveStore
import VarveWire

/// `/ping`, `/health` and `/stats`. Any thread.
struct StatusRoute: Sendable {
    static let version = "0.1.0"
    /// The dialect of line protocol and `/write` that we speak; clients switch features by it.
    private static let influxVersion = "1.8.10"

    private let door: Doorway
    private let backend: any ServerBackend
    private let queries: QueryPool
    private let startedNs: Int64

    init(door: Doorway, backend: any ServerBackend, queries: QueryPool) {
        self.door = door
        self.backend = backend
        self.queries = queries
        startedNs = door.clock.monotonicNs()
    }

    func ping() -> Response {
        Response(
            status: .noContent,
            headers: [Self.versionHeader: Self.influxVersion, Self.buildHeader: "Varve"])
    }

    private static let versionHeader = HTTPField.Name(known: "X-Influxdb-Version")
    private static let buildHeader = HTTPField.Name(known: "X-Influxdb-Build")

    /// 200 while writes and queries work, 503 with the reason while writes are refused.
    func health() -> Response {
        let reason = backend.readOnlyReason
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("name")
        writer.string("varve")
        writer.key("status")
        writer.string(reason == nil ? "pass" : "fail")
        writer.key("message")
        writer.string(reason.map { "writes are refused: \($0)" } ?? "ready for queries and writes")
        writer.key("version")
        writer.string(Self.version)
        writeCounters(to: &writer)
        writer.endObject()
        return .json(reason == nil ? .ok : .serviceUnavailable, writer.bytes)
    }

    func statistics() -> Response {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("version")
        writer.string(Self.version)
        writer.key("uptimeSeconds")
        writer.number(Double(door.clock.monotonicNs() - startedNs) / 1e9)
        writeCounters(to: &writer)
        writer.key("store")
        Self.write(backend.statistics(), to: &writer)
        writer.endObject()
        return .json(.ok, writer.bytes)
    }

    private func writeCounters(to writer: inout JSONWriter) {
        let load = queries.load
        let levels = [
            ("pendingBytes", door.budget.heldBytes), ("pendingBytesMax", door.budget.limitBytes),
            ("queriesRunning", load.running), ("queriesWaiting", load.waiting),
        ]
        writer.key("server")
        writer.beginObject()
        for (name, value) in door.counters.all + levels {
            writer.key(name)
            writer.integer(value)
        }
        writer.endObject()
    }

    private static func write(_ statistics: StoreStatistics, to writer: inout JSONWriter) {
        writer.beginObject()
        let counts = [
            ("seriesCount", statistics.seriesCount), ("sampleCount", statistics.sampleCount),
            ("segmentCount", statistics.segmentCount), ("segmentBytes", statistics.segmentBytes),
            ("tailRows", statistics.tailRows), ("tailValues", statistics.tailValues),
            ("walBytes", statistics.walBytes), ("catalogueBytes", statistics.catalogueBytes),
        ]
        for (name, value) in counts {
            writer.key(name)
            writer.integer(value)
        }
        for (name, value) in [
            ("oldestTimestampNs", statistics.oldestTimestampNs), ("newestTimestampNs", statistics.newestTimestampNs),
        ] {
            writer.key(name)
            if let value { writer.integer(value) } else { writer.null() }
        }
        writer.key("readOnlyReason")
        if let reason = statistics.readOnlyReason { writer.string(reason) } else { writer.null() }
        writer.key("damage")
        writer.beginArray()
        for place in statistics.damage { writer.string(place.description) }
        writer.endArray()
        writer.endObject()
    }
}

extension HTTPField.Name {
    /// For names known to be valid when this was written.
    init(known name: String) {
        guard let parsed = HTTPField.Name(name) else { preconditionFailure("\(name) is no header name") }
        self = parsed
    }
}
