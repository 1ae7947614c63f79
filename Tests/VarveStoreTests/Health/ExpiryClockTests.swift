import Testing
import VarveModel
import VarveStore
import VarveTestKit

/// Whether a time of day may remove data.
@Suite struct ExpiryClockTests {
    private let start = StoreFixture.nowNs
    private let retentionNs = 455 * Nanoseconds.perDay

    private func clock() -> ExpiryClock {
        ExpiryClock(retentionNs: retentionNs, manifestNs: start, monotonicNs: 0)
    }

    private func ask(_ clock: inout ExpiryClock, _ wallNs: Int64, _ monotonicNs: Int64) -> Bool {
        clock.mayExpire(wallNs: wallNs, monotonicNs: monotonicNs)
    }

    @Test("a clock that keeps pace is believed, for years")
    func pace() {
        var clock = clock()
        for day in 0..<2_000 {
            let elapsed = Int64(day) * Nanoseconds.perDay
            // 100 ppm fast, as bad clocks are.
            #expect(ask(&clock, start + elapsed + elapsed / 10_000, elapsed))
        }
        #expect(clock.warning == nil)
    }

    @Test("being switched off for a month is not suspicious, for a year it is")
    func switchedOff() {
        var month = clock()
        #expect(ask(&month, start + 30 * Nanoseconds.perDay, 0))
        var year = clock()
        #expect(!ask(&year, start + 365 * Nanoseconds.perDay, 0))
        #expect(year.warning?.contains("365 days ahead") == true)
    }

    @Test("a jump ahead expires nothing for a day, then it is believed")
    func jump() {
        var clock = clock()
        let jumpNs = 3_650 * Nanoseconds.perDay
        var minute: Int64 = 0
        while minute < 24 * 60 {
            let elapsed = minute * Nanoseconds.perMinute
            #expect(!ask(&clock, start + jumpNs + elapsed, elapsed), "minute \(minute)")
            minute += 10
        }
        let elapsed = minute * Nanoseconds.perMinute
        #expect(clock.warning != nil)
        #expect(ask(&clock, start + jumpNs + elapsed, elapsed))
        #expect(clock.warning == nil)
    }

    @Test("a jump that is taken back does no harm and leaves no trace")
    func jumpBack() {
        var clock = clock()
        #expect(ask(&clock, start, 0))
        #expect(!ask(&clock, start + 500 * Nanoseconds.perDay, Nanoseconds.perHour))
        #expect(ask(&clock, start + 2 * Nanoseconds.perHour, 2 * Nanoseconds.perHour))
        #expect(clock.warning == nil)
    }

    @Test("a clock that goes on jumping is never believed")
    func restless() {
        var random = SplitMix64(seed: 7)
        var clock = clock()
        for hour in 1...200 {
            let days = Int64.random(in: 100...80_000, using: &random)
            let wall = start + days * Nanoseconds.perDay
            #expect(!ask(&clock, wall, Int64(hour) * Nanoseconds.perHour))
        }
    }

    @Test("no reading of the clocks traps")
    func extremes() {
        for manifest: Int64 in [.min, -1, 0, .max] {
            for wall: Int64 in [.min, -1, 0, .max] {
                var clock = ExpiryClock(retentionNs: .max, manifestNs: manifest, monotonicNs: 0)
                _ = clock.mayExpire(wallNs: wall, monotonicNs: .max / 2)
                _ = clock.mayExpire(wallNs: .max, monotonicNs: .max / 2 + Nanoseconds.perDay)
            }
        }
    }
}
