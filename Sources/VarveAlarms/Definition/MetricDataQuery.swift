package import VarveJSON
package import VarveModel

/// One metric: what a series is called, without its unit.
package struct AlarmMetric: Equatable, Sendable {
    package var namespace: String?
    package var name: String
    /// As given; the order has no meaning.
    package var dimensions: [Dimension]

    package init(namespace: String?, name: String, dimensions: [Dimension] = []) {
        self.namespace = namespace
        self.name = name
        self.dimensions = dimensions
    }
}

/// A statistic of one metric over periods.
package struct AlarmMetricStat: Equatable, Sendable {
    package var metric: AlarmMetric
    /// Seconds.
    package var period: Int
    /// Any statistic by its name.
    package var statistic: String
    package var unit: Unit?

    package init(metric: AlarmMetric, period: Int, statistic: String, unit: Unit? = nil) {
        self.metric = metric
        self.period = period
        self.statistic = statistic
        self.unit = unit
    }
}

/// An element of `Metrics`: a statistic of a metric, or an expression over other elements.
package struct AlarmDataQuery: Equatable, Sendable {
    package var id: String
    /// One of `metricStat` and `expression` is there.
    package var metricStat: AlarmMetricStat?
    package var expression: String?
    package var label: String?
    /// As given; absent means true.
    package var returnData: Bool?
    /// Seconds.
    package var period: Int?
    package var accountID: String?

    package init(
        id: String, metricStat: AlarmMetricStat? = nil, expression: String? = nil, label: String? = nil,
        returnData: Bool? = nil, period: Int? = nil, accountID: String? = nil
    ) {
        self.id = id
        self.metricStat = metricStat
        self.expression = expression
        self.label = label
        self.returnData = returnData
        self.period = period
        self.accountID = accountID
    }

    package var returnsData: Bool { returnData ?? true }

    /// Whether it asks in Metrics Insights' SQL.
    package var isInsights: Bool { expression.map(ExpressionText.init)?.words.first == "SELECT" }
}

/// Looks for words in an expression, outside of its string literals. Whether an expression is right is the business of
/// the module that computes it.
package struct ExpressionText: Sendable {
    /// Runs of letters, digits and `_`, in upper case.
    package let words: [String]
    /// Names that a parenthesis follows, in upper case.
    package let functions: [String]

    package init(_ text: String) {
        var words: [String] = []
        var functions: [String] = []
        var word = ""
        var quote: Character?
        var lastWord = ""
        for character in text + " " {
            if let open = quote {
                if character == open { quote = nil }
                continue
            }
            if character.isLetter || character.isNumber || character == "_" {
                word.append(character)
                continue
            }
            if !word.isEmpty {
                words.append(word.uppercased())
                lastWord = word.uppercased()
                word = ""
            }
            if character == "(", !lastWord.isEmpty { functions.append(lastWord) }
            if !character.isWhitespace { lastWord = "" }
            if character == "'" || character == "\"" { quote = character }
        }
        self.words = words
        self.functions = functions
    }

    /// Whether the words stand next to each other in this order.
    package func contains(_ first: String, _ second: String) -> Bool {
        zip(words, words.dropFirst()).contains { $0 == first && $1 == second }
    }
}

// MARK: - JSON

extension AlarmDataQuery {
    private static let names = ["Id", "MetricStat", "Expression", "Label", "ReturnData", "Period", "AccountId"]

    /// - Parameter number: 1 for the first element, as constraints count.
    init(_ json: JSONValue, number: Int, check: inout ConstraintCheck) throws(AlarmRefusal) {
        let reader = try DefinitionReader(json, path: "Metrics[\(number - 1)]", names: Self.names)
        let member = "metrics.\(number).member"
        id = try reader.string("Id") ?? ""
        check.length(id, "\(member).id", 1...255)
        label = try reader.string("Label")
        expression = try reader.string("Expression")
        check.length(expression, "\(member).expression", 1...AlarmLimits.expressionCharactersMax)
        returnData = try reader.bool("ReturnData")
        let period = try reader.integer("Period")
        check.range(period, "\(member).period", 1...Int64(Int32.max))
        self.period = period.map { Int(clamping: $0) }
        accountID = try reader.string("AccountId")
        if let stat = reader.value("MetricStat") {
            metricStat = try AlarmMetricStat(
                stat, path: reader.place("MetricStat"), member: "\(member).metricStat", check: &check)
        }
    }

