import VarveAlarms
import VarveBytes
import VarveEvents
import VarveJSON
import VarveModel

// Contributor Insights. Page: Docs/Insights.md.
extension Operation {
    static let insights: [Operation] = [
        Operation("PutInsightRule", writes: true) { (engine, input, nowNs) throws(OperationError) in
            try engine.putInsightRule(input, nowNs: nowNs)
        },
        Operation("DescribeInsightRules") { (engine, input, _) throws(OperationError) in
            try engine.describeInsightRules(input)
        },
        Operation("EnableInsightRules", writes: true) { (engine, input, _) throws(OperationError) in
            try engine.changeInsightRules(input) { $0.disabledNs = nil }
        },
        Operation("DisableInsightRules", writes: true) { (engine, input, nowNs) throws(OperationError) in
            try engine.changeInsightRules(input) { $0.disabledNs = $0.disabledNs ?? nowNs }
        },
        Operation("DeleteInsightRules", writes: true) { (engine, input, _) throws(OperationError) in
            try engine.deleteInsightRules(input)
        },
        Operation("PutManagedInsightRules", writes: true) { (engine, input, _) throws(OperationError) in
            try engine.putManagedRules(input)
        },
        Operation("ListManagedInsightRules") { (engine, input, _) throws(OperationError) in
            try engine.listManagedRules(input)
        },
    ]
}

/// Why one element of a batch was not done; the others were.
private struct InsightFailure: Error {
    var resource: String
    var code: String
    var reason: String

    var json: JSONValue {
        .object([
            .init("FailureResource", .string(resource)), .init("ExceptionType", .string(code)),
            .init("FailureCode", .string(code)), .init("FailureDescription", .string(reason)),
        ])
    }

    static func missing(_ rule: String) -> InsightFailure {
        InsightFailure(
            resource: rule, code: "ResourceNotFoundException", reason: "There is no insight rule \(rule).")
    }

    static func answer(_ failures: [InsightFailure]) -> JSONValue {
        .object([.init("Failures", .array(failures.map(\.json)))])
    }
}

extension MonitoringEngine {
    private static let ruleNameBytesMax = 128

    /// `arn:aws:cloudwatch:REGION:ACCOUNT:insight-rule/NAME`.
    func insightRuleARN(_ name: String) -> String {
        "arn:aws:cloudwatch:\(scope.region):\(scope.account):insight-rule/\(name)"
    }

