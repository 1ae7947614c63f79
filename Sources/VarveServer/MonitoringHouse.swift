import Synchronization
import VarveIO
import VarveModel
import VarveMonitoring
import VarveStore

/// Alarms and events of every account and region that has any, each with a thread of its own. Any thread.
final class MonitoringHouse: Sendable {
    private struct Rooms {
        var running: [Scope: Monitoring] = [:]
        var isStopped = false
    }

    private let store: Store
    private let edge: any DeliveryEdge
    private let warn: @Sendable (String) -> Void
    private let rooms: Mutex<Rooms>

    /// Each is a thread and what its alarms remember. More accounts times regions than this are a sign of clients that
    /// make regions up.
    static let scopesMax = 64

    /// - Parameter first: already running.
    init(
        store: Store, edge: any DeliveryEdge, first: Monitoring, scope: Scope,
        warn: @escaping @Sendable (String) -> Void
    ) {
        self.store = store
        self.edge = edge
        self.warn = warn
        rooms = Mutex(Rooms(running: [scope: first]))
    }

    /// Those of one account and region; started when they are asked for first. May wait for the disk.
    func monitoring(of scope: Scope) throws(OperationError) -> Monitoring {
        try rooms.withLock { rooms throws(OperationError) in
            if let running = rooms.running[scope] { return running }
            guard !rooms.isStopped else { throw .stopped }
            guard rooms.running.count < Self.scopesMax else {
                throw OperationError(
                    code: "LimitExceeded",
                    message: "alarms and events of \(Self.scopesMax) accounts and regions run; no more are started")
            }
            let started = try start(scope)
            rooms.running[scope] = started
            return started
        }
    }

    private func start(_ scope: Scope) throws(OperationError) -> Monitoring {
        do throws(StoreError) {
            let monitoring = try Monitoring(on: store, scope: scope, edge: edge, warn: warn)
            for problem in monitoring.problems { warn(problem) }
            do throws(DiskError) { try monitoring.start() } catch { throw StoreError.disk(error) }
            return monitoring
        } catch {
            throw OperationError(error)
        }
    }

    /// Ends all of them. Waits; idempotent.
    func stop() {
        let running = rooms.withLock { rooms in
            rooms.isStopped = true
            return rooms.running.values
        }
        for monitoring in running { monitoring.stop() }
    }
}
