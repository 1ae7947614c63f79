/// One JSON document (RFC 8259) as a tree. For small documents; large answers are written with ``JSONWriter`` directly.
package indirect enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    /// A number without fraction and exponent that fits 64 bits: nanosecond timestamps survive exactly.
    case integer(Int64)
    /// Every other number; always finite.
    case number(Double)
    case string(String)
    case array([JSONValue])
    /// In document order; names are unique.
    case object([JSONMember])
}

/// One name–value pair of a JSON object.
package struct JSONMember: Equatable, Sendable {
    package var name: String
    package var value: JSONValue

    package init(_ name: String, _ value: JSONValue) {
        self.name = name
        self.value = value
    }
}

extension JSONValue {
    /// The member called `name`, or nil when there is none or this is no object. O(members).
    package subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var integer: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    package var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// Integer or fractional.
    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}

/// Why bytes are not the JSON that is accepted here.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Bytes from the start of the document.
    package var offset: Int
    /// What was expected or which limit was exceeded.
    package var reason: String

    package init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }

    package var description: String { "JSON: \(reason) at byte \(offset)" }
}
