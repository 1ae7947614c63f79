import Testing
import VarveAnomaly
import VarveBytes

@Suite struct AnomalyStateTests {
    private static let series = SyntheticSeries(count: 900, noise: 2, seed: 21) { index, hours in
        SyntheticSeries.dailyWave(hours) + (index % 211 == 0 ? 60 : 0)
    }

    @Test(
        "a model that was stored and read gives the same later scores and bands, bit for bit",
        arguments: [0, 1, 40, 700])
    func roundTrip(length: Int) throws {
        var model = Self.trained(length)
        var restored = try Self.read(model.encode())
        #expect(restored.state == model.state)
        #expect(restored.explain(atNs: SyntheticSeries.start) == model.explain(atNs: SyntheticSeries.start))
        for point in Self.series.points[length..<(length + 200)] {
            let expected = model.observe(timeNs: point.timeNs, value: point.value)
            #expect(restored.observe(timeNs: point.timeNs, value: point.value) == expected)
            #expect(restored.band(atNs: point.timeNs, width: 2) == model.band(atNs: point.timeNs, width: 2))
        }
        #expect(restored.encode() == model.encode())
    }

    @Test("a state is small")
    func size() { #expect(Self.trained(900).encode().count < 25_000) }

    @Test("every shorter state is refused")
    func truncated() {
        let bytes = Self.trained(200).encode()
        for length in stride(from: 0, to: bytes.count, by: 31) {
            #expect(throws: AnomalyStateError.self) {
                try Self.read(Array(bytes[..<length]))
            }
        }
    }

    @Test("a longer state and another version are refused with the reason")
    func refused() {
        var bytes = Self.trained(10).encode()
        #expect(throws: AnomalyStateError.trailingBytes(count: 1)) {
            try Self.read(bytes + [0])
        }
        bytes[0] = 9
        #expect(throws: AnomalyStateError.unknownVersion(9)) {
            try Self.read(bytes)
        }
    }

    @Test("damaged states are refused or give a model that scores without trapping", arguments: 0..<4)
    func damaged(seed: UInt64) {
        let bytes = Self.trained(300).encode()
        var numbers = SeededNumbers(seed: seed)
        for _ in 0..<25 {
            var damaged = bytes
            for _ in 0..<(1 + numbers.next() % 4) {
                let index = Int(numbers.next() % UInt64(bytes.count))
                damaged[index] = UInt8(truncatingIfNeeded: numbers.next())
            }
            let decoded = try? Self.read(damaged)
            guard var model = decoded else { continue }
            for point in Self.series.points[300..<320] { _ = model.observe(timeNs: point.timeNs, value: point.value) }
            _ = model.explain(atNs: SyntheticSeries.start)
            _ = model.encode()
        }
    }

    private static func read(_ bytes: [UInt8]) throws -> AnomalyModel {
        try AnomalyModel.decode(bytes.span.bytes, configuration: AnomalyConfiguration())
    }

    private static func trained(_ length: Int) -> AnomalyModel {
        var model = AnomalyModel()
        for point in series.points[..<length] { _ = model.observe(timeNs: point.timeNs, value: point.value) }
        return model
    }
}
