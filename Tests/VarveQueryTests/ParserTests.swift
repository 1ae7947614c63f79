import Testing
import VarveQuery

@Suite struct ParserTests {
    /// What a message calls for where a function is missing.
    static let functions = "AVG, COUNT, LAST, MAX, MIN, SUM or a statistic such as p99"

    @Test(
        "statements are understood, and their canonical text means the same",
        arguments: [
            ("select avg(x) from n", "SELECT AVG(x) FROM n"),
            ("SELECT AVG(x) FROM n;", "SELECT AVG(x) FROM n"),
            (
                "SELECT AVG(CPUUtilization) FROM SCHEMA(\"AWS/EC2\", InstanceId) GROUP BY InstanceId ORDER BY"
                    + " AVG() DESC LIMIT 10",
                "SELECT AVG(CPUUtilization) FROM SCHEMA(\"AWS/EC2\", InstanceId) GROUP BY InstanceId ORDER BY"
                    + " AVG() DESC LIMIT 10"
            ),
            ("SELECT SUM(a),MAX(b) FROM n", "SELECT SUM(a), MAX(b) FROM n"),
            ("SELECT MIN(a) FROM SCHEMA(n)", "SELECT MIN(a) FROM SCHEMA(n)"),
            (
                "SELECT COUNT(a) FROM n WHERE k = 'v' AND j != 'it\\'s' AND AWS.AccountId = CURRENT_ACCOUNT_ID()",
                "SELECT COUNT(a) FROM n WHERE k = 'v' AND j != 'it\\'s' AND AWS.AccountId = CURRENT_ACCOUNT_ID()"
            ),
            ("SELECT COUNT(a) FROM n WHERE k='C:\\temp'", "SELECT COUNT(a) FROM n WHERE k = 'C:\\temp'"),
            (
                "SELECT COUNT(a) FROM n WHERE tag.env = 'p' AND tag.\"cost center\" != 'x' GROUP BY tag.env",
                "SELECT COUNT(a) FROM n WHERE tag.env = 'p' AND tag.\"cost center\" != 'x' GROUP BY tag.env"
            ),
            ("SELECT AVG(\"a \\\"b\\\"\") FROM \"x y\"", "SELECT AVG(\"a \\\"b\\\"\") FROM \"x y\""),
            ("SELECT AVG(\"limit\") FROM \"From\"", "SELECT AVG(\"limit\") FROM \"From\""),
            // Words that mean something elsewhere are names here.
            ("SELECT AVG(count) FROM show GROUP BY max, series", "SELECT AVG(count) FROM show GROUP BY max, series"),
            ("SELECT AVG(\"größe\") FROM \"ns\"", "SELECT AVG(\"größe\") FROM ns"),
            ("SELECT AVG(x) FROM \"trail\"", "SELECT AVG(x) FROM \"trail\""),
            ("SELECT AVG(x) FROM n ORDER BY MAX()", "SELECT AVG(x) FROM n ORDER BY MAX()"),
            ("SELECT AVG(x) FROM n ORDER BY MAX() ASC", "SELECT AVG(x) FROM n ORDER BY MAX()"),
            ("SELECT AVG(x) FROM n SINCE 15m PERIOD 30s", "SELECT AVG(x) FROM n SINCE now - 15m PERIOD 30s"),
            (
                "SELECT AVG(x) FROM n period 1h30m until now since 2026-11-22",
                "SELECT AVG(x) FROM n SINCE 2026-11-22T00:00:00Z UNTIL now PERIOD 90m"
            ),
            (
                "SELECT AVG(x) FROM n SINCE now-1h UNTIL now() - 30m",
                "SELECT AVG(x) FROM n SINCE now - 1h UNTIL now - 30m"
            ),
            ("SELECT AVG(x) FROM n SINCE now + 500ms", "SELECT AVG(x) FROM n SINCE now + 500ms"),
            (
                "SELECT AVG(x) FROM n SINCE '2026-11-22 10:00' + 1h UNTIL 2026-11-22T12:00:00.25+01:00",
                "SELECT AVG(x) FROM n SINCE 2026-11-22T11:00:00Z UNTIL 2026-11-22T11:00:00.25Z"
            ),
            ("SELECT AVG(x) FROM n SINCE 1700000000", "SELECT AVG(x) FROM n SINCE 2023-11-14T22:13:20Z"),
            ("SELECT AVG(x) FROM n PERIOD 60", "SELECT AVG(x) FROM n PERIOD 1m"),
            ("SELECT\tAVG ( x )\r\n FROM\nn", "SELECT AVG(x) FROM n"),
            ("SELECT AVG(x) FROM n LIMIT 99999999999999999999", "SELECT AVG(x) FROM n LIMIT 9223372036854775807"),
            (
                "SELECT COUNT(a) FROM n WHERE k in ('a','it\\'s') AND j NOT IN ('b')",
                "SELECT COUNT(a) FROM n WHERE k IN ('a', 'it\\'s') AND j NOT IN ('b')"
            ),
            // Statistics.
            ("select P99(x), p99.90(x), iqm(x) from n", "SELECT p99(x), p99.9(x), IQM(x) FROM n"),
            (
                "SELECT TM(x, 10% : 90%), tm(x,:90%), wm98(x), PR(\"a b\", 100:1.5E3), TC(x, 0.5:) FROM n",
                "SELECT TM(x, 10%:90%), tm90(x), wm98(x), PR(\"a b\", 100:1500), TC(x, 0.5:) FROM n"
            ),
            ("SELECT LAST(x) FROM n ORDER BY last() DESC", "SELECT LAST(x) FROM n ORDER BY LAST() DESC"),
            (
                "SELECT p50(x) FROM n ORDER BY P90() LIMIT 3", "SELECT p50(x) FROM n ORDER BY p90() LIMIT 3"
            ),
            ("SELECT p50(x) FROM n ORDER BY TM(5:10) DESC", "SELECT p50(x) FROM n ORDER BY TM(5:10) DESC"),
            ("SELECT AVG(p99) FROM tm GROUP BY iqm", "SELECT AVG(p99) FROM tm GROUP BY iqm"),
            // Arithmetic.
            ("SELECT 100*SUM(a)/SUM(b) FROM n", "SELECT 100 * SUM(a) / SUM(b) FROM n"),
            ("SELECT (SUM(a)) FROM n", "SELECT SUM(a) FROM n"),
            ("SELECT SUM(a)-(SUM(b)-1) FROM n", "SELECT SUM(a) - (SUM(b) - 1) FROM n"),
            ("SELECT (SUM(a)+SUM(b))*2 FROM n", "SELECT (SUM(a) + SUM(b)) * 2 FROM n"),
            ("SELECT SUM(a)+SUM(b)*2 FROM n", "SELECT SUM(a) + SUM(b) * 2 FROM n"),
            ("SELECT --SUM(a) * -2 FROM n", "SELECT --SUM(a) * -2 FROM n"),
            ("SELECT -(SUM(a) + 1) FROM n", "SELECT -(SUM(a) + 1) FROM n"),
            ("SELECT 1.5e-3*SUM(a)/1E+2 FROM n", "SELECT 0.0015 * SUM(a) / 100 FROM n"),
            // Conditions on aggregates.
            (
                "SELECT AVG(x) FROM n GROUP BY h having MAX(x)>=90 and COUNT(x) != 0 ORDER BY MAX()",
                "SELECT AVG(x) FROM n GROUP BY h HAVING MAX(x) >= 90 AND COUNT(x) != 0 ORDER BY MAX()"
            ),
            ("SELECT AVG(x) FROM n HAVING 2 * p99(x) < -5", "SELECT AVG(x) FROM n HAVING 2 * p99(x) < -5"),
            ("SELECT AVG(\"having\") FROM n", "SELECT AVG(\"having\") FROM n"),
            // Samples as they are.
            ("select * from n", "SELECT * FROM n"),
            (
                "SELECT * FROM SCHEMA(n, h) WHERE h = 'a' AND usage > 90 AND idle <= -1.5e2 AND z != 'b' ORDER BY time"
                    + " DESC LIMIT 5 SINCE 1h UNTIL now",
                "SELECT * FROM SCHEMA(n, h) WHERE h = 'a' AND z != 'b' AND usage > 90 AND idle <= -150 ORDER BY time"
                    + " DESC LIMIT 5 SINCE now - 1h UNTIL now"
            ),
            ("SELECT * FROM n WHERE x = 0 ORDER BY TIME ASC", "SELECT * FROM n WHERE x = 0"),
            ("show namespaces", "SHOW NAMESPACES"),
            ("SHOW METRICS", "SHOW METRICS"),
            ("SHOW METRICS FROM \"System/Linux\"", "SHOW METRICS FROM \"System/Linux\""),
            ("SHOW SERIES", "SHOW SERIES"),
            (
                "SHOW SERIES FROM SCHEMA(n, a) WHERE a = 'b' LIMIT 7",
                "SHOW SERIES FROM SCHEMA(n, a) WHERE a = 'b' LIMIT 7"
            ),
            ("SHOW DIMENSIONS FROM n", "SHOW DIMENSIONS FROM n"),
            ("explain select avg(x) from n", "EXPLAIN SELECT AVG(x) FROM n"),
            ("explain analyze select avg(x) from n", "EXPLAIN ANALYZE SELECT AVG(x) FROM n"),
            ("EXPLAIN ANALYZE SELECT * FROM n LIMIT 3", "EXPLAIN ANALYZE SELECT * FROM n LIMIT 3"),
        ])
    func accepted(statement: String, canonical: String) throws {
        let parsed = try QueryEngine.parse(statement)
        #expect(parsed.description == canonical)
        #expect(try QueryEngine.parse(canonical) == parsed)
    }

