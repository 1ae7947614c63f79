import Logging
import NIOCore
import NIOSSL
import VarveIO
import VarveLine
import VarveModel
import VarveStore

/// Sent through the pipeline of every line connection when the server stops.
struct DrainEvent: Sendable {}

/// One TCP connection with line protocol: carries out what its ``IntakeMachine`` decides. Nothing is ever sent.
/// Owned by its event loop.
final class LineConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = Never
    typealias OutboundOut = Never

    /// How long a batch waits before it is offered again to a store that cannot take it now.
    private static let retryDelay = TimeAmount.milliseconds(250)

    private let door: Doorway
    private var machine: IntakeMachine
    private var assembler: LineAssembler
    private var context: ChannelHandlerContext?
    private var peer = "?"
    /// What the shared budget knows of this connection.
    private var accountedBytes = 0
    private var isReadWanted = false
    private var lastReceivedNs: Int64 = 0
    private var idleTask: Scheduled<Void>?

    init(door: Doorway) {
        self.door = door
        machine = IntakeMachine(connectionBytesMax: door.limits.connectionBytesMax)
        assembler = LineAssembler(options: door.lineOptions)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { begin(context) }

    private func begin(_ context: ChannelHandlerContext) {
        peer = context.remoteAddress?.text ?? "?"
        lastReceivedNs = door.clock.monotonicNs()
        watchIdleness(context, afterNs: idleTimeoutNs)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        let byteCount = buffer.readableBytes
        lastReceivedNs = door.clock.monotonicNs()
        door.counters.bytesReceived.add(byteCount)
        assembler.append(buffer)
        // A read that did not fill its buffer has emptied the socket.
        let isDrained = buffer.writableBytes > 0
        perform(
            machine.received(
                byteCount: byteCount, isDrained: isDrained, budgetIsFull: door.budget.isFull, nowNs: lastReceivedNs))
    }

    func read(context: ChannelHandlerContext) {
        if machine.isReading { context.read() } else { isReadWanted = true }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed: perform(machine.inputClosed())
        case is DrainEvent: perform(machine.drain())
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        door.logger.debug("connection \(peer): \(error)")
        // The peer closed TCP without the end of TLS. Whole lines count; whether the last one was whole nobody knows.
        if case .uncleanShutdown? = error as? NIOSSLError { return perform(machine.drain()) }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        idleTask?.cancel()
        machine.disconnected()
        account()
    }
}

// Carrying out decisions.
extension LineConnection {
    private func perform(_ decision: IntakeMachine.Decision) {
        if let parse = decision.parse { self.parse(parse) }
        if let timer = decision.timer { set(timer) }
        if let reading = decision.reading, reading, isReadWanted {
            isReadWanted = false
            context?.read()
        }
        account()
        if let reason = decision.close { close(reason) }
    }

    private func parse(_ kind: IntakeMachine.Parse) {
        let consumed = assembler.parse(
            isFinal: kind == .everything, receivedAtNs: door.clock.wallNs()
        ) { batch, refusals in
            record(refusals)
            if !batch.isEmpty { handOver(batch) }
        }
        perform(
            machine.parsed(
                consumedBytes: consumed, budgetIsFull: door.budget.isFull, nowNs: door.clock.monotonicNs()))
    }

    private func record(_ refusals: [LineRefusal]) {
        guard !refusals.isEmpty else { return }
        let timeNs = door.clock.wallNs()
        door.refusals.record(refusals.map { Refusal(timeNs: timeNs, peer: peer, line: $0) })
    }

    private func set(_ timer: IntakeMachine.Timer) {
        let delayNs = timer == .parse ? IntakeMachine.parseDelayNs : IntakeMachine.budgetRetryNs
        _ = context?.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(delayNs)) { [self] in
            perform(
                machine.timerFired(timer, budgetIsFull: door.budget.isFull, nowNs: door.clock.monotonicNs()))
        }
    }

    private func account() {
        door.budget.adjust(by: machine.heldBytes - accountedBytes)
        accountedBytes = machine.heldBytes
    }

    private func close(_ reason: IntakeMachine.CloseReason) {
        if reason == .hoarding {
            door.logFailure(
                "closed connection \(peer): \(assembler.bufferedBytes) bytes of an unfinished line, memory is short"
            )
        }
        context?.close(promise: nil)
    }
}

// Batches on their way.
extension LineConnection {
    private func handOver(_ parsed: RowBatch) {
        var batch = parsed
        batch.durability = door.lineDurability
        machine.handedOver(batchBytes: batch.memoryBytes)
        send(batch)
    }

    private func send(_ batch: RowBatch) {
        guard let eventLoop = context?.eventLoop else { return finish(batch, .failure(.closed)) }
        let connection = NIOLoopBound(self, eventLoop: eventLoop)
        door.sink.append(batch) { result in
            eventLoop.execute { connection.value.finish(batch, result) }
        }
    }

    /// The client cannot be told of a failure, so what may succeed later is offered again: the socket stalls, nothing
    /// is lost.
    private func finish(_ batch: RowBatch, _ result: Result<AppendReceipt, StoreError>) {
        switch result {
        case .failure(let error) where error.isPassing && context != nil: return offerAgain(batch, error)
        case .success(let receipt):
            if let refusal = receipt.refusal, refusal.isPassing, context != nil {
                door.counters.rowsWritten.add(receipt.rows)
                door.counters.valuesWritten.add(receipt.values)
                let rest = batch.rows(ofShapes: receipt.refusedShapes)
                machine.handedOver(batchBytes: rest.memoryBytes)
                offerAgain(rest, refusal)
                break
            }
            if let refusal = receipt.refusal {
                door.logFailure("\(receipt.refusedRows) rows from \(peer) are refused: \(refusal)")
            }
            door.count(result, of: batch, from: peer)
        case .failure(let error):
            let fate = error.isUnknownOutcome ? "may or may not be stored" : "are lost"
            door.logFailure("\(batch.rowCount) rows from \(peer) \(fate): \(error)")
            door.count(result, of: batch, from: peer)
        }
        perform(
            machine.acknowledged(
                batchBytes: batch.memoryBytes, budgetIsFull: door.budget.isFull, nowNs: door.clock.monotonicNs()))
    }

    private func offerAgain(_ batch: RowBatch, _ error: StoreError) {
        door.logFailure("connection \(peer) waits: \(error)\(error.advice)")
        _ = context?.eventLoop.assumeIsolated().scheduleTask(in: Self.retryDelay) { [self] in send(batch) }
    }
}

// Idleness.
extension LineConnection {
    private var idleTimeoutNs: Int64 { Int64(door.limits.idleTimeoutSeconds) * 1_000_000_000 }

    private func watchIdleness(_ context: ChannelHandlerContext, afterNs: Int64) {
        idleTask = context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(afterNs)) { [self] in
            checkIdleness()
        }
    }

    /// Silence counts against the client only while it could have sent something.
    private func checkIdleness() {
        guard let context else { return }
        let nowNs = door.clock.monotonicNs()
        if !machine.isReading || machine.inFlightBatches > 0 { lastReceivedNs = nowNs }
        let restNs = lastReceivedNs + idleTimeoutNs - nowNs
        if restNs > 0 { return watchIdleness(context, afterNs: restNs) }
        door.counters.connectionsTimedOut.add()
        context.close(promise: nil)
    }
}
