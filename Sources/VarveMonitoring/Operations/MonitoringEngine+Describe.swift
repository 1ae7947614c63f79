import VarveAlarms
import VarveJSON
import VarveModel

// What there is, without changing it.
extension MonitoringEngine {
    /// Pages of alarms by name: O(alarms) to find, O(page) to show.
    func describeAlarms(_ input: OperationInput) throws(OperationError) -> JSONValue {
        let filter = try AlarmFilter(input, graph: graph)
        let limit = Int(try input.integer("MaxRecords", in: 1...100) ?? 50)
        var after = ""
        if let token = try input.string("NextToken") { after = try PageToken.content(of: token) }
        // The first names only: with many alarms there are many pages.
        var found: [Alarm] = []
        for alarm in alarms.current.values where after.precedesByBytes(alarm.name) && filter.accepts(alarm) {
            if found.count > limit, let last = found.last, last.name.precedesByBytes(alarm.name) { continue }
            let place = found.firstIndex { alarm.name.precedesByBytes($0.name) } ?? found.count
            found.insert(alarm, at: place)
            if found.count > limit + 1 { found.removeLast() }
        }
        let page = found.prefix(limit)
        var members: [JSONMember] = [
            .init("CompositeAlarms", .array(page.filter { $0.type == .composite }.map { filter.show($0) })),
            .init("MetricAlarms", .array(page.filter { $0.type == .metric }.map { filter.show($0) })),
            // There are no alarms on logs.
            .init("LogAlarms", .array([])),
        ]
        if found.count > limit, let last = page.last {
            members.append(.init("NextToken", .string(PageToken.text(of: last.name))))
        }
        return .object(members)
    }

    /// Simple metric alarms on exactly one metric.
    func describeAlarmsForMetric(_ input: OperationInput) throws(OperationError) -> JSONValue {
        let (name, namespace) = (try input.required("MetricName"), try input.required("Namespace"))
        let (simple, extended) = (try input.string("Statistic"), try input.string("ExtendedStatistic"))
        let statistic = simple ?? extended
        let (period, unit) = (try input.integer("Period", in: 1...Int64(Int32.max)), try input.string("Unit"))
        let dimensions = Set(try input.dimensions())
        let found = alarms.current.values.filter { alarm in
            guard case .metric(let definition) = alarm.definition, case .metric(let stat) = definition.source else {
                return false
            }
            guard stat.metric.name.hasSameBytes(as: name),
                stat.metric.namespace?.hasSameBytes(as: namespace) == true
            else { return false }
            return Set(stat.metric.dimensions) == dimensions && (statistic.map { $0 == stat.statistic } ?? true)
                && (period.map { $0 == Int64(stat.period) } ?? true) && (unit.map { $0 == stat.unit?.name } ?? true)
        }
        return .object([
            .init("MetricAlarms", .array(found.sorted { $0.name.precedesByBytes($1.name) }.map(\.described)))
        ])
    }

    func describeContributors(_ input: OperationInput) throws(OperationError) -> JSONValue {
        guard let alarm = alarms[try input.required("AlarmName")] else {
            throw OperationError(code: "ResourceNotFoundException", message: "")
        }
        let list = alarm.contributors.map { contributor in
            JSONValue.object([
                .init("ContributorId", .string(contributor.id)),
                .init(
                    "ContributorAttributes",
                    .object(contributor.attributes.map { .init($0.name, .string($0.value)) })),
                .init("StateReason", .string(contributor.reason)),
                .init("StateTransitionedTimestamp", .string(AlarmTime.iso(contributor.transitionedNs))),
            ])
        }
        return .object([.init("AlarmContributors", .array(list))])
    }
}

/// Which alarms a call wants, and what it wants to see of them.
private struct AlarmFilter {
    private enum Shown {
        case everything
        case child, parent
    }

    private var names: Set<NameKey>?
    private var prefix: String?
    private var types: Set<AlarmType>
    private var state: AlarmState?
    private var actionPrefix: String?
    private var shown = Shown.everything

    init(_ input: OperationInput, graph: CompositeGraph) throws(OperationError) {
        names = try input.strings("AlarmNames").map { Set(names: $0) }
        prefix = try input.string("AlarmNamePrefix")
        if names != nil, prefix != nil {
            throw .validation("AlarmNames and AlarmNamePrefix cannot be set at the same time")
        }
        var types: Set<AlarmType> = []
        let typeNames = try input.strings("AlarmTypes") ?? []
        for text in typeNames where text != "LogAlarm" {
            guard let type = AlarmType(rawValue: text) else {
                throw .validation("AlarmTypes must be MetricAlarm, CompositeAlarm or LogAlarm, not \(text)")
            }
            types.insert(type)
        }
        self.types = typeNames.isEmpty ? [.metric] : types
        if let text = try input.string("StateValue") {
            do throws(AlarmRefusal) { state = try AlarmState.read(text) } catch { throw OperationError(error) }
        }
        actionPrefix = try input.string("ActionPrefix")
        if let parent = try input.string("ChildrenOfAlarmName") {
            (names, shown, self.types) = (Set(names: graph.children(of: parent)), .child, Set(AlarmType.allCases))
        } else if let child = try input.string("ParentsOfAlarmName") {
            (names, shown, self.types) = (graph.composites(naming: child), .parent, Set(AlarmType.allCases))
        }
    }

    func accepts(_ alarm: Alarm) -> Bool {
        if let names, !names.contains(alarm.name) { return false }
        if let prefix, !alarm.name.hasBytePrefix(prefix) { return false }
        if let state, alarm.state != state { return false }
        if let actionPrefix, !alarm.definition.actions.all.contains(where: { $0.hasBytePrefix(actionPrefix) }) {
            return false
        }
        return types.contains(alarm.type)
    }

    func show(_ alarm: Alarm) -> JSONValue {
        switch shown {
        case .everything: return alarm.described
        case .parent: return .object([.init("AlarmName", .string(alarm.name)), .init("AlarmArn", .string(alarm.arn))])
        case .child:
            return .object([
                .init("AlarmName", .string(alarm.name)), .init("AlarmArn", .string(alarm.arn)),
                .init("StateValue", .string(alarm.state.rawValue)),
                .init("StateUpdatedTimestamp", .string(AlarmTime.iso(alarm.value.updatedNs))),
            ])
        }
    }
}
