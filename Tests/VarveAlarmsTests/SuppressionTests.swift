import Testing
import VarveJSON

@testable import VarveAlarms

/// The documented scenarios: wait 2, extension 3 units of time. `c` decides the composite alarm, `s` suppresses.
@Suite struct SuppressionTests {
    private static let topic = "arn:aws:sns:eu-west-1:123456789012:ops"
    private static let unit = Fixture.minute

    /// What happens when: the state that a child goes into.
    private struct Step {
        let time: Int
        let child: String
        let state: AlarmState
    }

    /// Runs the steps with a tick at every unit of time.
    /// - Returns: when actions ran, and for which state.
    private func run(
        _ steps: [Step], wait: Int = 2, extended: Int = 3, enabled: Bool = true,
        observe: (Int, Alarm) -> Void = { _, _ in }
    ) throws -> [String] {
        var world = CompositeWorld(children: ["c", "s"])
        _ = try world.put(
            #"""
            {"AlarmName":"top","AlarmRule":"ALARM(c)","AlarmActions":["\#(Self.topic)"],"OKActions":["\#(Self.topic)"],
            "ActionsEnabled":\#(enabled),"ActionsSuppressor":"s","ActionsSuppressorWaitPeriod":\#(wait * 60),
            "ActionsSuppressorExtensionPeriod":\#(extended * 60)}
            """#, nowNs: Fixture.tenNs - 100 * Self.unit)
        _ = world.composites["top"]?.tick(nowNs: Fixture.tenNs - 50 * Self.unit)
        var ran: [String] = []
        for time in 0...15 {
            let nowNs = Fixture.tenNs + Int64(time) * Self.unit
            var effects: [AlarmEffect] = []
            for step in steps where step.time == time {
                effects += world.change(step.child, to: step.state, atNs: nowNs)
            }
            let tickNs = world.composites["top"]?.nextTickNs
            let ticked = world.composites["top"]?.tick(nowNs: nowNs) ?? []
            #expect(ticked.isEmpty || tickNs.map { $0 <= nowNs } == true)
            effects += ticked
            ran += effects.actions.map { "\($0.state.rawValue)@\(time)" }
            if let top = world.composites["top"] { observe(time, top) }
        }
        return ran
    }

    private func c(_ state: AlarmState, at time: Int) -> Step { Step(time: time, child: "c", state: state) }
    private func s(_ state: AlarmState, at time: Int) -> Step { Step(time: time, child: "s", state: state) }

    @Test("the suppressor stays OK: actions run when the wait is over")
    func waits() throws {
        #expect(try run([c(.alarm, at: 2)]) == ["ALARM@4"])
    }

    @Test("the suppressor goes into ALARM while waiting: suppressed")
    func suppressedWhileWaiting() throws {
        #expect(try run([c(.alarm, at: 2), s(.alarm, at: 3)]).isEmpty)
    }

    @Test("the alarm is back to OK while waiting: a new wait, then the OK actions")
    func backWhileWaiting() throws {
        #expect(try run([c(.alarm, at: 2), c(.ok, at: 3)]) == ["OK@5"])
    }

    @Test("the suppressor is in ALARM already: suppressed at once, and says so")
    func suppressedAtOnce() throws {
        let ran = try run([s(.alarm, at: 1), c(.alarm, at: 2)]) { time, alarm in
            guard time >= 2 else { return }
            #expect(alarm.suppression.by == "Alarm")
            #expect(
                alarm.suppression.reason
                    == "Actions suppressed by arn:aws:cloudwatch:eu-west-1:123456789012:alarm:s that transitioned to "
                    + "ALARM at Sunday 01 March, 2026 10:01:00 UTC")
        }
        #expect(ran.isEmpty)
    }

    @Test("the suppressor is back to OK: actions run when the extension is over")
    func extends() throws {
        let ran = try run([s(.alarm, at: 1), c(.alarm, at: 2), s(.ok, at: 6)]) { time, alarm in
            if (6..<9).contains(time) { #expect(alarm.suppression.reason == "Actions suppressed by ExtensionPeriod") }
        }
        #expect(ran == ["ALARM@9"])
    }

    @Test("the alarm is back to OK inside the extension: a wait replaces it, then the OK actions")
    func backInsideExtension() throws {
        #expect(try run([s(.alarm, at: 1), c(.alarm, at: 2), s(.ok, at: 6), c(.ok, at: 7)]) == ["OK@9"])
    }

    @Test("the suppressor goes into ALARM again inside the extension: suppressed again")
    func againInsideExtension() throws {
        let steps = [s(.alarm, at: 1), c(.alarm, at: 2), s(.ok, at: 4), s(.alarm, at: 5), s(.ok, at: 8)]
        #expect(try run(steps) == ["ALARM@11"])
    }

    @Test("after release the suppressor changes nothing until the alarm changes again")
    func released() throws {
        let steps = [c(.alarm, at: 2), s(.alarm, at: 5), s(.ok, at: 6), s(.alarm, at: 7), c(.ok, at: 9)]
        #expect(try run(steps) == ["ALARM@4"])
    }

    @Test("periods of 0 s release at once")
    func zeroPeriods() throws {
        #expect(try run([c(.alarm, at: 2)], wait: 0) == ["ALARM@2"])
        #expect(try run([s(.alarm, at: 1), c(.alarm, at: 2), s(.ok, at: 6)], wait: 0, extended: 0) == ["ALARM@6"])
    }

    @Test("suppression shows with disabled actions, too; nothing runs")
    func disabled() throws {
        let ran = try run([c(.alarm, at: 2)], enabled: false) { time, alarm in
            if time == 2 { #expect(alarm.suppression.reason == "Actions suppressed by WaitPeriod") }
            if time == 4 { #expect(alarm.suppression.reason == nil) }
        }
        #expect(ran.isEmpty)
    }

    @Test("history and events say that actions are suppressed, and by what")
    func documents() throws {
        var world = CompositeWorld(children: ["c", "s"])
        _ = try world.put(
            #"""
            {"AlarmName":"top","AlarmRule":"ALARM(c)","ActionsSuppressor":"s","ActionsSuppressorWaitPeriod":60,
            "ActionsSuppressorExtensionPeriod":60}
            """#)
        let effects = world.change("c", to: .alarm, atNs: Fixture.tenNs)
        let data = try Fixture.json(try #require(effects.history.first).data)
        #expect(data["newState"]?["actionsSuppressedBy"] == .string("WaitPeriod"))
        let detail = try #require(effects.events.first).detail.json
        #expect(detail["state"]?["actionsSuppressedReason"] == .string("Actions suppressed by WaitPeriod"))
        #expect(detail["configuration"]?["actionsSuppressorWaitPeriod"] == .integer(60))
    }

    @Test("another suppressor ends running periods")
    func otherSuppressor() throws {
        var world = CompositeWorld(children: ["c", "s", "t"])
        func put(_ suppressor: String) throws {
            _ = try world.put(
                #"""
                {"AlarmName":"top","AlarmRule":"ALARM(c)","AlarmActions":["\#(Self.topic)"],
                "ActionsSuppressor":"\#(suppressor)","ActionsSuppressorWaitPeriod":60,
                "ActionsSuppressorExtensionPeriod":60}
                """#)
        }
        try put("s")
        world.change("c", to: .alarm, atNs: Fixture.tenNs)
        try put("t")
        var alarm = try #require(world.composites["top"])
        #expect(!alarm.suppression.phase.isActive)
        #expect(alarm.tick(nowNs: Fixture.tenNs + Fixture.minute).isEmpty)
    }
}
