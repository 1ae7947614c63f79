import Testing
import VarveTestKit

@testable import VarveAlarms

/// The language of composite rules.
@Suite struct AlarmRuleTests {
    private static let termStart = "'(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA"

    @Test(
        "errors name the token, its place and what may stand there",
        arguments: [
            ("true", "Unsupported token 'true' at char 0, must be: \(termStart)"),
            ("TRUE and FALSE", "Unsupported token 'and' at char 5, must be: <EOF>, 'AND', 'OR'"),
            ("TRUE FALSE", "Unsupported token 'FALSE' at char 5, must be: <EOF>"),
            ("ALARM(my alarm)", "Unsupported token 'alarm' at char 9, must be: ')'"),
            (
                "AT_LEAST(1, BOGUS, (a))",
                "Unsupported token 'BOGUS' at char 12, must be: 'NOT', ALARM, OK, or INSUFFICIENT_DATA"
            ),
            ("AT_LEAST(-1, ALARM, (a, b))", "Unsupported token '-1' at char 9, must be: NUMBER, PERCENTAGE NUMBER"),
            ("AT_LEAST(1.5, ALARM, (a, b))", "Unsupported token '1.5' at char 9, must be: NUMBER, PERCENTAGE NUMBER"),
            ("AT_LEAST(50.5%, ALARM, (a))", "Unsupported token '50.5%' at char 9, must be: NUMBER, PERCENTAGE NUMBER"),
            ("AT_LEAST(0, ALARM, (a, b))", "AT_LEAST absolute threshold must be between 1 and number of alarms (2)"),
            ("AT_LEAST(3, ALARM, (a, b))", "AT_LEAST absolute threshold must be between 1 and number of alarms (2)"),
            (
                "AT_LEAST(99999999999999999999, ALARM, (a, b))",
                "AT_LEAST absolute threshold must be between 1 and number of alarms (2)"
            ),
            ("AT_LEAST(0%, ALARM, (a, b))", "AT_LEAST percentage threshold must be between 1 and 100"),
            ("AT_LEAST(101%, ALARM, (a, b))", "AT_LEAST percentage threshold must be between 1 and 100"),
            ("not ALARM(a)", "Unsupported token 'not' at char 0, must be: \(termStart)"),
            ("!ALARM(a)", "Unsupported token '!ALARM' at char 0, must be: \(termStart)"),
            ("ALARM(a) && ALARM(b)", "Unsupported token '&&' at char 9, must be: <EOF>, 'AND', 'OR'"),
            ("TRUE AND", "Unsupported token '<EOF>' at char 8, must be: \(termStart)"),
            ("(TRUE", "Unsupported token '<EOF>' at char 5, must be: ')'"),
            ("TRUE\r\nand", "Unsupported token 'and' at char 6, must be: <EOF>, 'AND', 'OR'"),
            ("ALARM(\"a", "Quoted name without an end at char 6"),
        ])
    func errors(rule: String, message: String) {
        #expect(throws: AlarmRefusal.validation("Error in AlarmRule [\(message)]")) { try AlarmRule(parsing: rule) }
    }

    @Test(
        "NOT binds before AND, AND before OR; blanks are free",
        arguments: [
            // a is in ALARM, b in OK, c in INSUFFICIENT_DATA; x does not exist.
            ("TRUE", true), ("FALSE", false), ("ALARM(a)", true), ("OK ( \"a\" )", false),
            ("TRUE OR TRUE AND FALSE", true), ("(TRUE OR TRUE) AND FALSE", false), ("NOT FALSE AND FALSE", false),
            ("NOT (FALSE AND FALSE)", true), ("NOT NOT ALARM(a)", true), ("NOT ALARM(a) OR OK(b)", true),
            ("  ALARM(a)\n\tAND(OK(b))AND INSUFFICIENT_DATA(c)", true),
            ("ALARM(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a)", true),
            ("ALARM(x) OR OK(x) OR INSUFFICIENT_DATA(x)", false), ("NOT ALARM(x)", true),
            ("AT_LEAST(1, ALARM, (a, b, c))", true), ("AT_LEAST(2, ALARM, (a, b, c))", false),
            ("AT_LEAST(2, NOT ALARM, (a, b, c))", true), ("AT_LEAST(3, NOT ALARM, (a, b, c))", false),
            ("AT_LEAST(50%, OK, (a, b))", true), ("AT_LEAST(51%, OK, (a, b))", false),
            ("AT_LEAST(2, ALARM, (a, a))", true), ("AT_LEAST(1, NOT OK, (x))", false),
            ("AT_LEAST (100%,INSUFFICIENT_DATA,(c)) AND TRUE", true),
        ])
    func values(rule: String, expected: Bool) throws {
        let states: [String: AlarmState] = ["a": .alarm, "b": .ok, "c": .insufficientData]
        #expect(try AlarmRule(parsing: rule).holds { states[$0.name] } == expected)
    }

