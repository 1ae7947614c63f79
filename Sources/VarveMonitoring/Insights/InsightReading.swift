import Synchronization
import VarveModel
package import VarveQuery
package import VarveStore

/// The periods of a report: `count` of them from `startNs`.
struct InsightPeriods: Equatable, Sendable {
    var startNs: Int64
    var periodNs: Int64
    var count: Int

    /// The last one may end beyond the years that nanoseconds since 1970 reach; there are no events then.
    var range: TimeRange {
        let (length, isTooLong) = Int64(count).multipliedReportingOverflow(by: periodNs)
        let (end, isBeyond) = startNs.addingReportingOverflow(length)
        return TimeRange(start: startNs, end: isTooLong || isBeyond ? .max : end)
    }

    /// Start of a period.
    func time(_ slot: Int) -> Int64 { startNs + Int64(slot) * periodNs }
}

/// Rows of kind *trail* in the order of their times, page by page. Waits for the disk.
struct EventPages: Sendable {
    let snapshot: StoreSnapshot
    let series: [SeriesID]
    let range: TimeRange
    /// Reading ends behind as many, or a page more.
    let rowsMax: Int

    /// Bytes of one page of events, roughly: large events make short pages.
    private static let pageBytes = 4 << 20
    private static let pageRows = 64...4_096

    /// O(rows of the range).
    /// - Returns: whether these were all.
    func visit(
        isCancelled: () -> Bool, _ body: (_ event: [UInt8], _ timestamp: Int64) -> Void
    ) throws(OperationError) -> Bool {
        guard !series.isEmpty, !range.isEmpty else { return true }
        var lookup = RecordLookup(.trail)
        lookup.series = series
        lookup.range = range
        lookup.order = .oldestFirst
        lookup.columns = ["body"]
        lookup.limit = 256
        var rows = 0
        while true {
            let page: RecordPage
            do throws(StoreError) { page = try snapshot.lookUp(lookup) } catch { throw OperationError(error) }
            if isCancelled() { throw .cancelled }
            guard page.columns.count == 1, case .bodies(let bodies) = page.columns[0] else { return true }
            for (event, timestamp) in zip(bodies, page.timestamps) { body(event, timestamp) }
            rows += bodies.count
            guard let next = page.next else { return true }
            guard rows < rowsMax else { return false }
            lookup.after = next
            let bytes = bodies.reduce(1) { $0 + $1.count }
            let fitting = Self.pageBytes * bodies.count / bytes
            lookup.limit = min(max(fitting, Self.pageRows.lowerBound), Self.pageRows.upperBound)
        }
    }
}

/// How many events were looked at. Any thread.
final class EventCounter: Sendable {
    private let events = Atomic<Int>(0)

    var count: Int { events.load(ordering: .relaxed) }
    func add(_ more: Int) { events.add(more, ordering: .relaxed) }
}

/// Rules of contributors on the events of one snapshot. Any thread; waits for the disk.
struct InsightReader: Sendable {
    let snapshot: StoreSnapshot
    let scope: Scope
    /// More events than this are too many for one question.
    let eventsMax: Int
    let contributorsMax: Int
    /// Counts the events that are looked at, for those who have so many for several questions.
    var counter: EventCounter?

    /// A rule as it is stored.
    func rule(_ name: String) throws(OperationError) -> InsightRule? {
        do throws(StoreError) {
            return try MonitoringReader(snapshot, scope: scope).documents(of: .insightRule, name: name)
                .compactMap { InsightRule(name: $0.name, $0.content, scope: scope) }.first
        } catch {
            throw OperationError(error)
        }
    }

    /// Every contribution with its period, in the order of time. O(events of the range).
    /// - Throws: `InvalidParameterValue` for too many events; errors of the disk.
    func visit(
        _ rule: InsightRule, _ periods: InsightPeriods, isCancelled: () -> Bool,
        _ body: (Contribution, _ slot: Int) -> Void
    ) throws(OperationError) {
        // What happened while the rule was disabled does not count.
        let end = min(periods.range.end, rule.endNs)
        guard periods.startNs < end else { return }
        let pages = EventPages(
            snapshot: snapshot, series: snapshot.series(of: rule.definition.groups, in: scope),
            range: TimeRange(start: periods.startNs, end: end), rowsMax: eventsMax)
        let areAll = try pages.visit(isCancelled: isCancelled) { event, timestamp in
            counter?.add(1)
            guard let contribution = rule.definition.contribution(of: event) else { return }
            // Metric math asks for any range that numbers can say.
            body(contribution, Int((Int128(timestamp) - Int128(periods.startNs)) / Int128(periods.periodNs)))
        }
        guard areAll else { throw .insight("there are more than \(eventsMax) events in this time: ask for less of it") }
    }

    /// A metric of a rule, one value for each period; NaN where nothing contributed. nil: there is no such rule.
    /// - Parameter metric: `UniqueContributors`, `Sum` …; others have no values.
    func values(
        of metric: String, rule name: String, over periods: InsightPeriods, isCancelled: () -> Bool
    ) throws(OperationError) -> [Double]? {
        guard let rule = try rule(name) else { return nil }
        var report = ContributorReport(order: .sum, contributorsMax: contributorsMax)
        try visit(rule, periods, isCancelled: isCancelled) { report.add($0, slot: $1) }
        report.finish()
        var values = [Double](repeating: .nan, count: periods.count)
        guard let value = InsightReport.metrics.first(where: { $0.name == metric })?.value else { return values }
        for point in report.points { values[point.slot] = value(point) }
        return values
    }

    /// The same for metric math.
    var door: InsightMetrics {
        InsightMetrics { (rule, metric, grid, cancellation) throws(QueryError) in
            let periods = InsightPeriods(startNs: grid.start, periodNs: grid.periodNs, count: grid.count)
            do throws(OperationError) {
                return try values(of: metric, rule: rule, over: periods) { cancellation?.isRaised == true }
            } catch {
                if error == .cancelled { throw .cancelled }
                throw .limit(message: error.message)
            }
        }
    }
}

extension Monitoring {
    /// Rules of contributors in a snapshot, as requests read them.
    func insightReader(_ snapshot: StoreSnapshot) -> InsightReader {
        InsightReader(
            snapshot: snapshot, scope: scope, eventsMax: options.insightEventsMax,
            contributorsMax: options.insightContributorsMax)
    }

    /// Metrics of rules of contributors for metric math over a snapshot.
    package func insightMetrics(_ snapshot: StoreSnapshot) -> InsightMetrics { insightReader(snapshot).door }
}

extension OperationError {
    /// Whoever asked went away.
    static let cancelled = OperationError(
        code: "ServiceUnavailable", message: "the request was given up", isOurs: true)

    /// What is wrong with a call about rules of contributors.
    static func insight(_ message: String) -> OperationError {
        OperationError(code: "InvalidParameterValue", message: message)
    }
}
