import VarveEvents
import VarveJSON
import VarveModel

/// What a rule counts: the body of `PutInsightRule`, read and checked. Page: Docs/Insights.md.
struct InsightDefinition: Equatable, Sendable {
    enum Format: String, CaseIterable, Sendable {
        case json = "JSON"
        case commonLog = "CLF"
    }

    enum Aggregate: String, CaseIterable, Sendable {
        case count = "Count"
        case sum = "Sum"
    }

    static let bytesMax = 8_192
    static let keysMax = 4
    static let filtersMax = 4
    static let textsMax = 10
    /// Of each text of a contributor; what is longer is cut off, so that a table of contributors has a limit in bytes.
    static let keyBytesMax = 512

    private(set) var groups: [LogGroupName] = []
    let format: Format
    let aggregate: Aggregate
    /// As they are written.
    private(set) var keyLabels: [String] = []
    private(set) var keys: [InsightField] = []
    private(set) var valueOf: InsightField?
    private(set) var filters: [InsightFilter] = []
    /// Columns by their names.
    private var columns: [NameKey: Int] = [:]

    /// - Throws: `InvalidParameterValue` that says what is wrong and where.
    init(_ text: String, scope: Scope) throws(OperationError) {
        guard (1...Self.bytesMax).contains(text.utf8.count), text.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw Self.refusal("it must be 1 to \(Self.bytesMax) ASCII characters")
        }
        let json: JSONValue
        do throws(JSONError) { json = try JSONReader.read(Array(text.utf8)) } catch { throw Self.refusal("\(error)") }
        try Self.check(
            json, "the definition",
            [
                "Schema", "LogGroupNames", "LogGroupARNs", "LogFormat", "Fields", "Contribution", "AggregateOn",
            ])
        guard json["Schema"]?["Name"]?.string == "CloudWatchLogRule", json["Schema"]?["Version"]?.integer == 1 else {
            throw Self.refusal(#"Schema must be {"Name": "CloudWatchLogRule", "Version": 1}"#)
        }
        guard let format: Format = try Self.word(json["LogFormat"], "LogFormat") else {
            throw Self.refusal("LogFormat is required")
        }
        self.format = format
        aggregate = try Self.word(json["AggregateOn"], "AggregateOn") ?? .count
        try readGroups(json, scope)
        try readColumns(json["Fields"])
        try readContribution(json["Contribution"] ?? .null)
    }

    /// What an event counts for; nil when it does not.
    func contribution(of body: [UInt8]) -> Contribution? {
        guard let event = InsightEvent(body, format: format), filters.allSatisfy({ $0.accepts(event) }) else {
            return nil
        }
        var texts: [NameKey] = []
        for key in keys {
            guard let text = event.leaf(key)?.insightText else { return nil }
            texts.append(NameKey(Self.shortened(text)))
        }
        guard let valueOf else { return Contribution(key: ContributorKey(texts: texts), value: 1) }
        return event.number(valueOf).map { Contribution(key: ContributorKey(texts: texts), value: $0) }
    }

    private static func shortened(_ text: String) -> String {
        guard text.utf8.count > keyBytesMax else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: keyBytesMax)
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
            end = text.utf8.index(before: end)
        }
        return String(text[..<end])
    }
}

// MARK: - Reading

extension InsightDefinition {
    static func refusal(_ reason: String) -> OperationError {
        OperationError(code: "InvalidParameterValue", message: "The rule definition is not valid: \(reason)")
    }

    /// Refuses what is no object, or has other members.
    private static func check(_ json: JSONValue, _ place: String, _ known: Set<String>) throws(OperationError) {
        guard case .object(let members) = json else { throw refusal("\(place) must be a JSON object") }
        for member in members where !known.contains(member.name) {
            throw refusal("\(place) has no member \(member.name)")
        }
    }

    private static func word<Word: RawRepresentable & CaseIterable>(
        _ json: JSONValue?, _ member: String
    ) throws(OperationError) -> Word? where Word.RawValue == String {
        guard let json else { return nil }
        guard let text = json.string, let word = Word(rawValue: text) else {
            throw refusal("\(member) must be \(Word.allCases.map(\.rawValue).joined(separator: " or "))")
        }
        return word
    }

    /// A list of at most `max` texts, at least one.
    private static func texts(_ json: JSONValue, _ place: String, max: Int) throws(OperationError) -> [String] {
        let texts = json.array?.compactMap(\.string) ?? []
        guard (1...max).contains(texts.count), texts.count == json.array?.count else {
            throw refusal("\(place) must be a list of 1 to \(max) strings")
        }
        return texts
    }

