import Testing
import VarveAnomaly

@Suite struct AnomalyBandTests {
    @Test("pending before the first value, insufficient before three hours, then trained")
    func states() {
        var model = AnomalyModel()
        #expect(model.state == .pendingTraining)
        #expect(model.band(atNs: SyntheticSeries.start, width: 2) == nil)
        for minutes in stride(from: 0, through: 180, by: 5) {
            let time = SyntheticSeries.start + Int64(minutes) * SyntheticSeries.minute
            _ = model.observe(timeNs: time, value: 5)
            #expect(model.state == (minutes < 180 ? .insufficientData : .trained))
        }
        #expect(model.band(atNs: SyntheticSeries.start + 4 * SyntheticSeries.hour, width: 2) != nil)
    }

    @Test("the band of normal noise reaches k standard deviations and holds what the normal distribution says")
    func noiseBand() throws {
        let series = SyntheticSeries(count: 1500, step: 20 * SyntheticSeries.minute, noise: 4, seed: 11) { _, _ in 200 }
        var model = AnomalyModel()
        var inside = 0
        for (index, point) in series.points.enumerated() {
            if index >= 1000 {
                let band = try #require(model.band(atNs: point.timeNs, width: 2))
                inside += (band.lower...band.upper).contains(point.value) ? 1 : 0
            }
            _ = model.observe(timeNs: point.timeNs, value: point.value)
        }
        let explanation = model.explain(atNs: series.points[1499].timeNs)
        #expect(abs(explanation.deviation - 4) < 0.6)
        #expect(abs(explanation.level - 200) < 2)
        // 95.4 % for two deviations.
        #expect(inside > 455 && inside < 497)
    }

    @Test("a daily wave is learnt: the band follows it and is narrow")
    func dailySeason() throws {
        let model = trained(days: 8) { SyntheticSeries.dailyWave($0) }
        for hour in stride(from: 0.25, to: 24, by: 1.5) {
            let time = SyntheticSeries.start + 8 * SyntheticSeries.day + Int64(hour * Double(SyntheticSeries.hour))
            let band = try #require(model.band(atNs: time, width: 2))
            #expect(abs(band.centre - SyntheticSeries.dailyWave(hour)) < 8)
            #expect(band.upper - band.lower < 30)
        }
        let explanation = model.explain(atNs: SyntheticSeries.start + 8 * SyntheticSeries.day)
        #expect(explanation.usesDaily)
        #expect(explanation.level + explanation.daily + explanation.weekly > 85)
    }

    @Test("week-ends are learnt when they differ")
    func weeklySeason() throws {
        let shape: (Double) -> Double = { hours in
            let day = Int(hours / 24) % 7
            return day >= 5 ? 20 : 100 + (Int(hours) % 24 >= 12 ? 30 : 0)
        }
        let model = trained(days: 35, step: SyntheticSeries.hour / 2, shape)
        let monday = SyntheticSeries.start + 35 * SyntheticSeries.day
        let sunday = try #require(model.band(atNs: monday + 6 * SyntheticSeries.day + 36_000_000_000_000, width: 2))
        let tuesday = try #require(model.band(atNs: monday + SyntheticSeries.day + 36_000_000_000_000, width: 2))
        #expect(model.explain(atNs: monday).usesWeekly)
        #expect(tuesday.centre - sunday.centre > 50)
    }

    @Test("a trend is followed, and named as what the level gains a day")
    func trend() {
        let model = trained(days: 12) { 100 + 10 * $0 / 24 }
        let explanation = model.explain(atNs: SyntheticSeries.start + 12 * SyntheticSeries.day)
        #expect(abs(explanation.trendPerDay - 10) < 3)
        #expect(abs(explanation.level - 220) < 8)
    }

    @Test("seasons follow local time over a change of the clocks")
    func clockChange() throws {
        // The clocks go forward on the eighth day; the wave follows the clocks.
        let change = SyntheticSeries.start + 8 * SyntheticSeries.day
        let offset: @Sendable (Int64) -> Int = { $0 < change ? 3600 : 7200 }
        var local = AnomalyModel(configuration: AnomalyConfiguration(zoneOffsetSeconds: offset))
        var universal = AnomalyModel()
        let step = 15 * SyntheticSeries.minute
        for index in 0..<(8 * 96) {
            let time = SyntheticSeries.start + Int64(index) * step
            let value = squareWave(time, offset)
            _ = local.observe(timeNs: time, value: value)
            _ = universal.observe(timeNs: time, value: value)
        }
        // 07:30 of the clocks after the change, when the high hours (from 7) have begun; 06:30 of the clocks before.
        let time = change + 11 * SyntheticSeries.hour / 2
        let following = try #require(local.band(atNs: time, width: 2))
        let unaware = try #require(universal.band(atNs: time, width: 2))
        #expect(abs(following.centre - 100) < 15)
        #expect(abs(unaware.centre - 10) < 15)
    }

