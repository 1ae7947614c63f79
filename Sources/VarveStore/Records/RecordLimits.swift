import VarveModel

/// Every limit on rows with several columns. Batches beyond them are refused, and bytes of a log that claim to hold
/// more are damage: what comes after them, up to the segment, relies on it.
package enum RecordLimits {
    /// As for single numbers.
    package static let rowsMax = Limits.rowsPerBatchMax
    /// Bytes of all strings and bodies of a batch, and one for each string: two bodies of the largest size. An eighth
    /// of what a group of the log may have, which leaves room for the names of 64 Ki new series.
    package static let batchByteCountMax = 32 << 20
    /// Bytes of one body.
    package static let bodyByteCountMax = SegmentFormat.bodyByteCountMax
    /// Bytes of one string, in a list or by itself: 32 times the longest resource name of AWS (2 048).
    package static let stringByteCountMax = 64 << 10
    /// Strings of one list: a row's relations to other resources. 256 rows of such lists are one block.
    package static let listItemsMax = 4_096
    /// Bytes of all strings of one row, and one for each: lists of 4 096 names of 255 bytes. 4 such rows are one block.
    package static let rowStringByteCountMax = 1 << 20

    /// What is too large.
    package struct Excess: Error, Equatable, Sendable {
        package enum What: String, Sendable {
            case rows = "rows of a batch"
            case batchBytes = "bytes of strings and bodies of a batch"
            case bodyBytes = "bytes of a body"
            case stringBytes = "bytes of a string"
            case listItems = "strings of a list"
            case rowStringBytes = "bytes of all strings of a row"
            case groupBytes = "bytes of rows with several columns that are written at once"
        }

        package var what: What
        package var count: Int
        package var limit: Int

        init(_ what: What, _ count: Int, limit: Int) {
            self.what = what
            self.count = count
            self.limit = limit
        }
    }

    /// Strings count one byte more than they have: empty ones take room, too, in the log and more of it in memory.
    /// - Parameter columns: of `rowCount` rows each. O(rows and list items).
    static func check(_ columns: [SegmentColumnValues], rowCount: Int) throws(Excess) {
        try check(.rows, rowCount, limit: rowsMax)
        var strings = [Int](repeating: 0, count: rowCount)
        var total = 0
        for column in columns {
            switch column {
            case .integers, .floats, .identifiers: break
            case .strings(let values):
                for (row, value) in values.enumerated() {
                    try check(.stringBytes, value.count, limit: stringByteCountMax)
                    strings[row] += value.count + 1
                }
            case .stringLists(let lists):
                for (row, list) in lists.enumerated() { strings[row] += try byteCount(of: list) }
            case .bodies(let bodies):
                for body in bodies {
                    try check(.bodyBytes, body.count, limit: bodyByteCountMax)
                    total += body.count
                }
            }
        }
        for byteCount in strings {
            try check(.rowStringBytes, byteCount, limit: rowStringByteCountMax)
            total += byteCount
        }
        try check(.batchBytes, total, limit: batchByteCountMax)
    }

    private static func byteCount(of list: [[UInt8]]) throws(Excess) -> Int {
        try check(.listItems, list.count, limit: listItemsMax)
        var byteCount = 0
        for item in list {
            try check(.stringBytes, item.count, limit: stringByteCountMax)
            byteCount += item.count + 1
        }
        return byteCount
    }

    private static func check(_ what: Excess.What, _ count: Int, limit: Int) throws(Excess) {
        if count > limit { throw Excess(what, count, limit: limit) }
    }
}

extension RecordLimits.Excess: CustomStringConvertible {
    package var description: String { "\(count) \(what.rawValue), at most \(limit) are taken" }
}
