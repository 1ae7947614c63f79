import Synchronization

/// How many bytes of clients' data the server holds that are not durable yet: text not parsed and rows not
/// acknowledged.
///
/// It only counts. Connections ask ``isFull`` before they read on, so the sum can exceed the limit by what each
/// connection may always hold (`connectionFloorBytes`) plus one read. Any thread.
package final class IntakeBudget: Sendable {
    /// What a connection may hold even while the budget is spent, so that hoarders of long unfinished lines cannot stop
    /// everybody else: one read of an ordinary agent.
    package static let connectionFloorBytes = 64 << 10

    package let limitBytes: Int
    private let held = Atomic<Int>(0)

    package init(limitBytes: Int) { self.limitBytes = limitBytes }

    package var heldBytes: Int { held.load(ordering: .relaxed) }
    package var isFull: Bool { heldBytes >= limitBytes }

    /// - Parameter byteCount: negative when bytes are given back.
    package func adjust(by byteCount: Int) {
        if byteCount != 0 { held.add(byteCount, ordering: .relaxed) }
    }
}
