import Glibc

/// Cuts the bytes of a body into pieces that depend on nothing but these bytes: a repetition under the same
/// `Idempotency-Key` then gives the same batches, in whatever portions the network delivers it.
///
/// A piece ends behind the first line end at which it has reached the next multiple of ``pieceBytes`` of the body. Its
/// whole lines are thus at most 256 KiB and one line of 1 MiB, with at most 43 691 rows (`m f=1`) and 66 560 values
/// (`f=1,`): always one batch (`Limits.rowsPerBatchMax`, `Limits.valuesPerBatchMax`).
package struct PieceCutter {
    /// As many bytes as other bodies are parsed at once.
    package static let pieceBytes = IntakeMachine.parseBytes

    /// Bytes of the body so far.
    private var position = 0
    /// Where the piece may end.
    private var due = PieceCutter.pieceBytes

    package init() {}

    /// How many of the next bytes belong to the piece that is being filled, and whether it ends with them. O(bytes).
    package mutating func take(_ bytes: ArraySlice<UInt8>) -> (byteCount: Int, endsPiece: Bool) {
        let end = position + bytes.count
        guard end >= due, let lineEnd = Self.lineEnd(in: bytes.dropFirst(max(0, due - 1 - position))) else {
            position = end
            return (bytes.count, false)
        }
        let byteCount = lineEnd + 1 - bytes.startIndex
        position += byteCount
        due = (position / Self.pieceBytes + 1) * Self.pieceBytes
        return (byteCount, true)
    }

    /// Index of the first line feed.
    private static func lineEnd(in bytes: ArraySlice<UInt8>) -> Int? {
        bytes.withUnsafeBytes { raw in
            guard let start = raw.baseAddress, let found = memchr(start, 0x0a, raw.count) else { return nil }
            return bytes.startIndex + (UnsafeRawPointer(found) - start)
        }
    }
}
