import Testing
import VarveBytes
import VarveCodec
import VarveTestKit

/// Sums that are taken of scaled integers must have the bits that summing the doubles one by one gives.
@Suite struct RowSumsTests {
    /// Count, extremes and exact sum of each run, one value at a time.
    private static func expected(_ values: [Double], _ borders: [Int]) -> [RowSumsExpectation] {
        zip(borders, borders.dropFirst()).map { start, end in
            var result = RowSumsExpectation()
            for value in values[start..<end] where value.isFinite {
                result.count += 1
                result.minimum = min(result.minimum, value)
                result.maximum = max(result.maximum, value)
                result.sum.add(value)
            }
            return result
        }
    }

    private static func sums(
        _ bytes: [UInt8], _ rowCount: Int, _ borders: [Int], wantsSum: Bool = true
    ) throws(CodecError) -> [RowSums]? {
        try FloatStream.sums(
            ByteCursor(bytes.span.bytes), rowCount: rowCount, borders: borders, wantsSum: wantsSum)
    }

    private static func borders(_ count: Int, _ random: inout SplitMix64) -> [Int] {
        let limit = [1, 2, 5, 40].randomElement(using: &random)!
        let cuts = (0...Int.random(in: 1...limit, using: &random)).map { _ in Int.random(in: 0...count, using: &random)
        }
        return Bool.random(using: &random) ? [0] + cuts.sorted() + [count] : cuts.sorted()
    }

    /// Whether the stream answered without its values.
    @discardableResult
    private static func check(_ values: [Double], _ label: String, _ random: inout SplitMix64) throws -> Bool {
        var isAnswered = true
        for effort in [CodecEffort.flush, .compaction] {
            let bytes = encodeFloats(values, effort)
            let borders = Self.borders(values.count, &random)
            let found = try sums(bytes, values.count, borders)
            let expected = Self.expected(values, borders)
            if let found {
                #expect(found.count == expected.count, "\(label)")
                for (one, other) in zip(found, expected) { other.expectEqual(one, "\(label), \(effort), \(borders)") }
                let ends = try sums(bytes, values.count, borders, wantsSum: false)
                #expect(ends?.map(\.minimum) == found.map(\.minimum), "\(label)")
                #expect(ends?.map(\.maximum) == found.map(\.maximum), "\(label)")
            } else {
                isAnswered = false
            }
        }
        return isAnswered
    }

    @Test("sums of columns of metrics are those of their doubles", arguments: 0..<12 as Range<UInt64>)
    func metrics(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let count = [1, 5, 1000, 1024, 1025, 3000, 4096].randomElement(using: &random)!
        let columns: [(name: String, values: [Double], isScaled: Bool)] = [
            ("integer walk", Datasets.integerWalk(count, seed: seed), true),
            ("two decimals", Datasets.centWalk(count, seed: seed), true),
            ("below zero", Datasets.centWalk(count, seed: seed).map { ($0 * 100 - 5000).rounded() / 100 }, true),
            ("counter", Datasets.counter(count, seed: seed), true),
            ("latency", Datasets.latency(count, seed: seed), true),
            ("single precision", Datasets.narrowWalk(count, seed: seed), false),
            ("steps", Datasets.steps(count, seed: seed), false),
            ("special", Datasets.special(count, seed: seed), false),
            ("averages", Datasets.averages(count, seed: seed), false),
            ("percentage", Datasets.memoryPercentage(count, seed: seed), false),
            ("full precision", Datasets.walk(count, seed: seed), false),
        ]
        for column in columns {
            let isAnswered = try Self.check(column.values, "\(column.name), \(count) rows, seed \(seed)", &random)
            if count >= 1000, column.isScaled { #expect(isAnswered, "\(column.name) has to be decoded") }
        }
    }

    @Test("sums of any scaled columns are those of their doubles", arguments: 0..<60 as Range<UInt64>)
    func scales(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let count = Int.random(in: 1...4096, using: &random)
        let reach = Int64(1) << Int64.random(in: 1...50, using: &random)
        let step = min(reach, Int64(1) << Int64.random(in: 0...30, using: &random))
        let factor: Int64 = [1, 1, 1, 7, 4096, 1 << 20].randomElement(using: &random)!
        var number = Int64.random(in: -reach...reach, using: &random)
        let isWalk = Bool.random(using: &random)
        let numbers = (0..<count).map { _ in
            number =
                isWalk
                ? min(reach, max(-reach, number + Int64.random(in: -step...step, using: &random)))
                : Int64.random(in: -step...step, using: &random)
            return number / factor * factor
        }
        let places = Int.random(in: 0...15, using: &random)
        let power = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15][places]
        try Self.check(numbers.map { Double($0) / power }, "\(places) places, seed \(seed)", &random)
        let bits = Int.random(in: -900...900, using: &random)
        let binary = numbers.map { Double(sign: .plus, exponent: bits, significand: Double($0)) }
        try Self.check(binary, "2^\(bits), seed \(seed)", &random)
        let unit = Double.random(in: 1e-9..<1e9, using: &random)
        try Self.check(numbers.map { Double($0) * unit }, "unit \(unit), seed \(seed)", &random)
        let edges = numbers.map { Int.random(in: 0..<60, using: &random) == 0 ? 0 : Double($0) / power }
        let odd = edges.map { $0 == 0 ? [0.0, -0.0, .nan, 1e300].randomElement(using: &random)! : $0 }
        try Self.check(odd, "edges, seed \(seed)", &random)
    }

