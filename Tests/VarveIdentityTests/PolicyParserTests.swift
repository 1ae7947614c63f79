import Testing
@testable import VarveIdentity
import VarveTestKit

@Suite struct PolicyParserTests {
    private func message(_ text: String, _ use: PolicyDocument.Use = .identity) -> String? {
        do throws(PolicyError) {
            _ = try PolicyDocument(text, use: use)
            return nil
        } catch {
            return error.message
        }
    }

    private func statement(_ members: String) -> String { "{\"Statement\":[{\(members)}]}" }

    @Test("documents that are right are taken, one statement without a list too")
    func accepted() {
        let whole = #""Effect":"Allow","Action":"a:b","Resource":"*""#
        for text in [
            statement(whole), "{\"Version\":\"2012-10-17\",\"Id\":\"x\",\"Statement\":{\(whole)}}",
            statement(whole + #","Sid":"a1","Condition":{"NumericEquals":{"x:y":[1,2.5,"3"]},"Bool":{"x:z":true}}"#),
        ] {
            #expect(message(text) == nil)
        }
        #expect(message(statement(#""Effect":"Allow","Principal":"*","Action":"sts:AssumeRole""#), .trust) == nil)
    }

    @Test("what is wrong is said in the service's words")
    func refused() {
        let whole = #""Effect":"Allow","Action":"a:b","Resource":"*""#
        for (text, expected) in [
            (statement(#""Action":"a:b","Resource":"*""#), "Missing required field Effect cannot be empty!"),
            (statement(#""Effect":"allow","Action":"a:b","Resource":"*""#), "Invalid effect: \"allow\""),
            (statement(#""Effect":"Allow","Resource":"*""#), "Policy statement must contain actions."),
            (statement(#""Effect":"Allow","Action":"a:b""#), "Policy statement must contain resources."),
            (
                statement(#""Effect":"Allow","Action":"ab","Resource":"*""#),
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
            ),
            (statement(#""Effect":"Allow","Action":"a.c:b","Resource":"*""#), "Vendor a.c is not valid"),
            (
                statement(#""Effect":"Allow","Action":"a:b","Resource":"x""#),
                "Resource x must be in ARN format or \"*\"."
            ),
            (
                "{\"Version\":\"2012-10-18\",\"Statement\":{\(whole)}}",
                "Policy document must be version 2012-10-17 or greater."
            ),
            (statement(whole + #","Principal":"*""#), "Policy document should not specify a principal."),
            (statement(whole + #","Condition":{"StringEqual":{"a:b":"c"}}"#), "Invalid Condition type : StringEqual"),
            (
                statement(whole + #","Condition":{"NullIfExists":{"a:b":"true"}}"#),
                "Invalid Condition type : NullIfExists"
            ),
            (
                "{\"Statement\":[{\"Sid\":\"a\",\(whole)},{\"Sid\":\"a\",\(whole)}]}",
                "Statement IDs (SID) in a single policy must be unique."
            ),
            (
                statement(whole + #","Sid":"a b""#),
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
                    + "[0-9A-Za-z]*"
            ),
        ] {
            #expect(message(text) == expected)
        }
        for text in [
            "", "[]", "{}", "{\"Statement\":[]}", "{\"Statement\":[1]}", statement(whole + #","Extra":1"#),
            statement(whole + #","NotAction":"a:c""#), statement(whole + #","Effect":"Deny""#),
            "{\"Statement\":{\(whole)},\"Other\":1}", statement(#""Effect":"Allow","Action":[],"Resource":"*""#),
        ] {
            #expect(message(text) != nil, "\(text)")
        }
    }

    @Test("values that an operator can never compare are refused when they are written")
    func conditionValues() {
        for (name, value) in [
            ("NumericEquals", "ten"), ("DateEquals", "soon"), ("Bool", "yes"), ("IpAddress", "10.0.0.0/33"),
            ("BinaryEquals", "%"), ("ArnLike", "role"), ("Null", "maybe"),
        ] {
            let text = statement(
                #""Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"\#(name)":{"a:b":"\#(value)"}}"#)
            #expect(message(text) == "\(value) is no value for the condition \(name)")
        }
    }

    @Test("principals stand where they belong, and look like principals")
    func principals() {
        let rest = #""Effect":"Allow","Action":"kms:*","Resource":"*""#
        #expect(message(statement(rest), .resource) == "Missing required field Principal")
        #expect(
            message(statement(#""Effect":"Allow","Action":"sts:*","Principal":"*","Resource":"*""#), .trust)
                == "Has prohibited field Resource")
        #expect(message(statement(rest + #","NotPrincipal":"*""#), .resource) != nil, "NotPrincipal goes with Deny")
        for good in [
            #"{"AWS":"111122223333"}"#, #"{"AWS":["arn:aws:iam::111122223333:root","*"]}"#, #"{"Service":"a.b"}"#,
            #"{"AWS":"arn:aws:sts::111122223333:assumed-role/r/s"}"#,
        ] {
            #expect(message(statement(rest + ",\"Principal\":\(good)"), .resource) == nil, "\(good)")
        }
        for bad in [
            "\"x\"", "{}", #"{"AWS":"11112222333"}"#, #"{"AWS":"arn:aws:iam::111122223333:user/*"}"#,
            #"{"AWS":"arn:aws:iam::111122223333:group/g"}"#, #"{"Other":"x"}"#, #"{"Service":"*"}"#, #"{"AWS":[]}"#,
        ] {
            #expect(message(statement(rest + ",\"Principal\":\(bad)"), .resource) != nil, "\(bad)")
        }
    }

    @Test("quotas count a document without the space between its tokens")
    func countedBytes() {
        #expect(PolicyDocument.countedByteCount("{ \"a b\" :\n[ 1 ,\t2 ] }") == 13)
        #expect(PolicyDocument.countedByteCount(#"{"a \" b": 1}"#) == 12)
    }

    @Test("random damage never traps", arguments: [3, 4])
    func random(_ seed: UInt64) {
        let whole = Array(IdentityFixture.policy(condition: #"{"StringLike":{"a:b":["x${aws:username, 'y'}*"]}}"#).utf8)
        var generator = SplitMix64(seed: seed)
        for _ in 0..<2_000 {
            var text = whole
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 0..<text.count, using: &generator)
                text[index] = Array("{}[]\",:$*?'\\ aé0".utf8).randomElement(using: &generator) ?? 0
            }
            _ = message(String(decoding: text, as: UTF8.self))
        }
    }
}
