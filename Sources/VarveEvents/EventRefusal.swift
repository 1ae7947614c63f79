/// Why a definition or a request about events is not accepted: the service's error code and its message.
package struct EventRefusal: Error, Equatable, Sendable {
    /// As on the wire, such as `ValidationException`.
    package var code: String
    /// For people; the service's words where they are known.
    package var message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    static func validation(_ message: String) -> EventRefusal {
        EventRefusal(code: "ValidationException", message: message)
    }

    /// A parameter whose value breaks its own rules.
    static func invalid(parameter: String, reason: String? = nil) -> EventRefusal {
        validation("Parameter \(parameter) is not valid." + (reason.map { " Reason: \($0)" } ?? ""))
    }

    /// - Parameter member: the parameter with a small first letter, as messages have it.
    static func tooLong(member: String, lengthMax: Int) -> EventRefusal {
        validation(
            "1 validation error detected: Value at '\(member)' failed to satisfy constraint: "
                + "Member must have length less than or equal to \(lengthMax)")
    }

    static func notFound(_ message: String) -> EventRefusal {
        EventRefusal(code: "ResourceNotFoundException", message: message)
    }

    static func alreadyExists(_ message: String) -> EventRefusal {
        EventRefusal(code: "ResourceAlreadyExistsException", message: message)
    }

    static func illegalStatus(_ message: String) -> EventRefusal {
        EventRefusal(code: "IllegalStatusException", message: message)
    }

    static let limitExceeded = EventRefusal(
        code: "LimitExceededException", message: "The requested resource exceeds the maximum number allowed.")

    static func pattern(_ detail: String) -> EventRefusal {
        EventRefusal(
            code: "InvalidEventPatternException", message: "Event pattern is not valid. Reason: \(detail)")
    }
}

extension EventRefusal: CustomStringConvertible {
    package var description: String { "\(code): \(message)" }
}
