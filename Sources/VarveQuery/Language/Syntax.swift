/// What a statement says, before anything is looked up. Places are kept for errors that show only later.
package enum Statement: Equatable, Sendable {
    case select(SelectSyntax)
    case rows(RowsSyntax)
    case math(MathSyntax)
    case explain(SelectSyntax)
    case explainMath(MathSyntax)
    case analyze(AnalyzedSyntax)
    case show(ShowSyntax)
}

/// What EXPLAIN ANALYZE runs and measures.
package enum AnalyzedSyntax: Equatable, Sendable {
    case select(SelectSyntax)
    case rows(RowsSyntax)
    case math(MathSyntax)
}

/// `SELECT … FROM … WHERE … GROUP BY … HAVING … ORDER BY … LIMIT … SINCE … UNTIL … PERIOD …`
package struct SelectSyntax: Equatable, Sendable {
    /// At least one.
    package var columns: [ExpressionSyntax]
    package var source: SourceSyntax
    /// All must hold.
    package var conditions: [ConditionSyntax] = []
    package var groupKeys: [KeySyntax] = []
    /// All must hold for a row to be shown.
    package var having: [ComparisonSyntax] = []
    package var order: OrderSyntax?
    /// As written, at least 1.
    package var limit: Int?
    package var times = TimesSyntax()

    package init(columns: [ExpressionSyntax], source: SourceSyntax) {
        self.columns = columns
        self.source = source
    }
}

/// `SELECT * FROM … WHERE … ORDER BY time LIMIT … SINCE … UNTIL …`: samples as they are.
package struct RowsSyntax: Equatable, Sendable {
    package var source: SourceSyntax
    /// All must hold for a series.
    package var conditions: [ConditionSyntax] = []
    /// All must hold for a row.
    package var valueConditions: [ValueConditionSyntax] = []
    /// `ORDER BY time DESC`
    package var isNewestFirst = false
    /// As written, at least 1.
    package var limit: Int?
    /// Without PERIOD.
    package var times = TimesSyntax()

    package init(source: SourceSyntax) { self.source = source }
}

/// `usage_user > 90` in WHERE: the value of a metric in the same row.
package struct ValueConditionSyntax: Equatable, Sendable {
    package var metric: String
    package var comparison: ComparisonOperator
    package var value: Double

    package init(metric: String, comparison: ComparisonOperator, value: Double) {
        self.metric = metric
        self.comparison = comparison
        self.value = value
    }
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
        /// `IN ('a', 'b')`: any of them; at least one. With `isEquality` false `NOT IN`: none of them.
        case values([String])
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
