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
        if bytes.count + buffer.readableBytes > Self.idleCapacityMax, bytes.capacity < IntakeMachine.parseBytes {
            bytes.reserveCapacity(IntakeMachine.parseBytes + Self.idleCapacityMax)
        }
        buffer.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

    /// Parses what is there.
    /// - Parameters:
    ///   - isFinal: nothing follows; the last line needs no line end.
    ///   - receivedAtNs: time of lines without one, and what tolerances are measured from.
    ///   - output: gets the rows and refusals of each run of the parser; either may be empty.
    /// - Returns: bytes consumed; the others are an unfinished line.
    mutating func parse(
        isFinal: Bool, receivedAtNs: Int64, output: (RowBatch, [LineRefusal]) -> Void
    ) -> Int {
        var start = 0
        // A local of its own: the span borrows it while the parser changes.
        let text = take()
        while start < text.count {
            var batch = RowBatch()
            var refusals: [LineRefusal] = []
            let progress = parser.parse(
                text.span.bytes.extracting(start...), receivedAtNs: receivedAtNs, isFinal: isFinal, into: &batch,
                refusals: &refusals)
            start += progress.consumedByteCount
            if !batch.isEmpty || !refusals.isEmpty { output(batch, refusals) }
            if progress.stop == .inputUsed { break }
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
