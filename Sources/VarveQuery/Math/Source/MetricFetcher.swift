import VarveModel
import VarveStore

/// Reads statistics of single series.
struct MetricFetcher<Snapshot: MetricSnapshot> {
    let source: SnapshotMathSource<Snapshot>
    let range: TimeRange

    /// What is read once, whatever statistics are made of it.
    private struct Key: Hashable {
        var source: SourceKey
        var metric: FieldKey
        var unit: Unit?
        var periodNs: Int64
    }

    /// Keys whose statistics are made together. Of one unit, so that no series is among them twice.
    private struct Batch: Hashable {
        var periodNs: Int64
        var unit: Unit?
        var functions: [AggregateFunction]
    }

    /// A series in one unit, per function of its batch.
    private struct Result {
        var unit: Unit
        var series: [QueryResult.Series]
        var notices: [String]
        var isPartial: Bool
    }

    /// Cells of one run of the executor: its table of rows, which nobody needs here, stays below 20 MiB.
    private static var cellsPerRun: Int { 1 << 17 }

    func fetch(_ metrics: [MathMetricStat]) throws(QueryError) -> [MathFetch] {
        var functions: [AggregateFunction] = []
        var keys: [Key?] = []
        var wanted: [Key: [AggregateFunction]] = [:]
        for metric in metrics {
            let function = try AggregateFunction(statistic: metric.statistic)
            let key = try key(of: metric)
            functions.append(function)
            keys.append(key)
            guard let key, wanted[key]?.contains(function) != true else { continue }
            wanted[key, default: []].append(function)
        }
        let results = try results(of: wanted, in: keys)
        var fetched: [MathFetch] = []
        for (index, metric) in metrics.enumerated() {
            let slots = try source.slots(over: range, periodNs: metric.periodNs)
            guard let key = keys[index], let column = wanted[key]?.firstIndex(of: functions[index]) else {
                fetched.append(MathFetch(.empty(label: .none, grid: slots), status: .forbidden, messages: [.forbidden]))
                continue
            }
            fetched.append(Self.fetch(results[key] ?? [], column: column, slots))
        }
        return fetched
    }

    /// nil for a metric of an account that nobody here may read.
    private func key(of metric: MathMetricStat) throws(QueryError) -> Key? {
        let scope = source.context.scope
        if let account = metric.accountID, !account.hasSameBytes(as: scope.account) { return nil }
        var unit: Unit?
        if let name = metric.unit {
            unit = Unit(name: name)
            if unit == nil {
                throw SourceSpan(start: 0, end: 0).invalid(
                    "'\(name)' is no unit; units are spelled as in Seconds, Percent, Bytes/Second")
            }
        }
        let key = SourceKey(scope: scope, namespace: metric.namespace, dimensions: metric.dimensions)
        return Key(source: key, metric: FieldKey(metric: metric.metricName), unit: unit, periodNs: metric.periodNs)
    }

    // MARK: Reading

    private func results(
        of wanted: [Key: [AggregateFunction]], in order: [Key?]
    ) throws(QueryError) -> [Key: [Result]] {
        var batches: [(batch: Batch, keys: [Key])] = []
        var seen: Set<Key> = []
        for key in order.compactMap({ $0 }) where seen.insert(key).inserted {
            let batch = Batch(periodNs: key.periodNs, unit: key.unit, functions: wanted[key] ?? [])
            if let index = batches.firstIndex(where: { $0.batch == batch }) {
                batches[index].keys.append(key)
            } else {
                batches.append((batch, [key]))
            }
        }
        var results: [Key: [Result]] = [:]
        for (batch, keys) in batches { try read(keys, batch, into: &results) }
        return results
    }

    private func read(_ keys: [Key], _ batch: Batch, into results: inout [Key: [Result]]) throws(QueryError) {
        let slots = try source.slots(over: range, periodNs: batch.periodNs)
        var groups: [(key: Key, unit: Unit, group: SelectPlan.Group)] = []
        for key in keys {
            try source.context.checkCancellation()
            groups += self.groups(of: key).map { (key: key, unit: $0.unit, group: $0.group) }
        }
        let groupsPerRun = max(1, Self.cellsPerRun / max(1, slots.count * batch.functions.count))
        for start in stride(from: 0, to: groups.count, by: groupsPerRun) {
            let part = groups[start..<min(start + groupsPerRun, groups.count)]
            let plan = SelectPlan(
                of: part.map(\.group), batch.functions, over: BucketGrid(slots), in: source.context)
            var executor = SelectExecutor(plan, in: source.context)
            let answer = try executor.run(on: source.snapshot)
            var series = (answer.series ?? [])[...]
            for (key, unit, _) in part {
                results[key, default: []].append(
                    Result(
                        unit: unit, series: Array(series.prefix(batch.functions.count)), notices: answer.notices,
                        isPartial: answer.isPartial))
                series = series.dropFirst(batch.functions.count)
            }
        }
    }

