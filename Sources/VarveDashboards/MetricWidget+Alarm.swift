package import VarveJSON

extension MetricWidget {
    /// Shows what a metric alarm watches: its metric, or its metrics and expressions of which those that return data
    /// are visible.
    /// - Parameter alarm: as DescribeAlarms has it; of others nothing is added.
    package mutating func show(alarm: JSONValue) {
        title = title ?? alarm["AlarmName"]?.string
        if let queries = alarm["Metrics"]?.array {
            metrics = queries.compactMap(Self.metric(ofQuery:))
        } else if let metric = Self.metric(alarm, statistic: alarm["Statistic"] ?? alarm["ExtendedStatistic"]) {
            metrics = [metric]
        }
    }

    private static func metric(ofQuery query: JSONValue) -> WidgetMetric? {
        var metric: WidgetMetric?
        if let expression = query["Expression"]?.string {
            metric = WidgetMetric(source: .expression(expression))
            metric?.period = query["Period"]?.wholeNumber
        } else if let stat = query["MetricStat"] {
            metric = Self.metric(stat["Metric"] ?? .null, statistic: stat["Stat"])
            metric?.period = stat["Period"]?.wholeNumber
        }
        metric?.id = query["Id"]?.string
        metric?.label = query["Label"]?.string
        metric?.isVisible = query["ReturnData"]?.bool ?? true
        return metric
    }

    private static func metric(_ json: JSONValue, statistic: JSONValue?) -> WidgetMetric? {
        guard let namespace = json["Namespace"]?.string, let name = json["MetricName"]?.string else { return nil }
        let dimensions = (json["Dimensions"]?.array ?? []).map {
            WidgetDimension(name: $0["Name"]?.string ?? "", value: $0["Value"]?.string ?? "")
        }
        var metric = WidgetMetric(source: .metric(namespace: namespace, name: name, dimensions: dimensions))
        metric.stat = statistic?.string
        metric.period = json["Period"]?.wholeNumber
        return metric
    }
}
