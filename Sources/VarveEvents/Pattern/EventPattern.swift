package import VarveJSON

/// Which events a rule takes: the pattern language of EventBridge, compiled. Matching semantics: Docs/Events.md.
package struct EventPattern: Equatable, Sendable {
    /// Characters of a pattern, as in the service; it bounds the work of everything here.
    package static let lengthMax = 4_096

    /// The pattern as it was written.
    package let text: String
    let alternatives: [PatternAlternative]

    /// - Throws: `InvalidEventPatternException` with the service's message, which names the place of the fault;
    ///   `ValidationException` for a text that is too long.
    package static func parse(_ text: String) throws(EventRefusal) -> EventPattern {
        guard text.utf16.count <= lengthMax else { throw .tooLong(member: "eventPattern", lengthMax: lengthMax) }
        do {
            let alternatives = try PatternParser.parse(Array(text.utf8))
            return EventPattern(text: text, alternatives: alternatives.map { PatternAlternative($0) })
        } catch {
            throw .pattern(error.message(for: text))
        }
    }

    private init(text: String, alternatives: [PatternAlternative]) {
        self.text = text
        self.alternatives = alternatives
    }

    package static func == (left: EventPattern, right: EventPattern) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    /// Whether an event, as JSON, is taken. O(event + leaves that conditions look at).
    package func matches(_ event: JSONValue) -> Bool { matches(EventFields(event)) }

    func matches(_ fields: EventFields) -> Bool { alternatives.contains { $0.matches(fields) } }

    /// TestEventPattern: whether a pattern takes an event, both as text.
    /// - Throws: `InvalidEventPatternException`, or `ValidationException` for an event that is no JSON object
    ///   with `id`, `account`, `source`, `time`, `region`, `resources` and `detail-type`.
    package static func test(_ pattern: String, event: String) throws(EventRefusal) -> Bool {
        let compiled = try parse(pattern)
        guard let json = try? JSONReader.read(Array(event.utf8)), Event.hasEnvelope(json) else {
            throw .invalid(parameter: "Event")
        }
        return compiled.matches(json)
    }
}

/// Conditions that all have to be met.
struct PatternAlternative: Equatable, Sendable {
    struct Condition: Equatable, Sendable {
        var path: EventPath
        /// One of them is enough.
        var matchers: [EventMatcher]

        /// Whether the event may lack the leaf.
        var allowsAbsence: Bool { matchers.contains(.absent) }

        /// Keys of the literals when nothing but literals is asked for, otherwise nil.
        var literalKeys: [ScalarKey]? {
            var keys: [ScalarKey] = []
            for matcher in matchers {
                guard case .equals(let literal) = matcher else { return nil }
                keys.append(literal.key)
            }
            return keys
        }
    }

    /// By path, so that equal patterns are equal.
    let conditions: [Condition]

    init(_ conditions: [EventPath: [EventMatcher]]) {
        self.conditions = conditions.map { Condition(path: $0.key, matchers: $0.value) }
            .sorted { $0.path.bytes.lexicographicallyPrecedes($1.path.bytes) }
    }

    func matches(_ fields: EventFields) -> Bool {
        var open: [[Int]] = []
        for condition in conditions {
            guard let leaves = fields.leaves[condition.path] else {
                if condition.allowsAbsence { continue }
                return false
            }
            let elements = Self.elements(of: leaves, meeting: condition)
            guard let first = elements.first else { return false }
            // A leaf outside of arrays restricts nothing.
            if first != 0 { open.append(elements) }
        }
        if open.isEmpty { return true }
        var search = ElementSearch(elements: fields.elements)
        return search.canMeet(open, depth: 0)
    }

    /// Elements with a leaf that meets the condition, in the order of the leaves; the event alone where it has one
    /// outside of arrays.
    private static func elements(of leaves: [EventFields.Leaf], meeting condition: Condition) -> [Int] {
        var result: [Int] = []
        for leaf in leaves where result.last != leaf.element {
            guard condition.matchers.contains(where: { $0.matches(leaf.value) }) else { continue }
            if leaf.element == 0 { return [0] }
            result.append(leaf.element)
        }
        return result
    }
}

/// Whether conditions can be met together when of each array only one element may be looked at.
///
/// A condition is given by the elements in which it is met. Inside an element the arrays are independent of each other,
/// and a condition nearly always has leaves in a single one of them, so the search tries each element once. Only where
/// the same path leads into several arrays – `{"a.b": […], "a": {"b": […]}}` – does it have to choose.
private struct ElementSearch {
    let elements: [EventFields.Element]
    /// Choices that may be tried for one pattern and event: events that need more are built to, and are not taken.
    private var choicesLeft = 1_000
    /// Conditions that may leave a choice: each is a level of the stack.
    private static let openChoicesMax = 32

    init(elements: [EventFields.Element]) { self.elements = elements }

    /// - Parameter depth: elements around the one that is looked at; all of `conditions` are inside it.
    mutating func canMeet(_ conditions: [[Int]], depth: Int) -> Bool {
        // What is met right here restricts nothing.
        let open = conditions.filter { candidates in !candidates.contains { elements[$0].chain.count == depth } }
        if open.isEmpty { return true }
        var arrays: [Int: [[Int]]] = [:]
        var choices: [[(array: Int, candidates: [Int])]] = []
        for candidates in open {
            let byArray = Dictionary(grouping: candidates) { elements[elements[$0].chain[depth]].array }
            if byArray.count > 1 {
                choices.append(byArray.sorted { $0.key < $1.key }.map { (array: $0.key, candidates: $0.value) })
            } else {
                for (array, candidates) in byArray { arrays[array, default: []].append(candidates) }
            }
        }
        guard choices.count <= Self.openChoicesMax else { return false }
        return choose(choices[...], arrays: arrays, depth: depth)
    }

    /// Decides for each condition with a choice in which array it is to be met; `arrays` has what is decided.
    private mutating func choose(
        _ choices: ArraySlice<[(array: Int, candidates: [Int])]>, arrays: [Int: [[Int]]], depth: Int
    ) -> Bool {
        guard let first = choices.first else {
            return arrays.values.allSatisfy { canMeetInOneElement($0, depth: depth) }
        }
        for choice in first {
            choicesLeft -= 1
            guard choicesLeft > 0 else { return false }
            var next = arrays
            next[choice.array, default: []].append(choice.candidates)
            if choose(choices.dropFirst(), arrays: next, depth: depth) { return true }
        }
        return false
    }

    /// Whether one element of an array meets all of them. Elements in which one is not met are not looked into.
    private mutating func canMeetInOneElement(_ conditions: [[Int]], depth: Int) -> Bool {
        var groups = conditions.map { candidates in
            Dictionary(grouping: candidates) { elements[$0].chain[depth] }
        }
        guard let smallest = groups.indices.min(by: { groups[$0].count < groups[$1].count }) else { return true }
        groups.swapAt(0, smallest)
        for element in groups[0].keys.sorted() {
            let inside = groups.compactMap { $0[element] }
            if inside.count == groups.count, canMeet(inside, depth: depth + 1) { return true }
        }
        return false
    }
}
