package import VarveJSON

/// What the published model says about one service, without its prose: a table made by `Tools/service-tables`.
///
/// Immutable after it was parsed, so any thread may read it.
package final class ServiceTable: Sendable {
    /// `cloudwatch`, `events`, `sts`, `iam`: the name of the table.
    package let name: String
    /// The service of a credential scope: `monitoring`.
    package let signingName: String
    /// `CloudWatch`.
    package let serviceID: String
    /// `2010-08-01`.
    package let apiVersion: String
    package let protocols: [WireProtocol]
    /// `GraniteServiceVersion20100801`; empty where the service speaks neither JSON nor CBOR.
    package let targetPrefix: String
    /// `1.0` or `1.1`.
    package let jsonVersion: String
    /// Namespace of XML answers; empty where there are none.
    package let xmlNamespace: String
    /// Answers `x-amzn-query-error` when a client asks for the codes of the query protocol.
    package let isQueryCompatible: Bool
    /// By name.
    package let operations: [String: OperationTable]
    let shapes: [Shape]
    /// Indices of error shapes by shape name, then by query code.
    let faults: [String: Int]
    let faultsByQueryCode: [String: Int]

    init(_ parts: TableParser.Parts) {
        name = parts.fields["name"] ?? ""
        signingName = parts.fields["signing"] ?? ""
        serviceID = parts.fields["id"] ?? ""
        apiVersion = parts.fields["version"] ?? ""
        protocols = (parts.fields["protocols"] ?? "").split(separator: ",").compactMap {
            WireProtocol(rawValue: String($0))
        }
        targetPrefix = parts.fields["target"] ?? ""
        jsonVersion = parts.fields["json"] ?? "1.1"
        xmlNamespace = parts.fields["xmlns"] ?? ""
        isQueryCompatible = parts.fields["querycompatible"] != nil
        operations = parts.operations
        shapes = parts.shapes
        faults = parts.faults
        faultsByQueryCode = parts.faultsByQueryCode
    }

    /// The modelled error of that shape name or query code.
    func fault(named code: String) -> Shape? { (faults[code] ?? faultsByQueryCode[code]).map { shapes[$0] } }

    /// The status that the model gives an error; nil for one that it does not have.
    package func status(ofFault code: String) -> Int? { fault(named: code)?.error?.status }

    /// A fault with the status that the model gives it.
    /// - Parameter code: shape name or query code of an error of this service, or a code that all services share.
    package func fault(_ code: String, _ message: String = "", members: [JSONMember] = []) -> ServiceFault {
        guard let shape = fault(named: code), let error = shape.error else {
            return ServiceFault(code, message, status: FaultNames.status(ofShared: code), members: members)
        }
        return ServiceFault(
            shape.name, message, status: error.status, isSenderFault: error.isSenderFault, members: members)
    }
}

/// One operation of a service.
package struct OperationTable: Sendable {
    package let name: String
    /// Indices of structures; nil where the operation takes or answers nothing.
    let input: Int?
    let output: Int?
    /// Shape names of the modelled errors.
    package let errors: [String]
    let http: HTTPBinding
    /// How long lists are cut into pages, nil where they are not.
    package let pagination: Pagination?

    package var hasOutput: Bool { output != nil }
}

/// Names of the members with which an operation pages.
package struct Pagination: Sendable, Equatable {
    package var inputToken: String
    package var outputToken: String
    /// The member for the size of a page; nil where clients cannot choose it.
    package var limit: String?
    /// The members that hold the results.
    package var results: [String]
}

/// Method, path and status of an operation in rest-json.
struct HTTPBinding: Sendable {
    var method: String
    /// `{name}` is a label; `{name+}` takes the rest of the path.
    var segments: [String]
    var status: Int
}

/// A type of the model: every list, map and structure has its own, scalars only when they are constrained.
final class Shape: Sendable {
    enum Kind: UInt8, Sendable {
        case string, integer, long, double, float, boolean, timestamp, blob, structure, list, map
    }

    let name: String
    let kind: Kind
    /// Bounds of length, element count or value.
    let minimum: Int64?
    let maximum: Int64?
    let pattern: Pattern?
    let enumValues: [String]
    /// Its value appears in no message.
    let isSensitive: Bool
    /// Index of the element of a list or the value of a map.
    let element: Int
    /// Index of the key of a map.
    let key: Int
    /// Name of list elements in XML.
    let elementName: String
    let members: [Member]
    let error: ErrorTraits?
    /// Timestamp format of the model, where it gives one.
    let timestampFormat: TimestampFormat?

    init(_ parts: TableParser.ShapeParts) {
        name = parts.name
        kind = parts.kind
        minimum = parts.minimum
        maximum = parts.maximum
        pattern = parts.pattern
        enumValues = parts.enumValues
        isSensitive = parts.isSensitive
        element = parts.element
        key = parts.key
        elementName = parts.elementName
        members = parts.members
        error = parts.error
        timestampFormat = parts.timestampFormat
    }

    /// O(members).
    func memberIndex(_ name: String) -> Int? { members.firstIndex { $0.name == name } }
}

/// One member of a structure.
struct Member: Sendable {
    enum Location: UInt8, Sendable { case body, label, query, header, payload }

    /// As in the model, and as handlers see it.
    var name: String
    /// On the wire: in JSON, XML, query strings and headers.
    var wireName: String
    var shape: Int
    var isRequired: Bool
    var isIdempotencyToken: Bool
    var location: Location
}

/// How a modelled error looks on the wire.
struct ErrorTraits: Sendable, Equatable {
    var queryCode: String
    var status: Int
    var isSenderFault: Bool
}
