import Testing
import VarveEvents
import VarveJSON

@testable import VarveAlarms

@Suite struct EvaluationWindowTests {
    private static let day: Int64 = 86_400
    /// 2026-03-29T00:00:00Z, the day on which clocks go forward in Berlin at 01:00Z.
    private static let springNs: Int64 = 1_774_742_400 * Fixture.second

    /// A zone that has nothing but a rule: a zone file of version 3 without transitions.
    private func zone(_ rule: String) throws -> TimeZoneRules {
        func block() -> [UInt8] {
            // Counts: no indicators, leap seconds and transitions, one type, four characters of names.
            let counts: [[UInt8]] = [0, 0, 0, 0, 1, 4].map { [0, 0, 0, $0] }
            return Array("TZif3".utf8) + [UInt8](repeating: 0, count: 15) + counts.joined() + [0, 0, 0, 0, 0, 0]
                + Array("ABC\0".utf8)
        }
        return try TimeZoneRules.decode(block() + block() + Array("\n\(rule)\n".utf8))
    }

    private func definition(
        period: Int, periods: Int = 1, window: String = #"{"WallClockWindow": {}}"#
    ) throws -> MetricAlarmDefinition {
        try Fixture.metric(
            #"""
            {"AlarmName": "w", "Namespace": "App", "MetricName": "Jobs", "Statistic": "Sum", "Period": \#(period),
             "EvaluationPeriods": \#(periods), "Threshold": 1, "ComparisonOperator": "LessThanThreshold",
             "EvaluationWindow": \#(window)}
            """#)
    }

    private func refusal(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch { return (error as? AlarmRefusal)?.message }
    }

    @Test("windows and warm-ups are read, written back and compared as they were given")
    func roundTrip() throws {
        for window in [#"{"SlidingWindow":{}}"#, #"{"WallClockWindow":{"Timezone":"Europe/Berlin"}}"#] {
            let read = try definition(period: 3_600, window: window)
            #expect(read.json["EvaluationWindow"].map { String(decoding: $0.encoded, as: UTF8.self) } == window)
            #expect(try MetricAlarmDefinition(read.json) == read)
        }
        let plain = try Fixture.definition()
        let sliding = try Fixture.definition(extra: #", "EvaluationWindow": {"SlidingWindow": {}}"#)
        #expect(plain.isSame(as: sliding))
        let warm = try Fixture.definition(extra: #", "WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 30}"#)
        #expect(warm.warmUp == AlarmWarmUp(minutes: 30) && !warm.isSame(as: plain))
        #expect(try MetricAlarmDefinition(warm.json) == warm)
    }

    @Test("what is no window, no warm-up, or a period that no clock has, is refused")
    func refusals() throws {
        for window in ["{}", #"{"SlidingWindow": {}, "WallClockWindow": {}}"#] {
            #expect(
                refusal { _ = try definition(period: 60, window: window) }
                    == "EvaluationWindow must have exactly one of SlidingWindow and WallClockWindow.")
        }
        #expect(
            refusal { _ = try definition(period: 120) }
                == "Period must be 60, 300, 3600, 86400 or 604800 for alarms with a WallClockWindow")
        #expect(refusal { _ = try definition(period: 120, window: #"{"SlidingWindow": {}}"#) } == nil)
        let long = #", "WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 2881}"#
        #expect(
            refusal { _ = try Fixture.definition(extra: long) }
                == "1 validation error detected: Value '2881' at 'warmUpConfiguration.warmUpPeriodDurationInMinutes' "
                + "failed to satisfy constraint: Member must have value less than or equal to 2880")
        #expect(refusal { _ = try Fixture.definition(extra: #", "WarmUpConfiguration": {}"#) } != nil)
    }

    @Test("hours are those of the zone, also where it is half an hour off")
    func hours() throws {
        let alarm = try definition(period: 3_600, periods: 2)
        let nowNs = Self.springNs + 40 * Fixture.minute
        let zone = try #require(TimeZoneRules.fixed("UTC+05:30"))
        let range = alarm.dataRange(nowNs: nowNs, in: zone)
        #expect(range.isUniform && range.count == 4)
        #expect(range.endNs == Self.springNs + 30 * Fixture.minute)
        #expect(alarm.dataRange(nowNs: nowNs).endNs == Self.springNs)
        #expect(range.endNs - range.startNs == 4 * 60 * Fixture.minute)
    }

    @Test("the day on which clocks go forward has 23 hours, the one on which they go back 25")
    func days() throws {
        let berlin = try zone("CET-1CEST,M3.5.0,M10.5.0/3")
        let alarm = try definition(period: 86_400, periods: 3)
        let hour = 60 * Fixture.minute
        // Noon of the next day: the last whole day is the short one, which ended at 22:00Z.
        let spring = alarm.dataRange(nowNs: Self.springNs + 34 * hour, in: berlin)
        #expect(spring.endNs == Self.springNs + 22 * hour)
        #expect(spring.timestamp(ofSlot: 4) == Self.springNs - hour)
        #expect(spring.uniformParts.map(\.count) == [4, 1])
        #expect(spring.uniformParts.map { $0.periodNs / hour } == [24, 23])
        #expect(spring.slot(of: Self.springNs - hour) == 4 && spring.slot(of: Self.springNs - hour - 1) == 3)
        #expect(spring.slot(of: spring.startNs) == 0 && spring.slot(of: spring.endNs) == nil)
        // 2026-10-25, 210 days later.
        let autumnNs = Self.springNs + 210 * 24 * hour
        let autumn = alarm.dataRange(nowNs: autumnNs + 3 * 24 * hour, in: berlin)
        #expect(autumn.uniformParts.map { $0.periodNs / hour } == [24, 25, 24])
        #expect(autumn.endNs == autumnNs + 71 * hour)
    }

    @Test("a midnight that clocks show twice begins one day")
    func twoMidnights() throws {
        let havana = try zone("CST5CDT,M3.2.0/0,M11.1.0/1")
        let hour = 60 * Fixture.minute
        // 2026-11-01T00:00Z; clocks go back at 05:00Z, from 01:00 to 00:00.
        let firstNs = Self.springNs + 217 * 24 * hour
        let range = try definition(period: 86_400).dataRange(nowNs: firstNs + 40 * hour, in: havana)
        #expect((0..<3).map { (range.timestamp(ofSlot: $0) - firstNs) / hour } == [-44, -20, 4])
        #expect(range.endNs == firstNs + 29 * hour)
    }

    @Test("calendar weeks begin on Mondays")
    func weeks() throws {
        // 2026-03-29 is a Sunday.
        let week = try definition(period: 604_800)
        let range = week.dataRange(nowNs: Self.springNs + 12 * 60 * Fixture.minute)
        #expect(range.endNs == Self.springNs - 6 * Self.day * Fixture.second)
        #expect(range.isUniform && range.count == 3)
        let next = week.dataRange(nowNs: Self.springNs + Self.day * Fixture.second)
        #expect(next.endNs == Self.springNs + Self.day * Fixture.second)
    }

    @Test(
        "boundaries are whole hours, days and weeks on the wall, follow each other, and the last is the newest",
        arguments: [
            "CET-1CEST,M3.5.0,M10.5.0/3", "CST5CDT,M3.2.0/0,M11.1.0/1", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
            "IST-5:30", "<-0330>3:30<-0230>,M3.2.0,M11.1.0",
        ])
    func boundaries(rule: String) throws {
        let zone = try zone(rule)
        for period in EvaluationWindow.wallClockPeriods.map(Int64.init) {
            let clock = WallClock(zone: zone, period: period)
            // Every 5 h 7 min of a year.
            for step in 0..<1_713 {
                let instant = 1_774_742_400 + Int64(step) * 18_420
                let edges = clock.edges(endingAt: instant, count: 3)
                #expect(zip(edges, edges.dropFirst()).allSatisfy { $1 - $0 >= 1_800 || $1 - $0 == period })
                #expect(edges[3] <= instant && instant - edges[3] < period + 3_600)
                // A boundary is its own, and what follows belongs to it.
                #expect(edges.allSatisfy { clock.boundary(notAfter: $0) == $0 })
                let isWhole = edges.allSatisfy { edge in
                    let local = edge + zone.offset(at: edge)
                    let phase: Int64 = period == 604_800 ? 4 * Self.day : 0
                    // Where clocks jump over the boundary it is the instant of the jump.
                    return (local - phase) % period == 0 || zone.offset(at: edge) != zone.offset(at: edge - 1)
                }
                #expect(isWhole, "\(rule) \(period) \(instant)")
            }
        }
    }

    @Test("a point counts for the day on the wall that it belongs to")
    func evaluates() throws {
        let berlin = try zone("CET-1CEST,M3.5.0,M10.5.0/3")
        let definition = try definition(period: 86_400, periods: 2)
        var alarm = Fixture.alarm(definition)
        let hour = 60 * Fixture.minute
        let nowNs = Self.springNs + 34 * hour
        let range = definition.dataRange(nowNs: nowNs, in: berlin)
        let points =
            [AlarmPoint(timestampNs: range.timestamp(ofSlot: 2), value: 0)]
            + [AlarmPoint(timestampNs: range.timestamp(ofSlot: 3), value: 0)]
        let input = AlarmInput(
            range: range, queryNs: nowNs, outcome: .series([AlarmSeries(points: points)], isPartial: false))
        _ = alarm.evaluate(input, nowNs: nowNs)
        #expect(alarm.state == .alarm)
        let data = try #require(alarm.value.reasonData)
        #expect(data.contains(#""startDate":"2026-03-27T23:00:00.000+0000""#), "\(data)")
    }

    @Test("fixed offsets are multiples of five minutes with a sign")
    func fixedOffsets() {
        for (text, seconds) in [("+05:30", 19_800), ("UTC-03:00", -10_800), ("UTC+00:00", 0), ("+18:00", 64_800)] {
            #expect(TimeZoneRules.fixed(text)?.offset(at: 0) == Int64(seconds))
        }
        for text in ["", "UTC", "05:30", "+5:30", "+05:31", "+05:60", "+18:05", "+0530", "GMT+01:00", "+05:3\u{e9}"] {
            #expect(TimeZoneRules.fixed(text) == nil, "\(text)")
        }
    }
}

@Suite struct WarmUpTests {
    private func alarm(periods: Int = 1, minutes: Int = 30, wait: Bool? = nil) throws -> Alarm {
        let waiting = wait.map { #", "OnlyStartEvaluatingAfterWarmUpPeriodEnds": \#($0)"# } ?? ""
        return Fixture.alarm(
            try Fixture.definition(
                periods: periods,
                extra: #"""
                    , "WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": \#(minutes)\#(waiting)},
                    "TreatMissingData": "breaching", "AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:ops"]
                    """#))
    }

    private func evaluate(_ alarm: inout Alarm, _ drawing: String, minute: Int64) throws -> [AlarmEffect] {
        let nowNs = Fixture.createdNs + minute * Fixture.minute
        let definition = try #require(alarm.definition.metric)
        return alarm.evaluate(Fixture.input(definition, drawing, nowNs: nowNs), nowNs: nowNs)
    }

    @Test("during its warm-up an alarm without data stays as it was created, says so, and is due when that ends")
    func waits() throws {
        var alarm = try alarm()
        #expect(alarm.evaluationState == .inWarmUp)
        #expect(alarm.nextTickNs == Fixture.createdNs + 30 * Fixture.minute)
        let early = try evaluate(&alarm, "- - -", minute: 29)
        #expect(early.isEmpty && alarm.state == .insufficientData && alarm.evaluationState == .inWarmUp)
        let late = try evaluate(&alarm, "- - -", minute: 30)
        #expect(late.actions.count == 1 && alarm.state == .alarm && alarm.evaluationState == nil)
        #expect(alarm.nextTickNs == nil)
    }

    @Test("data for every one of N periods end the warm-up, unless it is to be waited out")
    func endsEarly() throws {
        var eager = try alarm(periods: 2)
        #expect(try evaluate(&eager, "- - - 0", minute: 2).isEmpty)
        #expect(eager.isWarmingUp)
        let filled = try evaluate(&eager, "- - 0 0", minute: 3)
        #expect(eager.state == .ok && !filled.isEmpty && eager.evaluationState == nil)
        var patient = try alarm(wait: true)
        #expect(try evaluate(&patient, "X X X", minute: 29).isEmpty)
        #expect(patient.isWarmingUp)
        #expect(!patient.tick(nowNs: Fixture.createdNs + 30 * Fixture.minute).contains { _ in true })
        #expect(!patient.isWarmingUp && patient.evaluationState == nil)
    }

    @Test("a state that is set by hand during the warm-up runs no actions")
    func actionsWait() throws {
        var alarm = try alarm()
        let effects = try alarm.setState(.alarm, reason: "drill", nowNs: Fixture.createdNs + Fixture.minute)
        #expect(alarm.state == .alarm && effects.actions.isEmpty)
        var warm = alarm
        warm.endWarmUp()
        _ = try warm.setState(.ok, reason: "", nowNs: Fixture.createdNs + 2 * Fixture.minute)
        let later = try warm.setState(.alarm, reason: "drill", nowNs: Fixture.createdNs + 3 * Fixture.minute)
        #expect(later.actions.count == 1)
    }

    @Test("a warm-up is stored, gets another length from the same beginning, and does not begin again")
    func survives() throws {
        var alarm = try alarm()
        #expect(try Alarm.decode(alarm.encode()) == alarm)
        let nowNs = Fixture.createdNs + 10 * Fixture.minute
        guard case .metric(let longer) = try self.alarm(minutes: 60).definition,
            case .metric(let shorter) = try self.alarm(minutes: 5).definition
        else { return }
        _ = try alarm.update(longer, nowNs: nowNs)
        #expect(alarm.nextTickNs == Fixture.createdNs + 60 * Fixture.minute)
        _ = try alarm.update(shorter, nowNs: nowNs)
        #expect(!alarm.isWarmingUp && alarm.evaluationState == nil)
        _ = try alarm.update(longer, nowNs: nowNs)
        #expect(!alarm.isWarmingUp)
        #expect(try Alarm.decode(alarm.encode()) == alarm)
    }
}
