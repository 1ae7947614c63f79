package import VarveJSON
import VarveModel

/// Parameters as given, before they are checked against each other.
struct MetricAlarmDraft {
    let common: CommonParameters
    let metricName, namespace: String?
    let dimensions: [Dimension]?
    let statistic: StatisticName.Simple?
    let extendedStatistic: String?
    let period: Int64?
    let unit: Unit?
    let queries: [AlarmDataQuery]?
    let evaluationPeriods, datapointsToAlarm: Int64?
    let threshold: Double?
    let thresholdMetricID: String?
    let comparison: ComparisonOperator?
    let treatMissingData, lowSample: String?
    let evaluationWindow: EvaluationWindow?
    let warmUp: AlarmWarmUp?

    /// - Throws: wrong types, unknown names, and what the model of the service forbids.
    init(_ json: JSONValue) throws(AlarmRefusal) {
        let reader = try DefinitionReader(json, names: MetricAlarmDefinition.names)
        var check = ConstraintCheck()
        common = try CommonParameters(reader, check: &check)
        metricName = try reader.string("MetricName")
        check.length(metricName, "metricName", 1...255)
        namespace = try reader.string("Namespace")
        check.length(namespace, "namespace", 1...255)
        dimensions = try Dimension.read(reader, member: "dimensions", check: &check)
        statistic = check.word(try reader.string("Statistic"), "statistic", of: StatisticName.Simple.allCases)
        extendedStatistic = try reader.string("ExtendedStatistic")
        period = try reader.integer("Period")
        check.range(period, "period", 1...Int64(Int32.max))
        unit = check.unit(try reader.string("Unit"), "unit")
        queries = try Self.queries(reader, check: &check)
        evaluationPeriods = try reader.integer("EvaluationPeriods")
        check.range(evaluationPeriods, "evaluationPeriods", 1...Int64(Int32.max))
        datapointsToAlarm = try reader.integer("DatapointsToAlarm")
        check.range(datapointsToAlarm, "datapointsToAlarm", 1...Int64(Int32.max))
        threshold = try reader.double("Threshold")
        thresholdMetricID = try reader.string("ThresholdMetricId")
        check.length(thresholdMetricID, "thresholdMetricId", 1...255)
        comparison = check.word(
            try reader.string("ComparisonOperator"), "comparisonOperator", of: ComparisonOperator.allCases)
        treatMissingData = try reader.string("TreatMissingData")
        check.length(treatMissingData, "treatMissingData", 1...255)
        lowSample = try reader.string("EvaluateLowSampleCountPercentile")
        check.length(lowSample, "evaluateLowSampleCountPercentile", 1...255)
        evaluationWindow = try EvaluationWindow.read(reader, check: &check)
        warmUp = try AlarmWarmUp.read(reader, check: &check)
        try check.finish()
    }

    private static func queries(
        _ reader: DefinitionReader, check: inout ConstraintCheck
    ) throws(AlarmRefusal) -> [AlarmDataQuery]? {
        guard let elements = try reader.elements("Metrics"), !elements.isEmpty else { return nil }
        check.count(elements, "metrics", 0...AlarmLimits.queriesMax)
        var queries: [AlarmDataQuery] = []
        for (index, element) in elements.enumerated() {
            queries.append(try AlarmDataQuery(element, number: index + 1, check: &check))
        }
        return queries
    }
}

extension MetricAlarmDefinition {
    /// Reads and checks what `PutMetricAlarm` takes.
    /// - Throws: the service's refusal of the first thing that is wrong.
    package init(_ json: JSONValue) throws(AlarmRefusal) {
        let draft = try MetricAlarmDraft(json)
        let source = try draft.source()
        try draft.checkReturned(source)
        guard let evaluationPeriods = draft.evaluationPeriods else {
            throw Self.missing("an EvaluationPeriods parameter")
        }
        guard let comparison = draft.comparison else { throw Self.missing("a valid ComparisonOperator parameter") }
        if draft.threshold == nil && draft.thresholdMetricID == nil { throw Self.missing("valid Threshold parameter") }
        self.init(
            name: draft.common.name, description: draft.common.description,
            actionsEnabled: draft.common.actionsEnabled, actions: draft.common.actions, tags: draft.common.tags,
            source: source, evaluationPeriods: Int(clamping: evaluationPeriods),
            datapointsToAlarm: draft.datapointsToAlarm.map { Int(clamping: $0) }, threshold: draft.threshold,
            thresholdMetricID: draft.thresholdMetricID, comparison: comparison,
            treatMissingData: draft.treatMissingData.flatMap(TreatMissingData.init),
            lowSampleTreatment: draft.lowSample.flatMap(LowSampleTreatment.init),
            evaluationWindow: draft.evaluationWindow, warmUp: draft.warmUp)
        try checkWindow()
        try checkEvaluationWindow()
        try draft.checkTreatments(source)
        try draft.common.checkActionSyntax()
        try draft.common.checkName()
        try checkExpressions()
        try checkBand()
        guard json.encoded.count <= AlarmLimits.definitionBytesMax else {
            throw .validation("The request is larger than \(AlarmLimits.definitionBytesMax) bytes")
        }
    }