    private mutating func readGroups(_ json: JSONValue, _ scope: Scope) throws(OperationError) {
        guard (json["LogGroupNames"] == nil) != (json["LogGroupARNs"] == nil) else {
            throw Self.refusal("exactly one of LogGroupNames and LogGroupARNs is required")
        }
        // As many as there is room for.
        let member = json["LogGroupNames"] == nil ? "LogGroupARNs" : "LogGroupNames"
        for text in try Self.texts(json[member] ?? .null, member, max: Self.bytesMax) {
            let group = member == "LogGroupNames" ? LogGroupName(text) : LogGroupName(arn: text, scope: scope)
            guard let group else {
                throw Self.refusal(
                    member == "LogGroupNames"
                        ? "\(text) is no name of log groups; only the last character may be *"
                        : "\(text) is no log group of this account and region")
            }
            groups.append(group)
        }
    }

    private mutating func readColumns(_ json: JSONValue?) throws(OperationError) {
        guard let json else { return }
        guard format == .commonLog else { throw Self.refusal("Fields are for LogFormat CLF") }
        guard case .object(let members) = json else { throw Self.refusal("Fields must be a JSON object") }
        for member in members {
            guard let position = Int(member.name), (1...Self.columnsMax).contains(position) else {
                throw Self.refusal("Fields are numbered from 1 to \(Self.columnsMax), not \(member.name)")
            }
            guard let alias = member.value.string, !alias.isEmpty, columns[alias] == nil else {
                throw Self.refusal("Fields \(member.name) must be a name of its own")
            }
            columns[alias] = position - 1
        }
    }

    private static let columnsMax = 1_000

    private mutating func readContribution(_ json: JSONValue) throws(OperationError) {
        try Self.check(json, "Contribution", ["Keys", "ValueOf", "Filters"])
        keyLabels = try Self.texts(json["Keys"] ?? .null, "Keys", max: Self.keysMax)
        for label in keyLabels { keys.append(try field(label, "Keys")) }
        guard Set(names: keyLabels).count == keyLabels.count else { throw Self.refusal("Keys must differ") }
        switch (aggregate, json["ValueOf"]) {
        case (.count, nil): break
        case (.count, _): throw Self.refusal("ValueOf is for AggregateOn Sum")
        case (.sum, let value):
            guard let text = value?.string else { throw Self.refusal("AggregateOn Sum needs ValueOf, a field") }
            valueOf = try field(text, "ValueOf")
        }
        guard let list = json["Filters"] else { return }
        guard let filters = list.array, filters.count <= Self.filtersMax else {
            throw Self.refusal("Filters must be a list of up to \(Self.filtersMax)")
        }
        for filter in filters { self.filters.append(try read(filter)) }
    }

    private func field(_ text: String, _ member: String) throws(OperationError) -> InsightField {
        switch format {
        case .json:
            guard let path = InputPath(text), text != "$", !text.utf8.contains(UInt8(ascii: "*")) else {
                throw Self.refusal("\(member) \(text) must be a path such as $.a.b[0]")
            }
            return .path(path)
        case .commonLog:
            if let column = columns[text] { return .column(column) }
            guard let position = Int(text), (1...Self.columnsMax).contains(position) else {
                throw Self.refusal("\(member) \(text) is neither one of Fields nor the number of a column")
            }
            return .column(position - 1)
        }
    }

    private func read(_ json: JSONValue) throws(OperationError) -> InsightFilter {
        guard case .object(let members) = json, let match = json["Match"]?.string, members.count == 2,
            let condition = members.first(where: { $0.name != "Match" })
        else { throw Self.refusal("a filter has Match, a field, and exactly one condition") }
        let field = try field(match, "Match")
        return InsightFilter(field: field, condition: try Self.condition(condition))
    }

    private static func condition(_ member: JSONMember) throws(OperationError) -> InsightFilter.Operator {
        let value = member.value
        func texts() throws(OperationError) -> [String] {
            try Self.texts(value, member.name, max: textsMax)
        }
        func number() throws(OperationError) -> Double {
            guard let number = value.double else { throw refusal("\(member.name) must be a number") }
            return number
        }
        switch member.name {
        case "In": return .isIn(try texts())
        case "NotIn": return .isNotIn(try texts())
        case "StartsWith": return .startsWith(try texts())
        case "GreaterThan": return .isAbove(try number())
        case "LessThan": return .isBelow(try number())
        case "EqualTo": return .equals(try number())
        case "NotEqualTo": return .differs(try number())
        case "IsPresent":
            guard let flag = value.bool else { throw refusal("IsPresent must be true or false") }
            return .isPresent(flag)
        default:
            throw refusal(
                "\(member.name) is no condition; they are In, NotIn, StartsWith, GreaterThan, LessThan, EqualTo, "
                    + "NotEqualTo and IsPresent")
        }
    }
}
