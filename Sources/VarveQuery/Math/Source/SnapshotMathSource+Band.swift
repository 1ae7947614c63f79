import VarveAnomaly
package import VarveModel

extension SnapshotMathSource {
    /// Periods read at once while a model is trained: as many as a day of minutes, some times over.
    private static var periodsPerRead: Int64 { 8_192 }

    /// The band that a detector has, where one remembers the whole range; else the band that one with the same settings
    /// would have had: a model is shown the three weeks before the range and then the range itself, and each period
    /// gets what was expected before it was known. O(periods of the range), or of the range and three weeks.
    /// - Throws: `.invalid` for periods below a minute or above an hour.
    package func anomalyBand(
        of subject: MathSubject, around series: MathSeries, deviations: Double, over range: TimeRange
    ) throws(QueryError) -> MathBand? {
        let periodNs = series.grid.periodNs
        let known = AnomalyTrainer.periodSecondsMin...AnomalyTrainer.periodSecondsMax
        guard periodNs % Nanoseconds.perSecond == 0, known.contains(periodNs / Nanoseconds.perSecond) else {
            throw SourceSpan(start: 0, end: 0).invalid(
                "ANOMALY_DETECTION_BAND takes periods from a minute to an hour, not \(DurationText.format(periodNs))")
        }
        let detector = context.anomalyModel?(subject, periodNs)
        let configuration = detector?.configuration ?? AnomalyConfiguration()
        let trainer = try trained(on: subject, periodNs: periodNs, over: range, configuration, detector?.trainer)
        let times = (0..<series.axis.count).map(series.axis.time)
        let bands = times.map { time in
            trainer.forecast(atNs: time).map { configuration.band($0, width: deviations) }
        }
        return MathBand(
            upper: series.with(bands.map { $0?.upper ?? .nan }), lower: series.with(bands.map { $0?.lower ?? .nan }))
    }

    /// - Parameter known: of a detector, which may have learnt less than there is by now.
    /// - Returns: a model that remembers what was expected of every period of the range.
    private func trained(
        on subject: MathSubject, periodNs: Int64, over range: TimeRange, _ configuration: AnomalyConfiguration,
        _ known: AnomalyTrainer?
    ) throws(QueryError) -> AnomalyTrainer {
        // Times at the ends of what nanoseconds reach have neither data nor a past.
        let startNs = max(range.start, .min / 2).floored(to: periodNs)
        let endNs = min(range.end, .max / 2).floored(to: periodNs)
        let count = Int(max(0, endNs - startNs) / periodNs + 2)
        var trainer: AnomalyTrainer
        // One that ends long before has more to learn than a new one.
        if let known, known.periodNs == periodNs, known.rememberedNs <= startNs,
            known.nextNs >= startNs - AnomalyTrainer.historyNs
        {
            trainer = known
            // Also what it learns here is in the range, or before it.
            trainer.remember(count + Int((startNs - known.rememberedNs) / periodNs))
        } else {
            let firstNs = (startNs - AnomalyTrainer.historyNs).floored(to: periodNs)
            trainer = AnomalyTrainer(
                startNs: firstNs, periodNs: periodNs, remembering: count, configuration: configuration)
        }
        while trainer.nextNs < endNs - AnomalyTrainer.delayNs {
            try context.checkCancellation()
            let upToNs = min(endNs, trainer.nextNs + Self.periodsPerRead * periodNs)
            trainer.learn(
                try values(
                    of: subject, periodNs: periodNs, over: TimeRange(start: trainer.nextNs, end: upToNs)))
        }
        return trainer
    }
}

extension Int64 {
    /// The largest multiple of `step` that is not above.
    fileprivate func floored(to step: Int64) -> Int64 { flooredQuotient(by: step) * step }
}
