import Testing
import VarveAnomaly

@Suite struct AnomalyScoreTests {
    @Test("a spike is an anomaly when it arrives, and the quiet points are not")
    func spike() {
        let series = SyntheticSeries(count: 1500, noise: 1, seed: 1) { index, _ in index == 1200 ? 130 : 100 }
        let scores = scores(of: series)
        #expect(scores[1200].isAnomaly)
        #expect(scores.indices.filter { scores[$0].isAnomaly && $0 != 1200 }.count <= 2)
    }

    @Test("a lasting shift of the level is reported once, not for as long as it lasts")
    func levelShift() {
        let series = SyntheticSeries(count: 1200, noise: 1, seed: 2) { index, _ in index < 900 ? 100 : 140 }
        let scores = scores(of: series)
        let anomalies = scores.indices.filter { $0 >= 900 && scores[$0].isAnomaly }
        #expect(anomalies.first == 900)
        #expect(anomalies.count <= 3)
    }

    @Test("noise that stops is what the model points at")
    func flatline() {
        var numbers = SeededNumbers(seed: 3)
        let series = SyntheticSeries(count: 2000, seed: 3) { index, _ in index < 1500 ? 50 + numbers.normal() : 50 }
        let after = scores(of: series)[1500..<1700]
        // Quiet grows slowly, so that it is a record among 1 500 points and no more: e⁷ ≈ 1 100.
        #expect(after.contains { $0.leadingView == .calm && $0.rawSurprise >= 7 })
    }

    @Test("a value that is normal at noon is an anomaly at midnight")
    func contextual() {
        let count = 13 * 144
        let odd = 12 * 144 + 18
        let series = SyntheticSeries(count: count, step: 10 * SyntheticSeries.minute, noise: 1, seed: 4) {
            index, hours in
            let isOdd = (odd..<odd + 6).contains(index)
            return isOdd ? 55 : SyntheticSeries.dailyWave(hours)
        }
        let scores = scores(of: series)
        #expect((odd..<odd + 6).contains { scores[$0].isAnomaly })
    }

    @Test("the score of a row depends on no later row")
    func causality() {
        let series = SyntheticSeries(count: 700, noise: 3, seed: 5) { index, hours in
            SyntheticSeries.dailyWave(hours) + (index % 97 == 0 ? 40 : 0)
        }
        let all = scores(of: series)
        for length in [1, 2, 101, 300] {
            var prefix = series
            prefix.points.removeLast(series.points.count - length)
            #expect(scores(of: prefix) == Array(all[..<length]))
        }
    }

    @Test("scores lie in 0…1 and the threshold is one half, whatever the values")
    func range() {
        var numbers = SeededNumbers(seed: 6)
        var model = AnomalyModel()
        for index in 0..<1500 {
            let extremes = [0, -0.0, 1e308, -1e308, .leastNonzeroMagnitude, .nan, .infinity, numbers.normal()]
            let value = extremes[Int(numbers.next() % UInt64(extremes.count))]
            let time = numbers.next() % 50 == 0 ? Int64(bitPattern: numbers.next()) : Int64(index) * 1_000_000_000
            let score = model.observe(timeNs: time, value: value)
            #expect(score.value >= 0 && score.value <= 1)
            #expect(score.isAnomaly == (score.surprise >= 8.5))
            _ = model.band(atNs: time, width: 2)
        }
    }

    @Test("scores do not change when the metric's unit does")
    func unitFree() {
        let series = SyntheticSeries(count: 700, noise: 1, seed: 7) { index, _ in index == 600 ? 130 : 100 }
        var scaled = series
        // A power of two changes no mantissa; eight times is three octaves, whole bins of every history.
        for index in scaled.points.indices { scaled.points[index].value *= 8 }
        let plain = scores(of: series).map(\.surprise)
        let larger = scores(of: scaled).map(\.surprise)
        #expect(zip(plain, larger).allSatisfy { abs($0 - $1) < 0.01 })
    }

    @Test("values that are not numbers are neither scored nor learnt")
    func notFinite() {
        let series = SyntheticSeries(count: 400, noise: 1, seed: 8) { _, _ in 10 }
        var plain = AnomalyModel()
        var disturbed = AnomalyModel()
        for point in series.points {
            let expected = plain.observe(timeNs: point.timeNs, value: point.value)
            #expect(disturbed.observe(timeNs: point.timeNs, value: .nan).value == 0)
            #expect(disturbed.observe(timeNs: point.timeNs, value: point.value) == expected)
        }
    }

    private func scores(of series: SyntheticSeries) -> [AnomalyScore] {
        var model = AnomalyModel()
        return series.points.map { model.observe(timeNs: $0.timeNs, value: $0.value) }
    }
}