    /// The series of a key, by unit in the order in which one is chosen.
    private func groups(of key: Key) -> [(unit: Unit, group: SelectPlan.Group)] {
        let snapshot = source.snapshot
        let all = snapshot.series(of: key.source, metric: key.metric.metric)
        if all.isEmpty {
            source.remarks.note(
                UnknownName.notice(
                    metric: key.metric.metric, namespace: key.source.namespace, snapshot, source.context.scope))
        }
        let byUnit = Dictionary(grouping: all) { snapshot.field(of: $0).unit }
        var groups: [(unit: Unit, group: SelectPlan.Group)] = []
        for unit in Unit.byPreference where key.unit == nil || key.unit == unit {
            guard let series = byUnit[unit] else { continue }
            let members = series.map { SelectPlan.Member(series: $0, metric: 0) }
            groups.append((unit, SelectPlan.Group(values: [], members: members)))
        }
        return groups
    }

    // MARK: Answers

    /// The points of one statistic. Where there are several units, each slot takes the first that has a point there.
    private static func fetch(_ results: [Result], column: Int, _ slots: MathGrid) -> MathFetch {
        var values = [Double](repeating: .nan, count: slots.count)
        var units: [Unit] = []
        var messages: [MathMessage] = []
        var isPartial = false
        for result in results {
            let series = result.series[column]
            if !series.values.isEmpty { units.append(result.unit) }
            for (slot, value) in slots.values(series.timestamps, series.values).enumerated() where values[slot].isNaN {
                values[slot] = value
            }
            isPartial = isPartial || result.isPartial
            let gaps = result.notices.map { MathMessage(code: MathStatus.partialData.rawValue, value: $0) }
            if result.isPartial { messages += gaps.filter { !messages.contains($0) } }
        }
        if units.count > 1 { messages.append(.multipleUnits(units)) }
        return MathFetch(
            MathSeries(label: .none, grid: slots, values: values), status: isPartial ? .partialData : .complete,
            messages: messages)
    }
}

extension AggregateFunction {
    /// A statistic by its name in the service, such as `Average` or `p99.9`.
    init(statistic text: String) throws(QueryError) {
        do throws(StatisticError) {
            self.init(try Statistic(parsing: text))
        } catch {
            throw SourceSpan(start: 0, end: 0).invalid(error.description)
        }
    }

    private init(_ statistic: Statistic) {
        switch statistic {
        case .sampleCount: self = .count
        case .sum: self = .sum
        case .average: self = .average
        case .minimum: self = .minimum
        case .maximum: self = .maximum
        case .percentile, .trimmed, .percentileRank: self = .extended(statistic)
        }
    }
}

extension Unit {
    /// Which unit a period shows that has samples in several: the order that the service was seen to have.
    static let byPreference: [Unit] = [
        .megabits, .terabits, .gigabits, .count, .bytes, .gigabytes, .gigabytesPerSecond, .kilobytes,
        .kilobitsPerSecond, .terabytes, .terabitsPerSecond, .bytesPerSecond, .percent, .megabytes, .megabitsPerSecond,
        .milliseconds, .microseconds, .kilobytesPerSecond, .gigabitsPerSecond, .megabytesPerSecond, .bits,
        .bitsPerSecond, .countPerSecond, .seconds, .kilobits, .terabytesPerSecond, .none,
    ]
}

extension MathMessage {
    /// A metric of another account than the one that asks.
    static let forbidden = MathMessage(
        code: "Forbidden",
        value: "Access denied when getting data - please check that this account and the requested metric account "
            + "are linked")

    static func multipleUnits(_ units: [Unit]) -> MathMessage {
        let names = units.map(\.name).sorted().joined(separator: ", ")
        return MathMessage(code: "MultipleUnits", value: "Multiple units returned: '[\(names)]'")
    }
}