    private func squareWave(_ timeNs: Int64, _ offset: (Int64) -> Int) -> Double {
        let seconds = Int(timeNs / 1_000_000_000) + offset(timeNs)
        return (7..<19).contains(seconds % 86_400 / 3600) ? 100 : 10
    }

    @Test("nothing is learnt or scored in excluded ranges")
    func excluded() {
        let excluded = SyntheticSeries.start + 3 * SyntheticSeries.day
        let range = excluded..<(excluded + SyntheticSeries.day)
        var model = AnomalyModel(configuration: AnomalyConfiguration(excludedRanges: [range]))
        var without = AnomalyModel()
        let series = SyntheticSeries(count: 5 * 48, step: SyntheticSeries.hour / 2, noise: 1, seed: 15) { _, hours in
            (72..<96).contains(hours) ? 9999 : SyntheticSeries.dailyWave(hours)
        }
        for point in series.points {
            let score = model.observe(timeNs: point.timeNs, value: point.value)
            if range.contains(point.timeNs) {
                #expect(score.value == 0)
            } else {
                #expect(score == without.observe(timeNs: point.timeNs, value: point.value))
            }
        }
    }

    @Test("the band stays within what the metric can be")
    func limits() throws {
        var configuration = AnomalyConfiguration()
        configuration.lowestPossible = 0
        configuration.highestPossible = 100
        var model = AnomalyModel(configuration: configuration)
        let series = SyntheticSeries(count: 600, noise: 3, seed: 16) { index, _ in index % 2 == 0 ? 2 : 98 }
        for point in series.points {
            _ = model.observe(timeNs: point.timeNs, value: min(max(point.value, 0), 100))
        }
        let band = try #require(model.band(atNs: series.points[599].timeNs, width: 10))
        #expect(band.lower == 0 && band.upper == 100)
        #expect(band.lower <= band.centre && band.centre <= band.upper)
    }

    @Test("with periodic spikes the band is wide where they are, and only there")
    func periodicSpikes() throws {
        var configuration = AnomalyConfiguration()
        configuration.hasPeriodicSpikes = true
        var model = AnomalyModel(configuration: configuration)
        let series = SyntheticSeries(count: 10 * 144, step: 10 * SyntheticSeries.minute, noise: 1, seed: 17) {
            index, _ in
            // One point of the half-hour from 12:00, every second day.
            index % 288 == 73 ? 500 : 100
        }
        for point in series.points { _ = model.observe(timeNs: point.timeNs, value: point.value) }
        let next = SyntheticSeries.start + 10 * SyntheticSeries.day
        let noon = try #require(model.band(atNs: next + 12 * SyntheticSeries.hour, width: 2))
        let evening = try #require(model.band(atNs: next + 20 * SyntheticSeries.hour, width: 2))
        #expect(noon.upper - noon.lower > 3 * (evening.upper - evening.lower))
    }

    @Test("gaps and irregular times leave the band where it was")
    func gaps() throws {
        var numbers = SeededNumbers(seed: 18)
        var model = AnomalyModel()
        var time = SyntheticSeries.start
        for _ in 0..<700 {
            let isGap = numbers.next() % 100 == 0
            time += Int64(numbers.next() % 600) * 1_000_000_000 + (isGap ? 9 * SyntheticSeries.hour : 0)
            _ = model.observe(timeNs: time, value: 70 + numbers.normal())
        }
        let band = try #require(model.band(atNs: time + SyntheticSeries.day, width: 3))
        #expect(abs(band.centre - 70) < 2)
        #expect(band.upper - band.lower < 12)
    }

    @Test("a fast model follows a new level sooner than a slow one")
    func adaptation() throws {
        let centres = try AnomalyConfiguration.AdaptationSpeed.allCases.map { speed in
            var configuration = AnomalyConfiguration()
            configuration.adaptation = speed
            var model = AnomalyModel(configuration: configuration)
            let series = SyntheticSeries(count: 16 * 24, step: SyntheticSeries.hour, noise: 1, seed: 19) { _, hours in
                hours < 15 * 24 ? 100 : 130
            }
            for point in series.points { _ = model.observe(timeNs: point.timeNs, value: point.value) }
            return try #require(model.band(atNs: series.points[series.points.count - 1].timeNs, width: 2)).centre
        }
        #expect(centres[0] < centres[1] && centres[1] < centres[2])
    }

    private func trained(
        days: Int, step: Int64 = SyntheticSeries.hour / 2, _ shape: (Double) -> Double
    ) -> AnomalyModel {
        var model = AnomalyModel()
        let count = Int(Int64(days) * SyntheticSeries.day / step)
        let series = SyntheticSeries(count: count, step: step, noise: 1, seed: 12) { shape($1) }
        for point in series.points { _ = model.observe(timeNs: point.timeNs, value: point.value) }
        return model
    }
}