    /// Reads and checks a list of queries.
    /// - Throws: the refusal of the first thing that is wrong.
    package static func read(_ elements: [JSONValue]) throws(AlarmRefusal) -> [AlarmDataQuery] {
        var check = ConstraintCheck()
        check.count(elements, "metricDataQueries", 0...AlarmLimits.queriesMax)
        var queries: [AlarmDataQuery] = []
        for (index, element) in elements.enumerated() {
            queries.append(try AlarmDataQuery(element, number: index + 1, check: &check))
        }
        try check.finish()
        try AlarmDataQuery.check(queries)
        return queries
    }

    /// As `--cli-input-json` takes it.
    package var json: JSONValue {
        var object = JSONObjectBuilder()
        object.add("Id", id)
        object.add("MetricStat", metricStat?.json)
        object.add("Expression", expression)
        object.add("Label", label)
        object.add("ReturnData", returnData)
        object.add("Period", period)
        object.add("AccountId", accountID)
        return object.value
    }
}

extension AlarmMetricStat {
    private static let names = ["Metric", "Period", "Stat", "Unit"]
    private static let metricNames = ["Namespace", "MetricName", "Dimensions"]

    init(_ json: JSONValue, path: String, member: String, check: inout ConstraintCheck) throws(AlarmRefusal) {
        let reader = try DefinitionReader(json, path: path, names: Self.names)
        let inner = try DefinitionReader(
            reader.value("Metric") ?? .object([]), path: reader.place("Metric"), names: Self.metricNames)
        let name = try inner.string("MetricName")
        check.require(name, "\(member).metric.metricName")
        let namespace = try inner.string("Namespace")
        let dimensions = try Dimension.read(inner, member: "\(member).metric.dimensions", check: &check)
        metric = AlarmMetric(namespace: namespace, name: name ?? "", dimensions: dimensions ?? [])
        check.length(metric.name, "\(member).metric.metricName", 1...255)
        check.length(namespace, "\(member).metric.namespace", 1...255)
        let period = try reader.integer("Period")
        check.require(period.map(String.init), "\(member).period")
        check.range(period, "\(member).period", 1...Int64(Int32.max))
        self.period = Int(clamping: period ?? 0)
        let statistic = try reader.string("Stat")
        check.require(statistic, "\(member).stat")
        self.statistic = statistic ?? ""
        unit = check.unit(try reader.string("Unit"), "\(member).unit")
    }

    var json: JSONValue {
        var object = JSONObjectBuilder()
        object.add("Metric", metric.json)
        object.add("Period", period)
        object.add("Stat", statistic)
        object.add("Unit", unit?.name)
        return object.value
    }
}

extension AlarmMetric {
    var json: JSONValue {
        var object = JSONObjectBuilder()
        object.add("Namespace", namespace)
        object.add("MetricName", name)
        if !dimensions.isEmpty { object.add("Dimensions", dimensionsJSON) }
        return object.value
    }

    var dimensionsJSON: JSONValue {
        .array(dimensions.map { .object([.init("Name", .string($0.name)), .init("Value", .string($0.value))]) })
    }
}

extension Dimension {
    static func read(
        _ reader: DefinitionReader, member: String, check: inout ConstraintCheck
    ) throws(AlarmRefusal) -> [Dimension]? {
        guard let elements = try reader.elements("Dimensions") else { return nil }
        check.count(elements, member, 0...AlarmLimits.dimensionsMax)
        var dimensions: [Dimension] = []
        for (index, element) in elements.enumerated() {
            let path = "\(reader.place("Dimensions"))[\(index)]"
            let pair = try DefinitionReader(element, path: path, names: ["Name", "Value"])
            let (name, value) = (try pair.string("Name"), try pair.string("Value"))
            check.require(name, "\(member).\(index + 1).member.name")
            check.length(name, "\(member).\(index + 1).member.name", 1...255)
            check.require(value, "\(member).\(index + 1).member.value")
            check.length(value, "\(member).\(index + 1).member.value", 1...1_024)
            dimensions.append(Dimension(name: name ?? "", value: value ?? ""))
        }
        return dimensions
    }
}

extension ConstraintCheck {
    mutating func unit(_ text: String?, _ member: String) -> Unit? {
        guard let text else { return nil }
        if let unit = Unit(name: text) { return unit }
        let all = Unit.allCases.map(\.name).joined(separator: ", ")
        fail(text, member, "Member must satisfy enum value set: [\(all)]")
        return nil
    }
}
