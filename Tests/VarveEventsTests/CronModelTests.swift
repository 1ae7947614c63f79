import Testing
import VarveEvents

/// A random expression with the sets that it means, which are made first and never read from its text.
private struct RandomCron {
    var text = ""
    var minutes: Set<Int>
    var hours: Set<Int>
    var months: Set<Int>
    var years: Set<Int>
    /// Whether a day is meant: year, month, day, its weekday from 0 for Sunday.
    var isDay: DayTest

    typealias DayTest = (_ year: Int, _ month: Int, _ day: Int, _ weekday: Int) -> Bool

    private static let weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
    private static let months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]

    private static func field(
        _ range: ClosedRange<Int>, _ random: inout SeededGenerator, steps: Bool, names: [Int: String] = [:]
    ) -> (String, Set<Int>) {
        func spelled(_ value: Int, _ random: inout SeededGenerator) -> String {
            random.chance(50) ? names[value] ?? "\(value)" : "\(value)"
        }
        if random.chance(25) { return ("*", Set(range)) }
        var items: [String] = []
        var values: Set<Int> = []
        for _ in 0...random.below(2) {
            let first = Int.random(in: range, using: &random)
            let last = Int.random(in: first...range.upperBound, using: &random)
            let step = Int.random(in: 1...max(range.upperBound, 1), using: &random)
            switch random.below(steps ? 5 : 2) {
            case 0:
                items.append(spelled(first, &random))
                values.insert(first)
            case 1:
                items.append(spelled(first, &random) + "-" + spelled(last, &random))
                values.formUnion(first...last)
            case 2:
                items.append("\(first)/\(step)")
                values.formUnion(stride(from: first, through: range.upperBound, by: step))
            case 3:
                items.append("\(first)-\(last)/\(step)")
                values.formUnion(stride(from: first, through: last, by: step))
            default:
                items.append("*/\(step)")
                values.formUnion(stride(from: range.lowerBound, through: range.upperBound, by: step))
            }
        }
        return (items.joined(separator: ","), values)
    }

    init(_ random: inout SeededGenerator, fields: Int) {
        let steps = fields == 6
        let minute = Self.field(0...59, &random, steps: steps)
        let hour = Self.field(0...23, &random, steps: steps)
        let monthNames = Dictionary(uniqueKeysWithValues: zip(1...12, Self.months))
        let month = Self.field(1...12, &random, steps: steps, names: monthNames)
        (minutes, hours, months, years) = (minute.1, hour.1, month.1, Set(1970...2199))
        if steps {
            let (day, weekday, test) = Self.daysOfSix(&random)
            isDay = test
            text = "\(minute.0) \(hour.0) \(day) \(month.0) \(weekday) *"
        } else {
            let (dayText, days) = Self.field(1...31, &random, steps: false)
            let (weekdayText, weekdays) = Self.field(0...6, &random, steps: false)
            let isOpen = dayText == "*" || weekdayText == "*"
            let test: DayTest = { _, _, day, weekday in
                let byDay = days.contains(day)
                let byWeekday = weekdays.contains(weekday)
                return isOpen ? byDay && byWeekday : byDay || byWeekday
            }
            isDay = test
            text = "\(minute.0) \(hour.0) \(dayText) \(month.0) \(weekdayText)"
        }
    }

    private static func daysOfSix(_ random: inout SeededGenerator) -> (String, String, DayTest) {
        let planned = Int.random(in: 1...31, using: &random)
        let asked = random.below(7)
        let count = 1 + random.below(5)
        var dayText = "?"
        var weekdayText = "?"
        let test: DayTest
        switch random.below(7) {
        case 0:
            dayText = "L"
            test = { year, month, day, _ in day == NaiveCalendar.length(year, month) }
        case 1:
            dayText = "\(planned)W"
            test = { year, month, day, _ in day == nearest(planned, year, month) }
        case 2:
            dayText = "LW"
            test = { year, month, day, _ in day == nearest(NaiveCalendar.length(year, month), year, month) }
        case 3:
            weekdayText = "\(asked + 1)L"
            test = { year, month, day, weekday in weekday == asked && day + 7 > NaiveCalendar.length(year, month) }
        case 4:
            weekdayText = "\(weekdays[asked])#\(count)"
            test = { _, _, day, weekday in weekday == asked && (day - 1) / 7 + 1 == count }
        case 5:
            let names = Dictionary(uniqueKeysWithValues: zip(1...7, weekdays))
            let (text, values) = field(1...7, &random, steps: true, names: names)
            weekdayText = text
            test = { _, _, _, weekday in values.contains(weekday + 1) }
        default:
            let (text, values) = field(1...31, &random, steps: true)
            dayText = text
            test = { _, _, day, _ in values.contains(day) }
        }
        return (dayText, weekdayText, test)
    }

    /// The day from Monday to Friday of the month that is least far away; nil where there is no such day.
    private static func nearest(_ day: Int, _ year: Int, _ month: Int) -> Int? {
        guard day <= NaiveCalendar.length(year, month) else { return nil }
        let candidates = (1...NaiveCalendar.length(year, month)).filter { other in
            (1...5).contains(NaiveCalendar.weekday(NaiveCalendar.days(year, month, other)))
        }
        return candidates.min { abs($0 - day) < abs($1 - day) }
    }

    func contains(_ local: Int64) -> Bool {
        minutes.contains(Int(local / 60 % 60)) && hours.contains(Int(local / 3_600 % 24))
            && contains(day: local / 86_400)
    }

    func contains(day days: Int64) -> Bool {
        var year = 1970 + Int(days / 366)
        while NaiveCalendar.days(year + 1, 1, 1) <= days { year += 1 }
        var month = 1
        while month < 12, NaiveCalendar.days(year, month + 1, 1) <= days { month += 1 }
        let day = Int(days - NaiveCalendar.days(year, month, 1)) + 1
        return months.contains(month) && years.contains(year) && isDay(year, month, day, NaiveCalendar.weekday(days))
    }
}

