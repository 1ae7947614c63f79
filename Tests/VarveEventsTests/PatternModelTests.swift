import Testing
import VarveEvents
import VarveJSON

/// The pattern language a second time, as directly as it can be said: of every array one object or array is chosen in
/// every possible way, and what is left is compared with the pattern as it is written.
private enum NaivePattern {
    static func matches(_ pattern: JSONValue, _ event: JSONValue) -> Bool {
        let all = leaves(of: event, path: "")
        return choices(of: event).contains { meets(pattern, path: "", leaves(of: $0, path: ""), all) }
    }

    /// Every event that has at most one object or array in each array; scalars stay.
    private static func choices(of value: JSONValue) -> [JSONValue] {
        switch value {
        case .object(let members):
            var results: [[JSONMember]] = [[]]
            for member in members {
                let inner = choices(of: member.value)
                results = results.flatMap { head in inner.map { head + [JSONMember(member.name, $0)] } }
            }
            return results.map { .object($0) }
        case .array(let elements):
            let scalars = elements.filter { !isContainer($0) }
            let containers = elements.filter(isContainer).flatMap { choices(of: $0) }
            if containers.isEmpty { return [.array(scalars)] }
            return containers.map { .array(scalars + [$0]) }
        default: return [value]
        }
    }

    private static func isContainer(_ value: JSONValue) -> Bool {
        switch value {
        case .object, .array: true
        default: false
        }
    }

    private static func leaves(of value: JSONValue, path: String) -> [(String, JSONValue)] {
        switch value {
        case .object(let members):
            members.flatMap { leaves(of: $0.value, path: path.isEmpty ? $0.name : path + "." + $0.name) }
        case .array(let elements): elements.flatMap { leaves(of: $0, path: path) }
        default: [(path, value)]
        }
    }

    private static func meets(
        _ pattern: JSONValue, path: String, _ leaves: [(String, JSONValue)], _ all: [(String, JSONValue)]
    ) -> Bool {
        guard case .object(let members) = pattern else { return false }
        return members.allSatisfy { member in
            if member.name == "$or" {
                return (member.value.array ?? []).contains { meets($0, path: path, leaves, all) }
            }
            let inner = path.isEmpty ? member.name : path + "." + member.name
            guard let matchers = member.value.array else { return meets(member.value, path: inner, leaves, all) }
            return matchers.contains { matcher in
                if matcher["exists"] == .bool(false) { return !all.contains { $0.0 == inner } }
                return leaves.contains { $0.0 == inner && meets(matcher, $0.1) }
            }
        }
    }

    private static func meets(_ matcher: JSONValue, _ leaf: JSONValue) -> Bool {
        guard case .object(let members) = matcher, let operation = members.first else { return equal(matcher, leaf) }
        let argument = operation.value
        switch operation.name {
        case "exists": return true
        case "prefix": return leaf.string.map { affix(argument, $0) { $0.hasPrefix($1) } } ?? false
        case "suffix": return leaf.string.map { affix(argument, $0) { $0.hasSuffix($1) } } ?? false
        case "equals-ignore-case": return leaf.string?.lowercased() == argument.string?.lowercased()
        case "wildcard": return leaf.string.map { wild(Array(argument.string ?? ""), Array($0)) } ?? false
        case "numeric": return leaf.double.map { compare($0, argument.array ?? []) } ?? false
        default: return anythingBut(argument, leaf)
        }
    }

    private static func anythingBut(_ argument: JSONValue, _ leaf: JSONValue) -> Bool {
        if case .object(let members) = argument {
            let texts = members[0].value.array ?? [members[0].value]
            return !texts.contains { meets(.object([JSONMember(members[0].name, $0)]), leaf) }
        }
        return !(argument.array ?? [argument]).contains { equal($0, leaf) }
    }

