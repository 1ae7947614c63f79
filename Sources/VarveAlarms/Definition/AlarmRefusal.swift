/// Why a request about alarms is refused, in the words of the service.
package struct AlarmRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// `ValidationError`, `InvalidParameterValue`, `InvalidFormat`, `LimitExceeded` or `ResourceNotFound`.
    package let code: String
    /// What is wrong; empty where the service says nothing.
    package let message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    package static func validation(_ message: String) -> AlarmRefusal {
        AlarmRefusal(code: "ValidationError", message: message)
    }

    package static func limit(_ message: String) -> AlarmRefusal {
        AlarmRefusal(code: "LimitExceeded", message: message)
    }

    /// The alarm that a request names does not exist; the service says nothing more.
    package static let notFound = AlarmRefusal(code: "ResourceNotFound", message: "")

    package var description: String { message.isEmpty ? code : "\(code): \(message)" }
}
