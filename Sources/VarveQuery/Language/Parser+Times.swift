import VarveModel

// times  := ("SINCE" moment | "UNTIL" moment | "PERIOD" duration)*      each at most once
// moment := ("now" ["()"] | instant) [("+" | "-") duration] | duration
extension Parser {
    /// The Varve clauses in any order.
    mutating func times() throws(QueryError) -> TimesSyntax {
        var times = TimesSyntax()
        while true {
            if times.since == nil, take(keyword: "SINCE") {
                times.since = try located { parser throws(QueryError) in try parser.moment() }
            } else if times.until == nil, take(keyword: "UNTIL") {
                times.until = try located { parser throws(QueryError) in try parser.moment() }
            } else if times.periodNs == nil, take(keyword: "PERIOD") {
                times.periodNs = try located { parser throws(QueryError) in try parser.period() }
            } else {
                return times
            }
        }
    }

    private mutating func located<Content>(
        _ content: (inout Parser) throws(QueryError) -> Content
    ) throws(QueryError) -> Located<Content> {
        let start = current.span
        let content = try content(&self)
        return Located(content: content, span: start.through(previous.span))
    }

    private mutating func moment() throws(QueryError) -> Moment {
        note(.time)
        if current.isKeyword("NOW") {
            advance()
            if take(sign: "(") { try require(sign: ")") }
            return .now(offsetNs: try offset())
        }
        switch current.kind {
        case .number(let text):
            if let durationNs = DurationText.parse(text) {
                advance()
                return .now(offsetNs: -durationNs)
            }
            return try instant(text)
        case .value(let text): return try instant(text)
        default: throw unexpected()
        }
    }

    private mutating func instant(_ text: String) throws(QueryError) -> Moment {
        let instant: Int64
        do throws(InstantText.Problem) { instant = try InstantText.parse(text) } catch { throw notATime(text, error) }
        let span = current.span
        advance()
        let (sum, overflow) = instant.addingReportingOverflow(try offset())
        guard !overflow else { throw span.through(previous.span).invalid(Self.outOfRange) }
        return .at(sum)
    }

    /// `+ duration` or `- duration`, else 0.
    private mutating func offset() throws(QueryError) -> Int64 {
        let isNegative = take(sign: "-")
        guard isNegative || take(sign: "+") else { return 0 }
        let durationNs = try duration()
        return isNegative ? -durationNs : durationNs
    }

    private mutating func duration() throws(QueryError) -> Int64 {
        note(.duration)
        guard case .number(let text) = current.kind else { throw unexpected() }
        guard let durationNs = DurationText.parse(text) else { throw notADuration(text) }
        advance()
        return durationNs
    }

    /// A duration; a bare number counts seconds, as Period does in the service's requests.
    private mutating func period() throws(QueryError) -> Int64 {
        note(.duration)
        guard case .number(let text) = current.kind else { throw unexpected() }
        guard let periodNs = DurationText.parse(text) ?? DurationText.parse("\(text)s") else {
            throw notADuration(text)
        }
        guard periodNs > 0 else { throw current.span.invalid("PERIOD must be longer than 0") }
        advance()
        return periodNs
    }

    // MARK: Errors

    private static let outOfRange = "times must lie between 1677-09-21T00:12:43.2Z and 2262-04-11T23:47:16.8Z"

    private func notADuration(_ text: String) -> QueryError {
        current.span.invalid(
            "expected \(Expectation.duration.text), found '\(text)';"
                + " a duration is a whole number and one of \(DurationText.unitNames), up to 292 years")
    }

    private func notATime(_ text: String, _ problem: InstantText.Problem) -> QueryError {
        switch problem {
        case .outOfRange: current.span.invalid(Self.outOfRange)
        case .numberTooSmall:
            current.span.invalid("'\(text)' is a time in 1970; a duration needs its unit, such as \(text)s")
        case .notATime: current.span.invalid("expected \(Expectation.time.text), found '\(text)'")
        }
    }
}
