import VarveModel

/// SINCE, UNTIL and PERIOD of a statement after defaults and rounding.
struct TimePlan {
    let grid: BucketGrid
    /// What the user should know about the rounding.
    var notice: String?

    /// - Throws: `.invalid` for an empty range, `.limit` for too many buckets.
    /// - Parameter isWhole: the whole range is one period, not rounded.
    init(_ times: TimesSyntax, nowNs: Int64, isWhole: Bool = false) throws(QueryError) {
        let (since, until, isOpenEnded) = try Self.bounds(times, nowNs: nowNs)
        if isWhole, let whole = BucketGrid(whole: Self.wholeRange((since, until, isOpenEnded))) {
            grid = whole
            return
        }
        let periodNs = times.periodNs?.content ?? Self.defaultPeriodNs(since: since, until: until)
        guard
            let grid = BucketGrid(
                since: since, until: until, isOpenEnded: isOpenEnded, periodNs: periodNs,
                countMax: QueryLimits.bucketsMax)
        else { throw Self.tooManyBuckets(since: since, until: until, periodNs: periodNs) }
        self.grid = grid
        if grid.count == 0 {
            notice =
                "no whole period of \(DurationText.format(periodNs)) ends by \(InstantText.format(until));"
                + " take a later UNTIL, a shorter PERIOD, or leave out UNTIL"
        }
    }

    /// The range before rounding, and whether it ends now.
    /// - Throws: `.invalid` for an empty range.
    static func bounds(
        _ times: TimesSyntax, nowNs: Int64
    ) throws(QueryError) -> (since: Int64, until: Int64, isOpenEnded: Bool) {
        let until = times.until.map { $0.content.resolved(nowNs: nowNs) } ?? nowNs
        let since =
            times.since.map { $0.content.resolved(nowNs: nowNs) } ?? until.saturating(minus: QueryLimits.defaultRangeNs)
        guard since < until else { throw emptyRange(times, since: since, until: until) }
        return (since, until, times.until.map { $0.content == .now(offsetNs: 0) } ?? true)
    }

    /// The range as it was written. A range that ends now includes this very moment.
    static func wholeRange(_ bounds: (since: Int64, until: Int64, isOpenEnded: Bool)) -> TimeRange {
        let end = bounds.isOpenEnded && bounds.until < .max ? bounds.until + 1 : bounds.until
        return TimeRange(start: bounds.since, end: end)
    }

    /// The shortest period of a round length with which the range has at most ``QueryLimits/defaultBucketsMax``
    /// buckets.
    static func defaultPeriodNs(since: Int64, until: Int64) -> Int64 {
        let widthNs = BucketGrid.distance(from: since, to: until)
        let wantedNs =
            widthNs / UInt64(QueryLimits.defaultBucketsMax)
            + (widthNs % UInt64(QueryLimits.defaultBucketsMax) == 0 ? 0 : 1)
        if let periodNs = roundPeriods.first(where: { UInt64($0) >= wantedNs }) { return periodNs }
        // At most 2^64 / 200 ns, about 153 weeks: fits.
        let weeks = (wantedNs + UInt64(Nanoseconds.perWeek) - 1) / UInt64(Nanoseconds.perWeek)
        return Int64(weeks) * Nanoseconds.perWeek
    }

    private static let roundPeriods: [Int64] = [
        Nanoseconds.perSecond, 5 * Nanoseconds.perSecond, 10 * Nanoseconds.perSecond, 30 * Nanoseconds.perSecond,
        Nanoseconds.perMinute, 5 * Nanoseconds.perMinute, 15 * Nanoseconds.perMinute,
        Nanoseconds.perHour, 3 * Nanoseconds.perHour, 6 * Nanoseconds.perHour, Nanoseconds.perDay, Nanoseconds.perWeek,
    ]

    private static func emptyRange(_ times: TimesSyntax, since: Int64, until: Int64) -> QueryError {
        // One of the two was written: the default range is not empty.
        let span = times.since?.span ?? times.until?.span ?? SourceSpan(start: 0, end: 0)
        let end = times.until == nil ? "now" : "UNTIL"
        return span.invalid(
            "the range is empty: SINCE \(InstantText.format(since)) is not before \(end) \(InstantText.format(until))")
    }

    private static func tooManyBuckets(since: Int64, until: Int64, periodNs: Int64) -> QueryError {
        let buckets = BucketGrid.distance(from: since, to: until) / UInt64(periodNs)
        return .limit(
            message: "the range has about \(buckets) periods of \(DurationText.format(periodNs)), the limit is "
                + "\(QueryLimits.bucketsMax) periods per series; take a longer PERIOD or a shorter range")
    }
}

extension Moment {
    /// Nanoseconds since 1970; stops at the ends of time.
    fileprivate func resolved(nowNs: Int64) -> Int64 {
        switch self {
        case .at(let timestampNs): timestampNs
        case .now(let offsetNs):
            offsetNs < 0 ? nowNs.saturating(minus: -offsetNs) : nowNs.saturating(plus: offsetNs)
        }
    }
}

extension Int64 {
    /// For amounts ≥ 0.
    fileprivate func saturating(minus amount: Int64) -> Int64 {
        let (result, overflow) = subtractingReportingOverflow(amount)
        return overflow ? .min : result
    }

    fileprivate func saturating(plus amount: Int64) -> Int64 {
        let (result, overflow) = addingReportingOverflow(amount)
        return overflow ? .max : result
    }
}
