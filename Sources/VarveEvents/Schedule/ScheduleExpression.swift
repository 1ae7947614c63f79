package import VarveModel

/// When a rule of the event bus runs by itself: `rate(5 minutes)` or `cron(0 18 ? * MON-FRI *)`, in UTC.
package enum ScheduleExpression: Equatable, Sendable {
    /// Every so many nanoseconds from the time at which the rule was made.
    case rate(periodNs: Int64)
    /// Six fields.
    case cron(CronExpression)

    /// Longest text.
    static let lengthMax = 256

    /// - Throws: `ValidationException` with the service's message.
    package static func parse(_ text: String) throws(EventRefusal) -> ScheduleExpression {
        if let inner = Self.inner(of: text, function: "rate"), let period = rate(inner) {
            return .rate(periodNs: period)
        }
        if let inner = Self.inner(of: text, function: "cron"), let cron = CronExpression(sixFields: inner) {
            return .cron(cron)
        }
        throw .invalid(parameter: "ScheduleExpression")
    }

    /// The first time after `afterNs`; nil when there is none any more.
    /// - Parameter anchorNs: when the rule was made; the first run of a rate is one period later.
    package func next(afterNs: Int64, anchorNs: Int64) -> Int64? {
        switch self {
        case .cron(let cron): return cron.next(afterNs: afterNs)
        case .rate(let periodNs):
            let elapsed = Int128(afterNs) - Int128(anchorNs)
            let periods = elapsed < 0 ? 1 : elapsed / Int128(periodNs) + 1
            return Int64(exactly: Int128(anchorNs) + periods * Int128(periodNs))
        }
    }

    /// What stands between the parentheses of `function(…)`.
    static func inner(of text: String, function: String) -> Substring? {
        guard text.utf8.count <= lengthMax, text.hasPrefix(function + "("), text.hasSuffix(")") else { return nil }
        return text.dropFirst(function.count + 1).dropLast()
    }

    private static let units: [(name: String, ns: Int64)] = [
        ("minute", Nanoseconds.perMinute), ("hour", Nanoseconds.perHour), ("day", Nanoseconds.perDay),
    ]

    /// `N unit`, the unit in the singular exactly for 1.
    private static func rate(_ text: Substring) -> Int64? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, words[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int64(words[0]),
            value >= 1
        else { return nil }
        guard let unit = units.first(where: { $0.name + (value == 1 ? "" : "s") == words[1] }) else { return nil }
        let (period, overflow) = value.multipliedReportingOverflow(by: unit.ns)
        return overflow ? nil : period
    }
}

/// When a mute window begins: `cron(min hour dom month dow)` or `at(yyyy-MM-ddThh:mm)`, in a time zone.
package enum MuteSchedule: Equatable, Sendable {
    /// Five fields.
    case cron(CronExpression)
    /// Seconds since 1970-01-01T00:00 as clocks show them.
    case at(local: Int64)

    /// - Throws: `ValidationException`.
    package static func parse(_ text: String) throws(EventRefusal) -> MuteSchedule {
        if text.hasPrefix("at(") {
            guard let inner = ScheduleExpression.inner(of: text, function: "at"), let local = LocalTimeText.parse(inner)
            else { throw .validation("At expressions must be a valid date in 'yyyy-MM-ddThh:mm' format") }
            return .at(local: local)
        }
        guard let inner = ScheduleExpression.inner(of: text, function: "cron"),
            let cron = CronExpression(fiveFields: inner)
        else {
            throw .validation(
                "Schedule expressions must be 'cron(minutes hours day-of-month month day-of-week)' with only * , -"
                    + ", or 'at(yyyy-MM-ddThh:mm)'")
        }
        return .cron(cron)
    }

    /// The beginning of the first window after `afterNs`; nil when there is none any more.
    package func next(afterNs: Int64, in zone: TimeZoneRules) -> Int64? {
        switch self {
        case .cron(let cron): return cron.next(afterNs: afterNs, in: zone)
        case .at(let local):
            let (start, overflow) = zone.resolve(local: local).instant
                .multipliedReportingOverflow(by: Nanoseconds.perSecond)
            return !overflow && start > afterNs ? start : nil
        }
    }

    /// The window that is open at `nowNs`, of several the one that ends first: at its end the next one is found open.
    /// - Parameter durationNs: how long a window is open, positive.
    package func window(at nowNs: Int64, durationNs: Int64, in zone: TimeZoneRules) -> TimeRange? {
        guard let start = next(afterNs: nowNs &- durationNs < nowNs ? nowNs - durationNs : .min, in: zone),
            start <= nowNs
        else { return nil }
        let (end, overflow) = start.addingReportingOverflow(durationNs)
        return TimeRange(start: start, end: overflow ? .max : end)
    }
}

/// `yyyy-MM-ddThh:mm`: a minute on the wall, without a zone.
package enum LocalTimeText {
    /// Seconds since 1970-01-01T00:00 as clocks show them; nil when there is no such minute.
    package static func parse(_ text: some StringProtocol) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count == 16, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]),
            (1...12).contains(month), (1...CivilDate.daysInMonth(year: year, month: month)).contains(day),
            hour < 24, minute < 60
        else { return nil }
        return CivilDate.days(year: year, month: month, day: day) * 86_400 + hour * 3_600 + minute * 60
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - 0x30)
        }
        return value
    }
}

/// How long a mute window is open: an ISO 8601 duration from `PT1M` to `P15D`.
package enum MuteDuration {
    private static let rangeNs = Nanoseconds.perMinute...(15 * Nanoseconds.perDay)

    /// Nanoseconds. Weeks stand alone; years and months have no fixed length and are refused.
    /// - Throws: `ValidationException`.
    package static func parse(_ text: String) throws(EventRefusal) -> Int64 {
        guard let duration = read(text), rangeNs.contains(duration) else {
            throw .validation("Duration must be an ISO 8601 duration between PT1M and P15D")
        }
        return duration
    }

    private static func read(_ text: String) -> Int64? {
        guard text.hasPrefix("P"), text.utf8.count <= 32 else { return nil }
        let parts = text.dropFirst().split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 1, parts[0].hasSuffix("W") { return sum(parts[0], [("W", Nanoseconds.perWeek)]) }
        let time: [(Character, Int64)] = [
            ("H", Nanoseconds.perHour), ("M", Nanoseconds.perMinute), ("S", Nanoseconds.perSecond),
        ]
        guard parts.count == 2 else { return sum(parts[0], [("D", Nanoseconds.perDay)]) }
        guard let ofDay = sum(parts[1], time) else { return nil }
        if parts[0].isEmpty { return ofDay }
        return sum(parts[0], [("D", Nanoseconds.perDay)]).flatMap { days in
            let (total, overflow) = days.addingReportingOverflow(ofDay)
            return overflow ? nil : total
        }
    }

    /// Numbers with units, each unit at most once and in this order; at least one.
    private static func sum(_ text: Substring, _ units: [(unit: Character, ns: Int64)]) -> Int64? {
        var rest = text
        var total: Int64 = 0
        guard !text.isEmpty else { return nil }
        for (unit, ns) in units {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            guard !digits.isEmpty, rest.dropFirst(digits.count).first == unit else { continue }
            guard let value = Int64(digits) else { return nil }
            let (part, tooLarge) = value.multipliedReportingOverflow(by: ns)
            let (added, overflow) = total.addingReportingOverflow(part)
            guard !tooLarge, !overflow else { return nil }
            total = added
            rest = rest.dropFirst(digits.count + 1)
        }
        return rest.isEmpty ? total : nil
    }
}
