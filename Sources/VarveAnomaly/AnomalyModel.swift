import Glibc

/// Learns one metric as its values arrive, scores every value, and says which range to expect.
///
/// A score compares a value with the series' own past from several sides (``AnomalyView``): each side measures a
/// magnitude, and its surprise is how rarely that magnitude was reached before. The most surprised side counts,
/// helped by how far the whole situation lies from every remembered one. An anomaly is reported once: what follows it
/// must be more surprising. `Docs/Design/0009-anomaly-model.md` has the reasons and the measurements.
///
/// Costs: a few microseconds a value; about 20 KB, whatever the length of the series. A value type without references
/// to anything shared: use one per metric, from one thread at a time.
package struct AnomalyModel: Sendable {
    package var configuration: AnomalyConfiguration

    var levels: Levels?
    var histories = [SurpriseHistory](repeating: SurpriseHistory(), count: AnomalyView.allCases.count)
    var patterns = PatternMemory()
    var gate = ReportGate()
    var forecast = BandForecast()
    /// Values learnt, saturating.
    package internal(set) var pointCount: UInt32 = 0
    /// The first value: situations are differences to it, so that single precision suffices.
    var anchor = 0.0
    var firstNs: Int64 = 0
    var latestNs: Int64 = 0
    /// Mean absolute distance to the level of some hours: what counts as nothing in ratios.
    var spread = 0.0
    /// What the latest point looked like from each side, nats, and its score.
    var latestSurprises = [Double](repeating: 0, count: AnomalyView.allCases.count)
    var latestScore = AnomalyScore.none

    package init(configuration: AnomalyConfiguration = AnomalyConfiguration()) {
        self.configuration = configuration
    }

    /// Scores a value and learns it. Values that are not finite and instants in excluded ranges are neither scored nor
    /// learnt. Times should rise; one that does not is taken as simultaneous with the latest.
    /// - Parameter timeNs: nanoseconds since 1970.
    /// Complexity: O(1), dominated by a comparison with 256 remembered situations.
    package mutating func observe(timeNs: Int64, value: Double) -> AnomalyScore {
        guard value.isFinite, !configuration.excludes(timeNs) else { return .none }
        let value = min(max(value, -AnomalyTuning.valueMax), AnomalyTuning.valueMax)
        guard var levels else {
            begin(timeNs: timeNs, value: value)
            return .none
        }
        let expected = expectation(atNs: timeNs)
        let measured = measure(value, levels: levels, expected: expected)
        // Only one holder, so that its lists are changed where they are.
        self.levels = nil
        levels.learn(value, point: pointCount)
        self.levels = levels
        let raw = learn(measured, value: value, levels: levels)
        learnForecast(timeNs: timeNs, value: value, expected: expected)
        pointCount = min(pointCount + 1, .max - 1)
        latestScore = score(raw)
        return latestScore
    }

    /// The range of values to expect at an instant.
    /// - Parameters:
    ///   - atNs: nanoseconds since 1970, usually that of the next value.
    ///   - width: how many standard deviations the band reaches to either side.
    /// - Returns: `nil` until the model is trained. Never outside the metric's limits.
    package func band(atNs: Int64, width: Double) -> AnomalyBand? {
        forecast(atNs: atNs).map { configuration.band($0, width: width) }
    }

    /// What is expected at an instant; `nil` until the model is trained.
    package func forecast(atNs: Int64) -> AnomalyForecast? {
        guard state == .trained else { return nil }
        let expected = expectation(atNs: atNs)
        return AnomalyForecast(
            centre: expected.centre, deviation: expected.deviation * AnomalyTuning.sigmaPerDeviation)
    }

    /// How much the model knows.
    package var state: AnomalyTrainingState {
        if levels == nil { return .pendingTraining }
        let (span, overflow) = latestNs.subtractingReportingOverflow(firstNs)
        let isLong = overflow || span >= AnomalyTuning.trainedSpanNs
        return isLong && pointCount >= AnomalyTuning.trainedPoints ? .trained : .insufficientData
    }

    /// Why the band is where it is at an instant, and how the latest score came about.
    package func explain(atNs: Int64) -> AnomalyExplanation {
        let expected = expectation(atNs: atNs)
        let findings = AnomalyView.allCases.map { view in
            AnomalyExplanation.ViewFinding(view: view, surprise: latestSurprises[Int(view.rawValue)])
        }
        let dayInConstants = AnomalyTuning.levelSeconds / levelConstantSeconds
        return AnomalyExplanation(
            state: state, pointCount: Int(pointCount), latestNs: levels == nil ? nil : latestNs,
            level: expected.level, daily: expected.daily, weekly: expected.weekly,
            usesDaily: expected.kind != .level, usesWeekly: expected.kind == .weekly,
            trendPerDay: forecast.levels[expected.kind.rawValue].slope * dayInConstants,
            deviation: expected.deviation * AnomalyTuning.sigmaPerDeviation,
            findings: findings.sorted { $0.surprise > $1.surprise }, latestScore: latestScore, hold: gate.hold,
            dailyProfile: forecast.daily.known, weeklyProfile: forecast.weekly.known)
    }
}

extension AnomalyModel {
    private var levelConstantSeconds: Double {
        AnomalyTuning.levelSeconds * configuration.adaptation.memoryFactor
    }

    /// Points that a memory holds once it is full.
    private var memoryPoints: Double { AnomalyTuning.historyPoints * configuration.adaptation.memoryFactor }

    /// Share of a memory that is left after one more point.
    private var keep: Double { 1 - 1 / memoryPoints }

