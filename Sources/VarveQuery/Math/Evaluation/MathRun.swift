package import VarveModel

extension MathPlan {
    /// Reads and computes. Work happens on the caller's thread.
    /// - Parameters:
    ///   - range: what the source is asked for; already rounded as the caller's front rounds it.
    ///   - labels: what placeholders in labels know.
    ///   - cancellation: looked at before each query and each step of an expression.
    /// - Throws: `.type` where only the data show that types do not fit, `.value`, `.limit`, `.unsupported`, `.source`.
    package func run(
        over range: TimeRange, source: some MathSource, labels: MathLabelContext = MathLabelContext(),
        cancellation: CancellationFlag? = nil
    ) throws(MathError) -> MathAnswer {
        var run = MathRun(plan: self, range: range, source: source, cancellation: cancellation)
        try run.fetchMetrics()
        for index in order where entries[index].isNeeded { try run.work(on: index) }
        return run.answer(labels: labels)
    }
}

/// One run of a plan: the results so far.
struct MathRun<Source: MathSource> {
    let plan: MathPlan
    let range: TimeRange
    let source: Source
    let cancellation: CancellationFlag?
    /// By entry.
    private var outcomes: [Int: Outcome] = [:]
    /// Of the request, each once.
    private var messages: [MathMessage] = []
    /// Slots of all outcomes.
    private var slotCount = 0

    struct Outcome {
        var value: MathValue
        var status = MathStatus.complete
        var messages: [MathMessage] = []
    }

    init(plan: MathPlan, range: TimeRange, source: Source, cancellation: CancellationFlag?) {
        self.plan = plan
        self.range = range
        self.source = source
        self.cancellation = cancellation
    }

    /// All needed metrics in one call, so that the source can read series together that lie together.
    mutating func fetchMetrics() throws(MathError) {
        let wanted = plan.entries.indices.compactMap { index -> (index: Int, metric: MathMetricStat)? in
            guard plan.entries[index].isNeeded, case .metric(let metric) = plan.entries[index].content else {
                return nil
            }
            return (index, metric)
        }
        guard !wanted.isEmpty else { return }
        try checkCancellation()
        let fetched = try reading { () throws(QueryError) in try source.fetch(wanted.map(\.metric), over: range) }
        precondition(fetched.count == wanted.count, "a source answers every metric")
        for ((index, metric), fetch) in zip(wanted, fetched) {
            var series = fetch.series
            let label = plan.entries[index].definition.label ?? ""
            series.label = label.isEmpty ? .automatic(metric) : .text(label)
            try keep(Outcome(value: .series(series), status: fetch.status, messages: fetch.messages), of: index)
        }
    }

    mutating func work(on index: Int) throws(MathError) {
        let entry = plan.entries[index]
        do throws(MathError) {
            try checkCancellation()
            switch entry.content {
            case .metric: return
            case .statement(let select): try keep(try answer(of: select, entry), of: index)
            case .expression(let expression):
                var evaluator = MathEvaluator(run: self, entry: entry, expression: expression)
                let value = try evaluator.value()
                note(evaluator.requestMessages)
                try keep(Outcome(value: value, status: evaluator.status, messages: evaluator.messages), of: index)
            }
        } catch {
            throw error.queryID == nil ? error.of(query: entry.id) : error
        }
    }

    /// What an expression refers to; it was worked out before.
    func outcome(of id: String) -> Outcome {
        guard let outcome = plan.indices[id].flatMap({ outcomes[$0] }) else {
            preconditionFailure("inputs are worked out before")
        }
        return outcome
    }

    func outcome(of index: Int) -> Outcome { outcome(of: plan.entries[index].id) }

    func checkCancellation() throws(MathError) {
        if cancellation?.isRaised == true { throw MathError(.source(.cancelled), QueryError.cancelled.description) }
    }

    /// Runs a call of the source.
    func reading<Result>(_ body: () throws(QueryError) -> Result) throws(MathError) -> Result {
        do throws(QueryError) {
            return try body()
        } catch {
            throw MathError(.source(error), error.description)
        }
    }

