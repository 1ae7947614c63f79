/// Decides for one line connection when it reads, when the bytes it has are parsed, and when it closes. Pure: it is
/// told what happened and answers what to do (design of the doors: Docs/Operations/server.md, "Back-pressure").
///
/// Invariants: `heldBytes >= 0`; once `.close` was answered nothing else is. Bytes are parsed when there are many
/// (`parseBytes`), when the socket is drained and nothing of this connection is on its way to the disk, when an
/// acknowledgement arrives, or after `parseDelayNs` at the latest: batches grow by themselves while the disk is busy.
package struct IntakeMachine: Sendable {
    /// 256 KiB: about 10 000 values, far above the cost of handing a batch over.
    package static let parseBytes = 256 << 10
    /// 5 ms: below the sync time of most disks, so waiting costs nothing that can be seen.
    package static let parseDelayNs: Int64 = 5_000_000
    /// How often a connection that waits for the shared budget looks again.
    package static let budgetRetryNs: Int64 = 100_000_000
    /// A connection that holds more than its floor in one unfinished line while the budget is spent is closed after
    /// this.
    package static let hoardingNs: Int64 = 10_000_000_000

    /// What to do now, in this order.
    package struct Decision: Equatable, Sendable {
        /// Parse what was received and report with ``handedOver(batchBytes:)`` and
        /// ``parsed(consumedBytes:budgetIsFull:nowNs:)``.
        package var parse: Parse?
        /// True: read on; false: stop reading; nil: no change.
        package var reading: Bool?
        /// Call ``timerFired(_:budgetIsFull:nowNs:)`` after the timer's delay.
        package var timer: Timer?
        package var close: CloseReason?

        package init(parse: Parse? = nil, reading: Bool? = nil, timer: Timer? = nil, close: CloseReason? = nil) {
            self.parse = parse
            self.reading = reading
            self.timer = timer
            self.close = close
        }

        package static let none = Decision()
    }

    package enum Parse: Equatable, Sendable {
        /// Whole lines only; the client may still send the rest of the last one.
        case wholeLines
        /// The client is done: the last line needs no line end.
        case everything
    }

    package enum Timer: Equatable, Sendable { case parse, budget }

    package enum CloseReason: Equatable, Sendable {
        /// Everything the client sent is durable or refused.
        case finished
        /// The server stops; everything received in whole lines is durable or refused.
        case drained
        /// The client holds back the end of a long line while memory is short.
        case hoarding
    }

    private let connectionBytesMax: Int
    /// Bytes received that the parser has not consumed, an unfinished line included.
    package private(set) var unparsedBytes = 0
    /// Bytes received since the parser ran last.
    private var newBytes = 0
    package private(set) var inFlightBatches = 0
    private var inFlightBytes = 0
    package private(set) var isReading = true
    private var isParseTimerSet = false
    private var isBudgetTimerSet = false
    private var ending: Ending?
    private var isClosed = false
    private var starvingSinceNs: Int64?

    private enum Ending { case inputClosed, draining }

    package init(connectionBytesMax: Int) { self.connectionBytesMax = connectionBytesMax }

    /// What this connection counts for in the budget.
    package var heldBytes: Int { unparsedBytes + inFlightBytes }
}

// What happens.
extension IntakeMachine {
    /// - Parameter isDrained: the socket had no more to give.
    package mutating func received(
        byteCount: Int, isDrained: Bool, budgetIsFull: Bool, nowNs: Int64
    ) -> Decision {
        guard !isClosed else { return .none }
        unparsedBytes += byteCount
        newBytes += byteCount
        var decision = Decision()
        if newBytes >= Self.parseBytes || (isDrained && inFlightBatches == 0) {
            decision.parse = .wholeLines
        } else if !isParseTimerSet {
            isParseTimerSet = true
            decision.timer = .parse
        }
        if decision.parse == nil { settleReading(&decision, budgetIsFull, nowNs) }
        return decision
    }

    /// A batch of `batchBytes` of memory is on its way to the sink. Reported while parsing, before ``parsed``.
    package mutating func handedOver(batchBytes: Int) {
        inFlightBatches += 1
        inFlightBytes += batchBytes
    }

    /// The parser ran to the end of what there was.
    package mutating func parsed(consumedBytes: Int, budgetIsFull: Bool, nowNs: Int64) -> Decision {
        unparsedBytes -= consumedBytes
        precondition(unparsedBytes >= 0, "the parser cannot consume more than was received")
        newBytes = 0
        return settle(budgetIsFull, nowNs)
    }

    /// The batch of `batchBytes` is durable or was refused.
    package mutating func acknowledged(batchBytes: Int, budgetIsFull: Bool, nowNs: Int64) -> Decision {
        inFlightBatches -= 1
        inFlightBytes -= batchBytes
        precondition(inFlightBatches >= 0 && inFlightBytes >= 0, "a batch is acknowledged once")
        guard !isClosed else { return .none }
        if inFlightBatches == 0, newBytes > 0 { return Decision(parse: .wholeLines) }
        return settle(budgetIsFull, nowNs)
    }

    package mutating func timerFired(_ timer: Timer, budgetIsFull: Bool, nowNs: Int64) -> Decision {
        switch timer {
        case .parse: isParseTimerSet = false
        case .budget: isBudgetTimerSet = false
        }
        guard !isClosed else { return .none }
        if timer == .parse, newBytes > 0 { return Decision(parse: .wholeLines) }
        return settle(budgetIsFull, nowNs)
    }

    /// The client has shut down its sending side.
    package mutating func inputClosed() -> Decision {
        guard !isClosed, ending == nil else { return .none }
        ending = .inputClosed
        return Decision(parse: .everything)
    }

    /// The server stops.
    package mutating func drain() -> Decision {
        guard !isClosed, ending == nil else { return .none }
        ending = .draining
        return Decision(parse: .wholeLines)
    }

    /// The connection is gone. What was in flight stays so until it is acknowledged; the unfinished line is dropped.
    package mutating func disconnected() {
        isClosed = true
        unparsedBytes = 0
        newBytes = 0
    }

    private mutating func settle(_ budgetIsFull: Bool, _ nowNs: Int64) -> Decision {
        guard !isClosed else { return .none }
        if let ending, inFlightBatches == 0 {
            isClosed = true
            return Decision(close: ending == .inputClosed ? .finished : .drained)
        }
        var decision = Decision()
        settleReading(&decision, budgetIsFull, nowNs)
        return decision
    }

    private mutating func settleReading(_ decision: inout Decision, _ budgetIsFull: Bool, _ nowNs: Int64) {
        let isStarving = budgetIsFull && heldBytes >= IntakeBudget.connectionFloorBytes
        starvingSinceNs = isStarving ? starvingSinceNs ?? nowNs : nil
        if let since = starvingSinceNs, inFlightBatches == 0, nowNs - since >= Self.hoardingNs, ending == nil {
            isClosed = true
            decision = Decision(close: .hoarding)
            return
        }
        // Resuming at half keeps the socket from being switched on and off for every batch.
        let threshold = isReading ? connectionBytesMax : connectionBytesMax / 2
        let mayRead = ending == nil && !isStarving && heldBytes < threshold
        if mayRead != isReading {
            isReading = mayRead
            decision.reading = mayRead
        }
        if isStarving, !isBudgetTimerSet {
            isBudgetTimerSet = true
            if decision.timer == nil { decision.timer = .budget } else { isBudgetTimerSet = false }
        }
    }
}
