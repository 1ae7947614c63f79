import HTTPTypes
import HummingbirdCore
import Varve
import VarveExchange
import VarveIO
import VarveJSON
import VarveStore

/// `/ping`, `/health` and `/stats`. Any thread.
struct StatusRoute: Sendable {
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

    /// 200 while writes and queries work, with what needs attention if anything does; 503 with the reason while writes
    /// are refused.
    func health() -> Response {
        let statistics = backend.statistics()
        let health = statistics.health
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("name")
        writer.string("varve")
        writer.key("status")
        writer.string(health.status.rawValue)
        writer.key("message")
        writer.string(health.findings.first?.text ?? "ready for queries and writes")
        Self.write(health, to: &writer)
        Self.writeState(statistics, to: &writer)
        writer.key("version")
        writer.string(ProductVersion.text)
        writeCounters(to: &writer)
        writer.endObject()
        return .json(health.status == .fail ? .serviceUnavailable : .ok, writer.bytes)
    }

    /// The member `checks`: what is not as it should be, the worst first.
    private static func write(_ health: StoreHealth, to writer: inout JSONWriter) {
        writer.key("checks")
        writer.beginArray()
        for finding in health.findings {
            writer.beginObject()
            for (name, text) in [
                ("status", finding.status.rawValue), ("name", finding.subject), ("message", finding.text),
            ] {
                writer.key(name)
                writer.string(text)
            }
            writer.endObject()
        }
        writer.endArray()
    }

    /// Entries of each list of the report on series.
    private static let topMax = 1_000

    /// With parameter `cardinality=N` also what the series come from, N of each.
    func statistics(_ parameters: QueryParameters) async -> Response {
        guard let text = parameters["cardinality"] else { return statistics(cardinality: nil) }
        guard let top = Int(text), (1...Self.topMax).contains(top) else {
            return .error(.badRequest, "cardinality=\(text.prefix(50)): expected a number from 1 to \(Self.topMax)")
        }
        // O(series), so on a thread that may compute.
        let report: Cardinality? = await withCheckedContinuation { continuation in
            let isTaken = queries.submit { [backend] in
                continuation.resume(returning: backend.cardinality(top: top))
            }
            if !isTaken { continuation.resume(returning: nil) }
        }
        guard let report else { return .later("too many statements are waiting; try again later") }
        return statistics(cardinality: report)
    }

    private func statistics(cardinality: Cardinality?) -> Response {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("version")
        writer.string(ProductVersion.text)
        writer.key("uptimeSeconds")
        writer.number(Double(door.clock.monotonicNs() - startedNs) / 1e9)
        writeCounters(to: &writer)
        writer.key("store")
        Self.write(backend.statistics(), to: &writer)
        if let cardinality {
            writer.key("cardinality")
            cardinality.write(to: &writer)
        }
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
            ("diskBytes", statistics.diskBytes), ("diskBytesFree", statistics.availableBytes),
            ("ballastBytes", statistics.ballastBytes), ("rowsMissing", statistics.missingRowCount),
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
        writeState(statistics, to: &writer)
        writer.key("damage")
        writer.beginArray()
        for place in statistics.damage { writer.string(place.description) }
        writer.endArray()
        write(statistics.failures, to: &writer)
        write(statistics.health, to: &writer)
        writer.endObject()
    }
}

extension StatusRoute {
    /// What `/health` and `/stats` both say of the store, whether it is well or not.
    private static func writeState(_ statistics: StoreStatistics, to writer: inout JSONWriter) {
        writer.key("readOnlyReason")
        if let reason = statistics.readOnlyReason { writer.string(reason) } else { writer.null() }
        writer.key("spaceLevel")
        writer.string("\(statistics.spaceLevel)")
        writer.key("pagesInQuarantine")
        writer.integer(statistics.quarantine.count)
        let scrub = statistics.scrub
        writer.key("scrubFinishedNs")
        if let finishedNs = scrub.lastFinishedNs { writer.integer(finishedNs) } else { writer.null() }
        let counts = [
            ("scrubPasses", scrub.passesFinished), ("scrubBytes", scrub.byteCount),
            ("scrubSegments", scrub.segmentCount), ("scrubSegmentsDone", scrub.segmentsDone),
        ]
        for (name, value) in counts {
            writer.key(name)
            writer.integer(value)
        }
    }

    /// The member `failures`: background work that has failed since the start.
    private static func write(_ failures: [BackgroundFailure], to writer: inout JSONWriter) {
        writer.key("failures")
        writer.beginArray()
        for failure in failures {
            writer.beginObject()
            writer.key("task")
            writer.string(failure.task.rawValue)
            writer.key("reason")
            writer.string(failure.reason)
            for (name, value) in [
                ("count", Int64(failure.count)), ("sinceNs", failure.sinceNs), ("lastNs", failure.lastNs),
            ] {
                writer.key(name)
                writer.integer(value)
            }
            writer.key("isOngoing")
            writer.bool(failure.isOngoing)
            writer.endObject()
        }
        writer.endArray()
    }
}

extension HTTPField.Name {
    /// For names known to be valid when this was written.
    init(known name: String) {
        guard let parsed = HTTPField.Name(name) else { preconditionFailure("\(name) is no header name") }
        self = parsed
    }
}
