import Testing
import VarveChart
import VarveModel

@Suite struct UnitTextTests {
    @Test(
        "values are written with three digits and the unit that fits them",
        arguments: [
            (1_536_000.0, Unit.bytes, "1.46 MiB"), (512, .bytes, "512 B"), (1_024, .bytes, "1 KiB"),
            (1_536, .kilobytes, "1.5 MiB"), (0.5, .gigabytes, "512 MiB"), (2_048, .bytesPerSecond, "2 KiB/s"),
            (1_500, .bits, "1.5 kbit"), (2.5, .megabitsPerSecond, "2.5 Mbit/s"), (87.34, .percent, "87.3%"),
            (12_500, .count, "12.5k"), (3, .countPerSecond, "3 /s"), (4_200, .countPerSecond, "4.2k/s"),
            (0.0005, .seconds, "500 µs"), (90, .seconds, "90 s"), (150, .seconds, "2.5 min"),
            (9_000, .seconds, "2.5 h"),
            (259_200, .seconds, "3 d"), (1_500, .milliseconds, "1.5 s"), (40, .microseconds, "40 µs"),
            (0, .none, "0"), (-1_234, .none, "-1.23k"), (0.0123, .none, "0.0123"), (1e-9, .none, "1e-9"),
            (1e300, .none, "1e300"), (999_999, .none, "1000k"), (1e18, .none, "1E"),
        ] as [(Double, Unit, String)])
    func values(value: Double, unit: Unit, text: String) {
        #expect(ValueText.text(value, unit: unit) == text)
    }

    @Test("what is not finite is a dash")
    func notFinite() {
        for value in [Double.nan, .infinity, -.infinity] {
            #expect(ValueText.text(value, unit: .bytes) == "–")
            #expect(ValueText.full(value, unit: .bytes) == "–")
        }
    }

    @Test("all digits are kept on request")
    func full() {
        #expect(ValueText.full(1_234_567.25, unit: .bytes) == "1234567.25 Bytes")
        #expect(ValueText.full(99.5, unit: .percent) == "99.5%")
        #expect(ValueText.full(7, unit: .count) == "7")
    }

    @Test("rounding is half away from zero and minus nothing is zero")
    func fixed() {
        #expect(ValueText.fixed(2.5, decimals: 0) == "3")
        #expect(ValueText.fixed(-2.5, decimals: 0) == "-3")
        #expect(ValueText.fixed(-0.04, decimals: 1) == "0.0")
        #expect(ValueText.fixed(1.005, decimals: 3) == "1.005")
        #expect(ValueText.scientific(9.999e10) == "1e11")
        #expect(ValueText.scientific(-1.5e-7) == "-1.5e-7")
        #expect(ValueText.scientific(.leastNonzeroMagnitude) == "0")
    }

    @Test(
        "value axes end on round values and say the unit once for all ticks",
        arguments: [
            (3.0...97.0, Unit.percent, 5, ["0%", "20%", "40%", "60%", "80%", "100%"]),
            (0.0...0.9, .none, 5, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            (0.0...2_000.0, .bytes, 4, ["0", "0.5 KiB", "1.0 KiB", "1.5 KiB", "2.0 KiB"]),
            (0.0...900.0, .bytes, 4, ["0", "256 B", "512 B", "768 B", "1024 B"]),
            (982.0...1_018.0, .none, 4, ["0.98k", "0.99k", "1.00k", "1.01k", "1.02k"]),
            // Values on the edge get a step more, but not a full hundred per cent.
            (980.0...1_020.0, .none, 4, ["0.97k", "0.98k", "0.99k", "1.00k", "1.01k", "1.02k", "1.03k"]),
            (0.0...100.0, .percent, 5, ["0%", "20%", "40%", "60%", "80%", "100%"]),
            (-30.0...39.0, .none, 4, ["-40", "-20", "0", "20", "40"]),
            (0.0...590.0, .seconds, 5, ["0", "2 min", "4 min", "6 min", "8 min", "10 min"]),
        ] as [(ClosedRange<Double>, Unit, Int, [String])])
    func axes(data: ClosedRange<Double>, unit: Unit, countWanted: Int, labels: [String]) {
        let scale = ValueScale(
            ChartAxis(), data: data, unit: unit, includesZero: false, countWanted: countWanted)
        #expect(scale.labels == labels)
        #expect(scale.low <= data.lowerBound && scale.high >= data.upperBound)
    }

    @Test("ends that are asked for are kept to the digit")
    func wishes() {
        let axis = ChartAxis(min: 13, max: 87)
        let scale = ValueScale(axis, data: 0...1_000, unit: .none, includesZero: true, countWanted: 4)
        #expect(scale.low == 13 && scale.high == 87)
        #expect(scale.labels == ["20", "40", "60", "80"])
    }

    @Test("no range is too small, too large or upside down for an axis")
    func hostileAxes() {
        let ends = [
            0, 1, -1, .leastNonzeroMagnitude, 1e-300, 1e300, -1e300, 1e308, -1e308, .infinity, -.infinity, .nan,
        ]
        for low in ends {
            for high in ends {
                let axis = ChartAxis(min: low, max: high)
                let scale = ValueScale(axis, data: nil, unit: .terabytes, includesZero: true, countWanted: 5)
                #expect(scale.low < scale.high, "\(low) … \(high)")
                #expect(scale.low.isFinite && scale.high.isFinite && (scale.high - scale.low).isFinite)
                #expect(scale.ticks.count == scale.labels.count && scale.ticks.count <= 200)
            }
        }
    }
}
