import Testing
import VarveBytes
import VarveJSON
import VarveModel
import VarveMonitoring
import VarveTestKit

@Suite struct OutboxTests {
    private static let second = Nanoseconds.perSecond

    private func delivery(
        _ number: UInt64, to endpoint: String = "https://a.example/", policy: RetryPolicy = .standard
    ) -> Delivery {
        Delivery(
            id: UUID16(high: 7, low: number), target: endpoint, endpoint: endpoint, subject: "s",
            body: Array("{\"n\":\(number)}".utf8), createdNs: 0, policy: policy)
    }

    @Test("a delivery reads back from the store as it was")
    func roundTrip() throws {
        let one = delivery(1, policy: RetryPolicy(retriesMax: 3, ageMaxSeconds: 60))
        #expect(Delivery(try JSONReader.read(one.json.encoded)) == one)
        #expect(Delivery(.object([])) == nil)
    }

    @Test("attempts of one delivery are 1, 2, 4 … 300 s apart, and the second is marked as a repetition")
    func pauses() {
        var outbox = Outbox()
        outbox.add(delivery(1))
        var now: Int64 = 0
        var pauses: [Int64] = []
        for number in 1...12 {
            let attempts = outbox.takeDue(nowNs: now)
            #expect(attempts.map(\.number) == [number])
            #expect(attempts.map(\.mayBeRepetition) == [number > 1])
            #expect(outbox.takeDue(nowNs: now).isEmpty)
            #expect(outbox.finish(attempts[0].delivery.id, .failed(reason: "x"), nowNs: now) == nil)
            let next = outbox.nextDueNs(nowNs: now) ?? -1
            pauses.append((next - now) / Self.second)
            #expect(outbox.takeDue(nowNs: next - 1).isEmpty)
            now = next
        }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])
    }

    @Test("what was found in the store at the start may have been sent before, and says so")
    func recovered() {
        var outbox = Outbox()
        outbox.add(delivery(1), isRecovered: true)
        #expect(outbox.takeDue(nowNs: 0).map(\.mayBeRepetition) == [true])
    }

    @Test("a delivery is given up after its last repetition, when it is too old, or when it is refused")
    func givenUp() {
        var outbox = Outbox()
        outbox.add(delivery(1, policy: RetryPolicy(retriesMax: 1, ageMaxSeconds: 3_600)))
        outbox.add(delivery(2, to: "b", policy: RetryPolicy(retriesMax: 9, ageMaxSeconds: 2)))
        outbox.add(delivery(3, to: "c"))
        var ends: [UInt64: String?] = [:]
        for now in [0, 1, 3, 7].map({ Int64($0) * Self.second }) {
            for attempt in outbox.takeDue(nowNs: now) {
                let outcome: DeliveryOutcome =
                    attempt.delivery.endpoint == "c" ? .refused(reason: "no") : .failed(reason: "down")
                guard let end = outbox.finish(attempt.delivery.id, outcome, nowNs: now) else { continue }
                ends[end.delivery.id.low] = end.failure
                outbox.remove(end.delivery.id)
            }
        }
        #expect(ends == [1: "down; given up after 2 attempts", 2: "down; given up after 2 attempts", 3: "no"])
        #expect(outbox.count == 0)
    }

    @Test("an endpoint that does not answer holds up its own deliveries only")
    func lanes() {
        var outbox = Outbox()
        for number in 0..<10 { outbox.add(delivery(UInt64(number), to: "slow")) }
        outbox.add(delivery(99, to: "quick"))
        let first = outbox.takeDue(nowNs: 0)
        #expect(first.count { $0.delivery.endpoint == "slow" } == Outbox.runningPerEndpointMax)
        #expect(first.count { $0.delivery.endpoint == "quick" } == 1)
        #expect(outbox.takeDue(nowNs: 0).isEmpty)
        #expect(outbox.nextDueNs(nowNs: 0) == nil)
    }

    @Test("every delivery is attempted until it is over, never more than allowed at once, whatever happens in between")
    func model() {
        for seed in UInt64(0)..<40 {
            var random = SplitMix64(seed: seed)
            var outbox = Outbox()
            var open: Set<UUID16> = []
            var running: [Outbox.Attempt] = []
            var (now, next): (Int64, UInt64) = (0, 0)
            for _ in 0..<600 {
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    next += 1
                    let one = delivery(next, to: "e\(Int.random(in: 0..<20, using: &random))")
                    outbox.add(one)
                    open.insert(one.id)
                case 1:
                    running += outbox.takeDue(nowNs: now)
                    #expect(running.count <= Outbox.runningMax, "seed \(seed)")
                    let byEndpoint = Dictionary(grouping: running, by: \.delivery.endpoint)
                    #expect(byEndpoint.values.allSatisfy { $0.count <= Outbox.runningPerEndpointMax }, "seed \(seed)")
                case 2 where !running.isEmpty:
                    let attempt = running.remove(at: Int.random(in: 0..<running.count, using: &random))
                    let outcome: DeliveryOutcome = Bool.random(using: &random) ? .delivered : .failed(reason: "x")
                    if outbox.finish(attempt.delivery.id, outcome, nowNs: now) != nil {
                        outbox.remove(attempt.delivery.id)
                        #expect(open.remove(attempt.delivery.id) != nil, "seed \(seed)")
                    }
                default: now += Int64.random(in: 0...40, using: &random) * Self.second
                }
                #expect(outbox.count == open.count, "seed \(seed)")
            }
            while outbox.count > 0 {
                running += outbox.takeDue(nowNs: now)
                for attempt in running {
                    if outbox.finish(attempt.delivery.id, .delivered, nowNs: now) != nil {
                        outbox.remove(attempt.delivery.id)
                    }
                }
                running = []
                now += 300 * Self.second
            }
        }
    }
}