    private static func affix(_ argument: JSONValue, _ text: String, _ test: (String, String) -> Bool) -> Bool {
        if let plain = argument.string { return plain.isEmpty || test(text, plain) }
        let folded = argument["equals-ignore-case"]?.string?.lowercased() ?? ""
        return folded.isEmpty || test(text.lowercased(), folded)
    }

    private static func wild(_ pattern: [Character], _ text: [Character]) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "*" {
            return (0...text.count).contains { wild(Array(pattern.dropFirst()), Array(text.dropFirst($0))) }
        }
        return text.first == first && wild(Array(pattern.dropFirst()), Array(text.dropFirst()))
    }

    private static func compare(_ value: Double, _ terms: [JSONValue]) -> Bool {
        stride(from: 0, to: terms.count, by: 2).allSatisfy { index in
            let bound = terms[index + 1].double ?? .nan
            return switch terms[index].string {
            case "=": value == bound
            case "<": value < bound
            case "<=": value <= bound
            case ">": value > bound
            default: value >= bound
            }
        }
    }

    private static func equal(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if let first = left.double, let second = right.double { return first == second }
        return left == right
    }
}

/// Random events and patterns over few names and values, so that they often meet.
struct PatternGenerator {
    var random: SeededGenerator

    private static let names = ["a", "b", "c", "a.b", "b.c"]
    private static let texts = ["", "x", "xy", "xyx", "Xy", "yx", "x*y", "1"]

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private mutating func scalar() -> JSONValue {
        switch random.below(8) {
        case 0: .null
        case 1: .bool(random.chance(50))
        case 2, 3: random.chance(50) ? .integer(Int64(random.below(4))) : .number(Double(random.below(8)) / 2)
        default: .string(random.pick(Self.texts))
        }
    }

    mutating func event(depth: Int = 3) -> JSONValue {
        var members: [JSONMember] = []
        for name in Self.names where random.chance(60) { members.append(JSONMember(name, value(depth: depth - 1))) }
        return .object(members)
    }

    private mutating func value(depth: Int) -> JSONValue {
        if depth == 0 || random.chance(35) { return scalar() }
        if random.chance(45) { return event(depth: depth) }
        return .array((0..<random.below(3)).map { _ in value(depth: depth - 1) })
    }

    /// Paths are used once in a pattern: the last of two arrays under the same path replaces the first.
    mutating func pattern() -> JSONValue {
        var used: Set<String> = []
        return object(depth: 3, path: "", used: &used) ?? .object([JSONMember("a", .array([scalar()]))])
    }

    private mutating func object(depth: Int, path: String, used: inout Set<String>) -> JSONValue? {
        var members: [JSONMember] = []
        for name in Self.names where random.chance(40) {
            let inner = path.isEmpty ? name : path + "." + name
            if depth > 1, random.chance(40) {
                if let value = object(depth: depth - 1, path: inner, used: &used) {
                    members.append(JSONMember(name, value))
                }
            } else if used.insert(inner).inserted {
                members.append(JSONMember(name, .array((0...random.below(2)).map { _ in matcher() })))
            }
        }
        if depth > 1, random.chance(15) {
            // Branches may use the same paths as each other, but none from outside.
            var after = used
            let branches = (0..<3).compactMap { _ -> JSONValue? in
                var inside = used
                defer { after.formUnion(inside) }
                return object(depth: depth - 1, path: path, used: &inside)
            }
            if branches.count > 1 {
                members.append(JSONMember("$or", .array(branches)))
                used = after
            }
        }
        return members.isEmpty ? nil : .object(members)
    }

