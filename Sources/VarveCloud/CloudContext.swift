import VarveJSON
package import VarveModel
package import VarveQuery
import VarveWire

/// Who asks, where and when: what a handler knows beside its input.
package struct CloudContext: Sendable {
    /// Account and region in which the request acts.
    package var scope: Scope
    /// The ARN of who asks.
    package var caller: String
    /// Nanoseconds since 1970.
    package var nowNs: Int64
    package var requestID: String
    /// What anomaly detectors of an account and region know; may wait for them.
    package var anomalyModel: (@Sendable (Scope, MathSubject, Int64) -> KnownAnomalyModel?)?

    package init(scope: Scope, caller: String, nowNs: Int64, requestID: String) {
        self.scope = scope
        self.caller = caller
        self.nowNs = nowNs
        self.requestID = requestID
    }
}

extension ServiceFault {
    static func invalidValue(_ message: String) -> ServiceFault { ServiceFault("InvalidParameterValue", message) }
    static func invalidCombination(_ message: String) -> ServiceFault {
        ServiceFault("InvalidParameterCombination", message)
    }
    static func missing(_ message: String) -> ServiceFault { ServiceFault("MissingParameter", message) }
    static func validation(_ message: String) -> ServiceFault { ServiceFault("ValidationError", message) }
    /// A disk that fails, a store that takes nothing now.
    static func internalFault(_ message: String) -> ServiceFault {
        ServiceFault("InternalServiceError", message, status: 500)
    }
}

extension JSONValue {
    /// Nanoseconds since 1970 of a point in time in the common form, seconds with or without a fraction; nil for what
    /// is no number or lies outside of the years 1678 to 2261.
    var timeNs: Int64? {
        switch self {
        case .integer(let seconds):
            let (product, overflow) = seconds.multipliedReportingOverflow(by: Nanoseconds.perSecond)
            return overflow ? nil : product
        case .number(let seconds):
            // Microseconds first: a double has no more of the times of this century.
            let micros = (seconds * 1e6).rounded()
            guard abs(micros) < 9.2e15 else { return nil }
            return Int64(micros) * Nanoseconds.perMicrosecond
        default: return nil
        }
    }

    /// The same, with the nearest time for those outside; nil only for what is no number.
    var clampedTimeNs: Int64? {
        guard let seconds = double else { return nil }
        return timeNs ?? (seconds < 0 ? -Self.farNs : Self.farNs)
    }

    /// Half of what fits: distances between two such times fit, too.
    private static let farNs = Int64.max / 2

    /// A point in time in the common form: seconds since 1970, whole where they are.
    static func time(ns: Int64) -> JSONValue {
        let (seconds, rest) = ns.quotientAndRemainder(dividingBy: Nanoseconds.perSecond)
        return rest == 0 ? .integer(seconds) : .number(Double(ns) / 1e9)
    }

    static func object(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(members.compactMap { name, value in value.map { JSONMember(name, $0) } })
    }
}

/// `Dimensions` of a request in the common form.
func dimensions(of value: JSONValue?) -> [Dimension] {
    (value?.array ?? []).map { Dimension(name: $0["Name"]?.string ?? "", value: $0["Value"]?.string ?? "") }
}

extension [Dimension] {
    var json: JSONValue {
        .array(map { .object(["Name": .string($0.name), "Value": .string($0.value)]) })
    }
}