    private mutating func answer(of select: SelectSyntax, _ entry: MathPlan.Entry) throws(MathError) -> Outcome {
        guard case .expression(let text) = entry.definition.content else { preconditionFailure("a statement has text") }
        let statement = MathStatement(text: text, select: select, periodNs: entry.periodNs)
        let find = try reading { () throws(QueryError) in try source.select(statement, over: range) }
        note(find.requestMessages)
        var series = find.series
        // An answer without groups is one series also when it is empty, and trouble needs a place to be reported.
        if series.isEmpty, entry.types == .series || find.status != .complete {
            series = [.empty(label: .none, grid: try window(periodNs: entry.periodNs))]
        }
        let value: MathValue = entry.types == .series ? .series(series[0]) : .array(series)
        return Outcome(value: value, status: find.status, messages: find.messages)
    }

    /// The slots of the range in periods of an entry.
    func window(periodNs: Int64) throws(MathError) -> MathGrid { try source.grid(over: range, periodNs: periodNs) }

    private mutating func note(_ news: [MathMessage]) {
        for message in news where !messages.contains(message) { messages.append(message) }
    }

    private mutating func keep(_ outcome: Outcome, of index: Int) throws(MathError) {
        var outcome = outcome
        let definition = plan.entries[index].definition
        if case .series(var series) = outcome.value, case .expression = definition.content {
            series.label = .text(definition.label ?? definition.id)
            outcome.value = .series(series)
        }
        slotCount += outcome.value.allSeries.reduce(0) { $0 + $1.values.count }
        guard slotCount <= MathLimits.requestSlotsMax else {
            throw MathError(
                .limit,
                "the series of the request have more than \(MathLimits.requestSlotsMax) periods together",
                hint: "take a longer period, a shorter range or fewer series")
        }
        outcomes[index] = outcome
    }
}

// MARK: - The answer

extension MathRun {
    /// Results in the order of the service: metrics, then expressions.
    func answer(labels context: MathLabelContext) -> MathAnswer {
        let returned = plan.entries.indices.filter { plan.entries[$0].definition.returnsData }
        let isMetric = returned.map { plan.entries[$0].isMetric }
        let ordered =
            zip(returned, isMetric).filter(\.1).map(\.0) + zip(returned, isMetric).filter { !$0.1 }.map(\.0)
        let labeller = MathLabeller(names: automaticNames, context: context)
        return MathAnswer(results: ordered.flatMap { results(of: $0, labeller) }, messages: messages)
    }

    private func results(of index: Int, _ labeller: MathLabeller) -> [MathResult] {
        guard let outcome = outcomes[index] else { return [] }
        let entry = plan.entries[index]
        return outcome.value.allSeries.map { series in
            var isMember = false
            if case .array = outcome.value { isMember = true }
            // The service names nothing that it could not work out.
            let label =
                outcome.status == .internalError
                ? "" : labeller.label(of: series, in: entry, isMember: isMember)
            return MathResult(
                id: entry.id, label: label, series: series, status: outcome.status, messages: outcome.messages)
        }
    }

    /// Metrics that are returned without a label of their own, and what SEARCH found, are told apart from each other;
    /// what only METRICS() shows, from all of them.
    private var automaticNames: MathAutomaticLabels.Pair {
        var main: [MathMetricStat] = []
        var all: [MathMetricStat] = []
        let queried = Set(plan.entries.compactMap(\.metric))
        for index in outcomes.keys.sorted() {
            let entry = plan.entries[index]
            for case .automatic(let metric) in outcome(of: index).value.allSeries.map(\.label) {
                if entry.isMetric ? entry.definition.returnsData : !queried.contains(metric) { main.append(metric) }
                all.append(metric)
            }
        }
        return MathAutomaticLabels.Pair(main: MathAutomaticLabels(main), all: MathAutomaticLabels(all))
    }
}

extension MathPlan.Entry {
    /// The metric that it reads, when it reads one.
    package var metric: MathMetricStat? {
        guard case .metric(let metric) = content else { return nil }
        return metric
    }

    /// Whether it reads one metric.
    package var isMetric: Bool { metric != nil }
}
