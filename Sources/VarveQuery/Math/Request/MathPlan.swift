/// The queries of a request, checked: every id known, every type right, in an order in which they can be worked out.
/// Nothing is read.
package struct MathPlan: Sendable {
    /// A query with what was found out about it.
    package struct Entry: Sendable {
        package let definition: MathDefinition
        package let content: Content
        /// What the result may be: a series, an array, or what only the data decide.
        package fileprivate(set) var types: MathTypes = .series
        /// Of a metric or statement its own; of an expression the one it was given, else the smallest of what it reads,
        /// else ``MathLimits/defaultPeriodNs``.
        package fileprivate(set) var periodNs: Int64 = 0
        /// Entries that it reads, ascending; unknown ids are left out.
        fileprivate(set) var inputs: [Int] = []
        /// Whether the answer needs it.
        fileprivate(set) var isNeeded = false
        /// Whether METRICS lists it and PERIOD takes it: a metric, and where the rules say so a SELECT of one series.
        fileprivate(set) var countsAsMetric = false

        package var id: String { definition.id }
    }

    /// What an entry does.
    package enum Content: Equatable, Sendable {
        case metric(MathMetricStat)
        case expression(MathExpression)
        /// Metrics Insights.
        case statement(SelectSyntax)
    }

    /// In the order of the request.
    package private(set) var entries: [Entry] = []
    /// Indices of `entries`, each after those that it refers to.
    private(set) var order: [Int] = []
    private(set) var indices: [String: Int] = [:]

    /// - Throws: the first mistake: ids and counts first, then texts in the order of the request, then references, then
    ///   types in order of evaluation.
    package init(_ definitions: [MathDefinition], rules: MathRules = .native) throws(MathError) {
        indices = try MathRequestCheck.indices(of: definitions, rules: rules)
        for definition in definitions {
            var entry = Entry(definition: definition, content: try Self.content(of: definition, rules: rules))
            entry.countsAsMetric = entry.isMetric || rules.countsStatementsAsMetrics && entry.isOneSeries
            entries.append(entry)
        }
        try MathRequestCheck.checkStatements(entries.map(\.content), rules: rules)
        for index in entries.indices { entries[index].inputs = inputs(of: entries[index].content) }
        order = try MathOrder(entries.map(\.inputs)).run { [entries] in entries[$0].id }
        for index in entries.indices {
            if let metric = entries[index].metric { entries[index].periodNs = metric.periodNs }
        }
        for index in order { try settle(index) }
        markNeeded()
    }

    /// A single expression: nothing to refer to, so its data come from SEARCH.
    package init(expression text: String, label: String? = nil, periodNs: Int64? = nil) throws(MathError) {
        do throws(MathError) {
            try self.init([MathDefinition(id: "e1", .expression(text), label: label, periodNs: periodNs)])
        } catch {
            var error = error
            error.queryID = nil
            throw error
        }
    }

    private static func content(of definition: MathDefinition, rules: MathRules) throws(MathError) -> Content {
        switch definition.content {
        case .metric(let metric): return .metric(metric)
        case .expression(let text):
            do throws(MathError) {
                return try MathRequestCheck.content(of: text, definition, rules: rules)
            } catch {
                throw error.of(query: definition.id)
            }
        }
    }

    /// Metrics that METRICS reads: those whose id contains `part`, in the order of the request.
    func metrics(containing part: String?) -> [Int] {
        entries.indices.filter { index in
            entries[index].countsAsMetric && (part.map { entries[index].id.contains($0) } ?? true)
        }
    }
}

// MARK: - References

extension MathPlan {
    private func inputs(of content: Content) -> [Int] {
        guard case .expression(let expression) = content else { return [] }
        var result = Set(expression.references.compactMap { indices[$0] })
        for part in Set(expression.metricsCalls) { result.formUnion(metrics(containing: part)) }
        return result.sorted()
    }

    /// Finds the types and the period of an expression whose inputs are settled.
    private mutating func settle(_ index: Int) throws(MathError) {
        let entry = entries[index]
        switch entry.content {
        case .metric: return
        case .statement(let select):
            entries[index].types = entry.isOneSeries ? .series : .array
            entries[index].periodNs = select.periodNs(of: entry.definition)
        case .expression(let expression):
            entries[index].periodNs = periodNs(of: expression, entry)
            do throws(MathError) {
                entries[index].types = try types(of: expression, entry)
            } catch {
                throw error.of(query: entry.id)
            }
        }
    }

    private func types(of expression: MathExpression, _ entry: Entry) throws(MathError) -> MathTypes {
        let names = entries.map(\.id).filter { $0 != entry.id }
        var check = MathTypeCheck(expression, names: names) { [entries, indices] id in
            indices[id].map { MathTypeCheck.Query(types: entries[$0].types, isMetric: entries[$0].countsAsMetric) }
        }
        let types = try check.run()
        try MathTypeCheck.checkResult(types, of: expression)
        // A number never is a result: where it could be one, evaluation refuses it.
        return types.intersection(.results)
    }

    private func periodNs(of expression: MathExpression, _ entry: Entry) -> Int64 {
        if let periodNs = entry.definition.periodNs { return periodNs }
        let periods = entry.inputs.map { entries[$0].periodNs } + expression.searchPeriodsNs
        return periods.min() ?? MathLimits.defaultPeriodNs
    }

    private mutating func markNeeded() {
        for index in entries.indices where entries[index].definition.returnsData { entries[index].isNeeded = true }
        // Backwards, so that whoever refers to an entry is marked before it.
        for index in order.reversed() where entries[index].isNeeded {
            for input in entries[index].inputs { entries[input].isNeeded = true }
        }
    }
}

extension MathPlan.Entry {
    /// Whether it is a SELECT without GROUP BY, of one column.
    fileprivate var isOneSeries: Bool {
        guard case .statement(let select) = content else { return false }
        return select.groupKeys.isEmpty && select.columns.count == 1
    }
}

extension SelectSyntax {
    /// PERIOD of the statement, else that of its query; one of the two is there.
    func periodNs(of definition: MathDefinition) -> Int64 {
        times.periodNs?.content ?? definition.periodNs ?? MathLimits.defaultPeriodNs
    }
}
