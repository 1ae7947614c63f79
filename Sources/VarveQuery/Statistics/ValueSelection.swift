/// Finds order statistics without sorting: expected O(n) for each.
enum ValueSelection {
    /// Below this, insertion sort is fastest.
    private static let shortCount = 24
    /// From here on the pivot is the median of nine values, not of three.
    private static let longCount = 512

    /// Reorders `values[range]` so that position `target` holds what sorting would put there, nothing greater before it
    /// and nothing smaller behind it. All values are numbers; which of −0.0 and 0.0 comes first is open.
    ///
    /// Expected about 3 comparisons per value (Hoare 1961). Rounds that do not shrink the range count against a budget;
    /// when it is spent, what is left is sorted, so that the worst case is O(n log n).
    static func place(_ target: Int, in range: Range<Int>, of values: UnsafeMutableBufferPointer<Double>) {
        precondition(range.contains(target) && range.upperBound <= values.count, "the target lies in the range")
        var low = range.lowerBound
        var high = range.upperBound
        var budget = 2 * (Int.bitWidth - range.count.leadingZeroBitCount)
        while high - low > shortCount {
            if budget == 0 {
                var rest = UnsafeMutableBufferPointer(rebasing: values[low..<high])
                return rest.sort()
            }
            budget -= 1
            let pivot = pivot(low, high, values)
            let (left, right) = partition(low, high, around: pivot, values)
            // Everything in left..<right equals the pivot.
            if target < left { high = left } else if target >= right { low = right } else { return }
        }
        insertionSort(low, high, values)
    }

    /// Splits into values up to the pivot before `left`, values from the pivot on from `right` on, and at most one that
    /// equals it between them. Neither side is all of the range, because the pivot is one of its values. Runs of equal
    /// values are split in halves.
    @inline(__always)
    private static func partition(
        _ low: Int, _ high: Int, around pivot: Double, _ values: UnsafeMutableBufferPointer<Double>
    ) -> (left: Int, right: Int) {
        var left = low
        var right = high &- 1
        while true {
            while values[left] < pivot { left &+= 1 }
            while values[right] > pivot { right &-= 1 }
            if left >= right { break }
            values.swapAt(left, right)
            left &+= 1
            right &-= 1
        }
        // Now values before `left` are ≤ pivot, values after `right` are ≥ pivot; one between them equals it.
        return left == right ? (left, left &+ 1) : (left, left)
    }

    private static func pivot(_ low: Int, _ high: Int, _ values: UnsafeMutableBufferPointer<Double>) -> Double {
        let middle = low + (high - low) / 2
        let last = high - 1
        guard high - low >= longCount else { return median(values[low], values[middle], values[last]) }
        let step = (high - low) / 8
        return median(
            median(values[low], values[low + step], values[low + 2 * step]),
            median(values[middle - step], values[middle], values[middle + step]),
            median(values[last - 2 * step], values[last - step], values[last]))
    }

    private static func median(_ a: Double, _ b: Double, _ c: Double) -> Double {
        max(min(a, b), min(max(a, b), c))
    }

    private static func insertionSort(_ low: Int, _ high: Int, _ values: UnsafeMutableBufferPointer<Double>) {
        var next = low + 1
        while next < high {
            let value = values[next]
            var hole = next
            while hole > low, values[hole - 1] > value {
                values[hole] = values[hole - 1]
                hole -= 1
            }
            values[hole] = value
            next += 1
        }
    }
}
