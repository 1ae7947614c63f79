import VarveModel

/// What is to be stored, oldest first, one decision each. Bounded: while a store takes nothing for long, newer states
/// of a document take the place of older ones, and history goes.
struct UnsavedWrites: Sendable {
    private var writes: [MonitoringWrite] = []
    private var byteCount = 0
    /// History and events that were given up.
    private(set) var droppedCount = 0

    /// Some hours of a thousand changing alarms.
    static let byteCountMaxDefault = 256 << 20

    private let byteCountMax: Int

    init(byteCountMax: Int = Self.byteCountMaxDefault) { self.byteCountMax = byteCountMax }

    var isEmpty: Bool { writes.isEmpty }

    mutating func add(_ more: [MonitoringWrite]) {
        writes += more
        byteCount += more.reduce(0) { $0 + $1.byteCount }
        if byteCount > byteCountMax { shrink() }
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

    /// Drops history, events, and states that newer ones follow; what is to be delivered stays, in its order.
    private mutating func shrink() {
        var seen: Set<NameKey> = []
        var kept: [MonitoringWrite] = []
        for var write in writes.reversed() {
            droppedCount += write.history.count + write.events.count
            write.history = []
            write.events = []
            write.documents.removeAll { !seen.insert(NameKey("\($0.kind.rawValue)/\($0.name)")).inserted }
            if !write.isEmpty { kept.append(write) }
        }
        writes = kept.reversed()
        byteCount = writes.reduce(0) { $0 + $1.byteCount }
    }
}
