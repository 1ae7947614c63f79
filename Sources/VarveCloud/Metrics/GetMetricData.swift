import VarveDashboards
import VarveJSON
import VarveModel
import VarveQuery
import VarveStore
import VarveWire

/// `GetMetricData`: statistics and expressions over a range, page by page.
///
/// Page: Docs/Compatibility/cloudwatch.md. Pages cut the range into windows of time: each answers every query over its
/// window, so a page reads what it returns and nothing else.
struct GetMetricData {
    /// The service's largest `MaxDatapoints`, and its default.
    static let slotsMax = 100_800

    let input: JSONValue
    let context: CloudContext
    private let definitions: [MathDefinition]
    private let range: TimeRange
    private let isDescending: Bool
    private let slotsPerPage: Int
    private let hasExpressions: Bool
    /// Rules of contributors; nil: there are none.
    var insights: InsightMetrics?

    /// - Throws: what the service says of such a request.
    init(_ input: JSONValue, in context: CloudContext) throws(ServiceFault) {
        self.input = input
        self.context = context
        definitions = try Self.definitions(input["MetricDataQueries"]?.array ?? [])
        hasExpressions = definitions.contains { definition in
            if case .expression = definition.content { true } else { false }
        }
        range = try Self.range(input)
        isDescending = input["ScanBy"]?.string != "TimestampAscending"
        slotsPerPage = Int(max(1, min(input["MaxDatapoints"]?.integer ?? .max, Int64(Self.slotsMax))))
    }

    /// Reads and computes one page. For threads that may compute and wait for the disk.
    func run(
        on snapshot: StoreSnapshot, tokens: PageTokens, cancellation: CancellationFlag?, tier: RetentionTier?
    ) throws(ServiceFault) -> JSONValue {
        let plan = try plan()
        let pages = DataPages(
            range: roundedRange(tier), periodsNs: plan.entries.map(\.periodNs), slotsPerPage: slotsPerPage,
            isDescending: isDescending)
        guard pages.slotsOfPage <= Double(Self.slotsMax) else {
            throw .validation(
                "The periods of the queries have no common multiple with at most \(Self.slotsMax) datapoints; ask for "
                    + "them one by one.")
        }
        let begin = try cursor(tokens)
        let page = pages.page(at: begin)
        let answer = try run(plan, over: page.range, on: snapshot, cancellation, tier)
        return document(answer, page, nextToken: hasExpressions ? nil : page.next.map { tokens.token($0, context) })
    }

    /// Everything at once, however many slots that are.
    func answer(
        on snapshot: StoreSnapshot, cancellation: CancellationFlag?, tier: RetentionTier?
    ) throws(ServiceFault) -> MathAnswer {
        try run(try plan(), over: roundedRange(tier), on: snapshot, cancellation, tier)
    }

    private func plan() throws(ServiceFault) -> MathPlan {
        try checked { () throws(MathError) in try MathPlan(definitions, rules: .getMetricData) }
    }

    private func run(
        _ plan: MathPlan, over range: TimeRange, on snapshot: StoreSnapshot, _ cancellation: CancellationFlag?,
        _ tier: RetentionTier?
    ) throws(ServiceFault) -> MathAnswer {
        var rules = MathSourceRules.service
        rules.tier = tier
        var query = QueryContext(scope: context.scope, nowNs: context.nowNs, cancellation: cancellation)
        query.statisticPath = .histogram
        query.seriesReturnedMax = MathLimits.arraySeriesMax
        query.acceptsGaps = true
        return try checked { () throws(MathError) in
            try plan.run(
                over: range, source: SnapshotMathSource(snapshot, in: query, rules: rules, insights: insights),
                labels: try labels(),
                cancellation: cancellation)
        }
    }

    private func cursor(_ tokens: PageTokens) throws(ServiceFault) -> Int64? {
        guard let token = input["NextToken"]?.string, !hasExpressions else { return nil }
        guard let cursor = tokens.cursor(token, context) else { throw ServiceFault("InvalidNextToken") }
        return cursor
    }

    /// Begins where the tier says, and ends where no data can be any more.
    private func roundedRange(_ tier: RetentionTier?) -> TimeRange {
        let periods = definitions.map(\.periodForTiers)
        // Data may be two hours ahead, and the period that they are in is whole later still.
        let (soon, overflow) = (context.nowNs + 2 * Nanoseconds.perHour).addingReportingOverflow(periods.max() ?? 0)
        let end = max(range.start, overflow ? range.end : min(range.end, soon))
        guard let tier, let finest = periods.min() else { return TimeRange(start: range.start, end: end) }
        return TimeRange(start: min(end, tier.start(range.start, periodNs: finest)), end: end)
    }

    private func checked<Value>(_ work: () throws(MathError) -> Value) throws(ServiceFault) -> Value {
        do throws(MathError) { return try work() } catch {
            if case .source(.store(let problem)) = error.kind { throw .internalFault("\(problem)") }
            if case .source(.cancelled) = error.kind { throw .internalFault("the request was given up") }
            throw .validation(error.serviceMessage)
        }
    }

    private func labels() throws(MathError) -> MathLabelContext {
        var zoneNs: Int64 = 0
        if let text = input["LabelOptions"]?["Timezone"]?.string {
            guard let offset = ZoneOffset.seconds(of: text) else {
                throw MathError(
                    .request, "The value for parameter LabelOptions.Timezone must be of the form +HHMM or -HHMM.")
            }
            zoneNs = Int64(offset) * Nanoseconds.perSecond
        }
        return MathLabelContext(nowNs: context.nowNs, zoneNs: zoneNs, scope: context.scope)
    }
}

// MARK: - Input

