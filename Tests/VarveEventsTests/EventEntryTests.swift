import Testing
import VarveEvents
import VarveJSON

@Suite struct EventEntryTests {
    private let context = EventEntries.Context(
        account: "123456789012", region: "eu-west-1", nowNs: instant(2026, 11, 22, 10) + 5
    ) { "id" }

    private func read(_ entries: String) throws -> [EventEntries.Outcome] {
        try EventEntries.read(json(entries), context: context)
    }

    @Test("an entry becomes an event")
    func accepts() throws {
        let outcome = try read(
            """
            [{"Source": "shop", "DetailType": "Order", "Detail": "{\\"n\\": 1}", "Resources": ["a", "b"],
              "Time": 1795341600, "EventBusName": "arn:aws:events:eu-west-1:123456789012:event-bus/orders"},
             {"Source": "shop", "DetailType": "Order", "Detail": "{}"}]
            """)
        guard case .accepted(let first, "orders") = outcome[0], case .accepted(let second, "default") = outcome[1]
        else {
            Issue.record("refused: \(outcome)")
            return
        }
        #expect(
            text(first.json)
                == #"{"version":"0","id":"id","detail-type":"Order","source":"shop","account":"12345678901"#
                + #"2","time":"2026-11-22T10:00:00Z","region":"eu-west-1","resources":["a","b"],"detail":"#
                + #"{"n":1}}"#
        )
        #expect(try Event.read(first.json) == first)
        #expect(second.timeNs == context.nowNs && second.timeText == "2026-11-22T10:00:00Z")
    }

    @Test(
        "an entry that is not accepted has its own code, and does not keep others back",
        arguments: [
            (
                #"{"DetailType": "t", "Detail": "{}"}"#, "InvalidArgument",
                "Parameter Source is not valid. Reason: Source is a required argument."
            ),
            (
                #"{"Source": "s", "Detail": "{}"}"#, "InvalidArgument",
                "Parameter DetailType is not valid. Reason: DetailType is a required argument."
            ),
            (
                #"{"Source": "s", "DetailType": "t"}"#, "InvalidArgument",
                "Parameter Detail is not valid. Reason: Detail is a required argument."
            ),
            (#"{"Source": "s", "DetailType": "t", "Detail": "{"}"#, "MalformedDetail", "Detail is malformed."),
            (#"{"Source": "s", "DetailType": "t", "Detail": "[]"}"#, "MalformedDetail", "Detail is malformed."),
            (
                #"{"Source": "aws.ec2", "DetailType": "t", "Detail": "{}"}"#, "NotAuthorizedForSourceException",
                "Not authorized for the source."
            ),
        ])
    func refuses(entry: String, code: String, message: String) throws {
        let outcomes = try read(#"[\#(entry), {"Source": "s", "DetailType": "t", "Detail": "{}"}]"#)
        #expect(outcomes[0] == .refused(EventRefusal(code: code, message: message)))
        #expect(text(outcomes[0].json) == #"{"ErrorCode":"\#(code)","ErrorMessage":"\#(message)"}"#)
        #expect(text(outcomes[1].json) == #"{"EventId":"id"}"#)
    }

    @Test("a request has one to ten entries of 256 KiB together")
    func limits() throws {
        let entry = #"{"Source": "s", "DetailType": "t", "Detail": "{}"}"#
        #expect(throws: Never.self) { try read("[" + Array(repeating: entry, count: 10).joined(separator: ",") + "]") }
        #expect(throws: EventRefusal.self) {
            try read("[" + Array(repeating: entry, count: 11).joined(separator: ",") + "]")
        }
        #expect(throws: EventRefusal.self) { try read("[]") }
        // "s" and "t" are the other two bytes; a time would be 14 more.
        func sized(_ bytes: Int, _ more: String = "") -> String {
            let padding = String(repeating: "x", count: bytes - 2 - 8)
            return #"[{"Source": "s", "DetailType": "t", "Detail": "{\"k\":\"\#(padding)\"}"\#(more)}]"#
        }
        #expect(throws: Never.self) { try read(sized(256 * 1_024)) }
        let tooLarge = EventRefusal(
            code: "ValidationException", message: "Total size of the entries in the request is over the limit.")
        #expect(throws: tooLarge) { try read(sized(256 * 1_024 + 1)) }
        #expect(throws: tooLarge) { try read(sized(256 * 1_024 - 13, #", "Time": 0"#)) }
    }
}
