import VarveBytes
import VarveModel

extension SegmentReader {
    /// The encoded bytes of a block, as they stand in its page: up to the next block or the end of the payload.
    func encodedBytes(of block: SegmentBlockCursor.Block) throws(StoreError) -> [UInt8] {
        let payload = try payload(block.entry.page, .block)
        let start = Int(block.entry.offset)
        var end = payload.payloadByteCount
        if block.ordinal + 1 < footer.blockCount {
            let (leaf, index) = (block.ordinal + 1).quotientAndRemainder(dividingBy: SegmentFormat.indexLeafEntries)
            let next = try blockLeaf(leaf).entries[index]
            if next.page == block.entry.page { end = Int(next.offset) }
        }
        guard start < end, end <= payload.payloadByteCount else {
            let detail = "block \(block.ordinal) spans bytes \(start) to \(end) of \(payload.payloadByteCount)"
            throw .corrupt(Corruption(path: path, offset: payload.fileOffset, detail: detail))
        }
        let header = SegmentFormat.pageHeaderByteCount
        return Array(payload.page[(header + start)..<(header + end)])
    }

    /// Starts of the weeks in which the segment has rows, ascending. Reads the whole time index.
    func weeks() throws(StoreError) -> [Int64] {
        var starts: Set<Int64> = []
        for leaf in footer.timeLeaves.indices {
            for entry in try timeLeaf(leaf).entries {
                starts.insert(WindowPolicy.range(of: entry.firstTimestamp, level: 2).start)
            }
        }
        return starts.sorted()
    }
}
