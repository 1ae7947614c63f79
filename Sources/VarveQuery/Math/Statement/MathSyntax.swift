/// `MATH a = SELECT …, b = FILL(a, 0) RETURN b * 2 AS 'load' SINCE … UNTIL … PERIOD …`
package struct MathSyntax: Equatable, Sendable {
    /// A SELECT or an expression, with or without a name for others to refer to.
    package struct Item: Equatable, Sendable {
        package enum Content: Equatable, Sendable {
            /// Without times of its own.
            case select(SelectSyntax)
            /// Metric math, as written.
            case expression(String)
        }

        package var name: Located<String>?
        package var content: Located<Content>
        /// `AS '…'`
        package var label: String?
        /// At least 1; nil for the period of the statement.
        package var periodNs: Int64?
    }

    /// Before RETURN. Named where there is a RETURN.
    package var items: [Item] = []
    /// Behind RETURN; nil without one: then all items are returned.
    package var returned: [Item]?
    package var times = TimesSyntax()

    package init() {}
}

// MARK: - Text

extension MathSyntax: CustomStringConvertible {
    /// Expressions stay as they are written.
    package var description: String {
        var parts = ["MATH"]
        if !items.isEmpty { parts.append(items.map(\.description).joined(separator: ", ")) }
        if let returned { parts.append("RETURN \(returned.map(\.description).joined(separator: ", "))") }
        return (parts + times.clauses).joined(separator: " ")
    }
}

extension MathSyntax.Item: CustomStringConvertible {
    package var description: String {
        var text = name.map { "\($0.content) = " } ?? ""
        switch content.content {
        case .select(let select): text += select.description
        case .expression(let expression): text += expression
        }
        if let label { text += " AS \(Quoting.value(label))" }
        if let periodNs { text += " PERIOD \(DurationText.format(periodNs))" }
        return text
    }
}
