import VarveLine
import VarveModel

/// The time of receipt in tests without a say in it: 2023-11-14T22:13:20Z.
let receivedAtNs: Int64 = 1_700_000_000_000_000_000

/// A row taken apart, comparable.
struct Row: Equatable, CustomStringConvertible {
    var source: SourceKey
    var metrics: [String]
    var timestamp: Int64
    /// Bit patterns, so that −0 and 0 differ.
    var values: [UInt64]

    var description: String {
        let tags = source.dimensions.map { "\($0.name)=\($0.value)" }
        let fields = zip(metrics, values).map { "\($0)=\(Double(bitPattern: $1))" }
        return "\(source.namespace) \(tags) \(fields) \(timestamp)"
    }
}

/// What came of an input.
struct Reading: Equatable {
    var rows: [Row] = []
    var refusals: [LineRefusal] = []
    var lineCount = 0
}

extension RowBatch {
    var rows: [Row] {
        var rows: [Row] = []
        var start = 0
        for (index, timestamp) in timestamps.enumerated() {
            let shape = shapes[Int(rowShapes[index])]
            let end = start + shape.fields.count
            let bits = values[start..<end].map(\.bitPattern)
            rows.append(
                Row(source: shape.source, metrics: shape.fields.map(\.metric), timestamp: timestamp, values: bits)
            )
            start = end
        }
        precondition(start == values.count, "every value belongs to a row")
        return rows
    }
}

/// Feeds `bytes` to a parser cut at `cuts` (ascending), keeping what is not consumed, as a connection does.
func read(_ bytes: [UInt8], cuts: [Int] = [], options: LineOptions = LineOptions(), at time: Int64 = receivedAtNs)
    -> Reading
{
    var parser = LineParser(options: options)
    return read(bytes, cuts: cuts, with: &parser, at: time)
}

func read(_ text: String, options: LineOptions = LineOptions(), at time: Int64 = receivedAtNs) -> Reading {
    read(Array(text.utf8), options: options, at: time)
}

func read(
    _ bytes: [UInt8], cuts: [Int] = [], with parser: inout LineParser, at time: Int64 = receivedAtNs
) -> Reading {
    var reading = Reading()
    var pending: [UInt8] = []
    var start = 0
    for end in cuts + [bytes.count] {
        pending += bytes[start..<end]
        start = end
        var batch = RowBatch()
        while true {
            let progress = parser.parse(
                pending.span.bytes, receivedAtNs: time, isFinal: end == bytes.count, into: &batch,
                refusals: &reading.refusals
            )
            pending.removeFirst(progress.consumedByteCount)
            if progress.stop == .inputUsed { break }
            reading.rows += batch.rows
            batch = RowBatch()
            if progress.stop == .refusalsFull { parser.options.refusalsMax += 256 }
        }
        reading.rows += batch.rows
    }
    precondition(pending.isEmpty, "a final call consumes everything")
    reading.lineCount = parser.lineCount
    return reading
}

/// The only value of a line with one field.
func value(_ text: String) -> Double? {
    let reading = read("m f=\(text)")
    guard reading.rows.count == 1, reading.refusals.isEmpty else { return nil }
    return Double(bitPattern: reading.rows[0].values[0])
}

/// The reason for which the only line of the text is refused.
func refusal(_ line: String, options: LineOptions = LineOptions()) -> LineRefusalReason? {
    let reading = read(line, options: options)
    return reading.rows.isEmpty && reading.refusals.count == 1 ? reading.refusals[0].reason : nil
}

func source(_ namespace: String, _ tags: (String, String)...) -> SourceKey {
    SourceKey(namespace: namespace, dimensions: tags.map { Dimension(name: $0.0, value: $0.1) })
}

func row(_ source: SourceKey, _ fields: [(String, Double)], _ timestamp: Int64 = receivedAtNs) -> Row {
    Row(source: source, metrics: fields.map(\.0), timestamp: timestamp, values: fields.map(\.1.bitPattern))
}