    /// The place is marked in the statement itself: `«FORM»`, or `«»` where something is missing.
    @Test(
        "a mistake is reported where it stands, with what was found and expected",
        arguments: [
            ("«SELCT» AVG(x) FROM n", "expected SELECT, MATH, SHOW or EXPLAIN, found 'SELCT'; did you mean SELECT?"),
            ("«»", "expected SELECT, MATH, SHOW or EXPLAIN, found the end of the statement"),
            ("SELECT AVG(x) «FORM» y", "expected ',' or FROM, found 'FORM'; did you mean FROM?"),
            ("SELECT AVG(x)«»  ", "expected ',' or FROM, found the end of the statement"),
            (
                "SELECT «*», AVG(x) FROM n",
                "Invalid syntax; expected \(ParserTests.functions), found '*';"
                    + " SELECT * FROM … shows samples as they are"
            ),
            (
                "SELECT «MEDIAN»(x) FROM n",
                "Invalid syntax. 'MEDIAN' is not a valid aggregate function; expected \(ParserTests.functions)"
            ),
            (
                "SELECT «AVGG»(x) FROM n",
                "Invalid syntax. 'AVGG' is not a valid aggregate function; expected \(ParserTests.functions);"
                    + " did you mean AVG?"
            ),
            (
                "SELECT «usage» FROM n",
                "expected \(ParserTests.functions), found 'usage'; aggregate it, such as AVG(usage)"
            ),
            ("SELECT AVG(«)» FROM n", "expected a metric name, found ')'"),
            ("SELECT AVG(«*») FROM n", "expected a metric name, found '*'"),
            (
                "SELECT AVG(«LIMIT») FROM n",
                "Invalid syntax. Reserved keyword 'LIMIT' must be surrounded by double quotes"
            ),
            (
                "SELECT AVG(x) FROM n GROUP BY «limit»",
                "Invalid syntax. Reserved keyword 'limit' must be surrounded by double quotes"
            ),
            (
                "SELECT AVG(x) FROM «AWS/EC2» WHERE a = 'b'",
                "expected SCHEMA or a namespace, found 'AWS/EC2'; a name with other characters than letters, digits,"
                    + " '_' and '.' needs double quotes: \"AWS/EC2\""
            ),
            (
                "SELECT AVG(x) FROM «'ns'»",
                "expected SCHEMA or a namespace, found the value 'ns'; names take double quotes: \"ns\""
            ),
            ("SELECT AVG(x) FROM «WHERE» a = 'b'", "expected SCHEMA or a namespace, found 'WHERE'"),
            ("SELECT AVG(x) FROM «\"\"»", "expected a namespace, found an empty name"),
            (
                "SELECT AVG(x) FROM «trail»",
                "FROM trail is kept for records other than metrics, which cannot be asked for yet; a namespace of that"
                    + " name needs quotes: \"trail\""
            ),
            (
                "SELECT AVG(x) FROM n «nonsense»",
                "Invalid syntax near 'nonsense'; expected WHERE, GROUP BY, HAVING, ORDER BY, LIMIT, SINCE, UNTIL,"
                    + " PERIOD"
                    + " or the"
                    + " end of the statement"
            ),
            (
                "SELECT AVG(x) FROM n LIMIT 5 «abcdefghijklmnopqrstuvwxyz0123»",
                "Invalid syntax near 'abcdefghijklmnopqrstuvwxyz0...'; expected SINCE, UNTIL, PERIOD or the end of the"
                    + " statement"
            ),
            (
                "SELECT AVG(x) FROM n LIMIT 5 «WHERE» a = 'b'",
                "Invalid syntax near 'WHERE a = 'b''; expected SINCE, UNTIL, PERIOD or the end of the"
                    + " statement; each clause"
                    + " stands once, in the order FROM, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT,"
                    + " then SINCE, UNTIL, PERIOD"
            ),
            (
                "SELECT AVG(x) FROM n WHERE a = «\"b\"»",
                "Invalid syntax. Comparing identifiers is not supported. Values must be surrounded by single quotes"
            ),
            (
                "SELECT AVG(x) FROM n WHERE a = «b»",
                "Invalid syntax. Comparing identifiers is not supported. Values must be surrounded by single quotes"
            ),
            ("SELECT AVG(x) FROM n WHERE a = «5»", "expected a value in single quotes, found '5'; write '5'"),
            (
                "SELECT AVG(x) FROM n WHERE a «<» '5'",
                "expected '=', '!=', IN or NOT IN, found '<'; only =, != and IN compare"
            ),
            (
                "SELECT AVG(x) FROM n WHERE a «LIKE» 'b'",
                "expected '=', '!=', IN or NOT IN, found 'LIKE'; only =, != and IN compare"
            ),
            (
                "SELECT AVG(x) FROM n WHERE a = 'b' «OR» c = 'd'",
                "Invalid syntax near 'OR c = 'd''; expected AND, GROUP BY, HAVING, ORDER BY, LIMIT, SINCE, UNTIL,"
                    + " PERIOD or the end"
                    + " of the statement; conditions can only be joined by AND"
            ),
            ("SELECT AVG(x) FROM n WHERE a = «'b»", "this ' is never closed"),
            ("SELECT AVG(x) FROM «\"n»", "this \" is never closed"),
            (
                "SELECT AVG(x) FROM n WHERE a = «CURRENT_ACCOUNT_ID»()",
                "CURRENT_ACCOUNT_ID() can only be compared with AWS.AccountId"
            ),
            ("SELECT AVG(x) FROM n GROUP «InstanceId»", "expected BY, found 'InstanceId'"),
            (
                "SELECT AVG(x) FROM n ORDER BY AVG(«x»)",
                "expected ')', found an argument; ORDER BY takes none: it aggregates each result series, AVG()"
            ),
            ("SELECT AVG(x) FROM n LIMIT «0»", "LIMIT must be at least 1"),
            ("SELECT AVG(x) FROM n LIMIT «ten»", "expected a number, found 'ten'"),
            ("SELECT AVG(x) FROM n PERIOD «0s»", "PERIOD must be longer than 0"),
            (
                "SELECT AVG(x) FROM n PERIOD «5x»",
                "expected a duration such as 30s, 5m or 1h, found '5x'; a duration is a whole number and one of"
                    + " ns, us, ms,"
                    + " s, m, h, d or w, up to 292 years"
            ),
            (
                "SELECT AVG(x) FROM n SINCE «yesterday»",
                "expected a time such as 15m, now - 1h or 2026-11-22T10:00:00Z, found 'yesterday'"
            ),
            ("SELECT AVG(x) FROM n SINCE «900»", "'900' is a time in 1970; a duration needs its unit, such as 900s"),
            (
                "SELECT AVG(x) FROM n SINCE «2026-02-30»",
                "expected a time such as 15m, now - 1h or 2026-11-22T10:00:00Z, found '2026-02-30'"
            ),
            (
                "SELECT AVG(x) FROM n SINCE «3000-01-01»",
                "times must lie between 1677-09-21T00:12:43.2Z and 2262-04-11T23:47:16.8Z"
            ),
            ("SELECT AVG(x) FROM n SINCE now - «x»", "expected a duration such as 30s, 5m or 1h, found 'x'"),
            (
                "SELECT «p101»(x) FROM n",
                "'p101' needs a number from 0 to 100 with at most 10 decimals after 'p', such as p90 or p99.5"
            ),
            ("SELECT «tm0»(x) FROM n", "'tm0' must be above 0, such as tm90 or tm99.5"),
            ("SELECT TM(x«)» FROM n", "expected ',' and a range, found ')'; such as TM(x, 10%:90%)"),
            ("SELECT PR(x«)» FROM n", "expected ',' and a range, found ')'; such as PR(x, :300)"),
            (
                "SELECT TM(x, «10%:90») FROM n",
                "'%' stands at both bounds or at none, such as 10%:90% or 100:300; found '10%:90'"
            ),
            (
                "SELECT PR(x, «10%:») FROM n", "PR takes values without %, such as PR(100:300); found '10%:'"
            ),
            (
                "SELECT TM(x, «») FROM n",
                "a range is two bounds with ':' between them, such as 10%:90% or :300; found ''"
            ),
            ("SELECT p99(x«,» 1:2) FROM n", "expected ')', found ','"),
            (
                "SELECT «p99» FROM n",
                "expected \(ParserTests.functions), found 'p99'; aggregate it, such as AVG(p99)"
            ),
            ("SELECT «1 + 2» FROM n", "a column needs an aggregate, such as AVG(CPUUtilization)"),
            ("SELECT AVG(x) * «5m» FROM n", "expected a number such as 100 or 0.5, found '5m'"),
            ("SELECT (AVG(x) «FROM» n", "expected ')', found 'FROM'"),
            (
                "SELECT AVG(x) FROM n HAVING AVG(x) «LIMIT» 5",
                "expected '=', '!=', '<', '<=', '>' or '>=', found 'LIMIT'"
            ),
            ("SELECT AVG(x) FROM n HAVING «1 < 2»", "HAVING compares aggregates, such as AVG(CPUUtilization) > 90"),
            (
                "SELECT AVG(x) FROM n HAVING «x» > 5",
                "expected \(ParserTests.functions), found 'x'; aggregate it, such as"
                    + " AVG(x)"
            ),
            (
                "SELECT AVG(x) FROM n ORDER BY «time»",
                "expected \(ParserTests.functions), found 'time'; aggregate it, such as AVG(time)"
            ),
            ("SELECT * FROM n ORDER BY «MAX»()", "expected TIME, found 'MAX'"),
            ("SELECT * FROM n PERIOD «5m»", "SELECT * shows samples as they are, without PERIOD"),
            (
                "SELECT * FROM n WHERE a «>» 'b'", "'>' compares a metric with a number; texts have = and !="
            ),
            ("SELECT * FROM n WHERE «AWS.AccountId» > 5", "only metrics are compared with numbers"),
            (
                "SELECT * FROM n WHERE a > «5m»",
                "expected a number such as 100 or 0.5, or a value in single quotes, found '5m'"
            ),
            (
                "SELECT * FROM n WHERE a «LIKE» 'b'",
                "expected '=', '!=', '<', '<=', '>', '>=', IN or NOT IN, found 'LIKE';"
                    + " only =, !=, <, <=, >, >= and IN compare"
            ),
            (
                "EXPLAIN SELECT «*» FROM n",
                "SELECT * reads every row of its range, there is no plan to explain;"
                    + " EXPLAIN ANALYZE runs and measures it"
            ),
            ("EXPLAIN «AVG»(x)", "expected ANALYZE, MATH or SELECT, found 'AVG'"),
            ("SELECT AVG(x) FROM n WHERE a IN «'b'»", "expected '(', found the value 'b'"),
            ("SELECT AVG(x) FROM n WHERE a IN («)»", "expected a value in single quotes, found ')'"),
            ("SELECT AVG(x) FROM n WHERE a NOT «=» 'b'", "expected IN, found '='"),
            ("SHOW «TABLES»", "expected NAMESPACES, METRICS, SERIES or DIMENSIONS, found 'TABLES'"),
            ("SHOW DIMENSIONS«»", "expected FROM, found the end of the statement"),
            (
                "SHOW NAMESPACES; «SHOW» METRICS",
                "Invalid syntax near 'SHOW METRICS'; expected the end of the statement"
            ),
            (
                "SELECT AVG(x) FROM n WHERE «€» = 'b'",
                "expected a dimension name, found '€'; a name with other characters than letters, digits, '_'"
                    + " and '.' needs"
                    + " double quotes: \"€\""
            ),
        ])
    func rejected(marked: String, message: String) throws {
        let open = try #require(marked.firstIndex(of: "«"))
        let close = try #require(marked.firstIndex(of: "»"))
        let before = String(marked[..<open])
        let place = String(marked[marked.index(after: open)..<close])
        let statement = before + place + marked[marked.index(after: close)...]
        let error = #expect(throws: QueryError.self) { try QueryEngine.parse(statement) }
        guard case .invalid(let found, let offset, let byteCount) = error else {
            Issue.record("not .invalid: \(String(describing: error))")
            return
        }
        #expect(found == message)
        #expect(offset == before.utf8.count)
        #expect(byteCount == place.utf8.count)
    }

