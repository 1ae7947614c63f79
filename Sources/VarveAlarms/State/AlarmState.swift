/// The three states; raw values as on the wire.
package enum AlarmState: String, CaseIterable, Sendable {
    case insufficientData = "INSUFFICIENT_DATA"
    case alarm = "ALARM"
    case ok = "OK"
}

/// What, beside the state, there is to say about the last evaluation.
package enum EvaluationState: String, Sendable {
    /// The query found more series than are looked at, or answered only a part.
    case partialData = "PARTIAL_DATA"
    /// The definition cannot be evaluated, such as an expression that returns several series.
    case evaluationError = "EVALUATION_ERROR"
    /// The data could not be read.
    case evaluationFailure = "EVALUATION_FAILURE"
    /// The alarm is younger than its warm-up time.
    case inWarmUp = "IN_WARM_UP"
}
