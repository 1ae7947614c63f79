package import VarveJSON
package import VarveModel

/// One query of a widget, as `GetMetricData` takes it.
package struct WidgetQuery: Sendable, Equatable {
    /// Position in ``MetricWidget/metrics``.
    package var metric: Int
    /// The query's id: that of the row when it is fit and not taken, else `q` and a number.
    package var id: String
    /// Where to ask; nil means the region of the request.
    package var region: String?
    /// Seconds.
    package var period: Int64
    /// Whether the answer is drawn.
    package var isShown: Bool
    /// Whether the expression answers with the two lines of an anomaly band.
    package var isAnomalyBand: Bool
    /// An element of `MetricDataQueries`.
    package var json: JSONValue
}

/// Everything that has to be asked for a widget.
package struct WidgetQueries: Sendable, Equatable {
    /// In the order of the rows.
    package var queries: [WidgetQuery]
    package var range: TimeRange
    /// `+0130`, for the times in dynamic labels.
    package var zoneOffset: String

    /// Regions that are asked, in the order in which they first appear.
    package var regions: [String?] {
        queries.reduce(into: []) { regions, query in
            if !regions.contains(query.region) { regions.append(query.region) }
        }
    }

    /// The input of `GetMetricData` for the queries of one region.
    package func request(region: String?) -> JSONValue {
        .object([
            JSONMember("MetricDataQueries", .array(queries.filter { $0.region == region }.map(\.json))),
            JSONMember("StartTime", Self.seconds(range.start)), JSONMember("EndTime", Self.seconds(range.end)),
            JSONMember("ScanBy", .string("TimestampAscending")),
            JSONMember("LabelOptions", .object([JSONMember("Timezone", .string(zoneOffset))])),
        ])
    }

    private static func seconds(_ timestampNs: Int64) -> JSONValue {
        timestampNs.isMultiple(of: Nanoseconds.perSecond)
            ? .integer(timestampNs / Nanoseconds.perSecond)
            : .number(Double(timestampNs) / Double(Nanoseconds.perSecond))
    }
}

extension MetricWidget {
    /// The time that is shown, at least a minute; an end before the start exchanges them.
    package func range(nowNs: Int64) -> TimeRange {
        let (first, last) = (start.resolved(nowNs: nowNs), end.resolved(nowNs: nowNs))
        let low = min(first, last, Int64.max - Nanoseconds.perMinute)
        return TimeRange(start: low, end: max(first, last, low + Nanoseconds.perMinute))
    }

    /// The queries behind the widget, at the time `nowNs` (nanoseconds since 1970). O(metrics).
    package func queries(nowNs: Int64) -> WidgetQueries {
        let range = range(nowNs: nowNs)
        let length = range.end.subtractingReportingOverflow(range.start)
        let rangeNs = length.overflow ? Int64.max : length.partialValue
        let age = nowNs.subtractingReportingOverflow(range.start)
        let period = WidgetPeriod.automatic(rangeNs: rangeNs, ageNs: age.overflow ? Int64.max : age.partialValue)
        let whole = view != .timeSeries && setsPeriodToTimeRange ? WidgetPeriod.whole(rangeNs: rangeNs) : nil
        let ids = uniqueIds()
        let queries = metrics.indices.map { index in
            query(index, id: ids[index], period: whole ?? metrics[index].period ?? self.period ?? period)
        }
        return WidgetQueries(queries: queries, range: range, zoneOffset: zoneOffsetText)
    }

    private func query(_ index: Int, id: String, period: Int64) -> WidgetQuery {
        let metric = metrics[index]
        let isShown = metric.isVisible && metric.returnsData
        var members = [JSONMember("Id", .string(id))]
        switch metric.source {
        case .expression(let expression):
            members.append(JSONMember("Expression", .string(expression)))
            members.append(JSONMember("Period", .integer(period)))
        case .metric(let namespace, let name, let dimensions):
            members.append(
                JSONMember("MetricStat", metricStat(namespace, name, dimensions, metric.stat ?? stat, period)))
        }
        if let label = metric.label { members.append(JSONMember("Label", .string(label))) }
        members.append(JSONMember("ReturnData", .bool(isShown)))
        if let account = metric.accountId ?? accountId { members.append(JSONMember("AccountId", .string(account))) }
        return WidgetQuery(
            metric: index, id: id, region: metric.region ?? region, period: period, isShown: isShown,
            isAnomalyBand: metric.isAnomalyBand, json: .object(members))
    }

    private func metricStat(
        _ namespace: String, _ name: String, _ dimensions: [WidgetDimension], _ stat: String, _ period: Int64
    ) -> JSONValue {
        let pairs = dimensions.map {
            JSONValue.object([JSONMember("Name", .string($0.name)), JSONMember("Value", .string($0.value))])
        }
        let metric = JSONValue.object([
            JSONMember("Namespace", .string(namespace)), JSONMember("MetricName", .string(name)),
            JSONMember("Dimensions", .array(pairs)),
        ])
        return .object([
            JSONMember("Metric", metric), JSONMember("Period", .integer(period)), JSONMember("Stat", .string(stat)),
        ])
    }

    /// Ids of rows stay where they can, because expressions name them; others get the first free of `q1`, `q2` ….
    private func uniqueIds() -> [String] {
        var taken: Set<String> = []
        var ids = metrics.map { metric -> String? in
            guard let id = metric.id, Self.isQueryId(id), taken.insert(id).inserted else { return nil }
            return id
        }
        var number = 0
        for index in ids.indices where ids[index] == nil {
            repeat { number += 1 } while taken.contains("q\(number)")
            ids[index] = "q\(number)"
        }
        return ids.compactMap(\.self)
    }

    /// A small letter, then letters, digits and `_`; at most 255.
    private static func isQueryId(_ id: String) -> Bool {
        guard let first = id.utf8.first, first >= UInt8(ascii: "a"), first <= UInt8(ascii: "z") else { return false }
        return id.utf8.count <= 255
            && id.unicodeScalars.allSatisfy { $0.isASCII && ($0.properties.isAlphabetic || $0.isDigit || $0 == "_") }
    }

    private var zoneOffsetText: String {
        let minutes = abs(zoneOffsetSeconds) / 60
        let (hours, rest) = minutes.quotientAndRemainder(dividingBy: 60)
        return "\(zoneOffsetSeconds < 0 ? "-" : "+")\(hours < 10 ? "0" : "")\(hours)\(rest < 10 ? "0" : "")\(rest)"
    }
}

extension WidgetMetric {
    private static let bandFunction = "ANOMALY_DETECTION_BAND"

    /// Whether this is the expression of an anomaly band.
    package var isAnomalyBand: Bool {
        guard case .expression(let expression) = source else { return false }
        return expression.drop { $0 == " " }.uppercased().hasPrefix(Self.bandFunction)
    }
}

extension Unicode.Scalar {
    fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
}
