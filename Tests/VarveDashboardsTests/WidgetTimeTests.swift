import Testing
import VarveDashboards
import VarveModel

@Suite struct WidgetTimeTests {
    @Test(
        "durations and instants are seen from now",
        arguments: [
            ("-PT3H", "2026-11-22T09:30:00Z"), ("-PT0H", "2026-11-22T12:30:00Z"), ("-PT15M", "2026-11-22T12:15:00Z"),
            ("-P7D", "2026-11-15T12:30:00Z"), ("-P1W", "2026-11-15T12:30:00Z"), ("-P1M", "2026-10-22T12:30:00Z"),
            ("-P12M", "2025-11-22T12:30:00Z"), ("-P1Y", "2025-11-22T12:30:00Z"), ("-P1DT6H", "2026-11-21T06:30:00Z"),
            ("PT30M", "2026-11-22T13:00:00Z"), ("-PT90S", "2026-11-22T12:28:30Z"), ("-P9M", "2026-02-22T12:30:00Z"),
            ("2026-01-02", "2026-01-02T00:00:00Z"), ("2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05Z"),
            ("2026-01-02T03:04:05+01:00", "2026-01-02T02:04:05Z"),
        ])
    func times(text: String, expected: String) throws {
        let now = try InstantText.parse("2026-11-22T12:30:00Z")
        let time = try #require(WidgetTime(text))
        #expect(InstantText.format(time.resolved(nowNs: now)) == expected)
    }

    @Test("a month before the last day of March is the last day of February")
    func monthEnds() throws {
        let now = try InstantText.parse("2024-03-31T10:00:00Z")
        #expect(try InstantText.format(#require(WidgetTime("-P1M")).resolved(nowNs: now)) == "2024-02-29T10:00:00Z")
    }

    @Test(
        "other texts are no times",
        arguments: [
            "", "P", "-P", "-PT", "-P1", "-P1DT", "-PT1D", "-P1H", "-P1H2", "-PT1H1H", "-PT1M1H", "PT1.5H", "--PT1H",
            "1795348800", "now", "-P9999999999D", "-P99999Y", "2026-13-01", "-pt3h",
        ])
    func noTimes(text: String) {
        #expect(WidgetTime(text) == nil)
    }

    @Test("times at the ends of the calendar stay inside of it")
    func ends() {
        for now in [Int64.min, .max, 0] {
            for text in ["-P1000Y", "P1000Y", "-P999999999D", "P106751D"] {
                if let time = WidgetTime(text) { _ = time.resolved(nowNs: now) }
            }
        }
        #expect(WidgetTime("-P1000Y")?.resolved(nowNs: 0) == .min)
    }
}
