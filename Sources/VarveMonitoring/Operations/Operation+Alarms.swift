import VarveAlarms
import VarveJSON
import VarveModel

// Alarms, in the shapes of CloudWatch.
extension Operation {
    static let alarms: [Operation] = [
        Operation("PutMetricAlarm", writes: true) { (engine, input, nowNs) throws(OperationError) in
            try engine.putAlarm(input, isComposite: false, nowNs: nowNs)
        },
        Operation("PutCompositeAlarm", writes: true) { (engine, input, nowNs) throws(OperationError) in
            try engine.putAlarm(input, isComposite: true, nowNs: nowNs)
        },
        Operation("DeleteAlarms", writes: true) { (engine, input, nowNs) throws(OperationError) in
            try engine.deleteAlarms(input, nowNs: nowNs)
        },
        Operation("SetAlarmState", writes: true) { (engine, input, nowNs) throws(OperationError) in
            try engine.setAlarmState(input, nowNs: nowNs)
        },
        Operation("EnableAlarmActions", writes: true) { (engine, input, nowNs) throws(OperationError) in
            try engine.setActions(input, isEnabled: true, nowNs: nowNs)
        },
        Operation("DisableAlarmActions", writes: true) { (engine, input, nowNs) throws(OperationError) in
            try engine.setActions(input, isEnabled: false, nowNs: nowNs)
        },
        Operation("TagResource", writes: true) { (engine, input, nowNs) throws(OperationError) in
            try engine.tag(input, nowNs: nowNs)
        },
        Operation("UntagResource", writes: true) { (engine, input, nowNs) throws(OperationError) in
            try engine.untag(input, nowNs: nowNs)
        },
        Operation("DescribeAlarms") { (engine, input, _) throws(OperationError) in try engine.describeAlarms(input) },
        Operation("DescribeAlarmsForMetric") { (engine, input, _) throws(OperationError) in
            try engine.describeAlarmsForMetric(input)
        },
        Operation("DescribeAlarmContributors") { (engine, input, _) throws(OperationError) in
            try engine.describeContributors(input)
        },
        Operation("ListTagsForResource") { (engine, input, _) throws(OperationError) in try engine.listTags(input) },
    ]
}

extension MonitoringEngine {
    fileprivate func lookup(_ name: String) -> AlarmStanding? { alarms[name]?.standing }

    // MARK: Definitions

    fileprivate mutating func putAlarm(
        _ input: OperationInput, isComposite: Bool, nowNs: Int64
    ) throws(OperationError) -> JSONValue {
        if isComposite {
            do throws(AlarmRefusal) {
                try put(CompositeAlarmDefinition(input.json), nowNs: nowNs)
            } catch {
                throw OperationError(error)
            }
        } else {
            let definition: MetricAlarmDefinition
            do throws(AlarmRefusal) {
                definition = try MetricAlarmDefinition(input.json)
            } catch {
                throw OperationError(error)
            }
            try put(definition, nowNs: nowNs)
        }
        return .object([])
    }

    private mutating func put(_ definition: MetricAlarmDefinition, nowNs: Int64) throws(OperationError) {
        let question = WatchedAlarm(definition, zones: zones)
        if let fault = question.fault { throw .validation(fault) }
        var alarm: Alarm
        let before = alarms[definition.name]
        let effects: [AlarmEffect]
        do throws(AlarmRefusal) {
            if let before {
                alarm = before
                try noteInsights(definition)
                effects = try alarm.update(definition, nowNs: nowNs)
            } else {
                try checkRoom()
                try noteInsights(definition)
                (alarm, effects) = Alarm.create(definition, in: scope, nowNs: nowNs)
            }
        } catch {
            throw OperationError(error)
        }
        // Also when the alarm stays as it is: its detector may have been deleted.
        try stageDetectors(of: question)
        stage(alarm, before: before, effects, nowNs: nowNs)
        // A rule may name alarms that come later.
        if before == nil { updateMute(of: alarm.name, nowNs: nowNs) }
    }

    private mutating func put(_ definition: CompositeAlarmDefinition, nowNs: Int64) throws(AlarmRefusal) {
        let before = alarms[definition.name]
        let effects: [AlarmEffect]
        var alarm: Alarm
        if let before {
            alarm = before
            effects = try alarm.update(definition, graph: graph, nowNs: nowNs, lookup: lookup)
        } else {
            try checkRoom()
            (alarm, effects) = try Alarm.create(
                definition, in: scope, graph: graph, nowNs: nowNs, lookup: lookup)
        }
        guard alarm != before else { return }
        let circle = graph.cyclic
        willChangeGraph(of: alarm.name)
        graph.set(definition)
        stage(alarm, before: before, effects, nowNs: nowNs)
        if graph.cyclic != circle {
            // While they were members of a circle nobody told them anything.
            recoverComposites(
                circle.subtracting(graph.cyclic).subtracting([NameKey(alarm.name)]).sortedNames, nowNs: nowNs)
        }
        if before == nil { updateMute(of: alarm.name, nowNs: nowNs) }
    }

