extension RecordColumns {
    /// Bytes of all strings of a block, by which writers cut: with them a block stays far below what a page may have,
    /// and a dictionary of them below what a stream may have.
    static let blockStringByteCountMax = 4 << 20

    /// Cuts rows of one series into blocks of a segment: of at most 4 096 rows, 4 MiB of strings, and as many list
    /// items as a block may have. O(rows and columns).
    func blocks(of positions: ArraySlice<Int>) -> [ArraySlice<Int>] {
        var blocks: [ArraySlice<Int>] = []
        var rest = positions
        while let first = rest.first {
            var size = strings(at: first)
            var end = rest.startIndex + 1
            while end < rest.endIndex, end - rest.startIndex < SegmentFormat.blockRowsTarget {
                let next = strings(at: rest[end])
                size = (size.byteCount + next.byteCount, size.itemCount + next.itemCount)
                if size.byteCount > Self.blockStringByteCountMax || size.itemCount > SegmentFormat.listItemsMax {
                    break
                }
                end += 1
            }
            blocks.append(rest[..<end])
            rest = rest[end...]
        }
        return blocks
    }

    private func strings(at row: Int) -> (byteCount: Int, itemCount: Int) {
        var size = (byteCount: 0, itemCount: 0)
        for column in columns {
            let part = column.strings(at: row)
            size = (size.byteCount + part.byteCount, size.itemCount + part.itemCount)
        }
        return size
    }
}
