import VarveModel
import VarveStore

/// Ascending times of rows.
protocol RowTimes {
    var count: Int { get }
    func time(of row: Int) -> Int64
    /// The first row from `from` on whose time is not before `border`; the row count when there is none.
    func firstRow(atOrAfter border: Int64, from: Int) -> Int
    /// Whether a row has the time of the row before it.
    func repeats(_ row: Int) -> Bool
}

extension RowTimes {
    /// The rows of a range of time.
    func rows(in range: TimeRange) -> Range<Int> {
        let first = firstRow(atOrAfter: range.start, from: 0)
        return first..<firstRow(atOrAfter: range.end, from: first)
    }

    /// Whether another row has the time of this one.
    func isShared(_ row: Int) -> Bool { row > 0 && repeats(row) || row + 1 < count && repeats(row + 1) }
}

/// Row `i` at `first + i · step`: borders are computed.
struct RegularTimes: RowTimes {
    let first: Int64
    let step: Int64
    let count: Int

    @inline(__always)
    func time(of row: Int) -> Int64 { first &+ Int64(row) &* step }

    @inline(__always)
    func firstRow(atOrAfter border: Int64, from: Int) -> Int {
        if border <= first { return from }
        // All rows at one time, which is before the border.
        if step == 0 { return count }
        let distance = BucketGrid.distance(from: first, to: border)
        let row = distance / UInt64(step) &+ (distance % UInt64(step) == 0 ? 0 : 1)
        return max(from, row < UInt64(count) ? Int(truncatingIfNeeded: row) : count)
    }

    func repeats(_ row: Int) -> Bool { step == 0 }
}

/// Written-out times: borders are searched in growing steps from the row before, so that short runs stay cheap.
struct ExplicitTimes: RowTimes {
    let timestamps: UnsafeBufferPointer<Int64>

    var count: Int { timestamps.count }

    @inline(__always)
    func time(of row: Int) -> Int64 { timestamps[row] }

    @inline(__always)
    func firstRow(atOrAfter border: Int64, from: Int) -> Int {
        var low = from
        var step = 1
        // Everything before `low` is before the border.
        while low < timestamps.count, timestamps[min(low &+ step, timestamps.count) &- 1] < border {
            low = min(low &+ step, timestamps.count)
            step &*= 2
        }
        var high = min(low &+ step, timestamps.count)
        while low < high {
            let middle = low &+ (high &- low) / 2
            if timestamps[middle] < border { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    func repeats(_ row: Int) -> Bool { timestamps[row] == timestamps[row - 1] }
}
