/// What is to be stored, oldest first, one decision each. Bounded: while a store takes nothing for long, newer states
/// of a document take the place of older ones, and the oldest history goes.
struct UnsavedWrites: Sendable {
    private var writes: [MonitoringWrite] = []
    private var byteCount = 0
    /// History and events that were given up.
    private(set) var droppedCount = 0

    /// Some hours of a thousand changing alarms.
    static let byteCountMax = 256 << 20

    init() {}

    var isEmpty: Bool { writes.isEmpty }

    mutating func add(_ more: [MonitoringWrite]) {
        writes += more
        byteCount += more.reduce(0) { $0 + $1.byteCount }
        if byteCount > Self.byteCountMax { shrink() }
    }

    /// The oldest writes as one, up to a size; nil when there is nothing.
    func first(byteCount limit: Int) -> (merged: MonitoringWrite, count: Int)? {
        guard !writes.isEmpty else { return nil }
        var merged = MonitoringWrite()
        var (size, count) = (0, 0)
        for write in writes {
            let more = write.byteCount
            if count > 0, size + more > limit { break }
            merged.add(write)
            size += more
            count += 1
        }
        return (merged, count)
    }

    mutating func removeFirst(_ count: Int) {
        byteCount -= writes.prefix(count).reduce(0) { $0 + $1.byteCount }
        writes.removeFirst(count)
    }

    /// Keeps the newest state of every document, open deliveries, and no history.
    private mutating func shrink() {
        var kept = MonitoringWrite()
        var places: [String: Int] = [:]
        for write in writes {
            for document in write.documents {
                let key = "\(document.kind.rawValue)/\(document.name)"
                if let place = places[key] {
                    kept.documents[place] = document
                } else {
                    places[key] = kept.documents.count
                    kept.documents.append(document)
                }
            }
            droppedCount += write.history.count + write.events.count
            kept.deliveries += write.deliveries
            kept.settled += write.settled
        }
        let over = Set(kept.settled.map(\.delivery.id))
        kept.deliveries.removeAll { over.contains($0.id) }
        // Cut up again, so that one write does not exceed what the store takes.
        writes = kept.documents.map { document in
            var write = MonitoringWrite()
            write.documents = [document]
            return write
        }
        var rest = MonitoringWrite()
        rest.deliveries = kept.deliveries
        rest.settled = kept.settled
        if !rest.isEmpty { writes.append(rest) }
        byteCount = writes.reduce(0) { $0 + $1.byteCount }
    }
}
