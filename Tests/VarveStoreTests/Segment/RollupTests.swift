import Testing
import VarveCodec
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

@Suite struct RollupTests {
    private static let second = Nanoseconds.perSecond
    private static let minute = Nanoseconds.perMinute
    private let disk = SimulatedFileSystem()
    private let path = "segment"

    private func id(_ number: Int) -> SeriesID { SeriesID(rawValue: UInt32(number)) }

    @discardableResult
    private func write(
        _ sources: [SourceRows], rollups: RollupPolicy, blockRows: Int = 4_096, window: TimeRange = Segments.window
    ) throws -> SegmentReader {
        if try disk.exists(path) { try disk.remove(path) }
        try Segments.write(
            sources, to: path, on: disk, blockRows: blockRows, identity: Segments.identity(window: window),
            rollups: rollups)
        return try Segments.open(path, on: disk)
    }

    /// Sums up rows one by one, in a dictionary by bucket number.
    private func expected(_ source: SourceRows, column: Int, width: Int64) -> [Expected] {
        var buckets: [Int64: Expected] = [:]
        for (timestamp, value) in zip(source.timestamps, source.columns[column].values) {
            let number = (Double(timestamp) / Double(width)).rounded(.down)
            buckets[Int64(number), default: Expected(number: Int64(number))].add(value)
        }
        return buckets.values.sorted { $0.number < $1.number }
    }

    private struct Expected: Equatable {
        var number: Int64
        var rowCount = 0
        var finite: [Double] = []

        mutating func add(_ value: Double) {
            rowCount += 1
            if value.isFinite { finite.append(value) }
        }

        func matches(_ bucket: RollupBucket) -> Bool {
            var sum = ExactSum()
            for value in finite.reversed() { sum.add(value) }
            return bucket.number == number && bucket.rowCount == rowCount
                && bucket.nonFiniteCount == rowCount - finite.count && bucket.minimum == finite.min()
                && bucket.maximum == finite.max() && bucket.sum == sum
        }
    }

    private func expect(_ rollup: Rollup?, _ expected: [Expected], _ what: String) {
        expect(rollup?.buckets ?? [], expected, what)
    }

    private func expect(_ buckets: [RollupBucket], _ expected: [Expected], _ what: String) {
        #expect(buckets.count == expected.count, "\(what)")
        for (bucket, wanted) in zip(buckets, expected) {
            #expect(wanted.matches(bucket), "\(what): bucket \(wanted.number)")
        }
    }

    /// Times of 1 to 3 000 rows with steps of any size, mostly about `stepNs`.
    private func times(_ random: inout SplitMix64, stepNs: Int64) -> [Int64] {
        var time = Segments.window.start + Int64.random(in: 0..<Self.minute, using: &random)
        return (0..<Int.random(in: 1...3_000, using: &random)).map { _ in
            time += Int64.random(in: 0...(2 * stepNs), using: &random)
            if random.next() % 500 == 0 { time += 20 * Self.minute }
            return time
        }
    }

    private func values(_ count: Int, _ random: inout SplitMix64) -> [Double] {
        switch random.next() % 4 {
        case 0: return Sample.anyBits(count, using: &random)
        case 1: return Sample.integerWalk(count, using: &random)
        case 2: return Sample.integerWalk(count, using: &random).map { $0 / 7 + 0.01 }
        default:
            var values = Sample.integerWalk(count, using: &random).map { ($0 * 37).rounded() / 100 }
            let specials = [Double.nan, .infinity, -0.0]
            for special in specials { values[Int.random(in: 0..<count, using: &random)] = special }
            return values
        }
    }

