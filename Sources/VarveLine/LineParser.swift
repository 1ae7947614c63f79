package import VarveModel

/// Reads InfluxDB line protocol into batches of rows.
///
/// `measurement,tag=value field=1.5,other=2i 1700000000000000000`: the measurement becomes the namespace, tags the
/// dimensions, fields the metrics. Rules and limits: Docs/LineProtocol.md.
///
/// In the steady state nothing is allocated per line or value: measurement and tags of a known line are found by one
/// hash look-up of their raw bytes, and field names are compared with those of the source's latest row.
///
/// One parser serves one stream at a time, from one thread at a time. It keeps what it has learned from stream to
/// stream.
package struct LineParser: ~Copyable {
    package var options: LineOptions
    /// Lines read since the stream began, comments, blank and refused ones included.
    package internal(set) var lineCount = 0
    /// Of these, lines refused.
    package internal(set) var refusedLineCount = 0

    var cache: SourceCache
    var row = RowScratch()
    var names = FieldNames()
    /// Bytes at the start of the unconsumed input that are known to contain no line feed.
    var searchedByteCount = 0
    /// Whether the rest of a line above the limit is being skipped.
    var isDiscarding = false
    var batchMemory = BatchMemory()

    package init(options: LineOptions = LineOptions()) {
        precondition(options.dimensionsMax <= Limits.dimensionsCeiling, "dimensionsMax is above the ceiling of 255")
        self.options = options
        cache = SourceCache(options: options)
    }

    /// Starts a new stream, such as the next request of a connection: line numbers begin at 1 again, half a line that
    /// was left is forgotten, known prefixes are kept.
    package mutating func beginStream(precision: LinePrecision) {
        options.precision = precision
        lineCount = 0
        refusedLineCount = 0
        searchedByteCount = 0
        isDiscarding = false
    }

    /// Memory held by what has been learned, in bytes, partly estimated.
    package var cacheByteCount: Int { cache.byteCount }

    /// Reads whole lines from `bytes` and appends their rows to `batch`, refused lines to `refusals`.
    ///
    /// Bytes that are not consumed (the beginning of a line, or lines that found no room) must come again at the start
    /// of the next call, followed by new ones. How the stream is cut into calls makes no difference to the rows. They
    /// are never more than `Limits.lineBytesMax` + 1 unless the stop is ``LineProgress/Stop/batchFull`` or
    /// ``LineProgress/Stop/refusalsFull``.
    /// - Parameters:
    ///   - receivedAtNs: the timestamp of lines without one.
    ///   - isFinal: whether the stream ends with these bytes, so that the last line needs no line feed.
    ///   - batch: empty, or the one of the previous call. Shapes that are in it already are not added again.
    package mutating func parse(
        _ bytes: RawSpan, receivedAtNs: Int64, isFinal: Bool, into batch: inout RowBatch, refusals: inout [LineRefusal]
    ) -> LineProgress {
        let timestamps = TimestampText(options: options, receivedAtNs: receivedAtNs)
        batchMemory.join(batch)
        defer { batchMemory.leave(batch) }
        let (rowCountMax, valueCountMax) = (Limits.rowsPerBatchMax, Limits.valuesPerBatchMax - Limits.fieldsPerRowMax)
        var position = 0
        while position < bytes.byteCount {
            // The widest row must still fit.
            if batch.timestamps.count >= rowCountMax || batch.values.count > valueCountMax {
                return LineProgress(consumedByteCount: position, stop: .batchFull)
            }
            if refusals.count >= options.refusalsMax {
                return LineProgress(consumedByteCount: position, stop: .refusalsFull)
            }
            guard let range = nextLine(bytes, at: &position, isFinal: isFinal, refusals: &refusals) else { break }
            let line = bytes.extracting(range)
            lineCount += 1
            do throws(LineFault) {
                try readLine(line, timestamps: timestamps, into: &batch)
            } catch {
                refuse(line, error, &refusals)
            }
        }
        return LineProgress(consumedByteCount: position, stop: .inputUsed)
    }
}

/// How far a call of ``LineParser/parse(_:receivedAtNs:isFinal:into:refusals:)`` came.
package struct LineProgress: Equatable, Sendable {
    package enum Stop: Equatable, Sendable {
        /// Every whole line was read.
        case inputUsed
        /// The batch has no room for another row: hand it over and call again.
        case batchFull
        /// `LineOptions.refusalsMax` refusals wait: take them out and call again.
        case refusalsFull
    }

    package var consumedByteCount: Int
    package var stop: Stop

    package init(consumedByteCount: Int, stop: Stop) {
        self.consumedByteCount = consumedByteCount
        self.stop = stop
    }
}

/// Which batch the cached batch indices of shapes are about.
struct BatchMemory {
    /// Grows whenever a batch begins that is not the one of the previous call. Shapes compare it with their own.
    var number = 1
    /// Shapes that somebody else put into the batch: only these must be searched.
    var foreignShapeCount = 0
    private var shapeCount = 0

    /// Called with the batch before it is filled.
    mutating func join(_ batch: borrowing RowBatch) {
        guard batch.shapes.isEmpty || batch.shapes.count != shapeCount else { return }
        number += 1
        foreignShapeCount = batch.shapes.count
    }

    mutating func leave(_ batch: borrowing RowBatch) { shapeCount = batch.shapes.count }
}
