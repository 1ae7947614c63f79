import Testing
import VarveQuery

@Suite struct MathParserTests {
    private func canonical(_ text: String) throws -> String {
        guard case .expression(let expression) = try plan(text).entries.last?.content else { return "" }
        return expression.description
    }

    private func plan(_ text: String) throws -> MathPlan {
        var definitions = ["a", "b", "c", "d", "m1", "m2"].map {
            MathDefinition(id: $0, .metric(MathWorld.metric($0)))
        }
        definitions.append(MathDefinition(id: "e", .expression(text), periodNs: MathWorld.minute))
        return try MathPlan(definitions)
    }

    @Test(
        "operators bind as the grammar says",
        arguments: [
            ("a + b * c", "(a + (b * c))"), ("a * b + c", "((a * b) + c)"), ("a - b - c", "((a - b) - c)"),
            ("a / b / c", "((a / b) / c)"), ("a ^ b ^ c", "(a ^ (b ^ c))"), ("-a ^ b", "(-(a ^ b))"),
            ("a ^ -b", "(a ^ (-b))"), ("a ^ -b ^ c", "(a ^ (-(b ^ c)))"), ("-a * b", "((-a) * b)"),
            ("a * -b", "(a * (-b))"), ("a - -b", "(a - (-b))"), ("--a", "(-(-a))"), ("+a", "a"), ("- + a", "(-a)"),
            ("a < b + c", "(a < (b + c))"), ("a < b == c", "((a < b) == c)"), ("a >= b != c", "((a >= b) != c)"),
            ("a OR b AND c", "(a OR (b AND c))"), ("a && b || c", "((a AND b) OR c)"),
            ("a > 1 AND b <= 2", "((a > 1.0) AND (b <= 2.0))"), ("(a + b) * c", "((a + b) * c)"),
            ("a ^ b * c", "((a ^ b) * c)"), ("2 * a ^ b", "(2.0 * (a ^ b))"), ("((a))", "a"),
            ("a<b", "(a < b)"), ("a\n+\tb\r\n", "(a + b)"),
        ])
    func precedence(text: String, canonicalText: String) throws {
        #expect(try canonical(text) == canonicalText)
        #expect(try canonical(canonicalText) == canonicalText)
    }

    @Test(
        "numbers, strings, arrays and calls are read",
        arguments: [
            ("a + 5", "(a + 5.0)"), ("a + .5", "(a + 0.5)"), ("a + 1e3", "(a + 1000.0)"),
            ("a + 2.5E-1", "(a + 0.25)"), ("[a, b]", "[a, b]"), ("[a,[b,c]]", "[a, [b, c]]"),
            ("METRICS()", "METRICS()"), ("METRICS(\"m\")", "METRICS('m')"), ("METRICS('it\\'s')", "METRICS('it\\'s')"),
            ("METRICS(\"a'b\\\"c\")", "METRICS('a\\'b\"c')"),
            ("SEARCH('{N,d} x=\"y\"', 'Sum', 300)", "SEARCH('{N,d} x=\"y\"', 'Sum', 300.0)"),
            ("FILL(a, REPEAT)", "FILL(a, REPEAT)"),
            ("SORT(METRICS(), AVG, DESC, 3)", "SORT(METRICS(), AVG, DESC, 3.0)"),
            ("IF ( a > 1 , b )", "IF((a > 1.0), b)"), ("LOG10(a)", "LOG10(a)"),
        ])
    func operands(text: String, canonicalText: String) throws {
        #expect(try canonical(text) == canonicalText)
        #expect(try canonical(canonicalText) == canonicalText)
    }

