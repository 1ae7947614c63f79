import VarveBytes
import VarveEvents
import VarveJSON
import VarveModel

// Events and their rules.
extension MonitoringEngine {
    static let defaultBus = "default"

    /// Puts an event on a bus, as part of a decision: it is archived, and goes to the targets of the rules that match.
    mutating func put(
        _ event: Event, id: UUID16, on bus: String, to write: inout MonitoringWrite, nowNs: Int64
    ) {
        write.events.append(
            EventRow(
                id: id, bus: bus, timestamp: nowNs, source: event.source, detailType: event.detailType,
                content: event.json.encoded))
    }
}
