import Glibc
import Testing
import VarveTestKit

@testable import VarveAlarms

/// Random alarms over random points, against a second evaluator that was written from the documented tables.
@Suite struct AlarmModelTests {
    /// 20, or as many as the environment variable VARVE_SEEDS says.
    private static let seeds: Range<UInt64> = {
        let count = getenv("VARVE_SEEDS").flatMap { UInt64(String(cString: $0)) } ?? 20
        return 0..<count
    }()

    /// Looks at cells, newest first, without any of the product's types but the words.
    private struct Naive {
        let total: Int
        let needed: Int
        let treatment: TreatMissingData

        /// - Parameter cells: oldest first; nil is missing, true breaches.
        func state(_ cells: [Bool?], before: AlarmState) -> AlarmState {
            var used: [(age: Int, isBad: Bool)] = []
            for (index, cell) in cells.reversed().enumerated() where used.count < total {
                if let cell { used.append((index + 1, cell)) }
            }
            // Every way to fill what is missing: the state is sure when all ways lead to it.
            let missing = total - used.count
            let bad = used.count { $0.isBad }
            let outcomes = Set((0...missing).map { bad + $0 >= needed })
            if outcomes == [true] { return .alarm }
            if outcomes == [false] { return .ok }
            switch treatment {
            case .breaching: return .alarm
            case .notBreaching: return .ok
            case .ignore: return used.contains { !$0.isBad } ? .ok : before
            case .missing:
                if used.isEmpty { return .insufficientData }
                if used.contains(where: { !$0.isBad }) { return .ok }
                return (used.map(\.age).max() ?? 0) >= needed ? .alarm : .insufficientData
            }
        }
    }

    /// What arrives, and when: late data, and data that never comes.
    private struct Arrival {
        let minute: Int
        let arrivesAt: Int
        let isBad: Bool
    }

    @Test(
        "random alarms, data and restarts: states as a naive evaluator has them, effects only on change",
        arguments: seeds)
    func model(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<5 {
            let total = Int.random(in: 1...6, using: &generator)
            let needed = Int.random(in: 1...total, using: &generator)
            let treatment = TreatMissingData.allCases.randomElement(using: &generator) ?? .missing
            let naive = Naive(total: total, needed: needed, treatment: treatment)
            let definition = try Fixture.definition(
                periods: total, needed: needed, treatment: treatment,
                extra: #","AlarmActions":["https://a.example/1"],"OKActions":["https://a.example/2"]"#)
            try run(definition, naive, Self.arrivals(&generator), &generator, "seed \(seed)")
        }
    }

    private static func arrivals(_ generator: inout SplitMix64) -> [Arrival] {
        let presence = Double.random(in: 0...1, using: &generator)
        let badness = Double.random(in: 0...1, using: &generator)
        let lateness = Int.random(in: 0...4, using: &generator)
        return (-8..<40).compactMap { minute in
            guard Double.random(in: 0...1, using: &generator) < presence else { return nil }
            return Arrival(
                minute: minute, arrivesAt: minute + 1 + Int.random(in: 0...lateness, using: &generator),
                isBad: Double.random(in: 0...1, using: &generator) < badness)
        }
    }

    private func run(
        _ definition: MetricAlarmDefinition, _ naive: Naive, _ arrivals: [Arrival], _ generator: inout SplitMix64,
        _ comment: String
    ) throws {
        var alarm = Fixture.alarm(definition)
        var expected = AlarmState.insufficientData
        for minute in 0..<40 {
            let nowNs = Fixture.tenNs + Int64(minute) * Fixture.minute + Int64.random(in: 0..<60, using: &generator)
            let here = arrivals.filter { $0.arrivesAt <= minute }
            let points = here.shuffled(using: &generator).map {
                AlarmPoint(
                    timestampNs: Fixture.tenNs + Int64($0.minute) * Fixture.minute, value: $0.isBad ? 51 : 50)
            }
            let cells = (minute - naive.total - 2..<minute).map { slot in here.first { $0.minute == slot }?.isBad }
            let before = alarm
            let effects = alarm.evaluate(
                Fixture.input(definition, [AlarmSeries(points: points)], nowNs: nowNs), nowNs: nowNs)
            expected = naive.state(cells, before: expected)
            try #require(alarm.state == expected, "\(comment), minute \(minute), \(naive), \(cells)")
            if before.state == alarm.state {
                #expect(effects.isEmpty && alarm == before, "\(comment)")
            } else {
                #expect(effects.history.count == 1 && effects.events.count == 1, "\(comment)")
                #expect(effects.actions.count == (alarm.state == .insufficientData ? 0 : 1), "\(comment)")
                #expect(alarm.value.reasonData.map { AlarmJSON.read($0) != nil } == true, "\(comment)")
            }
            if Int.random(in: 0..<10, using: &generator) == 0 {
                let restarted = try Alarm.decode(alarm.encode())
                #expect(restarted == alarm, "\(comment)")
                alarm = restarted
            }
        }
    }
}
