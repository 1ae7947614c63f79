package import VarveJSON

/// One thing that an operation does, as policies see it.
package struct ActionRequirement: Sendable, Equatable {
    /// Such as `cloudwatch:PutMetricAlarm`.
    package var action: String
    /// ARNs; `*` for what has none.
    package var resources: [String]
    /// Values of condition keys that follow from the input.
    package var contextValues: [String: [String]]
}

/// What operations of CloudWatch and EventBridge need. Pure.
package enum ActionTable {
    /// - Parameters:
    ///   - service: signing name: `monitoring` or `events`.
    ///   - input: in the shape of the service's JSON.
    package static func requirements(
        service: String, operation: String, input: JSONValue, region: String, account: String, partition: String
    ) -> [ActionRequirement] {
        let names = ResourceNames(region: region, account: account, partition: partition)
        let isEvents = service == "events"
        let resources = isEvents ? names.events(operation, input) : names.cloudWatch(operation, input)
        let prefix = isEvents ? "events" : service == "monitoring" ? "cloudwatch" : service
        var values = tagValues(input["Tags"]?.array ?? [])
        let removed = input.strings("TagKeys")
        if !removed.isEmpty { values["aws:TagKeys", default: []] += removed }
        if !isEvents { addCloudWatchValues(operation, input, to: &values) }
        let own = ActionRequirement(action: "\(prefix):\(operation)", resources: resources, contextValues: values)
        // Whoever makes something with tags must be allowed to tag it, too.
        guard operation != "TagResource" else { return [own] }
        // Each rule of PutManagedInsightRules has its own.
        let holders = [input] + (input["ManagedRules"]?.array ?? [])
        let lists = holders.map { $0["Tags"]?.array ?? [] }.filter { !$0.isEmpty }
        return [own]
            + lists.map { tags in
                ActionRequirement(
                    action: "\(prefix):TagResource", resources: resources, contextValues: tagValues(tags))
            }
    }

    private static func addCloudWatchValues(
        _ operation: String, _ input: JSONValue, to values: inout [String: [String]]
    ) {
        switch operation {
        case "PutMetricData": values["cloudwatch:namespace"] = input["Namespace"]?.string.map { [$0] }
        case "PutMetricAlarm", "PutCompositeAlarm":
            let lists = ["AlarmActions", "OKActions", "InsufficientDataActions"].map { input.strings($0) }
            let actions = lists.flatMap(\.self)
            if !actions.isEmpty { values["cloudwatch:AlarmActions"] = actions }
        case "PutInsightRule":
            guard let text = input["RuleDefinition"]?.string, let body = try? JSONReader.read(Array(text.utf8)) else {
                return
            }
            let groups = body.strings("LogGroupNames")
            if !groups.isEmpty { values["cloudwatch:requestInsightRuleLogGroups"] = groups }
        default: break
        }
    }

    /// `aws:RequestTag/…` and `aws:TagKeys`. Keys that differ in case only are one key with several values: which of
    /// them a policy sees must not be left to chance.
    static func tagValues(_ tags: [JSONValue]) -> [String: [String]] {
        var values: [String: [String]] = [:]
        var keys: [String] = []
        for tag in tags {
            guard let key = tag["Key"]?.string, let value = tag["Value"]?.string else { continue }
            keys.append(key)
            values["aws:RequestTag/\(key.lowercased())", default: []].append(value)
        }
        if !keys.isEmpty { values["aws:TagKeys"] = keys }
        return values
    }
}

extension JSONValue {
    /// The texts of a list; empty when there is none.
    func strings(_ name: String) -> [String] { (self[name]?.array ?? []).compactMap(\.string) }
}

/// ARNs of the resources that an operation names.
private struct ResourceNames {
    let region: String
    let account: String
    let partition: String

