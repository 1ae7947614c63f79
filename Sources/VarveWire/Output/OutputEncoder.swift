import VarveBytes
import VarveJSON
import VarveModel

/// Writes values of the common form as the model's types. A value of another type than the model's is a mistake in a
/// handler and is left out, as an absent member would be.
struct OutputEncoder {
    let shapes: [Shape]

    /// The members of a structure, without its begin and end. O(output).
    func writeMembers(
        of value: JSONValue, shape: Shape, where isIncluded: (Member) -> Bool = { _ in true },
        to out: inout any OutputWriter
    ) {
        for (member, value) in present(in: value, shape) where isIncluded(member) {
            out.member(member.wireName)
            write(value, shapes[member.shape], to: &out)
        }
    }

    private func present(in value: JSONValue, _ shape: Shape) -> [(Member, JSONValue)] {
        shape.members.compactMap { member in
            guard let value = value[member.name], isWritable(value, shapes[member.shape].kind) else { return nil }
            return (member, value)
        }
    }

    /// Whether a value has the type of the model.
    private func isWritable(_ value: JSONValue, _ kind: Shape.Kind) -> Bool {
        switch kind {
        case .string: value.string != nil
        case .integer, .long: value.integer != nil
        case .double, .float: value.wireDouble != nil
        case .timestamp: Self.seconds(of: value) != nil
        case .boolean: value.bool != nil
        case .blob: value.string.map { Base64.decode($0) != nil } ?? false
        case .list: value.array != nil
        case .structure, .map: if case .object = value { true } else { false }
        }
    }

    private func write(_ value: JSONValue, _ shape: Shape, to out: inout any OutputWriter) {
        switch (shape.kind, value) {
        case (.string, .string(let text)): out.string(text)
        case (.integer, .integer(let number)), (.long, .integer(let number)): out.integer(number)
        case (.boolean, .bool(let flag)): out.boolean(flag)
        case (.blob, .string(let text)): out.blob(Base64.decode(text) ?? [])
        case (.timestamp, _): out.timestamp(seconds: Self.seconds(of: value) ?? 0)
        case (.double, _), (.float, _): out.double(value.wireDouble ?? 0)
        case (.list, .array(let elements)): writeList(elements, shape, to: &out)
        case (.map, .object(let members)):
            let element = shapes[shape.element]
            let written = members.filter { isWritable($0.value, element.kind) }
            out.beginMap(count: written.count)
            for member in written {
                out.mapKey(member.name)
                write(member.value, element, to: &out)
            }
            out.endMap()
        case (.structure, _):
            let members = present(in: value, shape)
            out.beginStructure(count: members.count)
            for (member, value) in members {
                out.member(member.wireName)
                write(value, shapes[member.shape], to: &out)
            }
            out.endStructure()
        default: preconditionFailure("isWritable lets no other pair through")
        }
    }

    /// Since 1970: a number, or an instant as people read it, which is how documents of alarms have their times.
    private static func seconds(of value: JSONValue) -> Double? {
        guard let text = value.string else { return value.double }
        guard text.contains("-"), let ns = try? InstantText.parse(text) else { return nil }
        return Double(ns) / 1e9
    }

    private func writeList(_ elements: [JSONValue], _ shape: Shape, to out: inout any OutputWriter) {
        let element = shapes[shape.element]
        let written = elements.filter { isWritable($0, element.kind) }
        out.beginList(count: written.count, elementName: shape.elementName)
        for value in written { write(value, element, to: &out) }
        out.endList()
    }
}
