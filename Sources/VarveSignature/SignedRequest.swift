/// One HTTP request as its bytes came: what a signature covers. A value; any thread.
package struct SignedRequest: Sendable, Equatable {
    /// As sent, such as `POST`.
    package var method: String
    /// The request target before `?`, undecoded.
    package var path: String
    /// What stands behind `?`, undecoded and without it; empty when there is none.
    package var query: String
    /// In the order of arrival, repetitions included.
    package var headers: [SignedHeader]
    /// After transfer coding, before content coding: a gzip body is signed as it travels.
    package var body: [UInt8]

    package init(
        method: String, path: String, query: String = "", headers: [SignedHeader] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// The first value of a header, or nil. O(headers).
    /// - Parameter name: in lower case.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// One header line.
package struct SignedHeader: Sendable, Equatable {
    /// In lower case.
    package var name: String
    /// As sent, white space included.
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
