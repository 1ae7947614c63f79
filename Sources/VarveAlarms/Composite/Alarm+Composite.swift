package import VarveModel
import VarveJSON

/// Finds an alarm of the same account and region by its name; nil when there is none.
package typealias AlarmLookup = (_ name: String) -> AlarmStanding?

extension Alarm {
    /// A new alarm of either kind.
    /// - Throws: ``AlarmRefusal`` when the rule of a composite alarm names what it may not name.
    package static func create(
        _ definition: AlarmDefinition, in scope: Scope, graph: CompositeGraph, nowNs: Int64, lookup: AlarmLookup
    ) throws(AlarmRefusal) -> (alarm: Alarm, effects: [AlarmEffect]) {
        switch definition {
        case .metric(let definition): create(definition, in: scope, nowNs: nowNs)
        case .composite(let definition):
            try create(definition, in: scope, graph: graph, nowNs: nowNs, lookup: lookup)
        }
    }

    /// A `Put` on an existing alarm of either kind.
    /// - Throws: ``AlarmRefusal``, also when the kind would change; the alarm then stays as it is.
    package mutating func update(
        _ definition: AlarmDefinition, graph: CompositeGraph, nowNs: Int64, lookup: AlarmLookup
    ) throws(AlarmRefusal) -> [AlarmEffect] {
        switch definition {
        case .metric(let definition): try update(definition, nowNs: nowNs)
        case .composite(let definition): try update(definition, graph: graph, nowNs: nowNs, lookup: lookup)
        }
    }

    /// A new composite alarm, evaluated at once.
    /// - Parameter graph: all composite alarms there are; see ``CompositeGraph``. Enter the new one afterwards.
    /// - Throws: ``AlarmRefusal`` when its rule names what it may not name.
    package static func create(
        _ definition: CompositeAlarmDefinition, in scope: Scope, graph: CompositeGraph, nowNs: Int64,
        lookup: AlarmLookup
    ) throws(AlarmRefusal) -> (alarm: Alarm, effects: [AlarmEffect]) {
        try definition.check(in: scope, graph: graph, lookup: lookup)
        var alarm = Alarm(.composite(definition), in: scope, nowNs: nowNs)
        alarm.suppression.suppressor = definition.suppressorName.flatMap(lookup)
        var effects: [AlarmEffect] = [
            .history(.created(alarm, nowNs: nowNs)), .event(.created(alarm, nowNs: nowNs)),
        ]
        if !graph.isInCycle(definition) { effects += alarm.evaluateNewRule("created and its", nowNs, lookup) }
        return (alarm, effects)
    }

    /// A `Put` on an existing composite alarm: replaces the whole definition and evaluates a new rule. An identical one
    /// changes nothing. Another suppressor ends running periods; actions that they kept back are not run.
    /// - Throws: ``AlarmRefusal``; the alarm then stays as it is.
    package mutating func update(
        _ definition: CompositeAlarmDefinition, graph: CompositeGraph, nowNs: Int64, lookup: AlarmLookup
    ) throws(AlarmRefusal) -> [AlarmEffect] {
        guard case .composite(let old) = self.definition else { throw Self.otherKind(name) }
        guard !old.isSame(as: definition) else { return [] }
        try definition.check(in: scope, graph: graph, lookup: lookup)
        let before = self
        self.definition = .composite(definition)
        configurationUpdatedNs = nowNs
        if old.suppressor?.alarm != definition.suppressor?.alarm {
            suppression = Suppression(suppressor: definition.suppressorName.flatMap(lookup))
        }
        var effects: [AlarmEffect] = [
            .history(.updated(self, from: before, nowNs: nowNs)), .event(.updated(self, from: before, nowNs: nowNs)),
        ]
        if old.rule != definition.rule, !graph.isInCycle(definition) {
            effects += evaluateNewRule("updated and its new", nowNs, lookup)
        }
        return effects
    }

    /// An alarm that this one names, in its rule or as suppressor, has changed its state. Do not call it for members of
    /// a cycle: ``CompositeGraph/parents(of:)`` leaves them out. O(elements of the rule).
    package mutating func childChanged(_ name: String, nowNs: Int64, lookup: AlarmLookup) -> [AlarmEffect] {
        guard let definition = definition.composite else { return [] }
        var effects = endPeriods(nowNs: nowNs)
        if definition.suppressorName?.hasSameBytes(as: name) == true {
            effects += suppressorChanged(to: lookup(name), nowNs: nowNs)
        }
        guard definition.rule.references.contains(where: { $0.name.hasSameBytes(as: name) }) else { return effects }
        let child =
            lookup(name)
            ?? AlarmStanding(arn: Self.arn(of: name, in: scope), state: .insufficientData, transitionedNs: nowNs)
        return effects + evaluateRule(definition.rule, because: [child], newest: child, nowNs, lookup)
    }

    /// After a restart: what children and suppressor did while nobody told this alarm. A state that was set by hand
    /// stays unless a child changed the value of the rule.
    package mutating func recover(nowNs: Int64, lookup: AlarmLookup) -> [AlarmEffect] {
        guard let definition = definition.composite else { return [] }
        var effects = endPeriods(nowNs: nowNs)
        if let name = definition.suppressorName { effects += suppressorChanged(to: lookup(name), nowNs: nowNs) }
        let holds = definition.rule.holds { lookup($0.name)?.state }
        guard holds != ruleValue else { return effects }
        let deciding = decidingChildren(definition.rule, lookup)
        guard let newest = deciding.max(by: { $0.transitionedNs < $1.transitionedNs }) else {
            return effects + evaluateNewRule("updated and its new", nowNs, lookup)
        }
        return effects + evaluateRule(definition.rule, because: [newest], newest: newest, nowNs, lookup)
    }

