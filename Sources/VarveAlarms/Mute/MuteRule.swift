package import VarveEvents
package import VarveJSON
package import VarveModel

/// A mute rule as `PutAlarmMuteRule` takes it: windows in which the actions of some alarms are held.
package struct MuteRule: Equatable, Sendable {
    package let name: String
    package let description: String?
    /// `cron(…)` or `at(…)` as given.
    package let expression: String
    /// As given, such as `PT2H`.
    package let duration: String
    /// Name of a time zone; nil is UTC.
    package let timeZone: String?
    /// As given; no window begins earlier.
    package let startDate: String?
    /// As given; no window begins from then on.
    package let expireDate: String?
    package let alarmNames: [String]
    package let tags: [AlarmTag]
    package let schedule: MuteSchedule
    package let durationNs: Int64
    package let zone: TimeZoneRules
    package let startNs: Int64?
    package let expireNs: Int64?

    /// What a rule does now.
    package enum Status: String, Sendable {
        case scheduled = "SCHEDULED"
        case active = "ACTIVE"
        case expired = "EXPIRED"
    }

    /// `arn:aws:cloudwatch:REGION:ACCOUNT:alarm-mute-rule:NAME`
    package static func arn(of name: String, in scope: Scope) -> String {
        "arn:aws:cloudwatch:\(scope.region):\(scope.account):alarm-mute-rule:\(name)"
    }

    /// `ONE_TIME` or `RECURRING`
    package var type: String {
        if case .at = schedule { "ONE_TIME" } else { "RECURRING" }
    }
}

// MARK: - Windows

extension MuteRule {
    /// The window that is open at `nowNs`; of several the one that ends first. nil outside of all.
    package func window(at nowNs: Int64, in scope: Scope) -> MuteWindow? {
        guard let range = schedule.window(at: nowNs, durationNs: durationNs, in: zone), isAllowed(range.start) else {
            return nil
        }
        return MuteWindow(ruleARN: Self.arn(of: name, in: scope), startNs: range.start, endNs: range.end)
    }

    /// When ``window(at:in:)`` next answers something else than at `nowNs`: a window opens or the open one ends. nil
    /// when nothing will happen any more.
    package func nextChange(afterNs nowNs: Int64) -> Int64? {
        let open = schedule.window(at: nowNs, durationNs: durationNs, in: zone)
        if let open, isAllowed(open.start) { return open.end }
        return nextStart(afterNs: nowNs)
    }

    package func status(at nowNs: Int64) -> Status {
        if let open = schedule.window(at: nowNs, durationNs: durationNs, in: zone), isAllowed(open.start) {
            return .active
        }
        return nextStart(afterNs: nowNs) == nil ? .expired : .scheduled
    }

    private func nextStart(afterNs: Int64) -> Int64? {
        // A window may begin at the start date itself.
        let fromNs = max(afterNs, startNs.map { $0 == .min ? $0 : $0 - 1 } ?? .min)
        return schedule.next(afterNs: fromNs, in: zone).flatMap { isAllowed($0) ? $0 : nil }
    }

    private func isAllowed(_ windowStartNs: Int64) -> Bool {
        windowStartNs >= startNs ?? .min && windowStartNs < expireNs ?? .max
    }
}

// MARK: - JSON

extension MuteRule {
    private static let names = ["Name", "Description", "Rule", "MuteTargets", "Tags", "StartDate", "ExpireDate"]

