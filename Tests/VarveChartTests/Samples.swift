import VarveChart
import VarveModel

/// Charts for tests.
enum Samples {
    /// 2026-11-22T12:00:00Z.
    static let noonNs: Int64 = 1_795_348_800 * Nanoseconds.perSecond

    /// Three hours by minutes, without series.
    static func chart() -> Chart {
        var chart = Chart(range: TimeRange(start: noonNs, end: noonNs + 3 * Nanoseconds.perHour))
        chart.periodNs = Nanoseconds.perMinute
        return chart
    }

    /// One value a minute.
    static func series(_ label: String, unit: Unit = .none, count: Int = 180, _ value: (Int) -> Double) -> ChartSeries {
        ChartSeries(
            label: label, timestampsNs: (0..<count).map { noonNs + Int64($0) * Nanoseconds.perMinute },
            values: (0..<count).map(value), unit: unit)
    }
}
