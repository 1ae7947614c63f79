/// How far a query was answered.
package enum MathStatus: String, Sendable {
    case complete = "Complete"
    case partialData = "PartialData"
    case internalError = "InternalError"
    case forbidden = "Forbidden"
}

/// A remark to an answer: a word for programs, a sentence for people.
package struct MathMessage: Hashable, Sendable {
    package var code: String
    package var value: String

    package init(code: String, value: String) {
        self.code = code
        self.value = value
    }

    /// SEARCH found more than ``MathLimits/searchSeriesMax`` series.
    package static let tooManyMetrics = MathMessage(
        code: "MaxMetricsExceeded", value: "Maximum number of allowed metrics exceeded")
}

/// One series of the answer.
package struct MathResult: Equatable, Sendable {
    /// Of the query; the series of an array share it.
    package var id: String
    package var label: String
    package var series: MathSeries
    package var status: MathStatus
    package var messages: [MathMessage]
}

/// The answer to a request.
package struct MathAnswer: Equatable, Sendable {
    /// Queries of metrics first, then expressions, each in the order of the request.
    package var results: [MathResult]
    /// About the request as a whole, each once.
    package var messages: [MathMessage]
}
