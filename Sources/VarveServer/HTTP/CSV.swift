import VarveExchange
package import VarveQuery

/// Tables as RFC 4180 text with a header line. Times are nanoseconds since 1970, missing values are empty.
package enum CSV {
    package static func encode(_ result: QueryResult) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, column) in result.columns.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(column.name, to: &bytes)
        }
        bytes += [0x0d, 0x0a]
        let rows = RowText(result.rows, dialect: dialect)
        rows.append(result.rows.indices, to: &bytes)
        return bytes
    }

    private static let dialect = RowDialect(
        rowStart: [], separator: [UInt8(ascii: ",")], rowEnd: [0x0d, 0x0a], missing: [],
        appendText: { append($0, to: &$1) })

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
