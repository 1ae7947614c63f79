/// Errors that every service has and no model lists: their two spellings and the status in the query protocol.
package enum FaultNames {
    struct Shared: Sendable {
        var query: String
        var json: String
        var status: Int

        init(_ query: String, _ json: String, _ status: Int) {
            self.query = query
            self.json = json
            self.status = status
        }
    }

    static let shared: [Shared] = [
        Shared("ValidationError", "ValidationException", 400),
        Shared("MalformedInput", "SerializationException", 400),
        Shared("InvalidAction", "UnknownOperationException", 400),
        Shared("AccessDenied", "AccessDeniedException", 403),
        Shared("MissingAuthenticationToken", "MissingAuthenticationTokenException", 403),
        Shared("IncompleteSignature", "IncompleteSignatureException", 403),
        Shared("InvalidClientTokenId", "UnrecognizedClientException", 403),
        Shared("SignatureDoesNotMatch", "InvalidSignatureException", 403),
        Shared("ExpiredToken", "ExpiredTokenException", 403),
        Shared("RequestExpired", "RequestExpired", 400),
        Shared("OptInRequired", "SubscriptionRequiredException", 403),
        Shared("Throttling", "ThrottlingException", 400),
        Shared("InternalFailure", "InternalFailure", 500),
        Shared("ServiceUnavailable", "ServiceUnavailableException", 503),
    ]

    /// Of an error that no model has; 400 where it is not known either.
    static func status(ofShared code: String) -> Int { find(code)?.status ?? 400 }

    static func find(_ code: String) -> Shared? { shared.first { $0.query == code || $0.json == code } }
}
