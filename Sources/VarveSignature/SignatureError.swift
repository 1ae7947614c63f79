/// Why a request is not authenticated: code, message and status in the form of both families of protocols.
///
/// The envelope is written by who knows the protocol. Says nothing that the sender does not know already.
package struct SignatureError: Error, Sendable, Equatable {
    package var kind: Kind
    /// nil where the service sends none.
    package var message: String?

    package init(_ kind: Kind, _ message: String? = nil) {
        self.kind = kind
        self.message = message
    }

    /// What went wrong, in the order in which it is looked for.
    package enum Kind: Sendable, Equatable, CaseIterable {
        /// The request target cannot be read; the answer is 400 without a body.
        case malformedTarget
        case malformedQueryString
        case missingAuthenticationToken
        case incompleteSignature
        case signatureDoesNotMatch
        case invalidClientTokenID
        case expiredToken
    }

    /// Code in the Query protocol.
    package var code: String {
        switch kind {
        case .malformedTarget: "BadRequest"
        case .malformedQueryString: "MalformedQueryString"
        case .missingAuthenticationToken: "MissingAuthenticationToken"
        case .incompleteSignature: "IncompleteSignature"
        case .signatureDoesNotMatch: "SignatureDoesNotMatch"
        case .invalidClientTokenID: "InvalidClientTokenId"
        case .expiredToken: "ExpiredToken"
        }
    }

    /// Code in the JSON protocols, REST and CBOR.
    package var jsonCode: String {
        switch kind {
        case .malformedTarget: "BadRequest"
        case .malformedQueryString: "MalformedQueryString"
        case .missingAuthenticationToken: "MissingAuthenticationTokenException"
        case .incompleteSignature: "IncompleteSignatureException"
        case .signatureDoesNotMatch: "InvalidSignatureException"
        case .invalidClientTokenID: "UnrecognizedClientException"
        case .expiredToken: "ExpiredTokenException"
        }
    }

    /// HTTP status in the Query protocol and in REST. JSON and CBOR answer 400 to all of them.
    package var status: Int {
        switch kind {
        case .malformedTarget, .malformedQueryString: 400
        default: 403
        }
    }
}

extension SignatureError {
    static func incomplete(_ message: String) -> SignatureError { SignatureError(.incompleteSignature, message) }

    static func mismatch(_ message: String?) -> SignatureError { SignatureError(.signatureDoesNotMatch, message) }

    static let missingToken = SignatureError(
        .missingAuthenticationToken, "Request is missing Authentication Token")

    /// Signature and request do not belong together; says nothing about what differs.
    static let wrongSignature = mismatch(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
            + "Key and signing method. Consult the service documentation for details.")

    /// Temporary credentials without their token, a token that cannot be read, or one of another key.
    package static let invalidToken = SignatureError(
        .invalidClientTokenID, "The security token included in the request is invalid")

    /// A key that is unknown, inactive or deleted. The full stop is the service's.
    package static let unknownKey = SignatureError(
        .invalidClientTokenID, "The security token included in the request is invalid.")

    package static let expiredToken = SignatureError(
        .expiredToken, "The security token included in the request is expired")
}
