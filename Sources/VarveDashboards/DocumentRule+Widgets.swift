extension DocumentRule {
    /// The widget types whose properties are checked, and their rules. `chart` widgets are taken as they are.
    static let properties: [(type: String, rule: DocumentRule)] = [
        ("metric", metricProperties), ("text", textProperties), ("log", logProperties), ("alarm", alarmProperties),
        ("explorer", explorerProperties), ("custom", customProperties), ("chart", .any),
    ]

    /// A dashboard without its widgets, which have rules of their own.
    static let body = DocumentRule.object([
        Member("widgets", .any, isRequired: true), Member("start", .time), Member("end", .time),
        Member("periodOverride", .choice(["auto", "inherit"])),
        Member("variables", .array(variable, count: 0...DashboardLimits.variablesMax)),
    ])

    /// A widget without its properties.
    static let widget = DocumentRule.object([
        Member("type", .choice(properties.map(\.type)), isRequired: true),
        Member("x", .integer(0...23)), Member("y", .integer(0...Int64.max)), Member("width", .integer(1...24)),
        Member("height", .integer(1...1_000)), Member("properties", .any, isRequired: true),
    ])

    private static let variable = DocumentRule.object([
        Member("type", .choice(["property", "pattern"]), isRequired: true),
        Member("property", .string), Member("pattern", .string),
        Member("inputType", .choice(["input", "select", "radio"]), isRequired: true),
        Member("id", .nonEmptyString, isRequired: true), Member("label", .string), Member("defaultValue", .any),
        Member("visible", .boolean), Member("search", .string), Member("populateFrom", .string),
        Member("values", .array(.any, count: 0...Int.max)),
    ])

    /// The last element of a row of `metrics`.
    static let rendering = DocumentRule.object([
        Member("id", .nonEmptyString), Member("label", .string), Member("color", .colour), Member("period", .period),
        Member("stat", .nonEmptyString), Member("visible", .boolean), Member("yAxis", .choice(["left", "right"])),
        Member("region", .string), Member("accountId", .string), Member("expression", .nonEmptyString),
        Member("returnData", .boolean),
    ])

    static let metricProperties = DocumentRule.object(metricMembers)
    /// What a picture is asked for with: the properties of a metric widget, and what the picture is.
    static let imageWidget = DocumentRule.object(
        metricMembers + [
            Member("width", .integer(DashboardLimits.imagePixels)),
            Member("height", .integer(DashboardLimits.imagePixels)),
            Member("start", .time), Member("end", .time), Member("theme", .choice(["light", "dark"])),
        ])

    private static let metricMembers = [
        Member("metrics", .any), Member("annotations", annotations), Member("region", .string),
        Member("accountId", .string), Member("view", .choice(MetricWidget.View.allCases.map(\.rawValue))),
        Member("stacked", .boolean), Member("period", .period), Member("stat", .nonEmptyString),
        Member("title", .string), Member("liveData", .boolean), Member("sparkline", .boolean),
        Member("setPeriodToTimeRange", .boolean), Member("trend", .boolean),
        Member("singleValueFullPrecision", .boolean),
        Member("timezone", .zoneOffset), Member("yAxis", .object([Member("left", axis), Member("right", axis)])),
        Member("legend", .object([Member("position", .choice(["bottom", "right", "hidden"]))])),
        Member("labels", .any), Member("table", .any), Member("start", .time), Member("end", .time),
    ]

    private static let axis = DocumentRule.object([
        Member("min", .number), Member("max", .number), Member("label", .string), Member("showUnits", .boolean),
    ])

    private static let annotations = DocumentRule.object([
        Member("horizontal", .array(.oneOrPair(horizontal), count: 0...Int.max)),
        Member("vertical", .array(.oneOrPair(vertical), count: 0...Int.max)),
        Member("alarms", .array(.nonEmptyString, count: 0...Int.max)),
    ])

    private static let horizontal = DocumentRule.object([
        Member("value", .number, isRequired: true), Member("label", .string), Member("color", .colour),
        Member("fill", .choice(["above", "below", "none"])), Member("visible", .boolean),
        Member("yAxis", .choice(["left", "right"])),
    ])

    private static let vertical = DocumentRule.object([
        Member("value", .time, isRequired: true), Member("label", .string), Member("color", .colour),
        Member("fill", .choice(["before", "after", "none"])), Member("visible", .boolean),
    ])

    private static let textProperties = DocumentRule.object([
        Member("markdown", .string, isRequired: true), Member("background", .choice(["solid", "transparent"])),
    ])

    private static let logProperties = DocumentRule.object([
        Member("query", .string, isRequired: true), Member("region", .string, isRequired: true),
        Member("title", .string), Member("view", .choice(["table", "timeSeries", "bar", "pie"])),
        Member("stacked", .boolean), Member("accountId", .string), Member("queryLanguage", .string),
        Member("start", .time), Member("end", .time),
    ])

    private static let alarmProperties = DocumentRule.object([
        Member("alarms", .array(.nonEmptyString, count: 1...100), isRequired: true), Member("title", .string),
        Member("sortBy", .choice(["default", "stateUpdatedTimestamp", "timestamp"])),
        Member("states", .array(.choice(["ALARM", "INSUFFICIENT_DATA", "OK"]), count: 0...3)),
    ])

    private static let explorerProperties = DocumentRule.object([
        Member("metrics", .array(.any, count: 1...Int.max), isRequired: true),
        Member("labels", .array(.any, count: 0...Int.max), isRequired: true), Member("aggregateBy", .any),
        Member("widgetOptions", .any), Member("period", .period), Member("splitBy", .string), Member("title", .string),
        Member("region", .string),
    ])

    private static let customProperties = DocumentRule.object([
        Member("endpoint", .nonEmptyString, isRequired: true), Member("params", .any), Member("updateOn", .any),
        Member("title", .string),
    ])
}
