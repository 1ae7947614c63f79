import Testing
import VarveBytes
import VarveCodec
import VarveTestKit

private func sum(_ values: [Double]) -> ExactSum {
    var sum = ExactSum()
    values.withUnsafeBufferPointer { sum.add($0) }
    return sum
}

private func sumOneByOne(_ values: [Double]) -> ExactSum {
    var sum = ExactSum()
    for value in values { sum.add(value) }
    return sum
}

private func roundTrip(_ sum: ExactSum) throws -> ExactSum {
    var writer = ByteWriter()
    sum.encode(into: &writer)
    var cursor = ByteCursor(writer.bytes.span.bytes)
    let decoded = try ExactSum(decoding: &cursor)
    let isAtEnd = cursor.isAtEnd
    #expect(isAtEnd)
    return decoded
}

@Suite struct ExactSumTests {
    @Test("the sum of nothing, and any cancellation, is +0.0")
    func zero() {
        for values in [[], [-0.0], [1e300, -1e300], [0x1p-1074, -0x1p-1074], [-0.0, 0.0]] {
            #expect(sum(values).value.bitPattern == 0)
            #expect(sum(values) == ExactSum())
        }
    }

    @Test("large terms that cancel leave the small ones exact")
    func cancellation() {
        #expect(sum([1e308, 1, -1e308, 0x1p-1074, -1]).value == 0x1p-1074)
        #expect(sum([1e100, 1, -1e100]).value == 1)
        #expect(
            sum([.greatestFiniteMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude]).value
                == .greatestFiniteMagnitude)
    }

    @Test("the result is rounded once, to nearest and ties to even")
    func rounding() {
        // 2^53 + 1 is half way between 2^53 and 2^53 + 2.
        #expect(sum([0x1p53, 1]).value == 0x1p53)
        #expect(sum([0x1p53, 1, 0x1p-1074]).value == 0x1p53 + 2)
        #expect(sum([0x1p53, 2, 1]).value == 0x1p53 + 4)
        #expect(sum([-0x1p53, -1, -0x1p-1074]).value == -0x1p53 - 2)
        // Ten times the double nearest to 0.1 is 1 + 5.55e-17, which rounds to 1; a running sum gives 0.999….
        #expect(sum([Double](repeating: 0.1, count: 10)).value == 1)
        #expect(sum([.greatestFiniteMagnitude, .greatestFiniteMagnitude]).value == .infinity)
        #expect(sum([-.greatestFiniteMagnitude, -.greatestFiniteMagnitude]).value == -.infinity)
    }

    @Test("NaN and infinities follow IEEE 754")
    func specials() {
        #expect(sum([1, .nan, 2]).value.isNaN)
        #expect(sum([.infinity, -.infinity]).value.isNaN)
        #expect(sum([.infinity, -1e308]).value == .infinity)
        #expect(sum([-.infinity, 3]).value == -.infinity)
    }

    @Test("order, cuts, method and encoding do not change the sum", arguments: 0..<40 as Range<UInt64>)
    func independence(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let spread = [4, 40, 400, 2046][Int(seed % 4)]
        var values = (0..<Int.random(in: 1...3000, using: &random)).map { _ -> Double in
            let exponent = UInt64(max(0, min(2046, 1023 + Int.random(in: -spread...spread, using: &random) / 2)))
            let fraction = UInt64.random(in: 0..<(1 << 52), using: &random)
            let sign = UInt64.random(in: 0...1, using: &random) << 63
            return Double(bitPattern: sign | exponent << 52 | fraction)
        }
        let whole = sum(values)
        values.shuffle(using: &random)
        #expect(sumOneByOne(values) == whole)
        #expect(sumOneByOne(values).value == whole.value)
        let cut = Int.random(in: 0...values.count, using: &random)
        var parts = sum(Array(values[cut...]))
        parts.merge(sumOneByOne(Array(values[..<cut])))
        #expect(parts == whole)
        #expect(try roundTrip(whole) == whole)
        #expect(try roundTrip(whole).value == whole.value)
        // Every value taken away again leaves nothing, so nothing was lost on the way.
        #expect(sum(values + values.map { -$0 }) == ExactSum())
    }

    @Test("multiples of a power of two sum as their integer numerators do", arguments: 0..<8 as Range<UInt64>)
    func againstIntegers(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        // Values 2^-20 · n have exact integer sums to compare with.
        let numerators = (0..<5000).map { _ in Int64.random(in: -(1 << 50)...(1 << 50), using: &random) }
        let values = numerators.map { Double($0) * 0x1p-20 }
        let expected = numerators.reduce(Int128(0)) { $0 + Int128($1) }
        #expect(sum(values).value == Double(expected) * 0x1p-20)
    }

    @Test("adding a value n times equals adding it n times")
    func times() {
        for value in [0.1, -3e300, 0x1p-1074, 7] {
            var sum = ExactSum()
            sum.add(value: value, times: 1000)
            #expect(sum == sumOneByOne([Double](repeating: value, count: 1000)))
        }
        var none = ExactSum()
        none.add(value: .nan, times: 0)
        #expect(none == ExactSum())
    }

    @Test("damaged bytes are refused or give some sum, and never trap", arguments: 0..<200 as Range<UInt64>)
    func damaged(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        if bytes.count > 2 { (bytes[0], bytes[1]) = (bytes[0] & 7, bytes[1] & 31) }
        var cursor = ByteCursor(bytes.span.bytes)
        if let sum = try? ExactSum(decoding: &cursor) {
            var twice = sum
            twice.merge(sum)
            _ = twice.value
            var writer = ByteWriter()
            sum.encode(into: &writer)
            #expect(bytes.starts(with: writer.bytes))
        }
    }

    @Test(
        "a sum in more bytes than it takes is refused",
        arguments: [
            // Found by fuzzing: a zero byte at the low end.
            ([3, 2, 1, 0, 4], false), ([3, 1, 2, 4], true),
            // A byte at the high end that only repeats the sign.
            ([0, 2, 5, 1, 0], false), ([0, 2, 5, 0x80, 0], true), ([0, 2, 5, 0x80, 0xff], false),
            ([0, 2, 5, 1, 0xff], true), ([0, 1, 5, 0xff], true),
            // Zero, and counts with more digits than they have.
            ([0, 0], true), ([0, 1, 0, 0], false), ([0, 0x80, 0], false), ([0, 0x81, 0, 5, 1], false),
            ([0, 1, 0x85, 0, 1], false), ([0, 1, 0x85, 1, 1], true),
        ] as [([UInt8], Bool)])
    func oneForm(bytes: [UInt8], isForm: Bool) {
        var cursor = ByteCursor(bytes.span.bytes)
        let sum = try? ExactSum(decoding: &cursor)
        #expect((sum != nil) == isForm)
        guard let sum else { return }
        var writer = ByteWriter()
        sum.encode(into: &writer)
        #expect(writer.bytes == bytes)
    }
}

