import Testing
import VarveQuery
import VarveModel

@Suite struct TimeTextTests {
    @Test(
        "durations are read",
        arguments: [
            ("1ns", 1), ("5us", 5_000), ("500ms", 500_000_000), ("30s", 30_000_000_000), ("15m", 900_000_000_000),
            ("2h", 7_200_000_000_000), ("7d", 604_800_000_000_000), ("1w", 604_800_000_000_000),
            ("1h30m", 5_400_000_000_000), ("0s", 0), ("9223372036854775807ns", Int64.max),
        ])
    func durations(text: String, nanoseconds: Int64) {
        #expect(DurationText.parse(text) == nanoseconds)
        #expect(DurationText.parse(DurationText.format(nanoseconds)) == nanoseconds)
    }

    @Test(
        "what is not a duration is refused",
        arguments: [
            "", "5", "m", "5M", "1.5h", "5 m", "1h30", "9223372036854775808ns", "300000w", "-5m", "5min", "5mo",
        ])
    func notDurations(text: String) { #expect(DurationText.parse(text) == nil) }

    // Seconds from `date -u -d … +%s`.
    @Test(
        "instants are read and written",
        arguments: [
            ("1970-01-01", 0, "1970-01-01T00:00:00Z"),
            ("2026-11-22T00:00:00Z", 1_795_305_600_000_000_000, "2026-11-22T00:00:00Z"),
            ("2024-02-29T12:34:56.789Z", 1_709_210_096_789_000_000, "2024-02-29T12:34:56.789Z"),
            ("1969-12-31T23:59:59Z", -1_000_000_000, "1969-12-31T23:59:59Z"),
            ("2026-11-22T01:30+01:30", 1_795_305_600_000_000_000, "2026-11-22T00:00:00Z"),
            ("2026-11-21t19:00:00-0500", 1_795_305_600_000_000_000, "2026-11-22T00:00:00Z"),
            ("2026-11-22 00:00:00.000000001", 1_795_305_600_000_000_001, "2026-11-22T00:00:00.000000001Z"),
            ("1795305600", 1_795_305_600_000_000_000, "2026-11-22T00:00:00Z"),
            ("1795305600000", 1_795_305_600_000_000_000, "2026-11-22T00:00:00Z"),
            ("1795305600000000", 1_795_305_600_000_000_000, "2026-11-22T00:00:00Z"),
            ("1795305600000000000", 1_795_305_600_000_000_000, "2026-11-22T00:00:00Z"),
            ("2262-04-11T23:47:16.854775807Z", Int64.max, "2262-04-11T23:47:16.854775807Z"),
            ("1677-09-21T00:12:43.145224192Z", Int64.min, "1677-09-21T00:12:43.145224192Z"),
        ])
    func instants(text: String, timestampNs: Int64, canonical: String) throws {
        #expect(try InstantText.parse(text) == timestampNs)
        #expect(InstantText.format(timestampNs) == canonical)
    }

    @Test(
        "what is not an instant is refused",
        arguments: [
            "", "x", "2026", "2026-13-01", "2026-00-01", "2026-02-29", "2026-11-22T", "2026-11-22T24:00",
            "2026-11-22T10",
            "2026-11-22T10:60", "2026-11-22T10:00:60", "2026-11-22T10:00:00.", "2026-11-22T10:00:00.1234567890",
            "2026-11-22T10:00:00X", "2026-11-22T10:00:00+", "2262-04-11T23:47:16.854775808Z", "99999999999999999999",
            "900",
            "９８７６５４３２１０",
        ])
    func notInstants(text: String) { #expect(throws: InstantText.Problem.self) { try InstantText.parse(text) } }

    @Test("every day from 1678 to 2261 is written and read back as the day after the one before")
    func allDays() throws {
        let dayNs: Int64 = 86_400_000_000_000
        var timestampNs = try InstantText.parse("1678-01-01")
        var previous = ""
        while timestampNs < 9_180_000_000_000_000_000 {
            let text = InstantText.format(timestampNs)
            #expect(text > previous && text.hasSuffix("T00:00:00Z"))
            #expect(try InstantText.parse(text) == timestampNs)
            previous = text
            // Prime, so that all days of month, months and leap years come up.
            timestampNs += 7 * dayNs
        }
    }
}
