import Testing
import VarveExchange
import VarveQuery
import VarveTestKit

/// Tables as text, column by column, against the same cells one by one.
@Suite struct RowTextTests {
    private static let dialect = RowDialect(
        rowStart: Array("<".utf8), separator: Array("; ".utf8), rowEnd: Array(">".utf8), missing: Array("-".utf8),
        appendText: { $1 += Array("'\($0)'".utf8) })

    private static func naive(_ rows: QueryRows) -> String {
        rows.map { row in
            let cells = row.map { value in
                switch value {
                case .null: "-"
                case .text(let text): "'\(text)'"
                case .number(let number): number.isFinite ? number.description : "-"
                case .integer(let number), .time(let number): number.description
                }
            }
            return "<\(cells.joined(separator: "; "))>"
        }.joined()
    }

    private static func table(count: Int, _ random: inout SplitMix64) -> QueryRows {
        func missing() -> [Bool] { random.next() % 2 == 0 ? [] : (0..<count).map { _ in random.next() % 3 == 0 } }
        func texts(_ numbers: [UInt32]) -> QueryCells {
            .texts(TextCells(["a", nil, "long text, quoted \""], numbers: numbers))
        }
        func numbers() -> [UInt32] { (0..<count).map { _ in UInt32(random.next() % 3) } }
        let shared = numbers()
        let doubles = (0..<count).map { _ in
            [1, 0.5, .nan, .infinity, 1 / 3, -90].randomElement(using: &random)!
        }
        let values = (0..<count).map { row -> QueryResult.Value in
            [.null, .text("t\(row)"), .number(Double(row)), .integer(1), .time(2)].randomElement(using: &random)!
        }
        return QueryRows(
            columns: [
                .times((0..<count).map { Int64($0) * 1_000_000_007 - 5 }), texts(shared), texts(shared),
                texts(numbers()), .numbers(DenseCells(doubles, missing: missing())),
                .integers(DenseCells((0..<count).map { Int64($0) }, missing: missing())), .values(values),
                texts(shared),
            ], count: count)
    }

    @Test(
        "rows are the same text as their cells, for any number of rows and in any pieces",
        arguments: [0, 1, 2, 511, 513, 1_300])
    func rows(count: Int) {
        var random = SplitMix64(seed: UInt64(count))
        let table = Self.table(count: count, &random)
        let text = RowText(table, dialect: Self.dialect)
        var bytes: [UInt8] = []
        var start = 0
        while start < count {
            let end = min(count, start + Int.random(in: 1...700, using: &random))
            text.append(start..<end, to: &bytes)
            start = end
        }
        #expect(String(decoding: bytes, as: UTF8.self) == Self.naive(table))
    }

    @Test("a table of columns equals the same table of rows")
    func equality() {
        var random = SplitMix64(seed: 3)
        let table = Self.table(count: 20, &random)
        #expect("\(table)" == "\(QueryRows(Array(table)))")
        #expect(table.count == 20 && table[3].count == 8 && QueryRows([]).isEmpty)
    }
}