    static func missing(_ what: String) -> AlarmRefusal { .validation("PutMetricAlarm request should have \(what)") }
}

extension MetricAlarmDraft {
    /// What is watched, from the one form or the other.
    func source() throws(AlarmRefusal) -> AlarmSource {
        if let queries {
            try checkNoSimpleParameter()
            try AlarmDataQuery.check(queries)
            return .queries(queries)
        }
        guard let metricName else { throw .validation("MetricName must not be null") }
        guard let namespace else { throw .validation("Namespace must not be null") }
        guard let period else { throw .validation("Period must not be null") }
        if statistic != nil && extendedStatistic != nil {
            throw .validation(
                "PutMetricAlarm request can not be made with both Statistic and ExtendedStatistic parameters. "
                    + "Only one of them should be present")
        }
        if let extendedStatistic, !StatisticName.isExtended(extendedStatistic) {
            throw AlarmRefusal.unsupported(statistic: extendedStatistic, parameter: "ExtendedStatistic")
        }
        guard let name = statistic?.rawValue ?? extendedStatistic else {
            throw MetricAlarmDefinition.missing("a Statistic parameter")
        }
        let metric = AlarmMetric(namespace: namespace, name: metricName, dimensions: dimensions ?? [])
        if Set(metric.dimensions.map(\.name)).count < metric.dimensions.count {
            throw .validation("No Metric may specify the same Dimension Name twice")
        }
        return .metric(AlarmMetricStat(metric: metric, period: Int(clamping: period), statistic: name, unit: unit))
    }

    private func checkNoSimpleParameter() throws(AlarmRefusal) {
        let given: [(String, Bool)] = [
            ("MetricName", metricName != nil), ("Namespace", namespace != nil), ("Dimensions", dimensions != nil),
            ("Period", period != nil), ("Unit", unit != nil), ("Statistic", statistic != nil),
            ("ExtendedStatistic", extendedStatistic != nil),
        ]
        for (name, isGiven) in given where isGiven {
            throw .validation("\(name) should not be set if list of Metrics is set.")
        }
    }

    func checkReturned(_ source: AlarmSource) throws(AlarmRefusal) {
        guard case .queries(let queries) = source, thresholdMetricID == nil else { return }
        guard queries.count(where: \.returnsData) == 1 else {
            throw .validation("Exactly one element of the metrics list should return data.")
        }
    }

    func checkTreatments(_ source: AlarmSource) throws(AlarmRefusal) {
        if let treatMissingData, TreatMissingData(rawValue: treatMissingData) == nil {
            throw .validation(
                "The value \(treatMissingData) is not supported for TreatMissingData parameter. Supported values are "
                    + "[breaching, notBreaching, ignore, missing].")
        }
        guard let lowSample else { return }
        guard LowSampleTreatment(rawValue: lowSample) != nil else {
            throw .validation(
                "Option \(lowSample) is not supported. Supported options for parameter "
                    + "EvaluateLowSampleCountPercentile are evaluate and ignore.")
        }
        if case .metric(let stat) = source, StatisticName.percentile(stat.statistic) == nil {
            throw .validation(
                "Option evaluateLowSampleCountPercentile can not be applied with statistic \(stat.statistic). "
                    + "This option is enabled only for percentile statistics.")
        }
    }
}

extension AlarmRefusal {
    static func unsupported(statistic: String, parameter: String) -> AlarmRefusal {
        AlarmRefusal(
            code: "InvalidParameterValue",
            message: "The value \(statistic) for parameter \(parameter) is not supported.")
    }
}

extension AlarmDataQuery {
    /// Ids, forms, numbers of each form, statistics.
    static func check(_ queries: [AlarmDataQuery]) throws(AlarmRefusal) {
        for (index, query) in queries.enumerated() {
            let member = "Metrics.member.\(index + 1)"
            guard isID(query.id) else {
                throw .validation(
                    "The value for parameter \(member).Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.")
            }
            try query.checkForm(member)
        }
        guard Set(queries.map(\.id)).count == queries.count else {
            throw .validation("The values for parameter id in Metrics are not unique.")
        }
        let expressions = queries.count { $0.expression != nil }
        guard max(expressions, queries.count - expressions) <= AlarmLimits.queriesPerKindMax else {
            throw .validation(
                "The metrics list has at most \(AlarmLimits.queriesPerKindMax) metrics and "
                    + "\(AlarmLimits.queriesPerKindMax) expressions.")
        }
    }

