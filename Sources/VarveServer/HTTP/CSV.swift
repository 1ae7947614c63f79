import VarveQuery

/// Writes an answer as RFC 4180 text with a header line, piece by piece. Times are nanoseconds since 1970, missing
/// values are empty.
struct CSVEncoder: Sendable {
    private let result: QueryResult
    /// The next row; -1 for the header line.
    private var row = -1
    private var bytes: [UInt8] = []

    init(_ result: QueryResult) { self.result = result }

    /// Whether the text is complete.
    var isDone: Bool { row == result.rows.count }

    /// Writes on until there are `byteCount` bytes, a row more, or the text is complete, and gives them away.
    mutating func take(upTo byteCount: Int) -> [UInt8] {
        while bytes.count < byteCount, !isDone {
            if row < 0 { append(result.columns.map(\.name)) } else { append(result.rows[row].map(Self.text)) }
            row += 1
        }
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    private static func text(_ value: QueryResult.Value) -> String {
        switch value {
        case .null: ""
        case .text(let text): text
        case .number(let number): number.isFinite ? number.description : ""
        case .integer(let number), .time(let number): String(number)
        }
    }

    private mutating func append(_ cells: [String]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(cell)
        }
        bytes.append(contentsOf: [0x0d, 0x0a])
    }

    private mutating func append(_ cell: String) {
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
