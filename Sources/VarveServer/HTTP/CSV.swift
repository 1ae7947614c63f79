import VarveExchange
import VarveQuery

/// Writes an answer as RFC 4180 text with a header line, piece by piece. Times are nanoseconds since 1970, missing
/// values are empty.
struct CSVEncoder: Sendable {
    private let names: [String]
    private let text: RowText
    private let rowCount: Int
    /// The next row; -1 for the header line.
    private var row = -1
    private var bytes: [UInt8] = []

    init(_ result: QueryResult) {
        names = result.columns.map(\.name)
        text = RowText(result.rows, dialect: Self.dialect)
        rowCount = result.rows.count
    }

    private static let dialect = RowDialect(
        rowStart: [], separator: [UInt8(ascii: ",")], rowEnd: [0x0d, 0x0a], missing: [],
        appendText: { append($0, to: &$1) })

    /// Whether the text is complete.
    var isDone: Bool { row == rowCount }

    /// Writes on until there are `byteCount` bytes, a row more, or the text is complete, and gives them away.
    mutating func take(upTo byteCount: Int) -> [UInt8] {
        if row < 0 { appendHeader() }
        if !isDone, bytes.count < byteCount { row = text.append(from: row, to: &bytes, upTo: byteCount) }
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    private mutating func appendHeader() {
        for (index, name) in names.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            Self.append(name, to: &bytes)
        }
        bytes.append(contentsOf: [0x0d, 0x0a])
        row = 0
    }

    private static func append(_ cell: String, to bytes: inout [UInt8]) {
        let isSpecial = cell.utf8.contains { $0 == 0x22 || $0 == 0x2c || $0 == 0x0a || $0 == 0x0d }
        guard isSpecial else { return bytes.append(contentsOf: cell.utf8) }
        bytes.append(0x22)
        for byte in cell.utf8 {
            if byte == 0x22 { bytes.append(0x22) }
            bytes.append(byte)
        }
        bytes.append(0x22)
    }
}