    /// Reads and checks what `PutAlarmMuteRule` takes.
    /// - Parameter zones: finds a time zone by its name, such as `Europe/Berlin`; nil when there is none.
    /// - Throws: the service's refusal of the first thing that is wrong.
    package init(
        _ json: JSONValue, zones: (_ name: String) -> TimeZoneRules?
    ) throws(AlarmRefusal) {
        let reader = try DefinitionReader(json, names: Self.names)
        let rule = try DefinitionReader(reader.value("Rule") ?? .object([]), path: "Rule", names: ["Schedule"])
        let schedule = try DefinitionReader(
            rule.value("Schedule") ?? .object([]), path: "Rule.Schedule",
            names: ["Expression", "Duration", "Timezone"])
        let targets = try DefinitionReader(
            reader.value("MuteTargets") ?? .object([]), path: "MuteTargets", names: ["AlarmNames"])
        var check = ConstraintCheck()
        name = try Self.required(reader, "Name", "name", 1...AlarmLimits.nameCharactersMax, &check)
        description = try reader.string("Description")
        check.length(description, "description", 0...AlarmLimits.descriptionCharactersMax)
        expression = try Self.required(schedule, "Expression", "rule.schedule.expression", 1...256, &check)
        duration = try Self.required(schedule, "Duration", "rule.schedule.duration", 1...50, &check)
        timeZone = try schedule.string("Timezone")
        check.length(timeZone, "rule.schedule.timezone", 1...50)
        alarmNames = try targets.strings("AlarmNames") ?? []
        check.count(alarmNames, "muteTargets.alarmNames", 0...AlarmLimits.namesMax)
        startDate = try Self.dateText(reader, "StartDate")
        expireDate = try Self.dateText(reader, "ExpireDate")
        tags = try CommonParameters.tags(reader, &check)
        try check.finish()
        do throws(EventRefusal) {
            self.schedule = try MuteSchedule.parse(expression)
            durationNs = try MuteDuration.parse(duration)
        } catch {
            throw .validation(error.message)
        }
        guard let zone = timeZone.map(zones) ?? TimeZoneRules.utc else {
            throw .validation("The time zone \(timeZone ?? "") is not known")
        }
        self.zone = zone
        startNs = try Self.instant(startDate, "StartDate", zone)
        expireNs = try Self.instant(expireDate, "ExpireDate", zone)
        if let startNs, let expireNs, startNs >= expireNs {
            throw .validation("ExpireDate must be after StartDate")
        }
    }

    /// As `PutAlarmMuteRule` takes it. Reading it gives an equal rule.
    package var json: JSONValue {
        var timing = JSONObjectBuilder()
        timing.add("Expression", expression)
        timing.add("Duration", duration)
        timing.add("Timezone", timeZone)
        var object = JSONObjectBuilder()
        object.add("Name", name)
        object.add("Description", description)
        object.add("Rule", JSONValue.object([.init("Schedule", timing.value)]))
        if !alarmNames.isEmpty {
            let names = JSONValue.array(alarmNames.map(JSONValue.string))
            object.add("MuteTargets", JSONValue.object([.init("AlarmNames", names)]))
        }
        object.addTags(tags)
        object.add("StartDate", startDate)
        object.add("ExpireDate", expireDate)
        return object.value
    }

    private static func required(
        _ reader: DefinitionReader, _ name: String, _ member: String, _ length: ClosedRange<Int>,
        _ check: inout ConstraintCheck
    ) throws(AlarmRefusal) -> String {
        let text = try reader.string(name)
        check.require(text, member)
        check.length(text, member, length)
        return text ?? ""
    }

    /// A date as text; seconds since 1970, as some clients send, become one.
    private static func dateText(_ reader: DefinitionReader, _ name: String) throws(AlarmRefusal) -> String? {
        guard let seconds = reader.value(name)?.double else { return try reader.string(name) }
        let (ns, isTooLarge) = (Int64(exactly: seconds.rounded()) ?? .max).multipliedReportingOverflow(
            by: 1_000_000_000)
        guard !isTooLarge else { throw .validation("\(name) is out of range") }
        return AlarmTime.envelope(ns)
    }

    /// `yyyy-MM-ddThh:mm` with optional seconds on the zone's clocks, or an instant that ends in `Z`.
    private static func instant(
        _ text: String?, _ name: String, _ zone: TimeZoneRules
    ) throws(AlarmRefusal) -> Int64? {
        guard let text else { return nil }
        let hasZone = text.hasSuffix("Z")
        let parts = (hasZone ? text.dropLast() : text[...]).split(separator: ":", omittingEmptySubsequences: false)
        let minute = parts.prefix(2).joined(separator: ":")
        let second = parts.count == 3 ? Int64(parts[2]) : 0
        guard parts.count <= 3, let local = LocalTimeText.parse(minute), let second, (0..<60).contains(second) else {
            throw .validation("\(name) must be a valid date in 'yyyy-MM-ddThh:mm' format")
        }
        let seconds = hasZone ? local : zone.resolve(local: local).instant
        let (ns, isTooLarge) = (seconds + second).multipliedReportingOverflow(by: 1_000_000_000)
        guard !isTooLarge else { throw .validation("\(name) is out of range") }
        return ns
    }
}
