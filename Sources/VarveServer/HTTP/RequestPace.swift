import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Marks when the first byte of a request arrives, before it is decoded. Owned by its event loop.
final class ArrivalHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    enum Phase: Equatable { case waiting, head, body }

    fileprivate(set) var phase = Phase.waiting
    /// When the present phase must be over.
    fileprivate(set) var deadline = NIODeadline.distantFuture

    /// 80 KiB, the most a head may have, at 3 kB/s: slower than any network that people still use.
    static let headTime = TimeAmount.seconds(30)

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if phase == .waiting, !Self.isEmptyLines(unwrapInboundIn(data)) {
            phase = .head
            deadline = context.eventLoop.now + Self.headTime
        }
        context.fireChannelRead(data)
    }

    /// Before a request line they mean nothing (RFC 9112, 2.2); old clients send one behind a body.
    private static func isEmptyLines(_ buffer: ByteBuffer) -> Bool {
        buffer.readableBytesView.allSatisfy { $0 == 0x0d || $0 == 0x0a }
    }
}

/// Ends requests of clients that begin one and do not go on, a byte now and then, to hold places that others need:
/// they get 408, and the connection is closed.
///
/// Bodies that are taken in as they come (`/write`) may take their time: budgets bound their size and the idle timeout
/// their silence. Owned by its event loop.
final class PaceHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    /// 1 MiB, the most that is collected, at 18 kB/s.
    static let bodyTime = TimeAmount.seconds(60)
    /// 4 MiB at the same pace.
    static let operationBodyTime = TimeAmount.seconds(240)

    private let counters: ServerCounters
    private var arrival: ArrivalHandler?
    private var isChecking = false

    init(counters: ServerCounters) { self.counters = counters }

    func handlerAdded(context: ChannelHandlerContext) {
        arrival = try? context.pipeline.syncOperations.handler(type: ArrivalHandler.self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            arrival?.phase = .body
            arrival?.deadline = Self.bodyTime(of: head).map { context.eventLoop.now + $0 } ?? .distantFuture
        case .body: break
        case .end: arrival?.phase = .waiting
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Nearly every request is whole after one read and needs no timer.
        if let arrival, arrival.phase != .waiting, !isChecking { check(context, arrival) }
        context.fireChannelReadComplete()
    }

    private func check(_ context: ChannelHandlerContext, _ arrival: ArrivalHandler) {
        isChecking = arrival.phase != .waiting && arrival.deadline != .distantFuture && context.channel.isActive
        guard isChecking else { return }
        if arrival.deadline <= context.eventLoop.now { return end(context) }
        let loopBound = NIOLoopBound((self, context, arrival), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(deadline: arrival.deadline) {
            let (handler, context, arrival) = loopBound.value
            handler.check(context, arrival)
        }
    }

    private func end(_ context: ChannelHandlerContext) {
        counters.connectionsTimedOut.add()
        let head = HTTPResponse(
            status: .requestTimeout, headerFields: [.connection: "close", .contentLength: "0"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }

    /// How long the body of a request may take; nil where it is taken in as it comes, or not at all.
    private static func bodyTime(of head: HTTPRequest) -> TimeAmount? {
        if CloudRoute.isMeant(head) { return bodyTime }
        let path = (head.path ?? "").prefix { $0 != "?" }
        if path == "/write" || path == "/api/v2/write" || path == "/snapshot" { return nil }
        return path.hasPrefix(OperationRoute.prefix) ? operationBodyTime : bodyTime
    }
}
