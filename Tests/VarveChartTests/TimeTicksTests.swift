import Testing
import VarveChart
import VarveModel

@Suite struct TimeTicksTests {
    private static func ticks(
        _ start: String, _ lengthNs: Int64, width: Double = 540, zone: Int = 0
    ) throws -> [TimeTicks.Tick] {
        let startNs = try InstantText.parse(start)
        let range = TimeRange(start: startNs, end: startNs + lengthNs)
        return TimeTicks(range: range, zoneOffsetSeconds: zone, width: width, gap: 16) { Double($0.count) * 7 }.ticks
    }

    @Test("three hours have ticks by half hours, with the day below the first")
    func hours() throws {
        let ticks = try Self.ticks("2026-11-22T12:00:00Z", 3 * Nanoseconds.perHour, width: 400)
        #expect(ticks.map(\.label) == ["12:00", "12:30", "13:00", "13:30", "14:00", "14:30", "15:00"])
        #expect(ticks.map(\.context) == ["22 Nov 2026"] + [String?](repeating: nil, count: 6))
    }

    @Test("a day that begins inside of the range is named where it begins")
    func midnight() throws {
        let ticks = try Self.ticks("2026-11-22T20:00:00Z", 8 * Nanoseconds.perHour, width: 300)
        #expect(ticks.map(\.label) == ["20:00", "22:00", "00:00", "02:00", "04:00"])
        #expect(ticks.map(\.context) == ["22 Nov 2026", nil, "23 Nov 2026", nil, nil])
    }

    @Test("round is what the clock of the zone says")
    func zones() throws {
        let ticks = try Self.ticks("2026-11-22T12:00:00Z", 3 * Nanoseconds.perHour, width: 300, zone: 5 * 3_600 + 1_800)
        #expect(ticks.map(\.label) == ["18:00", "19:00", "20:00"])
        #expect(try ticks.first?.timestampNs == InstantText.parse("2026-11-22T12:30:00Z"))
    }

    @Test("seconds, days, Mondays, months and years")
    func scales() throws {
        let seconds = try Self.ticks("2026-11-22T12:00:00Z", 5 * Nanoseconds.perSecond, width: 540)
        #expect(seconds.map(\.label) == (0...5).map { "12:00:0\($0)" })
        let days = try Self.ticks("2026-12-30T12:00:00Z", 4 * Nanoseconds.perDay, width: 300)
        #expect(days.map(\.label) == ["31 Dec", "1 Jan", "2 Jan", "3 Jan"])
        #expect(days.map(\.context) == ["2026", "2027", nil, nil])
        let weeks = try Self.ticks("2026-11-01T00:00:00Z", 28 * Nanoseconds.perDay, width: 300)
        #expect(weeks.map(\.label) == ["2 Nov", "9 Nov", "16 Nov", "23 Nov"])
        let months = try Self.ticks("2026-01-15T00:00:00Z", 200 * Nanoseconds.perDay, width: 400)
        #expect(months.map(\.label) == ["Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug"])
        let years = try Self.ticks("2020-06-01T00:00:00Z", 6 * 366 * Nanoseconds.perDay, width: 300)
        #expect(years.map(\.label) == ["2021", "2022", "2023", "2024", "2025", "2026"])
        #expect(years.allSatisfy { $0.context == nil })
    }

    @Test("labels keep their distance in every range from a millisecond to centuries", arguments: [7, 2_026, 11])
    func distance(seed: UInt64) {
        var generator = SmallGenerator(state: seed)
        for _ in 0..<400 {
            let length = Int64(1) << Int64.random(in: 20...62, using: &generator)
            let start = Int64.random(in: -4_000_000_000_000_000_000...4_000_000_000_000_000_000, using: &generator)
            let end = start.addingReportingOverflow(length)
            let range = TimeRange(start: start, end: end.overflow ? .max : end.partialValue)
            let width = Double.random(in: 1...2_000, using: &generator)
            let ticks = TimeTicks(
                range: range, zoneOffsetSeconds: Int.random(in: -86_000...86_000, using: &generator), width: width,
                gap: 10
            ) { Double($0.count) * 6 }.ticks
            let span = Double(range.end) - Double(range.start)
            for (tick, next) in zip(ticks, ticks.dropFirst()) {
                let distance = (Double(next.timestampNs) - Double(tick.timestampNs)) / span * width
                #expect(
                    distance >= Double(tick.label.count + next.label.count) * 3 + 9.99,
                    "seed \(seed), \(range), \(width)")
            }
            #expect(ticks.allSatisfy { $0.timestampNs >= range.start && $0.timestampNs <= range.end }, "seed \(seed)")
        }
    }

    @Test("usual pictures have enough ticks to read a time from")
    func enough() {
        for length in [60, 3_600, 10_800, 86_400, 604_800, 2_592_000, 39_312_000].map({ $0 * Nanoseconds.perSecond }) {
            let range = TimeRange(start: Samples.noonNs, end: Samples.noonNs + length)
            let ticks = TimeTicks(range: range, zoneOffsetSeconds: 0, width: 540, gap: 18) { Double($0.count) * 6.5 }
            #expect((4...14).contains(ticks.ticks.count), "\(length): \(ticks.ticks.map(\.label))")
        }
    }
}

/// Random numbers from a seed (a linear congruential generator, mixed).
struct SmallGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let mixed = (state ^ (state >> 29)) &* 0xbf58_476d_1ce4_e5b9
        return mixed ^ (mixed >> 32)
    }
}
