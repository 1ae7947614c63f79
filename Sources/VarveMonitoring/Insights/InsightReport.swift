import VarveJSON
import VarveModel
import VarveStore

/// GetInsightRuleReport: who contributed most, and how much there was in each period. Any thread; waits for the disk.
struct InsightReport {
    static let name = "GetInsightRuleReport"
    /// Metrics of a report, as they are asked for and answered.
    static let metrics: [(name: String, value: @Sendable (ContributorReport.Point) -> Double)] = [
        ("UniqueContributors", { $0.uniqueContributors }), ("MaxContributorValue", { $0.maxContributorValue }),
        ("SampleCount", { $0.sampleCount }), ("Average", { $0.sum / $0.sampleCount }), ("Sum", { $0.sum }),
        ("Minimum", { $0.minimum }), ("Maximum", { $0.maximum }),
    ]
    /// A week of minutes.
    private static let periodsMax: Int64 = 10_080
    /// Contributors whose exact values are looked at when the table of all of them was too small.
    private static let candidatesMax = 1_000

    private let ruleName: String
    private let periods: InsightPeriods
    private let contributorCount: Int
    private let order: ContributorReport.Order
    private let metrics: Set<String>

    init(_ input: OperationInput) throws(OperationError) {
        guard let rule = try input.string("RuleName"), let start = try input.time("StartTime"),
            let end = try input.time("EndTime"), let period = input.json["Period"], period != .null
        else {
            throw OperationError(
                code: "MissingParameter",
                message: "The parameters RuleName, StartTime, EndTime and Period are required.")
        }
        ruleName = rule
        guard let seconds = period.integer, seconds >= 1, seconds <= Int64(Int32.max) else {
            throw .insight("The value for parameter Period must be a positive number of seconds.")
        }
        guard start < end else { throw .insight("The parameter StartTime must be less than the parameter EndTime.") }
        periods = try Self.periods(start, end, periodNs: seconds * Nanoseconds.perSecond)
        guard let count = try? input.integer("MaxContributorCount", in: 1...100) ?? 10 else {
            throw .insight("The value for parameter MaxContributorCount must be from 1 to 100.")
        }
        contributorCount = Int(count)
        guard let order = ContributorReport.Order(rawValue: try input.string("OrderBy") ?? "Sum") else {
            throw .insight("The value for parameter OrderBy must be Sum or Maximum.")
        }
        self.order = order
        let metrics = try input.strings("Metrics") ?? []
        for name in metrics where !Self.metrics.contains(where: { $0.name == name }) {
            let known = Self.metrics.map(\.name).joined(separator: ", ")
            throw .insight("\(name) is no metric of a rule; they are \(known).")
        }
        self.metrics = Set(metrics)
    }

    /// Whole periods, from multiples of their length, as metrics have them.
    private static func periods(
        _ startNs: Int64, _ endNs: Int64, periodNs: Int64
    ) throws(OperationError) -> InsightPeriods {
        // Far from the ends of the numbers, which are centuries away.
        guard startNs > -Int64.max / 4, endNs < Int64.max / 4 * 3 else {
            throw .insight("The times of the report are out of range.")
        }
        let first = startNs.flooredToMultiple(of: periodNs)
        // The distance alone may be as large as numbers are.
        let count = (Int128(endNs) - Int128(first) + Int128(periodNs) - 1) / Int128(periodNs)
        guard count <= periodsMax else {
            throw .insight(
                "The report would have \(count) periods, at most \(periodsMax) are allowed: ask for longer ones.")
        }
        return InsightPeriods(startNs: first, periodNs: periodNs, count: Int(count))
    }

    func run(on monitoring: Monitoring, isCancelled: () -> Bool) throws(OperationError) -> JSONValue {
        let reader = monitoring.insightReader(monitoring.store.snapshot())
        guard let rule = try reader.rule(ruleName) else {
            throw OperationError(code: "ResourceNotFoundException", message: "There is no insight rule \(ruleName).")
        }
        var report = ContributorReport(order: order, contributorsMax: reader.contributorsMax)
        try reader.visit(rule, periods, isCancelled: isCancelled) { report.add($0, slot: $1) }
        report.finish()
        // The second look makes the values exact, whatever the table had room for.
        let candidates = report.largest(report.isExact ? contributorCount : Self.candidatesMax)
        var lines = ContributorPoints(candidates)
        if !candidates.isEmpty {
            try reader.visit(rule, periods, isCancelled: isCancelled) { lines.add($0, slot: $1) }
        }
        return json(rule, report, lines.largest(contributorCount, order))
    }

    private func json(
        _ rule: InsightRule, _ report: ContributorReport, _ lines: [ContributorPoints.Line]
    ) -> JSONValue {
        .object([
            .init("KeyLabels", .array(rule.definition.keyLabels.map { .string($0) })),
            .init("AggregationStatistic", .string(rule.definition.aggregate.rawValue)),
            .init("AggregateValue", .number(report.total)),
            .init("ApproximateUniqueCount", .integer(Int64(report.uniqueCount))),
            .init("Contributors", .array(lines.map(contributor))),
            .init("MetricDatapoints", .array(metrics.isEmpty ? [] : report.points.map(datapoint))),
        ])
    }

    private func time(_ slot: Int) -> JSONMember {
        .init("Timestamp", .integer(periods.time(slot) / Nanoseconds.perSecond))
    }

    private func contributor(_ line: ContributorPoints.Line) -> JSONValue {
        let points = line.points.map { point in
            JSONValue.object([time(point.slot), .init("ApproximateValue", .number(point.value))])
        }
        return .object([
            .init("Keys", .array(line.key.texts.map { .string($0.text) })),
            .init("ApproximateAggregateValue", .number(line.sum)), .init("Datapoints", .array(points)),
        ])
    }

    private func datapoint(_ point: ContributorReport.Point) -> JSONValue {
        var members = [time(point.slot)]
        for metric in Self.metrics where metrics.contains(metric.name) {
            members.append(.init(metric.name, .number(metric.value(point))))
        }
        return .object(members)
    }
}
