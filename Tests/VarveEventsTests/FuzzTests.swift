import Testing
import VarveEvents
import VarveJSON

/// Nothing that comes from outside traps, whatever it is.
@Suite struct FuzzTests {
    @Test("random bytes and mutated patterns are read or refused", arguments: UInt64(0)..<20)
    func patterns(seed: UInt64) throws {
        var generator = PatternGenerator(seed: seed)
        let event = generator.event()
        for _ in 0..<60 {
            let bytes = generator.random.mutated(generator.pattern().encoded)
            _ = refusal { _ = try EventPattern.parse(text(bytes)).matches(event) }
            let noise = (0..<generator.random.below(40)).map { _ in UInt8.random(in: 0...255, using: &generator.random)
            }
            _ = refusal { _ = try EventPattern.parse(text(noise)) }
        }
    }

    @Test("mutated schedules, durations and paths are read or refused", arguments: UInt64(0)..<20)
    func texts(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let valid = [
            "cron(0/15 8-17 ? * MON-FRI 2020-2030)", "cron(15 10 L,15W,LW * ? *)", "cron(0 2 ? * SAT#3,6L *)",
            "rate(5 minutes)",
            "at(2026-02-28T23:59)", "cron(0,30 1-5 * JAN,FEB SUN)", "P3DT4H5M", "$.detail['x'].y[3][*].*", "$",
        ]
        for _ in 0..<200 {
            let mutant = text(random.mutated(Array(random.pick(valid).utf8)))
            let after = Int64.random(in: .min ... .max, using: &random)
            _ = refusal { _ = try ScheduleExpression.parse(mutant).next(afterNs: after, anchorNs: 0) }
            _ = refusal { _ = try MuteSchedule.parse(mutant).window(at: after, durationNs: second, in: .utc) }
            _ = refusal { _ = try MuteDuration.parse(mutant) }
            _ = InputPath(mutant)?.value(in: .object([]))
        }
    }

    @Test("mutated definitions of buses are read or refused", arguments: UInt64(0)..<20)
    func definitions(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let whole = try EventBusTests.furnished().json.encoded
        for _ in 0..<20 {
            guard let json = try? JSONReader.read(random.mutated(whole)) else { continue }
            _ = refusal { _ = try EventBuses.read(json).json }
        }
        // Values exchanged for others of any type reach further than bytes do.
        let tree = try JSONReader.read(whole)
        for _ in 0..<30 {
            let mutant = Self.exchanged(tree, &random)
            _ = refusal {
                var buses = try EventBuses.read(mutant)
                _ = buses.runSchedules(nowNs: .max) { "id" }
            }
        }
    }

    private static func exchanged(_ value: JSONValue, _ random: inout SeededGenerator) -> JSONValue {
        if random.chance(2) {
            return random.pick([
                .null, .bool(true), .integer(.min), .integer(.max), .number(1e300), .string(""), .array([]),
                .object([]),
            ])
        }
        switch value {
        case .array(let elements): return .array(elements.map { exchanged($0, &random) })
        case .object(let members): return .object(members.map { JSONMember($0.name, exchanged($0.value, &random)) })
        default: return value
        }
    }
}
