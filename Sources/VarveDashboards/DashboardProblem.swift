package import VarveJSON

/// One thing that is wrong or unexpected in a dashboard body or a widget, and where.
package struct DashboardMessage: Sendable, Equatable {
    /// Place inside the document, such as `/widgets/0/properties`; empty for the document itself.
    package var dataPath: String
    package var message: String

    package init(_ dataPath: String, _ message: String) {
        self.dataPath = dataPath
        self.message = message
    }

    /// As an element of `DashboardValidationMessages`.
    package var json: JSONValue {
        .object([JSONMember("DataPath", .string(dataPath)), JSONMember("Message", .string(message))])
    }
}

/// Why a dashboard or a widget is refused, in the words of the service.
package struct DashboardProblem: Error, Sendable, Equatable {
    /// The service's error code, such as `InvalidParameterInput`.
    package var code: String
    /// The whole text; a refused document is followed by the list of what is wrong with it.
    package var message: String
    /// What is wrong with the document; empty when it could not be read at all. At most
    /// ``DashboardLimits/messagesMax``.
    package var validationMessages: [DashboardMessage]

    package init(code: String, message: String, validationMessages: [DashboardMessage] = []) {
        self.code = code
        self.message = message
        self.validationMessages = validationMessages
    }

    /// `SUBJECT is invalid, there are N validation errors:` and the errors as indented JSON.
    init(code: String, subject: String, errorCount: Int, errors: [DashboardMessage]) {
        let list = errors.map { error in
            "  {\n    \"dataPath\": \(Self.quoted(error.dataPath)),\n"
                + "    \"message\": \(Self.quoted(error.message))\n  }"
        }
        self.init(
            code: code,
            message: "\(subject) is invalid, there are \(errorCount) validation errors:\n[\n"
                + list.joined(separator: ",\n") + "\n]",
            validationMessages: errors)
    }

    private static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        JSONWriter.appendQuoted(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// How large dashboards and widgets may be. Where nothing else is said, these are the service's numbers.
package enum DashboardLimits {
    package static let widgetsMax = 500
    /// Metrics and expressions of one widget.
    package static let metricsPerWidgetMax = 500
    package static let metricsMax = 2_500
    package static let variablesMax = 25
    package static let nameBytesMax = 255
    /// Metrics and expressions of a widget that is drawn as a picture.
    package static let metricsPerImageMax = 100
    /// Bytes of a widget that is drawn as a picture.
    package static let imageWidgetBytesMax = 100 << 10
    /// Width and height of a picture in pixels.
    package static let imagePixels: ClosedRange<Int64> = 1...2_000
    /// Messages listed about one document, our own limit: all are counted, and nobody reads a thousand.
    package static let messagesMax = 1_000
}
