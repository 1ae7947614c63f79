import Testing
import VarveEvents
import VarveJSON

@Suite struct InputTests {
    private static let event = Event(
        id: "7bf7", detailType: "State-change", source: "shop", account: "123456789012",
        timeNs: instant(2026, 11, 22, 10), region: "eu-west-1", resources: ["arn:1", "arn:2"],
        detail: .object([
            JSONMember("state", .string("RUN \"NING\"")), JSONMember("n", .integer(9)), JSONMember("none", .null),
            JSONMember(
                "list", .array([.object([JSONMember("x y", .integer(1))]), .object([JSONMember("x y", .integer(2))])])),
        ]))

    @Test(
        "paths pick parts of events",
        arguments: [
            ("$.detail.n", "9"), ("$['detail']['n']", "9"), (#"$["detail"].n"#, "9"),
            ("$.detail-type", #""State-change""#),
            ("$.resources[1]", #""arn:2""#), ("$.resources", #"["arn:1","arn:2"]"#), ("$.resources[2]", nil),
            ("$.gone.n", nil),
            ("$.detail.none", "null"), ("$.detail.list[*]['x y']", "[1,2]"), ("$.detail.list[0].*", "[1]"),
            ("$.source[0]", nil),
            ("$.resources.x", nil), ("$.detail.list[*].gone", nil),
        ] as [(String, String?)])
    func paths(path: String, expected: String?) throws {
        #expect(try #require(InputPath(path)).value(in: Self.event.json).map { text($0) } == expected)
    }

    @Test(
        "what is no path is refused",
        arguments: [
            "", "detail", "$.", "$..a", "$[", "$[]", "$[a]", "$['a'", "$.a b", "$.a[-1]", "$.a[?(@.b)]", "$.a,b", " $",
            "$x",
        ])
    func notPaths(path: String) { #expect(InputPath(path) == nil) }

    private static let paths =
        #"""
        "InputPathsMap": {"state": "$.detail.state", "n": "$.detail.n",
         "list": "$.detail.list", "gone": "$.detail.gone", "none": "$.detail.none"}
        """#

    private func transform(_ template: String) throws -> String {
        let transformer = try InputTransformer.read(
            .object([
                try #require(json("{\(Self.paths)}")["InputPathsMap"].map { JSONMember("InputPathsMap", $0) }),
                JSONMember("InputTemplate", .string(template)),
            ]), target: "t")
        #expect(try InputTransformer.read(transformer.json, target: "t") == transformer)
        return text(
            transformer.payload(
                for: Self.event, rule: "r", ruleARN: "arn:r", ingestionNs: instant(2026, 11, 22, 10, 0, 3) + 7))
    }

    @Test(
        "templates are filled in: texts in quotes, JSON outside of them",
        arguments: [
            (#""<n> is <state>""#, #""9 is RUN \"NING\"""#),
            (#"{"s": <state>, "n": [<n>, "<n>"]}"#, #"{"s": "RUN \"NING\"", "n": [9, "9"]}"#),
            (#"{"a": <gone>, "b": "-<gone>-"}"#, #"{"a": "", "b": "--"}"#),
            (#"{"a": <none>, "b": "<none>"}"#, #"{"a": null, "b": "null"}"#),
            (#"{"l": <list>}"#, #"{"l": [{"x y":1},{"x y":2}]}"#), (#""<list>""#, #""[{\"x y\":1},{\"x y\":2}]""#),
            (#""say \"<n>\" \\""#, #""say \"9\" \\""#), ("<state>", #""RUN \"NING\"""#),
            ("\"one <n>\"\n\"two\"", "\"one 9\"\n\"two\""), (#""3 < 4 > 2 <b c>""#, #""3 < 4 > 2 <b c>""#),
            (
                #""<aws.events.rule-name> <aws.events.rule-arn> <aws.events.event.ingestion-time>""#,
                #""r arn:r 2026-11-22T10:00:03Z""#
            ),
            (#"{"r": <aws.events.rule-arn>}"#, #"{"r": "arn:r"}"#),
            (
                #"{"e": <aws.events.event>}"#,
                #"{"e": {"id":"7bf7","account":"123456789012","detailType":"State-change","time":"2026-11-22T10:0"#
                    + #"0:00Z","source":"shop","region":"eu-west-1","resources":["arn:1","arn:2"],"version":"0"}}"#
            ),
        ])
    func templates(template: String, expected: String) throws { #expect(try transform(template) == expected) }

    @Test("the whole event can be put in")
    func wholeEvent() throws {
        #expect(try json(transform(#"{"e": <aws.events.event.json>}"#))["e"] == Self.event.json)
        #expect(try json(transform(#"{"e": "<aws.events.event.json>"}"#))["e"]?.string == text(Self.event.json))
    }

    @Test(
        "templates that can make no JSON are refused",
        arguments: [
            "", "plain text", #"{"a": <n>"#, #"{"a": 1<n>}"#, #"{<n>: 1}"#, "<n><n>", #""a" <n>"#, #"{"a": <unknown>}"#,
        ])
    func refusals(template: String) { #expect(throws: EventRefusal.self) { try transform(template) } }

    @Test("a hundred variables are the limit, reserved names are refused")
    func variables() throws {
        func read(_ names: [String]) throws {
            let map = names.map { JSONMember($0, .string("$.id")) }
            _ = try InputTransformer.read(
                .object([JSONMember("InputPathsMap", .object(map)), JSONMember("InputTemplate", .string("{}"))]),
                target: "t")
        }
        #expect(throws: Never.self) { try read((0..<100).map { "v\($0)" }) }
        #expect(throws: EventRefusal.self) { try read((0..<101).map { "v\($0)" }) }
        for name in ["aws.x", "AWSthing", "a b", ""] { #expect(throws: EventRefusal.self) { try read([name]) } }
    }
}
