import VarveJSON
import VarveModel
import VarveQuery
import VarveStore
import VarveWire

/// `GetMetricStatistics`: several statistics of one metric, one datapoint per period and unit.
struct GetMetricStatistics {
    /// The service's limit of datapoints per answer.
    static let datapointsMax = 1_440

    let context: CloudContext
    private let namespace: String
    private let metric: String
    private let dimensions: [Dimension]
    private let range: TimeRange
    private let periodNs: Int64
    private let unit: Unit?
    private let plain: [String]
    private let extended: [String]

    /// - Throws: what the service says of such a request.
    init(_ input: JSONValue, in context: CloudContext) throws(ServiceFault) {
        self.context = context
        namespace = input["Namespace"]?.string ?? ""
        metric = input["MetricName"]?.string ?? ""
        dimensions = VarveCloud.dimensions(of: input["Dimensions"])
        plain = (input["Statistics"]?.array ?? []).compactMap(\.string)
        extended = (input["ExtendedStatistics"]?.array ?? []).compactMap(\.string)
        unit = try input["Unit"]?.string.map(Self.unit)
        periodNs = try Self.periodNs(input)
        range = try Self.range(input, periodNs: periodNs)
        try checkStatistics()
    }

    private static func unit(_ name: String) throws(ServiceFault) -> Unit {
        guard let unit = Unit(name: name) else { throw .invalidValue(UnitText.problem("Unit")) }
        return unit
    }

    private static func periodNs(_ input: JSONValue) throws(ServiceFault) -> Int64 {
        guard let seconds = input["Period"]?.integer else { throw .missing("The parameter Period is required.") }
        if let problem = ServicePeriod.problem(seconds) { throw .invalidValue(problem) }
        return seconds * Nanoseconds.perSecond
    }

    private static func range(_ input: JSONValue, periodNs: Int64) throws(ServiceFault) -> TimeRange {
        guard let start = input["StartTime"]?.clampedTimeNs else {
            throw .missing("The parameter StartTime is required.")
        }
        guard let end = input["EndTime"]?.clampedTimeNs else { throw .missing("The parameter EndTime is required.") }
        guard start < end else {
            throw .invalidValue("The parameter StartTime must be less than the parameter EndTime.")
        }
        let (length, overflow) = end.subtractingReportingOverflow(start)
        let count = (overflow ? Int64.max : length) / periodNs
        guard count <= datapointsMax else {
            throw .invalidCombination(
                "You have requested up to \(count) datapoints, which exceeds the limit of \(datapointsMax). You may "
                    + "reduce the datapoints requested by increasing Period, or decreasing the time range.")
        }
        return TimeRange(start: start, end: end)
    }

    private func checkStatistics() throws(ServiceFault) {
        guard !plain.isEmpty || !extended.isEmpty else {
            throw .invalidCombination("Must specify either Statistics or ExtendedStatistics")
        }
        let known = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"]
        for (index, name) in plain.enumerated() where !known.contains(name) {
            throw .invalidValue(
                "The parameter Statistics.member.\(index + 1).\(name) must be a value in the set "
                    + "[\(known.joined(separator: ", "))].")
        }
        for (index, name) in extended.enumerated() where known.contains(name) || (try? Statistic(parsing: name)) == nil
        {
            throw .invalidValue(
                "The value \(name) for parameter ExtendedStatistics.member.\(index + 1).\(name) is not supported.")
        }
    }

    // MARK: Answer

    /// For threads that may compute and wait for the disk.
    func run(
        on snapshot: StoreSnapshot, cancellation: CancellationFlag?, tier: RetentionTier?
    ) throws(ServiceFault) -> JSONValue {
        var rules = MathSourceRules.service
        rules.tier = tier
        var query = QueryContext(scope: context.scope, nowNs: context.nowNs, cancellation: cancellation)
        query.statisticPath = .histogram
        query.acceptsGaps = true
        let source = SnapshotMathSource(snapshot, in: query, rules: rules)
        var points: [(timeNs: Int64, unit: Unit, document: JSONValue)] = []
        do throws(QueryError) {
            for unit in units(in: snapshot) { points += try datapoints(of: unit, source) }
        } catch {
            throw .internalFault("\(error)")
        }
        points.sort { ($0.timeNs, $0.unit.rawValue) < ($1.timeNs, $1.unit.rawValue) }
        return .object(["Label": .string(metric), "Datapoints": .array(points.map(\.document))])
    }

    /// Those in which the metric has data, or the one that is asked for.
    private func units(in snapshot: StoreSnapshot) -> [Unit] {
        if let unit { return [unit] }
        let key = SourceKey(scope: context.scope, namespace: namespace, dimensions: dimensions)
        return Set(snapshot.series(of: key, metric: metric).map { snapshot.unit(of: $0) }).sorted {
            $0.rawValue < $1.rawValue
        }
    }

    private func datapoints(
        of unit: Unit, _ source: SnapshotMathSource<StoreSnapshot>
    ) throws(QueryError) -> [(timeNs: Int64, unit: Unit, document: JSONValue)] {
        // The count comes first: a period is answered when it has samples, even where a statistic has no value.
        let names = ["SampleCount"] + plain + extended
        let series = try source.fetch(names.map { stat($0, unit) }, over: range).map(\.series)
        let grid = series[0].grid
        var points: [(timeNs: Int64, unit: Unit, document: JSONValue)] = []
        for slot in 0..<grid.count where !series[0].values[slot].isNaN {
            var members = [JSONMember("Timestamp", .time(ns: grid.time(slot)))]
            for (name, one) in zip(plain, series.dropFirst()) where !one.values[slot].isNaN {
                members.append(JSONMember(name, .number(one.values[slot])))
            }
            members.append(JSONMember("Unit", .string(unit.name)))
            let more = zip(extended, series.dropFirst(1 + plain.count)).filter { !$0.1.values[slot].isNaN }
            if plain.isEmpty, more.isEmpty { continue }
            if !more.isEmpty {
                members.append(
                    JSONMember(
                        "ExtendedStatistics",
                        .object(more.map { JSONMember($0.0, .number($0.1.values[slot])) })))
            }
            points.append((grid.time(slot), unit, .object(members)))
        }
        return points
    }

    private func stat(_ name: String, _ unit: Unit) -> MathMetricStat {
        MathMetricStat(
            namespace: namespace, metricName: metric, dimensions: dimensions, statistic: name, periodNs: periodNs,
            unit: unit.name)
    }
}

/// What the service says about units.
enum UnitText {
    static func problem(_ parameter: String) -> String {
        "The parameter \(parameter) must be a value in the set [ \(names) ]."
    }

    /// In the order of the service's model.
    private static let names = Unit.allCases.map(\.name).joined(separator: ", ")
}
