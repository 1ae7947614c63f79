import VarveModel

/// The service's view of old data: the older the start of a request, the coarser its periods. The store itself keeps
/// every row as it came, so this is a rule of answers and not of what there is.
///
/// | Age of the start | Periods with data | The start is rounded down to |
/// |---|---|---|
/// | up to 3 hours | 1, 5, 10, 20, 30 s and whole minutes | a minute; the period if that is shorter |
/// | up to 15 days | whole minutes | a minute |
/// | up to 63 days | multiples of 5 minutes | 5 minutes |
/// | older | whole hours | an hour |
package struct RetentionTier: Equatable, Sendable {
    /// Periods have to be multiples of it; 1 s where the finest data are still there.
    let finestPeriodNs: Int64
    /// The grid on which periods begin.
    let startStepNs: Int64

    private static let ages: [(age: Int64, finest: Int64, step: Int64)] = [
        (3 * Nanoseconds.perHour, Nanoseconds.perSecond, Nanoseconds.perMinute),
        (15 * Nanoseconds.perDay, Nanoseconds.perMinute, Nanoseconds.perMinute),
        (63 * Nanoseconds.perDay, 5 * Nanoseconds.perMinute, 5 * Nanoseconds.perMinute),
        (.max, Nanoseconds.perHour, Nanoseconds.perHour),
    ]

    /// Of a request whose range begins at `startNs`.
    package init(startNs: Int64, nowNs: Int64) {
        let (age, overflow) = nowNs.subtractingReportingOverflow(startNs)
        let row = Self.ages.first { !overflow && age <= $0.age } ?? Self.ages[3]
        finestPeriodNs = row.finest
        startStepNs = row.step
    }

    /// Whether a period is coarse enough.
    func hasData(periodNs: Int64) -> Bool { periodNs.isMultiple(of: finestPeriodNs) }

    /// Where the first period begins.
    package func start(_ startNs: Int64, periodNs: Int64) -> Int64 {
        let step = min(startStepNs, max(1, periodNs))
        let remainder = startNs % step
        let down = remainder < 0 ? remainder + step : remainder
        return startNs.subtractingReportingOverflow(down).overflow ? startNs : startNs - down
    }
}

extension MathGrid {
    /// The whole periods of a range as the service counts them: from its rounded start; none where they are too fine.
    init(over range: TimeRange, periodNs: Int64, tier: RetentionTier) throws(MathError) {
        let start = tier.start(range.start, periodNs: periodNs)
        guard tier.hasData(periodNs: periodNs) else {
            self.init(start: start, periodNs: periodNs, count: 0)
            return
        }
        try self.init(over: TimeRange(start: start, end: range.end), periodNs: periodNs)
    }
}