    func cloudWatch(_ operation: String, _ input: JSONValue) -> [String] {
        switch operation {
        case "PutMetricAlarm", "PutCompositeAlarm", "PutLogAlarm", "SetAlarmState", "DescribeAlarmContributors":
            return one(input, "AlarmName", alarm)
        case "DescribeAlarmHistory": return one(input, "AlarmName", alarm, otherwise: alarm("*"))
        case "DeleteAlarms", "EnableAlarmActions", "DisableAlarmActions":
            return input.strings("AlarmNames").map(alarm)
        case "DescribeAlarms":
            // Who asks for relatives does not name them.
            let asksForRelatives = ["ChildrenOfAlarmName", "ParentsOfAlarmName"].contains { input[$0]?.string != nil }
            let named = asksForRelatives ? [] : input.strings("AlarmNames").map(alarm)
            return named.isEmpty ? [alarm("*")] : named
        case "DescribeAlarmsForMetric": return [alarm("*")]
        case "TagResource", "UntagResource", "ListTagsForResource":
            // A managed rule's list uses the same member for a resource of another service.
            return [input["ResourceARN"]?.string ?? "*"]
        case "GetDashboard", "PutDashboard": return one(input, "DashboardName", dashboard)
        case "ListDashboards": return [dashboard("*")]
        case "DeleteDashboards": return input.strings("DashboardNames").map(dashboard)
        case "PutAlarmMuteRule": return one(input, "Name", muteRule)
        case "GetAlarmMuteRule", "DeleteAlarmMuteRule": return one(input, "AlarmMuteRuleName", muteRule)
        case "ListAlarmMuteRules":
            return input["AlarmName"]?.string.map { [alarm($0)] } ?? [muteRule("*")]
        case "PutMetricStream", "GetMetricStream", "DeleteMetricStream": return one(input, "Name", metricStream)
        case "StartMetricStreams", "StopMetricStreams": return input.strings("Names").map(metricStream)
        case "ListMetricStreams": return [metricStream("*")]
        case "PutInsightRule", "GetInsightRuleReport": return one(input, "RuleName", insightRule)
        case "EnableInsightRules", "DisableInsightRules", "DeleteInsightRules":
            return input.strings("RuleNames").map(insightRule)
        case "DescribeInsightRules", "PutManagedInsightRules", "ListManagedInsightRules": return [insightRule("*")]
        case "GetDataset", "AssociateDatasetKmsKey", "DisassociateDatasetKmsKey": return [cloudwatch("dataset/default")]
        // Metrics have no ARN.
        default: return ["*"]
        }
    }

    func events(_ operation: String, _ input: JSONValue) -> [String] {
        let bus = busName(input["EventBusName"]?.string)
        switch operation {
        case "PutRule", "DescribeRule", "DeleteRule", "EnableRule", "DisableRule":
            return one(input, "Name") { rule($0, bus) }
        case "PutTargets", "RemoveTargets", "ListTargetsByRule": return one(input, "Rule") { rule($0, bus) }
        case "ListRules": return [rule("*", bus)]
        case "PutEvents":
            let entries = input["Entries"]?.array ?? []
            let buses = Set(entries.map { eventBus($0["EventBusName"]?.string) })
            return buses.isEmpty ? [eventBus(nil)] : buses.sorted()
        case "CreateEventBus", "DeleteEventBus", "DescribeEventBus", "UpdateEventBus":
            return [eventBus(input["Name"]?.string)]
        case "PutPermission", "RemovePermission": return [eventBus(bus)]
        case "CreateArchive", "DescribeArchive", "UpdateArchive", "DeleteArchive":
            return one(input, "ArchiveName") { events("archive/\($0)") }
        case "StartReplay", "DescribeReplay", "CancelReplay": return one(input, "ReplayName") { events("replay/\($0)") }
        case "TagResource", "UntagResource", "ListTagsForResource": return [input["ResourceARN"]?.string ?? "*"]
        default: return ["*"]
        }
    }

    private func one(
        _ input: JSONValue, _ name: String, _ arn: (String) -> String, otherwise: String = "*"
    ) -> [String] {
        [input[name]?.string.map(arn) ?? otherwise]
    }

    private func cloudwatch(_ tail: String) -> String {
        ARN("cloudwatch", region: region, account: account, tail, partition: partition).text
    }

    /// Names are ASCII there, and found as strings: KELVIN SIGN, the one other text that is equal to any of them, finds
    /// what K does, and must not pass by a refusal for K.
    private func events(_ tail: String) -> String {
        let found = String(String.UnicodeScalarView(tail.unicodeScalars.map { $0 == "\u{212a}" ? "K" : $0 }))
        return ARN("events", region: region, account: account, found, partition: partition).text
    }

    private func alarm(_ name: String) -> String { cloudwatch("alarm:\(name)") }
    private func muteRule(_ name: String) -> String { cloudwatch("alarm-mute-rule:\(name)") }
    private func metricStream(_ name: String) -> String { cloudwatch("metric-stream/\(name)") }
    private func insightRule(_ name: String) -> String { cloudwatch("insight-rule/\(name)") }

    /// Dashboards belong to no region.
    private func dashboard(_ name: String) -> String {
        ARN("cloudwatch", account: account, "dashboard/\(name)", partition: partition).text
    }

    private func rule(_ name: String, _ bus: String) -> String {
        events(bus == "default" ? "rule/\(name)" : "rule/\(bus)/\(name)")
    }

    /// The bus that will be used, here and in the caller's account, whatever the rest of the ARN says.
    private func eventBus(_ nameOrARN: String?) -> String { events("event-bus/\(busName(nameOrARN))") }

    /// The name of a bus that is given by its name or its ARN, or not at all, as `EventNames.bus(in:)` reads it.
    private func busName(_ nameOrARN: String?) -> String {
        guard let nameOrARN, !nameOrARN.isEmpty else { return "default" }
        guard nameOrARN.hasPrefix("arn:"), let range = nameOrARN.firstRange(of: ":event-bus/") else { return nameOrARN }
        return String(nameOrARN[range.upperBound...])
    }
}
