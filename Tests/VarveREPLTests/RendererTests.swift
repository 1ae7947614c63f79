import Testing
import VarveQuery
import VarveREPL

@Suite("Tables, CSV and JSON")
struct RendererTests {
    @Test("a table aligns wide characters, numbers and empty cells, and names the zone of its times")
    func table() {
        let expected = """
             time     │ host │ AVG(usage_user)
            ──────────┼──────┼─────────────────
             00:08:00 │ a    │            12.5
             00:09:00 │ a    │        0.333333
             00:10:00 │ a    │              99
             00:08:00 │ 日本 │             NaN
             00:10:00 │ 日本 │
            (5 rows, period 1m, times in UTC)

            """
        #expect(TableRenderer.render(.twoHosts, nowNs: testNowNs, zone: .utc) == expected)
    }

    @Test("a table shows dates when a row is not of today, and fractions when there are any")
    func tableDates() {
        let result = QueryResult(
            columns: [.init(name: "time", kind: .time)],
            rows: [[.time(testNowNs + 250_000_000)], [.time(testNowNs - 86_400_000_000_000)]])
        let expected = """
             time
            ─────────────────────────
             2026-11-22 01:10:00.250
             2026-11-21 01:10:00.000
            (2 rows, times in UTC+01:00)

            """
        let zone = LocalZone.fixed(offsetSeconds: 3600)
        #expect(TableRenderer.render(result, nowNs: testNowNs, zone: zone) == expected)
    }

    @Test("an empty answer is a heading and a count")
    func emptyTable() {
        let result = QueryResult(columns: [.init(name: "namespace", kind: .text)], rows: [])
        #expect(
            TableRenderer.render(result, nowNs: testNowNs, zone: .utc) == " namespace\n───────────\n(0 rows)\n")
        #expect(CSVRenderer.render(result) == "namespace\r\n")
        #expect(
            JSONRenderer.render(result)
                == #"{"columns":[{"name":"namespace","kind":"text"}],"rows":[],"partial":false,"notices":[]}"#
                + "\n")
    }

    @Test("control characters in names cannot reach the terminal")
    func controlCharacters() {
        let result = QueryResult(
            columns: [.init(name: "n\u{1b}[2J", kind: .text)], rows: [[.text("a\nb\u{202e}")]])
        let text = TableRenderer.render(result, nowNs: testNowNs, zone: .utc)
        #expect(
            text
                == " n\\u{1b}[2J\n────────────\n a\\nb\\u{202e}\n(1 row)\n".replacing(
                    "────────────", with: String(repeating: "─", count: 14)))
    }

    @Test("CSV quotes what needs quotes, ends lines with CRLF and keeps every bit")
    func csv() {
        let result = QueryResult(
            columns: [
                .init(name: "a,b", kind: .text), .init(name: "x", kind: .number), .init(name: "n", kind: .integer),
                .init(name: "time", kind: .time),
            ],
            rows: [
                [.text("say \"hi\""), .number(0.1 + 0.2), .integer(-7), .time(testNowNs + 1_000)],
                [.text("two\nlines"), .number(-.infinity), .null, .time(0)],
            ])
        let expected =
            "\"a,b\",x,n,time\r\n"
            + "\"say \"\"hi\"\"\",0.30000000000000004,-7,2026-11-22T00:10:00.000001Z\r\n"
            + "\"two\nlines\",-Infinity,,1970-01-01T00:00:00Z\r\n"
        #expect(CSVRenderer.render(result) == expected)
    }

    @Test("JSON is one object with exact numbers, null for what JSON cannot say")
    func json() {
        let expected =
            #"{"columns":[{"name":"time","kind":"time"},{"name":"host","kind":"text"},"#
            + #"{"name":"AVG(usage_user)","kind":"number"}],"rows":[[1795306080000000000,"a",12.5],"#
            + #"[1795306140000000000,"a",0.3333333333333333],[1795306200000000000,"a",99.0],"#
            + #"[1795306080000000000,"日本",null],[1795306200000000000,"日本",null]],"series":["#
            + #"{"label":"a","groupValues":["a"],"#
            + #""timestamps":[1795306080000000000,1795306140000000000,1795306200000000000],"#
            + #""values":[12.5,0.3333333333333333,99.0]},"#
            + #"{"label":"日本","groupValues":["日本"],"timestamps":[1795306080000000000,1795306200000000000],"#
            + #""values":[null,50.0]}],"periodNs":60000000000,"partial":false,"notices":[]}"# + "\n"
        #expect(JSONRenderer.render(.twoHosts) == expected)
    }
}

@Suite("Numbers and times as text")
struct FormatTests {
    @Test(
        "plain numbers keep six digits and drop zeros",
        arguments: [
            (0.0, "0"), (-0.0, "0"), (42, "42"), (12.3456789, "12.3457"), (1_234_567.891, "1234567.9"), (0.1, "0.1"),
            (0.000123456789, "0.000123457"), (1.5e-9, "1.5e-09"), (1e15, "1e+15"),
            (123_456_789_012_345, "123456789012345"),
            (-2.5, "-2.5"), (.nan, "NaN"), (.infinity, "Infinity"), (99.999999, "100"),
        ] as [(Double, String)])
    func plain(number: Double, text: String) { #expect(NumberFormat.plain(number) == text) }

    @Test(
        "SI numbers have prefixes and four digits",
        arguments: [
            (0, "0"), (1, "1"), (999, "999"), (1_000, "1k"), (1_500, "1.5k"), (12_345_678, "12.35M"), (0.05, "0.05"),
            (0.25, "0.25"), (0.0005, "500µ"), (2e-8, "20n"), (-4_096, "-4.096k"), (1e12, "1T"),
            (1e17, "100P"), (1e18, "1000P"),
        ] as [(Double, String)])
    func si(number: Double, text: String) { #expect(NumberFormat.si(number) == text) }

    @Test("bytes, groups of digits and durations read as people write them")
    func others() {
        #expect(NumberFormat.bytes(512) == "512 B")
        #expect(NumberFormat.bytes(1_536) == "1.5 KiB")
        #expect(NumberFormat.grouped(-1_234_567) == "-1 234 567")
        #expect(ElapsedText.short(ns: 5_400_000_000_000) == "1h 30m")
        #expect(ElapsedText.short(ns: 1_234_567) == "1.2ms")
        #expect(ElapsedText.short(ns: 90_061_000_000_000) == "1d 1h")
    }

    @Test("times before 1970 and at the ends of the range have a calendar time")
    func extremeTimes() {
        #expect(TimeFormat.rfc3339(-1) == "1969-12-31T23:59:59.999999999Z")
        #expect(TimeFormat.rfc3339(.max) == "2262-04-11T23:47:16.854775807Z")
        #expect(TimeFormat.rfc3339(.min) == "1677-09-21T00:12:43.145224192Z")
    }

    @Test(
        "display width counts columns, not characters",
        arguments: [("abc", 3), ("日本", 4), ("e\u{301}", 1), ("👩‍👩‍👧", 2), ("é", 1), ("", 0), ("Ａ", 2)])
    func width(text: String, columns: Int) { #expect(DisplayWidth.of(text) == columns) }

    @Test("truncated text fits and says that it was cut")
    func truncate() {
        #expect(DisplayWidth.truncate("日本語", to: 5) == "日本…")
        #expect(DisplayWidth.truncate("short", to: 5) == "short")
        #expect(DisplayWidth.truncate("x", to: 0) == "")
    }
}
