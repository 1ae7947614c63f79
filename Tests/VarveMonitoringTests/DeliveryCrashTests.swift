import Testing
import VarveBytes
import VarveIO
import VarveModel
import VarveTestKit

@testable import VarveMonitoring

/// Power cuts at every call to the disk between a state change and the end of its delivery.
@Suite struct DeliveryCrashTests {
    private struct Ledger {
        /// Alarms whose change to ALARM was acknowledged.
        var acknowledged: Set<String> = []
        /// What the world outside has seen.
        var arrivals: [FakeEdge.Arrival] = []
    }

    private func name(of arrival: FakeEdge.Arrival) -> String? {
        ["a0", "a1", "a2"].first { arrival.body.contains("\"AlarmName\":\"\($0)\"") }
    }

    @Test("no action is lost by a crash, and none is sent twice without being marked")
    func crashes() throws {
        let checks = try CrashEnumerator(seed: 11, randomSurvivalCount: 1).run(record: Ledger()) { disk, ledger in
            let edge = FakeEdge()
            defer { ledger.arrivals = edge.arrivals }
            guard let world = try? MonitoringWorld(disk, clock: SimulatedClock(), edge: edge) else { return }
            for number in 0..<3 {
                let name = "a\(number)"
                guard (try? world.call("PutMetricAlarm", MonitoringWorld.alarm(name))) != nil else { return }
                if number == 1 { edge.answer(.failed(reason: "down")) }
                let state = #"{"AlarmName": "\#(name)", "StateValue": "ALARM", "StateReason": "r"}"#
                guard (try? world.call("SetAlarmState", state)) != nil else { return }
                ledger.acknowledged.insert(name)
                world.settle()
                world.clock.advance(byNs: Nanoseconds.perSecond)
                world.settle()
                if number == 1 { edge.answer(.delivered) }
            }
            world.clock.advance(byNs: 2 * Nanoseconds.perSecond)
            world.settle()
        } check: { disk, ledger, point in
            let clock = SimulatedClock()
            clock.advance(byNs: 30 * Nanoseconds.perSecond)
            let edge = FakeEdge()
            let world = try MonitoringWorld(disk, clock: clock, seed: 2, edge: edge)
            world.settle()
            #expect(world.openDeliveries == 0, "\(point)")
            for name in ledger.acknowledged { #expect(world.state(name) == "ALARM", "\(point): \(name)") }
            let all = ledger.arrivals + edge.arrivals
            for name in ledger.acknowledged {
                #expect(all.contains { self.name(of: $0) == name }, "\(point): nobody was told of \(name)")
            }
            for (place, arrival) in all.enumerated()
            where all.prefix(place).contains(where: {
                $0.id == arrival.id || self.name(of: $0) == self.name(of: arrival)
            }) {
                #expect(arrival.mayBeRepetition, "\(point): \(arrival) again, and nothing says so")
            }
        }
        #expect(checks > 100)
    }

    /// Stores breaching samples of three alarms, and lets evaluations follow.
    private func evaluates(_ world: MonitoringWorld, _ ledger: inout Ledger) throws {
        for number in 0..<3 {
            try world.call("PutMetricAlarm", MonitoringWorld.alarm("a\(number)", host: "h\(number)"))
        }
        for number in 0..<3 {
            try world.sample(90, host: "h\(number)")
            ledger.acknowledged.insert("a\(number)")
            world.clock.advance(byNs: Nanoseconds.perMinute)
            world.settle()
        }
        world.clock.advance(byNs: Nanoseconds.perMinute)
        world.settle()
    }

    @Test("an alarm whose sample was acknowledged goes to ALARM and calls its target, wherever evaluation is cut off")
    func evaluationCrashes() throws {
        let checks = try CrashEnumerator(seed: 12, randomSurvivalCount: 1).run(record: Ledger()) { disk, ledger in
            let edge = FakeEdge()
            defer { ledger.arrivals = edge.arrivals }
            guard let world = try? MonitoringWorld(disk, clock: SimulatedClock(), edge: edge) else { return }
            // A disk that fails ends the run where it is.
            try? evaluates(world, &ledger)
        } check: { disk, ledger, point in
            let clock = SimulatedClock()
            // Before the periods of the samples leave the range of three.
            clock.advance(byNs: 10 * Nanoseconds.perSecond)
            let edge = FakeEdge()
            let world = try MonitoringWorld(disk, clock: clock, seed: 2, edge: edge)
            world.settle()
            for _ in 0..<5 {
                clock.advance(byNs: Nanoseconds.perMinute)
                world.settle()
            }
            #expect(world.openDeliveries == 0, "\(point)")
            let all = ledger.arrivals + edge.arrivals
            for name in ledger.acknowledged {
                #expect(all.contains { self.name(of: $0) == name }, "\(point): nobody was told of \(name)")
            }
            for (place, arrival) in all.enumerated() where all.prefix(place).contains(where: { $0.id == arrival.id }) {
                #expect(arrival.mayBeRepetition, "\(point): \(arrival) again, and nothing says so")
            }
        }
        #expect(checks > 50)
    }
}