    @Test("quoted names may have anything, quotes too")
    func quoted() throws {
        let rule = try AlarmRule(parsing: #"ALARM("a (b), \"c\" AND d") AND OK(plain-name.1)"#)
        #expect(rule.references.map(\.name) == [#"a (b), "c" AND d"#, "plain-name.1"])
    }

    @Test("the alarms that decide are those of the operands that came out so")
    func deciding() throws {
        let states: [String: AlarmState] = ["a": .alarm, "b": .ok, "c": .alarm]
        func names(_ rule: String) throws -> [String] {
            try AlarmRule(parsing: rule).deciding { states[$0.name] }.map(\.name)
        }
        #expect(try names("ALARM(a) OR ALARM(b) OR ALARM(c)") == ["a", "c"])
        #expect(try names("ALARM(a) AND ALARM(b) AND ALARM(c)") == ["b"])
        #expect(try names("ALARM(a) AND NOT ALARM(b)") == ["a", "b"])
        #expect(try names("AT_LEAST(2, ALARM, (a, b, c))") == ["a", "c"])
        #expect(try names("AT_LEAST(3, ALARM, (a, b, c))") == ["b"])
        #expect(try names("TRUE OR FALSE").isEmpty)
    }

    @Test("children, elements and depth are limited")
    func limits() throws {
        func terms(_ count: Int, distinct: Int) -> String {
            (0..<count).map { "ALARM(a\($0 % distinct))" }.joined(separator: " OR ")
        }
        #expect(throws: Never.self) { try AlarmRule(parsing: terms(100, distinct: 100)) }
        #expect(throws: AlarmRefusal.limit("The AlarmRule names more than 100 alarms")) {
            try AlarmRule(parsing: terms(101, distinct: 101))
        }
        #expect(throws: Never.self) { try AlarmRule(parsing: terms(250, distinct: 10)) }
        #expect(throws: AlarmRefusal.limit("The AlarmRule has more than 500 elements")) {
            try AlarmRule(parsing: terms(251, distinct: 10))
        }
        let deep = String(repeating: "(", count: 5_000) + "TRUE" + String(repeating: ")", count: 5_000)
        #expect(throws: AlarmRefusal.self) { try AlarmRule(parsing: deep) }
        let nots = String(repeating: "NOT ", count: 2_000) + "TRUE"
        #expect(throws: AlarmRefusal.self) { try AlarmRule(parsing: nots) }
    }

    @Test(
        "random texts are refused or read, never trapped on; rules evaluate as a second reading says", arguments: 0..<40
    )
    func fuzz(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let words = [
            "ALARM", "OK", "INSUFFICIENT_DATA", "(", ")", ",", "AND", "OR", "NOT", "TRUE", "FALSE", "AT_LEAST", "1",
            "50%",
            "\"", "\"a b\"", "a", " ", "\\", "é", "\u{0}", "ALARM(a)", "OK(b)", "AT_LEAST(1, ALARM, (a, b))",
        ]
        for _ in 0..<200 {
            let count = Int.random(in: 0...12, using: &generator)
            let text = (0..<count).map { _ in words[Int.random(in: words.indices, using: &generator)] }.joined(
                separator: " ")
            // Refusing is as good as reading here; that it ends is what counts.
            _ = try? AlarmRule(parsing: text)
        }
        for _ in 0..<50 {
            let (text, value) = Self.random(&generator, depth: 4)
            let states: [String: AlarmState] = ["a": .alarm, "b": .ok, "c": .insufficientData]
            #expect(try AlarmRule(parsing: text).holds { states[$0.name] } == value, "seed \(seed): \(text)")
        }
    }

    /// A rule, fully in parentheses, and its value with a in ALARM, b in OK, c in INSUFFICIENT_DATA.
    private static func random(_ generator: inout SplitMix64, depth: Int) -> (String, Bool) {
        let kind = depth == 0 ? Int.random(in: 0...2, using: &generator) : Int.random(in: 0...6, using: &generator)
        switch kind {
        case 0: return Bool.random(using: &generator) ? ("TRUE", true) : ("FALSE", false)
        case 1, 2:
            let child = Int.random(in: 0..<3, using: &generator)
            let state = Int.random(in: 0..<3, using: &generator)
            return ("\(["ALARM", "OK", "INSUFFICIENT_DATA"][state])(\(["a", "b", "c"][child]))", child == state)
        case 3:
            let (text, value) = random(&generator, depth: depth - 1)
            return ("NOT (\(text))", !value)
        case 4:
            let count = Int.random(in: 1...3, using: &generator)
            let isNegated = Bool.random(using: &generator)
            let matching = isNegated ? 2 : 1
            return ("AT_LEAST(\(count),\(isNegated ? "NOT " : "")OK,(a,b,c))", matching >= count)
        default:
            let (left, right) = (random(&generator, depth: depth - 1), random(&generator, depth: depth - 1))
            let isAnd = kind == 5
            return ("(\(left.0)) \(isAnd ? "AND" : "OR") (\(right.0))", isAnd ? left.1 && right.1 : left.1 || right.1)
        }
    }
}
