import Testing
import VarveEvents
import VarveJSON

@testable import VarveAlarms

@Suite struct MuteRuleTests {
    private static let hour = 60 * Fixture.minute

    private func rule(
        _ expression: String, _ duration: String = "PT2H", extra: String = "", zones: [String: TimeZoneRules] = [:]
    ) throws -> MuteRule {
        let json = try Fixture.json(
            #"""
            {"Name":"night","Rule":{"Schedule":{"Expression":"\#(expression)","Duration":"\#(duration)"\#(extra)}},
            "MuteTargets":{"AlarmNames":["a","b"]}}
            """#)
        return try MuteRule(json) { zones[$0] }
    }

    @Test("a daily window opens and ends, and says when")
    func recurring() throws {
        // 2026-03-01 is a Sunday; tenNs is 10:00 UTC.
        let rule = try rule("cron(0 11 * * SUN)")
        #expect(rule.type == "RECURRING")
        #expect(rule.status(at: Fixture.tenNs) == .scheduled)
        #expect(rule.window(at: Fixture.tenNs, in: Fixture.scope) == nil)
        let opensNs = try #require(rule.nextChange(afterNs: Fixture.tenNs))
        #expect(opensNs == Fixture.tenNs + Self.hour)
        let expected = MuteWindow(
            ruleARN: "arn:aws:cloudwatch:eu-west-1:123456789012:alarm-mute-rule:night", startNs: opensNs,
            endNs: opensNs + 2 * Self.hour)
        #expect(rule.window(at: opensNs, in: Fixture.scope) == expected)
        #expect(rule.status(at: opensNs) == .active)
        #expect(rule.nextChange(afterNs: opensNs) == expected.endNs)
        #expect(rule.window(at: expected.endNs, in: Fixture.scope) == nil)
        #expect(rule.nextChange(afterNs: expected.endNs) == opensNs + 7 * 24 * Self.hour)
    }

    @Test("a window of one time is over for good")
    func once() throws {
        let rule = try rule("at(2026-03-01T11:30)", "PT30M")
        #expect(rule.type == "ONE_TIME")
        let opensNs = Fixture.tenNs + 90 * Fixture.minute
        #expect(rule.nextChange(afterNs: Fixture.tenNs) == opensNs)
        #expect(rule.status(at: opensNs + 29 * Fixture.minute) == .active)
        #expect(rule.status(at: opensNs + 30 * Fixture.minute) == .expired)
        #expect(rule.nextChange(afterNs: opensNs + 30 * Fixture.minute) == nil)
    }

    @Test("no window begins before the start date, or from the expiry date on")
    func dates() throws {
        let json = try Fixture.json(
            #"""
            {"Name":"n","Rule":{"Schedule":{"Expression":"cron(0 12 * * *)","Duration":"PT1H"}},
            "StartDate":"2026-03-03T12:00","ExpireDate":"2026-03-05T12:00"}
            """#)
        let rule = try MuteRule(json) { _ in nil }
        let day = 24 * Self.hour
        let noonNs = Fixture.tenNs + 2 * Self.hour
        #expect(rule.window(at: noonNs, in: Fixture.scope) == nil)
        #expect(rule.nextChange(afterNs: Fixture.tenNs) == noonNs + 2 * day)
        #expect(rule.window(at: noonNs + 3 * day, in: Fixture.scope) != nil)
        #expect(rule.window(at: noonNs + 4 * day, in: Fixture.scope) == nil)
        #expect(rule.status(at: noonNs + 4 * day) == .expired)
        #expect(try MuteRule(rule.json) { _ in nil } == rule)
    }

    @Test("what is refused")
    func refusals() throws {
        func message(_ expression: String, _ duration: String, extra: String = "") throws -> String? {
            do {
                _ = try rule(expression, duration, extra: extra)
                return nil
            } catch {
                return (error as? AlarmRefusal)?.message
            }
        }
        let at = "At expressions must be a valid date in 'yyyy-MM-ddThh:mm' format"
        #expect(try message("at(2026-02-30T10:00)", "PT1H") == at)
        for bad in ["PT30S", "P16D", "1h", "P1M"] { #expect(try message("cron(0 1 * * *)", bad) != nil) }
        for bad in ["cron(0 1 * * * *)", "rate(1 day)", "cron(*/5 * * * *)"] {
            #expect(try message(bad, "PT1H") != nil)
        }
        #expect(try message("cron(0 1 * * *)", "P15D") == nil)
        #expect(try message("cron(0 1 * * *)", "PT1M") == nil)
        #expect(
            try message("cron(0 1 * * *)", "PT1H", extra: #","Timezone":"Mars/Base""#)
                == "The time zone Mars/Base is not known")
        let nameless = try Fixture.json(
            #"{"Rule":{"Schedule":{"Expression":"at(2026-03-01T11:30)","Duration":"PT1H"}}}"#)
        let missing =
            "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null"
        #expect(throws: AlarmRefusal.validation(missing)) { try MuteRule(nameless) { _ in nil } }
    }
}
