package import VarveModel

/// Which composite alarm names which alarms: whom to tell of a change, what may be deleted, and where rules run in
/// circles. One per account and region, kept beside the alarms.
package struct CompositeGraph: Equatable, Sendable {
    private var children: [NameKey: Set<NameKey>] = [:]
    private var suppressors: [NameKey: NameKey] = [:]
    /// The reverse of `children`.
    private var namers: [NameKey: Set<NameKey>] = [:]
    /// The reverse of `suppressors`.
    private var suppressed: [NameKey: Set<NameKey>] = [:]
    /// Composite alarms that depend on themselves through others.
    package private(set) var cyclic: Set<NameKey> = []

    package init() {}

    /// What one composite alarm names.
    package struct Links: Equatable, Sendable {
        fileprivate var children: Set<NameKey>
        fileprivate var suppressor: NameKey?
    }

    /// Enters a composite alarm, or what became of it. O(its children); where another composite alarm names it also
    /// O(composite alarms that it depends on, and that depend on it).
    package mutating func set(_ definition: CompositeAlarmDefinition) {
        replace(
            NameKey(definition.name),
            Links(children: definition.childNames, suppressor: definition.suppressorName.map { NameKey($0) }))
    }

    /// Takes a deleted alarm out.
    package mutating func remove(_ name: String) { replace(NameKey(name), nil) }

    /// What a composite alarm names now, to be put back by ``restore(_:_:)``; nil when there is no such alarm.
    package func links(of name: String) -> Links? {
        children[NameKey(name)].map { Links(children: $0, suppressor: suppressors[NameKey(name)]) }
    }

    /// Undoes changes of one alarm.
    package mutating func restore(_ name: NameKey, _ links: Links?) { replace(name, links) }

    private mutating func replace(_ name: NameKey, _ links: Links?) {
        // Circles through other alarms alone stay as they are.
        let broken = cyclic.contains(name) ? circle(through: name) : []
        unlink(name)
        if let links { link(name, children: links.children, suppressor: links.suppressor) }
        cyclic.subtract(broken)
        for member in broken where member != name && !cyclic.contains(member) && leadsBack(member) {
            cyclic.formUnion(circle(through: member))
        }
        if links != nil, leadsBack(name) { cyclic.formUnion(circle(through: name)) }
    }

    /// Composite alarms to tell that `name` changed its state, in the order of their names: those whose rule or
    /// suppressor it is. Members of circles are evaluated no more.
    package func parents(of name: String) -> [String] {
        composites(naming: name).union(suppressed[name] ?? []).subtracting(cyclic).sortedNames
    }

    /// Composite alarms with `name` in their rules.
    package func composites(naming name: String) -> Set<NameKey> { namers[name] ?? [] }

    /// Alarms in the rule of the composite alarm `name`, in the order of their names.
    package func children(of name: String) -> [String] { (children[name] ?? []).sortedNames }

    /// Whether an alarm with this definition depends on itself.
    package func isInCycle(_ definition: CompositeAlarmDefinition) -> Bool {
        // A circle through it leads back to it; whom nobody names is in none.
        namers[definition.name] != nil && definition.childNames.contains { reaches($0, NameKey(definition.name)) }
    }

    /// Checks a call to delete alarms; nothing is deleted when one of them cannot be.
    /// - Parameter names: those that exist; others are ignored by the caller.
    package func checkDeletion(of names: [String]) throws(AlarmRefusal) {
        guard names.count <= AlarmLimits.namesMax else {
            throw .validation("At most \(AlarmLimits.namesMax) alarms can be deleted at once")
        }
        guard names.count(where: { children[$0] != nil }) <= 1 else {
            throw .validation("Only one composite alarm can be deleted at once")
        }
        for name in names where !composites(naming: name).union(suppressed[name] ?? []).isEmpty {
            throw .validation("Cannot delete \(name) as there are composite alarm(s) depending on it.")
        }
    }

    // MARK: - Links

    private mutating func link(_ name: NameKey, children new: Set<NameKey>, suppressor: NameKey?) {
        children[name] = new
        for child in new { namers[child, default: []].insert(name) }
        suppressors[name] = suppressor
        if let suppressor { suppressed[suppressor, default: []].insert(name) }
    }

    private mutating func unlink(_ name: NameKey) {
        for child in children.removeValue(forKey: name) ?? [] {
            namers[child]?.remove(name)
            if namers[child]?.isEmpty == true { namers[child] = nil }
        }
        if let suppressor = suppressors.removeValue(forKey: name) {
            suppressed[suppressor]?.remove(name)
            if suppressed[suppressor]?.isEmpty == true { suppressed[suppressor] = nil }
        }
    }

    // MARK: - Circles

    private func leadsBack(_ name: NameKey) -> Bool {
        // Whom nobody names is in no circle: the usual case.
        guard namers[name] != nil else { return false }
        return (children[name] ?? []).contains { reaches($0, name) }
    }

    /// The alarms between `name` and itself; empty when it does not lead back to itself.
    private func circle(through name: NameKey) -> Set<NameKey> {
        let below = spread(from: name) { children[$0] ?? [] }
        guard below.contains(name) else { return [] }
        return below.intersection(spread(from: name) { namers[$0] ?? [] })
    }

    /// Everything that one or more steps lead to.
    private func spread(from start: NameKey, _ next: (NameKey) -> Set<NameKey>) -> Set<NameKey> {
        var seen: Set<NameKey> = []
        var open = [start]
        while let name = open.popLast() {
            for neighbour in next(name) where seen.insert(neighbour).inserted { open.append(neighbour) }
        }
        return seen
    }

    private func reaches(_ start: NameKey, _ goal: NameKey) -> Bool {
        var seen: Set<NameKey> = [start]
        var open = [start]
        while let name = open.popLast() {
            if name == goal { return true }
            for child in children[name] ?? [] where seen.insert(child).inserted { open.append(child) }
        }
        return false
    }
}