@Suite struct BlockStatisticsTests {
    @Test("statistics of parts merge into those of the whole", arguments: 0..<20 as Range<UInt64>)
    func merge(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let pool = [Double.nan, .infinity, -.infinity, -0.0, 0.0, 1.5, -2.25, 1e300]
        let values = (0..<Int.random(in: 0...70, using: &random)).map { _ in pool.randomElement(using: &random)! }
        let whole = values.withUnsafeBufferPointer { BlockStatistics(of: $0) }
        for cut in 0...values.count {
            var parts = Array(values[..<cut]).withUnsafeBufferPointer { BlockStatistics(of: $0) }
            parts.merge(Array(values[cut...]).withUnsafeBufferPointer { BlockStatistics(of: $0) })
            #expect(parts == whole)
        }
        let finite = values.filter(\.isFinite)
        #expect(whole.count == values.count)
        #expect(whole.nanCount == values.filter(\.isNaN).count)
        #expect(whole.minimum == finite.min())
        #expect(whole.maximum == finite.max())
        #expect(whole.minimum.map { $0 != 0 || $0.sign == .plus } ?? true)
    }
}

@Suite struct ExactSumPathTests {
    /// Columns whose values differ in sign, in size and in kind.
    private static func column(_ kind: Int, _ count: Int, _ random: inout SplitMix64) -> [Double] {
        (0..<count).map { _ in
            let unit = Double.random(in: 1..<2, using: &random)
            switch kind {
            case 0: return unit
            case 1: return -unit * 1e9
            case 2: return (unit * 200 - 300).rounded()
            case 3: return unit * Double.random(in: 0..<1, using: &random)
            case 4: return 0
            case 5: return Int.random(in: 0..<300, using: &random) == 0 ? .nan : 0
            case 6: return unit * [0x1p31, 1, 0x1p-1][Int.random(in: 0..<3, using: &random)]
            case 7: return unit * [0x1p32, 0x1p-40][Int.random(in: 0..<2, using: &random)]
            case 8: return Int.random(in: 0..<500, using: &random) == 0 ? -.infinity : unit
            case 9: return unit * .leastNormalMagnitude / 4
            case 10: return unit * 0x1p899 * [-1, 1, 0x1p-100][Int.random(in: 0..<3, using: &random)]
            default: return Double(bitPattern: random.next())
            }
        }
    }

    @Test("one by one, in short runs and in blocks give the same sum and statistics", arguments: 0..<12)
    func paths(kind: Int) {
        var random = SplitMix64(seed: UInt64(kind))
        for count in [1, 3, 8, 9, 12, 100, 1023, 1024, 1025, 3000] {
            let values = Self.column(kind, count, &random)
            var single = ExactSum()
            for value in values { single.add(value) }
            var known = ExactSum()
            for value in values { known.add(value: value, times: 1) }
            var short = ExactSum()
            var block = ExactSum()
            values.withUnsafeBufferPointer { all in
                for start in stride(from: 0, to: count, by: 5) {
                    short.add(UnsafeBufferPointer(rebasing: all[start..<min(start + 5, count)]))
                }
                block.add(all)
            }
            #expect(single == known && short == known && block == known, "\(count) of kind \(kind)")
            let statistics = values.withUnsafeBufferPointer { BlockStatistics(of: $0) }
            let finite = values.filter(\.isFinite)
            #expect(statistics.sum == known)
            #expect(statistics.minimum == finite.min() && statistics.maximum == finite.max())
            #expect(statistics.nanCount == values.count(where: \.isNaN))
        }
    }
}
