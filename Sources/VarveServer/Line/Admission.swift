import NIOCore
import Synchronization

/// Decides per accepted connection whether it may stay: permitted peer, and not too many. Any thread.
package final class Admission: Sendable {
    private let inbound: InboundRules
    private let connectionsMax: Int
    private let open = Atomic<Int>(0)

    package init(inbound: InboundRules, connectionsMax: Int) {
        self.inbound = inbound
        self.connectionsMax = connectionsMax
    }

    package enum Verdict: Equatable, Sendable { case welcome, notPermitted, tooMany }

    /// A welcome is given back with ``leave()``.
    package func enter(peer: IPAddress?, port: Int) -> Verdict {
        guard let peer, inbound.permits(peer, port: port) else { return .notPermitted }
        guard open.add(1, ordering: .relaxed).newValue <= connectionsMax else {
            open.subtract(1, ordering: .relaxed)
            return .tooMany
        }
        return .welcome
    }

    package func leave() { open.subtract(1, ordering: .relaxed) }
}

/// First handler of every connection: closes it at once unless ``Admission`` welcomes it. Owned by its event loop.
final class AdmissionHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny
    typealias InboundOut = NIOAny

    private let door: Doorway
    private let admission: Admission
    private let isHTTP: Bool
    private var isWelcome: Bool?

    init(door: Doorway, admission: Admission, isHTTP: Bool) {
        self.door = door
        self.admission = admission
        self.isHTTP = isHTTP
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { decide(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        decide(context)
        if isWelcome == true { context.fireChannelActive() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isWelcome == true { context.fireChannelRead(data) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isWelcome == true {
            admission.leave()
            count(-1)
        }
        context.fireChannelInactive()
    }

    private func decide(_ context: ChannelHandlerContext) {
        guard isWelcome == nil else { return }
        guard let peer = context.remoteAddress?.parsedAddress else {
            // The client was gone before we saw it; nothing to refuse, and nobody to name.
            isWelcome = false
            return context.close(promise: nil)
        }
        let verdict = admission.enter(peer: peer, port: context.localAddress?.port ?? 0)
        isWelcome = verdict == .welcome
        if verdict == .welcome { return count(1) }
        door.counters.connectionsRefused.add()
        let reason = verdict == .tooMany ? "connection limit reached" : "no inbound rule permits it"
        door.logFailure("refused a connection from \(context.remoteAddress?.text ?? "?"): \(reason)")
        context.close(promise: nil)
    }

    private func count(_ amount: Int) {
        if isHTTP { door.counters.httpConnections.add(amount) } else { door.counters.lineConnections.add(amount) }
    }
}

extension SocketAddress {
    /// `ADDRESS:PORT`.
    var text: String {
        guard let address = parsedAddress else { return description }
        return Endpoint(address: address, port: port ?? 0).description
    }

    var parsedAddress: IPAddress? { ipAddress.flatMap { IPAddress($0) } }
}
