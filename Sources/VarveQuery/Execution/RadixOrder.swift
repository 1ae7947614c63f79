/// Sorting by integers: stable, O(n) for each eleven bits in which keys differ.
enum RadixOrder {
    /// The positions of `keys` in ascending order of the keys, equal ones as they stand.
    static func ascending(_ keys: [UInt64]) -> [UInt32] {
        var order = (0..<UInt32(keys.count)).map { $0 }
        guard let first = keys.first, !isAscending(keys) else { return order }
        let varying = keys.reduce(0) { $0 | ($1 ^ first) }
        var next = [UInt32](repeating: 0, count: keys.count)
        var shift = varying.trailingZeroBitCount
        while shift < 64, varying >> UInt64(shift) != 0 {
            pass(keys, shift: UInt64(shift), order, into: &next)
            swap(&order, &next)
            shift += digitBits
        }
        return order
    }

    /// The counters of one digit fill a quarter of the first cache.
    private static let digitBits = 11

    private static func isAscending(_ keys: [UInt64]) -> Bool {
        var index = 1
        while index < keys.count, keys[index - 1] <= keys[index] { index += 1 }
        return index >= keys.count
    }

    private static func pass(_ keys: [UInt64], shift: UInt64, _ order: [UInt32], into next: inout [UInt32]) {
        let mask: UInt64 = 1 << UInt64(digitBits) - 1
        var starts = [UInt32](repeating: 0, count: 1 << digitBits)
        for key in keys { starts[Int((key >> shift) & mask)] += 1 }
        var start: UInt32 = 0
        for digit in starts.indices {
            let count = starts[digit]
            starts[digit] = start
            start += count
        }
        for position in order {
            let digit = Int((keys[Int(position)] >> shift) & mask)
            next[Int(starts[digit])] = position
            starts[digit] += 1
        }
    }
}
