import NIOCore
import NIOTLS

/// Closes a connection whose TLS handshake does not end: who opens connections and says nothing must not hold their
/// places. Removes itself afterwards. Owned by its event loop.
final class HandshakeWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny
    typealias InboundOut = NIOAny

    /// A handshake is two round trips; the slowest link to a machine of one's own is below a second.
    private static let deadline = TimeAmount.seconds(10)

    private let door: Doorway
    private var task: Scheduled<Void>?

    init(door: Doorway) { self.door = door }

    func handlerAdded(context: ChannelHandlerContext) {
        let (channel, door) = (context.channel, door)
        task = context.eventLoop.scheduleTask(in: Self.deadline) {
            door.counters.connectionsTimedOut.add()
            channel.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { task?.cancel() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        if case .handshakeCompleted? = event as? TLSUserEvent {
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        }
    }

    /// Says why a client was turned away, which the client itself often does not.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        door.counters.connectionsRefused.add()
        door.logFailure("TLS with \(context.remoteAddress?.text ?? "?") failed: \(Self.reason(error))")
        context.close(promise: nil)
    }

    /// The library's constant for the reason, which is what one looks up, without the places in its source around it.
    private static func reason(_ error: any Error) -> String {
        let text = "\(error)"
        guard let start = text.firstRange(of: "OPENSSL_internal:"),
            let end = text[start.upperBound...].firstRange(of: " at ")
        else { return text }
        return String(text[start.upperBound..<end.lowerBound])
    }
}
