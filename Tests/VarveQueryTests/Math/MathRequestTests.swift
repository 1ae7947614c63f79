import Testing
import VarveModel
import VarveQuery

@Suite struct MathRequestTests {
    private func metric(_ id: String, returnsData: Bool = true) -> MathDefinition {
        MathDefinition(id: id, .metric(MathWorld.metric(id)), returnsData: returnsData)
    }

    private func expression(_ id: String, _ text: String, returnsData: Bool = true) -> MathDefinition {
        MathDefinition(id: id, .expression(text), returnsData: returnsData)
    }

    private func error(_ definitions: [MathDefinition], rules: MathRules = .native) -> MathError? {
        do throws(MathError) {
            _ = try MathPlan(definitions, rules: rules)
            return nil
        } catch {
            return error
        }
    }

    private func run(
        _ definitions: [MathDefinition], _ world: MathWorld = MathWorld(), seconds: Int64 = 120
    ) throws(MathError) -> MathAnswer {
        let range = TimeRange(start: 0, end: seconds * Nanoseconds.perSecond)
        return try MathPlan(definitions).run(over: range, source: world)
    }

    private var world: MathWorld {
        MathWorld(metrics: ["m1": MathWorld.series([1, 2]), "m2": MathWorld.series([3, nil])])
    }

    @Test("metrics come first, then expressions, each in the order of the request; hidden ones do not come")
    func order() throws {
        let answer = try run(
            [
                expression("e3", "e1 + e2"), metric("m2"), expression("e1", "m1 * 10", returnsData: false),
                expression("e2", "[m1, m2]"), metric("m1"),
            ], world)
        #expect(answer.results.map(\.id) == ["m2", "m1", "e3", "e3", "e2", "e2"])
        #expect(answer.results.map(\.series.points) == [[3], [1, 2], [11, 22], [13, 20], [1, 2], [3]])
        #expect(answer.messages.isEmpty)
    }

    @Test("a metric without data is an empty result, an empty array none")
    func empty() throws {
        let answer = try run([metric("m9"), expression("e1", "REMOVE_EMPTY([m9])"), expression("e2", "m9 * 2")], world)
        #expect(answer.results.map(\.id) == ["m9", "e2"])
        #expect(answer.results.allSatisfy { $0.series.isEmpty && $0.status == .complete })
    }

    @Test("only what the answer needs is read")
    func needed() throws {
        struct Counting: MathSource {
            let expected: [String]

            func fetch(_ metrics: [MathMetricStat], over range: TimeRange) throws(QueryError) -> [MathFetch] {
                #expect(metrics.map(\.metricName) == expected)
                return metrics.map { _ in MathFetch(MathWorld.series([1])) }
            }
            func search(_ search: MathSearch, over range: TimeRange) throws(QueryError) -> MathFind { MathFind([]) }
            func select(_ statement: MathStatement, over range: TimeRange) throws(QueryError) -> MathFind {
                MathFind([])
            }
        }
        let plan = try MathPlan([
            metric("a1", returnsData: false), metric("a2", returnsData: false), metric("b1", returnsData: false),
            metric("c1", returnsData: false), expression("e1", "b1 * 2", returnsData: false),
            expression("e2", "SUM(METRICS('a'))"), expression("e3", "c1", returnsData: false),
            expression("e4", "e1 + 1"),
        ])
        let range = TimeRange(start: 0, end: MathWorld.minute)
        let answer = try plan.run(over: range, source: Counting(expected: ["a1", "a2", "b1"]))
        #expect(answer.results.map(\.series.points) == [[2], [3]])
    }

    @Test("a circle of references is shown", arguments: [0, 1, 2])
    func cycles(case number: Int) {
        let cases: [([MathDefinition], String)] = [
            ([expression("e1", "e1 + 1")], "e1 → e1"),
            (
                [metric("m1"), expression("e1", "e2"), expression("e2", "m1 + e3"), expression("e3", "e2")],
                "e2 → e3 → e2"
            ),
            ([expression("a", "b"), expression("b", "c"), expression("c", "a")], "a → b → c → a"),
        ]
        let error = error(cases[number].0)
        #expect(error?.kind == .request)
        #expect(error?.message == "the expressions refer to each other in a circle: \(cases[number].1)")
    }

