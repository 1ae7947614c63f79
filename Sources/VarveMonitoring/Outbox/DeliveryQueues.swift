import VarveBytes

/// First in, first out. Amortised O(1).
struct Queue: Sendable {
    private var items: [UUID16] = []
    private var head = 0

    var isEmpty: Bool { head == items.count }

    mutating func append(_ id: UUID16) { items.append(id) }

    mutating func popFirst() -> UUID16? {
        guard head < items.count else { return nil }
        defer {
            head += 1
            // At half the array, so that what is moved was paid for by what was taken.
            if head * 2 > items.count {
                items.removeFirst(head)
                head = 0
            }
        }
        return items[head]
    }
}

/// Ids by the time at which their pause is over: a binary heap, earliest first. O(log pausing).
struct PauseHeap: Sendable {
    private var items: [(dueNs: Int64, id: UUID16)] = []

    var isEmpty: Bool { items.isEmpty }
    var firstDueNs: Int64? { items.first?.dueNs }

    mutating func push(_ id: UUID16, dueNs: Int64) {
        items.append((dueNs, id))
        var child = items.count - 1
        while child > 0, items[(child - 1) / 2].dueNs > items[child].dueNs {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Moves all by the same time, which keeps their order.
    mutating func shift(byNs shiftNs: Int64) {
        for index in items.indices { items[index].dueNs += shiftNs }
    }

    mutating func popDue(nowNs: Int64) -> UUID16? {
        guard let first = items.first, first.dueNs <= nowNs else { return nil }
        items.swapAt(0, items.count - 1)
        items.removeLast()
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < items.count }
            guard let least = children.min(by: { items[$0].dueNs < items[$1].dueNs }),
                items[least].dueNs < items[parent].dueNs
            else { return first.id }
            items.swapAt(parent, least)
            parent = least
        }
    }
}
