import Testing
import VarveServer

@Suite struct IntakeMachineTests {
    private typealias Decision = IntakeMachine.Decision
    private static let connectionBytesMax = 4 << 20

    private func machine() -> IntakeMachine { IntakeMachine(connectionBytesMax: Self.connectionBytesMax) }

    @Test("a drained socket is parsed at once while nothing is in flight")
    func drainedIsParsed() {
        var machine = machine()
        #expect(machine.received(byteCount: 10, isDrained: true, budgetIsFull: false, nowNs: 0) == Decision(parse: .wholeLines))
        #expect(machine.parsed(consumedBytes: 10, budgetIsFull: false, nowNs: 0) == .none)
    }

    @Test("while a batch is in flight bytes gather, until the acknowledgement, the timer or 256 KiB")
    func gathersWhileInFlight() {
        var machine = machine()
        _ = machine.received(byteCount: 10, isDrained: true, budgetIsFull: false, nowNs: 0)
        machine.handedOver(batchBytes: 100)
        _ = machine.parsed(consumedBytes: 10, budgetIsFull: false, nowNs: 0)
        #expect(machine.received(byteCount: 10, isDrained: true, budgetIsFull: false, nowNs: 1) == Decision(timer: .parse))
        #expect(machine.received(byteCount: 10, isDrained: true, budgetIsFull: false, nowNs: 2) == .none)
        var acknowledged = machine
        #expect(acknowledged.acknowledged(batchBytes: 100, budgetIsFull: false, nowNs: 3) == Decision(parse: .wholeLines))
        var timed = machine
        #expect(timed.timerFired(.parse, budgetIsFull: false, nowNs: 3) == Decision(parse: .wholeLines))
        let many = machine.received(byteCount: IntakeMachine.parseBytes, isDrained: false, budgetIsFull: false, nowNs: 3)
        #expect(many == Decision(parse: .wholeLines))
    }

    @Test("reading stops at the limit of the connection and goes on at half of it")
    func hysteresis() {
        var machine = machine()
        let half = Self.connectionBytesMax / 2
        for _ in 0..<2 {
            _ = machine.received(byteCount: half, isDrained: false, budgetIsFull: false, nowNs: 0)
            machine.handedOver(batchBytes: half)
            _ = machine.parsed(consumedBytes: half, budgetIsFull: false, nowNs: 0)
        }
        #expect(!machine.isReading)
        #expect(machine.acknowledged(batchBytes: half, budgetIsFull: false, nowNs: 0) == .none)
        #expect(machine.acknowledged(batchBytes: half, budgetIsFull: false, nowNs: 0) == Decision(reading: true))
        #expect(machine.heldBytes == 0)
    }

    @Test("a spent budget stops those above their floor only, and they look again")
    func budget() {
        var small = machine()
        _ = small.received(byteCount: 100, isDrained: true, budgetIsFull: true, nowNs: 0)
        #expect(small.parsed(consumedBytes: 0, budgetIsFull: true, nowNs: 0) == .none)
        var large = machine()
        _ = large.received(byteCount: 100_000, isDrained: true, budgetIsFull: true, nowNs: 0)
        #expect(large.parsed(consumedBytes: 0, budgetIsFull: true, nowNs: 0) == Decision(reading: false, timer: .budget))
        #expect(large.timerFired(.budget, budgetIsFull: true, nowNs: 1) == Decision(timer: .budget))
        #expect(large.timerFired(.budget, budgetIsFull: false, nowNs: 2) == Decision(reading: true))
    }

    @Test("who hoards a long unfinished line while the budget is spent is closed after ten seconds")
    func hoarding() {
        var machine = machine()
        _ = machine.received(byteCount: 100_000, isDrained: true, budgetIsFull: true, nowNs: 0)
        _ = machine.parsed(consumedBytes: 0, budgetIsFull: true, nowNs: 0)
        _ = machine.timerFired(.budget, budgetIsFull: true, nowNs: IntakeMachine.hoardingNs - 1)
        let last = machine.timerFired(.budget, budgetIsFull: true, nowNs: IntakeMachine.hoardingNs)
        #expect(last == Decision(close: .hoarding))
    }

    @Test("at the end of input the rest is parsed, and the connection closes when all is acknowledged")
    func inputClosed() {
        var machine = machine()
        _ = machine.received(byteCount: 10, isDrained: true, budgetIsFull: false, nowNs: 0)
        machine.handedOver(batchBytes: 50)
        _ = machine.parsed(consumedBytes: 6, budgetIsFull: false, nowNs: 0)
        #expect(machine.inputClosed() == Decision(parse: .everything))
        machine.handedOver(batchBytes: 20)
        #expect(machine.parsed(consumedBytes: 4, budgetIsFull: false, nowNs: 0) == Decision(reading: false))
        #expect(machine.acknowledged(batchBytes: 50, budgetIsFull: false, nowNs: 0) == .none)
        #expect(machine.acknowledged(batchBytes: 20, budgetIsFull: false, nowNs: 0) == Decision(close: .finished))
        #expect(machine.inputClosed() == .none)
    }

    @Test("draining parses whole lines and closes; an empty connection closes at once")
    func draining() {
        var machine = machine()
        #expect(machine.drain() == Decision(parse: .wholeLines))
        #expect(machine.parsed(consumedBytes: 0, budgetIsFull: false, nowNs: 0) == Decision(close: .drained))
    }

    @Test("after a disconnect acknowledgements still count down and nothing else happens")
    func disconnected() {
        var machine = machine()
        _ = machine.received(byteCount: 10, isDrained: true, budgetIsFull: false, nowNs: 0)
        machine.handedOver(batchBytes: 50)
        _ = machine.parsed(consumedBytes: 6, budgetIsFull: false, nowNs: 0)
        machine.disconnected()
        #expect(machine.heldBytes == 50)
        #expect(machine.acknowledged(batchBytes: 50, budgetIsFull: false, nowNs: 0) == .none)
        #expect(machine.heldBytes == 0)
    }
}