    @Test("ids are checked with the service's words")
    func ids() {
        #expect(
            error([metric("m1"), metric("m1")])?.serviceMessage
                == "The values for parameter id in MetricDataQueries are not unique.")
        for id in ["", "M1", "1m", "_m", "m-1", "m é", "ü"] {
            #expect(
                error([metric("m1"), metric(id)])?.serviceMessage
                    == "The value for parameter MetricDataQueries.member.2.Id is not matching the expected pattern "
                    + "^[a-z][a-zA-Z0-9_]*$.")
        }
        #expect(error([metric("m" + String(repeating: "1", count: 254))]) == nil)
        #expect(error([metric("m" + String(repeating: "1", count: 255))])?.kind == .limit)
        #expect(
            error([expression("e1", "zz + 1")])?.serviceMessage == "Error in expression 'e1': ID 'zz' not found")
    }

    @Test("the number of queries is limited by the kind of request")
    func counts() {
        let many = (1...500).map { metric("m\($0)") }
        #expect(error(many) == nil)
        #expect(error(many + [metric("x")])?.kind == .limit)
        #expect(error([])?.kind == .request)
        #expect(error(Array(many.prefix(20)), rules: .alarm) == nil)
        #expect(error(Array(many.prefix(21)), rules: .alarm)?.kind == .limit)
    }

    @Test("periods of expressions are the service's where its rules hold")
    func periods() {
        func message(_ seconds: Int64, _ rules: MathRules) -> String? {
            let query = MathDefinition(
                id: "q", .expression("TIME_SERIES(1)"), periodNs: seconds * Nanoseconds.perSecond)
            return error([query], rules: rules)?.message
        }
        for seconds in [1, 5, 10, 20, 30, 60, 120, 86_400] as [Int64] {
            #expect(message(seconds, .getMetricData) == nil)
        }
        for seconds in [7, 59] as [Int64] {
            #expect(
                message(seconds, .getMetricData)
                    == "The parameter Period must be a value in the set [ 1, 5, 10, 20, 30 ].")
            #expect(message(seconds, .native) == nil)
        }
        #expect(message(61, .getMetricData) == "The parameter Period must be a multiple of 60.")
        #expect(message(0, .native) == "the period of query 'q' is not positive")
    }

    @Test("SEARCH asks the source, its own period before that of the query")
    func search() throws {
        var world = world
        let found = ["x", "y"].map { MathWorld.series([1], label: .automatic(MathWorld.metric("m", ["d": $0]))) }
        world.searches["{N,d} m|Sum|60"] = MathFind(found)
        let own = [expression("e1", "SEARCH('{N,d} m', 'Sum', 60) * 2")]
        #expect(try run(own, world).results.map(\.series.points) == [[2], [2]])
        #expect(try run(own, world).results.map(\.label) == ["x", "y"])
        let query = MathDefinition(id: "e1", .expression("SEARCH(\"{N,d} m\", 'Sum')"), periodNs: MathWorld.minute)
        #expect(try run([query], world).results.map(\.label) == ["x", "y"])
        let computed = [metric("m1"), expression("e1", "SEARCH('{N,d} m', 'Sum', PERIOD(m1))")]
        #expect(
            try run(computed, world).results.map(\.label) == ["m1", "x", "y"].map { $0 == "m1" ? "m1" : "\($0) m" })
    }

    @Test("SEARCH without a period, too long, or in an alarm is refused")
    func searchRefusals() {
        let periodless = error([expression("e1", "SUM(SEARCH('x', 'Sum'))")])
        #expect(periodless?.queryID == "e1")
        #expect(
            periodless?.message == "Period is a required field when using SEARCH function within an expression")
        let text = String(repeating: "x", count: 1_025)
        #expect(error([expression("e1", "SEARCH('\(text)', 'Sum', 60)")])?.kind == .limit)
        #expect(error([expression("e1", "SEARCH('\(text.dropLast())', 'Sum', 60)")]) == nil)
        let alarm = error([expression("e1", "SEARCH('x', 'Sum', 60)")], rules: .alarm)
        #expect(alarm?.kind == .unsupported && alarm?.message == "SEARCH is not supported on Metric Alarms.")
        let world = MathCase(["a": [0]])
        #expect(world.error("SEARCH('x', 'Sum', 0)")?.kind == .value)
        #expect(world.error("SEARCH('x', 'Sum', MAX(a) / 0)")?.kind == .value)
    }

    @Test("more series than SEARCH may find are cut, and the answer says so once")
    func searchCap() throws {
        var world = world
        let label = MathLabel.automatic(MathWorld.metric("m"))
        world.searches["x|Sum|60"] = MathFind((0..<501).map { MathWorld.series([Double($0)], label: label) })
        let answer = try run(
            [
                expression("e1", "METRIC_COUNT(SEARCH('x', 'Sum', 60)) * MINUTE(m1)", returnsData: false),
                expression("e2", "SEARCH('x', 'Sum', 60)"), expression("e3", "SUM(SEARCH('x', 'Sum', 60))"),
                metric("m1"),
            ], world)
        #expect(answer.results.count { $0.id == "e2" } == 500)
        #expect(answer.messages == [.tooManyMetrics])
    }

    @Test("a statement is a series without groups and an array with groups")
    func statements() throws {
        var world = world
        world.statement = MathFind([
            MathWorld.series([5, 6], label: .text("A")), MathWorld.series([7, 8], label: .text("B")),
        ])
        func query(_ text: String, label: String? = nil) -> MathDefinition {
            MathDefinition(id: "q", .expression(text), label: label, periodNs: MathWorld.minute)
        }
        let grouped = [query(" select AVG(x) FROM N GROUP BY d"), expression("e", "SUM(q)")]
        #expect(try run(grouped, world).results.map(\.label) == ["A", "B", "e"])
        #expect(try run(grouped, world).results.map(\.series.points) == [[5, 6], [7, 8], [12, 14]])
        let labelled = [query("SELECT AVG(x) FROM N GROUP BY d", label: "L")]
        #expect(try run(labelled, world).results.map(\.label) == ["L A", "L B"])
        world.statement = MathFind([MathWorld.series([5, 6])])
        let single = [query("SELECT AVG(x) FROM N"), expression("e", "q + 1")]
        #expect(try run(single, world).results.map(\.label) == ["q", "e"])
        #expect(error([query("SELECT AVG(x) FROM N"), expression("e", "FIRST(q)")])?.kind == .type)
        world.statement = MathFind([])
        #expect(try run([query("SELECT AVG(x) FROM N")], world).results.map(\.series.points) == [[]])
        #expect(try run([query("SELECT AVG(x) FROM N GROUP BY d")], world).results.isEmpty)
    }

    @Test("a statement that the source could not answer has a result without a label")
    func failedStatement() throws {
        var world = world
        let message = MathMessage(code: "InternalError", value: "An unexpected error occurred")
        world.statement = MathFind([], status: .internalError, messages: [message])
        let query = MathDefinition(
            id: "q", .expression("SELECT AVG(x) FROM N GROUP BY d"), periodNs: MathWorld.minute)
        let results = try run([query, expression("e", "SUM(q)")], world).results
        #expect(results.map(\.label) == ["", "e"])
        #expect(results.map(\.status) == [.internalError, .partialData])
        #expect(results[0].messages == [message])
    }

    @Test("statements need a period, follow their grammar, and stand once in a request")
    func statementRefusals() {
        let text = "SELECT AVG(x) FROM N"
        #expect(
            error([expression("q", text)])?.serviceMessage
                == "Error in expression 'q': Period is a required field when using query within an expression")
        #expect(error([expression("q", text + " PERIOD 1m")]) == nil)
        let bad = MathDefinition(id: "q", .expression(text + " nonsense"), periodNs: MathWorld.minute)
        #expect(error([bad])?.message.hasPrefix("Invalid syntax near 'nonsense'") == true)
        #expect(error([bad])?.span == SourceSpan(start: 21, end: 29))
        let rows = MathDefinition(id: "q", .expression("SELECT * FROM N"), periodNs: MathWorld.minute)
        #expect(error([rows])?.serviceMessage == "Error in expression 'q': Invalid syntax")
        let two = ["q", "r"].map {
            MathDefinition(id: $0, .expression(text), periodNs: MathWorld.minute, returnsData: false)
        }
        #expect(error(two)?.serviceMessage == "Maximum number of queries (1) exceeded")
        // No statement: a word that begins likewise.
        #expect(error([metric("selector"), expression("e", "selector + 1")]) == nil)
        #expect(error([expression("e", "SELECT")])?.kind == .syntax)
    }

    @Test("status and messages of a metric stay with it; what is made of it is partial")
    func status() throws {
        struct Forbidding: MathSource {
            func fetch(_ metrics: [MathMetricStat], over range: TimeRange) throws(QueryError) -> [MathFetch] {
                metrics.map { _ in
                    MathFetch(
                        MathWorld.series([nil]), status: .forbidden,
                        messages: [MathMessage(code: "Forbidden", value: "no")])
                }
            }
            func search(_ search: MathSearch, over range: TimeRange) throws(QueryError) -> MathFind { MathFind([]) }
            func select(_ statement: MathStatement, over range: TimeRange) throws(QueryError) -> MathFind {
                MathFind([])
            }
        }
        let plan = try MathPlan([metric("m1"), expression("e1", "m1 + 1"), expression("e2", "TIME_SERIES(1)")])
        let answer = try plan.run(over: TimeRange(start: 0, end: MathWorld.minute), source: Forbidding())
        #expect(answer.results.map(\.status) == [.forbidden, .partialData, .complete])
        #expect(answer.results.map(\.messages.count) == [1, 0, 0])
    }

    @Test("trouble of the source and a raised flag end the run")
    func failures() throws {
        var world = world
        world.failure = .limit(message: "too much")
        let plan = try MathPlan([metric("m1"), expression("e1", "m1 + 1")])
        let range = TimeRange(start: 0, end: MathWorld.minute)
        func error(_ world: MathWorld, _ flag: CancellationFlag? = nil) -> MathError? {
            do throws(MathError) {
                _ = try plan.run(over: range, source: world, cancellation: flag)
                return nil
            } catch {
                return error
            }
        }
        #expect(error(world)?.queryError == .limit(message: "too much"))
        let flag = CancellationFlag()
        #expect(error(self.world, flag) == nil)
        flag.raise()
        #expect(error(self.world, flag)?.queryError == .cancelled)
    }

    @Test("arrays that double with each query end at a limit, before the memory does")
    func doubling() {
        var definitions = [metric("m1"), expression("e1", "[m1, m1]", returnsData: false)]
        for number in 2...20 {
            definitions.append(
                expression("e\(number)", "[e\(number - 1), e\(number - 1)]", returnsData: number == 20))
        }
        do throws(MathError) {
            _ = try run(definitions, world)
            Issue.record("no error")
        } catch {
            #expect(error.kind == .limit && error.queryID == "e14")
        }
    }

    @Test("a single expression needs no ids")
    func single() throws {
        var world = MathWorld()
        world.searches["x|Sum|60"] = MathFind([MathWorld.series([3, 4], label: .automatic(MathWorld.metric("m")))])
        let plan = try MathPlan(expression: "SUM(SEARCH('x', 'Sum', 60))", label: "total")
        let answer = try plan.run(over: TimeRange(start: 0, end: 2 * MathWorld.minute), source: world)
        #expect(answer.results.map(\.label) == ["total"])
        #expect(answer.results.map(\.series.points) == [[3, 4]])
        do throws(MathError) {
            _ = try MathPlan(expression: "m1 + 1")
            Issue.record("no error")
        } catch {
            #expect(error.description == "ID 'm1' not found")
        }
    }
}
