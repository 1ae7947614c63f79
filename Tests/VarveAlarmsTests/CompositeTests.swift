import Testing
import VarveJSON
import VarveModel

@testable import VarveAlarms

/// A handful of alarms that know of each other, as a service would keep them.
struct CompositeWorld {
    var standings: [String: AlarmStanding] = [:]
    var graph = CompositeGraph()
    var composites: [String: Alarm] = [:]
    static let scope = Fixture.scope

    init(children: [String]) {
        for name in children { setChild(name, .ok, atNs: Fixture.createdNs) }
    }

    private mutating func setChild(_ name: String, _ state: AlarmState, atNs: Int64) {
        standings[name] = AlarmStanding(
            arn: Alarm.arn(of: name, in: Self.scope), state: state, transitionedNs: atNs)
    }

    mutating func put(_ text: String, nowNs: Int64 = Fixture.createdNs) throws -> [AlarmEffect] {
        let definition = try Fixture.composite(text)
        let (standings, graph) = (standings, graph)
        var effects: [AlarmEffect]
        if var alarm = composites[definition.name] {
            effects = try alarm.update(definition, graph: graph, nowNs: nowNs) { standings[$0] }
            composites[definition.name] = alarm
        } else {
            let made = try Alarm.create(definition, in: Self.scope, graph: graph, nowNs: nowNs) { standings[$0] }
            composites[definition.name] = made.alarm
            effects = made.effects
        }
        self.graph.set(definition)
        return effects + tellParents(of: definition.name, nowNs: nowNs)
    }

    /// Changes a child's state and tells everybody.
    @discardableResult
    mutating func change(_ name: String, to state: AlarmState, atNs: Int64) -> [AlarmEffect] {
        setChild(name, state, atNs: atNs)
        return notify(name, nowNs: atNs)
    }

    private mutating func notify(_ name: String, nowNs: Int64) -> [AlarmEffect] {
        var effects: [AlarmEffect] = []
        for parent in graph.parents(of: name) {
            let standings = standings
            effects += composites[parent]?.childChanged(name, nowNs: nowNs) { standings[$0] } ?? []
            effects += tellParents(of: parent, nowNs: nowNs)
        }
        return effects
    }

    private mutating func tellParents(of name: String, nowNs: Int64) -> [AlarmEffect] {
        guard let alarm = composites[name] else { return [] }
        let hasChanged = standings[name]?.state != alarm.state
        standings[name] = alarm.standing
        return hasChanged ? notify(name, nowNs: nowNs) : []
    }
}

@Suite struct CompositeTests {
    private static let topic = "arn:aws:sns:eu-west-1:123456789012:ops"
    private static let arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:"

    private static func rule(_ rule: String, name: String = "top", extra: String = "") -> String {
        #"{"AlarmName":"\#(name)","AlarmRule":"\#(rule)","AlarmActions":["\#(topic)"],"#
            + #""OKActions":["\#(topic)"]\#(extra)}"#
    }

    @Test("a new composite alarm is evaluated at once; a child's change is its reason from then on")
    func reasons() throws {
        var world = CompositeWorld(children: ["a", "b"])
        let created = try world.put(Self.rule("ALARM(a) OR ALARM(b)"))
        #expect(
            created.history.map(\.summary) == [#"Alarm "top" created"#, "Alarm updated from INSUFFICIENT_DATA to OK"])
        #expect(
            world.composites["top"]?.value.reason == "\(Self.arn)top was created and its alarm rule evaluates to OK")
        #expect(created.actions.map(\.target) == [Self.topic])
        // 2022-07-22T15:57:45Z
        let atNs: Int64 = 1_658_505_465_000_000_000
        let effects = world.change("b", to: .alarm, atNs: atNs)
        let top = try #require(world.composites["top"])
        #expect(top.state == .alarm)
        #expect(top.value.reason == "\(Self.arn)b transitioned to ALARM at Friday 22 July, 2022 15:57:45 UTC")
        #expect(
            top.value.reasonData
                == #"{"triggeringAlarms":[{"arn":"\#(Self.arn)b","state":{"value":"ALARM","#
                + #""timestamp":"2022-07-22T15:57:45.000+0000"}}]}"#)
        let message = try Fixture.json(try #require(effects.actions.first).message)
        #expect(message["AlarmRule"] == .string("ALARM(a) OR ALARM(b)"))
        #expect(message["Trigger"] == nil)
        #expect(message["TriggeringChildren"]?.array?.first?["Arn"] == .string("\(Self.arn)b"))
        #expect(world.change("a", to: .alarm, atNs: atNs + 1).isEmpty)
        _ = try world.put(Self.rule("ALARM(a) AND OK(b)"))
        #expect(
            world.composites["top"]?.value.reason == "\(Self.arn)top was updated and its new alarm rule evaluates to OK"
        )
    }

    @Test("constant rules have no triggering alarms")
    func constant() throws {
        var world = CompositeWorld(children: [])
        _ = try world.put(Self.rule("TRUE"))
        #expect(world.composites["top"]?.state == .alarm)
        #expect(world.composites["top"]?.value.reasonData == #"{"triggeringAlarms":[]}"#)
    }

