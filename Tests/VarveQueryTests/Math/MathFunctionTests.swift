import Testing
import VarveModel
import VarveQuery

@Suite struct MathFunctionTests {
    @Test("the specification's comparisons: the missing side counts as 0")
    func comparisons() throws {
        let world = MathCase(["a": [30, 20, 0, 0], "b": [20, nil, 20, nil]])
        #expect(try world.only("a < b") == [0, 0, 1, 0])
        #expect(try world.only("a >= 30") == [1, 0, 0, 0])
        #expect(try world.only("a > 15 AND b > 15") == [1, 0, 0, 0])
    }

    @Test(
        "every operator at points, at one-sided points, and at none",
        arguments: [
            ("a + b", [9, 6, 3, nil]), ("a - b", [3, 6, -3, nil]), ("a * b", [18, 0, 0, nil]),
            // 6/0 is no point.
            ("a / b", [2, nil, 0, nil]), ("a ^ b", [216, 1, 0, nil]), ("a == b", [0, 0, 0, nil]),
            ("a != b", [1, 1, 1, nil]), ("a < b", [0, 0, 1, nil]), ("a > b", [1, 1, 0, nil]),
            ("a <= b", [0, 0, 1, nil]), ("a >= b", [1, 1, 0, nil]), ("a AND b", [1, 0, 0, nil]),
            ("a OR b", [1, 1, 1, nil]), ("-a", [-6, -6, nil, nil]),
            ("a + 2", [8, 8, nil, nil]), ("2 - a", [-4, -4, nil, nil]), ("12 / a", [2, 2, nil, nil]),
            ("2 ^ a", [64, 64, nil, nil]), ("a ^ 2", [36, 36, nil, nil]), ("a / 0", [nil, nil, nil, nil]),
            ("5 < a", [1, 1, nil, nil]), ("6 < a", [0, 0, nil, nil]), ("6 <= a", [1, 1, nil, nil]),
            ("7 > a", [1, 1, nil, nil]), ("6 >= a", [1, 1, nil, nil]), ("a == 6", [1, 1, nil, nil]),
            ("6 != a", [0, 0, nil, nil]), ("0 AND a", [0, 0, nil, nil]), ("a || 0", [1, 1, nil, nil]),
            ("0 ^ (a - a)", [1, 1, nil, nil]), ("(0 - 1) ^ (a / 12)", [nil, nil, nil, nil]),
        ] as [(String, [Double?])])
    func operators(text: String, expected: [Double?]) throws {
        #expect(try MathCase(["a": [6, 6, nil, nil], "b": [3, nil, 3, nil]]).only(text) == expected)
    }

    @Test(
        "functions of single points",
        arguments: [
            ("ABS(a)", [2.5, 0, nil, 1.5]), ("CEIL(a)", [-2, 0, nil, 2]), ("FLOOR(a)", [-3, 0, nil, 1]),
            ("LOG10(a * 1000 / 1.5)", [nil, nil, nil, 3]), ("LOG(a - 0.5)", [nil, nil, nil, 0]),
        ] as [(String, [Double?])])
    func points(text: String, expected: [Double?]) throws {
        let values = try MathCase(["a": [-2.5, 0, nil, 1.5]]).only(text)
        for (value, wanted) in zip(values, expected) {
            #expect((value == nil) == (wanted == nil) && abs((value ?? 0) - (wanted ?? 0)) < 1e-12)
        }
    }

    @Test("logarithms have the right base")
    func logarithms() throws {
        let world = MathCase(["a": [2.718281828459045, 100]])
        let natural = try world.only("LOG(a)")
        #expect(abs((natural[0] ?? 0) - 1) < 1e-15 && abs((natural[1] ?? 0) - 4.605170185988092) < 1e-15)
        #expect(try world.only("LOG10(a)")[1] == 2)
    }