    /// What a long memory takes from a surprise, nats: in one of eˢ points each new record has surprise s, and where
    /// that is more than an anomaly needs, every record of every view would be one.
    private var recordDiscount: Double {
        let remembered = memoryPoints * (1 - exp(-Double(pointCount) / memoryPoints)) + 1
        return AnomalyTuning.recordWeight * max(0, log(remembered) - AnomalyTuning.alarmSurprise)
    }

    private mutating func begin(timeNs: Int64, value: Double) {
        levels = Levels(first: value)
        anchor = value
        firstNs = timeNs
        latestNs = timeNs
        pointCount = 1
        learnForecast(timeNs: timeNs, value: value, expected: expectation(atNs: timeNs))
    }

    /// Time since the latest value in time constants of the level; 0 when time went back.
    private func elapsed(_ timeNs: Int64) -> Double {
        let (span, overflow) = timeNs.subtractingReportingOverflow(latestNs)
        let seconds = overflow ? AnomalyTuning.levelSeconds : Double(max(span, 0)) / 1e9
        return seconds / levelConstantSeconds
    }

    private func slots(_ timeNs: Int64) -> BandForecast.Slots {
        BandForecast.Slots(timeNs: timeNs, offsetSeconds: configuration.zoneOffsetSeconds(timeNs))
    }

    private func expectation(atNs: Int64) -> BandForecast.Expectation {
        forecast.expectation(
            slots(atNs), ahead: elapsed(atNs), hasPeriodicSpikes: configuration.hasPeriodicSpikes)
    }

    private mutating func learnForecast(timeNs: Int64, value: Double, expected: BandForecast.Expectation) {
        forecast.learn(value, slots: slots(timeNs), elapsed: elapsed(timeNs), expected: expected)
        latestNs = max(latestNs, timeNs)
    }

    /// Magnitudes by view; `nil` where a view has nothing to say. The situation is measured later.
    private func measure(
        _ value: Double, levels: Levels, expected: BandForecast.Expectation
    ) -> [Double?] {
        var measured = [Double?](repeating: nil, count: AnomalyView.allCases.count)
        func set(_ view: AnomalyView, _ magnitude: Double) { measured[Int(view.rawValue)] = magnitude }
        set(.jump, abs(value - levels.means[0]))
        set(.size, abs(value))
        // Without a season the value is compared with its level by the other views.
        if expected.kind != .level { set(.season, abs(value - expected.centre)) }
        return measured
    }

    /// The views that compare means and variability after they have learnt the value.
    private func measureMeans(_ value: Double, levels: Levels, into measured: inout [Double?]) {
        func set(_ view: AnomalyView, _ magnitude: Double) { measured[Int(view.rawValue)] = magnitude }
        let (means, changes) = (levels.means, levels.changes)
        set(.drift, abs(means[1] - means[2]))
        set(.shift, abs(means[2] - means[3]))
        // A thousandth of the spread keeps a ratio of two values near zero from being anything.
        let nothing = AnomalyTuning.nothingShare * spread + AnomalyTuning.nothing
        set(.ratio, abs(log((abs(value) + nothing) / (abs(means[2]) + nothing))))
        guard pointCount > AnomalyTuning.pointsToSettle else { return }
        let ratio = (changes[2] + AnomalyTuning.nothing) / (changes[3] + AnomalyTuning.nothing)
        set(.restless, max(1, ratio) - 1)
        set(.calm, max(1, 1 / ratio) - 1)
    }

    /// Takes the surprise of every view, teaches its history, and combines.
    private mutating func learn(_ first: [Double?], value: Double, levels: Levels) -> Double {
        var measured = first
        measureMeans(value, levels: levels, into: &measured)
        spread += (abs(value - levels.means[3]) - spread) / AnomalyTuning.spans[3]
        measured[Int(AnomalyView.situation.rawValue)] = patterns.observe(situation(value, levels), point: pointCount)
        let learntShare = configuration.filtering.learntShare
        for index in histories.indices {
            latestSurprises[index] = 0
            guard let magnitude = measured[index] else { continue }
            let surprise = histories[index].surprise(of: magnitude)
            latestSurprises[index] = surprise
            let weight = surprise > AnomalyTuning.outlierSurprise ? learntShare : 1
            histories[index].learn(magnitude, weight: weight, keep: keep)
        }
        let situation = Int(AnomalyView.situation.rawValue)
        let strongest = latestSurprises[..<situation].max() ?? 0
        return max(0, strongest + AnomalyTuning.situationWeight * latestSurprises[situation] - recordDiscount)
    }

    private func situation(_ value: Double, _ levels: Levels) -> PatternMemory.Situation {
        func part(_ value: Double) -> Float { Float(min(max(value, -AnomalyTuning.valueMax), AnomalyTuning.valueMax)) }
        return PatternMemory.Situation(
            part(value - anchor), part(levels.means[1] - anchor), part(levels.means[2] - anchor),
            part(levels.changes[1]))
    }

    private mutating func score(_ raw: Double) -> AnomalyScore {
        let passed = gate.pass(raw, point: pointCount, keep: keep)
        let surprise = pointCount > AnomalyTuning.pointsToScore ? max(0, passed) : 0
        let leading = latestSurprises.indices.max { latestSurprises[$0] < latestSurprises[$1] }
        return AnomalyScore(
            value: surprise / (surprise + AnomalyTuning.alarmSurprise), surprise: surprise, rawSurprise: raw,
            leadingView: leading.flatMap { AnomalyView(rawValue: UInt8($0)) })
    }
}
