/// Limits of alarm definitions and of what alarms write; all are the service's.
package enum AlarmLimits {
    package static let nameCharactersMax = 255
    package static let descriptionCharactersMax = 1_024
    /// Targets in each of the three lists of actions.
    package static let actionsMax = 5
    package static let actionCharactersMax = 1_024
    package static let tagsMax = 50
    /// Metrics and expressions together, and of each kind.
    package static let queriesMax = 20
    package static let queriesPerKindMax = 10
    package static let expressionCharactersMax = 2_048
    package static let dimensionsMax = 30
    /// A whole definition as JSON.
    package static let definitionBytesMax = 120 * 1_024
    /// Evaluation periods × period, for periods below an hour and from an hour.
    package static let windowSecondsMax = 86_400
    package static let longWindowSecondsMax = 604_800
    /// The same for alarms on Metrics Insights queries.
    package static let insightsWindowSecondsMax = 10_800
    package static let reasonCharactersMax = 1_023
    package static let reasonDataCharactersMax = 4_000
    package static let historyDataCharactersMax = 4_095
    package static let subjectCharactersMax = 100
    /// Time series of a multi-series alarm: looked at, and kept while they are in ALARM.
    package static let seriesMax = 500
    package static let contributorsMax = 100
    package static let ruleCharactersMax = 10_240
    package static let ruleElementsMax = 500
    package static let ruleChildrenMax = 100
    /// Composite alarms that one alarm may be a child of.
    package static let parentsMax = 150
    /// Names of one call to delete, to enable or to disable.
    package static let namesMax = 100
}