    @Test(
        "changes go from point to point, over the gaps",
        arguments: [
            ("DIFF(a)", [nil, 4, nil, nil, -2]), ("DIFF_TIME(a)", [nil, 60, nil, nil, 180]),
            ("RATE(a)", [nil, 4.0 / 60, nil, nil, -2.0 / 180]), ("RUNNING_SUM(a)", [3, 10, nil, nil, 15]),
        ] as [(String, [Double?])])
    func changes(text: String, expected: [Double?]) throws {
        let world = MathCase(["a": [3, 7, nil, nil, 5]])
        #expect(try world.only(text) == expected)
        #expect(try world.values(text.replacing("(a)", with: "([a, a])")) == [expected, expected])
    }

    @Test("aggregates of a series: AVG and STDDEV count empty slots as 0, the others skip them")
    func aggregates() throws {
        let world = MathCase(["a": [4, nil, 2, 6]])
        #expect(try world.number("SUM(a)") == 12)
        #expect(try world.number("MIN(a)") == 2)
        #expect(try world.number("MAX(a)") == 6)
        #expect(try world.number("AVG(a)") == 3)
        #expect(try world.number("DATAPOINT_COUNT(a)") == 3)
        // Mean 3 of 4, 0, 2, 6: distances 1, 9, 1, 9; 20 / 4 = 5.
        #expect(try world.number("STDDEV(a)") == 5.0.squareRoot())
    }

    @Test(
        "aggregates of an array go time by time",
        arguments: [
            ("SUM(METRICS())", [9, 5, 2, nil]), ("MIN(METRICS())", [1, 5, 2, nil]),
            ("MAX(METRICS())", [6, 5, 2, nil]), ("AVG(METRICS())", [3, 5.0 / 3, 2.0 / 3, nil]),
            ("DATAPOINT_COUNT(METRICS())", [3, 1, 1, nil]),
            // 1, 2, 6: mean 3, squares 4 + 1 + 9. 5, 0, 0 and 2, 0, 0: mean v/3, variance 2 v² / 9.
            (
                "STDDEV(METRICS())",
                [(14.0 / 3).squareRoot(), (50.0 / 9).squareRoot(), (8.0 / 9).squareRoot(), nil]
            ),
        ] as [(String, [Double?])])
    func arrayAggregates(text: String, expected: [Double?]) throws {
        let values = try MathCase(["a": [1, 5, nil, nil], "b": [2, nil, 2, nil], "c": [6, nil, nil, nil]]).only(text)
        #expect(values.count == expected.count)
        for (value, wanted) in zip(values, expected) {
            #expect((value == nil) == (wanted == nil) && abs((value ?? 0) - (wanted ?? 0)) < 1e-15, "\(values)")
        }
    }

    @Test("what has no points gives no number, and nothing that is made of it has points")
    func emptiness() throws {
        let world = MathCase(["a": [1, 2], "none": [nil, nil]])
        for name in ["SUM", "AVG", "MIN", "MAX", "STDDEV"] {
            #expect(try world.number("\(name)(none)") == nil, "\(name)")
            #expect(try world.only("a + \(name)(none)") == [nil, nil], "\(name)")
            #expect(try world.only("a >= \(name)(none)") == [nil, nil], "\(name)")
            #expect(try world.only("a OR \(name)(none)") == [nil, nil], "\(name)")
            #expect(try world.only("IF(\(name)(none), a, a)") == [nil, nil], "\(name)")
            #expect(try world.only("IF(a, \(name)(none), 1)") == [nil, nil], "\(name)")
            #expect(try world.only("FILL(none, \(name)(none))") == [nil, nil], "\(name)")
            #expect(try world.only("\(name)(METRICS('zzz'))") == [nil, nil, nil, nil], "\(name)")
        }
        #expect(try world.number("DATAPOINT_COUNT(none)") == 0)
        #expect(try world.number("METRIC_COUNT(METRICS('zzz'))") == 0)
        #expect(try world.only("FIRST(METRICS('zzz'))") == [nil, nil, nil, nil])
        #expect(try world.only("FILL(LAST(METRICS('zzz')), 7)") == [7, 7, 7, 7])
        #expect(try world.values("METRICS('zzz')").isEmpty)
        #expect(try world.only("none + none") == [nil, nil])
        #expect(try world.only("none + a") == [1, 2])
    }

