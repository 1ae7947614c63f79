/// What a statement says, before anything is looked up. Places are kept for errors that show only later.
package enum Statement: Equatable, Sendable {
    case select(SelectSyntax)
    case explain(SelectSyntax)
    case show(ShowSyntax)
}

/// What is made of the samples of a bucket, and in ORDER BY of the points of a series.
package enum AggregateFunction: String, CaseIterable, Sendable {
    case average = "AVG"
    case count = "COUNT"
    case maximum = "MAX"
    case minimum = "MIN"
    case sum = "SUM"
}

/// `SELECT … FROM … WHERE … GROUP BY … ORDER BY … LIMIT … SINCE … UNTIL … PERIOD …`
package struct SelectSyntax: Equatable, Sendable {
    /// At least one.
    package var aggregates: [AggregateSyntax]
    package var source: SourceSyntax
    /// All must hold.
    package var conditions: [ConditionSyntax] = []
    package var groupKeys: [KeySyntax] = []
    package var order: OrderSyntax?
    /// As written, at least 1.
    package var limit: Int?
    package var times = TimesSyntax()

    package init(aggregates: [AggregateSyntax], source: SourceSyntax) {
        self.aggregates = aggregates
        self.source = source
    }
}

/// `AVG(CPUUtilization)`
package struct AggregateSyntax: Equatable, Sendable {
    package var function: AggregateFunction
    package var metric: String

    package init(function: AggregateFunction, metric: String) {
        self.function = function
        self.metric = metric
    }

    /// As a column heading.
    package var text: String { "\(function.rawValue)(\(Quoting.name(metric)))" }
}

/// `"AWS/EC2"` or `SCHEMA("AWS/EC2", InstanceId)`
package struct SourceSyntax: Equatable, Sendable {
    package var namespace: String
    /// The exact dimension names of SCHEMA; nil without SCHEMA.
    package var schema: [String]?

    package init(namespace: String, schema: [String]? = nil) {
        self.namespace = namespace
        self.schema = schema
    }
}

/// What a series is asked for in WHERE and GROUP BY.
package enum KeySyntax: Hashable, Sendable {
    case dimension(String)
    /// `AWS.AccountId`
    case account
    /// `tag.KEY`: resource tags, of which metric series have none.
    case tag(String)

    /// As a column heading: the name without quotes.
    package var heading: String {
        switch self {
        case .dimension(let name): name
        case .account: "AWS.AccountId"
        case .tag(let name): "tag.\(name)"
        }
    }
}

/// `InstanceId = 'i-1'`, `AWS.AccountId = CURRENT_ACCOUNT_ID()`
package struct ConditionSyntax: Equatable, Sendable {
    /// The right side.
    package enum Operand: Equatable, Sendable {
        case value(String)
        /// `CURRENT_ACCOUNT_ID()`
        case currentAccount
    }

    package var key: KeySyntax
    /// `=`, else `!=`.
    package var isEquality: Bool
    package var operand: Operand

    package init(key: KeySyntax, isEquality: Bool, operand: Operand) {
        self.key = key
        self.isEquality = isEquality
        self.operand = operand
    }
}

/// `ORDER BY MAX() DESC`
package struct OrderSyntax: Equatable, Sendable {
    package var function: AggregateFunction
    package var isDescending: Bool

    package init(function: AggregateFunction, isDescending: Bool) {
        self.function = function
        self.isDescending = isDescending
    }
}

/// The Varve clauses, each optional.
package struct TimesSyntax: Equatable, Sendable {
    package var since: Located<Moment>?
    package var until: Located<Moment>?
    /// Nanoseconds, at least 1.
    package var periodNs: Located<Int64>?

    package init() {}
}

/// A point in time as written.
package enum Moment: Equatable, Sendable {
    /// `now`, `now - 1h`; a bare duration `1h` means the same as `now - 1h`.
    case now(offsetNs: Int64)
    /// Nanoseconds since 1970.
    case at(Int64)
}

/// Something with its place in the statement. Equal when the content is: where it stood does not change its meaning.
package struct Located<Content: Equatable & Sendable>: Equatable, Sendable {
    package var content: Content
    package var span: SourceSpan

    package init(content: Content, span: SourceSpan) {
        self.content = content
        self.span = span
    }

    package static func == (left: Self, right: Self) -> Bool { left.content == right.content }
}

/// `SHOW NAMESPACES`, `SHOW METRICS`, `SHOW SERIES`, `SHOW DIMENSIONS`
package enum ShowSyntax: Equatable, Sendable {
    case namespaces
    /// All namespaces when nil.
    case metrics(namespace: String?)
    case series(source: SourceSyntax?, conditions: [ConditionSyntax], limit: Int?)
    case dimensions(source: SourceSyntax)
}
