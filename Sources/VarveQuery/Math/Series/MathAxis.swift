/// The times of a series: the slots of its grid and, for the rare points that lie between them, a list of all.
///
/// Points between the slots come of series whose periods do not divide each other: every 2 and every 3 minutes together
/// have the grid of the smaller period and points at the third minute.
package struct MathAxis: Hashable, Sendable {
    package let grid: MathGrid
    /// nil when the times are exactly the slots of `grid`; else all slots and more times, ascending, each once.
    let listed: [Int64]?

    package init(_ grid: MathGrid) {
        self.grid = grid
        listed = nil
    }

    /// The slots of `grid` and `times`, which ascend strictly.
    init(_ grid: MathGrid, with times: [Int64]) {
        self.grid = grid
        let others = times.filter { grid.slot(at: $0) == nil }
        listed = others.isEmpty ? nil : Self.merged((0..<grid.count).map(grid.time), others)
    }

    package var count: Int { listed?.count ?? grid.count }

    /// Nanoseconds since 1970.
    package func time(_ index: Int) -> Int64 { listed.map { $0[index] } ?? grid.time(index) }

    /// All times, ascending. O(count).
    var times: [Int64] { listed ?? (0..<grid.count).map(grid.time) }

    /// The axis on which all of `axes` lie, with the grid of the smallest period (the first of several).
    /// - Precondition: `axes` is not empty.
    static func common(_ axes: [MathAxis]) -> MathAxis {
        let smallest = axes.indices.min { axes[$0].grid.periodNs < axes[$1].grid.periodNs } ?? 0
        let grid = axes[smallest].grid
        var others: [Int64] = []
        for axis in axes where axis.listed != nil || (axis.grid != grid && grid.embedding(of: axis.grid) == nil) {
            others = merged(others, axis.times)
        }
        return MathAxis(grid, with: others)
    }

    /// Two strictly ascending lists in one.
    private static func merged(_ left: [Int64], _ right: [Int64]) -> [Int64] {
        if left.isEmpty { return right }
        var result: [Int64] = []
        result.reserveCapacity(left.count + right.count)
        var leftIndex = 0
        var rightIndex = 0
        while leftIndex < left.count, rightIndex < right.count {
            let time = min(left[leftIndex], right[rightIndex])
            result.append(time)
            if left[leftIndex] == time { leftIndex += 1 }
            if right[rightIndex] == time { rightIndex += 1 }
        }
        result += left[leftIndex...]
        result += right[rightIndex...]
        return result
    }
}