    @Test("typographic quotes are recognised as such")
    func typographicQuotes() {
        let error = #expect(throws: QueryError.self) { try QueryEngine.parse("SELECT AVG(x) FROM “n”") }
        #expect(error?.description == "expected SCHEMA or a namespace, found '“n”'; use the plain quotes \" and '")
    }

    @Test("a statement of more than 64 KiB is refused by its length")
    func tooLong() throws {
        let padding = String(repeating: " ", count: QueryLimits.statementBytesMax)
        let error = #expect(throws: QueryError.self) { try QueryEngine.parse(padding + "SHOW NAMESPACES") }
        #expect(error == .limit(message: "the statement has 65551 bytes; the limit is 65536"))
        let fitting = "SHOW NAMESPACES".padding(to: QueryLimits.statementBytesMax)
        #expect(try QueryEngine.parse(fitting).description == "SHOW NAMESPACES")
    }

    @Test("operators and parentheses have a limit, so that no nesting exhausts the stack")
    func operatorLimit() throws {
        let most = QueryLimits.operatorsMax
        for (prefix, suffix) in [("-", ""), ("(", ")"), ("1+", ""), ("2*", "")] {
            func statement(_ count: Int) -> String {
                let before = String(repeating: prefix, count: count)
                return "SELECT \(before)AVG(x)\(String(repeating: suffix, count: count)) FROM n"
            }
            #expect(try QueryEngine.parse(QueryEngine.parse(statement(most)).description).description.isEmpty == false)
            #expect(throws: QueryError.self) { try QueryEngine.parse(statement(most + 1)) }
            #expect(throws: QueryError.self) { try QueryEngine.parse(statement(20_000)) }
        }
    }

    @Test("lists have limits")
    func listLimits() throws {
        let aggregates = [String](repeating: "AVG(x)", count: QueryLimits.aggregatesMax + 1).joined(separator: ",")
        #expect(throws: QueryError.self) { try QueryEngine.parse("SELECT \(aggregates) FROM n") }
        let keys = (0...QueryLimits.keysMax).map { "k\($0)" }.joined(separator: ",")
        #expect(throws: QueryError.self) { try QueryEngine.parse("SELECT AVG(x) FROM n GROUP BY \(keys)") }
        #expect(throws: QueryError.self) { try QueryEngine.parse("SELECT AVG(x) FROM SCHEMA(n, \(keys))") }
        let conditions = (0...QueryLimits.keysMax).map { "k\($0) = ''" }.joined(separator: " AND ")
        #expect(throws: QueryError.self) { try QueryEngine.parse("SELECT AVG(x) FROM n WHERE \(conditions)") }
    }
}

extension String {
    fileprivate func padding(to byteCount: Int) -> String {
        self + String(repeating: " ", count: byteCount - utf8.count)
    }
}