extension GetMetricData {
    private static func range(_ input: JSONValue) throws(ServiceFault) -> TimeRange {
        guard let start = input["StartTime"]?.clampedTimeNs else {
            throw .missing("The parameter StartTime is required.")
        }
        guard let end = input["EndTime"]?.clampedTimeNs else { throw .missing("The parameter EndTime is required.") }
        guard start != end else {
            throw .validation("The parameter StartTime must not equal parameter EndTime.\n")
        }
        guard start < end else { throw .validation("The parameter EndTime must be greater than StartTime.\n") }
        return TimeRange(start: start, end: end)
    }

    private static func definitions(_ queries: [JSONValue]) throws(ServiceFault) -> [MathDefinition] {
        var definitions: [MathDefinition] = []
        var statisticProblems: [String] = []
        for (index, query) in queries.enumerated() {
            let place = "MetricDataQueries.member.\(index + 1)"
            let definition = try definition(query, place)
            if case .metric(let stat) = definition.content, (try? Statistic(parsing: stat.statistic)) == nil {
                statisticProblems.append(
                    "The value for parameter \(place).MetricStat.Stat is not a valid statistic.")
            }
            definitions.append(definition)
        }
        guard statisticProblems.isEmpty else { throw .validation(statisticProblems.joined(separator: "\n")) }
        return definitions
    }

    /// One member of `MetricDataQueries`, here and in requests that have such members inside.
    static func definition(_ query: JSONValue, _ place: String) throws(ServiceFault) -> MathDefinition {
        let label = try label(of: query, place)
        let returnsData = query["ReturnData"]?.bool ?? true
        let id = query["Id"]?.string ?? ""
        let expression = query["Expression"]?.string
        let stat = query["MetricStat"]
        if expression != nil, stat != nil {
            throw .validation(
                "The parameters \(place).Expression and \(place).MetricStat are mutually exclusive and you have "
                    + "specified both.")
        }
        if let expression {
            let seconds = query["Period"]?.integer
            guard seconds ?? 1 <= ServicePeriod.secondsMax else {
                throw .validation("The parameter Period is too long.")
            }
            let period = seconds.map { max(0, $0) * Nanoseconds.perSecond }
            return MathDefinition(
                id: id, .expression(expression), label: label, periodNs: period, returnsData: returnsData)
        }
        guard let stat else { throw .validation("The parameter \(place).MetricStat is required.\n") }
        let metric = try metricStat(stat, accountID: query["AccountId"]?.string, place)
        return MathDefinition(id: id, .metric(metric), label: label, returnsData: returnsData)
    }

    /// The service's limits of dynamic labels, which also bound what they cost.
    private static func label(of query: JSONValue, _ place: String) throws(ServiceFault) -> String? {
        guard let label = query["Label"]?.string else { return nil }
        let isRight =
            label.utf8.count <= 2_048 && label.split(separator: "${", omittingEmptySubsequences: false).count <= 6
            && label.split(separator: "${LABEL}", omittingEmptySubsequences: false).count <= 2
        guard isRight else {
            throw .validation(
                "The value for parameter \(place).Label may have 2048 bytes, 5 dynamic values, and ${LABEL} once.")
        }
        return label
    }

    private static func metricStat(
        _ stat: JSONValue, accountID: String?, _ place: String
    ) throws(ServiceFault) -> MathMetricStat {
        let metric = stat["Metric"]
        let seconds = stat["Period"]?.integer ?? 0
        if let problem = ServicePeriod.problem(seconds) { throw .validation(problem) }
        return MathMetricStat(
            accountID: accountID, namespace: metric?["Namespace"]?.string ?? "",
            metricName: metric?["MetricName"]?.string ?? "", dimensions: dimensions(of: metric?["Dimensions"]),
            statistic: stat["Stat"]?.string ?? "", periodNs: seconds * Nanoseconds.perSecond,
            unit: stat["Unit"]?.string)
    }
}

extension MathDefinition {
    /// What decides where the first period begins: minutes unless it is shorter.
    fileprivate var periodForTiers: Int64 {
        if case .metric(let metric) = content { return metric.periodNs }
        return periodNs ?? MathLimits.defaultPeriodNs
    }
}

// MARK: - Answer

extension GetMetricData {
    private func document(_ answer: MathAnswer, _ page: DataPages.Page, nextToken: String?) -> JSONValue {
        var results: [JSONValue] = []
        for result in answer.results { results.append(self.result(result, page)) }
        let messages = answer.messages.map(Self.message)
        return .object([
            "MetricDataResults": .array(results), "NextToken": nextToken.map { .string($0) },
            "Messages": .array(messages),
        ])
    }

    private func result(_ result: MathResult, _ page: DataPages.Page) -> JSONValue {
        var status = result.status
        var messages = result.messages
        if status == .complete, page.next != nil {
            status = .partialData
            if hasExpressions { messages.append(Self.cutShort) }
        }
        var timestamps: [JSONValue] = []
        var values: [JSONValue] = []
        for (time, value) in zip(result.series.timestamps, result.series.points) {
            timestamps.append(.time(ns: time))
            values.append(.number(value))
        }
        if isDescending {
            timestamps.reverse()
            values.reverse()
        }
        return .object([
            "Id": .string(result.id), "Label": status == .internalError ? nil : .string(result.label),
            "Timestamps": .array(timestamps), "Values": .array(values), "StatusCode": .string(status.rawValue),
            "Messages": messages.isEmpty ? nil : .array(messages.map(Self.message)),
        ])
    }

    private static let cutShort = MathMessage(
        code: "PartialData",
        value: "The expression may contain partial data as one or more metrics have StatusCode 'Paginated'")

    private static func message(_ message: MathMessage) -> JSONValue {
        .object(["Code": .string(message.code), "Value": .string(message.value)])
    }
}
