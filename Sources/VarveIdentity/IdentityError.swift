package import VarveSignature

/// What identity refuses with: code, message and status for both families of protocols. Never holds a secret.
package struct IdentityError: Error, Sendable, Equatable {
    /// Code in the Query protocol, such as `AccessDenied`.
    package var code: String
    /// Code in the JSON protocols, REST and CBOR, such as `AccessDeniedException`.
    package var jsonCode: String
    /// nil where the service sends none.
    package var message: String?
    /// HTTP status in the Query protocol and in REST; JSON and CBOR answer 400 in place of 403.
    package var status: Int
    /// False when it is our failure and not the sender's.
    package var isSenderFault: Bool

    package init(
        _ code: String, _ message: String?, status: Int, jsonCode: String? = nil, isSenderFault: Bool = true
    ) {
        self.code = code
        self.jsonCode = jsonCode ?? code
        self.message = message
        self.status = status
        self.isSenderFault = isSenderFault
    }

    package init(_ error: SignatureError) {
        self.init(error.code, error.message, status: error.status, jsonCode: error.jsonCode)
    }
}

extension IdentityError {
    static func accessDenied(_ message: String) -> IdentityError {
        IdentityError("AccessDenied", message, status: 403, jsonCode: "AccessDeniedException")
    }

    /// Too many failures of this source.
    static let throttled = IdentityError("Throttling", "Rate exceeded", status: 400, jsonCode: "ThrottlingException")

    static func validation(_ message: String) -> IdentityError {
        IdentityError("ValidationError", message, status: 400)
    }

    static func invalidInput(_ message: String) -> IdentityError { IdentityError("InvalidInput", message, status: 400) }

    static func noSuchEntity(_ message: String) -> IdentityError { IdentityError("NoSuchEntity", message, status: 404) }

    static func exists(_ message: String) -> IdentityError {
        IdentityError("EntityAlreadyExists", message, status: 409)
    }

    static func limitExceeded(_ message: String) -> IdentityError {
        IdentityError("LimitExceeded", message, status: 409)
    }

    static func deleteConflict(_ message: String) -> IdentityError {
        IdentityError("DeleteConflict", message, status: 409)
    }

    static func malformedPolicy(_ message: String) -> IdentityError {
        IdentityError("MalformedPolicyDocument", message, status: 400)
    }

    /// What the configuration declares is changed there.
    static func unmodifiable(_ name: String) -> IdentityError {
        IdentityError(
            "UnmodifiableEntity", "\(name) is declared in the configuration file and is changed there.", status: 400)
    }

    /// - Parameter reason: names the file and what the system said; no content.
    static func failure(_ reason: String) -> IdentityError {
        IdentityError("ServiceFailure", reason, status: 500, isSenderFault: false)
    }
}
