import Testing
import VarveBytes
import VarveCodec
import VarveTestKit

/// A change of a codec must not make any column that metrics are like larger.
@Suite struct SizeRegressionTests {
    /// Bytes of four columns of 4 096 rows, of seeds 0 to 3, for each effort: what the encoder of the day took, printed
    /// by the test. After a change that makes a column smaller, write down the new figure; a larger one needs a reason.
    struct Recorded: Sendable {
        let name: String
        let generate: @Sendable (Int, UInt64) -> [Double]
        let flush: Int
        let compaction: Int
    }

    static let columns = [
        Recorded(name: "integer walk", generate: Datasets.integerWalk, flush: 6290, compaction: 4519),
        Recorded(name: "two decimals", generate: Datasets.centWalk, flush: 19167, compaction: 17927),
        Recorded(name: "full precision", generate: Datasets.walk, flush: 107942, compaction: 107939),
        Recorded(name: "single precision", generate: Datasets.narrowWalk, flush: 47690, compaction: 46788),
        Recorded(name: "counter", generate: Datasets.counter, flush: 8568, compaction: 7427),
        Recorded(name: "request counter", generate: Datasets.requests, flush: 12989, compaction: 11781),
        Recorded(name: "byte counter", generate: Datasets.bytes, flush: 47436, compaction: 47436),
        Recorded(name: "steps", generate: Datasets.steps, flush: 1563, compaction: 616),
        Recorded(name: "connections", generate: Datasets.connections, flush: 8343, compaction: 6407),
        Recorded(name: "memory", generate: Datasets.memory, flush: 37123, compaction: 37123),
        Recorded(name: "memory percentage", generate: Datasets.memoryPercentage, flush: 27452, compaction: 24575),
        Recorded(name: "percentage", generate: Datasets.percentage, flush: 12504, compaction: 11132),
        Recorded(name: "latency", generate: Datasets.latency, flush: 31076, compaction: 28977),
        Recorded(name: "averages", generate: Datasets.averages, flush: 30892, compaction: 27398),
        Recorded(name: "special values", generate: Datasets.special, flush: 20869, compaction: 19564),
        Recorded(name: "many magnitudes", generate: Datasets.magnitudes, flush: 119134, compaction: 117098),
        Recorded(
            name: "magnitudes in single precision", generate: Datasets.narrowMagnitudes, flush: 55938, compaction: 54795
        ),
    ]

    @Test("no column of metrics has grown by more than 2 %", arguments: columns.indices)
    func column(index: Int) throws {
        let column = Self.columns[index]
        let flush = try size(column.generate, .flush)
        let compaction = try size(column.generate, .compaction)
        print("size regression", column.name, flush, compaction)
        #expect(flush * 100 <= column.flush * 102, "\(column.name), flush")
        #expect(compaction * 100 <= column.compaction * 102, "\(column.name), compaction")
        // Compaction may spend more time, so it must not take more space: 1 % for chance.
        #expect(compaction * 100 <= flush * 101, "\(column.name)")
    }

    private func size(_ generate: (Int, UInt64) -> [Double], _ effort: CodecEffort) throws -> Int {
        var total = 0
        for seed in 0..<4 as Range<UInt64> {
            let values = generate(4096, seed)
            let bytes = encodeFloats(values, effort)
            #expect(try decodeFloats(bytes, count: values.count) == values.map(\.bitPattern))
            total += bytes.count
        }
        return total
    }

    /// The time of a row.
    typealias Clock = @Sendable (Int, inout SplitMix64) -> Int64

    /// As above, of clocks with a row every 10 s.
    static let clocks: [(name: String, time: Clock, flush: Int, compaction: Int)] = [
        ("regular", { row, _ in Int64(row) * 10_000_000_000 }, 48, 48),
        ("one row in a hundred missing", { row, _ in Int64(row + row / 99) * 10_000_000_000 }, 600, 276),
        (
            "jitter of 1 ms",
            { row, random in Int64(row) * 10_000 + Int64(Datasets.normal(&random).rounded()) }, 6436, 4528
        ),
        (
            "jitter of 50 ms",
            { row, random in Int64(row) * 10_000 + Int64.random(in: -50...50, using: &random) }, 14986, 14441
        ),
    ]

    @Test("no column of times has grown by more than 2 %", arguments: clocks.indices)
    func clock(index: Int) throws {
        let clock = Self.clocks[index]
        var sizes: [Int] = []
        for effort in [CodecEffort.flush, .compaction] {
            var total = 0
            for seed in 0..<4 as Range<UInt64> {
                var random = SplitMix64(seed: seed)
                let times = (0..<4096).map { 1_700_000_000_000 + clock.time($0, &random) }
                let bytes = encodeIntegers(times, effort)
                #expect(try decodeIntegers(bytes, count: times.count) == times)
                total += bytes.count
            }
            sizes.append(total)
        }
        print("size regression", clock.name, sizes[0], sizes[1])
        #expect(sizes[0] * 100 <= clock.flush * 102, "\(clock.name), flush")
        #expect(sizes[1] * 100 <= clock.compaction * 102, "\(clock.name), compaction")
    }
}
