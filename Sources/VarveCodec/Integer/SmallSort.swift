/// Sorts samples of a hundred or so numbers of few bits by counting digits of eight bits, lowest first: encoders do it
/// several times per vector, and with comparisons it was a quarter of the processor time of flushing 40 000 series.
package enum SmallSort {
    /// Four digits: each takes a pass over 256 counters, twice the size of a sample.
    private static let radixBitsMax = 32

    /// Sorts `numbers`, which are below 2^`bits`; `spare` has as many elements and is overwritten.
    package static func sort(
        _ numbers: UnsafeMutableBufferPointer<UInt64>, spare: UnsafeMutableBufferPointer<UInt64>, bits: Int
    ) {
        var numbers = numbers
        guard bits <= radixBitsMax, numbers.count <= Int(UInt16.max) else { return numbers.sort() }
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 256) { ends in
            var source = numbers
            var target = spare
            for shift in stride(from: UInt64(0), to: UInt64(bits), by: 8) {
                distribute(source, into: target, shift: shift, ends)
                swap(&source, &target)
            }
            if source.baseAddress != numbers.baseAddress { _ = numbers.update(fromContentsOf: source) }
        }
    }

    /// One pass by the digit at `shift`; keeps the order of equal digits.
    private static func distribute(
        _ source: UnsafeMutableBufferPointer<UInt64>, into target: UnsafeMutableBufferPointer<UInt64>, shift: UInt64,
        _ starts: UnsafeMutableBufferPointer<UInt16>
    ) {
        starts.update(repeating: 0)
        for number in source { starts[Int((number &>> shift) & 0xff)] &+= 1 }
        var start: UInt16 = 0
        for digit in 0..<256 {
            let count = starts[digit]
            starts[digit] = start
            start &+= count
        }
        for number in source {
            let digit = Int((number &>> shift) & 0xff)
            target[Int(starts[digit])] = number
            starts[digit] &+= 1
        }
    }

    /// How many different numbers there are. O(count) as long as they are at most 128, which they must be.
    package static func distinctCount(_ numbers: UnsafeMutableBufferPointer<UInt64>) -> Int {
        precondition(numbers.count <= 128, "the table is half empty")
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { slots in
            // Places in `numbers`, counted from 1.
            slots.update(repeating: 0)
            var count = 0
            for (place, number) in numbers.enumerated() {
                // Fibonacci hashing: the high byte of the product with 2^64 / φ.
                var slot = UInt8(truncatingIfNeeded: (number &* 0x9e37_79b9_7f4a_7c15) &>> 56)
                while slots[Int(slot)] != 0, numbers[Int(slots[Int(slot)]) - 1] != number { slot &+= 1 }
                if slots[Int(slot)] == 0 {
                    slots[Int(slot)] = UInt8(place + 1)
                    count += 1
                }
            }
            return count
        }
    }
}
