import VarveModel
import VarveStore

/// A MATH statement as a request of metric math: its queries checked, its range rounded. Nothing is read.
struct MathQuery {
    let syntax: MathSyntax
    let plan: MathPlan
    /// From the first period to the end of the range, which the last period of any query may not reach.
    let range: TimeRange
    /// What the answer covers in periods of the statement.
    let shownRange: TimeRange
    /// Of the statement.
    let periodNs: Int64
    /// What is returned, in the order of the statement.
    let returned: [Output]
    let rules: MathSourceRules
    let notice: String?

    /// One thing that is returned.
    struct Output: Equatable {
        let id: String
        /// What stands for an expression without name and label: its text; nil for all others.
        let text: String?
    }

    /// - Throws: `.invalid` with the place of a mistake, `.limit`.
    init(_ syntax: MathSyntax, nowNs: Int64) throws(QueryError) {
        self.syntax = syntax
        let bounds = try TimePlan.bounds(syntax.times, nowNs: nowNs)
        periodNs =
            syntax.times.periodNs?.content ?? TimePlan.defaultPeriodNs(since: bounds.since, until: bounds.until)
        let definitions = MathDefinitions(syntax, periodNs: periodNs)
        returned = definitions.returned
        do throws(MathError) {
            plan = try MathPlan(definitions.queries, rules: .statement)
        } catch {
            throw definitions.located(error)
        }
        var rules = MathSourceRules()
        rules.includesLastPeriod = bounds.isOpenEnded
        self.rules = rules
        let times = try TimePlan(syntax.times, nowNs: nowNs)
        notice = times.notice
        let range = Self.range(bounds, times.grid, longest: plan.longestPeriodNs)
        self.range = range
        shownRange = TimeRange(start: range.start, end: max(range.start, times.grid.end))
    }

    /// Series of several periods begin together, where the first of the longest ones does.
    private static func range(
        _ bounds: (since: Int64, until: Int64, isOpenEnded: Bool), _ grid: BucketGrid, longest: Int64
    ) -> TimeRange {
        let long = BucketGrid(
            since: bounds.since, until: bounds.until, isOpenEnded: true, periodNs: longest, countMax: .max)
        let start = longest > grid.periodNs ? long?.start ?? grid.start : grid.start
        let end = TimePlan.wholeRange(bounds).end
        return TimeRange(start: start, end: max(start, end))
    }

    func run(on snapshot: some MetricSnapshot, in context: QueryContext) throws(QueryError) -> QueryResult {
        let source = SnapshotMathSource(snapshot, in: context, rules: rules)
        let labels = MathLabelContext(nowNs: context.nowNs, scope: context.scope)
        let answer: MathAnswer
        do throws(MathError) {
            answer = try plan.run(over: range, source: source, labels: labels, cancellation: context.cancellation)
        } catch {
            throw MathDefinitions(syntax, periodNs: periodNs).located(error)
        }
        var result = try MathTable(self, answer).queryResult
        result.notices = [notice].compactMap { $0 } + source.remarks.sentences
        result.notices += (answer.messages + answer.results.flatMap(\.messages)).map(\.value).withoutRepetitions
        result.isPartial = answer.results.contains { $0.status != .complete }
        return result
    }
}

extension [String] {
    fileprivate var withoutRepetitions: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}

extension MathPlan {
    /// The longest period that any query has, or a SEARCH inside one.
    fileprivate var longestPeriodNs: Int64 {
        entries.map { entry in
            guard case .expression(let expression) = entry.content else { return entry.periodNs }
            return max(entry.periodNs, expression.searchPeriodsNs.max() ?? 0)
        }.max() ?? 1
    }
}

/// The queries of a MATH statement, and where each stands.
private struct MathDefinitions {
    private(set) var queries: [MathDefinition] = []
    private(set) var returned: [MathQuery.Output] = []
    private var items: [String: MathSyntax.Item] = [:]
    private var names: Set<String> = []
    private var nextNumber = 1

    init(_ syntax: MathSyntax, periodNs: Int64) {
        names = Set((syntax.items + (syntax.returned ?? [])).compactMap { $0.name?.content })
        for item in syntax.items { add(item, periodNs: periodNs, isReturned: syntax.returned == nil) }
        for item in syntax.returned ?? [] {
            if let index = queries.firstIndex(where: { $0.id == item.reference }) {
                giveBack(index, label: item.label)
            } else {
                add(item, periodNs: periodNs, isReturned: true)
            }
        }
    }

    private mutating func add(_ item: MathSyntax.Item, periodNs: Int64, isReturned: Bool) {
        let id = item.name?.content ?? freeName()
        let text: String
        switch item.content.content {
        case .select(let select): text = select.description
        case .expression(let expression): text = expression
        }
        items[id] = item
        queries.append(
            MathDefinition(
                id: id, .expression(text), label: item.label, periodNs: item.periodNs ?? periodNs,
                returnsData: isReturned))
        let isNameless = item.name == nil && item.label == nil
        if isReturned { returned.append(MathQuery.Output(id: id, text: isNameless ? text : nil)) }
    }

    /// `RETURN e1`: a query that is there already.
    private mutating func giveBack(_ index: Int, label: String?) {
        if let label { queries[index].label = label }
        queries[index].returnsData = true
        let output = MathQuery.Output(id: queries[index].id, text: nil)
        if !returned.contains(output) { returned.append(output) }
    }

    private mutating func freeName() -> String {
        while names.contains("e\(nextNumber)") { nextNumber += 1 }
        defer { nextNumber += 1 }
        return "e\(nextNumber)"
    }

    /// The error at its place in the statement.
    func located(_ error: MathError) -> QueryError {
        if case .source(let error) = error.kind, error.isNoMistake { return error }
        guard let item = error.queryID.flatMap({ items[$0] }) else { return error.queryError }
        switch item.content.content {
        // The places of a SELECT are those of its canonical text.
        case .select: return item.content.span.invalid(error.queryError.description)
        case .expression: return error.queryError.moved(by: item.content.span.start, in: item.content.span)
        }
    }
}

extension QueryError {
    /// Whether it is about the data or the machine, not about the text.
    fileprivate var isNoMistake: Bool {
        switch self {
        case .invalid: false
        case .limit, .cancelled, .store: true
        }
    }
}

extension MathSyntax.Item {
    /// The name that an item consists of; nil for any other item.
    fileprivate var reference: String? {
        guard name == nil, periodNs == nil, case .expression(let text) = content.content else { return nil }
        return text
    }
}
