import VarveModel
import VarveStore

/// Decides which sources FROM and WHERE mean, and reads the values of GROUP BY keys.
struct SeriesFilter {
    /// The key value of series that lack a GROUP BY key.
    static let missingKeyValue = "Other"

    private let scope: Scope
    /// Sorted and distinct; nil without SCHEMA.
    private let schema: [String]?
    private let conditions: [ConditionSyntax]
    /// What the snapshot can decide.
    private let dimensions: [DimensionFilter]

    init(source: SourceSyntax?, conditions: [ConditionSyntax], scope: Scope) {
        self.scope = scope
        schema = source?.schema.map { names in Set(names).sorted { $0.precedesByBytes($1) } }
        self.conditions = conditions
        dimensions = Self.dimensions(conditions, schema)
    }

    /// The series of a metric that satisfy what the snapshot can decide by itself, ascending.
    func series(in scope: Scope, namespace: String, metric: String, on snapshot: some MetricSnapshot) -> [SeriesID] {
        snapshot.series(in: scope, namespace: namespace, metric: metric, matching: dimensions)
    }

    /// The same for several metrics, in their order.
    func series(
        in scope: Scope, namespace: String, metrics: [String], on snapshot: some MetricSnapshot
    ) -> [[SeriesID]] {
        snapshot.series(in: scope, namespace: namespace, metrics: metrics, matching: dimensions)
    }

    /// Conditions on dimensions, and that those of SCHEMA are there.
    private static func dimensions(_ conditions: [ConditionSyntax], _ schema: [String]?) -> [DimensionFilter] {
        let filters = conditions.flatMap { condition -> [DimensionFilter] in
            guard case .dimension(let name) = condition.key else { return [] }
            switch condition.operand {
            case .value(let text):
                return [condition.isEquality ? .equals(name: name, value: text) : .notEquals(name: name, value: text)]
            case .values(let texts):
                if condition.isEquality { return [.isOneOf(name: name, values: texts)] }
                return texts.map { .notEquals(name: name, value: $0) }
            case .currentAccount: return []
            }
        }
        return filters + (schema ?? []).map { DimensionFilter.exists(name: $0) }
    }

    /// Whether something is left to ask of the sources that were looked up: SCHEMA allows no further dimensions, and
    /// other conditions are not about dimensions.
    var needsSource: Bool {
        schema != nil
            || !conditions.allSatisfy { condition in
                guard case .dimension = condition.key else { return false }
                return condition.operand != .currentAccount
            }
    }

    func matches(_ source: SourceKey) -> Bool {
        if let schema {
            guard source.dimensions.count == schema.count,
                zip(source.dimensions, schema).allSatisfy({ $0.name.hasSameBytes(as: $1) })
            else { return false }
        }
        return conditions.allSatisfy { holds($0, for: source) }
    }

    /// `!=` also holds for series that lack the key, `=` never does.
    private func holds(_ condition: ConditionSyntax, for source: SourceKey) -> Bool {
        let wanted =
            switch condition.operand {
            case .value(let text): [text]
            case .values(let texts): texts
            case .currentAccount: [scope.account]
            }
        let value = value(of: condition.key, in: source)
        let isEqual = value.map { value in wanted.contains { value.hasSameBytes(as: $0) } } ?? false
        return isEqual == condition.isEquality
    }

    /// nil when the series lacks the key. O(dimensions).
    func value(of key: KeySyntax, in source: SourceKey) -> String? {
        switch key {
        case .dimension(let name): source.dimensions.first { $0.name.hasSameBytes(as: name) }?.value
        case .account: source.scope.account
        case .tag: nil
        }
    }

    /// The values of GROUP BY keys of a series.
    func groupValues(_ keys: [KeySyntax], of series: SeriesID, on snapshot: some MetricSnapshot) -> [String] {
        keys.map { key in
            let value =
                switch key {
                case .dimension(let name): snapshot.value(of: name, in: series)
                case .account: scope.account
                case .tag: String?.none
                }
            return value ?? Self.missingKeyValue
        }
    }
}
