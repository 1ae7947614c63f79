import VarveModel

/// When something happens again and again by the calendar, to the minute.
///
/// Six fields (`cron(min hour dom month dow year)`, events) or five (`cron(min hour dom month dow)`, mute rules).
package struct CronExpression: Equatable, Sendable {
    /// Bit n: minute n.
    private var minutes: UInt64
    /// Bit n: hour n.
    private var hours: UInt64
    private var days: CronDays
    /// Bit n: month n.
    private var months: UInt64
    /// Ascending; from 1970 to 2199.
    private var years: [Int]

    /// Reads what stands between the parentheses: six fields with `, - * / ? L W #` and names. nil when it is none.
    package init?(sixFields text: some StringProtocol) {
        let fields = Substring(text).split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count == 6,
            let days = CronDays(dayOfMonth: fields[2], dayOfWeek: fields[4]),
            let years = Self.values(fields[5], .year)
        else { return nil }
        self.init(minute: fields[0], hour: fields[1], month: fields[3], days: days, allowsSteps: true)
        self.years = Array(Set(years)).sorted()
    }

    /// Reads what stands between the parentheses: five fields with `* - ,` and names. nil when it is none.
    package init?(fiveFields text: some StringProtocol) {
        let fields = Substring(text).split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count == 5, let days = CronDays(dayOfMonth: fields[2], dayOfWeekFromZero: fields[4]) else {
            return nil
        }
        self.init(minute: fields[0], hour: fields[1], month: fields[3], days: days, allowsSteps: false)
    }

    private init?(minute: Substring, hour: Substring, month: Substring, days: CronDays, allowsSteps: Bool) {
        guard let minutes = Self.values(minute, .minute, allowsSteps: allowsSteps),
            let hours = Self.values(hour, .hour, allowsSteps: allowsSteps),
            let months = Self.values(month, .month, allowsSteps: allowsSteps)
        else { return nil }
        self.minutes = UInt64(bits: minutes)
        self.hours = UInt64(bits: hours)
        self.months = UInt64(bits: months)
        self.days = days
        years = Array(CronField.year.range)
    }

    private static func values(_ text: Substring, _ field: CronField, allowsSteps: Bool = true) -> [Int]? {
        var result: [Int] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let values = field.values(item, allowsSteps: allowsSteps) else { return nil }
            result += values
        }
        return result
    }

    /// The first time after `afterNs`, nil when there is none any more.
    ///
    /// The fields are times on the wall. A time that clocks jump over happens at the instant of the jump, one that they
    /// show twice happens the first time only. O(months until then): whole months, days and hours are passed by.
    package func next(afterNs: Int64, in zone: TimeZoneRules = .utc) -> Int64? {
        let after = afterNs.flooredQuotient(by: Nanoseconds.perSecond)
        var local = after + zone.offset(at: after)
        while let candidate = nextLocal(after: local) {
            let time = zone.resolve(local: candidate)
            if time.instant > after { return instantNs(time.instant) }
            local = candidate
            // In the second pass of an hour that is shown twice nothing happens until it is over.
            if case .repeated(_, let overlapEnd) = time { local = max(local, overlapEnd - 1) }
        }
        return nil
    }

    private func instantNs(_ seconds: Int64) -> Int64? {
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: Nanoseconds.perSecond)
        return overflow ? nil : nanoseconds
    }

    /// The first local minute that the fields mean and that begins after the local second `local`.
    private func nextLocal(after local: Int64) -> Int64? {
        let minute = local.flooredQuotient(by: 60) + 1
        let day = minute.flooredQuotient(by: 1_440)
        let ofDay = Int(minute - day * 1_440)
        let date = CivilDate.civil(fromDays: day)
        if let year = years.first(where: { $0 >= Int(date.year) }), year == Int(date.year),
            months.hasBit(Int(date.month)),
            days.mask(year: date.year, month: date.month).hasBit(Int(date.day)), let time = timeOfDay(from: ofDay)
        {
            return day * 86_400 + Int64(time) * 60
        }
        guard let later = nextDay(after: date), let first = timeOfDay(from: 0) else { return nil }
        return later * 86_400 + Int64(first) * 60
    }

    /// Minutes since midnight, at or after `minute`.
    private func timeOfDay(from minute: Int) -> Int? {
        if hours.hasBit(minute / 60), let same = minutes.firstBit(from: minute % 60) { return minute / 60 * 60 + same }
        guard let hour = hours.firstBit(from: minute / 60 + 1), let first = minutes.firstBit(from: 0) else {
            return nil
        }
        return hour * 60 + first
    }

    /// Days since 1970 of the first day after `date`.
    private func nextDay(after date: (year: Int64, month: Int64, day: Int64)) -> Int64? {
        for year in years where year >= Int(date.year) {
            let isSameYear = year == Int(date.year)
            var month = isSameYear ? Int(date.month) : 1
            while let next = months.firstBit(from: month), next <= 12 {
                let isSameMonth = isSameYear && next == Int(date.month)
                let mask = days.mask(year: Int64(year), month: Int64(next))
                if let day = mask.firstBit(from: isSameMonth ? Int(date.day) + 1 : 1) {
                    return CivilDate.days(year: Int64(year), month: Int64(next), day: Int64(day))
                }
                month = next + 1
            }
        }
        return nil
    }
}
