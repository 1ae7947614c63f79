import Testing
import VarveQuery

@Suite struct MathTypeTests {
    private let world = MathCase(["m1": [1, 2], "m2": [3, 4]])

    /// The types of `text` by trying what accepts what: only the checks before evaluation take part.
    private func type(_ text: String) throws -> String {
        func fits(_ expression: String) -> Bool { (try? plan(expression)) != nil }
        let forms = [
            ("S", "TIME_SERIES(\(text))"), ("TS", "ABS([\(text)]) + MINUTE(\(text))"), ("TS[]", "FIRST(\(text))"),
        ]
        let found = forms.filter { fits($0.1) }.map(\.0)
        return found.isEmpty ? (fits(text) ? "result" : "error") : found.joined(separator: "|")
    }

    private func plan(_ text: String) throws -> MathPlan {
        try MathPlan(world.definitions + [MathDefinition(id: "e", .expression(text), periodNs: MathWorld.minute)])
    }

    @Test(
        "operators have the type that their operands give them",
        arguments: [
            ("1", "1", "S"), ("1", "m1", "TS"), ("m1", "1", "TS"), ("m1", "m2", "TS"), ("1", "METRICS()", "TS[]"),
            ("METRICS()", "1", "TS[]"), ("m1", "METRICS()", "TS[]"), ("METRICS()", "m1", "TS[]"),
            ("METRICS()", "METRICS()", "error"), ("'s'", "1", "error"), ("m1", "REPEAT", "error"),
        ])
    func operators(left: String, right: String, expected: String) throws {
        for sign in MathOperator.allCases {
            #expect(try type("(\(left) \(sign.rawValue) \(right))") == expected, "\(sign)")
        }
    }

