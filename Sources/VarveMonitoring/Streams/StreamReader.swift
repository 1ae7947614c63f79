import VarveModel
import VarveQuery
import VarveStore

/// Reads a minute of many series from one snapshot. Any thread; waits for the disk.
struct StreamReader {
    let snapshot: StoreSnapshot
    let scope: Scope
    let nowNs: Int64
    /// Is told what cannot be read and is left out.
    let warn: (String) -> Void

    /// Series that may have rows in a minute, ascending. O(series that the filters find + rows that are in no segment).
    func candidates(of stream: MetricStreamDefinition, in minute: TimeRange) -> [SeriesID] {
        snapshot.recentlyActive(snapshot.series(in: scope, where: stream.condition), sinceNs: minute.start)
    }

    /// Those of some series that have rows in a minute. O(series + rows of the minute): two bytes each for the marks.
    func active(_ candidates: [SeriesID], in minute: TimeRange) throws(StoreError) -> [SeriesID] {
        guard !candidates.isEmpty else { return [] }
        var isActive = [Bool](repeating: false, count: candidates.count)
        try snapshot.scan(candidates, in: minute, leavingOut: { warn("a metric stream lacks data: \($0.place)") }) {
            (index, chunk) throws(StoreError) in
            if !isActive[index] { isActive[index] = try Self.hasRow(chunk, in: minute) }
            return .next
        }
        try snapshot.scanSummaries(candidates, in: minute, leavingOut: { _ in }) {
            (index, rows) throws(StoreError) in
            if !rows.timestamps.isEmpty { isActive[index] = true }
            return .next
        }
        // Events and documents have series, too.
        return candidates.indices.filter { isActive[$0] && snapshot.source(of: candidates[$0]).kind == .metric }.map {
            candidates[$0]
        }
    }

    private static func hasRow(_ chunk: any SampleChunk, in range: TimeRange) throws(StoreError) -> Bool {
        let isIn: (Int64) -> Bool = { $0 >= range.start && $0 < range.end }
        if isIn(chunk.firstTimestamp) || isIn(chunk.lastTimestamp) { return true }
        guard chunk.firstTimestamp < range.start, chunk.lastTimestamp >= range.end else { return false }
        let times = try chunk.decodeTimes()
        var (low, high) = (0, chunk.rowCount)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] < range.start { low = middle + 1 } else { high = middle }
        }
        return low < chunk.rowCount && times[low] < range.end
    }

    // MARK: Datapoints

    /// A metric in one unit, and what is asked of it.
    private struct Question {
        var series: SeriesID
        var source: SourceKey
        var metric: String
        var unit: Unit
        var additional: [String]
    }

    private static let basics = ["SampleCount", "Sum", "Minimum", "Maximum"]

    /// The minute's datapoints of some of the active series, with the number of the series that each is for. Series of
    /// one metric and unit, which differ by resolution, are one: that of the least active number.
    /// - Parameter active: all of the minute, ascending.
    func points(
        of series: ArraySlice<SeriesID>, active: [SeriesID], stream: MetricStreamDefinition, in minute: TimeRange
    ) -> [(series: SeriesID, point: StreamPoint)] {
        let additional = AdditionalStatistics(stream)
        var questions: [Question] = []
        for id in series {
            let source = snapshot.source(of: id)
            let field = snapshot.field(of: id)
            let siblings = snapshot.series(of: source, metric: field.metric)
            let isFirst = !siblings.contains { other in
                other < id && snapshot.field(of: other).unit == field.unit && active.sortedContains(other)
            }
            guard isFirst else { continue }
            questions.append(
                Question(
                    series: id, source: source, metric: field.metric, unit: field.unit,
                    additional: additional.of(namespace: source.namespace, metric: field.metric)))
        }
        return answers(questions[...], in: minute)
    }

    private func answers(
        _ questions: ArraySlice<Question>, in minute: TimeRange
    ) -> [(series: SeriesID, point: StreamPoint)] {
        guard let first = questions.first else { return [] }
        do throws(QueryError) {
            return try read(questions, in: minute)
        } catch {
            // One that cannot be read must not keep the others from being sent.
            if questions.count > 1 {
                let middle = questions.startIndex + questions.count / 2
                return answers(questions[..<middle], in: minute) + answers(questions[middle...], in: minute)
            }
            if !first.additional.isEmpty {
                var simple = first
                simple.additional = []
                return answers([simple], in: minute)
            }
            warn("a metric stream leaves out \(first.metric) of \(first.source.namespace): \(error)")
            return []
        }
    }

    private func read(
        _ questions: ArraySlice<Question>, in minute: TimeRange
    ) throws(QueryError) -> [(series: SeriesID, point: StreamPoint)] {
        var context = QueryContext(scope: scope, nowNs: nowNs, acceptsGaps: true)
        context.statisticPath = .histogram
        let source = SnapshotMathSource(snapshot, in: context, rules: .service)
        var stats: [MathMetricStat] = []
        for question in questions {
            for statistic in Self.basics + question.additional {
                stats.append(
                    MathMetricStat(
                        namespace: question.source.namespace, metricName: question.metric,
                        dimensions: question.source.dimensions, statistic: statistic,
                        periodNs: Nanoseconds.perMinute, unit: question.unit.name))
            }
        }
        var values = try source.fetch(stats, over: minute).map { $0.series.values.first ?? .nan }[...]
        var points: [(series: SeriesID, point: StreamPoint)] = []
        for question in questions {
            let own = Array(values.prefix(Self.basics.count + question.additional.count))
            values = values.dropFirst(own.count)
            guard !own[0].isNaN else { continue }
            let more = zip(question.additional, own.dropFirst(Self.basics.count)).filter { !$0.1.isNaN }
            points.append(
                (
                    question.series,
                    StreamPoint(
                        namespace: question.source.namespace, metric: question.metric,
                        dimensions: question.source.dimensions, unit: question.unit, minuteNs: minute.start,
                        count: own[0], sum: own[1], minimum: own[2], maximum: own[3],
                        additional: more.map { (name: $0.0, value: $0.1) })
                ))
        }
        return points
    }
}

/// What a stream asks of single metrics, by their names' bytes.
private struct AdditionalStatistics {
    private var byMetric: [[UInt8]: [String]] = [:]

    init(_ stream: MetricStreamDefinition) {
        for configuration in stream.statistics {
            for metric in configuration.metrics {
                let key = Self.key(metric.namespace, metric.name)
                let known = byMetric[key] ?? []
                byMetric[key] = known + configuration.additional.filter { !known.contains($0) }
            }
        }
    }

    func of(namespace: String, metric: String) -> [String] {
        byMetric.isEmpty ? [] : byMetric[Self.key(namespace, metric)] ?? []
    }

    /// Names have no zero bytes.
    private static func key(_ namespace: String, _ metric: String) -> [UInt8] {
        Array(namespace.utf8) + [0] + Array(metric.utf8)
    }
}

extension [SeriesID] {
    /// Whether a number is among ascending ones. O(log count).
    fileprivate func sortedContains(_ wanted: SeriesID) -> Bool {
        let index = firstIndex(after: wanted, including: true)
        return index < count && self[index] == wanted
    }

    /// Of the first number above a bound, or equal to it, in an ascending list.
    func firstIndex(after bound: SeriesID, including: Bool = false) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < bound || !including && self[middle] == bound { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
