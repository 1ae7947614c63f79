import VarveJSON

/// Takes the members of one object of a request by name and type. Names that do not belong there are refused, so that a
/// misspelt parameter does not silently count as absent.
struct DefinitionReader {
    private let members: [JSONMember]
    /// `Metrics[0].MetricStat`; empty for the request itself.
    private let path: String

    init(_ json: JSONValue, path: String = "", names: [String]) throws(AlarmRefusal) {
        guard case .object(let members) = json else { throw Self.wrongType(path, json, "an object") }
        for member in members where !names.contains(member.name) {
            let place = path.isEmpty ? "input" : path
            throw .validation(
                "Unknown parameter in \(place): \"\(member.name)\", must be one of: \(names.joined(separator: ", "))")
        }
        self.members = members
        self.path = path
    }

    /// nil for an absent member and for null.
    func value(_ name: String) -> JSONValue? {
        let value = members.first { $0.name == name }?.value
        return value == .null ? nil : value
    }

    func string(_ name: String) throws(AlarmRefusal) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.string else { throw Self.wrongType(place(name), value, "a string") }
        return text
    }

    func bool(_ name: String) throws(AlarmRefusal) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let flag = value.bool else { throw Self.wrongType(place(name), value, "a boolean") }
        return flag
    }

    func integer(_ name: String) throws(AlarmRefusal) -> Int64? {
        guard let value = value(name) else { return nil }
        if let number = value.integer { return number }
        // 60.0 is an integer, too.
        if let double = value.double, let number = Int64(exactly: double) { return number }
        throw Self.wrongType(place(name), value, "an integer")
    }

    func double(_ name: String) throws(AlarmRefusal) -> Double? {
        guard let value = value(name) else { return nil }
        guard let number = value.double else { throw Self.wrongType(place(name), value, "a number") }
        return number
    }

    func elements(_ name: String) throws(AlarmRefusal) -> [JSONValue]? {
        guard let value = value(name) else { return nil }
        guard let elements = value.array else { throw Self.wrongType(place(name), value, "an array") }
        return elements
    }

    func strings(_ name: String) throws(AlarmRefusal) -> [String]? {
        guard let elements = try elements(name) else { return nil }
        var texts: [String] = []
        for (index, element) in elements.enumerated() {
            guard let text = element.string else {
                throw Self.wrongType("\(place(name))[\(index)]", element, "a string")
            }
            texts.append(text)
        }
        return texts
    }

    /// `Metrics[0].Period`
    func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    private static func wrongType(_ place: String, _ value: JSONValue, _ wanted: String) -> AlarmRefusal {
        let name = place.isEmpty ? "input" : place
        let text = AlarmJSON.text(value).prefix(100)
        return .validation("Invalid type for parameter \(name), value: \(text), expected \(wanted)")
    }
}

/// Collects what the service's model forbids (lengths, ranges, words of a set) and refuses all of it at once.
struct ConstraintCheck {
    private var failures: [String] = []

    /// - Throws: `N validation errors detected: …; …`
    func finish() throws(AlarmRefusal) {
        guard !failures.isEmpty else { return }
        let count = failures.count == 1 ? "1 validation error" : "\(failures.count) validation errors"
        throw .validation("\(count) detected: \(failures.joined(separator: "; "))")
    }

    mutating func require(_ value: String?, _ member: String) {
        if value == nil {
            failures.append("Value null at '\(member)' failed to satisfy constraint: Member must not be null")
        }
    }

    mutating func length(_ text: String?, _ member: String, _ allowed: ClosedRange<Int>) {
        guard let text else { return }
        // Code points, as the service counts.
        check(text.unicodeScalars.count, allowed, value: text, member, what: "length")
    }

    mutating func count(_ elements: [some Any]?, _ member: String, _ allowed: ClosedRange<Int>) {
        guard let elements else { return }
        check(elements.count, allowed, value: "[\(elements.count) elements]", member, what: "length")
    }

    mutating func range(_ number: Int64?, _ member: String, _ allowed: ClosedRange<Int64>) {
        guard let number else { return }
        check(number, allowed, value: String(number), member, what: "value")
    }

    /// The word of a set that `text` is; nil when it is absent or none.
    mutating func word<Word: RawRepresentable<String>>(_ text: String?, _ member: String, of all: [Word]) -> Word? {
        guard let text else { return nil }
        if let word = Word(rawValue: text) { return word }
        fail(text, member, "Member must satisfy enum value set: [\(all.map(\.rawValue).joined(separator: ", "))]")
        return nil
    }

    mutating func fail(_ value: String, _ member: String, _ constraint: String) {
        failures.append("Value '\(value)' at '\(member)' failed to satisfy constraint: \(constraint)")
    }

    private mutating func check<Number: Comparable>(
        _ number: Number, _ allowed: ClosedRange<Number>, value: String, _ member: String, what: String
    ) {
        if number < allowed.lowerBound {
            fail(value, member, "Member must have \(what) greater than or equal to \(allowed.lowerBound)")
        } else if number > allowed.upperBound {
            fail(value, member, "Member must have \(what) less than or equal to \(allowed.upperBound)")
        }
    }
}