    private mutating func matcher() -> JSONValue {
        switch random.below(12) {
        case 0: return one("prefix", text())
        case 1: return one("suffix", text())
        case 2: return one(random.chance(50) ? "prefix" : "suffix", one("equals-ignore-case", text()))
        case 3: return one("equals-ignore-case", text())
        case 4: return one("wildcard", .string(random.pick(["*", "x*", "*y", "x*x", "*x*", "*1"])))
        case 5:
            return one(
                "numeric",
                .array([.string(random.pick(["=", "<", "<=", ">", ">="])), .integer(Int64(random.below(4)))]))
        case 6:
            return one(
                "numeric",
                .array([
                    .string(random.pick([">", ">="])), .integer(0), .string(random.pick(["<", "<="])), .number(2.5),
                ]))
        case 7: return one("exists", .bool(random.chance(50)))
        case 8: return one("anything-but", random.chance(50) ? text() : .array([text(), text()]))
        case 9:
            let kind = random.pick(["prefix", "suffix", "equals-ignore-case", "wildcard"])
            let choice: [JSONValue] = [.string("x"), .string("xy")]
            return one("anything-but", one(kind, random.chance(50) ? choice[random.below(2)] : .array(choice)))
        default: return scalar()
        }
    }

    private mutating func text() -> JSONValue { .string(random.pick(Self.texts)) }
    private func one(_ name: String, _ value: JSONValue) -> JSONValue { .object([JSONMember(name, value)]) }
}

@Suite struct PatternModelTests {
    @Test("compiled patterns take what the naive reading takes", arguments: UInt64(0)..<25)
    func model(seed: UInt64) throws {
        var generator = PatternGenerator(seed: seed)
        for _ in 0..<30 {
            let pattern = generator.pattern()
            let compiled = try EventPattern.parse(text(pattern))
            for _ in 0..<4 {
                let event = generator.event()
                let expected = NaivePattern.matches(pattern, event)
                let comment: Comment = "\(text(pattern)) on \(text(event))"
                #expect(compiled.matches(event) == expected, comment)
            }
        }
    }

    @Test("a set finds what each pattern by itself takes, also after removals", arguments: UInt64(0)..<20)
    func set(seed: UInt64) throws {
        var generator = PatternGenerator(seed: seed)
        var set = EventPatternSet()
        var patterns: [String: EventPattern] = [:]
        for index in 0..<60 {
            let name = "rule\(generator.random.below(40))"
            if index % 5 == 4 {
                set.remove(name: name)
                patterns[name] = nil
            } else {
                patterns[name] = try EventPattern.parse(text(generator.pattern()))
                set.insert(try #require(patterns[name]), name: name)
            }
            let event = generator.event()
            #expect(set.match(event).names == patterns.filter { $0.value.matches(event) }.keys.sorted())
        }
        #expect(set.count == patterns.count)
    }

    @Test("of five thousand rules an event tests those that ask for its rarest value")
    func work() throws {
        var set = EventPatternSet()
        for index in 0..<5_000 {
            let pattern = """
                {"source": ["shop.\(index % 50)"], "detail-type": ["Order \(index % 7)"],
                 "detail": {"customer": ["c\(index)"], "amount": [{"numeric": [">", 10]}]}}
                """
            set.insert(try EventPattern.parse(pattern), name: "rule\(index)")
        }
        let event = try json(
            #"{"source": "shop.42", "detail-type": "Order 4", "detail": {"customer": "c1992", "amount": 11}}"#)
        let result = set.match(event)
        #expect(result.names == ["rule1992"])
        // Each rule is filed where there was least: source and type fill up first, then every customer is alone.
        #expect(result.testedCount <= 4)
    }

    @Test("rules without literals are tested only when the event has what they ask about")
    func workWithoutLiterals() throws {
        var set = EventPatternSet()
        for index in 0..<1_000 {
            set.insert(try EventPattern.parse(#"{"detail": {"k\#(index)": [{"prefix": "x"}]}}"#), name: "rule\(index)")
        }
        set.insert(try EventPattern.parse(#"{"detail": {"z": [{"exists": false}]}}"#), name: "absent")
        let result = set.match(try json(#"{"detail": {"k7": "xy", "k8": "y"}}"#))
        #expect(result.names == ["absent", "rule7"])
        #expect(result.testedCount == 3)
    }
}