    private func checkForm(_ member: String) throws(AlarmRefusal) {
        switch (metricStat, expression) {
        case (nil, nil): throw .validation("The parameter \(member).MetricStat is required.\n")
        case (.some, .some):
            throw .validation(
                "The parameters \(member).Expression and \(member).MetricStat are mutually exclusive and you have "
                    + "specified both.")
        case (nil, .some): return
        case (.some(let stat), nil):
            let isKnown =
                StatisticName.Simple(rawValue: stat.statistic) != nil || StatisticName.isExtended(stat.statistic)
            guard isKnown else {
                throw .unsupported(statistic: stat.statistic, parameter: "\(member).MetricStat.Stat")
            }
            let names = stat.metric.dimensions.map(\.name)
            guard Set(names).count == names.count else {
                throw .validation("No Metric may specify the same Dimension Name twice")
            }
        }
    }

    private static func isID(_ text: String) -> Bool {
        guard let first = text.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}

// MARK: - Checks of finished definitions

extension MetricAlarmDefinition {
    fileprivate func checkWindow() throws(AlarmRefusal) {
        guard period > 0 else { throw .validation("Period must not be null") }
        for seconds in queries.compactMap(\.metricStat?.period) + [period] {
            guard [10, 20, 30].contains(seconds) || seconds.isMultiple(of: 60) else {
                throw .validation("Period must be 10, 20, 30 or a multiple of 60")
            }
        }
        let (window, isTooLong) = evaluationPeriods.multipliedReportingOverflow(by: period)
        if period < 3_600, isTooLong || window > AlarmLimits.windowSecondsMax {
            throw .validation(
                "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400) for "
                    + "alarms using period < 3600")
        }
        if period >= 3_600, isTooLong || window > AlarmLimits.longWindowSecondsMax {
            throw .validation(
                "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800) for "
                    + "alarms using period >= 3600")
        }
        guard needed <= evaluationPeriods else {
            throw .validation("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
        }
    }

    fileprivate func checkExpressions() throws(AlarmRefusal) {
        guard case .queries(let queries) = source else { return }
        let texts = queries.compactMap(\.expression).map(ExpressionText.init)
        if texts.contains(where: {
            $0.contains("GROUP", "BY") && !$0.contains("ORDER", "BY") && $0.words[0] == "SELECT"
        }) {
            throw .validation("Metrics Insights alarms over several time series need GROUP BY and ORDER BY.")
        }
        if texts.contains(where: { $0.functions.contains("SEARCH") }) {
            throw .validation("SEARCH is not supported on Metric Alarms.")
        }
        if usesInsights {
            guard period >= 60 else {
                throw .validation("MetricsInsights monitors do not support less than 60 seconds period")
            }
            guard evaluationPeriods * period <= AlarmLimits.insightsWindowSecondsMax else {
                throw .validation("MetricsInsights monitors cannot be checked across more than 3 hours")
            }
        }
        if isMultiSeries { try checkMultiSeriesActions() }
    }

    private func checkMultiSeriesActions() throws(AlarmRefusal) {
        if actions.all.contains(where: { ActionKind($0) == .autoScaling }) {
            throw .validation("Autoscaling actions are not available for Multi Time Series alarms")
        }
        let refused: [ActionKind] = [.notificationTopic, .function]
        if actions.insufficientData.compactMap(ActionKind.init).contains(where: refused.contains) {
            throw .validation(
                "InsufficientData actions are not supported for contributor-level action types in Multi Time Series "
                    + "alarms")
        }
    }

    fileprivate func checkBand() throws(AlarmRefusal) {
        guard let thresholdMetricID else {
            guard !comparison.needsBand else { throw Self.missing("a valid ComparisonOperator parameter") }
            return
        }
        guard case .queries(let queries) = source, queries.count(where: \.returnsData) == 2 else {
            throw .validation("Exactly two elements of the metrics list should return data.")
        }
        let bands = queries.filter { query in
            query.id == thresholdMetricID && query.returnsData
                && query.expression.map(ExpressionText.init)?.functions.contains("ANOMALY_DETECTION_BAND") == true
        }
        guard bands.count == 1 else {
            throw .validation("Metrics list must contain exactly one metric matching the ThresholdMetricId parameter")
        }
        guard threshold == nil else { throw .validation("Threshold and ThresholdMetricId cannot both be set") }
        guard comparison.needsBand else { throw Self.missing("a valid ComparisonOperator parameter") }
        if actions.all.contains(where: { ActionKind($0) == .autoScaling }) {
            throw .validation("Autoscaling actions are not available for anomaly detection alarms")
        }
    }
}
