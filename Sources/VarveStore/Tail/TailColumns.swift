/// Rows of a chunk sorted by shape and time, their values in columns: what readers of a series want, while the
/// chunk itself has them in the order of arrival. Made once, by the first who reads the chunk; immutable; any thread.
///
/// Takes as much memory as the rows themselves, and saves each reader the search through all rows of the chunk: in 64
/// Ki rows of a hundred sources a query for one of them looks at 655.
package final class TailColumns: @unchecked Sendable {
    // Safe to share: raw memory is written by init only.

    /// Rows of one shape.
    package struct Group {
        package var shape: UInt32
        /// Position of its times, one per row.
        package var start: Int
        package var rowCount: Int
        /// Position of the first column of values; the others follow, each of `rowCount`.
        package var valueStart: Int
        /// Distance of neighbouring times when it is always the same.
        package var step: Int64?
    }

    /// Ascending by shape.
    package let groups: [Group]
    private let timestamps: UnsafeMutablePointer<Int64>
    private let values: UnsafeMutablePointer<Double>

    package init(_ rows: TailChunk.Rows) {
        let rowCount = rows.timestamps.count
        let timestamps = UnsafeMutablePointer<Int64>.allocate(capacity: max(1, rowCount))
        let values = UnsafeMutablePointer<Double>.allocate(capacity: max(1, rows.values.count))
        (self.timestamps, self.values) = (timestamps, values)
        // Row numbers below the shape: one sort keeps the order of arrival inside a shape.
        var order = rows.shapes.indices.map { UInt64(rows.shapes[$0]) << 32 | UInt64($0) }
        order.sort()
        var numbers = order.map { UInt32(truncatingIfNeeded: $0) }
        var groups: [Group] = []
        var start = 0
        var valueStart = 0
        while start < rowCount {
            let shape = UInt32(order[start] >> 32)
            var end = start + 1
            while end < rowCount, UInt32(order[end] >> 32) == shape { end += 1 }
            var group = Group(shape: shape, start: start, rowCount: end - start, valueStart: valueStart)
            numbers.withUnsafeMutableBufferPointer { numbers in
                let own = UnsafeMutableBufferPointer(rebasing: numbers[start..<end])
                Self.sortByTime(own, rows)
                valueStart += Self.transpose(&group, rows, UnsafeBufferPointer(own), timestamps, values)
            }
            groups.append(group)
            start = end
        }
        self.groups = groups
    }

    deinit {
        timestamps.deallocate()
        values.deallocate()
    }

    /// Free when the rows arrived in order, as they nearly always do.
    private static func sortByTime(_ numbers: UnsafeMutableBufferPointer<UInt32>, _ rows: TailChunk.Rows) {
        func time(_ position: Int) -> Int64 { rows.timestamps[Int(numbers[position])] }
        guard !(1..<max(1, numbers.count)).allSatisfy({ time($0 - 1) <= time($0) }) else { return }
        var numbers = numbers
        numbers.sort { (rows.timestamps[Int($0)], $0) < (rows.timestamps[Int($1)], $1) }
    }

    /// Copies the rows of a group into columns. Hot: once per row of a chunk, reading whole rows.
    /// - Returns: the number of values copied.
    private static func transpose(
        _ group: inout Group, _ rows: TailChunk.Rows, _ numbers: UnsafeBufferPointer<UInt32>,
        _ timestamps: UnsafeMutablePointer<Int64>, _ values: UnsafeMutablePointer<Double>
    ) -> Int {
        guard let source = rows.values.baseAddress else { return 0 }
        let count = group.rowCount
        let first = Int(numbers[0])
        let fieldCount = Int(rows.starts[first + 1] - rows.starts[first])
        let times = timestamps + group.start
        let target = values + group.valueStart
        for row in 0..<count {
            let number = Int(numbers[row])
            times[row] = rows.timestamps[number]
            let rowValues = source + Int(rows.starts[number])
            for field in 0..<fieldCount { target[field &* count &+ row] = rowValues[field] }
        }
        group.step = step(UnsafeBufferPointer(start: times, count: count))
        return count * fieldCount
    }

    private static func step(_ times: UnsafeBufferPointer<Int64>) -> Int64? {
        guard times.count > 1 else { return 0 }
        let (step, isLarge) = times[1].subtractingReportingOverflow(times[0])
        guard !isLarge else { return nil }
        for row in 2..<max(2, times.count)
        where times[row].subtractingReportingOverflow(times[row &- 1]) != (step, false) { return nil }
        return step
    }

    package func times(of group: Group) -> UnsafeBufferPointer<Int64> {
        UnsafeBufferPointer(start: timestamps + group.start, count: group.rowCount)
    }

    package func values(of group: Group, field: Int) -> UnsafeBufferPointer<Double> {
        UnsafeBufferPointer(start: values + group.valueStart + field * group.rowCount, count: group.rowCount)
    }
}
