package import VarveJSON

/// One HTTP request as its bytes came: what routing, decoding and the check of a signature need.
///
/// A `Content-Encoding: gzip` has been taken off `body` by the listener (`VarveServer`), for every protocol; the check
/// of a signature needs the bytes as sent, so whoever calls keeps them beside this.
package struct WireRequest: Sendable {
    package var method: String
    /// Raw, not percent-decoded, without the query.
    package var path: String
    /// Raw, not decoded, without the question mark.
    package var query: String
    /// Names in lower case; order and duplicates as they came.
    package var headers: [WireHeader]
    package var body: [UInt8]

    package init(method: String, path: String, query: String = "", headers: [WireHeader] = [], body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// The first value of a header, nil without one. O(headers).
    /// - Parameter name: in lower case.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// One line of a request's or answer's head.
package struct WireHeader: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// One HTTP answer. `Content-Length` and `Date` are the listener's business.
package struct WireResponse: Sendable, Equatable {
    package var status: Int
    package var headers: [WireHeader]
    package var body: [UInt8]

    package init(status: Int, headers: [WireHeader] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// How a request is written and its answer must be.
package enum WireProtocol: String, Sendable, CaseIterable {
    /// Form fields in, XML out.
    case query
    /// `X-Amz-Target`, JSON both ways; the version in the content type is the service's.
    case json
    /// Path, query string and JSON bodies.
    case restJSON = "rest-json"
    /// Smithy RPC v2: CBOR both ways, operation in the path.
    case cbor
}

/// What an operation refuses with; every protocol writes it its own way.
package struct ServiceFault: Error, Sendable, Equatable {
    /// The name of an error of the model (`ResourceNotFoundException`), or of one that all services share in the
    /// spelling of the query protocol (`ValidationError`, `AccessDenied`, `SignatureDoesNotMatch`, `Throttling`).
    /// Query spellings of modelled errors (`InvalidParameterValue`) are taken too. See ``FaultNames``.
    package var code: String
    /// Empty where the service sends none.
    package var message: String
    /// As the query and REST protocols answer; JSON and CBOR turn some into 400.
    package var status: Int
    package var isSenderFault: Bool
    /// Members of the modelled error besides its message.
    package var members: [JSONMember]

    package init(
        _ code: String, _ message: String = "", status: Int = 400, isSenderFault: Bool? = nil,
        members: [JSONMember] = []
    ) {
        self.code = code
        self.message = message
        self.status = status
        self.isSenderFault = isSenderFault ?? (status < 500)
        self.members = members
    }
}
