package import VarveJSON

/// Refusals of bodies that cannot be read, before any constraint is looked at. Codes of the query protocol and of JSON
/// and CBOR differ; ``FaultNames`` translates.
enum InputFault {
    /// JSON or CBOR: not well-formed, or a value of another type than the model's.
    static func serialization(_ reason: String) -> ServiceFault { ServiceFault("SerializationException", reason) }

    /// The same in the query protocol.
    static func malformed(_ reason: String) -> ServiceFault { ServiceFault("MalformedInput", reason) }

    static func wrongType(_ path: InputPath, expected: Shape.Kind) -> ServiceFault {
        serialization("The value of \(path.text) is no \(word(expected))")
    }

    static func word(_ kind: Shape.Kind) -> String {
        switch kind {
        case .string: "string"
        case .integer: "integer of 32 bits"
        case .long: "integer of 64 bits"
        case .double, .float: "number"
        case .boolean: "boolean"
        case .timestamp: "timestamp"
        case .blob: "base64 text"
        case .structure: "structure"
        case .list: "list"
        case .map: "map"
        }
    }
}

/// Where in an input a value stands, for messages. A chain on the stack, made into a text only when something is wrong.
indirect enum InputPath {
    case root
    case member(InputPath, String)
    /// Of a list, counted from 1.
    case element(InputPath, Int)

    /// `MetricData.member.1.Timestamp`; `the request` at the top.
    var text: String {
        switch self {
        case .root: "the request"
        case .member(.root, let name): name
        case .member(let parent, let name): "\(parent.text).\(name)"
        case .element(let parent, let number): "\(parent.text).member.\(number)"
        }
    }
}

/// What one value of the wire becomes in the common form, with the ranges of the model's types.
enum CommonForm {
    /// Seconds since 1970: an integer when whole.
    static func timestamp(_ seconds: Double) -> JSONValue? {
        guard WireTime.isWritable(seconds) else { return nil }
        return seconds == seconds.rounded() ? .integer(Int64(seconds)) : .number(seconds)
    }

    /// JSON has no form for NaN and the infinities; the services write them as texts, and so does the common form.
    static func double(_ value: Double) -> JSONValue {
        if value.isFinite { return .number(value) }
        return .string(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
    }

    static func integer(_ value: Int64, kind: Shape.Kind) -> JSONValue? {
        kind == .integer && Int32(exactly: value) == nil ? nil : .integer(value)
    }

    /// A double without fraction is an integer too.
    static func integer(_ value: Double, kind: Shape.Kind) -> JSONValue? {
        Int64(exactly: value).flatMap { integer($0, kind: kind) }
    }

    /// Members in the order of the model, without those that are absent.
    static func object(_ values: [JSONValue?], of shape: Shape) -> JSONValue {
        .object(zip(shape.members, values).compactMap { member, value in value.map { JSONMember(member.name, $0) } })
    }
}

extension JSONValue {
    /// A double of the common form, also when it is no finite number.
    package var wireDouble: Double? {
        switch self {
        case .string("NaN"): .nan
        case .string("Infinity"): .infinity
        case .string("-Infinity"): -.infinity
        default: double
        }
    }
}
