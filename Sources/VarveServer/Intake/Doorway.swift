package import Logging
package import VarveIO
package import VarveLine
package import VarveModel

/// What all doors share. A value of references; any thread.
package struct Doorway: Sendable {
    package let sink: any IngestSink
    package let budget: IntakeBudget
    /// Bytes of answers that clients have not taken yet.
    package let answers: IntakeBudget
    /// Bytes of cloud clients' requests that are being received or worked on.
    package let cloudBodies: IntakeBudget
    package let counters: ServerCounters
    package let refusals: RefusalRecorder
    package let clock: any SystemClock
    package let limits: ServerLimits
    /// Template of every parser's options; precision varies.
    package let lineOptions: LineOptions
    package let logger: Logger
    package let lineDurability: Durability
    /// Limits log lines about batches that the store refused.
    let failureLog: LogGate

    package init(
        sink: any IngestSink, counters: ServerCounters, refusals: RefusalRecorder, clock: any SystemClock,
        limits: ServerLimits, lineOptions: LineOptions, logger: Logger, lineDurability: Durability = .durable
    ) {
        self.sink = sink
        self.budget = IntakeBudget(limitBytes: limits.intakeBytesMax)
        self.answers = IntakeBudget(limitBytes: limits.answerBytesMax)
        self.cloudBodies = IntakeBudget(limitBytes: limits.cloudBytesMax)
        self.counters = counters
        self.refusals = refusals
        self.clock = clock
        self.limits = limits
        self.lineOptions = lineOptions
        self.logger = logger
        self.lineDurability = lineDurability
        self.failureLog = LogGate(intervalNs: 1_000_000_000)
    }

    /// Logs at most once a second, with the number of messages left out since.
    func logFailure(_ message: @autoclosure () -> String) {
        guard let skipped = failureLog.pass(nowNs: clock.monotonicNs()) else { return }
        logger.error("\(message())\(skipped > 0 ? " (and \(skipped) more like this)" : "")")
    }
}
