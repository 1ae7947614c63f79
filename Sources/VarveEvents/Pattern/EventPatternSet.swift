package import VarveJSON
import VarveModel

/// Finds the patterns that take an event among thousands without testing each one.
///
/// Every alternative of a pattern is filed under one of its conditions: under each literal of a condition that asks for
/// literals only (such as `source`), otherwise under a path that the event must have, otherwise under nothing. An event
/// brings up what is filed under its leaves, and only that is tested in full.
package struct EventPatternSet: Sendable {
    /// The patterns that take an event.
    package struct Result: Equatable, Sendable {
        /// Names, in the order of their bytes.
        package var names: [String]
        /// Alternatives that were tested in full: the work that was done.
        package var testedCount: Int
    }

    private struct Entry: Sendable {
        var name: String
        var alternative: PatternAlternative
        var place: Place
    }

    /// Where an alternative is filed.
    private enum Place: Sendable {
        case literals(EventPath, [ScalarKey])
        case path(EventPath)
        case always
    }

    /// By number; numbers are not used again.
    private var entries: [Int: Entry] = [:]
    private var nextNumber = 0
    private var numbers: [NameKey: [Int]] = [:]
    private var byLiteral: [EventPath: [ScalarKey: Set<Int>]] = [:]
    private var byPath: [EventPath: Set<Int>] = [:]
    private var always: Set<Int> = []

    package init() {}

    /// Patterns, not alternatives.
    package var count: Int { numbers.count }

    /// Adds a pattern, or replaces the one of the same name. O(alternatives × conditions).
    package mutating func insert(_ pattern: EventPattern, name: String) {
        remove(name: name)
        numbers[name] = pattern.alternatives.map { alternative in
            let number = nextNumber
            nextNumber += 1
            let entry = Entry(name: name, alternative: alternative, place: bestPlace(for: alternative))
            entries[number] = entry
            file(number, entry.place)
            return number
        }
    }

    /// O(alternatives).
    package mutating func remove(name: String) {
        for number in numbers.removeValue(forKey: NameKey(name)) ?? [] {
            guard let entry = entries.removeValue(forKey: number) else { continue }
            unfile(number, entry.place)
        }
    }

    /// The patterns that take an event. O(event + what is filed under its leaves).
    package func match(_ event: JSONValue) -> Result {
        let fields = EventFields(event)
        var candidates = always
        for (path, leaves) in fields.leaves {
            if let filed = byPath[path] { candidates.formUnion(filed) }
            guard let literals = byLiteral[path] else { continue }
            for leaf in leaves {
                if let filed = literals[leaf.value.key] { candidates.formUnion(filed) }
            }
        }
        var names: Set<String> = []
        var testedCount = 0
        for number in candidates {
            guard let entry = entries[number], !names.contains(entry.name) else { continue }
            testedCount += 1
            if entry.alternative.matches(fields) { names.insert(entry.name) }
        }
        return Result(names: names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }, testedCount: testedCount)
    }

    /// The place that has least so far: a name that few patterns ask for tells more than one that all ask for.
    private func bestPlace(for alternative: PatternAlternative) -> Place {
        var best: (place: Place, load: Int)?
        for condition in alternative.conditions {
            guard let keys = condition.literalKeys else { continue }
            let load = keys.reduce(keys.count - 1) { $0 + (byLiteral[condition.path]?[$1]?.count ?? 0) }
            if best.map({ load < $0.load }) ?? true { best = (.literals(condition.path, keys), load) }
        }
        if let best { return best.place }
        let required = alternative.conditions.filter { !$0.allowsAbsence }
        let rarest = required.min { (byPath[$0.path]?.count ?? 0) < (byPath[$1.path]?.count ?? 0) }
        return rarest.map { .path($0.path) } ?? .always
    }

    private mutating func file(_ number: Int, _ place: Place) {
        switch place {
        case .always: always.insert(number)
        case .path(let path): byPath[path, default: []].insert(number)
        case .literals(let path, let keys):
            for key in keys { byLiteral[path, default: [:]][key, default: []].insert(number) }
        }
    }

    private mutating func unfile(_ number: Int, _ place: Place) {
        switch place {
        case .always: always.remove(number)
        case .path(let path):
            byPath[path]?.remove(number)
            if byPath[path]?.isEmpty == true { byPath[path] = nil }
        case .literals(let path, let keys):
            for key in keys {
                byLiteral[path]?[key]?.remove(number)
                if byLiteral[path]?[key]?.isEmpty == true { byLiteral[path]?[key] = nil }
            }
            if byLiteral[path]?.isEmpty == true { byLiteral[path] = nil }
        }
    }
}
