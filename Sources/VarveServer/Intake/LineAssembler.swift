import NIOCore
import VarveLine
import VarveModel

/// Collects the bytes of one client and cuts them into batches: the parser with its memory of an unfinished line.
/// Owned by one connection or request.
struct LineAssembler: ~Copyable {
    private var parser: LineParser
    private var bytes: [UInt8] = []

    /// Capacity kept while nothing is buffered: idle connections must not sit on the memory of their busiest moment.
    private static let idleCapacityMax = 64 << 10

    init(options: LineOptions) { parser = LineParser(options: options) }

    /// Begins with another client; what the parser has learned stays.
    mutating func beginStream(precision: LinePrecision) {
        parser.beginStream(precision: precision)
        bytes = []
    }

    var bufferedBytes: Int { bytes.count }

    mutating func append(_ buffer: ByteBuffer) {
        reserve(buffer.readableBytes)
        buffer.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ more: ArraySlice<UInt8>) {
        reserve(more.count)
        bytes.append(contentsOf: more)
    }

    private mutating func reserve(_ byteCount: Int) {
        if bytes.count + byteCount > Self.idleCapacityMax, bytes.capacity < IntakeMachine.parseBytes {
            bytes.reserveCapacity(IntakeMachine.parseBytes + Self.idleCapacityMax)
        }
    }

    /// Parses what is there.
    /// - Parameters:
    ///   - isFinal: nothing follows; the last line needs no line end.
    ///   - receivedAtNs: time of lines without one, and what tolerances are measured from.
    ///   - output: gets rows and refusals as they gather; either may be empty. Never more refusals than
    ///     `LineOptions.refusalsMax`.
    /// - Returns: bytes consumed; the others are an unfinished line.
    mutating func parse(
        isFinal: Bool, receivedAtNs: Int64, output: (RowBatch, [LineRefusal]) -> Void
    ) -> Int {
        var rows = RowBatch()
        let consumed = parse(isFinal: isFinal, receivedAtNs: receivedAtNs, into: &rows, output: output)
        if !rows.isEmpty { output(rows, []) }
        return consumed
    }

    /// The same, leaving the last rows in `rows`, to which the next call may add.
    /// - Parameter rows: empty, or what the previous call left.
    mutating func parse(
        isFinal: Bool, receivedAtNs: Int64, into rows: inout RowBatch, output: (RowBatch, [LineRefusal]) -> Void
    ) -> Int {
        var start = 0
        // A local of its own: the span borrows it while the parser changes.
        let text = take()
        while start < text.count {
            var refusals: [LineRefusal] = []
            let progress = parser.parse(
                text.span.bytes.extracting(start...), receivedAtNs: receivedAtNs, isFinal: isFinal, into: &rows,
                refusals: &refusals)
            start += progress.consumedByteCount
            if !refusals.isEmpty { output(RowBatch(), refusals) }
            if progress.stop == .inputUsed { break }
            if progress.stop == .batchFull {
                output(rows, [])
                rows = RowBatch()
            }
        }
        keep(text, from: start)
        return start
    }

    private mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    private mutating func keep(_ text: consuming [UInt8], from count: Int) {
        bytes = text
        if count < bytes.count {
            bytes.removeSubrange(..<count)
        } else if bytes.capacity > Self.idleCapacityMax {
            bytes = []
        } else {
            bytes.removeAll(keepingCapacity: true)
        }
    }
}

extension RowBatch {
    /// About what the batch holds of memory: columns, and 256 bytes for a shape's share of the parser's cache.
    var memoryBytes: Int { rowCount * 12 + values.count * 8 + shapes.count * 256 }
}
