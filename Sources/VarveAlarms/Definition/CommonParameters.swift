import VarveJSON

/// The parameters that metric and composite alarms share.
struct CommonParameters {
    let name: String
    let description: String?
    let actionsEnabled: Bool
    let actions: ActionLists
    let tags: [AlarmTag]

    init(_ reader: DefinitionReader, check: inout ConstraintCheck) throws(AlarmRefusal) {
        let name = try reader.string("AlarmName")
        check.require(name, "alarmName")
        check.length(name, "alarmName", 1...AlarmLimits.nameCharactersMax)
        self.name = name ?? ""
        description = try reader.string("AlarmDescription")
        check.length(description, "alarmDescription", 0...AlarmLimits.descriptionCharactersMax)
        actionsEnabled = try reader.bool("ActionsEnabled") ?? true
        actions = ActionLists(
            ok: try Self.actions(reader, "OKActions", "oKActions", &check),
            alarm: try Self.actions(reader, "AlarmActions", "alarmActions", &check),
            insufficientData: try Self.actions(reader, "InsufficientDataActions", "insufficientDataActions", &check))
        tags = try Self.tags(reader, &check)
    }

    /// - Throws: `Invalid arn syntax: …`
    func checkActionSyntax() throws(AlarmRefusal) {
        for target in actions.all where ActionKind(target) == nil {
            throw .validation("Invalid arn syntax: \(target)")
        }
        for target in actions.ok + actions.insufficientData where ActionKind(target)?.isForAlarmOnly == true {
            throw .validation("\(target) is supported in AlarmActions only")
        }
    }

    func checkName() throws(AlarmRefusal) {
        guard name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f }) else {
            throw .validation("AlarmName must not contain ASCII Control characters")
        }
    }

    private static func actions(
        _ reader: DefinitionReader, _ name: String, _ member: String, _ check: inout ConstraintCheck
    ) throws(AlarmRefusal) -> [String] {
        let targets = try reader.strings(name) ?? []
        check.count(targets, member, 0...AlarmLimits.actionsMax)
        for (index, target) in targets.enumerated() {
            check.length(target, "\(member).\(index + 1).member", 1...AlarmLimits.actionCharactersMax)
        }
        return targets
    }

    static func tags(_ reader: DefinitionReader, _ check: inout ConstraintCheck) throws(AlarmRefusal)
        -> [AlarmTag]
    {
        let elements = try reader.elements("Tags") ?? []
        check.count(elements, "tags", 0...AlarmLimits.tagsMax)
        var tags: [AlarmTag] = []
        for (index, element) in elements.enumerated() {
            let pair = try DefinitionReader(element, path: "Tags[\(index)]", names: ["Key", "Value"])
            let (key, value) = (try pair.string("Key"), try pair.string("Value"))
            check.require(key, "tags.\(index + 1).member.key")
            check.length(key, "tags.\(index + 1).member.key", 1...128)
            check.require(value, "tags.\(index + 1).member.value")
            check.length(value, "tags.\(index + 1).member.value", 0...256)
            tags.append(AlarmTag(key: key ?? "", value: value ?? ""))
        }
        return try AlarmTag.merged([], with: tags)
    }
}

extension AlarmTag {
    /// `tags` with `added`: of equal keys the last wins.
    /// - Throws: `AccessDenied` for reserved keys, `LimitExceeded` for too many.
    package static func merged(_ tags: [AlarmTag], with added: [AlarmTag]) throws(AlarmRefusal) -> [AlarmTag] {
        for tag in added where tag.key.lowercased().hasPrefix("aws:") {
            throw AlarmRefusal(
                code: "AccessDenied",
                message: "The provided tag keys must not start with any case of \"aws:\"")
        }
        var merged = tags
        for tag in added {
            if let index = merged.firstIndex(where: { $0.key == tag.key }) {
                merged[index].value = tag.value
            } else {
                merged.append(tag)
            }
        }
        guard merged.count <= AlarmLimits.tagsMax else {
            throw .limit("An alarm has at most \(AlarmLimits.tagsMax) tags")
        }
        return merged
    }
}
