import VarveModel

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

    func matches(_ source: SourceKey) -> Bool {
        if let schema {
            guard source.dimensions.count == schema.count,
                zip(source.dimensions, schema).allSatisfy({ $0.name == $1 })
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
        return (value(of: condition.key, in: source) == wanted) == condition.isEquality
    }

    /// nil when the series lacks the key. O(dimensions).
    func value(of key: KeySyntax, in source: SourceKey) -> String? {
        switch key {
        case .dimension(let name): source.dimensions.first { $0.name == name }?.value
        case .account: source.scope.account
        case .tag: nil
        }
    }

    func groupValues(_ keys: [KeySyntax], of source: SourceKey) -> [String] {
        keys.map { value(of: $0, in: source) ?? Self.missingKeyValue }
    }
}
