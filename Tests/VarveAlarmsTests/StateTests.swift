import Testing
import VarveJSON
import VarveModel
import VarveTestKit

@testable import VarveAlarms

/// What happens to an alarm beside its evaluation.
@Suite struct StateTests {
    private static let topic = "arn:aws:sns:eu-west-1:123456789012:ops"
    private static let scaling = "arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:x"

    private func alarm(_ extra: String = #","AlarmActions":["arn:aws:sns:eu-west-1:123456789012:ops"]"#) throws -> Alarm
    {
        Fixture.alarm(try Fixture.definition(periods: 1, extra: extra))
    }

    private func evaluate(_ alarm: inout Alarm, _ drawing: String, minute: Int = 0) throws -> [AlarmEffect] {
        let nowNs = Fixture.tenNs + Int64(minute) * Fixture.minute
        return alarm.evaluate(
            Fixture.input(try #require(alarm.definition.metric), drawing, nowNs: nowNs), nowNs: nowNs)
    }

    @Test("a new alarm says so")
    func created() throws {
        let (alarm, effects) = Alarm.create(try Fixture.definition(), in: Fixture.scope, nowNs: Fixture.createdNs)
        #expect(alarm.state == .insufficientData)
        #expect(alarm.value.reason == "Unchecked: Initial alarm creation")
        let data = try Fixture.json(try #require(effects.history.first).data)
        #expect(data["type"] == .string("Create"))
        #expect(data["createdAlarm"]?["metricName"] == .string("Cpu"))
        #expect(data["createdAlarm"]?["okactions"] == .array([]))
        #expect(data["createdAlarm"]?["alarmDescription"] == nil)
        let detail = try #require(effects.events.first).detail.json
        #expect(detail["operation"] == .string("create"))
        #expect(detail["configuration"]?["threshold"] == .number(50))
    }

    @Test("while the state stays, reason and timestamps stay, and nothing is written")
    func noChange() throws {
        var alarm = try alarm()
        let effects1 = try evaluate(&alarm, "X")
        #expect(effects1.actions.count == 1)
        let before = alarm
        for minute in 1..<5 {
            let effects = try evaluate(&alarm, "X", minute: minute)
            #expect(effects.isEmpty)
        }
        #expect(alarm == before)
    }

    @Test("a query that failed decides nothing")
    func failures() throws {
        var alarm = try alarm()
        _ = try evaluate(&alarm, "X")
        let definition = try #require(alarm.definition.metric)
        var input = Fixture.input(definition, "0", nowNs: Fixture.tenNs)
        input.outcome = .failure
        #expect(alarm.evaluate(input, nowNs: Fixture.tenNs).isEmpty)
        #expect(alarm.evaluationState == .evaluationFailure)
        input.outcome = .error("unknown function")
        _ = alarm.evaluate(input, nowNs: Fixture.tenNs)
        #expect(alarm.evaluationState == .evaluationError)
        input.outcome = .series([AlarmSeries(points: []), AlarmSeries(points: [])], isPartial: false)
        _ = alarm.evaluate(input, nowNs: Fixture.tenNs)
        #expect(alarm.evaluationState == .evaluationError)
        #expect(alarm.state == .alarm)
        _ = try evaluate(&alarm, "X", minute: 1)
        #expect(alarm.evaluationState == nil)
    }

    @Test("SetAlarmState: changes and runs actions; the same state changes nothing; the next evaluation overrides it")
    func setState() throws {
        var alarm = try alarm()
        _ = try evaluate(&alarm, "0")
        let before = alarm
        let effects2 = try alarm.setState(.ok, reason: "again", nowNs: Fixture.tenNs)
        #expect(effects2.isEmpty)
        #expect(alarm == before)
        let effects = try alarm.setState(
            .alarm, reason: "drill", reasonData: #"{"by":"me"}"#, nowNs: Fixture.tenNs + 1)
        #expect(effects.actions.map(\.target) == [Self.topic])
        #expect(alarm.value.reason == "drill")
        #expect(alarm.value.reasonData == #"{"by":"me"}"#)
        let effects3 = try evaluate(&alarm, "0", minute: 1)
        #expect(effects3.history.map(\.summary) == ["Alarm updated from ALARM to OK"])
        _ = try alarm.setState(.alarm, reason: "", nowNs: 0)
        #expect(alarm.value.reason == nil)
        #expect(throws: AlarmRefusal(code: "InvalidFormat", message: "StateReasonData is not valid JSON")) {
            try alarm.setState(.ok, reason: "", reasonData: "{", nowNs: 0)
        }
        #expect(throws: AlarmRefusal.self) {
            try alarm.setState(.ok, reason: String(repeating: "x", count: 1_024), nowNs: 0)
        }
        let message =
            "1 validation error detected: Value 'X' at 'stateValue' failed to satisfy constraint: Member must satisfy "
            + "enum value set: [INSUFFICIENT_DATA, ALARM, OK]"
        #expect(throws: AlarmRefusal.validation(message)) { try AlarmState.read("X") }
    }

    @Test("disabled actions do not run and are not caught up on")
    func disabled() throws {
        var alarm = try alarm()
        let effects = alarm.setActionsEnabled(false, nowNs: Fixture.tenNs)
        #expect(effects.history.map(\.summary) == [#"Alarm "cpu-high" updated"#])
        #expect(alarm.configurationUpdatedNs == Fixture.tenNs)
        #expect(alarm.setActionsEnabled(false, nowNs: Fixture.tenNs + 1).isEmpty)
        let effects4 = try evaluate(&alarm, "X")
        #expect(effects4.actions.isEmpty)
        #expect(alarm.setActionsEnabled(true, nowNs: Fixture.tenNs + 2).actions.isEmpty)
        let effects5 = try evaluate(&alarm, "X", minute: 1)
        #expect(effects5.isEmpty)
    }

    @Test("an update keeps the state and says what changed; an identical one changes nothing")
    func update() throws {
        var alarm = try alarm()
        _ = try evaluate(&alarm, "X")
        let before = alarm
        let same = try #require(alarm.definition.metric)
        let effects6 = try alarm.update(same, nowNs: Fixture.tenNs + 1)
        #expect(effects6.isEmpty)
        #expect(alarm == before)
        let other = try Fixture.definition(periods: 2)
        let effects = try alarm.update(other, nowNs: Fixture.tenNs + Fixture.minute)
        #expect(alarm.value == before.value)
        #expect(alarm.configurationUpdatedNs == Fixture.tenNs + Fixture.minute)
        let data = try Fixture.json(try #require(effects.history.first).data)
        #expect(data["type"] == .string("Update"))
        #expect(
            data["originalUpdatedFields"]?.members.map(\.name)
                == ["alarmConfigurationUpdatedTimestamp", "evaluationPeriods", "alarmActions"])
        #expect(data["originalUpdatedFields"]?["evaluationPeriods"] == .integer(1))
        let detail = try #require(effects.events.first).detail.json
        #expect(detail["previousConfiguration"]?["evaluationPeriods"] == .integer(1))
        #expect(alarm.deletionEffects(nowNs: 0).history.map(\.summary) == [#"Alarm "cpu-high" deleted"#])
    }

    @Test("Auto Scaling runs again every minute while the state lasts")
    func autoScaling() throws {
        var alarm = try alarm(#","AlarmActions":["\#(Self.topic)","\#(Self.scaling)"]"#)
        let effects7 = try evaluate(&alarm, "X")
        #expect(effects7.actions.map(\.target) == [Self.topic, Self.scaling])
        for minute in 1...3 {
            let dueNs = Fixture.tenNs + Int64(minute) * Fixture.minute
            #expect(alarm.nextTickNs == dueNs)
            #expect(alarm.tick(nowNs: dueNs - 1).isEmpty)
            let actions = alarm.tick(nowNs: dueNs).actions
            #expect(actions.map(\.target) == [Self.scaling])
            #expect(actions.map(\.isRepeat) == [true])
        }
        _ = try evaluate(&alarm, "0", minute: 4)
        #expect(alarm.nextTickNs == nil)
        #expect(alarm.tick(nowNs: Fixture.tenNs + 10 * Fixture.minute).isEmpty)
    }

    // MARK: - Mute

    private func window(_ minutes: Range<Int>) -> MuteWindow {
        MuteWindow(
            ruleARN: "arn:aws:cloudwatch:eu-west-1:123456789012:alarm-mute-rule:night",
            startNs: Fixture.tenNs + Int64(minutes.lowerBound) * Fixture.minute,
            endNs: Fixture.tenNs + Int64(minutes.upperBound) * Fixture.minute)
    }

    /// Points of minutes 0, 1, … with a window from minute 1 to 4.
    /// - Returns: the actions, as `STATE@minute`, with `!` when held back until then.
    private func muted(_ states: [String], ok: Bool = true) throws -> [String] {
        let okActions = ok ? #","OKActions":["\#(Self.topic)"]"# : ""
        var alarm = try alarm(#","AlarmActions":["\#(Self.topic)"]\#(okActions)"#)
        var ran: [String] = []
        for (minute, state) in states.enumerated() {
            let nowNs = Fixture.tenNs + Int64(minute) * Fixture.minute
            var effects = minute == 1 ? alarm.setMute([window(1..<4)], nowNs: nowNs) : []
            effects += alarm.tick(nowNs: nowNs)
            let evaluated = try evaluate(&alarm, state, minute: minute)
            if (1..<4).contains(minute) {
                #expect(evaluated.events.allSatisfy { $0.detail.json["muteDetail"]?["mutedByArn"] != nil })
                #expect(alarm.nextTickNs == Fixture.tenNs + 4 * Fixture.minute)
            }
            ran += (effects + evaluated).actions.map { "\($0.state.rawValue)@\(minute)\($0.isAfterMute ? "!" : "")" }
        }
        return ran
    }

    @Test("actions are held during a window, and run once afterwards if there is something to tell")
    func mute() throws {
        #expect(try muted(["0", "X", "X", "X", "X"]) == ["OK@0", "ALARM@4!"])
        #expect(try muted(["0", "X", "0", "0", "0"]) == ["OK@0"])
        #expect(try muted(["X", "0", "0", "0", "0"]) == ["ALARM@0", "OK@4!"])
        #expect(try muted(["X", "0", "X", "X", "X"]) == ["ALARM@0", "ALARM@4!"])
        #expect(try muted(["X", "X", "X", "X", "X"]) == ["ALARM@0"])
        #expect(try muted(["X", "X", "X", "X", "0"]) == ["ALARM@0", "OK@4"])
        #expect(try muted(["X", "0", "0", "0", "0"], ok: false) == ["ALARM@0"])
    }

    @Test("the message after a window says so; a rule that is deleted ends it early")
    func muteMessage() throws {
        var alarm = try alarm()
        _ = try evaluate(&alarm, "0")
        _ = alarm.setMute([window(0..<10)], nowNs: Fixture.tenNs)
        let effects8 = try evaluate(&alarm, "X", minute: 1)
        #expect(effects8.actions.isEmpty)
        let action = try #require(alarm.setMute([], nowNs: Fixture.tenNs + 2 * Fixture.minute).actions.first)
        let message = try Fixture.json(action.message)
        #expect(message["ActionExecutedAfterMuteWindow"] == .bool(true))
        #expect(message["OldStateValue"] == .string("OK"))
        #expect(alarm.mute == nil)
    }

    @Test("a transition after the end of a window is not held, also when the tick is late")
    func lateTick() throws {
        var alarm = try alarm()
        _ = try evaluate(&alarm, "0")
        _ = alarm.setMute([window(0..<5)], nowNs: Fixture.tenNs)
        let effects = try evaluate(&alarm, "X", minute: 6)
        #expect(effects.actions.map(\.isAfterMute) == [false])
        #expect(alarm.mute == nil)
    }

    @Test("an update begins or ends repeated actions")
    func repeatsAfterUpdate() throws {
        var alarm = try alarm()
        _ = try evaluate(&alarm, "X")
        #expect(alarm.nextTickNs == nil)
        let scaling = try Fixture.definition(periods: 1, extra: #","AlarmActions":["\#(Self.scaling)"]"#)
        _ = try alarm.update(scaling, nowNs: Fixture.tenNs)
        #expect(alarm.tick(nowNs: Fixture.tenNs + Fixture.minute).actions.map(\.target) == [Self.scaling])
        _ = try alarm.update(try Fixture.definition(periods: 1), nowNs: Fixture.tenNs + Fixture.minute)
        #expect(alarm.nextTickNs == nil)
    }

    @Test("a mute rule outranks the suppressor: what is released inside a window runs after it")
    func muteOutranks() throws {
        var world = CompositeWorld(children: ["c", "s"])
        _ = try world.put(
            #"""
            {"AlarmName":"top","AlarmRule":"ALARM(c)","AlarmActions":["\#(Self.topic)"],"ActionsSuppressor":"s",
            "ActionsSuppressorWaitPeriod":60,"ActionsSuppressorExtensionPeriod":60}
            """#)
        _ = world.composites["top"]?.tick(nowNs: Fixture.tenNs)
        _ = world.composites["top"]?.setMute([window(0..<5)], nowNs: Fixture.tenNs)
        world.change("c", to: .alarm, atNs: Fixture.tenNs + Fixture.minute)
        var alarm = try #require(world.composites["top"])
        #expect(alarm.tick(nowNs: Fixture.tenNs + 2 * Fixture.minute).isEmpty)
        let effects = alarm.tick(nowNs: Fixture.tenNs + 5 * Fixture.minute)
        #expect(effects.actions.map(\.isAfterMute) == [true])
    }

    // MARK: - Coding

    @Test("an alarm with everything reads back; members of later versions are passed over")
    func coding() throws {
        var world = CompositeWorld(children: ["c", "s"])
        _ = try world.put(
            #"""
            {"AlarmName":"top","AlarmRule":"ALARM(c)","ActionsSuppressor":"s","ActionsSuppressorWaitPeriod":60,
            "ActionsSuppressorExtensionPeriod":60,"Tags":[{"Key":"team","Value":"ops"}]}
            """#)
        world.change("s", to: .alarm, atNs: 5)
        _ = world.composites["top"]?.setMute([window(0..<5)], nowNs: Fixture.tenNs)
        world.change("c", to: .alarm, atNs: Fixture.tenNs)
        let alarm = try #require(world.composites["top"])
        #expect(alarm.suppression.by == "Alarm" && alarm.mute != nil && !alarm.tags.isEmpty)
        #expect(try Alarm.decode(alarm.encode()) == alarm)
        var members = try JSONReader.read(alarm.encode()).members
        members.append(JSONMember("later", .object([])))
        #expect(try Alarm.decode(JSONValue.object(members).encoded) == alarm)
    }

    @Test("times at the ends of the range are refused: sums with them would overflow")
    func absurdTimes() throws {
        var alarm = try alarm(#","AlarmActions":["\#(Self.scaling)"]"#)
        _ = try evaluate(&alarm, "X")
        let members = try JSONReader.read(alarm.encode()).members
        for name in ["created", "configurationUpdated", "repeated"] {
            var changed = members
            let index = try #require(changed.firstIndex { $0.name == name })
            changed[index].value = .integer(.max)
            #expect(throws: AlarmDecodingError(reason: "\(name) is no time")) {
                try Alarm.decode(JSONValue.object(changed).encoded)
            }
        }
    }

    @Test("damaged bytes are refused or read, never trapped on", arguments: UInt64(0)..<10)
    func decoderFuzz(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var alarm = try alarm(#","AlarmActions":["\#(Self.scaling)"]"#)
        _ = try evaluate(&alarm, "X")
        _ = alarm.setMute([window(0..<5)], nowNs: Fixture.tenNs)
        let bytes = alarm.encode()
        for _ in 0..<50 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: damaged.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: damaged[index] = UInt8.random(in: 0x20..<0x7f, using: &generator)
                case 1: damaged.remove(at: index)
                default: damaged.insert(damaged[Int.random(in: damaged.indices, using: &generator)], at: index)
                }
            }
            // Either is right; what is read can be written again.
            if let read = try? Alarm.decode(damaged) {
                #expect(try Alarm.decode(read.encode()) == read, "seed \(seed)")
            }
        }
    }
}
