import Testing
import VarveEvents
import VarveModel

@Suite struct ScheduleTests {
    private func next(_ text: String, after: Int64, count: Int = 1) throws -> [Int64] {
        let schedule = try ScheduleExpression.parse(text)
        var times: [Int64] = []
        var last = after
        while times.count < count, let time = schedule.next(afterNs: last, anchorNs: 0) {
            times.append(time)
            last = time
        }
        return times
    }

    @Test(
        "expressions that the service takes are taken",
        arguments: [
            "cron(0/15 * * * ? *)", "cron(0 18 ? * MON-FRI *)", "cron(15 10 ? * 6L 2002-2005)", "cron(0 2 ? * SAT#3 *)",
            "cron(0 12 * * ? *)", "cron(15 12 * * ? *)", "cron(0 8 1 * ? *)", "cron(0/5 8-17 ? * MON-FRI *)",
            "cron(0 9 ? * 2#1 *)",
            "cron(0 0 L * ? *)", "cron(0 0 LW * ? *)", "cron(0 0 15W JAN,jul ? *)", "cron(0 0 ? * L *)",
            "cron(*/10 22-2 ? * SAT-MON *)",
            "rate(1 minute)", "rate(5 minutes)", "rate(1 hour)", "rate(2 hours)", "rate(1 day)", "rate(30 days)",
        ])
    func valid(expression: String) { #expect(throws: Never.self) { try ScheduleExpression.parse(expression) } }

    @Test(
        "others are refused in the service's words",
        arguments: [
            "cron(0 1 * * * *)", "cron(71 8 1 * ? *)", "cron(7 20 * * NOT *)", "cron(0 1 ? * ? *)", "cron(0 1 * * ?)",
            "cron()",
            "cron(0 24 * * ? *)", "cron(0 1 0 * ? *)", "cron(0 1 32 * ? *)", "cron(0 1 * 13 ? *)", "cron(0 1 ? * 8 *)",
            "cron(0 1 ? * 0 *)",
            "cron(0 1 ? * SAT#6 *)", "cron(0 1 ? * SAT#0 *)", "cron(0 1 ? * #3 *)", "cron(0 1 * * ? 1969)",
            "cron(0 1 * * ? 2200)",
            "cron(0 1 * * ? 2005-2002)", "cron(0/0 1 * * ? *)", "cron(0/60 1 * * ? *)", "cron(,1 1 * * ? *)",
            "cron(1-2-3 1 * * ? *)",
            "cron(0 1 32W * ? *)", "cron(0 1 W * ? *)", "cron(L 1 * * ? *)", "cron(? 1 * * ? *)", "cron(0 1 ? * L#2 *)",
            "cron(-1 1 * * ? *)",
            "cron(0 1 * * ? *", "CRON(0 1 * * ? *)", "rate(1 minutes)", "rate(2 minute)", "rate(0 minutes)",
            "rate(-1 minutes)", "rate(5 seconds)",
            "rate(5minutes)", "rate(5 minutes )", "rate(+5 minutes)", "rate(99999999999999 days)", "rate(5.5 hours)",
            "rate()", "", "every day",
        ])
    func invalid(expression: String) {
        let refused = refusal { _ = try ScheduleExpression.parse(expression) }
        #expect(
            refused == EventRefusal(code: "ValidationException", message: "Parameter ScheduleExpression is not valid."))
    }

    @Test("a rate counts from when it was made")
    func rate() throws {
        let schedule = try ScheduleExpression.parse("rate(5 minutes)")
        let anchor = instant(2026, 3, 1, 10, 0, 7)
        let period = 300 * second
        #expect(schedule.next(afterNs: anchor, anchorNs: anchor) == anchor + period)
        #expect(schedule.next(afterNs: anchor - 5, anchorNs: anchor) == anchor + period)
        #expect(schedule.next(afterNs: anchor + period - 1, anchorNs: anchor) == anchor + period)
        #expect(schedule.next(afterNs: anchor + period, anchorNs: anchor) == anchor + 2 * period)
        #expect(schedule.next(afterNs: .max, anchorNs: anchor) == nil)
    }

    /// Dates by looking at a calendar. 2028-01-01 is a Saturday, 2028-01-15 too; 2028-04-30 and 2028-01-30 are Sundays.
    private static let dayRows: [(String, String)] = [
        ("cron(0 0 L * ? *)", "2027-12-31 2028-01-31 2028-02-29"),
        ("cron(0 0 31 * ? *)", "2027-12-31 2028-01-31 2028-03-31"),
        ("cron(0 0 29 2 ? *)", "2028-02-29 2032-02-29"),
        ("cron(0 0 29 2 ? 2096-2105)", "2096-02-29 2104-02-29"),
        ("cron(0 0 1W 1 ? *)", "2028-01-03 2029-01-01"),
        ("cron(0 0 15W 1 ? *)", "2028-01-14 2029-01-15"),
        ("cron(0 0 16W 1 ? *)", "2028-01-17"),
        ("cron(0 0 30W 4 ? *)", "2028-04-28"),
        ("cron(0 0 LW 4 ? *)", "2028-04-28"),
        ("cron(0 0 31W 4 ? *)", ""),
        ("cron(0 0 ? 1 6L *)", "2028-01-28 2029-01-26"),
        ("cron(0 0 ? 2 SAT#3 *)", "2028-02-19 2029-02-17"),
        ("cron(0 0 ? 2 3#5 *)", "2028-02-29"),
        ("cron(0 0 ? * L *)", "2027-12-04 2027-12-11"),
        ("cron(0 0 ? 1 SAT-MON 2028)", "2028-01-01 2028-01-02 2028-01-03 2028-01-08"),
        ("cron(0 0 30 2 ? *)", ""),
        ("cron(0 0 1 1 ? 2002-2005)", ""),
    ]