    @Test("a rollup is the rows summed up by bucket, whatever the values and the blocks", arguments: 0..<12)
    func sums(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let policy = RollupPolicy(widths: [Self.minute, 5 * Self.minute, Nanoseconds.perHour], rowsPerBucketMin: 1)
        let sources = (0..<3).map { (source: Int) in
            let times = times(&random, stepNs: [100_000_000, Self.second, 30 * Self.second][source])
            return SourceRows(
                timestamps: times, columns: (0..<2).map { (id(source * 2 + $0), values(times.count, &random)) })
        }
        let blockRows = Int.random(in: 1...600, using: &random)
        let reader = try write(sources, rollups: policy, blockRows: blockRows)
        for source in sources {
            for column in 0..<2 {
                for width in policy.widths {
                    let series = source.columns[column].series
                    expect(
                        try reader.rollup(of: series, width: width), expected(source, column: column, width: width),
                        "seed \(seed), series \(series.rawValue), width \(width)")
                }
            }
        }
        #expect(try reader.rollup(of: id(99), width: Self.minute) == nil)
        #expect(try reader.rollup(of: id(0), width: Nanoseconds.perDay) == nil)
        #expect(try Segments.faults(path, on: disk) == [], "seed \(seed)")
    }

    @Test("days are summed up from hours, the first time and from the cache", arguments: 0..<6)
    func days(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let times = times(&random, stepNs: 2 * Self.minute)
        let rows = SourceRows(
            timestamps: times, columns: [(id(0), values(times.count, &random)), (id(1), values(times.count, &random))])
        let reader = try write([rows], rollups: RollupPolicy(widths: [Nanoseconds.perHour], rowsPerBucketMin: 1))
        let day = Nanoseconds.perDay
        let (first, last) = (times[0] / day, times[times.count - 1] / day)
        for days in [first..<(last + 1), first..<(first + 2), (first + 1)..<(last + 2)] {
            for period in [day, 2 * day] where days.lowerBound % 2 == 0 && days.count % 2 == 0 || period == day {
                var found: [Int: [RollupBucket]] = [:]
                _ = try reader.scan(
                    [id(0), id(1)], in: TimeRange(start: days.lowerBound * day, end: days.upperBound * day),
                    summedWithin: period
                ) { (index, scanned) throws(StoreError) in
                    // Rows that lie in one period come as they are.
                    guard case .rollup(let slice) = scanned else { return .stop }
                    #expect(slice.width == day)
                    found[index] = Array(slice.buckets)
                    return .next
                }
                #expect(found.count == 2 || first / 2 == last / 2, "seed \(seed)")
                for (column, buckets) in found {
                    let wanted = expected(rows, column: column, width: day).filter { days.contains($0.number) }
                    expect(buckets, wanted, "seed \(seed), series \(column), days \(days)")
                }
            }
        }
    }

