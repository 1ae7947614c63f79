/// The first argument of SEARCH, parsed: which series are meant. Grammar: Docs/Query-math.md.
package struct SearchSyntax: Equatable, Sendable {
    /// `{namespace, dimension, …}`: series of that namespace with exactly these dimensions.
    package struct Schema: Equatable, Sendable {
        package var namespace: String
        package var dimensions: [String]
    }

    /// nil without braces; then there are terms.
    package var schema: Schema?
    package var terms: SearchExpression?
}

/// Terms and what joins them.
package indirect enum SearchExpression: Equatable, Sendable {
    /// nil for any name or value of the series.
    case term(SearchProperty?, SearchText)
    /// Two or more.
    case all([SearchExpression])
    case any([SearchExpression])
    case not(SearchExpression)
}

/// What a term looks at.
package enum SearchProperty: Equatable, Sendable {
    case metricName, namespace
    /// `:aws.AccountId`
    case account
    /// The value of a dimension.
    case dimension(String)
}

/// What a term looks for.
package enum SearchText: Equatable, Sendable {
    /// Words anywhere in a text, in any case.
    case partial(String)
    /// The whole text, in quotes.
    case exact(String)
}

// MARK: - Text

extension SearchSyntax: CustomStringConvertible {
    /// Text that parses to the same search.
    package var description: String {
        guard let schema else { return terms?.description ?? "" }
        guard let terms = terms?.description else { return schema.description }
        // One comma may follow the braces; what begins with one needs another.
        return "\(schema)\(terms.hasPrefix(",") ? "," : "") \(terms)"
    }
}

extension SearchSyntax.Schema: CustomStringConvertible {
    package var description: String {
        "{\(([namespace] + dimensions).map(SearchQuoting.name).joined(separator: ","))}"
    }
}

extension SearchExpression: CustomStringConvertible {
    package var description: String {
        switch self {
        case .term(let property, let text): property.map { "\($0)=\(text)" } ?? "\(text)"
        case .all(let parts): parts.map(\.inner).joined(separator: " ")
        case .any(let parts): parts.map(\.inner).joined(separator: " OR ")
        case .not(let part): "NOT \(part.inner)"
        }
    }

    /// As a part of another expression.
    private var inner: String {
        switch self {
        case .term, .not: description
        case .all, .any: "(\(self))"
        }
    }
}

extension SearchProperty: CustomStringConvertible {
    package var description: String {
        switch self {
        case .metricName: "MetricName"
        case .namespace: "Namespace"
        case .account: ":aws.AccountId"
        case .dimension(let name): SearchQuoting.name(name)
        }
    }
}

extension SearchText: CustomStringConvertible {
    package var description: String {
        switch self {
        case .partial(let text): text
        case .exact(let text): SearchQuoting.quoted(text)
        }
    }
}

/// How names and texts are written in a search.
enum SearchQuoting {
    /// Bare where it can be.
    static func name(_ name: String) -> String { isBare(name) ? name : quoted(name) }

    /// In quotes, with backslashes where they are needed.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { result.unicodeScalars.append("\\") }
            result.unicodeScalars.append(scalar)
        }
        return result + "\""
    }

    private static func isBare(_ name: String) -> Bool {
        if name.isEmpty || name.hasPrefix(":") || SearchParser.words.contains(name)
            || SearchProperty(reserved: name) != nil
        {
            return false
        }
        return name.utf8.allSatisfy { SearchParser.isBareByte($0) && $0 != UInt8(ascii: ",") }
    }
}

extension SearchProperty {
    /// Those that are no dimensions.
    init?(reserved name: String) {
        switch name {
        case "MetricName": self = .metricName
        case "Namespace": self = .namespace
        case ":aws.AccountId": self = .account
        default: return nil
        }
    }
}
