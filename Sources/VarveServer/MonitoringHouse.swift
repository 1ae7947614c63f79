import VarveIO
import VarveModel
import VarveMonitoring
import VarveStore

/// Alarms and events of every account and region that has any, each with a thread of its own. Any thread.
final class MonitoringHouse: Sendable {
    private struct Rooms {
        var running: [Scope: Monitoring] = [:]
        /// Being started by somebody: what they keep is read from the disk meanwhile.
        var starting: Set<Scope> = []
        var isStopped = false
    }

    private enum Place {
        case running(Monitoring)
        /// The caller has to start it.
        case free
        case refused(OperationError)
    }

    private let store: Store
    private let edge: any DeliveryEdge
    private let warn: @Sendable (String) -> Void
    private let rooms: Monitor<Rooms>

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
        rooms = Monitor(Rooms(running: [scope: first]))
    }

    /// Those of one account and region; started when they are asked for first. May wait for the disk, and for who is
    /// starting the same ones; others do not wait meanwhile.
    func monitoring(of scope: Scope) throws(OperationError) -> Monitoring {
        switch place(of: scope) {
        case .running(let monitoring): return monitoring
        case .refused(let error): throw error
        case .free: break
        }
        let started: Result<Monitoring, OperationError>
        do throws(OperationError) { started = .success(try start(scope)) } catch { started = .failure(error) }
        if case .success(let monitoring) = started, !keep(monitoring, of: scope) {
            // Before anybody hears of it: who stops the house waits for this one, too.
            monitoring.stop()
        }
        let isStopped = rooms.withLock { rooms in
            rooms.starting.remove(scope)
            return rooms.running[scope] == nil
        }
        rooms.broadcast()
        let monitoring = try started.get()
        if isStopped { throw .stopped }
        return monitoring
    }

    /// - Returns: false when all of them are being stopped.
    private func keep(_ monitoring: Monitoring, of scope: Scope) -> Bool {
        rooms.withLock { rooms in
            guard !rooms.isStopped else { return false }
            rooms.running[scope] = monitoring
            // Together: counted twice, it would take the place of another.
            rooms.starting.remove(scope)
            return true
        }
    }

    private func place(of scope: Scope) -> Place {
        let place = rooms.wait { rooms -> Place? in
            if let running = rooms.running[scope] { return .running(running) }
            if rooms.isStopped { return .refused(.stopped) }
            if rooms.starting.contains(scope) { return nil }
            guard rooms.running.count + rooms.starting.count < Self.scopesMax else {
                return .refused(
                    OperationError(
                        code: "LimitExceeded",
                        message: "alarms and events of \(Self.scopesMax) accounts and regions run; no more are started")
                )
            }
            rooms.starting.insert(scope)
            return .free
        }
        // Without a time-out it waits until there is an answer.
        return place ?? .refused(.stopped)
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
        rooms.withLock { $0.isStopped = true }
        rooms.broadcast()
        // What is being started uses the store: it is stopped by who starts it.
        let running = rooms.wait { $0.starting.isEmpty ? Array($0.running.values) : nil } ?? []
        for monitoring in running { monitoring.stop() }
    }
}
