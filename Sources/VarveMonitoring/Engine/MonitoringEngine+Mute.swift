import VarveAlarms
import VarveEvents
import VarveJSON
import VarveModel

// Mute rules: whose windows are open for which alarms.
extension MonitoringEngine {
    /// Puts a rule in place of one with its name, or removes it; alarms that it names, or named, are told.
    mutating func stage(_ rule: MuteRule?, named name: String, nowNs: Int64) {
        let touched = Set(names: (muteRules[name]?.alarmNames ?? []) + (rule?.alarmNames ?? []))
        muteRules[name] = rule
        if let rule { indexMute(rule) }
        var write = MonitoringWrite()
        write.documents = [.init(kind: .muteRule, name: name, content: rule?.json.encoded)]
        stage(write)
        for alarm in touched.sortedNames { updateMute(of: alarm, nowNs: nowNs) }
    }

    /// Opens windows whose time has come; alarms end them by themselves.
    mutating func tickMuteRules(nowNs: Int64) {
        for (name, dueNs) in muteTicks where dueNs <= nowNs {
            guard let rule = muteRules[name.text] else { continue }
            for alarm in rule.alarmNames { updateMute(of: alarm, nowNs: nowNs) }
            noteMuteTick(of: rule, nowNs: nowNs)
        }
    }

    /// A rule was stored: alarms that it names no more are not looked up for it.
    mutating func forgetMute(_ before: MuteRule?, after: MuteRule?) {
        guard let before else { return }
        for alarm in Set(names: before.alarmNames).subtracting(Set(names: after?.alarmNames ?? [])) {
            muteRulesByAlarm[alarm]?.remove(before.name)
            if muteRulesByAlarm[alarm]?.isEmpty == true { muteRulesByAlarm[alarm] = nil }
        }
    }

    mutating func indexMute(_ rule: MuteRule) {
        for alarm in rule.alarmNames { muteRulesByAlarm[alarm, default: []].insert(rule.name) }
    }

    /// Tells an alarm which windows are open for it. O(rules that name it, or did).
    mutating func updateMute(of name: String, nowNs: Int64) {
        guard var alarm = alarms[name] else { return }
        let windows = (muteRulesByAlarm[name] ?? []).sortedNames.compactMap { muteRules[$0] }
            .filter { $0.names(name) }
            .compactMap { $0.window(at: nowNs, in: scope) }
        guard windows != alarm.mute?.windows ?? [] else { return }
        let before = alarm
        let effects = alarm.setMute(windows, nowNs: nowNs)
        stage(alarm, before: before, effects, nowNs: nowNs)
    }

    /// As GetAlarmMuteRule shows it.
    func described(_ rule: MuteRule, nowNs: Int64) -> JSONValue {
        guard case .object(let members) = rule.json else { return rule.json }
        return .object(
            members + [
                .init("AlarmMuteRuleArn", .string(MuteRule.arn(of: rule.name, in: scope))),
                .init("Status", .string(rule.status(at: nowNs).rawValue)), .init("MuteType", .string(rule.type)),
            ])
    }
}

extension Operation {
    static let muteRules: [Operation] = [
        Operation("PutAlarmMuteRule", writes: true) { (engine, input, nowNs) throws(OperationError) in
            do throws(AlarmRefusal) {
                let rule = try MuteRule(input.json, zones: engine.zones)
                guard engine.muteRules[rule.name] != nil || engine.muteRules.count < engine.options.muteRulesMax else {
                    throw .limit("The maximum of \(engine.options.muteRulesMax) mute rules is reached")
                }
                engine.stage(rule, named: rule.name, nowNs: nowNs)
            } catch {
                throw OperationError(error)
            }
            return .object([])
        },
        // One that there is not is deleted already.
        Operation("DeleteAlarmMuteRule", writes: true) { (engine, input, nowNs) throws(OperationError) in
            let name = try input.required("AlarmMuteRuleName")
            if engine.muteRules[name] != nil { engine.stage(nil, named: name, nowNs: nowNs) }
            return .object([])
        },
        Operation("GetAlarmMuteRule") { (engine, input, nowNs) throws(OperationError) in
            guard let rule = engine.muteRules[try input.required("AlarmMuteRuleName")] else {
                throw OperationError(code: "ResourceNotFoundException", message: "")
            }
            return engine.described(rule, nowNs: nowNs)
        },
        Operation("ListAlarmMuteRules") { (engine, input, nowNs) throws(OperationError) in
            try engine.listMuteRules(input, nowNs: nowNs)
        },
    ]
}

extension MonitoringEngine {
    /// The service's page.
    private static let muteRulesPerPage: Int64 = 100

    /// By name. O(rules).
    fileprivate func listMuteRules(_ input: OperationInput, nowNs: Int64) throws(OperationError) -> JSONValue {
        let (alarm, statuses) = (try input.string("AlarmName"), try input.strings("Statuses") ?? [])
        let limit = try input.integer("MaxRecords", in: 1...Self.muteRulesPerPage) ?? Self.muteRulesPerPage
        var after: String?
        if let token = try input.string("NextToken") { after = try PageToken.content(of: token) }
        let rules = muteRules.current.values.filter { rule in
            (alarm.map { rule.names($0) } ?? true) && (after?.precedesByBytes(rule.name) ?? true)
                && (statuses.isEmpty || statuses.contains(rule.status(at: nowNs).rawValue))
        }.sorted { $0.name.precedesByBytes($1.name) }
        let shown = rules.prefix(Int(limit))
        var members = [
            JSONMember("AlarmMuteRuleSummaries", .array(shown.map { described($0, nowNs: nowNs) }))
        ]
        if rules.count > shown.count, let last = shown.last {
            members.append(.init("NextToken", .string(PageToken.text(of: last.name))))
        }
        return .object(members)
    }
}

extension MuteRule {
    /// Whether it is for this alarm.
    fileprivate func names(_ alarm: String) -> Bool { alarmNames.contains { $0.hasSameBytes(as: alarm) } }
}
