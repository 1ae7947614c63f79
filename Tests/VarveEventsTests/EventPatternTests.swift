import Testing
import VarveEvents
import VarveJSON

/// The table of matchers, row by row: pattern, event, whether it is taken.
@Suite struct EventPatternTests {
    private static let equalityRows: [(String, String, Bool)] = [
        (#"{"a": ["x"]}"#, #"{"a": "x"}"#, true), (#"{"a": ["x"]}"#, #"{"a": "X"}"#, false),
        (#"{"a": ["x", "y"]}"#, #"{"a": "y"}"#, true), (#"{"a": ["x"]}"#, #"{"a": ["y", "x"]}"#, true),
        (#"{"a": ["x"]}"#, #"{"a": ["y", "z"]}"#, false), (#"{"a": ["x"], "b": [1]}"#, #"{"a": "x", "b": 2}"#, false),
        (#"{"a": ["x"], "b": [1]}"#, #"{"a": "x", "b": 1, "c": 0}"#, true), (#"{"a": [300]}"#, #"{"a": 300.0}"#, true),
        (#"{"a": [3.0e2]}"#, #"{"a": 300}"#, true), (#"{"a": [300]}"#, #"{"a": "300"}"#, false),
        (#"{"a": [-0.0]}"#, #"{"a": 0}"#, true), (#"{"a": [true]}"#, #"{"a": true}"#, true),
        (#"{"a": [true]}"#, #"{"a": "true"}"#, false), (#"{"a": [true]}"#, #"{"a": 1}"#, false),
        (#"{"a": [null]}"#, #"{"a": null}"#, true), (#"{"a": [null]}"#, #"{"a": "null"}"#, false),
        (#"{"a": [null]}"#, #"{"a": []}"#, false), (#"{"a": [null]}"#, #"{}"#, false),
        (#"{"a": [""]}"#, #"{"a": ""}"#, true), (#"{"a": [""]}"#, #"{"a": "x"}"#, false),
        (#"{"A": ["x"]}"#, #"{"a": "x"}"#, false), (#"{"a": [9007199254740993]}"#, #"{"a": 9007199254740992}"#, false),
        (#"{"a": [9007199254740993]}"#, #"{"a": 9007199254740993}"#, true),
        (#"{"a": ["\u00e9"]}"#, #"{"a": "e\u0301"}"#, false), (#"{"a": [{"exactly": "x"}]}"#, #"{"a": "x"}"#, true),
    ]
    private static let affixesRows: [(String, String, Bool)] = [
        (#"{"a": [{"prefix": "ab"}]}"#, #"{"a": "abc"}"#, true),
        (#"{"a": [{"prefix": "ab"}]}"#, #"{"a": "Abc"}"#, false),
        (#"{"a": [{"prefix": ""}]}"#, #"{"a": "anything"}"#, true), (#"{"a": [{"prefix": ""}]}"#, #"{"a": 1}"#, false),
        (#"{"a": [{"prefix": "1"}]}"#, #"{"a": 12}"#, false),
        (#"{"a": [{"suffix": ".png"}]}"#, #"{"a": "b.png"}"#, true),
        (#"{"a": [{"suffix": ".png"}]}"#, #"{"a": "png"}"#, false), (#"{"a": [{"suffix": ""}]}"#, #"{"a": ""}"#, true),
        (#"{"a": [{"prefix": {"equals-ignore-case": "eC"}}]}"#, #"{"a": "EC2"}"#, true),
        (#"{"a": [{"prefix": {"equals-ignore-case": "eC"}}]}"#, #"{"a": "ED2"}"#, false),
        (#"{"a": [{"suffix": {"equals-ignore-case": ".PnG"}}]}"#, #"{"a": "x.pNg"}"#, true),
        (#"{"a": [{"suffix": {"equals-ignore-case": ".PnG"}}]}"#, #"{"a": "x.gif"}"#, false),
        (#"{"a": [{"equals-ignore-case": "straßE É"}]}"#, #"{"a": "STRAßE é"}"#, true),
        (#"{"a": [{"equals-ignore-case": ""}]}"#, #"{"a": ""}"#, true),
        (#"{"a": [{"equals-ignore-case": ""}]}"#, #"{"a": "x"}"#, false),
        (#"{"a": [{"equals-ignore-case": "ab"}]}"#, #"{"a": "abc"}"#, false),
    ]
    private static let wildcardsRows: [(String, String, Bool)] = [
        (#"{"a": [{"wildcard": "a*b"}]}"#, #"{"a": "ab"}"#, true),
        (#"{"a": [{"wildcard": "a*b"}]}"#, #"{"a": "axxb"}"#, true),
        (#"{"a": [{"wildcard": "a*b"}]}"#, #"{"a": "axxbc"}"#, false),
        (#"{"a": [{"wildcard": "*"}]}"#, #"{"a": ""}"#, true),
        (#"{"a": [{"wildcard": "*"}]}"#, #"{"a": 1}"#, false),
        (#"{"a": [{"wildcard": "a*a"}]}"#, #"{"a": "a"}"#, false),
        (#"{"a": [{"wildcard": "*bc*d"}]}"#, #"{"a": "abcbcdd"}"#, true),
        (#"{"a": [{"wildcard": "a\\*b"}]}"#, #"{"a": "a*b"}"#, true),
        (#"{"a": [{"wildcard": "a\\*b"}]}"#, #"{"a": "axb"}"#, false),
        (#"{"a": [{"wildcard": "a\\\\*"}]}"#, #"{"a": "a\\xyz"}"#, true),
        (#"{"a": [{"wildcard": ""}]}"#, #"{"a": ""}"#, true),
        (#"{"a": [{"wildcard": "arn:*:bus/*"}]}"#, #"{"a": "arn:aws:events:bus/mine"}"#, true),
        (#"{"a": [{"wildcard": "*a*a*a*a*"}]}"#, #"{"a": "xaxaxaxax"}"#, true),
    ]
    private static let anythingButRows: [(String, String, Bool)] = [
        (#"{"a": [{"anything-but": "x"}]}"#, #"{"a": "y"}"#, true),
        (#"{"a": [{"anything-but": "x"}]}"#, #"{"a": "x"}"#, false),
        (#"{"a": [{"anything-but": "x"}]}"#, #"{"a": null}"#, true),
        (#"{"a": [{"anything-but": "x"}]}"#, #"{"a": 1}"#, true),
        (#"{"a": [{"anything-but": "x"}]}"#, #"{"b": 1}"#, false),
        (#"{"a": [{"anything-but": "x"}]}"#, #"{"a": ["x"]}"#, false),
        (#"{"a": [{"anything-but": "x"}]}"#, #"{"a": ["x", "y"]}"#, true),
        (#"{"a": [{"anything-but": 0}]}"#, #"{"a": 0.0}"#, false),
        (#"{"a": [{"anything-but": [1, 2]}]}"#, #"{"a": 3}"#, true),
        (#"{"a": [{"anything-but": [1, 2]}]}"#, #"{"a": 2}"#, false),
        (#"{"a": [{"anything-but": [1, 2]}]}"#, #"{"a": "2"}"#, true),
        (#"{"a": [{"anything-but": ["p", "q"]}]}"#, #"{"a": "q"}"#, false),
        (#"{"a": [{"anything-but": {"prefix": "init"}}]}"#, #"{"a": "init-1"}"#, false),
        (#"{"a": [{"anything-but": {"prefix": "init"}}]}"#, #"{"a": 12}"#, true),
        (#"{"a": [{"anything-but": {"prefix": ["p", "q"]}}]}"#, #"{"a": "qr"}"#, false),
        (#"{"a": [{"anything-but": {"prefix": ["p", "q"]}}]}"#, #"{"a": null}"#, true),
        (#"{"a": [{"anything-but": {"prefix": ["p", "q"]}}]}"#, #"{"b": "r"}"#, false),
        (#"{"a": [{"anything-but": {"suffix": ".txt"}}]}"#, #"{"a": "a.txt"}"#, false),
        (#"{"a": [{"anything-but": {"suffix": [".txt", ".rtf"]}}]}"#, #"{"a": "a.png"}"#, true),
        (#"{"a": [{"anything-but": {"equals-ignore-case": "ok"}}]}"#, #"{"a": "OK"}"#, false),
        (#"{"a": [{"anything-but": {"equals-ignore-case": ["ok", "Fine"]}}]}"#, #"{"a": "fINE"}"#, false),
        (#"{"a": [{"anything-but": {"equals-ignore-case": ["ok", "Fine"]}}]}"#, #"{"a": "bad"}"#, true),
        (#"{"a": [{"anything-but": {"wildcard": "*/lib/*"}}]}"#, #"{"a": "x/lib/y"}"#, false),
        (#"{"a": [{"anything-but": {"wildcard": ["*/lib/*", "*/bin/*"]}}]}"#, #"{"a": "x/src/y"}"#, true),
        (#"{"a": [{"anything-but": {"wildcard": "*/lib/*"}}]}"#, #"{"a": false}"#, true),
    ]
    private static let numbersAndAddressesRows: [(String, String, Bool)] = [
        (#"{"a": [{"numeric": ["=", 5]}]}"#, #"{"a": 5.0}"#, true),
        (#"{"a": [{"numeric": ["=", 5]}]}"#, #"{"a": "5"}"#, false),
        (#"{"a": [{"numeric": ["<", 5]}]}"#, #"{"a": 5}"#, false),
        (#"{"a": [{"numeric": ["<=", 5]}]}"#, #"{"a": 5}"#, true),
        (#"{"a": [{"numeric": [">", 100]}]}"#, #"{"a": 101.0}"#, true),
        (#"{"a": [{"numeric": [">=", -2.5]}]}"#, #"{"a": -2.5}"#, true),
        (#"{"a": [{"numeric": [">", 0, "<=", 5]}]}"#, #"{"a": 0}"#, false),
        (#"{"a": [{"numeric": [">", 0, "<=", 5]}]}"#, #"{"a": 5}"#, true),
        (#"{"a": [{"numeric": [">", 0, "<=", 5]}]}"#, #"{"a": 5.01}"#, false),
        (#"{"a": [{"numeric": [">", 0]}]}"#, #"{"a": null}"#, false),
        (#"{"a": [{"cidr": "10.0.0.0/24"}]}"#, #"{"a": "10.0.0.255"}"#, true),
        (#"{"a": [{"cidr": "10.0.0.0/24"}]}"#, #"{"a": "10.0.1.0"}"#, false),
        (#"{"a": [{"cidr": "10.0.0.77/0"}]}"#, #"{"a": "255.1.2.3"}"#, true),
        (#"{"a": [{"cidr": "10.0.0.8/29"}]}"#, #"{"a": "10.0.0.16"}"#, false),
        (#"{"a": [{"cidr": "10.0.0.0/24"}]}"#, #"{"a": "10.0.0"}"#, false),
        (#"{"a": [{"cidr": "10.0.0.0/24"}]}"#, #"{"a": 10}"#, false),
        (#"{"a": [{"cidr": "10.0.0.0/8"}]}"#, #"{"a": "10.0.0.256"}"#, false),
        (#"{"a": [{"cidr": "2001:db8::/33"}]}"#, #"{"a": "2001:0DB8:7fff::1"}"#, true),
        (#"{"a": [{"cidr": "2001:db8::/33"}]}"#, #"{"a": "2001:db8:8000::1"}"#, false),
        (#"{"a": [{"cidr": "2001:db8::/33"}]}"#, #"{"a": "32.1.13.184"}"#, false),
        (#"{"a": [{"cidr": "::/0"}]}"#, #"{"a": "1:2:3:4:5:6:7:8"}"#, true),
        (#"{"a": [{"cidr": "::/0"}]}"#, #"{"a": "1::2::3"}"#, false),
        (#"{"a": [{"cidr": "::/0"}]}"#, #"{"a": "1:2:3:4:5:6:7"}"#, false),
    ]
    private static let presenceRows: [(String, String, Bool)] = [
        (#"{"a": [{"exists": true}]}"#, #"{"a": null}"#, true), (#"{"a": [{"exists": true}]}"#, #"{"b": 1}"#, false),
        (#"{"a": [{"exists": true}]}"#, #"{"a": []}"#, false),
        (#"{"a": [{"exists": true}]}"#, #"{"a": {"b": 1}}"#, false),
        (#"{"a": [{"exists": false}]}"#, #"{"a": []}"#, true),
        (#"{"a": {"b": [{"exists": false}]}}"#, #"{"c": 1}"#, true),
        (#"{"a": [{"exists": false}]}"#, #"{"a": 0}"#, false),
        (#"{"a": ["x", {"exists": false}]}"#, #"{"a": "x"}"#, true),
        (#"{"a": ["x", {"exists": false}]}"#, #"{"b": "x"}"#, true),
        (#"{"a": ["x", {"exists": false}]}"#, #"{"a": "y"}"#, false),
    ]
    private static let structureRows: [(String, String, Bool)] = [
        (#"{"a": {"b": ["x"]}}"#, #"{"a": {"b": "x"}}"#, true), (#"{"a.b": ["x"]}"#, #"{"a": {"b": "x"}}"#, true),
        (#"{"a": {"b": ["x"]}}"#, #"{"a.b": "x"}"#, true),
        (#"{"a": {"b": {"c": ["x"]}}}"#, #"{"a.b": {"c": "x"}}"#, true),
        (#"{"a": {"b": ["x"]}}"#, #"{"a": "{\"b\": \"x\"}"}"#, false),
        (#"{"a": {"b": ["x"]}}"#, #"{"a": [{"b": "y"}, {"b": "x"}]}"#, true),
        (#"{"a": {"b": ["x"], "c": [1]}}"#, #"{"a": [{"b": "x", "c": 2}, {"b": "y", "c": 1}]}"#, false),
        (#"{"a": {"b": ["x"], "c": [1]}}"#, #"{"a": [{"b": "x", "c": 2}, {"b": "x", "c": 1}]}"#, true),
        (
            #"{"a": {"b": {"p": [1]}, "c": [2]}}"#,
            #"{"a": [{"b": [{"p": 0}, {"p": 1}], "c": 3}, {"b": [{"p": 1}], "c": 2}]}"#, true
        ),
        (#"{"a": {"b": {"p": [1], "q": [1]}}}"#, #"{"a": [{"b": [{"p": 1}, {"q": 1}]}]}"#, false),
        (#"{"a": {"p": [1]}, "b": {"q": [1]}}"#, #"{"a": [{"p": 0}, {"p": 1}], "b": [{"q": 1}, {"q": 0}]}"#, true),
        (#"{"a": {"p": [1], "q": [1]}}"#, #"{"a": [[{"p": 1}], [{"q": 1}]]}"#, false),
        (#"{"a": {"p": [1], "q": [1]}}"#, #"{"a": [[{"p": 1, "q": 1}]]}"#, true),
        (#"{"a": [1]}"#, #"{"a": [[2, 1]]}"#, true),
        (#"{"a.b": [1], "a.c": [1]}"#, #"{"a.b": 1, "a": [{"c": 1}]}"#, true),
        (#"{"$or": [{"a": [1]}, {"b": [2]}]}"#, #"{"b": 2}"#, true),
        (#"{"$or": [{"a": [1]}, {"b": [2]}]}"#, #"{"b": 1}"#, false),
        (
            #"{"s": ["x"], "d": {"$or": [{"a": [1]}, {"b": [2], "c": [3]}]}}"#, #"{"s": "x", "d": {"b": 2, "c": 3}}"#,
            true
        ),
        (
            #"{"s": ["x"], "d": {"$or": [{"a": [1]}, {"b": [2], "c": [3]}]}}"#, #"{"s": "x", "d": {"b": 2, "c": 4}}"#,
            false
        ),
        (#"{"$or": [{"a": [1]}, {"$or": [{"b": [2]}, {"c": [3]}]}]}"#, #"{"c": 3}"#, true),
        (#"{"a": ["x"], "a": ["y"]}"#, #"{"a": "y"}"#, true), (#"{"a": ["x"], "a": ["y"]}"#, #"{"a": "x"}"#, false),
        (#"{"": ["x"]}"#, #"{"": "x"}"#, true), (#"{"": {"": ["x"]}}"#, #"{".": "x"}"#, true),
    ]

    @Test("literals are typed, any value of an array is enough", arguments: equalityRows)
    func equality(row: (String, String, Bool)) throws { try check(row) }

    @Test("prefix, suffix and equality with and without case", arguments: affixesRows)
    func affixes(row: (String, String, Bool)) throws { try check(row) }

    @Test("stars stand for any run of characters", arguments: wildcardsRows)
    func wildcards(row: (String, String, Bool)) throws { try check(row) }

    @Test("anything-but needs a value, and takes every other one", arguments: anythingButRows)
    func anythingBut(row: (String, String, Bool)) throws { try check(row) }

    @Test("comparisons of numbers and ranges of addresses", arguments: numbersAndAddressesRows)
    func numbersAndAddresses(row: (String, String, Bool)) throws { try check(row) }

    @Test("exists asks for leaves", arguments: presenceRows)
    func presence(row: (String, String, Bool)) throws { try check(row) }

    @Test("paths, arrays of objects and alternatives", arguments: structureRows)
    func structure(row: (String, String, Bool)) throws { try check(row) }

    private func check(_ row: (pattern: String, event: String, isTaken: Bool)) throws {
        let pattern = try EventPattern.parse(row.pattern)
        let event = try json(row.event)
        #expect(pattern.matches(event) == row.isTaken)
        var set = EventPatternSet()
        set.insert(pattern, name: "rule")
        #expect(set.match(event).names == (row.isTaken ? ["rule"] : []))
    }

    @Test("a test of a pattern wants the whole envelope, but no detail")
    func envelope() throws {
        let members = ["id", "account", "source", "time", "region", "detail-type"].map { JSONMember($0, .string("x")) }
        let whole = members + [JSONMember("resources", .array([]))]
        #expect(try EventPattern.test(#"{"source": ["x"]}"#, event: text(.object(whole))))
        #expect(try !EventPattern.test(#"{"source": ["y"]}"#, event: text(.object(whole))))
        let expected = EventRefusal(code: "ValidationException", message: "Parameter Event is not valid.")
        for index in whole.indices {
            var part = whole
            part.remove(at: index)
            #expect(throws: expected) { try EventPattern.test(#"{"source": ["x"]}"#, event: text(.object(part))) }
        }
        for event in ["plain text", "[]", "\"x\"", ""] {
            #expect(throws: expected) { try EventPattern.test(#"{"source": ["x"]}"#, event: event) }
        }
    }

    @Test("the same path through two arrays is tried both ways")
    func ambiguousPaths() throws {
        let pattern = try EventPattern.parse(#"{"a.b.c": [1], "a.b.d": [2]}"#)
        #expect(pattern.matches(try json(#"{"a.b": [{"c": 1}], "a": {"b": [{"d": 2}]}}"#)))
        #expect(pattern.matches(try json(#"{"a.b": [{"c": 1}, {"d": 2}], "a": {"b": [{"c": 3, "d": 2}]}}"#)))
        #expect(!pattern.matches(try json(#"{"a.b": [{"c": 1}, {"d": 2}], "a": {"b": [{"c": 3, "d": 4}]}}"#)))
    }

    @Test("an event that is built to make the search choose ends soon")
    func hostileEvent() throws {
        let names = (0..<40).map { "k\($0)" }
        let conditions = names.map { #""a.b.\#($0)": [1]"# } + [#""a.b.z": [1], "a.b.y": [1]"#]
        let pattern = try EventPattern.parse("{" + conditions.joined(separator: ",") + "}")
        let members = names.map { "\"\($0)\": 1" }.joined(separator: ",")
        let event = try json(
            #"{"a.b": [{\#(members)}, {"z": 1}, {"y": 1}], "a": {"b": [{\#(members)}, {"z": 1}, {"y": 1}]}}"#)
        #expect(!pattern.matches(event))
    }
}
