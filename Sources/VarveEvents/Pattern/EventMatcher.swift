import VarveJSON

/// Names from the top of an event to a leaf. A name with a dot in it and a member of a member are the same path, as in
/// the service. Compared by bytes: Unicode normal forms are different names.
struct EventPath: Hashable, Sendable {
    /// UTF-8, joined by dots.
    let bytes: [UInt8]

    init(_ names: [String]) { bytes = Array(names.joined(separator: ".").utf8) }
    init(bytes: [UInt8]) { self.bytes = bytes }
}

/// A leaf of an event, or a literal of a pattern.
enum EventScalar: Equatable, Sendable {
    /// UTF-8.
    case string([UInt8])
    /// `.integer` or `.number`.
    case number(JSONValue)
    case bool(Bool)
    case null

    /// nil for arrays and objects.
    init?(_ value: JSONValue) {
        switch value {
        case .string(let text): self = .string(Array(text.utf8))
        case .integer, .number: self = .number(value)
        case .bool(let flag): self = .bool(flag)
        case .null: self = .null
        case .array, .object: return nil
        }
    }

    /// Typed; 300 and 300.0 are equal.
    static func == (left: EventScalar, right: EventScalar) -> Bool {
        switch (left, right) {
        case (.string(let first), .string(let second)): first == second
        case (.number(let first), .number(let second)): NumericRange.isEqual(first, second)
        case (.bool(let first), .bool(let second)): first == second
        case (.null, .null): true
        default: false
        }
    }

    /// Equal scalars have equal keys; unequal numbers beyond 2^53 can have the same one.
    var key: ScalarKey {
        switch self {
        case .string(let text): .string(text)
        // Adding zero makes one zero of the two.
        case .number(let value): .number(((value.double ?? 0) + 0).bitPattern)
        case .bool(let flag): .bool(flag)
        case .null: .null
        }
    }
}

/// What an index finds literals by.
enum ScalarKey: Hashable, Sendable {
    case string([UInt8])
    case number(UInt64)
    case bool(Bool)
    case null
}

/// One thing that the leaf of an event may be.
enum EventMatcher: Equatable, Sendable {
    case equals(EventScalar)
    case prefix([UInt8])
    case suffix([UInt8])
    /// Texts of the forms without case are folded.
    case prefixIgnoringCase([UInt8])
    case suffixIgnoringCase([UInt8])
    case equalsIgnoringCase([UInt8])
    case wildcard(Wildcard)
    case anythingBut([EventScalar])
    case anythingButPrefix([[UInt8]])
    case anythingButSuffix([[UInt8]])
    case anythingButIgnoringCase([[UInt8]])
    case anythingButWildcard([Wildcard])
    case numeric(NumericRange)
    case cidr(AddressRange)
    /// There is a leaf.
    case exists
    /// There is none; decided for the whole event, never by a leaf.
    case absent

    /// Whether a leaf is what this asks for.
    func matches(_ leaf: EventScalar) -> Bool {
        switch self {
        case .equals(let literal): return literal == leaf
        case .anythingBut(let literals): return !literals.contains(leaf)
        case .exists: return true
        case .absent: return false
        case .numeric(let range):
            guard case .number(let value) = leaf else { return false }
            return range.contains(value)
        default:
            guard case .string(let text) = leaf else { return isSatisfiedByOtherTypes }
            return matches(text: text)
        }
    }

    /// Everything that is no string lacks the prefix, the suffix and so on.
    private var isSatisfiedByOtherTypes: Bool {
        switch self {
        case .anythingButPrefix, .anythingButSuffix, .anythingButIgnoringCase, .anythingButWildcard: true
        default: false
        }
    }

    private func matches(text: [UInt8]) -> Bool {
        switch self {
        case .prefix(let prefix): text.starts(with: prefix)
        case .suffix(let suffix): Self.hasSuffix(text, suffix)
        case .prefixIgnoringCase(let prefix): CaseFolding.fold(text).starts(with: prefix)
        case .suffixIgnoringCase(let suffix): Self.hasSuffix(CaseFolding.fold(text), suffix)
        case .equalsIgnoringCase(let other): CaseFolding.fold(text) == other
        case .wildcard(let wildcard): wildcard.matches(text)
        case .anythingButPrefix(let prefixes): !prefixes.contains { text.starts(with: $0) }
        case .anythingButSuffix(let suffixes): !suffixes.contains { Self.hasSuffix(text, $0) }
        case .anythingButIgnoringCase(let others): !others.contains(CaseFolding.fold(text))
        case .anythingButWildcard(let wildcards): !wildcards.contains { $0.matches(text) }
        case .cidr(let range): range.contains(text)
        case .equals, .anythingBut, .numeric, .exists, .absent: false
        }
    }

    private static func hasSuffix(_ text: [UInt8], _ suffix: [UInt8]) -> Bool {
        text.count >= suffix.count && text[(text.count - suffix.count)...].elementsEqual(suffix)
    }
}

/// Upper and lower case made the same, scalar by scalar, in any script.
enum CaseFolding {
    static func fold(_ text: [UInt8]) -> [UInt8] {
        if text.allSatisfy({ $0 < 0x80 }) { return text.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 } }
        var result = ""
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            result += scalar.properties.lowercaseMapping
        }
        return Array(result.utf8)
    }
}

/// One comparison, or a range.
struct NumericRange: Equatable, Sendable {
    struct Bound: Equatable, Sendable {
        /// `.integer` or `.number`.
        var value: JSONValue
        /// Whether the bound itself is outside.
        var isOpen: Bool
    }

    var bottom: Bound?
    var top: Bound?

    func contains(_ value: JSONValue) -> Bool {
        if let bottom {
            guard bottom.isOpen ? Self.isLess(bottom.value, value) : !Self.isLess(value, bottom.value) else {
                return false
            }
        }
        guard let top else { return true }
        return top.isOpen ? Self.isLess(value, top.value) : !Self.isLess(top.value, value)
    }

    /// Exact for two integers; otherwise as doubles.
    static func isLess(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if case (.integer(let first), .integer(let second)) = (left, right) { return first < second }
        return (left.double ?? 0) < (right.double ?? 0)
    }

    static func isEqual(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if case (.integer(let first), .integer(let second)) = (left, right) { return first == second }
        return (left.double ?? 0) == (right.double ?? 0)
    }
}
