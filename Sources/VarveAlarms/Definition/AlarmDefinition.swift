package import VarveJSON

/// What somebody asked an alarm to be.
package enum AlarmDefinition: Equatable, Sendable {
    case metric(MetricAlarmDefinition)
    case composite(CompositeAlarmDefinition)

    /// Reads the JSON that `aws cloudwatch put-metric-alarm --cli-input-json` or `put-composite-alarm` takes; a
    /// document with `AlarmRule` is a composite alarm.
    /// - Throws: the service's refusal of the first thing that is wrong. O(size).
    package static func read(_ json: JSONValue) throws(AlarmRefusal) -> AlarmDefinition {
        if json["AlarmRule"] != nil { return .composite(try CompositeAlarmDefinition(json)) }
        return .metric(try MetricAlarmDefinition(json))
    }

    /// The same shape again. Reading it gives an equal definition.
    package var json: JSONValue {
        switch self {
        case .metric(let definition): definition.json
        case .composite(let definition): definition.json
        }
    }

    package var name: String {
        switch self {
        case .metric(let definition): definition.name
        case .composite(let definition): definition.name
        }
    }

    package var description: String? {
        switch self {
        case .metric(let definition): definition.description
        case .composite(let definition): definition.description
        }
    }

    package var actions: ActionLists {
        switch self {
        case .metric(let definition): definition.actions
        case .composite(let definition): definition.actions
        }
    }

    package var tags: [AlarmTag] {
        switch self {
        case .metric(let definition): definition.tags
        case .composite(let definition): definition.tags
        }
    }

    package internal(set) var actionsEnabled: Bool {
        get {
            switch self {
            case .metric(let definition): definition.actionsEnabled
            case .composite(let definition): definition.actionsEnabled
            }
        }
        set {
            switch self {
            case .metric(var definition):
                definition.actionsEnabled = newValue
                self = .metric(definition)
            case .composite(var definition):
                definition.actionsEnabled = newValue
                self = .composite(definition)
            }
        }
    }

    /// Whether a `Put` of `other` would change nothing.
    package func isSame(as other: AlarmDefinition) -> Bool {
        switch (self, other) {
        case (.metric(let left), .metric(let right)): left.isSame(as: right)
        case (.composite(let left), .composite(let right)): left.isSame(as: right)
        case (.metric, .composite), (.composite, .metric): false
        }
    }

    var metric: MetricAlarmDefinition? {
        if case .metric(let definition) = self { definition } else { nil }
    }

    var composite: CompositeAlarmDefinition? {
        if case .composite(let definition) = self { definition } else { nil }
    }
}