    @Test("a scalar that is no finite number has no points either")
    func scalars() throws {
        let world = MathCase(["a": [1, 2]])
        for text in ["1 / 0", "0 / 0", "-1 / 0", "10 ^ 400", "(0 - 1) ^ 0.5", "1e308 * 10 - 1e308 * 10"] {
            #expect(try world.only("a + \(text)") == [nil, nil], "\(text)")
            #expect(try world.only("TIME_SERIES(\(text))") == [nil, nil, nil, nil], "\(text)")
        }
        #expect(try world.number("2 + 3 * 4 ^ 2 / 6") == 10)
        #expect(try world.number("5 >= 5 AND 1 != 2") == 1)
    }

    @Test(
        "FILL fills every empty slot, as far as its filler reaches",
        arguments: [
            ("FILL(a, 9)", [9, 4, 9, 9, 10, 9]), ("FILL(a, b)", [1, 4, nil, 3, 10, nil]),
            ("FILL(a, REPEAT)", [nil, 4, 4, 4, 10, 10]), ("FILL(a, LINEAR)", [nil, 4, 6, 8, 10, nil]),
            ("FILL(a, AVG(b))", [1, 4, 1, 1, 10, 1]), ("FILL(none, REPEAT)", [nil, nil, nil, nil, nil, nil]),
            ("FILL(none, LINEAR)", [nil, nil, nil, nil, nil, nil]), ("FILL(none, 0)", [0, 0, 0, 0, 0, 0]),
        ] as [(String, [Double?])])
    func fill(text: String, expected: [Double?]) throws {
        let world = MathCase([
            "a": [nil, 4, nil, nil, 10, nil], "b": [1, 2, nil, 3, nil, nil],
            "none": [nil, nil, nil, nil, nil, nil],
        ])
        #expect(try world.only(text) == expected)
    }

    @Test("FILL of an array fills every member")
    func fillArray() throws {
        let world = MathCase(["a": [1, nil], "b": [nil, 2]])
        #expect(try world.values("FILL(METRICS(), 0)") == [[1, 0], [0, 2]])
        #expect(try world.values("FILL(METRICS(), a)") == [[1, nil], [1, 2]])
    }

    @Test(
        "IF chooses point by point",
        arguments: [
            ("IF(m1, m2, m3)", [30, 0, 20, nil, nil]), ("IF(m1, 5, m3)", [5, 5, 20, nil, nil]),
            ("IF(m1, m2, 5)", [30, 0, 5, 5, nil]), ("IF(m1, m2)", [30, 0, nil, nil, nil]),
            ("IF(m1, 7)", [7, 7, nil, nil, nil]), ("IF(m1, 7, 8)", [7, 7, 8, 8, nil]),
            ("IF(1, m2, m3)", [30, nil, 0, 0, 30]), ("IF(0, m2, m3)", [0, 0, 20, nil, 20]),
            ("IF(0 - 2, m2)", [30, nil, 0, 0, 30]), ("IF(0, m2)", [nil, nil, nil, nil, nil]),
            ("TIME_SERIES(IF(0, 2, 3))", [3, 3, 3, 3, 3]),
        ] as [(String, [Double?])])
    func condition(text: String, expected: [Double?]) throws {
        let world = MathCase([
            "m1": [1, 1, 0, 0, nil], "m2": [30, nil, 0, 0, 30], "m3": [0, 0, 20, nil, 20],
        ])
        #expect(try world.only(text) == expected)
    }

    @Test("times are those of the slot's start in UTC, at every slot")
    func times() throws {
        // 2024-02-29T23:59:00Z, a Thursday; 60 s later it is Friday, 1 March.
        let world = MathCase(["a": [nil, 5]], startNs: 1_709_251_140 * Nanoseconds.perSecond)
        #expect(try world.only("MINUTE(a)") == [59, 0])
        #expect(try world.only("HOUR(a)") == [23, 0])
        #expect(try world.only("DAY(a)") == [4, 5])
        #expect(try world.only("DATE(a)") == [29, 1])
        #expect(try world.only("MONTH(a)") == [2, 3])
        #expect(try world.only("YEAR(a)") == [2024, 2024])
        #expect(try world.only("EPOCH(a)") == [1_709_251_140, 1_709_251_200])
    }

