import Synchronization

/// Rows in memory, in order of arrival: columns of fixed capacity that one writer fills and any number of readers scan.
///
/// The writer stores a row completely, then publishes it by raising `published` with release order; readers load that
/// with acquire order and never look beyond it. Published rows never change.
package final class TailChunk: @unchecked Sendable {
    // Safe to share: raw memory is written only at positions >= published, by the one thread that owns the tail,
    // and read only below it.

    package let rowCapacity: Int
    package let valueCapacity: Int
    /// Per row: number of the shape in the catalogue.
    private let shapes: UnsafeMutablePointer<UInt32>
    private let timestamps: UnsafeMutablePointer<Int64>
    /// Per row: position of its first value; `rowCapacity + 1` entries, so that the next row's start ends a row.
    private let starts: UnsafeMutablePointer<UInt32>
    private let values: UnsafeMutablePointer<Double>
    private let published = Atomic<Int>(0)
    /// Smallest and largest time of the published rows; may run ahead of `published`, which only widens the range.
    private let oldest = Atomic<Int64>(.max)
    private let newest = Atomic<Int64>(.min)
    /// Whether no row will follow.
    private let isSealed = Atomic<Bool>(false)
    /// Made by the first reader of a sealed chunk, or the second one of rows that have not become more meanwhile.
    private let sorted = Mutex(SortedRows())

    private struct SortedRows {
        /// How many rows the last reader wanted.
        var wantedCount = 0
        /// Of so many rows.
        var rowCount = 0
        var columns: TailColumns?
        /// Somebody sorts, not under the lock.
        var isBeingMade = false
    }

    package init(rowCapacity: Int, valueCapacity: Int) {
        precondition(rowCapacity > 0 && valueCapacity > 0 && valueCapacity <= Int(UInt32.max), "chunk of 1 row or more")
        self.rowCapacity = rowCapacity
        self.valueCapacity = valueCapacity
        shapes = .allocate(capacity: rowCapacity)
        timestamps = .allocate(capacity: rowCapacity)
        starts = .allocate(capacity: rowCapacity + 1)
        values = .allocate(capacity: valueCapacity)
        starts.initialize(to: 0)
    }

    deinit {
        shapes.deallocate()
        timestamps.deallocate()
        starts.deallocate()
        values.deallocate()
    }

    /// Bytes of memory that the chunk holds.
    package var byteCount: Int { rowCapacity * 16 + 4 + valueCapacity * 8 }
    package var rowCount: Int { published.load(ordering: .acquiring) }
    /// Values of all published rows.
    package var valueCount: Int { Int(starts[rowCount]) }

    /// Times of the published rows lie within; nil without rows.
    package var timeBounds: (oldest: Int64, newest: Int64)? {
        let bounds = (oldest.load(ordering: .relaxed), newest.load(ordering: .relaxed))
        return bounds.0 <= bounds.1 ? bounds : nil
    }

    /// Appends rows from number `row` on while they fit; returns the first row that did not. Writer only.
    ///
    /// Hot: once per batch; 1–2 ns per value. The rows are published together.
    /// - Parameters:
    ///   - widths: per shape of the catalogue, the number of values in a row.
    ///   - valueOffset: position in `rows.values` of the first value of `row`; moved along.
    package func append(
        _ rows: NumberedRows, from row: Int, widths: GrowingColumn<UInt16>, valueOffset: inout Int
    ) -> Int {
        var next = published.load(ordering: .relaxed)
        var free = Int(starts[next])
        var (low, high) = (oldest.load(ordering: .relaxed), newest.load(ordering: .relaxed))
        let (firstValue, firstFree) = (valueOffset, free)
        var index = row
        while index < rows.timestamps.count, next < rowCapacity {
            let shape = rows.shapes[index]
            let count = Int(widths[shape])
            guard free + count <= valueCapacity else { break }
            let timestamp = rows.timestamps[index]
            shapes[next] = shape
            timestamps[next] = timestamp
            low = min(low, timestamp)
            high = max(high, timestamp)
            free += count
            next += 1
            starts[next] = UInt32(truncatingIfNeeded: free)  // <= valueCapacity <= UInt32.max
            index += 1
        }
        valueOffset += free - firstFree
        rows.values.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress, free > firstFree else { return }
            (values + firstFree).initialize(from: base + firstValue, count: free - firstFree)
        }
        oldest.store(low, ordering: .relaxed)
        newest.store(high, ordering: .relaxed)
        published.store(next, ordering: .releasing)
        return index
    }

    /// To be called when no row will follow. Writer only.
    package func seal() { isSealed.store(true, ordering: .releasing) }

    /// The first `rowCount` rows in columns: of a sealed chunk, and of any other when the same rows have been asked for
    /// before. Else nil: rows that come every moment would have to be sorted anew for each reader. The first call sorts
    /// them, which takes as long as a few scans; nil meanwhile for others, who do not wait but look at the rows.
    package func columns(of rowCount: Int) -> TailColumns? {
        guard rowCount > 0 else { return nil }
        let isComplete = isSealed.load(ordering: .acquiring) && rowCount == self.rowCount
        let (known, isMine) = sorted.withLock { sorted -> (TailColumns?, Bool) in
            if sorted.rowCount == rowCount, let columns = sorted.columns { return (columns, false) }
            defer { sorted.wantedCount = rowCount }
            guard isComplete || sorted.wantedCount == rowCount, !sorted.isBeingMade else { return (nil, false) }
            sorted.isBeingMade = true
            return (nil, true)
        }
        guard isMine else { return known }
        let columns = TailColumns(rows(below: rowCount))
        sorted.withLock { sorted in
            sorted.isBeingMade = false
            (sorted.rowCount, sorted.columns) = (rowCount, columns)
        }
        return columns
    }

    /// Read access to the rows below `rowCount`, which must not exceed the published count.
    package func rows(below rowCount: Int) -> Rows {
        precondition(rowCount <= self.rowCount, "only published rows can be read")
        return Rows(
            shapes: UnsafeBufferPointer(start: shapes, count: rowCount),
            timestamps: UnsafeBufferPointer(start: timestamps, count: rowCount),
            starts: UnsafeBufferPointer(start: starts, count: rowCount + 1),
            values: UnsafeBufferPointer(start: values, count: Int(starts[rowCount])))
    }

    /// Columns of published rows; valid while the chunk is retained.
    package struct Rows {
        package let shapes: UnsafeBufferPointer<UInt32>
        package let timestamps: UnsafeBufferPointer<Int64>
        package let starts: UnsafeBufferPointer<UInt32>
        package let values: UnsafeBufferPointer<Double>
    }
}