    @Test("an identical Put changes nothing; another kind is refused")
    func put() throws {
        var world = CompositeWorld(children: ["a"])
        _ = try world.put(Self.rule("ALARM(a)"))
        let before = world.composites["top"]
        #expect(try world.put(Self.rule("ALARM(a)"), nowNs: Fixture.tenNs).isEmpty)
        #expect(world.composites["top"] == before)
        var alarm = try #require(before)
        let metric = try Fixture.definition()
        #expect(throws: AlarmRefusal.self) { try alarm.update(metric, nowNs: 0) }
        #expect(alarm == before)
    }

    @Test("what a rule may not name")
    func refusals() throws {
        var world = CompositeWorld(children: ["a"])
        func message(_ text: String) -> String? {
            var copy = world
            do {
                _ = try copy.put(text)
                return nil
            } catch {
                return (error as? AlarmRefusal)?.message
            }
        }
        #expect(
            message(Self.rule("ALARM(a) OR ALARM(x)"))
                == "Could not save the composite alarm as alarms [\(Self.arn)x] in the alarm rule do not exist")
        #expect(
            message(Self.rule("ALARM(arn:aws:cloudwatch:eu-west-1:999999999999:alarm:a)"))
                == "A composite alarm cannot have a child relation with alarms from another AWS account")
        #expect(
            message(Self.rule("ALARM(arn:aws:cloudwatch:us-west-2:123456789012:alarm:a)"))
                == "Error in AlarmRule [Wrong ARN region, it was us-west-2 but eu-west-1 was expected instead]")
        #expect(
            message(Self.rule("ALARM(top)"))
                == "A composite alarm cannot have a child relation with itself via its AlarmRule, as it would "
                + "introduce a circular dependency")
        _ = try world.put(Self.rule("ALARM(a)"))
        for index in 0..<149 { _ = try world.put(Self.rule("ALARM(a)", name: "p\(index)")) }
        #expect(message(Self.rule("ALARM(a)", name: "one-more"))?.contains("150") == true)
        #expect(message(Self.rule("NOT ALARM(a)")) == nil)
    }

    @Test("circles are allowed, are evaluated no more, and cannot be deleted until a rule is changed")
    func cycles() throws {
        var world = CompositeWorld(children: ["a"])
        _ = try world.put(Self.rule("ALARM(a)", name: "one"))
        _ = try world.put(Self.rule("ALARM(one)", name: "two"))
        _ = try world.put(Self.rule("ALARM(two)", name: "three"))
        _ = try world.put(Self.rule("ALARM(a) OR ALARM(two)", name: "one"))
        #expect(world.graph.cyclic == ["one", "two"])
        #expect(world.graph.parents(of: "a").isEmpty)
        #expect(world.graph.parents(of: "two") == ["three"])
        world.change("a", to: .alarm, atNs: Fixture.tenNs)
        #expect(world.composites["one"]?.state == .ok)
        for name in ["one", "two"] {
            #expect(
                throws: AlarmRefusal.validation(
                    "Cannot delete \(name) as there are composite alarm(s) depending on it.")
            ) {
                try world.graph.checkDeletion(of: [name])
            }
        }
        _ = try world.put(Self.rule("FALSE", name: "one"))
        #expect(world.graph.cyclic.isEmpty)
        #expect(throws: Never.self) { try world.graph.checkDeletion(of: ["three"]) }
    }

    @Test("alarms that others name cannot be deleted, also not together with those")
    func deletion() throws {
        var world = CompositeWorld(children: ["a", "s"])
        _ = try world.put(
            Self.rule(
                "ALARM(a)",
                extra: #","ActionsSuppressor":"s","ActionsSuppressorWaitPeriod":1,"ActionsSuppressorExtensionPeriod":1"#
            ))
        for names in [["a"], ["s"], ["a", "top"]] {
            let message = "Cannot delete \(names[0]) as there are composite alarm(s) depending on it."
            #expect(throws: AlarmRefusal.validation(message)) { try world.graph.checkDeletion(of: names) }
        }
        #expect(throws: Never.self) { try world.graph.checkDeletion(of: ["top", "unknown"]) }
        world.graph.remove("top")
        #expect(throws: Never.self) { try world.graph.checkDeletion(of: ["a", "s"]) }
    }

    @Test("a state that was set by hand stays until a child changes, also after a restart")
    func byHand() throws {
        var world = CompositeWorld(children: ["a"])
        _ = try world.put(Self.rule("ALARM(a)"))
        var alarm = try #require(world.composites["top"])
        _ = try alarm.setState(.alarm, reason: "drill", nowNs: Fixture.tenNs)
        let standings = world.standings
        #expect(alarm.recover(nowNs: Fixture.tenNs) { standings[$0] }.isEmpty)
        #expect(alarm.state == .alarm)
        #expect(!alarm.childChanged("a", nowNs: Fixture.tenNs + 1) { standings[$0] }.isEmpty)
        #expect(alarm.state == .ok)
    }

    @Test("a change that nobody told of is made up for after a restart")
    func recovers() throws {
        var world = CompositeWorld(children: ["a"])
        _ = try world.put(Self.rule("ALARM(a)"))
        var alarm = try #require(world.composites["top"])
        let child = AlarmStanding(arn: "\(Self.arn)a", state: .alarm, transitionedNs: 1_658_505_465_000_000_000)
        let effects = alarm.recover(nowNs: Fixture.tenNs) { $0 == "a" ? child : nil }
        #expect(effects.history.map(\.summary) == ["Alarm updated from OK to ALARM"])
        #expect(alarm.value.reason == "\(Self.arn)a transitioned to ALARM at Friday 22 July, 2022 15:57:45 UTC")
    }
}
