import HTTPTypes
import HummingbirdCore
package import NIOCore
import Logging
import Synchronization
import VarveIO

/// The HTTP listener. Any thread.
package final class HTTPDoor: Sendable {
    private let door: Doorway
    private let admission: Admission
    private let group: any EventLoopGroup
    private let watch = ConnectionWatch()
    private let routes: Routes
    private let running = Mutex<Running?>(nil)

    private let tls: TLSContexts?

    private struct Running {
        let server: Server<HTTPChannel>
        let task: Task<Void, any Error>
    }

    package init(
        door: Doorway, backend: any ServerBackend, queries: QueryPool, cloud: CloudDoor?, options: ServerOptions,
        tls: TLSContexts?, group: any EventLoopGroup
    ) {
        self.tls = tls
        self.door = door
        self.group = group
        admission = Admission(inbound: options.inbound, connectionsMax: door.limits.httpConnectionsMax)
        routes = Routes(
            door: door, backend: backend, queries: queries, watch: watch, snapshotDirectory: options.snapshotsPath,
            cloud: cloud, isSecure: tls?.http != nil)
    }

    /// Listens.
    /// - Returns: where; the port that the system chose when `endpoint` says 0.
    /// - Throws: NIO's error when the address is in use or not ours.
    package func open(at endpoint: Endpoint) async throws -> Endpoint {
        let (ports, continuation) = AsyncThrowingStream.makeStream(of: Int.self)
        let server = makeServer(at: endpoint) { channel in
            continuation.yield(channel.localAddress?.port ?? endpoint.port)
            continuation.finish()
        }
        let task = Task {
            do {
                try await server.run()
            } catch {
                continuation.finish(throwing: error)
                throw error
            }
        }
        for try await port in ports {
            running.withLock { $0 = Running(server: server, task: task) }
            return Endpoint(address: endpoint.address, port: port)
        }
        throw CancellationError()
    }

    private func makeServer(
        at endpoint: Endpoint, onRunning: @escaping @Sendable (any Channel) async -> Void
    ) -> Server<HTTPChannel> {
        let (door, watch, routes, tls) = (door, watch, routes, tls)
        let configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [PaceHandler(counters: door.counters), ConnectionWatchHandler(watch: watch)],
            idleTimeout: .seconds(Int64(door.limits.idleTimeoutSeconds))
        )
        // What the library says about itself is for its debugging; our own lines say where we listen.
        var logger = door.logger
        logger.logLevel = max(logger.logLevel, .warning)
        let base = HTTP1Channel(
            responder: { request, writer, channel in
                let response = await routes.respond(to: request, on: channel)
                let watch = SendWatch(channel: channel, door: door)
                defer { watch.stop() }
                try await writer.write(response: response.head, body: watch.paced(response.body))
            },
            configuration: configuration)
        return Server(
            childChannelSetup: HTTPChannel(base: base, door: door, admission: admission, tls: { tls?.http }),
            configuration: ServerConfiguration(
                address: .hostname(endpoint.address.description, port: endpoint.port), serverName: nil),
            onServerRunning: onRunning,
            eventLoopGroup: group,
            logger: logger
        )
    }

    /// Stops listening, lets running requests finish, and closes. After `deadline` seconds statements are cancelled and
    /// what is left is closed anyway. Idempotent.
    package func close() async {
        let running = self.running.withLock { running in
            defer { running = nil }
            return running
        }
        guard let running else { return }
        let deadline = group.any().scheduleTask(in: .seconds(Int64(door.limits.drainSeconds))) { [watch] in
            watch.cancelAll()
            watch.closeAll()
        }
        try? await running.server.shutdownGracefully()
        deadline.cancel()
        _ = await running.task.result
    }
}
