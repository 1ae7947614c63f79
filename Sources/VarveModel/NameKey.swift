/// A name as a key: equal to another exactly when its bytes are.
///
/// `String` takes spellings that Unicode calls canonically equivalent for equal: U+212A KELVIN SIGN and `K`, a letter
/// with its accent in one scalar or in two. Policies and the series of the store compare bytes. What is looked up by
/// name has to do the same, or a resource could be reached under a spelling that its policy does not know.
package struct NameKey: Hashable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    /// O(bytes); most names differ in the first comparison, which is that of memory.
    package static func == (left: NameKey, right: NameKey) -> Bool {
        left.text == right.text && left.text.hasSameBytes(as: right.text)
    }

    /// Equivalent spellings have the same hash value, which only costs a comparison.
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension NameKey: Comparable {
    package static func < (left: NameKey, right: NameKey) -> Bool { left.text.precedesByBytes(right.text) }
}

extension NameKey: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self.init(text) }
}

extension NameKey: CustomStringConvertible {
    package var description: String { text }
}

extension Dictionary where Key == NameKey {
    package subscript(name: String) -> Value? {
        get { self[NameKey(name)] }
        set { self[NameKey(name)] = newValue }
    }

    package subscript(name: String, default value: @autoclosure () -> Value) -> Value {
        get { self[NameKey(name)] ?? value() }
        _modify { yield &self[NameKey(name), default: value()] }
    }

    /// Names in the order of their bytes.
    package var sortedNames: [String] { keys.sorted().map(\.text) }
}

extension Set where Element == NameKey {
    package init(names: some Sequence<String>) { self.init(names.lazy.map { NameKey($0) }) }

    package func contains(_ name: String) -> Bool { contains(NameKey(name)) }
    package mutating func insert(_ name: String) { insert(NameKey(name)) }
    package mutating func remove(_ name: String) { remove(NameKey(name)) }

    /// Names in the order of their bytes.
    package var sortedNames: [String] { sorted().map(\.text) }
}

extension String {
    /// Whether the bytes begin with those of `prefix`. `hasPrefix` compares characters instead.
    package func hasBytePrefix(_ prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }
}
