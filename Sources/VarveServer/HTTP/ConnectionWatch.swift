import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Synchronization
import VarveQuery

/// Open HTTP connections: to close them at the end, and to cancel a statement whose client has gone. Guarded by its
/// lock; any thread.
final class ConnectionWatch: Sendable {
    private struct Entry {
        let channel: any Channel
        var isGone = false
        var running: CancellationFlag?
    }

    private let entries = Mutex<[ObjectIdentifier: Entry]>([:])

    func opened(_ channel: any Channel) {
        entries.withLock { $0[ObjectIdentifier(channel)] = Entry(channel: channel) }
    }

    /// The client has shut down its sending side or is disconnected.
    func gone(_ channel: any Channel) {
        entries.withLock { entries in
            entries[ObjectIdentifier(channel)]?.isGone = true
            entries[ObjectIdentifier(channel)]?.running?.raise()
        }
    }

    func closed(_ channel: any Channel) {
        gone(channel)
        entries.withLock { $0[ObjectIdentifier(channel)] = nil }
    }

    /// `flag` is raised when the client of `channel` goes away, also when it already has.
    func watch(_ channel: any Channel, raising flag: CancellationFlag) {
        entries.withLock { entries in
            guard let entry = entries[ObjectIdentifier(channel)], !entry.isGone else { return flag.raise() }
            entries[ObjectIdentifier(channel)]?.running = flag
        }
    }

    func unwatch(_ channel: any Channel) {
        entries.withLock { $0[ObjectIdentifier(channel)]?.running = nil }
    }

    func cancelAll() {
        entries.withLock { entries in
            for entry in entries.values { entry.running?.raise() }
        }
    }

    func closeAll() {
        for channel in entries.withLock({ entries in entries.values.map(\.channel) }) { channel.close(promise: nil) }
    }
}

/// Tells the ``ConnectionWatch`` what happens to its connection, and answers `Expect: 100-continue`, without which curl
/// waits a second before it sends a large body. Owned by its event loop.
final class ConnectionWatchHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    private let watch: ConnectionWatch

    init(watch: ConnectionWatch) { self.watch = watch }

    func handlerAdded(context: ChannelHandlerContext) { watch.opened(context.channel) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data), head.headerFields[.expect]?.lowercased() == "100-continue" {
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
        }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { watch.gone(context.channel) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        watch.closed(context.channel)
        context.fireChannelInactive()
    }
}
