import VarveModel

/// The two day fields of a cron expression: which days of a month are meant.
struct CronDays: Equatable, Sendable {
    /// How the two fields go together.
    enum Combination: Equatable, Sendable {
        /// One of the two is `?`.
        case dayOfMonth, dayOfWeek
        /// Five fields, both restricted: a day that either one means.
        case either
    }

    var combination = Combination.dayOfMonth
    /// Bit n: day n.
    var days: UInt64 = 0
    /// `L`.
    var hasLastDay = false
    /// `LW`.
    var hasLastWeekday = false
    /// `nW`, bit n: the weekday nearest to day n.
    var nearestWeekdays: UInt64 = 0
    /// Bit d: every weekday d, 0 is Sunday.
    var weekdays: UInt64 = 0
    /// `dL`, bit d: the last weekday d of the month.
    var lastWeekdays: UInt64 = 0
    /// `d#k`, bit 7k + d: weekday d for the k-th time.
    var countedWeekdays: UInt64 = 0

    /// The days of one month, bit n for day n. O(fields).
    func mask(year: Int64, month: Int64) -> UInt64 {
        let length = Int(CivilDate.daysInMonth(year: year, month: month))
        let first = CivilDate.days(year: year, month: month, day: 1)
        // 1970-01-01 was a Thursday.
        let weekdayOfFirst = Int((first + 4) - (first + 4).flooredQuotient(by: 7) * 7)
        let month = Month(length: length, weekdayOfFirst: weekdayOfFirst)
        return switch combination {
        case .dayOfMonth: daysOfMonth(month)
        case .dayOfWeek: daysOfWeek(month)
        case .either: daysOfMonth(month) | daysOfWeek(month)
        }
    }

    private struct Month {
        var length: Int
        /// 0 is Sunday.
        var weekdayOfFirst: Int

        func weekday(_ day: Int) -> Int { (weekdayOfFirst + day - 1) % 7 }

        /// The nearest day from Monday to Friday in the same month.
        func nearestWeekday(_ day: Int) -> Int {
            switch weekday(day) {
            case 6: day == 1 ? 3 : day - 1
            case 0: day == length ? day - 2 : day + 1
            default: day
            }
        }
    }

    private func daysOfMonth(_ month: Month) -> UInt64 {
        var result = days & ((2 << UInt64(month.length)) - 2)
        if hasLastDay { result |= 1 << UInt64(month.length) }
        if hasLastWeekday { result |= 1 << UInt64(month.nearestWeekday(month.length)) }
        var day = 0
        while let next = nearestWeekdays.firstBit(from: day + 1), next <= month.length {
            result |= 1 << UInt64(month.nearestWeekday(next))
            day = next
        }
        return result
    }

    private func daysOfWeek(_ month: Month) -> UInt64 {
        var result: UInt64 = 0
        for day in 1...month.length {
            let weekday = month.weekday(day)
            let isMeant =
                weekdays.hasBit(weekday) || countedWeekdays.hasBit(7 * ((day + 6) / 7) + weekday)
                || (day + 7 > month.length && lastWeekdays.hasBit(weekday))
            if isMeant { result |= 1 << UInt64(day) }
        }
        return result
    }
}

extension CronDays {
    /// Six fields: exactly one of the two is `?`.
    init?(dayOfMonth: Substring, dayOfWeek: Substring) {
        guard (dayOfMonth == "?") != (dayOfWeek == "?") else { return nil }
        combination = dayOfWeek == "?" ? .dayOfMonth : .dayOfWeek
        let text = dayOfWeek == "?" ? dayOfMonth : dayOfWeek
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard combination == .dayOfMonth ? addDayOfMonth(item) : addDayOfWeek(item) else { return nil }
        }
    }

    /// Five fields without `?`: when both are restricted a day of either one is meant, as in other crons.
    init?(dayOfMonth: Substring, dayOfWeekFromZero: Substring) {
        let isEveryDate = dayOfMonth == "*"
        let isEveryWeekday = dayOfWeekFromZero == "*"
        combination = isEveryWeekday ? .dayOfMonth : isEveryDate ? .dayOfWeek : .either
        for item in dayOfMonth.split(separator: ",", omittingEmptySubsequences: false) {
            guard let values = CronField.dayOfMonth.values(item, allowsSteps: false) else { return nil }
            days |= UInt64(bits: values)
        }
        for item in dayOfWeekFromZero.split(separator: ",", omittingEmptySubsequences: false) {
            guard let values = CronField.dayOfWeekFromZero.values(item, allowsSteps: false) else { return nil }
            weekdays |= UInt64(bits: values.map { $0 % 7 })
        }
    }

    private mutating func addDayOfMonth(_ item: Substring) -> Bool {
        let text = item.uppercased()
        if text == "L" {
            hasLastDay = true
        } else if text == "LW" {
            hasLastWeekday = true
        } else if text.hasSuffix("W") {
            guard let day = CronField.dayOfMonth.value(text.dropLast()) else { return false }
            nearestWeekdays |= UInt64(bits: [day])
        } else {
            guard let values = CronField.dayOfMonth.values(item, allowsSteps: true) else { return false }
            days |= UInt64(bits: values)
        }
        return true
    }

    private mutating func addDayOfWeek(_ item: Substring) -> Bool {
        let text = item.uppercased()
        let field = CronField.dayOfWeek
        if text == "L" {
            // Alone it is the last day of the week, Saturday.
            weekdays |= 1 << 6
        } else if text.hasSuffix("L") {
            guard let weekday = field.value(text.dropLast()) else { return false }
            lastWeekdays |= UInt64(bits: [weekday - 1])
        } else if let hash = text.firstIndex(of: "#") {
            guard let weekday = field.value(text[..<hash]), let count = Int(text[text.index(after: hash)...]),
                text[text.index(after: hash)...].utf8.count == 1, (1...5).contains(count)
            else { return false }
            countedWeekdays |= UInt64(bits: [7 * count + weekday - 1])
        } else {
            guard let values = field.values(item, allowsSteps: true) else { return false }
            weekdays |= UInt64(bits: values.map { $0 - 1 })
        }
        return true
    }
}
