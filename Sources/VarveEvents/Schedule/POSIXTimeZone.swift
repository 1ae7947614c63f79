import VarveModel

/// The rule for all later years that ends a zone file: a POSIX `TZ` string with RFC 9636's extension (hours of a change
/// from -167 to 167).
struct POSIXTimeZone: Equatable, Sendable {
    /// A day of each year.
    enum Day: Equatable, Sendable {
        /// `Jn`, 1 to 365; February 29 is never counted.
        case julian(Int64)
        /// `n`, 0 to 365; February 29 is counted.
        case dayOfYear(Int64)
        /// `Mm.w.d`: weekday d (0 is Sunday) of week w (5 is the last) of month m.
        case weekday(month: Int64, week: Int64, weekday: Int64)
    }

    /// When clocks change in each year.
    struct Change: Equatable, Sendable {
        var day: Day
        /// Seconds after midnight of that day, as clocks show them before the change; may be negative.
        var seconds: Int64
    }

    /// Summer time.
    struct Daylight: Equatable, Sendable {
        /// Seconds east of UTC.
        var offset: Int64
        var start: Change
        var end: Change
    }

    /// Seconds east of UTC.
    var standardOffset: Int64
    var daylight: Daylight?

    /// Seconds east of UTC. O(1).
    func offset(at instant: Int64) -> Int64 {
        guard let daylight else { return standardOffset }
        let year = Self.year(ofLocal: instant &+ standardOffset)
        // Dates of a year can be up to a week outside of it, so that two years back there is an earlier one
        // for certain.
        var newest = Int64.min
        var offset = daylight.offset
        for year in (year - 2)...(year + 1) {
            let end = Self.local(daylight.end, in: year) - daylight.offset
            if end <= instant, end > newest { (newest, offset) = (end, standardOffset) }
            let start = Self.local(daylight.start, in: year) - standardOffset
            // At the same instant as an end the beginning counts: summer time goes on.
            if start <= instant, start >= newest { (newest, offset) = (start, daylight.offset) }
        }
        return offset
    }

    /// Changes of the offset inside a span, ascending.
    func transitions(in span: ClosedRange<Int64>) -> [TimeZoneRules.Transition] {
        guard daylight != nil else { return [] }
        let first = Self.year(ofLocal: span.lowerBound) - 1
        let last = Self.year(ofLocal: span.upperBound) + 1
        var before = offset(at: span.lowerBound)
        var result: [TimeZoneRules.Transition] = []
        for change in changes(years: first...last) where change.at > span.lowerBound && change.at <= span.upperBound {
            // Where summer time never ends, its end and its next beginning are the same instant.
            if result.last?.at == change.at { result.removeLast() }
            result.append(change)
        }
        return result.filter { change in
            defer { before = change.offset }
            return change.offset != before
        }
    }

    /// Ascending; of two at the same instant the beginning of summer time comes last.
    private func changes(years: ClosedRange<Int64>) -> [TimeZoneRules.Transition] {
        guard let daylight else { return [] }
        let all = years.flatMap { year in
            [
                TimeZoneRules.Transition(
                    at: Self.local(daylight.end, in: year) - daylight.offset, offset: standardOffset),
                TimeZoneRules.Transition(
                    at: Self.local(daylight.start, in: year) - standardOffset, offset: daylight.offset),
            ]
        }
        return all.sorted { left, right in
            left.at == right.at ? right.offset == daylight.offset : left.at < right.at
        }
    }

    private static func year(ofLocal seconds: Int64) -> Int64 {
        CivilDate.civil(fromDays: seconds.flooredQuotient(by: 86_400)).year
    }

    private static func local(_ change: Change, in year: Int64) -> Int64 {
        days(change.day, in: year) * 86_400 + change.seconds
    }

