/// What conditions of policies may ask about one request. Values that follow from the caller need not be given.
/// A value; any thread.
package struct RequestContext: Sendable {
    /// Seconds since 1970.
    package var nowSeconds: Int64
    package var connection: ConnectionFacts
    /// Keys of the service and of the resource, such as `cloudwatch:namespace` or `aws:ResourceTag/team`. Keys in lower
    /// case; see ``set(_:_:)``.
    private(set) var values: [String: [String]] = [:]

    /// Tags of a resource by its ARN, for `aws:ResourceTag/…`; asked only when a condition names such a key, perhaps
    /// several times. Empty for what has none or is not there.
    package var resourceTags: (@Sendable (_ resource: String) -> [ResourceTag])?

    package init(nowSeconds: Int64, connection: ConnectionFacts = ConnectionFacts()) {
        self.nowSeconds = nowSeconds
        self.connection = connection
    }

    /// Gives a key its values; several for keys such as `aws:TagKeys`. An empty list is not the same as no key.
    package mutating func set(_ key: String, _ values: [String]) { self.values[key.lowercased()] = values }

    package mutating func set(_ key: String, _ value: String) { set(key, [value]) }
}

/// A tag of a resource.
package struct ResourceTag: Sendable, Equatable {
    package var key: String
    package var value: String

    package init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}
