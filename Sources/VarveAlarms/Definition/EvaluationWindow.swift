import VarveJSON

/// Where the periods that an evaluation looks at begin and end.
package enum EvaluationWindow: Equatable, Sendable {
    /// They end at the last whole minute or hour, and move on with every evaluation.
    case sliding
    /// They are those of clocks and calendars in a time zone, whole ones only; nil is UTC.
    case wallClock(timeZone: String?)

    /// Periods that clocks and calendars have: a minute, five, an hour, a day, a week, in seconds.
    package static let wallClockPeriods = [60, 300, 3_600, 86_400, 604_800]
}

/// A time after its creation in which an alarm is not evaluated, since what it watches only begins.
package struct AlarmWarmUp: Equatable, Sendable {
    package var minutes: Int
    /// As given; absent means false: it ends as soon as there is a point for each of N periods.
    package var isWaitedOut: Bool?

    package init(minutes: Int, isWaitedOut: Bool? = nil) {
        self.minutes = minutes
        self.isWaitedOut = isWaitedOut
    }

    /// Nanoseconds.
    package var durationNs: Int64 { Int64(minutes) * 60_000_000_000 }
}

// MARK: - JSON

extension EvaluationWindow {
    static let name = "EvaluationWindow"

    /// What a request says; nil when it says nothing.
    static func read(
        _ reader: DefinitionReader, check: inout ConstraintCheck
    ) throws(AlarmRefusal) -> EvaluationWindow? {
        guard let value = reader.value(name) else { return nil }
        let window = try DefinitionReader(value, path: name, names: ["SlidingWindow", "WallClockWindow"])
        switch (window.value("SlidingWindow"), window.value("WallClockWindow")) {
        case (let sliding?, nil):
            _ = try DefinitionReader(sliding, path: "\(name).SlidingWindow", names: [])
            return .sliding
        case (nil, let clock?):
            let members = try DefinitionReader(clock, path: "\(name).WallClockWindow", names: ["Timezone"])
            let zone = try members.string("Timezone")
            check.length(zone, "evaluationWindow.wallClockWindow.timezone", 1...50)
            return .wallClock(timeZone: zone)
        default:
            throw .validation("EvaluationWindow must have exactly one of SlidingWindow and WallClockWindow.")
        }
    }

    var json: JSONValue {
        switch self {
        case .sliding: .object([.init("SlidingWindow", .object([]))])
        case .wallClock(let zone):
            .object([.init("WallClockWindow", .object(zone.map { [.init("Timezone", .string($0))] } ?? []))])
        }
    }
}

extension AlarmWarmUp {
    static let name = "WarmUpConfiguration"
    private static let minutesName = "WarmUpPeriodDurationInMinutes"
    private static let waitName = "OnlyStartEvaluatingAfterWarmUpPeriodEnds"
    /// Two days at most.
    private static let minutesAllowed: ClosedRange<Int64> = 1...2_880

    static func read(
        _ reader: DefinitionReader, check: inout ConstraintCheck
    ) throws(AlarmRefusal) -> AlarmWarmUp? {
        guard let value = reader.value(name) else { return nil }
        let members = try DefinitionReader(value, path: name, names: [minutesName, waitName])
        let minutes = try members.integer(minutesName)
        let member = "warmUpConfiguration.warmUpPeriodDurationInMinutes"
        check.require(minutes.map(String.init), member)
        check.range(minutes, member, minutesAllowed)
        return AlarmWarmUp(minutes: Int(clamping: minutes ?? 1), isWaitedOut: try members.bool(waitName))
    }

    var json: JSONValue {
        var object = JSONObjectBuilder()
        object.add(Self.minutesName, minutes)
        object.add(Self.waitName, isWaitedOut)
        return object.value
    }
}

extension MetricAlarmDefinition {
    /// What the window demands of the periods.
    func checkEvaluationWindow() throws(AlarmRefusal) {
        guard case .wallClock = evaluationWindow else { return }
        let allowed = EvaluationWindow.wallClockPeriods
        guard allowed.contains(period) else {
            throw .validation(
                "Period must be \(allowed.dropLast().map(String.init).joined(separator: ", ")) or \(allowed[4]) for "
                    + "alarms with a WallClockWindow")
        }
        let periods = queries.flatMap { [$0.period, $0.metricStat?.period].compactMap { $0 } }
        guard periods.allSatisfy({ $0 == period }) else {
            throw .validation("All metrics of an alarm with a WallClockWindow must have the same period")
        }
    }

    /// The same alarm over periods of another length: days on which clocks are set have 23 or 25 hours.
    package func with(period seconds: Int) -> MetricAlarmDefinition {
        var copy = self
        switch source {
        case .metric(var stat):
            stat.period = seconds
            copy.source = .metric(stat)
        case .queries(let queries):
            copy.source = .queries(
                queries.map { query in
                    var query = query
                    query.metricStat?.period = seconds
                    if query.period != nil || query.expression != nil { query.period = seconds }
                    return query
                })
        }
        return copy
    }
}

extension JSONValue {
    /// With the names of members as events and history have them: `warmUpConfiguration`.
    var camelCased: JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(
            members.map { JSONMember($0.name.prefix(1).lowercased() + $0.name.dropFirst(), $0.value.camelCased) })
    }
}
