package import VarveModel

/// Documents by name, with changes that are not durable yet.
///
/// Decisions are made on what is staged, so that several of them share one write; the write decides what becomes of
/// all. Everything O(1) but ``commit()`` and ``discard()``, which are O(staged changes).
package struct StagedTable<Value: Sendable>: Sendable {
    private var committed: [NameKey: Value] = [:]
    /// nil inside: removed.
    private var staged: [NameKey: Value?] = [:]
    /// Values, staged changes included.
    package private(set) var count = 0

    package init() {}

    /// The newest value, staged or not.
    package subscript(name: String) -> Value? {
        get {
            let key = NameKey(name)
            if let change = staged[key] { return change }
            return committed[key]
        }
        set {
            let key = NameKey(name)
            count += (newValue == nil ? 0 : 1) - (holds(key) ? 1 : 0)
            staged[key] = .some(newValue)
        }
    }

    /// Whether there is a value, staged or not.
    private func holds(_ key: NameKey) -> Bool {
        if let change = staged[key] { return change != nil }
        return committed[key] != nil
    }

    /// What is durable. O(1).
    package var durable: [NameKey: Value] { committed }
    /// Values with staged changes, in any order. O(values) when anything is staged.
    package var current: [NameKey: Value] {
        guard !staged.isEmpty else { return committed }
        var all = committed
        for (name, value) in staged { all[name] = value }
        return all
    }
    package var hasChanges: Bool { !staged.isEmpty }

    /// Puts a value in as it was stored; for loading.
    package mutating func load(_ name: String, _ value: Value) {
        let key = NameKey(name)
        if !holds(key) { count += 1 }
        committed[key] = value
    }

    /// Makes what was staged durable, and says what that was: names with values before and after.
    @discardableResult
    package mutating func commit() -> [(name: String, before: Value?, after: Value?)] {
        var changes: [(name: String, before: Value?, after: Value?)] = []
        changes.reserveCapacity(staged.count)
        for (name, value) in staged {
            changes.append((name.text, committed[name], value))
            committed[name] = value
        }
        staged.removeAll(keepingCapacity: true)
        return changes
    }

    /// Forgets what was staged.
    package mutating func discard() {
        staged.removeAll(keepingCapacity: true)
        count = committed.count
    }
}
