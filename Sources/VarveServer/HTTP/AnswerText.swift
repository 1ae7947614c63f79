import VarveExchange
import VarveJSON
import VarveQuery

/// The text of an answer, made piece by piece while the client takes it.
struct AnswerText: Sendable {
    private enum Form: Sendable {
        case json(ResultEncoder, JSONWriter)
        case csv(CSVEncoder)
    }

    /// Text made at once: about a millisecond of work, which is as long as one answer may keep others from a thread
    /// that sends, and enough for a socket to be busy meanwhile.
    static let pieceBytes = 64 << 10

    let contentType: String
    private var form: Form

    init(_ result: QueryResult, isCSV: Bool) {
        contentType = isCSV ? "text/csv; charset=utf-8" : "application/json"
        form =
            isCSV
            ? .csv(CSVEncoder(result)) : .json(ResultEncoder(result), JSONWriter(capacity: Self.pieceBytes + 1_024))
    }

    /// Whether there is no more.
    var isDone: Bool {
        switch form {
        case .json(let encoder, _): encoder.isDone
        case .csv(let encoder): encoder.isDone
        }
    }

    /// The next ``pieceBytes``, and the rest of a row that does not fit them; less at the end.
    mutating func next() -> [UInt8] {
        switch form {
        case .json(var encoder, var writer):
            // What is held twice would be copied by the first change.
            form = .csv(CSVEncoder(QueryResult(columns: [], rows: [])))
            encoder.write(to: &writer, upTo: Self.pieceBytes)
            var bytes = writer.takeBytes()
            // A terminal goes on in a new line.
            if encoder.isDone { bytes.append(UInt8(ascii: "\n")) }
            form = .json(encoder, writer)
            return bytes
        case .csv(var encoder):
            let bytes = encoder.take(upTo: Self.pieceBytes)
            form = .csv(encoder)
            return bytes
        }
    }
}

extension QueryResult {
    /// About how much memory the answer takes until it is sent, lines of charts included. O(texts).
    var memoryBytes: Int {
        rows.columns.reduce(0) { $0 + $1.memoryBytes } + seriesValueCount * 16
    }
}

extension QueryCells {
    fileprivate var memoryBytes: Int {
        switch self {
        case .values(let values):
            values.reduce(values.count * MemoryLayout<QueryResult.Value>.stride) {
                if case .text(let text) = $1 { $0 + text.utf8.count } else { $0 }
            }
        case .times(let times): times.count * 8
        case .integers(let cells): cells.values.count * 8 + cells.missing.count
        case .numbers(let cells): cells.values.count * 8 + cells.missing.count
        case .texts(let cells):
            cells.texts.reduce(cells.numbers.count * 4) {
                $0 + MemoryLayout<String?>.stride + ($1?.utf8.count ?? 0)
            }
        }
    }
}