    private static func days(_ day: Day, in year: Int64) -> Int64 {
        let newYear = CivilDate.days(year: year, month: 1, day: 1)
        switch day {
        case .julian(let number):
            let leapDay: Int64 = CivilDate.daysInMonth(year: year, month: 2) == 29 && number >= 60 ? 1 : 0
            return newYear + number - 1 + leapDay
        case .dayOfYear(let number): return newYear + number
        case .weekday(let month, let week, let weekday):
            let first = CivilDate.days(year: year, month: month, day: 1)
            // 1970-01-01 was a Thursday; weekdays count from Sunday.
            let firstWeekday = (first + 4) - (first + 4).flooredQuotient(by: 7) * 7
            var date = 1 + (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
            if date > CivilDate.daysInMonth(year: year, month: month) { date -= 7 }
            return first + date - 1
        }
    }
}

extension POSIXTimeZone {
    /// nil for what is no rule, such as the empty text.
    init?(_ text: [UInt8]) {
        var reader = Reader(bytes: text)
        guard let standard = reader.nameAndOffset() else { return nil }
        standardOffset = standard
        daylight = nil
        if reader.isAtEnd { return }
        guard reader.name() else { return nil }
        var summer = standard + 3_600
        if !reader.isNext(",") && !reader.isAtEnd {
            guard let offset = reader.time(hoursMax: 24) else { return nil }
            summer = -offset
        }
        // A rule without dates: what POSIX leaves open, everybody fills with the rule of the United States.
        var start = Change(day: .weekday(month: 3, week: 2, weekday: 0), seconds: 7_200)
        var end = Change(day: .weekday(month: 11, week: 1, weekday: 0), seconds: 7_200)
        if !reader.isAtEnd {
            guard reader.take(","), let first = reader.change(), reader.take(","), let second = reader.change() else {
                return nil
            }
            (start, end) = (first, second)
        }
        guard reader.isAtEnd else { return nil }
        daylight = Daylight(offset: summer, start: start, end: end)
    }

    private struct Reader {
        let bytes: [UInt8]
        var offset = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { offset == bytes.count }
        func isNext(_ character: Unicode.Scalar) -> Bool { !isAtEnd && bytes[offset] == UInt8(ascii: character) }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard isNext(character) else { return false }
            offset += 1
            return true
        }

        /// Seconds east of UTC; the text counts westwards.
        mutating func nameAndOffset() -> Int64? {
            guard name(), let west = time(hoursMax: 24) else { return nil }
            return -west
        }

        /// Three letters or more, or anything between angle brackets.
        mutating func name() -> Bool {
            let start = offset
            if take("<") {
                while !isAtEnd, !isNext(">") { offset += 1 }
                return take(">")
            }
            while !isAtEnd, isLetter(bytes[offset]) { offset += 1 }
            return offset - start >= 3
        }

        /// `[+-]hh[:mm[:ss]]` in seconds.
        mutating func time(hoursMax: Int64) -> Int64? {
            let sign: Int64 = take("-") ? -1 : 1
            if sign > 0 { _ = take("+") }
            guard let hours = number(max: hoursMax) else { return nil }
            var seconds = hours * 3_600
            for unit: Int64 in [60, 1] where take(":") {
                guard let part = number(max: 59) else { return nil }
                seconds += part * unit
            }
            return sign * seconds
        }

        mutating func change() -> Change? {
            guard let day = day() else { return nil }
            guard take("/") else { return Change(day: day, seconds: 7_200) }
            guard let seconds = time(hoursMax: 167) else { return nil }
            return Change(day: day, seconds: seconds)
        }

        private mutating func day() -> Day? {
            if take("J") { return number(max: 365).flatMap { $0 == 0 ? nil : .julian($0) } }
            guard take("M") else { return number(max: 365).map { .dayOfYear($0) } }
            guard let month = number(max: 12), month > 0, take("."), let week = number(max: 5), week > 0, take("."),
                let weekday = number(max: 6)
            else { return nil }
            return .weekday(month: month, week: week, weekday: weekday)
        }

        /// One to three digits.
        private mutating func number(max: Int64) -> Int64? {
            var value: Int64 = 0
            let start = offset
            while offset < bytes.count, offset - start < 3, isDigit(bytes[offset]) {
                value = value * 10 + Int64(bytes[offset] - UInt8(ascii: "0"))
                offset += 1
            }
            return offset > start && value <= max ? value : nil
        }

        private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
        private func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte & 0xdf) }
    }
}
