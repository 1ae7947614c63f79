import VarveBytes
import VarveJSON

/// Requests of the query protocol: fields whose names are paths, such as
/// `MetricData.member.1.Dimensions.member.2.Name`.
struct QueryInput {
    /// Deeper names than any model has.
    static let depthMax = 32

    private let shapes: [Shape]
    private var nodes: [Node] = [Node()]
    private var children: [Child: Int] = [:]

    /// A prefix of names. The value of an index is looked up by parent and name, so memory is bounded by the bytes of
    /// the form, whatever numbers stand in it.
    private struct Node {
        var value: String?
        var childNames: [String] = []
    }

    private struct Child: Hashable {
        var parent: Int
        var name: String
    }

    static func decode(_ request: WireRequest, shape: Shape, shapes: [Shape]) throws(ServiceFault) -> JSONValue {
        var input = QueryInput(shapes: shapes)
        try input.read(Array(request.query.utf8))
        if request.method == "POST" { try input.read(request.body) }
        return try input.structure(0, shape, .root)
    }

    private init(shapes: [Shape]) { self.shapes = shapes }

    // MARK: Fields to nodes

    private mutating func read(_ form: [UInt8]) throws(ServiceFault) {
        for field in form.split(separator: UInt8(ascii: "&")) {
            let equals = field.firstIndex(of: UInt8(ascii: "=")) ?? field.endIndex
            guard let name = FormText.decode(field[..<equals], plusIsSpace: true),
                let value = FormText.decode(field[equals...].dropFirst(), plusIsSpace: true)
            else { throw ServiceFault("MalformedQueryString", "Illegal hex character in escape % pattern") }
            try insert(name, value)
        }
    }

    private mutating func insert(_ name: String, _ value: String) throws(ServiceFault) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= Self.depthMax else { throw InputFault.malformed("A parameter name has too many parts") }
        var node = 0
        for part in parts {
            let child = Child(parent: node, name: String(part))
            if let known = children[child] {
                node = known
            } else {
                nodes.append(Node())
                nodes[node].childNames.append(child.name)
                node = nodes.count - 1
                children[child] = node
            }
        }
        guard nodes[node].value == nil else { throw InputFault.malformed("The parameter \(name) is given twice") }
        nodes[node].value = value
    }

    private func child(_ node: Int, _ name: String) -> Int? { children[Child(parent: node, name: name)] }

    // MARK: Nodes to values

    private func value(_ node: Int, _ shape: Shape, _ path: InputPath) throws(ServiceFault) -> JSONValue {
        switch shape.kind {
        case .structure: return try structure(node, shape, path)
        case .list: return try list(node, shape, path)
        case .map: return try map(node, shape, path)
        default:
            guard let text = nodes[node].value else {
                throw InputFault.malformed("The parameter \(path.text) is no \(InputFault.word(shape.kind))")
            }
            guard let value = Self.scalar(text, shape.kind) else {
                throw InputFault.malformed("The parameter \(path.text) is no \(InputFault.word(shape.kind))")
            }
            return value
        }
    }

    private func structure(_ node: Int, _ shape: Shape, _ path: InputPath) throws(ServiceFault) -> JSONValue {
        var found: [JSONValue?] = []
        for member in shape.members {
            guard let child = child(node, member.wireName) else {
                found.append(nil)
                continue
            }
            found.append(try value(child, shapes[member.shape], .member(path, member.name)))
        }
        return CommonForm.object(found, of: shape)
    }

    /// An empty list is `Name=`. Indices may have gaps and come in any order.
    private func list(_ node: Int, _ shape: Shape, _ path: InputPath) throws(ServiceFault) -> JSONValue {
        // Some clients leave out the name between list and index.
        let holder = child(node, shape.elementName) ?? node
        var elements: [JSONValue] = []
        for (number, child) in try numbered(holder, path) {
            elements.append(try value(child, shapes[shape.element], .element(path, number)))
        }
        return .array(elements)
    }

    private func map(_ node: Int, _ shape: Shape, _ path: InputPath) throws(ServiceFault) -> JSONValue {
        let holder = child(node, "entry") ?? node
        var members: [JSONMember] = []
        var names: Set<String> = []
        for (number, entry) in try numbered(holder, path) {
            guard let key = child(entry, "key").flatMap({ nodes[$0].value }), let value = child(entry, "value") else {
                throw InputFault.malformed("Entry \(number) of the parameter \(path.text) has no key or no value")
            }
            guard names.insert(key).inserted else {
                throw InputFault.malformed("The parameter \(path.text) has a key twice")
            }
            members.append(JSONMember(key, try self.value(value, shapes[shape.element], .member(path, key))))
        }
        return .object(members)
    }

    private func numbered(_ node: Int, _ path: InputPath) throws(ServiceFault) -> [(number: Int, node: Int)] {
        var found: [(number: Int, node: Int)] = []
        for name in nodes[node].childNames {
            // Nine digits: no index that a client means is longer.
            guard name.utf8.count <= 9, let number = Int(name), number >= 0, let child = child(node, name) else {
                throw InputFault.malformed("The parameter \(path.text) has an index that is no number")
            }
            found.append((number, child))
        }
        return found.sorted { $0.number < $1.number }
    }

    /// A value written as text, in the common form; nil when it is of another type.
    static func scalar(_ text: String, _ kind: Shape.Kind) -> JSONValue? {
        switch kind {
        case .string: .string(text)
        case .integer, .long: Int64(text).flatMap { CommonForm.integer($0, kind: kind) }
        case .double, .float: DecimalText.double(Array(text.utf8)).map(CommonForm.double)
        case .boolean: text == "true" ? .bool(true) : text == "false" ? .bool(false) : nil
        case .timestamp: WireTime.parse(Array(text.utf8)).flatMap(CommonForm.timestamp)
        case .blob: Base64.decode(text) == nil ? nil : .string(text)
        case .structure, .list, .map: nil
        }
    }
}