    /// The rule of an ARN; nil for what is no ARN of a rule.
    func insightRuleName(ofARN arn: String) -> String? {
        let prefix = insightRuleARN("")
        guard arn.hasBytePrefix(prefix) else { return nil }
        return String(decoding: arn.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }

    private mutating func stage(_ rule: InsightRule?, named name: String) {
        insightRules[name] = rule
        var write = MonitoringWrite()
        write.documents = [.init(kind: .insightRule, name: name, content: rule?.encoded)]
        stage(write)
    }

    private static func isRuleName(_ name: String) -> Bool {
        (1...ruleNameBytesMax).contains(name.utf8.count) && name.utf8.allSatisfy { (0x20...0x7e).contains($0) }
    }

    private func checkRoom(forRule name: String) throws(OperationError) {
        guard insightRules[name] != nil || insightRules.count < options.insightRulesMax else {
            throw OperationError(
                code: "LimitExceededException",
                message: "there are \(options.insightRulesMax) insight rules, more are not allowed")
        }
    }

    fileprivate mutating func putInsightRule(
        _ input: OperationInput, nowNs: Int64
    ) throws(OperationError) -> JSONValue {
        guard let name = try input.string("RuleName"), let text = try input.string("RuleDefinition") else {
            throw OperationError(
                code: "MissingParameter", message: "The parameters RuleName and RuleDefinition are required.")
        }
        guard Self.isRuleName(name) else {
            throw .insight(
                "The value for parameter RuleName must be 1 to \(Self.ruleNameBytesMax) printable ASCII characters.")
        }
        let state = try input.string("RuleState") ?? "ENABLED"
        guard ["ENABLED", "DISABLED"].contains(state) else {
            throw .insight("The value for parameter RuleState must be ENABLED or DISABLED.")
        }
        var rule = InsightRule(name: name, text: text, definition: try InsightDefinition(text, scope: scope))
        let before = insightRules[name]
        guard before?.managed == nil else { throw .insight("\(name) is a managed rule, which cannot be replaced.") }
        try checkRoom(forRule: name)
        rule.disabledNs = state == "ENABLED" ? nil : before?.disabledNs ?? nowNs
        rule.isOnTransformedLogs = try input.bool("ApplyOnTransformedLogs")
        // As in the service: tags of a rule that exists change by TagResource only.
        if let before { rule.tags = before.tags } else { rule.tags = try Self.tags([], with: input) }
        stage(rule, named: name)
        return .object([])
    }

    private static func tags(_ tags: [AlarmTag], with input: OperationInput) throws(OperationError) -> [AlarmTag] {
        let added = try AlarmTag.read(input.json["Tags"])
        do throws(AlarmRefusal) { return try AlarmTag.merged(tags, with: added) } catch { throw OperationError(error) }
    }

    fileprivate func describeInsightRules(_ input: OperationInput) throws(OperationError) -> JSONValue {
        let page = try Self.page(of: insightRules.current.keys.map(\.text), input)
        return .object(
            [JSONMember("InsightRules", .array(page.names.compactMap { insightRules[$0]?.described }))] + page.next)
    }

    /// Names of a page in the order of their bytes, and the member that says where the next one begins.
    private static func page(
        of names: [String], _ input: OperationInput
    ) throws(OperationError) -> (names: [String], next: [JSONMember]) {
        let limit = Int(try input.integer("MaxResults", in: 1...500) ?? 500)
        var rest = names.sorted { $0.precedesByBytes($1) }
        if let token = try input.string("NextToken") {
            let after = try PageToken.content(of: token)
            rest.removeAll { !after.precedesByBytes($0) }
        }
        let shown = Array(rest.prefix(limit))
        guard rest.count > limit, let last = shown.last else { return (shown, []) }
        return (shown, [.init("NextToken", .string(PageToken.text(of: last)))])
    }

    /// Names of a batch, each once.
    private func ruleNames(_ input: OperationInput) throws(OperationError) -> [String] {
        guard let names = try input.strings("RuleNames") else {
            throw OperationError(code: "MissingParameter", message: "The parameter RuleNames is required.")
        }
        var seen: Set<NameKey> = []
        return names.filter { seen.insert(NameKey($0)).inserted }
    }

    fileprivate mutating func changeInsightRules(
        _ input: OperationInput, _ change: (inout InsightRule) -> Void
    ) throws(OperationError) -> JSONValue {
        var failures: [InsightFailure] = []
        for name in try ruleNames(input) {
            guard let before = insightRules[name] else {
                failures.append(.missing(name))
                continue
            }
            var rule = before
            change(&rule)
            if rule != before { stage(rule, named: name) }
        }
        return InsightFailure.answer(failures)
    }

    fileprivate mutating func deleteInsightRules(_ input: OperationInput) throws(OperationError) -> JSONValue {
        var failures: [InsightFailure] = []
        for name in try ruleNames(input) {
            if insightRules[name] != nil { stage(nil, named: name) } else { failures.append(.missing(name)) }
        }
        return InsightFailure.answer(failures)
    }

    // MARK: Managed rules

    fileprivate mutating func putManagedRules(_ input: OperationInput) throws(OperationError) -> JSONValue {
        guard let list = input.json["ManagedRules"]?.array, !list.isEmpty else {
            throw OperationError(code: "MissingParameter", message: "The parameter ManagedRules is required.")
        }
        var failures: [InsightFailure] = []
        for element in list {
            do throws(InsightFailure) { try putManagedRule(element) } catch { failures.append(error) }
        }
        return InsightFailure.answer(failures)
    }

    private mutating func putManagedRule(_ json: JSONValue) throws(InsightFailure) {
        let arn = json["ResourceARN"]?.string ?? "", name = json["TemplateName"]?.string ?? ""
        func failure(_ code: String, _ reason: String) -> InsightFailure {
            InsightFailure(resource: arn, code: code, reason: reason)
        }
        guard let template = InsightTemplate.all.first(where: { $0.name.hasSameBytes(as: name) }) else {
            throw failure("InvalidParameterValue", "There is no template \(name).")
        }
        guard let bus = InsightTemplate.bus(of: arn, scope: scope), (try? buses.bus(bus)) != nil else {
            throw failure("ResourceNotFoundException", "\(arn) is no event bus of this account and region.")
        }
        let rule = template.ruleName(bus: bus), text = template.definition(bus: bus)
        guard Self.isRuleName(rule) else {
            throw failure("InvalidParameterValue", "The name of the rule would be too long: \(rule)")
        }
        // One that is there stays as it is.
        guard insightRules[rule]?.managed == nil else { return }
        guard insightRules[rule] == nil else {
            throw failure("InvalidParameterValue", "There is a rule \(rule) already, which is not managed.")
        }
        do throws(OperationError) {
            try checkRoom(forRule: rule)
            var made = InsightRule(name: rule, text: text, definition: try InsightDefinition(text, scope: scope))
            made.managed = InsightRule.Managed(template: template.name, resourceARN: arn)
            made.tags = try Self.tags([], with: OperationInput(json, operation: "PutManagedInsightRules"))
            stage(made, named: rule)
        } catch {
            throw failure(error.code, error.message)
        }
    }

    /// Templates that fit a resource, with the rules that were made from them.
    fileprivate func listManagedRules(_ input: OperationInput) throws(OperationError) -> JSONValue {
        guard let arn = try input.string("ResourceARN") else {
            throw OperationError(code: "MissingParameter", message: "The parameter ResourceARN is required.")
        }
        let bus = InsightTemplate.bus(of: arn, scope: scope)
        let fitting = bus.flatMap { try? buses.bus($0) } == nil ? [] : InsightTemplate.all
        let page = try Self.page(of: fitting.map(\.name), input)
        let rules = page.names.map { name -> JSONValue in
            var members: [JSONMember] = [.init("TemplateName", .string(name)), .init("ResourceARN", .string(arn))]
            let rule = insightRules["\(name)-\(bus ?? "")"]
            if let rule, rule.managed != nil {
                let state: [JSONMember] = [
                    .init("RuleName", .string(rule.name)), .init("State", .string(rule.state)),
                ]
                members.append(.init("RuleState", .object(state)))
            }
            return .object(members)
        }
        return .object([JSONMember("ManagedRules", .array(rules))] + page.next)
    }
}

// MARK: - Tags

extension MonitoringEngine {
    private func insightRule(_ name: String) throws(OperationError) -> InsightRule {
        guard let rule = insightRules[name] else {
            throw OperationError(code: "ResourceNotFoundException", message: "There is no insight rule \(name).")
        }
        return rule
    }

    mutating func tagInsightRule(_ name: String, _ input: OperationInput) throws(OperationError) {
        var rule = try insightRule(name)
        rule.tags = try Self.tags(rule.tags, with: input)
        stage(rule, named: name)
    }

    mutating func untagInsightRule(_ name: String, _ keys: [String]) throws(OperationError) {
        var rule = try insightRule(name)
        rule.tags.removeAll { tag in keys.contains { $0.hasSameBytes(as: tag.key) } }
        stage(rule, named: name)
    }

    func tagsOfInsightRule(_ name: String) throws(OperationError) -> JSONValue {
        AlarmTag.json(try insightRule(name).tags)
    }
}