    /// The bytes of a stream that no writer makes.
    private static func stream(mode: UInt8, scale: [UInt8], _ numbers: [Int64]) -> [UInt8] {
        [mode] + scale + encodeIntegers(numbers)
    }

    @Test("forged scales give what decoding gives, or nothing")
    func forged() throws {
        func little<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
        let small = (0..<1024).map { Int64($0 * 37 % 101) - 50 }
        let large = small.map { $0 &* 0x0123_4567_89ab_cdef }
        var scales: [(UInt8, [UInt8])] = (0...18 as ClosedRange<UInt8>).map { (1, [$0]) }
        for bits in [-1000, -980, -971, -960, 0, 5, 62, 1000] { scales.append((2, little(Int16(bits)))) }
        let units: [Double] = [
            0, -0.0, -1, .nan, .infinity, .leastNonzeroMagnitude, 1e-308, 1e-290, 0.7, 1e290, 1e306, 1.7e308,
        ]
        for unit in units { scales.append((3, little(unit.bitPattern))) }
        for (mode, scale) in scales {
            for numbers in [small, large, [Int64](repeating: 0, count: 1024), small.map { $0 << 43 }] {
                let bytes = Self.stream(mode: mode, scale: scale, numbers)
                guard let patterns = try? decodeFloats(bytes, count: 1024) else {
                    let found = try? Self.sums(bytes, 1024, [0, 1024])
                    #expect(found == nil, "mode \(mode), scale \(scale)")
                    continue
                }
                let values = patterns.map { Double(bitPattern: $0) }
                guard let found = try Self.sums(bytes, 1024, [0, 100, 1024]) else { continue }
                let areFinite = values.allSatisfy { $0.isFinite }
                #expect(areFinite, "mode \(mode), scale \(scale)")
                for (one, other) in zip(found, Self.expected(values, [0, 100, 1024])) {
                    other.expectEqual(one, "mode \(mode), scale \(scale)")
                }
            }
        }
    }

    @Test("decimals are quotients to the bit and sums are theirs, below and beyond every limit", arguments: 1...9)
    func quotients(places: Int) throws {
        var random = SplitMix64(seed: UInt64(places))
        let power = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9][places]
        // Numbers of 20 bits are summed up apart from their rounding, those of 32 bits are not divided.
        let limits: [Int64] = [0, 1 << 20, -1 << 20, 1 << 31, -1 << 31, 1 << 32, -1 << 32, 1 << 50]
        let origins = limits + (0..<8).map { Int64.random(in: -1...1, using: &random) << $0 &* 9_973 }
        for origin in origins {
            for reach: Int64 in [1, 700, 1 << 17, 1 << 21, 1 << 28] {
                let numbers = (0..<1024).map { _ in origin + Int64.random(in: -reach...reach, using: &random) }
                let bytes = Self.stream(mode: 1, scale: [UInt8(places)], numbers)
                let values = numbers.map { Double($0) / power }
                let patterns = try decodeFloats(bytes, count: 1024)
                #expect(patterns == values.map(\.bitPattern), "\(places) places, \(origin) ± \(reach)")
                let found = try #require(try Self.sums(bytes, 1024, [0, 101, 1024]))
                for (one, other) in zip(found, Self.expected(values, [0, 101, 1024])) {
                    other.expectEqual(one, "\(places) places, \(origin) ± \(reach)")
                }
            }
        }
    }

    @Test("no rows have no sums, and no runs give none")
    func nothing() throws {
        let bytes = encodeFloats(Datasets.centWalk(2000, seed: 1))
        #expect(try Self.sums(bytes, 2000, []) == [])
        #expect(try Self.sums(bytes, 2000, [7]) == [])
        #expect(try Self.sums(bytes, 2000, [7, 7]) == [RowSums()])
    }
}

/// What ``RowSums`` has to hold.
struct RowSumsExpectation {
    var count = 0
    var minimum = Double.infinity
    var maximum = -Double.infinity
    var sum = ExactSum()

    func expectEqual(_ found: RowSums, _ label: String) {
        #expect(found.count == count, "\(label)")
        // + 0: which zero is the smallest is not said.
        #expect((found.minimum + 0).bitPattern == (minimum + 0).bitPattern, "\(label)")
        #expect((found.maximum + 0).bitPattern == (maximum + 0).bitPattern, "\(label)")
        #expect(found.sum == sum, "\(label)")
        #expect(found.sum.value.bitPattern == sum.value.bitPattern, "\(label)")
    }
}
