package import VarveAlarms
package import VarveStore

/// Why an operation is refused.
package struct OperationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// As the service has it: `ValidationError`, `ResourceNotFound`, `InternalServiceFault` …
    package var code: String
    package var message: String
    /// The fault lies here, not with the caller.
    package var isOurs: Bool

    package init(code: String, message: String, isOurs: Bool = false) {
        self.code = code
        self.message = message
        self.isOurs = isOurs
    }

    package init(_ refusal: AlarmRefusal) { self.init(code: refusal.code, message: refusal.message) }

    /// A disk that fails, or a store that takes nothing.
    package init(_ error: StoreError) {
        self.init(code: "InternalServiceFault", message: "\(error)", isOurs: true)
    }

    package static func validation(_ message: String) -> OperationError {
        OperationError(code: "ValidationError", message: message)
    }

    package static let stopped = OperationError(
        code: "ServiceUnavailable", message: "the server is stopping", isOurs: true)

    package var description: String { message.isEmpty ? code : "\(code): \(message)" }
}
