package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
package import VarveCloud
package import VarveIO
import VarveLine
import VarveModel
import VarveStore

/// The server: doors in front of a database. Made, started and stopped once. Any thread.
///
/// The database stays the caller's: stop the server first, then close the database.
package final class VarveServer: Service {
    private let options: ServerOptions
    private let backend: any ServerBackend
    /// nil: requests of cloud clients are refused.
    private let cloud: (any CloudResponder)?
    private let environment: SystemEnvironment
    private let logger: Logger
    private let parts = Mutex<Parts?>(nil)

    /// What runs between start and stop.
    private struct Parts {
        var group: MultiThreadedEventLoopGroup
        var refusals: RefusalRecorder
        var queries: QueryPool
        var cloudWorkers: QueryPool
        var lineDoor: LineDoor?
        var httpDoor: HTTPDoor?
        var collector: HostCollector?
        var reloads: RepeatedTask?
    }

    /// Where a started server listens.
    package struct Addresses: Equatable, Sendable {
        package var line: Endpoint?
        package var http: Endpoint?
    }

    package init(
        options: ServerOptions, backend: any ServerBackend, cloud: (any CloudResponder)? = nil,
        environment: SystemEnvironment, logger: Logger
    ) {
        self.options = options
        self.backend = backend
        self.cloud = cloud
        self.environment = environment
        self.logger = logger
    }

    /// Opens the doors.
    /// - Returns: where they are.
    /// - Throws: `OptionError` for options that contradict each other, ``ServerError`` when an address cannot be had;
    ///   nothing is left open then.
    @discardableResult
    package func start() async throws -> Addresses {
        try options.validate()
        raiseDescriptorLimit()
        removeUnfinishedSnapshots()
        let counters = ServerCounters()
        let file = RejectFile(
            directory: options.dataDirectory, byteCountMax: options.limits.rejectFileBytes,
            fileSystem: environment.fileSystem)
        let refusals = try RefusalRecorder(file: file, counters: counters, logger: logger, clock: environment.clock)
        let queries = try QueryPool(
            name: "query", threadCount: options.limits.queryThreads, waitingMax: options.limits.queriesWaitingMax)
        let cloudWorkers = try QueryPool(
            name: "cloud", threadCount: options.limits.cloudThreads, waitingMax: options.limits.cloudRequestsWaitingMax)
        let door = Doorway(
            sink: backend, counters: counters, refusals: refusals, clock: environment.clock, limits: options.limits,
            lineOptions: lineOptions(), logger: logger, lineDurability: options.lineDurability)
        var parts = Parts(
            group: MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount), refusals: refusals,
            queries: queries, cloudWorkers: cloudWorkers)
        do {
            let addresses = try await open(&parts, door)
            HealthWatch(backend: backend, logger: logger).start(on: parts.group.next())
            self.parts.withLock { $0 = parts }
            return addresses
        } catch {
            await Self.close(parts)
            throw error
        }
    }

    /// What a server that was killed has left takes room that nobody else gives back. A failure keeps no server from
    /// starting.
    private func removeUnfinishedSnapshots() {
        do throws(StoreError) {
            let removed = try Store.removeUnfinishedSnapshots(
                in: options.snapshotsPath, fileSystem: environment.fileSystem)
            for path in removed { logger.notice("removed \(path), which a killed process has left unfinished") }
        } catch {
            logger.warning("unfinished snapshots in \(options.snapshotsPath) stay: \(error)")
        }
    }

    /// Each connection is a file descriptor; the usual soft limit of 1 024 is for programs that use `select`.
    private func raiseDescriptorLimit() {
        let limit = DescriptorLimit.raise()
        // Besides connections: segments, logs, listeners. 512 is the store's share (Docs/Architecture.md).
        let needed = options.limits.lineConnectionsMax + options.limits.httpConnectionsMax + 512
        if limit < needed {
            logger.warning(
                "\(limit) file descriptors are allowed, \(needed) may be needed; raise the limit (ulimit -n)")
        }
    }

    private func open(_ parts: inout Parts, _ door: Doorway) async throws(ServerError) -> Addresses {
        var addresses = Addresses()
        let tls = try TLSContexts.open(options.tls, fileSystem: environment.fileSystem, logger: logger)
        if let tls { parts.reloads = Self.watch(tls, on: parts.group.next()) }
        if let endpoint = options.line {
            let lineDoor = LineDoor(door: door, inbound: options.inbound, tls: tls, group: parts.group)
            parts.lineDoor = lineDoor
            addresses.line = try await Self.listen(endpoint, "line") { try await lineDoor.open(at: $0) }
        }
        if let endpoint = options.http {
            let httpDoor = HTTPDoor(
                door: door, backend: backend, queries: parts.queries,
                cloud: cloud.map { CloudDoor(front: $0, workers: parts.cloudWorkers) }, options: options,
                tls: tls, group: parts.group)
            parts.httpDoor = httpDoor
            addresses.http = try await Self.listen(endpoint, "http") { try await httpDoor.open(at: $0) }
        }
        if options.collectHost {
            do throws(DiskError) {
                parts.collector = try HostCollector.start(door: door)
            } catch {
                throw .noThread("\(error)")
            }
        }
        return addresses
    }

    /// Files are read on a thread that may wait.
    private static func watch(_ tls: TLSContexts, on eventLoop: any EventLoop) -> RepeatedTask {
        let pause = TimeAmount.seconds(TLSContexts.reloadSeconds)
        return eventLoop.scheduleRepeatedAsyncTask(initialDelay: pause, delay: pause) { _ in
            NIOSingletons.posixBlockingThreadPool.runIfActive(eventLoop: eventLoop) { tls.reload() }.map { _ in }
        }
    }

    private static func listen(
        _ endpoint: Endpoint, _ name: String, _ open: (Endpoint) async throws -> Endpoint
    ) async throws(ServerError) -> Endpoint {
        do {
            return try await open(endpoint)
        } catch {
            throw .cannotListen(name: name, endpoint: endpoint, reason: "\(error)")
        }
    }

    /// Parser options with the limits that hold for strangers.
    private func lineOptions() -> LineOptions {
        var lineOptions = LineOptions()
        lineOptions.hashSeed = environment.random.next()
        lineOptions.cacheBudget = LineCacheBudget(limit: options.limits.intakeBytesMax)
        let (nowNs, accepted) = (environment.clock.wallNs(), backend.acceptedTimes())
        // A minute less than the store keeps, so that a row does not grow too old on its way there.
        lineOptions.pastToleranceNs = nowNs - accepted.lowerBound - Nanoseconds.perMinute
        lineOptions.futureToleranceNs = accepted.upperBound - nowNs
        return lineOptions
    }

    /// Closes the doors in order: no new connections; what was received in whole lines becomes durable and running
    /// requests are answered, at most `drainSeconds` long; then threads end. Idempotent.
    package func stop() async {
        let parts = self.parts.withLock { parts in
            defer { parts = nil }
            return parts
        }
        if let parts { await Self.close(parts) }
    }

    private static func close(_ parts: Parts) async {
        parts.reloads?.cancel()
        await withCheckedContinuation { continuation in
            // Joining threads blocks, so it happens on a thread that may.
            NIOSingletons.posixBlockingThreadPool.submit { _ in
                parts.collector?.stop()
                continuation.resume()
            }
        }
        async let line: Void? = parts.lineDoor?.close()
        async let http: Void? = parts.httpDoor?.close()
        _ = await (line, http)
        await withCheckedContinuation { continuation in
            NIOSingletons.posixBlockingThreadPool.submit { _ in
                parts.queries.stop()
                parts.cloudWorkers.stop()
                parts.refusals.stop()
                continuation.resume()
            }
        }
        try? await parts.group.shutdownGracefully()
    }

    /// Starts, waits for graceful shutdown or cancellation, stops. For service groups.
    package func run() async throws {
        try await start()
        try? await gracefulShutdown()
        await stop()
    }
}

/// Why a server cannot start.
package enum ServerError: Error, Equatable, Sendable, CustomStringConvertible {
    case cannotListen(name: String, endpoint: Endpoint, reason: String)
    case noThread(String)
    /// A file of `tls:` cannot be used.
    case tls(String)
    /// Alarms and events cannot begin.
    case services(String)

    package var description: String {
        switch self {
        case .cannotListen(let name, let endpoint, let reason):
            "cannot listen on \(endpoint) for \(name): \(reason); is another server there? choose --\(name) HOST:PORT"
        case .tls(let reason): "tls: \(reason)"
        case .noThread(let reason): "cannot start a thread: \(reason)"
        case .services(let reason): "cannot start alarms and events: \(reason)"
        }
    }
}
