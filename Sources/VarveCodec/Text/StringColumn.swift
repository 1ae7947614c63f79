/// A decoded S stream as it is stored: every string of a dictionary once, all others in one piece. Whoever looks for
/// one string compares dictionary entries and not rows, and nobody makes strings that he does not want.
///
/// Immutable; any thread. Memory: the bytes of the stream, uncompressed, and 8 bytes per row.
package struct StringColumn: Sendable {
    private enum Form {
        /// Per row the number of its entry.
        case dictionary([[UInt8]], ids: [Int64])
        /// Row i is bytes `ends[i - 1]..<ends[i]`.
        case plain([UInt8], ends: [Int])
    }

    private let form: Form

    /// - Precondition: every id is the index of an entry.
    init(entries: [[UInt8]], ids: [Int64]) { form = .dictionary(entries, ids: ids) }

    /// - Precondition: the lengths are not negative, and add up to the number of bytes.
    init(bytes: [UInt8], lengths: [Int64]) {
        var end = 0
        let ends = lengths.map { (length: Int64) -> Int in
            end += Int(length)
            return end
        }
        form = .plain(bytes, ends: ends)
    }

    package var count: Int {
        switch form {
        case .dictionary(_, let ids): ids.count
        case .plain(_, let ends): ends.count
        }
    }

    /// Bytes of the distinct strings; 0 for strings in one piece, which have their own bytes. O(distinct strings).
    package var dictionaryByteCount: Int {
        guard case .dictionary(let entries, _) = form else { return 0 }
        return entries.reduce(0) { $0 + $1.count }
    }

    /// The string of a row. Rows of a dictionary share memory.
    package subscript(row: Int) -> [UInt8] {
        switch form {
        case .dictionary(let entries, let ids): entries[Int(ids[row])]
        case .plain(let bytes, let ends): Array(bytes[(row == 0 ? 0 : ends[row - 1])..<ends[row]])
        }
    }

    /// All strings, one per row.
    package var values: [[UInt8]] { (0..<count).map { self[$0] } }

    /// Those of `rows` whose string is `value`. O(distinct strings + rows); without a row when no dictionary entry is
    /// `value`.
    package func rows(_ rows: [Int], equalTo value: [UInt8]) -> [Int] {
        switch form {
        case .dictionary(let entries, let ids):
            // One at most in every stream that this program wrote.
            let wanted = entries.indices.filter { entries[$0] == value }
            return wanted.isEmpty ? [] : rows.filter { wanted.contains(Int(ids[$0])) }
        case .plain(let bytes, let ends):
            return rows.filter { row in
                let start = row == 0 ? 0 : ends[row - 1]
                return ends[row] - start == value.count && bytes[start..<ends[row]].elementsEqual(value)
            }
        }
    }
}
