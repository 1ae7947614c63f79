import VarveBytes
import VarveJSON

/// Requests of rest-json: labels of the path, fields of the query string, headers, and a JSON body.
struct RestInput {
    private let request: WireRequest
    private let operation: OperationTable
    private let shapes: [Shape]
    private let fields: [QueryForm.Field]

    static func decode(
        _ request: WireRequest, operation: OperationTable, shape: Shape, shapes: [Shape]
    ) throws(ServiceFault) -> JSONValue {
        let input = RestInput(
            request: request, operation: operation, shapes: shapes, fields: QueryForm.fields(of: request.query))
        return try input.value(shape)
    }

    /// Between the slashes, not decoded. `/v1/x` has `v1` and `x`.
    static func segments(of path: String) -> [Substring] {
        path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    }

    private func value(_ shape: Shape) throws(ServiceFault) -> JSONValue {
        // The body is read only where a member may come from it: GET has none.
        let hasBody = shape.members.contains { $0.location == .body }
        let body = hasBody ? try JSONInput.decode(request.body, shape: shape, shapes: shapes) : .object([])
        let labels = try self.labels()
        var found: [JSONValue?] = []
        for member in shape.members {
            let path = InputPath.member(.root, member.name)
            let target = shapes[member.shape]
            switch member.location {
            case .body: found.append(body[member.name])
            case .label:
                found.append(
                    try labels[member.wireName].map { text throws(ServiceFault) in try scalar(text, target, path) })
            case .query: found.append(try queryValue(member.wireName, target, path))
            case .header:
                let text = request.header(member.wireName.lowercased())
                found.append(try text.map { text throws(ServiceFault) in try scalar(text, target, path) })
            case .payload: found.append(try payload(target, path))
            }
        }
        return CommonForm.object(found, of: shape)
    }

    private func labels() throws(ServiceFault) -> [String: String] {
        var labels: [String: String] = [:]
        let segments = Self.segments(of: request.path)
        for (index, segment) in operation.http.segments.enumerated() where segment.hasPrefix("{") {
            let isGreedy = segment.hasSuffix("+}")
            let raw = isGreedy ? segments[index...].joined(separator: "/") : String(segments[index])
            guard let text = FormText.decode(raw.utf8, plusIsSpace: false) else {
                throw InputFault.serialization("The path has an escape that cannot be decoded")
            }
            labels[String(segment.dropFirst().dropLast(isGreedy ? 2 : 1))] = text
        }
        return labels
    }

    private func queryValue(_ name: String, _ shape: Shape, _ path: InputPath) throws(ServiceFault) -> JSONValue? {
        let texts = fields.filter { $0.name == name }.map(\.value)
        guard shape.kind == .list else {
            return try texts.last.map { text throws(ServiceFault) in try scalar(text, shape, path) }
        }
        if texts.isEmpty { return nil }
        var elements: [JSONValue] = []
        for (index, text) in texts.enumerated() {
            elements.append(try scalar(text, shapes[shape.element], .element(path, index + 1)))
        }
        return .array(elements)
    }

    private func payload(_ shape: Shape, _ path: InputPath) throws(ServiceFault) -> JSONValue? {
        if shape.kind == .blob { return .string(Base64.encode(request.body)) }
        if request.body.isEmpty { return nil }
        return try JSONInput(shapes: shapes).value(JSONInput.document(request.body), shape, path)
    }

    private func scalar(_ text: String, _ shape: Shape, _ path: InputPath) throws(ServiceFault) -> JSONValue {
        guard let value = QueryInput.scalar(text, shape.kind) else {
            throw InputFault.wrongType(path, expected: shape.kind)
        }
        return value
    }
}

extension HTTPBinding {
    /// Whether a request goes to this operation; an empty label matches nothing.
    func matches(method: String, segments: [Substring]) -> Bool {
        guard self.method == method else { return false }
        for (index, segment) in self.segments.enumerated() {
            if segment.hasSuffix("+}") { return index < segments.count }
            guard index < segments.count else { return false }
            let isLabel = segment.hasPrefix("{")
            guard isLabel ? !segments[index].isEmpty : segments[index] == segment[...] else { return false }
        }
        return segments.count == self.segments.count && !segments.isEmpty
    }
}
