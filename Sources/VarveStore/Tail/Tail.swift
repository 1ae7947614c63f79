/// The rows that no segment holds yet: single numbers in chunks that fill up, others in ``RecordTail``. Owned by the
/// writer.
struct Tail {
    /// 64 Ki rows and 512 Ki values (4 MiB): a chunk is filled in about 0.1 s at 5 M values/s, and a nearly idle store
    /// holds 5 MiB.
    static let rowCapacity = 1 << 16
    static let valueCapacity = 1 << 19

    private(set) var chunks: [TailChunk] = []
    private(set) var valueCount = 0
    /// Of single numbers.
    private(set) var rowCount = 0
    private(set) var records = RecordTail()

    var isEmpty: Bool { rowCount == 0 && records.isEmpty }

    mutating func append(_ rows: RecordColumns) { records.append(rows) }

    /// Appends all rows. Returns whether a chunk was added, so that readers need a new list.
    mutating func append(_ rows: NumberedRows, widths: GrowingColumn<UInt16>) -> Bool {
        let chunksBefore = chunks.count
        var row = 0
        var valueOffset = 0
        while row < rows.timestamps.count {
            if let last = chunks.last {
                row = last.append(rows, from: row, widths: widths, valueOffset: &valueOffset)
            }
            if row < rows.timestamps.count {
                seal()
                chunks.append(TailChunk(rowCapacity: Self.rowCapacity, valueCapacity: Self.valueCapacity))
            }
        }
        rowCount += rows.timestamps.count
        valueCount += rows.values.count
        return chunks.count != chunksBefore
    }

    /// To be called when no row will follow.
    func seal() { chunks.last?.seal() }
}
