import VarveBytes
import VarveJSON

/// Bodies of RPC v2 CBOR.
struct CBORInput {
    private let shapes: [Shape]
    private var reader: CBORReader

    /// An empty body counts as an empty map.
    static func decode(_ body: [UInt8], shape: Shape, shapes: [Shape]) throws(ServiceFault) -> JSONValue {
        if body.isEmpty { return .object([]) }
        var input = CBORInput(shapes: shapes, reader: CBORReader(body))
        do throws(Problem) {
            let value = try input.value(shape, .root, depth: 0)
            guard input.reader.isAtEnd else { throw input.reader.error("bytes after the end").asProblem }
            return value ?? .object([])
        } catch {
            throw error.fault
        }
    }

    /// Either the bytes are no CBOR, or a value has another type.
    enum Problem: Error {
        case encoding(CBORError)
        case refusal(ServiceFault)

        var fault: ServiceFault {
            switch self {
            case .encoding(let error): InputFault.serialization("CBOR: \(error.reason) at byte \(error.offset)")
            case .refusal(let fault): fault
            }
        }
    }

    /// Nil for null.
    private mutating func value(_ shape: Shape, _ path: InputPath, depth: Int) throws(Problem) -> JSONValue? {
        guard depth <= CBORReader.depthMax else { throw reader.error("too many levels of nesting").asProblem }
        let head = try read { reader throws(CBORError) in try reader.headAfterTags() }
        if head.isNull { return nil }
        switch (shape.kind, head.major) {
        case (.structure, .map): return try structure(head, shape, path, depth: depth)
        case (.list, .list): return try list(head, shape, path, depth: depth)
        case (.map, .map): return try map(head, shape, path, depth: depth)
        case (.string, .text): return .string(try read { reader throws(CBORError) in try reader.text(head) })
        case (.blob, .bytes):
            return .string(Base64.encode(try read { reader throws(CBORError) in try reader.string(head) }))
        default:
            guard let scalar = Self.scalar(head, shape.kind) else {
                throw .refusal(InputFault.wrongType(path, expected: shape.kind))
            }
            return scalar
        }
    }

    private static func scalar(_ head: CBORReader.Head, _ kind: Shape.Kind) -> JSONValue? {
        switch kind {
        case .boolean:
            guard head.major == .simple, head.info == 20 || head.info == 21 else { return nil }
            return .bool(head.info == 21)
        case .integer, .long: return CBORReader.integer(head).flatMap { CommonForm.integer($0, kind: kind) }
        case .double, .float: return CBORReader.double(head).map(CommonForm.double)
        case .timestamp: return CBORReader.double(head).flatMap(CommonForm.timestamp)
        default: return nil
        }
    }

    private mutating func structure(
        _ head: CBORReader.Head, _ shape: Shape, _ path: InputPath, depth: Int
    ) throws(Problem) -> JSONValue {
        var found = [JSONValue?](repeating: nil, count: shape.members.count)
        var seen = [Bool](repeating: false, count: shape.members.count)
        var count = 0
        try check(head, bytesEach: 2)
        while try hasNext(head, count) {
            count += 1
            let name = try readKey()
            guard let index = shape.members.firstIndex(where: { $0.wireName == name }) else {
                try skipItem(depth: depth + 1)
                continue
            }
            guard !seen[index] else { throw reader.error("repeated member name").asProblem }
            seen[index] = true
            let member = shape.members[index]
            found[index] = try value(shapes[member.shape], .member(path, member.name), depth: depth + 1)
        }
        return CommonForm.object(found, of: shape)
    }

    private mutating func list(
        _ head: CBORReader.Head, _ shape: Shape, _ path: InputPath, depth: Int
    ) throws(Problem) -> JSONValue {
        var elements: [JSONValue] = []
        try check(head, bytesEach: 1)
        while try hasNext(head, elements.count) {
            let element = try value(shapes[shape.element], .element(path, elements.count + 1), depth: depth + 1)
            elements.append(element ?? .null)
        }
        return .array(elements)
    }

    private mutating func map(
        _ head: CBORReader.Head, _ shape: Shape, _ path: InputPath, depth: Int
    ) throws(Problem) -> JSONValue {
        var members: [JSONMember] = []
        var names: Set<String> = []
        try check(head, bytesEach: 2)
        while try hasNext(head, members.count) {
            let name = try readKey()
            guard names.insert(name).inserted else { throw reader.error("repeated key").asProblem }
            let value = try value(shapes[shape.element], .member(path, name), depth: depth + 1)
            members.append(JSONMember(name, value ?? .null))
        }
        return .object(members)
    }

    // MARK: The reader, with its errors as problems

    private mutating func read<Value>(
        _ body: (inout CBORReader) throws(CBORError) -> Value
    ) throws(Problem) -> Value {
        do {
            return try body(&reader)
        } catch {
            throw .encoding(error)
        }
    }

    private mutating func readKey() throws(Problem) -> String {
        try read { reader throws(CBORError) in try reader.text(reader.head()) }
    }

    private mutating func skipItem(depth: Int) throws(Problem) {
        try read { reader throws(CBORError) in try reader.skip(reader.head(), depth: depth) }
    }

    private mutating func hasNext(_ head: CBORReader.Head, _ count: Int) throws(Problem) -> Bool {
        try read { reader throws(CBORError) in try reader.hasNext(head, read: count) }
    }

    private mutating func check(_ head: CBORReader.Head, bytesEach: Int) throws(Problem) {
        try read { reader throws(CBORError) in try reader.checkCount(head, bytesEach: bytesEach) }
    }
}

extension CBORError {
    var asProblem: CBORInput.Problem { .encoding(self) }
}
