package import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// The TCP listener for line protocol. Any thread.
package final class LineDoor: Sendable {
    /// Connections that the system completes before we accept them; its own limit (`somaxconn`) applies too.
    private static let backlog: Int32 = 1_024

    private let door: Doorway
    private let admission: Admission
    private let group: any EventLoopGroup
    private let tls: TLSContexts?
    private let children = Mutex<[ObjectIdentifier: any Channel]>([:])
    private let listener = Mutex<(any Channel)?>(nil)

    package init(door: Doorway, inbound: InboundRules, tls: TLSContexts?, group: any EventLoopGroup) {
        self.tls = tls
        self.door = door
        self.group = group
        admission = Admission(inbound: inbound, connectionsMax: door.limits.lineConnectionsMax)
    }

    /// Listens.
    /// - Returns: where; the port that the system chose when `endpoint` says 0.
    /// - Throws: NIO's error when the address is in use or not ours.
    package func open(at endpoint: Endpoint) async throws -> Endpoint {
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 4_096, maximum: 262_144)
            )
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try setUp(channel)
                    register(channel)
                }
            }
            .bind(host: endpoint.address.description, port: endpoint.port).get()
        listener.withLock { $0 = channel }
        return Endpoint(address: endpoint.address, port: channel.localAddress?.port ?? endpoint.port)
    }

    private func setUp(_ channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(AdmissionHandler(door: door, admission: admission, isHTTP: false))
        if let context = tls?.line {
            try pipeline.addHandler(NIOSSLServerHandler(context: context))
            try pipeline.addHandler(HandshakeWatch(door: door))
        }
        try pipeline.addHandler(LineConnection(door: door))
    }

    private func register(_ channel: any Channel) {
        let key = ObjectIdentifier(channel)
        children.withLock { $0[key] = channel }
        channel.closeFuture.whenComplete { [self] _ in children.withLock { $0[key] = nil } }
    }

    /// Stops listening, lets every connection finish what it has sent in whole lines, and closes them. After
    /// `deadline` seconds what is left is closed anyway. Idempotent.
    package func close() async {
        let channel = listener.withLock { listener in
            defer { listener = nil }
            return listener
        }
        try? await channel?.close().get()
        let open = children.withLock { Array($0.values) }
        for channel in open { channel.pipeline.fireUserInboundEventTriggered(DrainEvent()) }
        let deadline = group.any().scheduleTask(in: .seconds(Int64(door.limits.drainSeconds))) {
            for channel in open { channel.close(promise: nil) }
        }
        for channel in open { try? await channel.closeFuture.get() }
        deadline.cancel()
    }
}
