package import VarveModel

/// Round times along an axis, and what is written below them.
package struct TimeTicks: Equatable, Sendable {
    package struct Tick: Equatable, Sendable {
        /// Nanoseconds since 1970.
        package var timestampNs: Int64
        /// Time of day, day, month or year.
        package var label: String
        /// What the label leaves open: `22 Nov 2026` under a time of day. Set where it differs from the tick before.
        package var context: String?
    }

    package let ticks: [Tick]

    /// The finest ticks whose labels keep their distance.
    /// - Parameters:
    ///   - width: pixels of the axis.
    ///   - gap: pixels between two labels at least.
    ///   - measure: pixels that a label is wide.
    package init(
        range: TimeRange, zoneOffsetSeconds: Int, width: Double, gap: Double, measure: (String) -> Double
    ) {
        let calendar = Calendar(offsetNs: Int64(zoneOffsetSeconds) * Nanoseconds.perSecond)
        let length = Double(range.end) - Double(range.start)
        var found: [Tick] = []
        // Labels are never narrower than this; finer steps need not be tried.
        let countMax = width / (gap + 20)
        for step in TimeStep.all where length > 0 && length / step.lengthNs <= countMax {
            let timestamps = calendar.timestamps(every: step, in: range)
            let labels = timestamps.map { calendar.label($0, step) }
            let places = timestamps.map { (Double($0) - Double(range.start)) / length * width }
            guard Self.fit(places, labels.map(measure), gap: gap) else { continue }
            found = calendar.ticks(timestamps, labels, step)
            break
        }
        ticks = found
    }

    private static func fit(_ places: [Double], _ widths: [Double], gap: Double) -> Bool {
        zip(places.indices.dropFirst(), places.indices).allSatisfy { next, index in
            places[next] - places[index] >= (widths[next] + widths[index]) / 2 + gap
        }
    }
}

/// Distance of two ticks.
private enum TimeStep {
    case fixed(Int64)
    /// Days, from Mondays for weeks.
    case days(Int64)
    case months(Int64)

    static let all: [TimeStep] =
        [1, 2, 5, 10, 20, 50, 100, 200, 500].map { .fixed($0 * Nanoseconds.perMillisecond) }
        + [1, 2, 5, 10, 15, 30].map { .fixed($0 * Nanoseconds.perSecond) }
        + [1, 2, 5, 10, 15, 30].map { .fixed($0 * Nanoseconds.perMinute) }
        + [1, 2, 3, 6, 12].map { .fixed($0 * Nanoseconds.perHour) }
        + [1, 2, 7, 14].map { .days($0) }
        + [1, 3, 6, 12, 24, 60, 120, 240, 600, 1_200].map { .months($0) }

    /// Nanoseconds, the mean for months.
    var lengthNs: Double {
        switch self {
        case .fixed(let step): Double(step)
        case .days(let days): Double(days * Nanoseconds.perDay)
        case .months(let months): Double(months) * 30.436875 * Double(Nanoseconds.perDay)
        }
    }
}

/// Times of one place on earth.
private struct Calendar {
    let offsetNs: Int64

    private static let monthNames = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    /// A range that is divided into so many has ticks closer than any label is wide.
    private static let countMax = 400

    /// All multiples of `step` on the local clock inside of `range`, ends included.
    func timestamps(every step: TimeStep, in range: TimeRange) -> [Int64] {
        let first = Int128(range.start) + Int128(offsetNs)
        let last = Int128(range.end) + Int128(offsetNs)
        let local: [Int128] =
            switch step {
            case .fixed(let length): Self.multiples(of: Int128(length), shift: 0, first, last)
            case .days(let days):
                // The Monday after 1970-01-01, a Thursday, is day 4.
                Self.multiples(
                    of: Int128(days * Nanoseconds.perDay),
                    shift: days.isMultiple(of: 7) ? Int128(4 * Nanoseconds.perDay) : 0, first, last)
            case .months(let months): Self.firstsOfMonths(every: months, first, last)
            }
        return local.compactMap { Int64(exactly: $0 - Int128(offsetNs)) }
    }

    private static func multiples(of step: Int128, shift: Int128, _ first: Int128, _ last: Int128) -> [Int128] {
        let rest = (first - shift) % step
        var next = first - rest + (rest > 0 ? step : 0)
        var found: [Int128] = []
        while next <= last, found.count < countMax {
            found.append(next)
            next += step
        }
        return found
    }

    private static func firstsOfMonths(every months: Int64, _ first: Int128, _ last: Int128) -> [Int128] {
        let day = Int64(clamping: first).flooredQuotient(by: Nanoseconds.perDay)
        let (year, month, _) = CivilDate.civil(fromDays: day)
        var count = (year * 12 + month - 1).flooredQuotient(by: months) * months
        var found: [Int128] = []
        while found.count < countMax {
            let newYear = count.flooredQuotient(by: 12)
            let days = CivilDate.days(year: newYear, month: count - newYear * 12 + 1, day: 1)
            let instant = Int128(days) * Int128(Nanoseconds.perDay)
            if instant > last { break }
            if instant >= first { found.append(instant) }
            count += months
        }
        return found
    }

    func ticks(_ timestamps: [Int64], _ labels: [String], _ step: TimeStep) -> [TimeTicks.Tick] {
        var last: String?
        return zip(timestamps, labels).map { timestamp, label in
            let context = context(timestamp, step)
            defer { last = context }
            return TimeTicks.Tick(timestampNs: timestamp, label: label, context: context == last ? nil : context)
        }
    }

    func label(_ timestamp: Int64, _ step: TimeStep) -> String {
        let time = Fields(timestamp, offsetNs)
        switch step {
        case .fixed(let length):
            let minutes = "\(time.hour.padded):\(time.minute.padded)"
            if length >= Nanoseconds.perMinute { return minutes }
            let seconds = "\(minutes):\(time.second.padded)"
            if length >= Nanoseconds.perSecond { return seconds }
            return "\(seconds).\(time.millisecond < 100 ? "0" : "")\(time.millisecond.padded)"
        case .days: return "\(time.day) \(Self.monthNames[Int(time.month) - 1])"
        case .months(let months): return months < 12 ? Self.monthNames[Int(time.month) - 1] : "\(time.year)"
        }
    }

    private func context(_ timestamp: Int64, _ step: TimeStep) -> String? {
        let time = Fields(timestamp, offsetNs)
        switch step {
        case .fixed: return "\(time.day) \(Self.monthNames[Int(time.month) - 1]) \(time.year)"
        case .days: return "\(time.year)"
        case .months(let months): return months < 12 ? "\(time.year)" : nil
        }
    }

    private struct Fields {
        let year, month, day, hour, minute, second, millisecond: Int64

        init(_ timestampNs: Int64, _ offsetNs: Int64) {
            let local = Int64(clamping: Int128(timestampNs) + Int128(offsetNs))
            let days = local.flooredQuotient(by: Nanoseconds.perDay)
            // The first day of all begins before the first instant; only there does the product wrap.
            let rest = local &- days &* Nanoseconds.perDay
            (year, month, day) = CivilDate.civil(fromDays: days)
            hour = rest / Nanoseconds.perHour
            minute = rest / Nanoseconds.perMinute % 60
            second = rest / Nanoseconds.perSecond % 60
            millisecond = rest / Nanoseconds.perMillisecond % 1_000
        }
    }
}

extension Int64 {
    /// With two digits at least.
    fileprivate var padded: String { self < 10 ? "0\(self)" : "\(self)" }
}
