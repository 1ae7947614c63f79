import Testing
import VarveAnomaly
import VarveBytes

@Suite struct AnomalyTrainerTests {
    private static let minute = SyntheticSeries.minute

    /// A day and a half in five minutes, or in one, with gaps.
    private static func values(_ count: Int, step: Int64, seed: UInt64) -> [Double] {
        let series = SyntheticSeries(count: count, step: step, noise: 3, seed: seed) { _, hours in
            SyntheticSeries.dailyWave(hours)
        }
        return series.points.enumerated().map { $0.offset % 13 == 5 ? .nan : $0.element.value }
    }

    private static func trainer(periodNs: Int64, remembering: Int) -> AnomalyTrainer {
        AnomalyTrainer(
            startNs: SyntheticSeries.start, periodNs: periodNs, remembering: remembering,
            configuration: AnomalyConfiguration())
    }

    @Test(
        "the forecast of a period is that of a model that knows what was five minutes old when the period began to end",
        arguments: [1, 2, 5, 60] as [Int64])
    func isCausal(minutes: Int64) {
        let periodNs = minutes * Self.minute
        let values = Self.values(400, step: periodNs, seed: 4)
        var trainer = Self.trainer(periodNs: periodNs, remembering: 400)
        trainer.learn(values)
        // A period is learnt five minutes after its end; the newest that matters here is learnt when this one ends.
        let lead = max(1, (5 + minutes - 1) / minutes)
        for slot in stride(from: Int64(0), to: 400, by: 37) {
            var model = AnomalyModel()
            for earlier in 0..<max(0, slot - lead + 1) where !values[Int(earlier)].isNaN {
                _ = model.observe(
                    timeNs: SyntheticSeries.start + earlier * periodNs, value: values[Int(earlier)])
            }
            let timeNs = SyntheticSeries.start + slot * periodNs
            guard slot >= lead else { continue }
            #expect(trainer.forecast(atNs: timeNs) == model.forecast(atNs: timeNs), "period \(slot)")
            #expect(trainer.forecast(atNs: timeNs + periodNs - 1) == trainer.forecast(atNs: timeNs))
        }
    }

    @Test("values one by one, in pieces or at once give the same")
    func pieces() {
        let values = Self.values(500, step: Self.minute, seed: 5)
        var whole = Self.trainer(periodNs: Self.minute, remembering: 10)
        var pieces = Self.trainer(periodNs: Self.minute, remembering: 10)
        whole.learn(values)
        for start in stride(from: 0, to: 500, by: 7) { pieces.learn(values[start..<min(500, start + 7)]) }
        #expect(whole.nextNs == pieces.nextNs && whole.encode() == pieces.encode())
        #expect(whole.nextNs == SyntheticSeries.start + 500 * Self.minute)
        #expect(whole.dueNs == whole.nextNs + 6 * Self.minute)
        for slot in 480..<510 {
            let timeNs = SyntheticSeries.start + Int64(slot) * Self.minute
            #expect(whole.forecast(atNs: timeNs) == pieces.forecast(atNs: timeNs))
        }
    }

    @Test("a trainer that was stored and read goes on exactly as before")
    func roundTrip() throws {
        let values = Self.values(600, step: 5 * Self.minute, seed: 6)
        var trainer = Self.trainer(periodNs: 5 * Self.minute, remembering: 20)
        trainer.learn(values[..<500])
        let bytes = trainer.encode()
        var restored = try AnomalyTrainer.decode(bytes.span.bytes, configuration: AnomalyConfiguration())
        #expect(restored.encode() == bytes && restored.nextNs == trainer.nextNs)
        trainer.learn(values[500...])
        restored.learn(values[500...])
        #expect(restored.encode() == trainer.encode())
        for slot in 580..<605 {
            let timeNs = SyntheticSeries.start + Int64(slot) * 5 * Self.minute
            #expect(restored.forecast(atNs: timeNs) == trainer.forecast(atNs: timeNs))
        }
    }

    @Test("bytes that were cut or damaged are refused or understood, and never trap")
    func damaged() {
        var trainer = Self.trainer(periodNs: Self.minute, remembering: 5)
        trainer.learn(Self.values(300, step: Self.minute, seed: 7))
        let bytes = trainer.encode()
        for length in stride(from: 0, to: bytes.count, by: 97) {
            #expect(throws: AnomalyStateError.self) {
                try AnomalyTrainer.decode(
                    Array(bytes[..<length]).span.bytes, configuration: AnomalyConfiguration())
            }
        }
        var numbers = SeededNumbers(seed: 8)
        for _ in 0..<60 {
            var damaged = bytes
            for _ in 0..<2 {
                let index = Int(numbers.next() % 200)
                damaged[index] = UInt8(truncatingIfNeeded: numbers.next())
            }
            let decoded = try? AnomalyTrainer.decode(damaged.span.bytes, configuration: AnomalyConfiguration())
            guard var read = decoded else { continue }
            read.learn([1, .nan, 3])
            _ = read.forecast(atNs: .max)
            _ = read.forecast(atNs: .min)
            _ = read.encode()
        }
    }
}
