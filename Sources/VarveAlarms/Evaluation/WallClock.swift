import VarveEvents

/// Periods as clocks and calendars of a time zone have them. Seconds since 1970.
struct WallClock {
    let zone: TimeZoneRules
    /// One of ``EvaluationWindow/wallClockPeriods``.
    let period: Int64

    private static let day: Int64 = 86_400
    /// 1970-01-05 was the first Monday: calendar weeks begin on Mondays (ISO 8601).
    private static let firstMonday = 4 * day

    /// The last boundary that is not after `instant`.
    func boundary(notAfter instant: Int64) -> Int64 {
        let offset = zone.offset(at: instant)
        let local = instant + offset
        let phase = period == 7 * Self.day ? Self.firstMonday : 0
        let rest = (local - phase) % period
        let floor = local - (rest < 0 ? rest + period : rest)
        // Hours that clocks show twice are two hours; midnights that they show twice begin one day.
        if period < Self.day, zone.offset(at: floor - offset) == offset { return floor - offset }
        return min(instant, zone.resolve(local: floor).instant)
    }

    /// The boundaries around the `count` newest whole periods at `instant`, ascending.
    func edges(endingAt instant: Int64, count: Int) -> [Int64] {
        let end = boundary(notAfter: instant)
        let start = end - Int64(count) * period
        if period < Self.day, zone.offset(at: start) == zone.offset(at: end) {
            // Without a change of the clocks they are all alike, and there may be many.
            return (0...Int64(count)).map { start + $0 * period }
        }
        var edges = [end]
        for _ in 0..<count { edges.append(boundary(notAfter: edges[edges.count - 1] - 1)) }
        return edges.reversed()
    }
}
