/// One name–value pair of a series key, such as `InstanceId=i-1`. Names and values are case-sensitive.
package struct Dimension: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// By bytes, not by characters.
    package static func == (left: Dimension, right: Dimension) -> Bool {
        left.name.hasSameBytes(as: right.name) && left.value.hasSameBytes(as: right.value)
    }
}

/// Ordered by the bytes of the name, then of the value: the canonical order inside a series key.
extension Dimension: Comparable {
    package static func < (left: Dimension, right: Dimension) -> Bool {
        if left.name.hasSameBytes(as: right.name) { return left.value.precedesByBytes(right.value) }
        return left.name.precedesByBytes(right.name)
    }
}

extension String {
    /// Equality of UTF-8 bytes: other than `==`, it tells canonically equivalent spellings apart.
    package func hasSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    /// Order by UTF-8 bytes, independent of locale and of Unicode normalisation.
    package func precedesByBytes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
