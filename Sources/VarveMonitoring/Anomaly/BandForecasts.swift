import VarveAnomaly
import VarveModel
import VarveQuery

/// What was expected in the periods of one evaluation.
struct BandForecasts: Sendable {
    private let startNs: Int64
    private let periodNs: Int64
    private let forecasts: [AnomalyForecast?]
    private let configuration: AnomalyConfiguration

    /// - Parameter range: the periods count from its start.
    init(_ trainer: AnomalyTrainer, over range: TimeRange) {
        startNs = range.start
        periodNs = trainer.periodNs
        configuration = trainer.model.configuration
        let count = max(0, (range.end - range.start + trainer.periodNs - 1) / trainer.periodNs)
        forecasts = (0..<count).map { trainer.forecast(atNs: range.start + $0 * trainer.periodNs) }
    }

    /// The band of the period that an instant is in; nil outside of the range, and where nothing was trained.
    func band(atNs timeNs: Int64, width: Double) -> AnomalyBand? {
        guard timeNs >= startNs else { return nil }
        let slot = (timeNs - startNs) / periodNs
        guard slot < Int64(forecasts.count), let forecast = forecasts[Int(slot)] else { return nil }
        return configuration.band(forecast, width: width)
    }
}

/// A source whose bands are those of detectors.
struct BandedSource<Base: AlarmMathSource>: AlarmMathSource {
    typealias Snapshot = Base.Snapshot

    let base: Base
    let bands: [MathSubject: BandForecasts]

    func fetch(_ metrics: [MathMetricStat], over range: TimeRange) throws(QueryError) -> [MathFetch] {
        try base.fetch(metrics, over: range)
    }

    func search(_ search: MathSearch, over range: TimeRange) throws(QueryError) -> MathFind {
        try base.search(search, over: range)
    }

    func select(_ statement: MathStatement, over range: TimeRange) throws(QueryError) -> MathFind {
        try base.select(statement, over: range)
    }

    func insightRuleMetric(
        rule: String, metric: String, on grid: MathGrid, over range: TimeRange
    ) throws(QueryError) -> MathSeries? {
        try base.insightRuleMetric(rule: rule, metric: metric, on: grid, over: range)
    }

    func anomalyBand(
        of subject: MathSubject, around series: MathSeries, deviations: Double, over range: TimeRange
    ) throws(QueryError) -> MathBand? {
        guard let forecasts = bands[subject] else { return nil }
        let grid = series.grid
        let bands = (0..<grid.count).map { forecasts.band(atNs: grid.time($0), width: deviations) }
        return MathBand(
            upper: MathSeries(label: series.label, grid: grid, values: bands.map { $0?.upper ?? .nan }),
            lower: MathSeries(label: series.label, grid: grid, values: bands.map { $0?.lower ?? .nan }))
    }

    func grid(over range: TimeRange, periodNs: Int64) throws(MathError) -> MathGrid {
        try base.grid(over: range, periodNs: periodNs)
    }

    func selectGroups(
        _ select: SelectSyntax, periodNs: Int64, over range: TimeRange
    ) throws(QueryError) -> (keys: [String], groups: [(values: [String], series: MathSeries)], isPartial: Bool) {
        try base.selectGroups(select, periodNs: periodNs, over: range)
    }
}