    @Test(
        "functions have the type of the table, and no other arguments",
        arguments: [
            ("-1", "S"), ("-m1", "TS"), ("-METRICS()", "TS[]"), ("-'s'", "error"),
            ("METRIC_COUNT(METRICS())", "S"), ("METRIC_COUNT(m1)", "error"),
            ("FIRST(METRICS())", "TS"), ("LAST(METRICS())", "TS"), ("FIRST(m1)", "error"),
            ("FILL(m1, 0)", "TS"), ("FILL(m1, m2)", "TS"), ("FILL(m1, REPEAT)", "TS"), ("FILL(m1, LINEAR)", "TS"),
            ("FILL(METRICS(), 0)", "TS[]"), ("FILL(METRICS(), LINEAR)", "TS[]"), ("FILL(m1, METRICS())", "error"),
            ("FILL(m1, ASC)", "error"), ("FILL(1, 0)", "error"), ("FILL(m1)", "error"),
            ("IF(m1, 1, 2)", "TS"), ("IF(m1, m2, 2)", "TS"), ("IF(m1, 1, m2)", "TS"), ("IF(m1, m2, m2)", "TS"),
            ("IF(m1, 1)", "TS"), ("IF(m1, m2)", "TS"), ("IF(1, m1)", "TS"), ("IF(1, m1, m2)", "TS"),
            ("IF(1, 2, 3)", "S"), ("IF(1, 2)", "error"), ("IF(1, 2, m1)", "error"), ("IF(1, m1, 2)", "error"),
            ("IF(METRICS(), 1, 2)", "error"), ("IF(m1, METRICS(), 2)", "error"), ("IF(m1)", "error"),
            ("TIME_SERIES(1)", "TS"), ("TIME_SERIES(m1)", "error"),
            ("PERIOD(m1)", "S"), ("PERIOD(METRICS())", "error"), ("PERIOD(m1 + 0)", "error"),
            ("METRICS()", "TS[]"), ("METRICS('m')", "TS[]"), ("METRICS(m1)", "error"), ("METRICS(1)", "error"),
            ("REMOVE_EMPTY(METRICS())", "TS[]"), ("REMOVE_EMPTY(m1)", "error"),
            ("SLICE(METRICS(), 0)", "TS|TS[]"), ("SLICE(METRICS(), 0, 1)", "TS|TS[]"), ("SLICE(m1, 0)", "error"),
            ("SLICE(METRICS(), m1)", "error"), ("SLICE(METRICS())", "error"),
            ("SORT(METRICS(), AVG, ASC)", "TS[]"), ("SORT(METRICS(), MAX, DESC, 1)", "TS[]"),
            ("SORT(METRICS(), ASC, AVG)", "error"), ("SORT(METRICS(), LINEAR, ASC)", "error"),
            ("SORT(m1, AVG, ASC)", "error"), ("SORT(METRICS(), AVG)", "error"),
            ("SEARCH('x', 'Sum')", "TS[]"), ("SEARCH('x', 'Sum', 60)", "TS[]"), ("SEARCH('x')", "error"),
            ("SEARCH('x', SUM)", "error"),
            ("ANOMALY_DETECTION_BAND(m1)", "TS[]"), ("ANOMALY_DETECTION_BAND(m1, 3)", "TS[]"),
            ("ANOMALY_DETECTION_BAND(METRICS())", "error"),
            ("INSIGHT_RULE_METRIC('r', 'Sum')", "TS"), ("INSIGHT_RULE_METRIC('r')", "error"),
            ("SERVICE_QUOTA(m1)", "TS"), ("SERVICE_QUOTA(METRICS())", "error"),
            ("[m1]", "TS[]"), ("[m1, METRICS()]", "TS[]"), ("[1]", "error"), ("[m1, 'x']", "error"),
        ])
    func functions(text: String, expected: String) throws { #expect(try type(text) == expected) }

    @Test(
        "functions of each point keep the type, aggregates go one step down",
        arguments: [
            "ABS", "CEIL", "FLOOR", "LOG", "LOG10", "DIFF", "DIFF_TIME", "RATE", "RUNNING_SUM",
        ])
    func perPoint(name: String) throws {
        #expect(try type("\(name)(m1)") == "TS")
        #expect(try type("\(name)(METRICS())") == "TS[]")
        #expect(try type("\(name)(1)") == "error")
        #expect(try type("\(name)()") == "error")
        #expect(try type("\(name)(m1, m2)") == "error")
    }

    @Test("aggregates go one step down", arguments: ["SUM", "AVG", "MIN", "MAX", "STDDEV", "DATAPOINT_COUNT"])
    func aggregates(name: String) throws {
        #expect(try type("\(name)(m1)") == "S")
        #expect(try type("\(name)(METRICS())") == "TS")
        #expect(try type("\(name)(1)") == "error")
    }

    @Test("times take one series", arguments: ["MINUTE", "HOUR", "DAY", "DATE", "MONTH", "YEAR", "EPOCH"])
    func times(name: String) throws {
        #expect(try type("\(name)(m1)") == "TS")
        #expect(try type("\(name)(METRICS())") == "error")
        #expect(try type("\(name)(1)") == "error")
    }

    @Test(
        "type errors say what was expected, what was found, and how to get there",
        arguments: [
            (
                "RATE(1)",
                "RATE expects a time series or an array of time series, 1 is a scalar; "
                    + "TIME_SERIES(…) makes a series of a number @1"
            ),
            (
                "HOUR(METRICS())",
                "HOUR expects a time series, METRICS() is an array of time series; "
                    + "make one series of an array with SUM, AVG, MAX, MIN or FIRST @METRICS()"
            ),
            (
                "FIRST(m1)",
                "FIRST expects an array of time series, m1 is a time series; "
                    + "brackets make an array of series: [m1, m2] @m1"
            ),
            (
                "SORT(METRICS(), ASC, AVG)",
                "SORT expects AVG, MIN, MAX or SUM as argument 2, ASC is ASC or DESC @ASC"
            ),
            (
                "FILL(m1, METRICS())",
                "FILL expects a scalar, a time series, REPEAT or LINEAR as argument 2, METRICS() is an array of time "
                    + "series; make one series of an array with SUM, AVG, MAX, MIN or FIRST @METRICS()"
            ),
            ("RATE(m1, m2)", "RATE takes 1 argument, found 2; RATE(TS) or RATE(TS[]) @RATE(m1, m2)"),
            (
                "METRICS('a', 'b')",
                "METRICS takes no or 1 arguments, found 2; METRICS() or METRICS('…') @METRICS('a', 'b')"
            ),
            (
                "METRICS() + METRICS('m')",
                "'+' cannot combine two arrays of time series, METRICS() and METRICS('m'); "
                    + "make one series of an array with SUM, AVG, MAX, MIN or FIRST @METRICS() + METRICS('m')"
            ),
            (
                "m1 + 'x'",
                "'+' expects a scalar, a time series or an array of time series, 'x' is a string in quotes @'x'"
            ),
            ("[m1, 2]", "an array holds time series, 2 is a scalar; TIME_SERIES(…) makes a series of a number @2"),
            (
                "SUM(m1) * 2",
                "the result must be a time series or an array of time series, it is a scalar; "
                    + "TIME_SERIES(…) makes a series of a number @SUM(m1) * 2"
            ),
            ("PERIOD(m1 + m2)", "PERIOD expects the id of a metric, m1 + m2 is an expression @m1 + m2"),
            ("m1 + m3", "ID 'm3' not found; did you mean m1? @m3"),
            ("m1 + zebra", "ID 'zebra' not found @zebra"),
            // Only the data show how many series remain.
            (
                "SLICE(METRICS(), 0, 2) + METRICS()",
                "'+' cannot combine two arrays of time series, SLICE(METRICS(), 0, 2) and METRICS(); make one series "
                    + "of an array with SUM, AVG, MAX, MIN or FIRST @SLICE(METRICS(), 0, 2) + METRICS()"
            ),
            (
                "SUM(SLICE(METRICS(), 0, 1))",
                "the result must be a time series or an array of time series, it is a scalar; "
                    + "TIME_SERIES(…) makes a series of a number @SUM(SLICE(METRICS(), 0, 1))"
            ),
            (
                "HOUR(SLICE(METRICS(), 0))",
                "HOUR expects a time series, SLICE(METRICS(), 0) is an array of time series; "
                    + "make one series of an array with SUM, AVG, MAX, MIN or FIRST @SLICE(METRICS(), 0)"
            ),
        ])
    func messages(text: String, complaint: String) { #expect(world.complaint(text) == complaint) }

    @Test("the service's texts come without hints")
    func serviceMessages() {
        #expect(world.error("m1 + m3")?.serviceMessage == "Error in expression 'result': ID 'm3' not found")
        #expect(world.error("RATT(m1)")?.serviceMessage == "Error in expression 'result': Function 'RATT' not found")
    }
}