    @Test("sums of decimals come back exactly: of any sign and size, with gaps and specials", arguments: 0..<24)
    func decimals(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let times = times(&random, stepNs: 5 * Self.second)
        let power = [1.0, 10, 100, 1_000, 100_000, 1e9][Int(seed % 6)]
        let spread = Int64([3, 1_000, 1_000_000, 1 << 40][Int.random(in: 0..<4, using: &random)])
        let offset = Int64.random(in: -2...2, using: &random) * spread
        var column = times.map { _ in Double(offset + Int64.random(in: -spread...spread, using: &random)) / power }
        // Stretches without a finite value leave buckets without one.
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let start = Int.random(in: 0..<column.count, using: &random)
            for row in start..<min(start + 90, column.count) { column[row] = [.nan, .infinity, -0.0][row % 3] }
        }
        let source = SourceRows(timestamps: times, columns: [(id(1), column)])
        let policy = RollupPolicy(widths: [Self.minute, Nanoseconds.perHour], rowsPerBucketMin: 1)
        let reader = try write([source], rollups: policy)
        for width in policy.widths {
            expect(
                try reader.rollup(of: id(1), width: width), expected(source, column: 0, width: width),
                "seed \(seed), width \(width)")
        }
        #expect(try Segments.faults(path, on: disk) == [], "seed \(seed)")
    }

    @Test("rollups of parts merge to the rollup of the whole, in any order and with shared buckets", arguments: 0..<10)
    func merging(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let times = times(&random, stepNs: Self.second)
        let values = values(times.count, &random)
        var parts = (0..<4).map { _ in RollupAccumulator(widths: [Self.minute, 5 * Self.minute]) }
        var whole = parts[0]
        add(times, values, to: &whole)
        var rows: [[Int]] = [[], [], [], []]
        for row in times.indices { rows[Int(random.next() % 3)].append(row) }
        for part in 0..<4 { add(rows[part].map { times[$0] }, rows[part].map { values[$0] }, to: &parts[part]) }
        var merged = RollupAccumulator(widths: [Self.minute, 5 * Self.minute, Nanoseconds.perHour])
        for part in parts.shuffled(using: &random) {
            for rollup in part.rollups { merged.merge(rollup) }
        }
        #expect(Array(merged.rollups.prefix(2)) == whole.rollups, "seed \(seed)")
        #expect(merged.rollups[2].buckets.isEmpty)
    }

    private func add(_ times: [Int64], _ values: [Double], to accumulator: inout RollupAccumulator) {
        times.withUnsafeBufferPointer { times in
            values.withUnsafeBufferPointer { accumulator.add(timestamps: .explicit(times), values: $0) }
        }
    }

    @Test(
        "a width is kept where its buckets have 60 rows on average",
        arguments: [
            (1, true, true), (5, true, true), (6, false, true), (10, false, true), (60, false, true),
            (75, false, false), (3_600, false, false),
        ])
    func standardPolicy(everySeconds: Int64, hasMinutes: Bool, hasHours: Bool) throws {
        let count = Int(min(20_000, 600_000 / everySeconds))
        let source = SourceRows(
            timestamps: Sample.regular(count, everySeconds: everySeconds),
            columns: [(id(1), [Double](repeating: 1, count: count))])
        let reader = try write([source], rollups: .standard)
        #expect((try reader.rollup(of: id(1), width: 5 * Self.minute) != nil) == hasMinutes)
        #expect((try reader.rollup(of: id(1), width: Nanoseconds.perHour) != nil) == hasHours)
    }

    @Test("a builder that is not asked for rollups writes the bytes it always wrote")
    func none() throws {
        var random = SplitMix64(seed: 3)
        let source = SourceRows(
            timestamps: Sample.regular(3_000), columns: [(id(1), Sample.integerWalk(3_000, using: &random))])
        let reader = try write([source], rollups: .none)
        #expect(try reader.rollup(of: id(1), width: Nanoseconds.perHour) == nil)
        #expect(!(try reader.describe().pages.contains { $0.type == .rollup || $0.type == .rollupIndex }))
    }

    @Test("many series and long rollups spread over pages and leaves")
    func manyPages() throws {
        var random = SplitMix64(seed: 8)
        // 4 500 series of one bucket each need two leaves; one series of 9 000 buckets needs three blocks.
        var sources = (0..<4_500).map { (number: Int) in
            SourceRows(timestamps: Sample.regular(2), columns: [(id(number), [Double(number), 0.5])])
        }
        let long = Sample.regular(9_000, everySeconds: 60)
        sources.append(SourceRows(timestamps: long, columns: [(id(9_999), values(9_000, &random))]))
        let policy = RollupPolicy(widths: [Self.minute, Nanoseconds.perHour], rowsPerBucketMin: 1)
        let reader = try write(sources, rollups: policy)
        for number in [0, 1, 2_047, 2_048, 2_049, 4_095, 4_096, 4_499] {
            for width in policy.widths {
                expect(
                    try reader.rollup(of: id(number), width: width),
                    expected(sources[number], column: 0, width: width), "series \(number)")
            }
        }
        expect(
            try reader.rollup(of: id(9_999), width: Self.minute),
            expected(sources[4_500], column: 0, width: Self.minute), "the long one")
        #expect(try Segments.faults(path, on: disk) == [])
    }

    @Test("rows at the ends of time have buckets")
    func endsOfTime() throws {
        let source = SourceRows(
            timestamps: [.min, .min + 1, -1, 0, .max - 1], columns: [(id(1), [1, 2, 3, 4, 5])])
        let reader = try write(
            [source], rollups: RollupPolicy(widths: [Nanoseconds.perHour], rowsPerBucketMin: 1), window: .all)
        let rollup = try #require(try reader.rollup(of: id(1), width: Nanoseconds.perHour))
        // 2^63 ns are 2 562 047.788… hours.
        #expect(rollup.buckets.map(\.number) == [-2_562_048, -1, 0, 2_562_047])
        #expect(rollup.buckets.map(\.rowCount) == [2, 1, 1, 1])
        #expect(try Segments.faults(path, on: disk) == [])
    }

    // MARK: Damage

    @Test("verification finds a rollup that is not that of the rows, though its checksum is right")
    func wrong() throws {
        var random = SplitMix64(seed: 5)
        try write(
            [SourceRows(timestamps: Sample.regular(1_000), columns: [(id(1), (0..<1_000).map { Double($0) })])],
            rollups: .standard)
        let bytes = try Segments.bytes(path, on: disk)
        var details: Set<String> = []
        for _ in 0..<100 {
            try Segments.put(try Forgery.change(bytes, types: [8], &random), at: path, on: disk)
            details.formUnion(try Segments.faults(path, on: disk).map(\.detail))
        }
        #expect(details.contains("rollup of series 1 by 3600000000000 ns is not that of its rows"), "\(details)")
    }

    @Test("a flipped bit in any byte of the rollups is found")
    func everyByte() throws {
        var random = SplitMix64(seed: 4)
        let source = SourceRows(
            timestamps: Sample.regular(720), columns: [(id(1), Sample.integerWalk(720, using: &random))])
        try write([source], rollups: RollupPolicy(widths: [Nanoseconds.perHour], rowsPerBucketMin: 1))
        let bytes = try Segments.bytes(path, on: disk)
        let pages = bytes.indices.dropFirst(4_096).filter { bytes[$0...].starts(with: Array("VPAG".utf8)) }
        let first = try #require(pages.first { bytes[$0 + 4] == 8 })
        for offset in first..<bytes.count {
            var damaged = bytes
            damaged[offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            try Segments.put(damaged, at: path, on: disk)
            #expect(try !Segments.faults(path, on: disk).isEmpty, "byte \(offset) went unnoticed")
            // Throws or answers, but never traps.
            _ = try? Segments.open(path, on: disk).rollup(of: id(1), width: Nanoseconds.perHour)
        }
    }

    @Test("forged rollups with valid checksums are refused or found wrong, never trapped on", arguments: 0..<4)
    func forged(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let sources = (0..<3).map { (source: Int) in
            SourceRows(timestamps: Sample.jittered(800, using: &random), columns: [(id(source), values(800, &random))])
        }
        try write(sources, rollups: RollupPolicy(widths: [Self.minute, Nanoseconds.perHour], rowsPerBucketMin: 1))
        let bytes = try Segments.bytes(path, on: disk)
        for _ in 0..<150 {
            try Segments.put(try Forgery.change(bytes, types: [7, 8, 9], &random), at: path, on: disk)
            _ = try Segments.faults(path, on: disk)
            guard let reader = try? Segments.open(path, on: disk) else { continue }
            for number in 0..<3 { _ = try? reader.rollup(of: id(number), width: Nanoseconds.perHour) }
            _ = try? reader.scan((0..<3).map(id), in: Segments.window, summedWithin: Nanoseconds.perHour) {
                (_, _) throws(StoreError) in .next
            }
        }
    }

    // MARK: Size

    @Test("an hour of 10 s data is summed up in few bytes", arguments: [(1.0, 0.0115), (100.0, 0.020)])
    func size(perUnit: Double, limit: Double) throws {
        var random = SplitMix64(seed: 9)
        let rows = 60_480
        let sources = (0..<4).map { (source: Int) in
            let walk = Sample.integerWalk(rows, using: &random)
            let noise = (0..<rows).map { _ in Double(Int.random(in: 0..<100, using: &random)) }
            return SourceRows(
                timestamps: Sample.regular(rows),
                columns: [(id(source), perUnit == 1 ? walk : zip(walk, noise).map { ($0 * 100 + $1) / 100 })])
        }
        let pages = try write(sources, rollups: .standard).describe().pages
        let rollupBytes = pages.filter { [.rollup, .rollupIndex].contains($0.type) }.reduce(0) { $0 + $1.byteCount }
        let bytesPerSample = Double(rollupBytes) / Double(4 * rows)
        #expect(bytesPerSample < limit && bytesPerSample > 0.005, "measured \(bytesPerSample)")
    }
}
