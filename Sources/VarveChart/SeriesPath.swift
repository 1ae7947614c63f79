package import VarveModel

/// Points of one series as they are drawn: inside of the time that is shown, in order, thinned out to the pixels.
package struct SeriesPath: Sendable {
    /// Connected runs; one point alone is a run, too.
    package let runs: [[Sample]]

    package struct Sample: Equatable, Sendable {
        /// Pixels from the left edge of the plot; also outside of it.
        package var x: Double
        package var value: Double
    }

    /// O(points).
    /// - Parameters:
    ///   - width: pixels of the plot.
    ///   - periodNs: distance of points; one that is more than half as long again breaks the line. nil joins all.
    package init(timestampsNs: [Int64], values: [Double], range: TimeRange, width: Double, periodNs: Int64?) {
        let span = Double(range.end) - Double(range.start)
        var builder = RunBuilder(thinsOut: timestampsNs.count > Int(width) * 2)
        var lastNs: Int64?
        for (timestampNs, value) in zip(timestampsNs, values) {
            // Times that run backwards cannot be connected.
            if let lastNs, timestampNs <= lastNs { continue }
            if let lastNs, let periodNs, Self.isGap(from: lastNs, to: timestampNs, periodNs) { builder.endRun() }
            lastNs = timestampNs
            guard value.isFinite else {
                builder.endRun()
                continue
            }
            let x = span > 0 ? (Double(timestampNs) - Double(range.start)) / span * width : 0
            // One point on either side is kept for the line to the edge.
            if x < 0 {
                builder.replaceLead(Sample(x: x, value: value))
            } else {
                builder.add(Sample(x: x, value: value))
            }
            if x > width { break }
        }
        runs = builder.finished()
    }

    static func isGap(from first: Int64, to second: Int64, _ periodNs: Int64) -> Bool {
        let (distance, overflow) = second.subtractingReportingOverflow(first)
        return overflow || Double(distance) > 1.5 * Double(periodNs)
    }
}

/// Collects runs, with at most four samples a pixel column: the first, the least, the greatest and the last.
private struct RunBuilder {
    private let thinsOut: Bool
    private var runs: [[SeriesPath.Sample]] = []
    private var run: [SeriesPath.Sample] = []
    private var lead: SeriesPath.Sample?
    private var column: Column?

    private struct Column {
        var number: Int
        var first: SeriesPath.Sample
        var least: SeriesPath.Sample
        var greatest: SeriesPath.Sample
        var last: SeriesPath.Sample
    }

    init(thinsOut: Bool) { self.thinsOut = thinsOut }

    mutating func replaceLead(_ sample: SeriesPath.Sample) { lead = sample }

    mutating func add(_ sample: SeriesPath.Sample) {
        if let lead {
            run.append(lead)
            self.lead = nil
        }
        guard thinsOut else { return run.append(sample) }
        let number = Int(max(-1, min(1e6, sample.x)).rounded(.down))
        guard var current = column, current.number == number else {
            flushColumn()
            column = Column(number: number, first: sample, least: sample, greatest: sample, last: sample)
            return
        }
        if sample.value < current.least.value { current.least = sample }
        if sample.value > current.greatest.value { current.greatest = sample }
        current.last = sample
        column = current
    }

    mutating func endRun() {
        flushColumn()
        lead = nil
        if !run.isEmpty { runs.append(run) }
        run = []
    }

    mutating func finished() -> [[SeriesPath.Sample]] {
        endRun()
        return runs
    }

    private mutating func flushColumn() {
        guard let column else { return }
        self.column = nil
        run.append(column.first)
        let middle = [column.least, column.greatest].sorted { $0.x < $1.x }
        for sample in middle where sample != run[run.count - 1] { run.append(sample) }
        if column.last != run[run.count - 1] { run.append(column.last) }
    }
}

extension Chart {
    /// The smallest and the largest finite value of a series inside of the time that is shown; nil without any.
    func bounds(of timestampsNs: [Int64], _ values: [Double]) -> ClosedRange<Double>? {
        var low = Double.infinity
        var high = -Double.infinity
        for (timestampNs, value) in zip(timestampsNs, values)
        where value.isFinite && timestampNs >= range.start && timestampNs <= range.end {
            low = min(low, value)
            high = max(high, value)
        }
        return low <= high ? low...high : nil
    }
}

/// Series on top of each other: for common places from left to right, the sum of the first one, the first two, ….
package struct StackedLayers: Sendable {
    /// Pixels from the left edge of the plot, ascending; at most four a pixel.
    package let places: [Double]
    /// One array for each series, one sum for each place. A series adds nothing where it has nothing.
    package let sums: [[Double]]

    /// O(points + series × pixels).
    package init(_ series: [ChartSeries], range: TimeRange, width: Double, periodNs: Int64?) {
        let span = Double(range.end) - Double(range.start)
        let paths = series.map {
            SeriesPath(
                timestampsNs: $0.timestampsNs, values: $0.values, range: range, width: width, periodNs: periodNs)
        }
        var places = Set(paths.flatMap { path in path.runs.flatMap { run in run.map(\.x) } })
        if places.count > Int(width) * 2 || span <= 0 {
            // More places than pixels: half pixels will do.
            places = Set(places.map { ($0 * 2).rounded() / 2 })
        }
        let sorted = places.filter { $0 >= 0 && $0 <= width }.sorted()
        var total = [Double](repeating: 0, count: sorted.count)
        sums = paths.map { path in
            Self.add(path, at: sorted, to: &total)
            return total
        }
        self.places = sorted
    }

    /// Adds to `total` what the lines of `path` are at each place.
    private static func add(_ path: SeriesPath, at places: [Double], to total: inout [Double]) {
        var index = 0
        for run in path.runs {
            guard let first = run.first, let last = run.last else { continue }
            while index < places.count, places[index] < first.x - 0.5 { index += 1 }
            var left = 0
            while index < places.count, places[index] <= last.x + 0.5 {
                while left + 1 < run.count, run[left + 1].x <= places[index] { left += 1 }
                total[index] = ValueTicks.clamped(total[index] + value(of: run, at: left, x: places[index]))
                index += 1
            }
        }
    }

    private static func value(of run: [SeriesPath.Sample], at left: Int, x: Double) -> Double {
        let start = run[left]
        guard left + 1 < run.count, x > start.x else { return start.value }
        let end = run[left + 1]
        let share = min(1, (x - start.x) / max(1e-9, end.x - start.x))
        return start.value * (1 - share) + end.value * share
    }
}
