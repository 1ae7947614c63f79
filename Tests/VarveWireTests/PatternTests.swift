import Testing

@testable import VarveWire

@Suite("Patterns") struct PatternTests {
    private func matches(_ pattern: String, _ text: String) -> Bool {
        Pattern(source: pattern, equal: nil).matches(text)
    }

    @Test("the whole text must match")
    func whole() {
        #expect(matches(#"[\w+=,.@-]*"#, "Session1"))
        #expect(!matches(#"[\w+=,.@-]*"#, "Session1:2"))
        #expect(matches(#"[\w+=,.@-]*"#, ""))
        #expect(matches(#"^arn:.*$"#, "arn:"))
        #expect(!matches(#"^arn:.*$"#, "xarn:"))
        #expect(!matches(".*", "a\nb"))
        #expect(matches("(?s).*", "a\nb"))
    }

    @Test("classes, escapes, counts, alternatives and anchors mean what they mean in the model's language")
    func constructs() {
        #expect(matches(#"[0-9A-Za-z][\-\.\_0-9A-Za-z]{0,126}[0-9A-Za-z]"#, "a-b.c_9"))
        #expect(!matches(#"[0-9A-Za-z][\-\.\_0-9A-Za-z]{0,126}[0-9A-Za-z]"#, "a-"))
        #expect(matches(#"([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)"#, "$LATEST"))
        #expect(matches(#"([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)"#, "120"))
        #expect(!matches(#"([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)"#, "012"))
        #expect(matches(#"^(?:^arn:[a-z]+$|^$)"#, ""))
        #expect(matches(#"^[a-zA-Z0-9-_.]+$"#, "a-b_c.d"))
        #expect(matches(#"[\s\S]*"#, "a\n\u{1f600}"))
        #expect(!matches(#"[^\x00-\x1F\x7F]+"#, "a\u{7f}"))
        #expect(matches(#"[\p{L}\p{Z}\p{N}_.:/=+\-@]+"#, "Größe 7\u{2028}中"))
        #expect(!matches(#"[\p{L}\p{Z}\p{N}_.:/=+\-@]+"#, "a\u{1f600}"))
        #expect(matches(#"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*"#, "\t\u{1f600}"))
        #expect(matches(#"[\u0009\u10000-\u10FFFF]+"#, "\u{1f600}\t"))
        #expect(matches(#"a{2}b{1,}c{0,2}"#, "aabbbc"))
        #expect(!matches(#"a{2}b{1,}c{0,2}"#, "aabccc"))
        #expect(matches("a|", ""))
        #expect(matches("(a*)*", "aaaa"))
        #expect(matches(#"[]a]+"#, "]a"))
    }

    @Test("a lookahead forbids one character")
    func lookahead() {
        let alias = #"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$"#
        #expect(matches(alias, "my-alias"))
        #expect(!matches(alias, "my--alias"))
        #expect(!matches(alias, "a"))
    }

    @Test("the statistic pattern of anomaly detectors takes its published forms")
    func statistics() throws {
        let service = try #require(ServiceDirectory.builtIn.service(named: "cloudwatch"))
        let shape = try #require(service.shapes.first { $0.name == "AnomalyDetectorMetricStat" })
        let pattern = try #require(shape.pattern)
        for text in ["Average", "p99.9", "TM(10%:90%)", "PR(:300)", "wm95", "IQM", "TS(80%:)", "PR(1e3:2E+5)"] {
            #expect(pattern.matches(text), "\(text)")
        }
        for text in ["", "average", "p1000", "TM(10:90%)", "PR()", "p99.9x"] {
            #expect(!pattern.matches(text), "\(text)")
        }
    }

    @Test("what the matcher does not know is refused when it is compiled")
    func unsupported() {
        for pattern in [
            "(?=a)b", "a(?i)b", "a*?", "a++", "[a&&b]", "[[a]b]", #"\b"#, #"\1"#, "(a", "a)", "*a", "a{3,1}",
            #"\p{Lu}"#,
        ] {
            #expect(PatternCompiler.compile(pattern) == nil, "\(pattern)")
        }
    }

    @Test("time grows with the text, not with its ambiguity", .timeLimit(.minutes(1)))
    func linear() {
        #expect(!matches("(a|a)*(a|aa)*b", String(repeating: "a", count: 20_000)))
        #expect(!matches("(a*)*(a*)*(a*)*c", String(repeating: "a", count: 20_000)))
    }
}
