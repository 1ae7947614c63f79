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
    private(set) var context: CloudContext
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
        on snapshot: StoreSnapshot, tokens: PageTokens, cancellation: CancellationFlag?, hasTiers: Bool
    ) throws(ServiceFault) -> CloudOutput {
        guard let cursor = try cursor(tokens) else {
            return try page(nil, on: snapshot, tokens, cancellation, hasTiers, at: context)
        }
        // All pages of a walk are of the time when it began: neither tiers nor ends of ranges move in between.
        var request = self
        request.context.nowNs = cursor.nowNs
        return try request.page(cursor.page, on: snapshot, tokens, cancellation, hasTiers, at: context)
    }

    /// - Parameters:
    ///   - number: of the page; nil for the first one.
    ///   - present: now, where the request's own context is of the time of the first page.
    private func page(
        _ number: Int64?, on snapshot: StoreSnapshot, _ tokens: PageTokens, _ cancellation: CancellationFlag?,
        _ hasTiers: Bool, at present: CloudContext
    ) throws(ServiceFault) -> CloudOutput {
        let plan = try plan()
        let tier = hasTiers ? RetentionTier(startNs: range.start, nowNs: context.nowNs) : nil
        let pages = DataPages(
            range: roundedRange(tier), periodsNs: plan.entries.map(\.periodNs), slotsPerPage: slotsPerPage,
            isDescending: isDescending)
        guard pages.slotsOfPage <= Double(Self.slotsMax) else {
            throw .validation(
                "The periods of the queries have no common multiple with at most \(Self.slotsMax) datapoints; ask for "
                    + "them one by one.")
        }
        let page = pages.page(at: number)
        let answer = try run(plan, over: page.range, on: snapshot, cancellation, tier)
        let next = hasExpressions ? nil : page.next.map { tokens.token("\($0);\(context.nowNs)", present) }
        return output(answer, page, nextToken: next)
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
        if let model = context.anomalyModel {
            query.anomalyModel = { [scope = context.scope] subject, periodNs in model(scope, subject, periodNs) }
        }
        return try checked { () throws(MathError) in
            try plan.run(
                over: range, source: SnapshotMathSource(snapshot, in: query, rules: rules, insights: insights),
                labels: try labels(),
                cancellation: cancellation)
        }
    }

    /// What a token holds: the page, and the time of the first one, in nanoseconds since 1970.
    private func cursor(_ tokens: PageTokens) throws(ServiceFault) -> (page: Int64, nowNs: Int64)? {
        guard let token = input["NextToken"]?.string, !hasExpressions else { return nil }
        let parts = tokens.text(token, context)?.split(separator: ";").compactMap { Int64($0) } ?? []
        guard parts.count == 2 else { throw ServiceFault("InvalidNextToken") }
        return (parts[0], parts[1])
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
    private func output(_ answer: MathAnswer, _ page: DataPages.Page, nextToken: String?) -> CloudOutput {
        let results = answer.results.map { result in
            var result = result
            if result.status == .complete, page.next != nil {
                result.status = .partialData
                if hasExpressions { result.messages.append(Self.cutShort) }
            }
            return result
        }
        return .written { [isDescending, messages = answer.messages] out in
            out.member("MetricDataResults")
            out.beginList(count: results.count)
            for result in results { Self.write(result, isDescending, to: &out) }
            out.endList()
            if let nextToken { out.member("NextToken", nextToken) }
            Self.write(messages, to: &out)
        }
    }

    private static func write(_ result: MathResult, _ isDescending: Bool, to out: inout any OutputWriter) {
        // Seconds are whole but for periods that begin between them, which a double has, too.
        var seconds = result.series.timestamps.map { Double($0) / 1e9 }
        var values = result.series.points
        if isDescending {
            seconds.reverse()
            values.reverse()
        }
        let hasLabel = result.status != .internalError
        out.beginStructure(count: 4 + (hasLabel ? 1 : 0) + (result.messages.isEmpty ? 0 : 1))
        out.member("Id", result.id)
        if hasLabel { out.member("Label", result.label) }
        out.member("Timestamps")
        out.timestamps(seconds: seconds)
        out.member("Values")
        out.doubles(values)
        out.member("StatusCode", result.status.rawValue)
        if !result.messages.isEmpty { write(result.messages, to: &out) }
        out.endStructure()
    }

    /// The member `Messages`.
    private static func write(_ messages: [MathMessage], to out: inout any OutputWriter) {
        out.member("Messages")
        out.beginList(count: messages.count)
        for message in messages {
            out.beginStructure(count: 2)
            out.member("Code", message.code)
            out.member("Value", message.value)
            out.endStructure()
        }
        out.endList()
    }

    private static let cutShort = MathMessage(
        code: "PartialData",
        value: "The expression may contain partial data as one or more metrics have StatusCode 'Paginated'")
}