    @Test("days of months and weeks", arguments: dayRows)
    func days(expression: String, dates: String) throws {
        let expected: [Int64] = dates.split(separator: " ").map { date in
            let parts = date.split(separator: "-").compactMap { Int($0) }
            return instant(parts[0], parts[1], parts[2])
        }
        let times = try next(expression, after: instant(2027, 12, 1), count: max(expected.count, 1))
        #expect(Array(times.prefix(expected.count)) == expected)
        if expected.isEmpty { #expect(times.isEmpty) }
    }

    @Test("the end of the calendar is the end of a schedule")
    func ends() throws {
        #expect(try next("cron(59 23 31 12 ? 2199)", after: 0, count: 2) == [instant(2199, 12, 31, 23, 59)])
        #expect(try next("cron(0 0 1 1 ? *)", after: instant(2199, 1, 1)) == [])
        #expect(try next("cron(* * * * ? *)", after: .min) == [0])
        #expect(try next("cron(* * * * ? *)", after: .max) == [])
    }

    private static let durationRows: [(String, Int64?)] = [
        ("PT1M", 60), ("PT90S", 90), ("PT1H30M", 5_400), ("P1D", 86_400), ("P15D", 1_296_000),
        ("P14DT23H60M", 1_296_000),
        ("P2W", 1_209_600), ("PT24H", 86_400), ("PT59S", nil), ("P15DT1S", nil), ("P16D", nil), ("P3W", nil),
        ("P1M", nil), ("P1Y", nil), ("PT", nil),
        ("P", nil), ("", nil), ("1H", nil), ("PT1H1H", nil), ("PT1M1H", nil), ("P1W1D", nil), ("PT1.5H", nil),
        ("P-1D", nil), ("P1DT", nil),
        ("PT99999999999999999999H", nil), ("pt1m", nil),
    ]

    @Test("durations of mute windows", arguments: durationRows)
    func durations(text: String, seconds: Int64?) {
        #expect((try? MuteDuration.parse(text)) == seconds.map { $0 * second })
    }

    private static let muteRows: [(String, Bool)] = [
        ("cron(0 2 * * *)", true), ("cron(0,30 1-5 1 JAN-MAR SUN,MON)", true), ("cron(0 0 * * 7)", true),
        ("at(2026-03-29T02:30)", true),
        ("cron(0/5 * * * *)", false), ("cron(0 2 ? * *)", false), ("cron(0 2 L * *)", false),
        ("cron(0 2 * * * *)", false), ("cron(0 0 * * 8)", false),
        ("cron(0 0 * * SAT#1)", false), ("rate(1 day)", false), ("", false),
    ]

    @Test("mute schedules have five fields without steps, or one time", arguments: muteRows)
    func muteSchedules(text: String, isValid: Bool) {
        #expect((refusal { _ = try MuteSchedule.parse(text) } == nil) == isValid)
    }

    @Test(
        "a bad time is named",
        arguments: [
            "at(2026-02-29T00:00)", "at(2026-13-01T00:00)", "at(2026-01-01T24:00)", "at(2026-01-01T00:60)",
            "at(2026-01-01)", "at(2026-01-01T00:00:00)",
            "at(2026-01-01 00:00)", "at()", "at(2026-00-10T00:00)", "at(2026-1-01T000:00)", "at(2026-01-01T00:00",
        ])
    func badTimes(text: String) {
        #expect(
            refusal { _ = try MuteSchedule.parse(text) }?.message
                == "At expressions must be a valid date in 'yyyy-MM-ddThh:mm' format")
    }

    @Test("of two restricted day fields either one is enough, as in other crons")
    func eitherDay() throws {
        let schedule = try MuteSchedule.parse("cron(0 0 13 * FRI)")
        // March 2026: the 13th is a Friday; April 2026: the 13th is a Monday.
        var time = instant(2026, 3, 7)
        var days: [Int64] = []
        for _ in 0..<8 {
            time = try #require(schedule.next(afterNs: time, in: .utc))
            days.append(time)
        }
        let march: [Int64] = [13, 20, 27].map { instant(2026, 3, $0) }
        let april: [Int64] = [3, 10, 13, 17, 24].map { instant(2026, 4, $0) }
        #expect(days == march + april)
    }

    @Test("a window is open from its beginning up to its end")
    func windows() throws {
        let schedule = try MuteSchedule.parse("cron(0 2 * * *)")
        let start = instant(2026, 3, 1, 2)
        let hour = 3_600 * second
        func open(_ time: Int64, _ duration: Int64) -> [Int64]? {
            schedule.window(at: time, durationNs: duration, in: .utc).map { [$0.start, $0.end] }
        }
        #expect(open(start - 1, hour) == nil)
        #expect(open(start, hour) == [start, start + hour])
        #expect(open(start + hour - 1, hour) == [start, start + hour])
        #expect(open(start + hour, hour) == nil)
        // Windows longer than a day overlap; the one that ends first is named.
        #expect(open(start, 30 * hour) == [start - 24 * hour, start + 6 * hour])
        let once = try MuteSchedule.parse("at(2026-03-01T02:00)")
        #expect(once.next(afterNs: start, in: .utc) == nil)
        #expect(once.window(at: start + 1, durationNs: hour, in: .utc)?.end == start + hour)
    }
}