    @Test("times before 1970 and around the week's end")
    func otherTimes() throws {
        // 1969-12-28T23:00:00Z was a Sunday.
        let before = MathCase(["a": [1, 1]], startNs: -262_800 * Nanoseconds.perSecond, seconds: 3_600)
        #expect(try before.only("DAY(a)") == [7, 1])
        #expect(try before.only("HOUR(a)") == [23, 0])
        #expect(try before.only("DATE(a)") == [28, 29])
        #expect(try before.only("EPOCH(a)") == [-262_800, -259_200])
    }

    @Test("TIME_SERIES has the period of its query, else of what it reads, else a minute")
    func timeSeries() throws {
        var world = MathCase()
        world.end = 600 * Nanoseconds.perSecond
        #expect(try world.only("TIME_SERIES(7)") == [Double?](repeating: 7, count: 10))
        #expect(try world.only("TIME_SERIES(7)", periodNs: 300 * Nanoseconds.perSecond) == [7, 7])
        world.add("m1", [1, 2, 3, 4, 5], seconds: 120)
        world.add("m2", [1, 2], seconds: 300)
        #expect(try world.only("TIME_SERIES(MAX(m1) + MAX(m2))") == [7, 7, 7, 7, 7])
    }

    @Test("PERIOD is in seconds")
    func period() throws {
        #expect(try MathCase(["a": [1]], seconds: 300).number("PERIOD(a)") == 300)
        #expect(try MathCase(["a": [60, 120]]).only("a / PERIOD(a)") == [1, 2])
    }

    @Test("arrays are flat, and operations with one series keep their order")
    func arrays() throws {
        let world = MathCase(["a": [1, 2], "b": [3, 4], "c": [5, nil]])
        #expect(try world.values("[c, [a, [b]], METRICS('a')]") == [[5, nil], [1, 2], [3, 4], [1, 2]])
        #expect(try world.values("METRICS() * 2") == [[2, 4], [6, 8], [10, nil]])
        #expect(try world.values("10 - METRICS()") == [[9, 8], [7, 6], [5, nil]])
        #expect(try world.values("METRICS() - a") == [[0, 0], [2, 2], [4, -2]])
        #expect(try world.values("a - METRICS()") == [[0, 0], [-2, -2], [-4, 2]])
        #expect(try world.values("-METRICS()") == [[-1, -2], [-3, -4], [-5, nil]])
        #expect(try world.number("METRIC_COUNT(METRICS())") == 3)
        #expect(try world.only("FIRST(METRICS())") == [1, 2])
        #expect(try world.only("LAST([a, c, b])") == [3, 4])
        #expect(try world.values("REMOVE_EMPTY([a, c - c * 1, c / 0, b])") == [[1, 2], [0, nil], [3, 4]])
    }

    @Test(
        "SLICE counts from 0, without the end",
        arguments: [
            ("SLICE(METRICS(), 0, 2)", ["a", "b"]), ("SLICE(METRICS(), 1)", ["b", "c", "d"]),
            ("SLICE(METRICS(), 2, 99)", ["c", "d"]), ("SLICE(METRICS(), 4)", []), ("SLICE(METRICS(), 3, 1)", []),
            ("SLICE(METRICS(), 1e30)", []), ("[SLICE(METRICS(), 3)]", ["d"]),
            ("SLICE(METRICS(), 1, METRIC_COUNT(METRICS()) - 1)", ["b", "c"]),
        ])
    func slice(text: String, expected: [String]) throws {
        let world = MathCase(["a": [1], "b": [2], "c": [3], "d": [4]])
        #expect(try world.answer(text).results.map(\.label) == expected)
    }

    @Test("SLICE that leaves one series is that series")
    func sliceOfOne() throws {
        let world = MathCase(["a": [1], "b": [2], "c": [3]])
        #expect(try world.values("SLICE(METRICS(), 1, 2) * METRICS()") == [[2], [4], [6]])
        #expect(try world.number("SUM(SLICE(METRICS(), 2))") == 3)
    }

