package import VarveQuery

/// Tables as RFC 4180 text with a header line. Times are nanoseconds since 1970, missing values are empty.
package enum CSV {
    package static func encode(_ result: QueryResult) -> [UInt8] {
        var bytes: [UInt8] = []
        append(result.columns.map(\.name), to: &bytes)
        for row in result.rows { append(row.map(text), to: &bytes) }
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

    private static func append(_ cells: [String], to bytes: inout [UInt8]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(cell, to: &bytes)
        }
        bytes.append(contentsOf: [0x0d, 0x0a])
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