    private func checkRoom() throws(AlarmRefusal) {
        guard alarms.count < options.alarmsMax else {
            throw .limit("The maximum of \(options.alarmsMax) alarms is reached")
        }
    }

    fileprivate mutating func deleteAlarms(_ input: OperationInput, nowNs: Int64) throws(OperationError) -> JSONValue {
        let names = (try input.strings("AlarmNames") ?? []).filter { alarms[$0] != nil }
        do throws(AlarmRefusal) { try graph.checkDeletion(of: names) } catch { throw OperationError(error) }
        var write = MonitoringWrite()
        for name in Set(names: names).sortedNames {
            guard let alarm = alarms[name] else { continue }
            for effect in alarm.deletionEffects(nowNs: nowNs) { add(effect, to: &write, nowNs: nowNs) }
            write.documents.append(.init(kind: .alarm, name: name, content: nil))
            alarms[name] = nil
            if case .composite = alarm.definition {
                willChangeGraph(of: name)
                graph.remove(name)
            }
        }
        stage(write)
        return .object([])
    }

    // MARK: States

    fileprivate mutating func setAlarmState(_ input: OperationInput, nowNs: Int64) throws(OperationError) -> JSONValue {
        let name = try input.required("AlarmName")
        let (value, reason) = (try input.required("StateValue"), try input.required("StateReason"))
        let data = try input.string("StateReasonData")
        do throws(AlarmRefusal) {
            let state = try AlarmState.read(value)
            guard var alarm = alarms[name] else { throw .notFound }
            let before = alarm
            let effects = try alarm.setState(state, reason: reason, reasonData: data, nowNs: nowNs)
            stage(alarm, before: before, effects, nowNs: nowNs)
        } catch {
            throw OperationError(error)
        }
        return .object([])
    }

    /// Names that do not exist are passed over, as the service does.
    fileprivate mutating func setActions(
        _ input: OperationInput, isEnabled: Bool, nowNs: Int64
    ) throws(OperationError) -> JSONValue {
        let names = try input.strings("AlarmNames") ?? []
        guard names.count <= AlarmLimits.namesMax else {
            throw .validation("At most \(AlarmLimits.namesMax) alarms can be named at once")
        }
        for name in names {
            guard var alarm = alarms[name] else { continue }
            let before = alarm
            let effects = alarm.setActionsEnabled(isEnabled, nowNs: nowNs)
            stage(alarm, before: before, effects, nowNs: nowNs)
        }
        return .object([])
    }

    // MARK: Tags

    private func alarm(ofARN arn: String) throws(OperationError) -> Alarm {
        guard let alarm = alarms[AlarmReference(arn).name], alarm.arn.hasSameBytes(as: arn) else {
            throw OperationError(code: "ResourceNotFoundException", message: "")
        }
        return alarm
    }

    fileprivate mutating func tag(_ input: OperationInput, nowNs: Int64) throws(OperationError) -> JSONValue {
        if let answer = try tagStream(input) { return answer }
        let arn = try input.required("ResourceARN")
        if let rule = insightRuleName(ofARN: arn) {
            try tagInsightRule(rule, input)
            return .object([])
        }
        if let dashboard = dashboardName(ofARN: arn) {
            try tagDashboard(dashboard, input)
            return .object([])
        }
        var alarm = try alarm(ofARN: arn)
        let before = alarm
        let tags = try AlarmTag.read(input.json["Tags"])
        do throws(AlarmRefusal) { try alarm.tag(tags) } catch { throw OperationError(error) }
        stage(alarm, before: before, [], nowNs: nowNs)
        return .object([])
    }

    fileprivate mutating func untag(_ input: OperationInput, nowNs: Int64) throws(OperationError) -> JSONValue {
        if let answer = try untagStream(input) { return answer }
        let (arn, keys) = (try input.required("ResourceARN"), try input.strings("TagKeys") ?? [])
        if let rule = insightRuleName(ofARN: arn) {
            try untagInsightRule(rule, keys)
            return .object([])
        }
        if let dashboard = dashboardName(ofARN: arn) {
            try untagDashboard(dashboard, keys)
            return .object([])
        }
        var alarm = try alarm(ofARN: arn)
        let before = alarm
        alarm.untag(keys)
        stage(alarm, before: before, [], nowNs: nowNs)
        return .object([])
    }

    fileprivate func listTags(_ input: OperationInput) throws(OperationError) -> JSONValue {
        if let answer = try streamTags(input) { return answer }
        let arn = try input.required("ResourceARN")
        if let rule = insightRuleName(ofARN: arn) { return .object([.init("Tags", try tagsOfInsightRule(rule))]) }
        if let name = dashboardName(ofARN: arn) { return .object([.init("Tags", try tagsOfDashboard(name))]) }
        return .object([.init("Tags", AlarmTag.json(try alarm(ofARN: arn).tags))])
    }
}