    @Test(
        "SORT orders by an aggregate of the points, equal ones as they were, empty ones last",
        arguments: [
            ("SORT(METRICS(), AVG, ASC)", ["c", "a", "d", "b", "e"]),
            ("SORT(METRICS(), AVG, DESC)", ["b", "a", "d", "c", "e"]),
            ("SORT(METRICS(), SUM, DESC)", ["b", "a", "d", "c", "e"]),
            ("SORT(METRICS(), MIN, ASC)", ["c", "a", "d", "b", "e"]),
            ("SORT(METRICS(), MAX, DESC, 2)", ["b", "a"]), ("SORT(METRICS(), MAX, ASC, 0)", []),
            ("SORT(METRICS(), MAX, ASC, 99)", ["c", "a", "d", "b", "e"]),
        ])
    func sort(text: String, expected: [String]) throws {
        // Averages 2, 8, 1, 2, none; one point of b counts as it is, not as half.
        let world = MathCase(["a": [1, 3], "b": [8, nil], "c": [0, 2], "d": [1, 3], "e": [nil, nil]])
        #expect(try world.answer(text).results.map(\.label) == expected)
    }

    @Test(
        "places and counts must be whole numbers from 0 on",
        arguments: [
            (
                "SLICE(METRICS(), 0 - 1)",
                "the start of SLICE is -1.0, it must be a whole number from 0 on @0 - 1"
            ),
            (
                "SLICE(METRICS(), 0, 1.5)",
                "the end of SLICE is 1.5, it must be a whole number from 0 on @1.5"
            ),
            (
                "SORT(METRICS(), SUM, ASC, 1 / 0)",
                "the limit of SORT is no number, it must be a whole number from 0 on @1 / 0"
            ),
        ])
    func badCounts(text: String, complaint: String) {
        #expect(MathCase(["a": [1], "b": [2]]).complaint(text) == complaint)
    }

    @Test("METRICS reads metrics, not expressions, in the order of the request, hidden ones too")
    func metrics() throws {
        var world = MathCase(["cpu1": [1], "mem1": [2], "cpu2": [3]])
        world.add("cpu3", expression: "cpu1 * 100")
        #expect(try world.values("METRICS()") == [[1], [2], [3]])
        #expect(try world.values("METRICS('cpu')") == [[1], [3]])
        #expect(try world.values("METRICS(\"2\")") == [[3]])
        #expect(try world.values("METRICS('CPU')").isEmpty)
    }

    @Test("the band has its upper bound first; without a detector there is none")
    func anomalyBand() throws {
        var world = MathCase(["a": [10, 20]])
        #expect(
            world.complaint("ANOMALY_DETECTION_BAND(a)")
                == "ANOMALY_DETECTION_BAND is not supported here; no anomaly detector is trained for it "
                + "@ANOMALY_DETECTION_BAND(a)")
        world.world.bandWidth = 1
        #expect(try world.values("ANOMALY_DETECTION_BAND(a)") == [[12, 22], [8, 18]])
        #expect(try world.only("FIRST(ANOMALY_DETECTION_BAND(a, 5))") == [15, 25])
        #expect(try world.only("LAST(ANOMALY_DETECTION_BAND(a, 0.5))") == [9.5, 19.5])
        #expect(world.error("ANOMALY_DETECTION_BAND(a, 0)")?.kind == .value)
    }

    @Test("metrics of contributor rules come from the source")
    func insightRules() throws {
        var world = MathCase(["a": [1]])
        world.world.rules["hosts|Sum"] = MathWorld.series([5, nil])
        #expect(try world.only("INSIGHT_RULE_METRIC('hosts', 'Sum')") == [5, nil])
        #expect(world.error("INSIGHT_RULE_METRIC('hosts', 'Mean')")?.kind == .value)
        #expect(world.error("INSIGHT_RULE_METRIC('users', 'Sum')")?.kind == .unsupported)
    }

    @Test("no quota is known of any metric")
    func serviceQuota() throws {
        #expect(try MathCase(["a": [1, 2]]).only("a / SERVICE_QUOTA(a)") == [nil, nil])
    }
}
