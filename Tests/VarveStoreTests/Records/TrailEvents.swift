import VarveModel
import VarveStore
import VarveTestKit

/// Generated audit events of one series, as rows.
struct TrailEvents {
    private(set) var rows = RecordRows(.trail)
    /// Of all bodies.
    private(set) var bodyBytes = 0

    init(count: Int, seed: UInt64) {
        var events = AuditEvents(seed: seed, startNs: Segments.window.start)
        for _ in 0..<count {
            let event = events.next()
            bodyBytes += event.body.count
            rows.append(SeriesID(rawValue: 0), event.timestampNs, event.values)
        }
    }
}
