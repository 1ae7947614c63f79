package import VarveModel

extension MathSource {
    /// The values of a subject in whole periods: one per slot, NaN where there is none.
    /// - Parameter range: whole periods from its start on.
    /// - Throws: what the source throws, and `.invalid` for a subject that does not give one series.
    package func values(
        of subject: MathSubject, periodNs: Int64, over range: TimeRange
    ) throws(QueryError) -> [Double] {
        let grid: MathGrid
        let series: MathSeries?
        do throws(MathError) {
            grid = try MathGrid(over: range, periodNs: periodNs)
            if var metric = subject.metric {
                metric.periodNs = periodNs
                series = try Self.rethrowing { () throws(QueryError) in try fetch([metric], over: range) }.first?.series
            } else {
                // What was checked with stricter rules before passes these.
                let plan = try MathPlan(subject.definitions, rules: .statement)
                series = try plan.run(over: range, source: self).results.first?.series
            }
        } catch {
            throw error.queryError
        }
        guard let series else { return [Double](repeating: .nan, count: grid.count) }
        return grid.values(series.timestamps, series.points)
    }

    private static func rethrowing<Result>(_ body: () throws(QueryError) -> Result) throws(MathError) -> Result {
        do throws(QueryError) { return try body() } catch { throw MathError(.source(error), error.description) }
    }
}
