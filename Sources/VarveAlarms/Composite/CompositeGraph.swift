/// Which composite alarm names which alarms: whom to tell of a change, what may be deleted, and where rules run in
/// circles. One per account and region, kept beside the alarms.
package struct CompositeGraph: Equatable, Sendable {
    private var children: [String: Set<String>] = [:]
    private var suppressors: [String: String] = [:]
    /// The reverse of `children`.
    private var namers: [String: Set<String>] = [:]
    /// The reverse of `suppressors`.
    private var suppressed: [String: Set<String>] = [:]
    /// Composite alarms that depend on themselves through others.
    package private(set) var cyclic: Set<String> = []

    package init() {}

    /// Enters a composite alarm, or what became of it. O(all composite alarms) when circles are possible, else O(its
    /// children).
    package mutating func set(_ definition: CompositeAlarmDefinition) {
        unlink(definition.name)
        link(definition.name, children: definition.childNames, suppressor: definition.suppressorName)
        cyclic = membersOfCycles()
    }

    /// Takes a deleted alarm out.
    package mutating func remove(_ name: String) {
        guard children[name] != nil else { return }
        unlink(name)
        cyclic = membersOfCycles()
    }

    /// Composite alarms to tell that `name` changed its state, in the order of their names: those whose rule or
    /// suppressor it is. Members of circles are evaluated no more.
    package func parents(of name: String) -> [String] {
        composites(naming: name).union(suppressed[name] ?? []).subtracting(cyclic).sorted()
    }

    /// Composite alarms with `name` in their rules.
    package func composites(naming name: String) -> Set<String> { namers[name] ?? [] }

    /// Alarms in the rule of the composite alarm `name`, in the order of their names.
    package func children(of name: String) -> [String] { (children[name] ?? []).sorted() }

    /// Whether an alarm with this definition depends on itself.
    package func isInCycle(_ definition: CompositeAlarmDefinition) -> Bool {
        // A circle through it leads back to it.
        definition.childNames.contains { reaches($0, definition.name) }
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

    private mutating func link(_ name: String, children new: Set<String>, suppressor: String?) {
        children[name] = new
        for child in new { namers[child, default: []].insert(name) }
        suppressors[name] = suppressor
        if let suppressor { suppressed[suppressor, default: []].insert(name) }
    }

    private mutating func unlink(_ name: String) {
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

    private func membersOfCycles() -> Set<String> {
        // Whoever names no composite alarm is in no circle, and then neither are those that name only such ones.
        var open = children.mapValues { $0.filter { children[$0] != nil }.count }
        var done = open.filter { $0.value == 0 }.map(\.key)
        while let name = done.popLast() {
            open[name] = nil
            for parent in namers[name] ?? [] {
                guard let count = open[parent] else { continue }
                open[parent] = count - 1
                if count == 1 { done.append(parent) }
            }
        }
        // What is left depends on a circle; members are those that lead back to themselves.
        return Set(open.keys.filter { name in (children[name] ?? []).contains { reaches($0, name) } })
    }

    private func reaches(_ start: String, _ goal: String) -> Bool {
        var seen: Set<String> = [start]
        var open = [start]
        while let name = open.popLast() {
            if name == goal { return true }
            for child in children[name] ?? [] where seen.insert(child).inserted { open.append(child) }
        }
        return false
    }
}
