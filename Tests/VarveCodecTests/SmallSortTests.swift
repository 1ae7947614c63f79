import Testing
import VarveCodec
import VarveTestKit

@Suite struct SmallSortTests {
    @Test("numbers of any width come out in order, and as many different ones as a set finds")
    func sorts() throws {
        try forEvery("seed", in: 1...(200 as UInt64)) { seed in
            var random = SplitMix64(seed: seed)
            let bits = Int(random.next() % 64) + 1
            let count = Int(random.next() % 128) + 1
            let numbers = (0..<count).map { _ in random.next() >> UInt64(64 - bits) }
            var sorted = numbers
            var spare = [UInt64](repeating: 0, count: count)
            sorted.withUnsafeMutableBufferPointer { buffer in
                spare.withUnsafeMutableBufferPointer { SmallSort.sort(buffer, spare: $0, bits: bits) }
            }
            #expect(sorted == numbers.sorted(), "\(Trail.here)")
            var same = numbers
            #expect(same.withUnsafeMutableBufferPointer { SmallSort.distinctCount($0) } == Set(numbers).count)
        }
    }
}