    private mutating func evaluateRule(
        _ rule: AlarmRule, because children: [AlarmStanding], newest child: AlarmStanding, _ nowNs: Int64,
        _ lookup: AlarmLookup
    ) -> [AlarmEffect] {
        let at = AlarmTime.long(child.transitionedNs)
        return settleRule(
            rule, "\(child.arn) transitioned to \(child.state.rawValue) at \(at)", because: children, nowNs, lookup)
    }

    private mutating func evaluateNewRule(
        _ claim: String, _ nowNs: Int64, _ lookup: AlarmLookup
    ) -> [AlarmEffect] {
        guard let rule = definition.composite?.rule else { return [] }
        let state: AlarmState = rule.holds { lookup($0.name)?.state } ? .alarm : .ok
        let reason = "\(arn) was \(claim) alarm rule evaluates to \(state.rawValue)"
        return settleRule(rule, reason, because: decidingChildren(rule, lookup), nowNs, lookup)
    }

    private mutating func settleRule(
        _ rule: AlarmRule, _ reason: String, because children: [AlarmStanding], _ nowNs: Int64, _ lookup: AlarmLookup
    ) -> [AlarmEffect] {
        let holds = rule.holds { lookup($0.name)?.state }
        ruleValue = holds
        let state: AlarmState = holds ? .alarm : .ok
        guard state != value.state else { return [] }
        triggeringChildren = children
        return transition(
            to: AlarmValue(
                state: state, reason: reason, reasonData: Self.triggeringData(children), updatedNs: nowNs,
                transitionedNs: nowNs))
    }

    private func decidingChildren(_ rule: AlarmRule, _ lookup: AlarmLookup) -> [AlarmStanding] {
        rule.deciding { lookup($0.name)?.state }.compactMap { lookup($0.name) }
    }

    /// `{"triggeringAlarms":[…]}` with as many as fit.
    private static func triggeringData(_ children: [AlarmStanding]) -> String {
        var listed = children.count
        while true {
            let alarms = children.prefix(listed).map { child in
                let state = JSONValue.object([
                    .init("value", .string(child.state.rawValue)),
                    .init("timestamp", .string(AlarmTime.iso(child.transitionedNs))),
                ])
                return JSONValue.object([.init("arn", .string(child.arn)), .init("state", state)])
            }
            let text = AlarmJSON.text(.object([.init("triggeringAlarms", .array(alarms))]))
            if text.fits(AlarmLimits.reasonDataCharactersMax) || listed == 0 { return text }
            listed /= 2
        }
    }
}

extension CompositeAlarmDefinition {
    /// The suppressor's name, also when it is given by ARN.
    package var suppressorName: String? { suppressor.map { AlarmReference($0.alarm).name } }

    /// The names of the alarms of the rule, each once.
    package var childNames: Set<NameKey> { Set(names: rule.references.map(\.name)) }

    /// Checks what needs other alarms.
    func check(in scope: Scope, graph: CompositeGraph, lookup: AlarmLookup) throws(AlarmRefusal) {
        let references = rule.references
        for reference in references + (suppressor.map { [AlarmReference($0.alarm)] } ?? []) {
            try reference.checkPlace(scope)
        }
        guard !childNames.contains(name) else {
            throw .validation(
                "A composite alarm cannot have a child relation with itself via its AlarmRule, as it would introduce a "
                    + "circular dependency")
        }
        guard suppressorName?.hasSameBytes(as: name) != true else {
            throw .validation("A composite alarm cannot be its own ActionsSuppressor")
        }
        let unknown = references.map(\.name).filter { lookup($0) == nil }
        guard unknown.isEmpty else {
            throw .validation(
                "Could not save the composite alarm as alarms [\(Self.arns(unknown, scope))] in the alarm rule do not "
                    + "exist")
        }
        if let suppressorName, lookup(suppressorName) == nil {
            throw .validation(
                "Could not save the composite alarm as alarms [\(Self.arns([suppressorName], scope))] in the actions "
                    + "suppressor do not exist")
        }
        for child in childNames.sortedNames
        where graph.composites(naming: child).subtracting([NameKey(name)]).count
            >= AlarmLimits.parentsMax
        {
            throw .limit("The alarm \(child) is a child of \(AlarmLimits.parentsMax) composite alarms already")
        }
    }

    private static func arns(_ names: [String], _ scope: Scope) -> String {
        var seen: Set<NameKey> = []
        return names.filter { seen.insert(NameKey($0)).inserted }.map { Alarm.arn(of: $0, in: scope) }.joined(
            separator: ", ")
    }
}

extension AlarmReference {
    fileprivate func checkPlace(_ scope: Scope) throws(AlarmRefusal) {
        guard let place else { return }
        guard place.account == scope.account else {
            throw .validation("A composite alarm cannot have a child relation with alarms from another AWS account")
        }
        guard place.region == scope.region else {
            throw .validation(
                "Error in AlarmRule [Wrong ARN region, it was \(place.region) but \(scope.region) was expected instead]"
            )
        }
    }
}
