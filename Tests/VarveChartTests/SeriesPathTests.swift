import Testing
import VarveChart
import VarveModel

@Suite struct SeriesPathTests {
    private static let range = TimeRange(start: 0, end: 1_000_000)

    private static func path(_ timestamps: [Int64], _ values: [Double], periodNs: Int64? = nil) -> SeriesPath {
        SeriesPath(timestampsNs: timestamps, values: values, range: range, width: 100, periodNs: periodNs)
    }

    @Test("a hundred thousand points become at most four a pixel column, and no peak is lost")
    func decimation() {
        var values = (0..<100_000).map { Double($0 % 97) }
        values[31_337] = 10_000
        values[77_777] = -10_000
        let path = Self.path((0..<100_000).map { Int64($0) * 10 }, values)
        let drawn = path.runs.flatMap(\.self)
        #expect(path.runs.count == 1)
        #expect(drawn.count <= 4 * 101)
        #expect(drawn.contains { $0.value == 10_000 } && drawn.contains { $0.value == -10_000 })
        #expect(drawn.first?.value == 0 && drawn.last?.value == values.last)
        #expect(zip(drawn, drawn.dropFirst()).allSatisfy { $0.x <= $1.x })
    }

    @Test("what is not finite breaks the line, and so does a missing period")
    func gaps() {
        let nan = Self.path([0, 10, 20, 30], [1, .nan, 3, .infinity])
        #expect(nan.runs.map { $0.map(\.value) } == [[1], [3]])
        let missing = Self.path([0, 10, 20, 40, 50], [1, 2, 3, 4, 5], periodNs: 10)
        #expect(missing.runs.map { $0.map(\.value) } == [[1, 2, 3], [4, 5]])
        #expect(Self.path([0, 10, 20, 40, 50], [1, 2, 3, 4, 5]).runs.count == 1)
    }

    @Test("times that run backwards are left out")
    func order() {
        #expect(Self.path([0, 20, 10, 20, 30], [1, 2, 9, 9, 3]).runs.map { $0.map(\.value) } == [[1, 2, 3]])
    }

    @Test("lines go on to the edges of the plot")
    func edges() {
        let path = Self.path([-500_000, -200_000, 400_000, 1_200_000, 1_400_000], [0, 1, 2, 3, 4])
        #expect(path.runs.map { $0.map(\.value) } == [[1, 2, 3]])
        #expect(path.runs.first?.map(\.x) == [-20, 40, 120])
    }

    @Test("layers are sums, and a series without a value in between takes the line between its neighbours")
    func stack() {
        let first = ChartSeries(label: "a", timestampsNs: [0, 500_000, 1_000_000], values: [1, 2, 3])
        let second = ChartSeries(label: "b", timestampsNs: [0, 1_000_000], values: [10, 20])
        let layers = StackedLayers([first, second], range: Self.range, width: 100, periodNs: nil)
        #expect(layers.places == [0, 50, 100])
        #expect(layers.sums == [[1, 2, 3], [11, 17, 23]])
    }

    @Test("a series that has nothing adds nothing")
    func stackWithHole() {
        let first = ChartSeries(label: "a", timestampsNs: [0, 100_000, 200_000, 300_000], values: [1, .nan, 1, 1])
        let second = ChartSeries(label: "b", timestampsNs: [0, 100_000, 200_000, 300_000], values: [5, 5, 5, 5])
        let layers = StackedLayers([first, second], range: Self.range, width: 100, periodNs: 100_000)
        #expect(layers.sums == [[1, 0, 1, 1], [6, 5, 6, 6]])
    }
}
