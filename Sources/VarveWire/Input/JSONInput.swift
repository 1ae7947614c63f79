import VarveBytes
import VarveJSON

/// JSON bodies, of awsJson and rest-json.
struct JSONInput {
    private let shapes: [Shape]

    /// An empty body counts as `{}`.
    static func decode(_ body: [UInt8], shape: Shape, shapes: [Shape]) throws(ServiceFault) -> JSONValue {
        try JSONInput(shapes: shapes).value(document(body), shape, .root)
    }

    static func document(_ body: [UInt8]) throws(ServiceFault) -> JSONValue {
        if body.isEmpty { return .object([]) }
        do {
            return try JSONReader.read(body)
        } catch {
            throw InputFault.serialization(error.description)
        }
    }

    init(shapes: [Shape]) { self.shapes = shapes }

    /// The value in the common form. O(value); nested no deeper than the reader allows.
    func value(_ value: JSONValue, _ shape: Shape, _ path: InputPath) throws(ServiceFault) -> JSONValue {
        switch shape.kind {
        case .structure: return try structure(value, shape, path)
        case .list: return try list(value, shape, path)
        case .map: return try map(value, shape, path)
        default:
            guard let scalar = Self.scalar(value, shape.kind) else {
                throw InputFault.wrongType(path, expected: shape.kind)
            }
            return scalar
        }
    }

    private func structure(_ value: JSONValue, _ shape: Shape, _ path: InputPath) throws(ServiceFault) -> JSONValue {
        guard case .object(let members) = value else { throw InputFault.wrongType(path, expected: .structure) }
        var found = [JSONValue?](repeating: nil, count: shape.members.count)
        for member in members where member.value != .null {
            // What the model does not know is ignored, as newer clients may send it.
            guard let index = shape.members.firstIndex(where: { $0.wireName == member.name && $0.location == .body })
            else { continue }
            found[index] = try self.value(
                member.value, shapes[shape.members[index].shape], .member(path, shape.members[index].name))
        }
        return CommonForm.object(found, of: shape)
    }

    private func list(_ value: JSONValue, _ shape: Shape, _ path: InputPath) throws(ServiceFault) -> JSONValue {
        guard case .array(var elements) = value else { throw InputFault.wrongType(path, expected: .list) }
        let element = shapes[shape.element]
        for index in elements.indices where elements[index] != .null {
            elements[index] = try self.value(elements[index], element, .element(path, index + 1))
        }
        return .array(elements)
    }

    private func map(_ value: JSONValue, _ shape: Shape, _ path: InputPath) throws(ServiceFault) -> JSONValue {
        guard case .object(var members) = value else { throw InputFault.wrongType(path, expected: .map) }
        let element = shapes[shape.element]
        for index in members.indices where members[index].value != .null {
            members[index].value = try self.value(
                members[index].value, element, .member(path, members[index].name))
        }
        return .object(members)
    }

    private static func scalar(_ value: JSONValue, _ kind: Shape.Kind) -> JSONValue? {
        switch (kind, value) {
        case (.string, .string), (.boolean, .bool): return value
        case (.integer, .integer(let number)), (.long, .integer(let number)):
            return CommonForm.integer(number, kind: kind)
        case (.integer, .number(let number)), (.long, .number(let number)):
            return CommonForm.integer(number, kind: kind)
        case (.double, _), (.float, _): return value.wireDouble.map(CommonForm.double)
        case (.timestamp, .string(let text)): return WireTime.parse(Array(text.utf8)).flatMap(CommonForm.timestamp)
        case (.timestamp, _): return value.double.flatMap(CommonForm.timestamp)
        case (.blob, .string(let text)): return Base64.decode(text) == nil ? nil : value
        default: return nil
        }
    }
}
