import Testing
import VarveEvents

/// Messages for patterns that are refused: the detail, and line and column where there are some.
@Suite struct PatternErrorTests {
    private static let anythingButList = "Inside anything but list, start|null|boolean is not supported."
    private static let ignoreCaseList =
        "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
    private static let anythingButValue = "Value of anything-but must be an array or single string/number value."
    private static let affix = "prefix/suffix match pattern must be a string"
    private static let words = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

    /// Columns of the first group are those that the service answered for patterns of the same lengths.
    private static let recordedRows: [(String, String, Int)] = [
        (#"{"int": 42}"#, #""int" must be an object or an array"#, 11),
        (#"{"string": "my-value"}"#, #""string" must be an object or an array"#, 13),
        (#"{"resources": []}"#, "Empty arrays are not allowed", 17),
        (#"{"my_key": [{"EXISTS": true}]}"#, "Unrecognized match type EXISTS", 28),
        (#"{"detail": {"equal": [{"NUMERIC": ["=", 5]}]}}"#, "Unrecognized match type NUMERIC", 36),
        (#"{"detail": {"c-count": [{"numeric": [">", 0, ">", 0]}]}}"#, "Bad numeric range operator: >", 49),
        (#"{"detail": {"c-count": [{"numeric": [">", 0, "<"]}]}}"#, "Value of < must be numeric", 50),
        (
            #"{"EventBusArn": [{"wildcard": "arn:aws:events:us-east-1:**:event-bus/*"}]}"#,
            "Consecutive wildcard characters at pos 26", 72
        ),
        (#"{"EventBusArn": [{"wildcard": 123}]}"#, "wildcard match pattern must be a string", 34),
        (#"{"EventBusArn": [{"wildcard": ["x"]}]}"#, "wildcard match pattern must be a string", 32),
        (
            #"{"detail-type": [{"equals-ignore-case": ["ec2"]}]}"#, "equals-ignore-case match pattern must be a string",
            42
        ),
        (
            #"{"detail-type": [{"equals-ignore-case": {"prefix": "ec2"}}]}"#,
            "equals-ignore-case match pattern must be a string", 42
        ),
        (#"{"detail": {"state": [{"anything-but": {"equals-ignore-case": 123}}]}}"#, ignoreCaseList, 66),
        (
            #"{"detail": {"FilePath": [{"anything-but": {"wildcard": 123}}]}}"#,
            "wildcard match pattern must be a string", 59
        ),
        (#"{"detail": {"FileName": [{"anything-but": {"suffix": 123}}]}}"#, affix, 57),
        (#"{"detail": {"state": [{"anything-but": {"prefix": 123}}]}}"#, affix, 54),
        (#"{"time": [{"prefix": ["2022-07-13"]}]}"#, "prefix match pattern must be a string", 23),
        (#"{"time": [{"prefix": 123}]}"#, "prefix match pattern must be a string", 25),
        (#"{"FileName": [{"suffix": 123}]}"#, "suffix match pattern must be a string", 29),
        (#"{"FileName": [{"suffix": [".png"]}]}"#, "suffix match pattern must be a string", 27),
        (
            #"{"detail": {"FileName": [{"anything-but": {"prefix": {"equals-ignore-case": "file"}}}]}}"#,
            anythingButValue, 55
        ),
        (#"{"detail": {"sourceIPAddress": [{"cidr": ["bad-type"]}]}}"#, "prefix match pattern must be a string", 43),
        ("this is no json", "Unrecognized token 'this': was expecting \(words)", 5),
        (#"{"not": closed mark""#, "Unrecognized token 'closed': was expecting \(words)", 15),
        (
            #"{'bad': 'quotation'}"#,
            "Unexpected character (''' (code 39)): was expecting double-quote to start field name", 2
        ),
        (#"["not", "a", "dict"]"#, "Filter is not an object", 2),
    ]

    /// Columns of this group follow from the same rule: how far the reader has come.
    private static let derivedRows: [(String, String, Int)] = [
        ("{}", "Empty objects are not allowed", 3), (#"{"a": {}}"#, "Empty objects are not allowed", 9),
        (#"{"a": [{}]}"#, "Match expression name not found", 10),
        (#"{"a": [[1]]}"#, "Match value must be String, number, true, false, or null", 9),
        (#"{"a": [{"prefix": "x", "suffix": "y"}]}"#, "Only one key allowed in match expression", 35),
        (#"{"a": [{"exists": "true"}]}"#, "exists match pattern must be either true or false.", 20),
        (#"{"a": [{"numeric": 5}]}"#, "Value of numeric must be an array.", 21),
        (#"{"a": [{"numeric": ["~", 5]}]}"#, "Unrecognized numeric range operator: ~", 27),
        (#"{"a": [{"numeric": ["=", "5"]}]}"#, "Value of equals must be numeric", 27),
        (#"{"a": [{"numeric": ["=", 5, 6]}]}"#, "Too many elements in numeric expression", 30),
        (#"{"a": [{"numeric": [">", 5, "<", 5]}]}"#, "Bottom must be less than top", 36),
        (#"{"a": [{"anything-but": null}]}"#, anythingButValue, 29),
        (#"{"a": [{"anything-but": true}]}"#, anythingButValue, 29),
        (#"{"a": [{"anything-but": {"exists": true}}]}"#, "Unsupported anything-but pattern: exists", 40),
        (
            #"{"a": [{"anything-but": ["x", 1]}]}"#,
            "Inside anything but list, either all values are number or string, mixed type is not supported", 33
        ),
        (#"{"a": [{"anything-but": {"prefix": ""}}]}"#, "Null prefix/suffix not allowed", 38),
        (#"{"a": [{"prefix": {"suffix": "x"}}]}"#, "Unsupported prefix pattern: suffix", 31),
        (#"{"a": [{"wildcard": "a\\b"}]}"#, "Invalid escape character at pos 2", 27),
        (#"{"$or": {"a": [1]}}"#, "It must be an Array followed with $or.", 10),
        (#"{"$or": [{"a": [1]}]}"#, "There must have at least 2 Objects in $or relationship.", 21),
        (#"{"$or": ["a", "b"]}"#, "Only JSON object is allowed in array of $or relationship.", 11),
        (
            #"{"$or": [{"cidr": ["x"]}, {"a": [1]}]}"#,
            "cidr is Ruler reserved fieldName which cannot be used inside $or.", 20
        ),
        (#"{"a": [1]} x"#, "Unrecognized token 'x': was expecting \(words)", 13),
        (#"{"a": [1]} {}"#, "Text after the end of the pattern", 13),
        (#"{"é😀": 42}"#, #""é😀" must be an object or an array"#, 11),
    ]

    @Test("a refusal names detail, source, line and column", arguments: recordedRows + derivedRows)
    func place(pattern: String, detail: String, column: Int) {
        let place = "\n at [Source: (String)\"\(pattern)\"; line: 1, column: \(column)]"
        #expect(message(pattern) == "Event pattern is not valid. Reason: \(detail)\(place)")
    }

    @Test(
        "inside lists of anything-but the service names the place twice",
        arguments: [
            (#"{"detail": {"state": [{"anything-but": {"equals-ignore-case": [123, 456]}}]}}"#, ignoreCaseList, 67),
            (
                #"{"detail": {"state": [{"anything-but": {"wildcard": [123, "*/dir/*"]}}]}}"#,
                "wildcard match pattern must be a string", 57
            ),
            (#"{"detail": {"state": [{"anything-but": {"prefix": [123, "test"]}}]}}"#, affix, 55),
            (#"{"detail": {"FileName": [{"anything-but": {"suffix": [123, ".txt"]}}]}}"#, affix, 58),
            (#"{"a": [{"anything-but": [null]}]}"#, anythingButList, 30),
            (#"{"a": [{"anything-but": ["x", true]}]}"#, anythingButList, 35),
        ])
    func doubledPlace(pattern: String, detail: String, column: Int) {
        let place = "\n at [Source: (String)\"\(pattern)\"; line: 1, column: \(column)]"
        #expect(message(pattern) == "Event pattern is not valid. Reason: \(detail)\(place)\(place)")
    }

    @Test(
        "some refusals have no place",
        arguments: [
            (#"{"a": [{"cidr": "10.0.0.0"}]}"#, "Malformed CIDR, one '/' required"),
            (#"{"a": [{"cidr": "10.0.0.0/xx"}]}"#, "Malformed CIDR, mask bits must be an integer"),
            (#"{"a": [{"cidr": "10.0.0.0/-1"}]}"#, "Malformed CIDR, mask bits must not be negative"),
            (#"{"a": [{"cidr": "10.0.0.0/32"}]}"#, "IPv4 mask bits must be < 32"),
            (#"{"a": [{"cidr": "::/128"}]}"#, "IPv6 mask bits must be < 128"),
            (#"{"a": [{"cidr": "xx.11.xx/8"}]}"#, "Nonstandard IP address: xx.11.xx"),
            (#"{"a": [{"cidr": "xxxx:db8:1234:1a00::/64"}]}"#, "Nonstandard IP address: xxxx:db8:1234:1a00::"),
            (
                #"{"a": [{"wildcard": "*:*:*:*:*:event-bus/*"}]}"#,
                "Rule is too complex - try using fewer wildcard characters or fewer repeating characte"
                    + "r sequences after "
                    + "a wildcard character"
            ),
        ])
    func withoutPlace(pattern: String, detail: String) {
        #expect(message(pattern) == "Event pattern is not valid. Reason: \(detail)")
    }

    @Test("lines are counted, long patterns are cut")
    func linesAndLength() {
        let lines = message("{\n \"a\": [1],\r\n  \"b\": 7 }") ?? ""
        #expect(lines.hasSuffix("line: 3, column: 9]"))
        let long = message("{\"" + String(repeating: "k", count: 600) + "\": 1}") ?? ""
        #expect(long.contains("kkk\"[truncated 107 chars]; line: 1, column: 607]"))
        #expect(long.contains("(String)\"{\"" + String(repeating: "k", count: 498) + "\"["))
    }

    @Test("a thousand combinations of alternatives are the limit")
    func combinations() throws {
        func pattern(_ counts: [Int]) -> String {
            let groups = counts.enumerated().map { group, count in
                let branches = (0..<count).map { "{\"f\($0)\": [1]}" }.joined(separator: ",")
                return "\"g\(group)\": {\"$or\": [\(branches)]}"
            }
            return "{" + groups.joined(separator: ",") + "}"
        }
        #expect(message(pattern([10, 10, 10])) == nil)
        #expect(message(pattern([11, 10, 10]))?.contains("too complex") == true)
        #expect(message(pattern([40, 40, 40, 40, 40, 40]))?.contains("too complex") == true)
    }

    @Test("nesting is limited")
    func depth() {
        let deep = String(repeating: "{\"a\":", count: 800)
        #expect(message(deep)?.contains("More than 64 levels of nesting") == true)
    }

    @Test("patterns have at most 4 096 characters")
    func length() {
        func pattern(_ length: Int) -> String { "{\"" + String(repeating: "k", count: length - 9) + "\": [1]}" }
        #expect(refusal { _ = try EventPattern.parse(pattern(4_096)) } == nil)
        #expect(
            refusal { _ = try EventPattern.parse(pattern(4_097)) }
                == EventRefusal(
                    code: "ValidationException",
                    message: "1 validation error detected: Value at 'eventPattern' failed to satisfy constraint: "
                        + "Member must have length less than or equal to 4096"))
    }

    private func message(_ pattern: String) -> String? {
        let refusal = refusal { _ = try EventPattern.parse(pattern) }
        #expect(refusal == nil || refusal?.code == "InvalidEventPatternException")
        return refusal?.message
    }
}