@Suite struct CronModelTests {
    private static let rules = [
        "UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
        "CST5CDT,M3.2.0/0,M11.1.0/1",
        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
    ]

    /// Minute by minute: what is planned for a local time happens when clocks first show it, and what they jump over
    /// happens at the jump.
    private static func scan(_ cron: RandomCron, _ zone: TimeZoneRules, after: Int64, until: Int64) -> Int64? {
        // The zones of this test change at whole half hours.
        var offsets: [Int64: Int64] = [:]
        func offset(at instant: Int64) -> Int64 {
            let halfHour = instant - instant % 1_800
            if let known = offsets[halfHour] { return known }
            offsets[halfHour] = zone.offset(at: halfHour)
            return zone.offset(at: halfHour)
        }
        var shown: Set<Int64> = []
        let first = after + 60 - after % 60
        for time in stride(from: first - 7_200, to: first, by: 60) { shown.insert(time + offset(at: time)) }
        for time in stride(from: first, through: until, by: 60) {
            let (before, now) = (offset(at: time - 60), offset(at: time))
            for local in stride(from: time + before, to: time + now, by: 60) where cron.contains(local) { return time }
            if shown.insert(time + now).inserted, cron.contains(time + now) { return time }
        }
        return nil
    }

    @Test("six fields in UTC: the next time is what a scan of the minutes finds", arguments: UInt64(0)..<40)
    func sixFields(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<10 {
            let cron = RandomCron(&random, fields: 6)
            let compiled = try #require(CronExpression(sixFields: cron.text), "\(cron.text)")
            let after = instant(2024, 1, 1) / second + Int64(random.below(5 * 365 * 86_400))
            let until = after + 3 * 86_400
            var expected: Int64?
            var isDay: [Int64: Bool] = [:]
            for time in stride(from: after + 60 - after % 60, through: until, by: 60) {
                if isDay[time / 86_400] == nil { isDay[time / 86_400] = cron.contains(day: time / 86_400) }
                guard isDay[time / 86_400] == true, cron.contains(time) else { continue }
                expected = time
                break
            }
            let found = compiled.next(afterNs: after * second).map { $0 / second }
            #expect(found.flatMap { $0 <= until ? $0 : nil } == expected, "\(cron.text) after \(after)")
            // Whatever lies further ahead is at least a time that the expression means.
            if let found { #expect(cron.contains(found), "\(cron.text)") }
        }
    }

    @Test("five fields in zones: also across changes of the clocks", arguments: UInt64(0)..<40)
    func fiveFields(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let zone = try ZoneFile.rule(random.pick(Self.rules))
        let changes = [
            instant(2026, 3, 7), instant(2026, 3, 28), instant(2026, 10, 24), instant(2026, 10, 31),
            instant(2026, 4, 4), instant(2026, 10, 3),
        ]
        for _ in 0..<6 {
            var cron = RandomCron(&random, fields: 5)
            if random.chance(60) {
                // Every day between midnight and four, where clocks change.
                let (minute, hour) = (random.below(60), random.below(4))
                cron.text = "\(minute) \(hour) * * *"
                cron.minutes = [minute]
                cron.hours = [hour]
                cron.months = Set(1...12)
                cron.isDay = { _, _, _, _ in true }
            }
            let compiled = try #require(CronExpression(fiveFields: cron.text), "\(cron.text)")
            let after = random.pick(changes) / second + Int64(random.below(2 * 86_400))
            let until = after + 86_400
            let found = compiled.next(afterNs: after * second, in: zone).map { $0 / second }
            let expected = Self.scan(cron, zone, after: after, until: until)
            #expect(found.flatMap { $0 <= until ? $0 : nil } == expected, "\(cron.text) after \(after)")
        }
    }

    @Test("what clocks jump over happens at the jump, what they show twice the first time only")
    func changes() throws {
        let zone = try ZoneFile.rule("CET-1CEST,M3.5.0,M10.5.0/3")
        func times(_ text: String, after: Int64, count: Int) throws -> [Int64] {
            let cron = try #require(CronExpression(fiveFields: text))
            var result = [after]
            while result.count <= count {
                result.append(try #require(cron.next(afterNs: result[result.count - 1], in: zone)))
            }
            return Array(result.dropFirst())
        }
        #expect(
            try times("30 2 * * *", after: instant(2026, 3, 27, 12), count: 3)
                == [instant(2026, 3, 28, 1, 30), instant(2026, 3, 29, 1), instant(2026, 3, 30, 0, 30)])
        #expect(
            try times("30 2 * * *", after: instant(2026, 10, 24, 12), count: 2)
                == [instant(2026, 10, 25, 0, 30), instant(2026, 10, 26, 1, 30)])
        // Every half hour: at the jump once, and nothing in the hour that comes again.
        #expect(
            try times("0,30 * * * *", after: instant(2026, 3, 29, 0, 30), count: 2)
                == [instant(2026, 3, 29, 1), instant(2026, 3, 29, 1, 30)])
        #expect(
            try times("0,30 * * * *", after: instant(2026, 10, 25, 0), count: 3)
                == [instant(2026, 10, 25, 0, 30), instant(2026, 10, 25, 2), instant(2026, 10, 25, 2, 30)])
    }
}
