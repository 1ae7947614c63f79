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

    init(source: SourceSyntax?, conditions: [ConditionSyntax], scope: Scope) {
        self.scope = scope
        schema = source?.schema.map { names in Set(names).sorted { $0.precedesByBytes($1) } }
        self.conditions = conditions
    }

    /// What the snapshot can decide by itself: conditions on dimensions, and that those of SCHEMA are there.
    var dimensions: [DimensionFilter] {
        let conditions = conditions.compactMap { condition -> DimensionFilter? in
            guard case .dimension(let name) = condition.key, case .value(let text) = condition.operand else {
                return nil
            }
            return condition.isEquality ? .equals(name: name, value: text) : .notEquals(name: name, value: text)
        }
        return conditions + (schema ?? []).map { DimensionFilter.exists(name: $0) }
    }

    /// Whether something is left to ask of the sources that satisfy `dimensions`: SCHEMA allows no further ones, and
    /// other conditions are not about dimensions.
    var needsSource: Bool {
        schema != nil
            || !conditions.allSatisfy { condition in
                guard case .dimension = condition.key, case .value = condition.operand else { return false }
                return true
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
            case .value(let text): text
            case .currentAccount: scope.account
            }
        let isEqual = value(of: condition.key, in: source)?.hasSameBytes(as: wanted) ?? false
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
