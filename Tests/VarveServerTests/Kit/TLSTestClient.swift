import NIOCore
import NIOPosix
import NIOSSL

/// One connection with TLS that sends, ends its side, and reads until the server ends its own.
enum TLSTestClient {
    struct Outcome: Sendable {
        var received: [UInt8]
        /// What broke the connection, a refused handshake for instance.
        var failure: String?
        var text: String { String(decoding: received, as: UTF8.self) }
    }

    /// - Parameters:
    ///   - authority: whose certificates the server may show.
    ///   - pair: what the client shows; nil: nothing.
    static func send(
        _ text: String, port: Int, authority: [UInt8], pair: TestCertificates.Pair? = nil
    ) async throws -> Outcome {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority))
        if let pair {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(pair.certificate)
                .map { .certificate($0) }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: pair.key, format: .pem))
        }
        let context = try NIOSSLContext(configuration: configuration)
        let finished = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Outcome.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: nil))
                    try channel.pipeline.syncOperations.addHandler(Collector(finished))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        // A refused handshake is told by the collector.
        try? await channel.writeAndFlush(ByteBuffer(string: text))
        try? await channel.close(mode: .output)
        return try await finished.futureResult.get()
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let finished: EventLoopPromise<Outcome>
        private var outcome = Outcome(received: [])

        init(_ finished: EventLoopPromise<Outcome>) { self.finished = finished }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            outcome.received += unwrapInboundIn(data).readableBytesView
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if let event = event as? ChannelEvent, event == .inputClosed { context.close(promise: nil) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            outcome.failure = outcome.failure ?? "\(error)"
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { finished.succeed(outcome) }
    }
}
