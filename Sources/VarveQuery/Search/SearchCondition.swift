import VarveModel
import VarveStore

extension SearchSyntax {
    /// What the store looks up.
    func condition(in scope: Scope) -> SeriesCondition {
        let parts = [schema?.condition, terms?.condition(in: scope)].compactMap { $0 }
        return parts.count == 1 ? parts[0] : .all(parts)
    }
}

extension SearchSyntax.Schema {
    fileprivate var condition: SeriesCondition {
        .all([.namespace(.equals(namespace)), .dimensionNames(dimensions)])
    }
}

extension SearchExpression {
    fileprivate func condition(in scope: Scope) -> SeriesCondition {
        switch self {
        case .all(let parts): .all(parts.map { $0.condition(in: scope) })
        case .any(let parts): .any(parts.map { $0.condition(in: scope) })
        case .not(let part): .not(part.condition(in: scope))
        case .term(.account, let text): .constant(text.isAccount(of: scope))
        case .term(.metricName, let text): .metric(text.condition)
        case .term(.namespace, let text): .namespace(text.condition)
        case .term(.dimension(let name), let text): .value(of: name, text.condition)
        case .term(nil, let text):
            .any([
                .namespace(text.condition), .metric(text.condition), .dimensionName(text.condition),
                .anyValue(text.condition),
            ])
        }
    }
}

extension SearchText {
    fileprivate var condition: TextCondition {
        switch self {
        case .exact(let text): return .equals(text)
        case .partial(let text):
            let tokens = SearchTokens(text)
            return .satisfies { tokens.match($0) }
        }
    }

    /// `LOCAL` is the account that asks; single quotes around it are the service's way of writing.
    fileprivate func isAccount(of scope: Scope) -> Bool {
        switch self {
        case .exact(let text): return text == "LOCAL" || text == scope.account
        case .partial(let text):
            let isQuoted = text.count > 1 && text.hasPrefix("'") && text.hasSuffix("'")
            let name = isQuoted ? text.dropFirst().dropLast() : text[...]
            return name == "LOCAL" || name == scope.account
        }
    }
}