    @Test(
        "mistakes are shown where they are, with what was expected and what was probably meant",
        arguments: [
            ("", "expected an id, a number, a function, '(' or '[', found the end of the expression @"),
            ("a +", "expected an id, a number, a function, '(' or '[', found the end of the expression @"),
            (
                "a b",
                "expected an operator or the end of the expression, found 'b'; "
                    + "is there a sign missing, such as * or a comma? @b"
            ),
            ("a and b", "expected an operator or the end of the expression, found 'and'; write AND @and"),
            ("a Or b", "expected an operator or the end of the expression, found 'Or'; write OR @Or"),
            ("(a", "expected an operator or ')', found the end of the expression @"),
            ("ABS(a", "expected an operator, ',' or ')', found the end of the expression @"),
            ("[a b]", "expected an operator, ',' or ']', found 'b'; is there a sign missing, such as * or a comma? @b"),
            ("a)", "expected an operator or the end of the expression, found ')'; there is no '(' to it @)"),
            ("a]", "expected an operator or the end of the expression, found ']'; there is no '[' to it @]"),
            (
                "a, b",
                "expected an operator or the end of the expression, found ','; "
                    + "an array is written in brackets: [m1, m2] @,"
            ),
            (
                "[]",
                "expected an id, a number, a function, '(' or '[', found ']'; an array has at least one element @]"
            ),
            ("a = 1", "'=' means nothing here; equality is written == @="),
            ("a & b", "'&' means nothing here; write && or AND @&"),
            ("a % 2", "'%' means nothing here; there is no remainder; write a - FLOOR(a / b) * b @%"),
            ("a − b", "'−' means nothing here; use the plain sign - @−"),
            ("METRICS(“m”)", "'“' means nothing here; use the plain quotes \" and ' @“"),
            ("METRICS('m)", "this ' is never closed @'m)"),
            ("5m + a", "'5m' is not a number; durations are written in seconds: 300 @5m"),
            ("1e999 + a", "'1e999' is not a number @1e999"),
            (
                "2.5.1 + a",
                "expected an operator or the end of the expression, found '.1'; "
                    + "is there a sign missing, such as * or a comma? @.1"
            ),
            ("RATT(a)", "Function 'RATT' not found; did you mean RATE? @RATT"),
            ("rate(a)", "Function 'rate' not found; functions are written in upper case: RATE @rate"),
            ("Frobnicate(a)", "Function 'Frobnicate' not found @Frobnicate"),
            (
                "RATE + a",
                "expected an id, a number, a function, '(' or '[', found 'RATE'; RATE needs its arguments in brackets "
                    + "@RATE"
            ),
            (
                "FILL(a, REPAET)",
                "expected an id, a number, a function, '(' or '[', found 'REPAET'; did you mean REPEAT? @REPAET"
            ),
            (
                "M1 + 2",
                "expected an id, a number, a function, '(' or '[', found 'M1'; ids begin with a lower-case letter @M1"
            ),
            (
                "DB_PERF_INSIGHTS('RDS', 'db-1', 'os.cpu.avg')",
                "DB_PERF_INSIGHTS is not supported here; the performance counters of databases are not kept here; "
                    + "send them as metrics @DB_PERF_INSIGHTS"
            ),
            (
                "LAMBDA('f')",
                "LAMBDA is not supported here; expressions run no foreign code; send the data as metrics @LAMBDA"
            ),
        ])
    func mistakes(text: String, complaint: String) {
        #expect(MathCase(["a": [1], "b": [2]]).complaint(text) == complaint)
    }

    @Test("an error renders with its place underlined")
    func rendering() {
        let text = "m1 + RATT(m1)"
        #expect(
            MathCase(["m1": [1]]).error(text)?.queryError.rendered(in: text) == """
                Function 'RATT' not found; did you mean RATE?
                  m1 + RATT(m1)
                       ^^^^
                """)
    }

    @Test("nesting and length are limited, whatever nests")
    func limits() throws {
        for (open, close) in [("(", ")"), ("-", ""), ("[", "]"), ("ABS(", ")"), ("2^", "")] {
            func nested(_ count: Int) -> String {
                String(repeating: open, count: count) + "a" + String(repeating: close, count: count)
            }
            _ = try canonical(nested(MathLimits.nestingMax))
            let error = MathCase(["a": [1]]).error(nested(MathLimits.nestingMax + 1))
            #expect(error?.kind == .limit, "\(open)")
        }
        let longest = "a" + String(repeating: "+a", count: (MathLimits.expressionCharactersMax - 2) / 2) + " "
        _ = try canonical(longest)
        #expect(
            MathCase(["a": [1]]).complaint(longest + " ")
                == "the expression has 2049 characters; the limit is 2048 @")
    }
}
