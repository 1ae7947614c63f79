import VarveBytes
import VarveJSON

@testable import VarveWire

/// Makes values of the common form from a table: of the right type, within bounds, patterns aside.
struct InputGenerator {
    let shapes: [Shape]
    var random: Seeded

    mutating func value(_ shape: Shape, depth: Int = 0) -> JSONValue {
        switch shape.kind {
        case .structure:
            let present = shape.members.filter { $0.isRequired || (depth < 6 && random.next() % 2 == 0) }
            return .object(present.map { JSONMember($0.name, value(shapes[$0.shape], depth: depth + 1)) })
        case .list:
            let count = size(shape, most: depth < 4 ? 3 : 1)
            return .array((0..<count).map { _ in value(shapes[shape.element], depth: depth + 1) })
        case .map:
            let keys = Set((0..<size(shape, most: 3)).map { _ in text(shapes[shape.key]) })
            return .object(keys.sorted().map { JSONMember($0, value(shapes[shape.element], depth: depth + 1)) })
        case .string: return .string(text(shape))
        case .integer, .long:
            let low = shape.minimum ?? -5
            let high = min(shape.maximum ?? low + 1_000, low + 1_000)
            return .integer(Int64.random(in: low...max(low, high), using: &random))
        case .double, .float:
            return .number(Double(Int64.random(in: -1_000_000...1_000_000, using: &random)) / 128)
        case .boolean: return .bool(random.next() % 2 == 0)
        case .timestamp: return random.next() % 2 == 0 ? .integer(1_767_323_045) : .number(1_767_323_045.25)
        case .blob: return .string(Base64.encode((0..<size(shape, most: 9)).map { UInt8($0) }))
        }
    }

    private mutating func size(_ shape: Shape, most: Int) -> Int {
        let low = Int(shape.minimum ?? 0)
        let high = min(Int(shape.maximum ?? Int64(most)), max(low, most))
        return Int.random(in: low...max(low, high), using: &random)
    }

    private mutating func text(_ shape: Shape) -> String {
        if let choice = shape.enumValues.randomElement(using: &random) { return choice }
        let alphabet = Array("abcXYZ019-_ é&=+%<\"\\/中")
        // Keys of maps are told apart by more than one letter.
        return String((0..<max(1, size(shape, most: 12))).compactMap { _ in alphabet.randomElement(using: &random) })
    }
}

/// Requests for values of the common form, as a client would write them.
struct RequestWriter {
    let service: ServiceTable
    let operation: OperationTable

    func request(_ input: JSONValue, _ wireProtocol: WireProtocol) -> WireRequest {
        switch wireProtocol {
        case .query:
            var fields = ["Action=\(operation.name)", "Version=\(service.apiVersion)"]
            if let shape = operation.input.map({ service.shapes[$0] }) { append(input, shape, "", to: &fields) }
            return Client.form(fields.joined(separator: "&"))
        case .json, .restJSON:
            return Client.json(
                "\(service.targetPrefix).\(operation.name)",
                String(decoding: document(JSONOutput(), input), as: UTF8.self))
        case .cbor: return Client.cbor(operation.name, document(CBOROutput(), input))
        }
    }

    private func document(_ writer: some OutputWriter, _ input: JSONValue) -> [UInt8] {
        var out: any OutputWriter = writer
        out.beginStructure()
        if let shape = operation.input.map({ service.shapes[$0] }) {
            OutputEncoder(shapes: service.shapes).writeMembers(of: input, shape: shape, to: &out)
        }
        out.endStructure()
        return out.takeBytes()
    }

    private func append(_ value: JSONValue, _ shape: Shape, _ path: String, to fields: inout [String]) {
        switch (shape.kind, value) {
        case (.structure, .object(let members)):
            for member in shape.members {
                guard let value = members.first(where: { $0.name == member.name })?.value else { continue }
                append(
                    value, service.shapes[member.shape], path.isEmpty ? member.name : "\(path).\(member.name)",
                    to: &fields)
            }
            if members.isEmpty, !path.isEmpty { fields.append("\(path)=") }
        case (.list, .array(let elements)):
            if elements.isEmpty { fields.append("\(path)=") }
            for (index, element) in elements.enumerated() {
                append(element, service.shapes[shape.element], "\(path).member.\(index + 1)", to: &fields)
            }
        case (.map, .object(let members)):
            if members.isEmpty { fields.append("\(path)=") }
            for (index, member) in members.enumerated() {
                fields.append("\(path).entry.\(index + 1).key=\(Self.escaped(member.name))")
                append(member.value, service.shapes[shape.element], "\(path).entry.\(index + 1).value", to: &fields)
            }
        case (.timestamp, _):
            var bytes: [UInt8] = []
            WireTime.appendISO8601(value.double ?? 0, to: &bytes)
            fields.append("\(path)=\(Self.escaped(String(decoding: bytes, as: UTF8.self)))")
        case (_, .string(let text)): fields.append("\(path)=\(Self.escaped(text))")
        case (_, .bool(let flag)): fields.append("\(path)=\(flag)")
        case (_, .integer(let number)): fields.append("\(path)=\(number)")
        default: fields.append("\(path)=\(Self.escaped("\(value.double ?? 0)"))")
        }
    }

    static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                byte < 0x80 && (Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber)
            if isPlain || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") { return String(Unicode.Scalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return byte == 0x20 ? "+" : "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }
}
