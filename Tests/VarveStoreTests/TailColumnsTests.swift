import Testing
import VarveStore
import VarveTestKit

@Suite("Tail columns")
struct TailColumnsTests {
    private struct Row {
        var shape: UInt32
        var timestamp: Int64
        var values: [Double]
    }

    private static func chunk(of rows: [Row], fieldCounts: [UInt16]) -> TailChunk {
        let chunk = TailChunk(rowCapacity: max(1, rows.count), valueCapacity: 1 << 16)
        let numbered = NumberedRows(
            shapes: rows.map(\.shape), timestamps: rows.map(\.timestamp), values: rows.flatMap(\.values))
        let widths = GrowingColumn<UInt16>()
        for count in fieldCounts { widths.append(count) }
        var offset = 0
        #expect(chunk.append(numbered, from: 0, widths: widths, valueOffset: &offset) == rows.count)
        return chunk
    }

    @Test("the rows of each shape lie in columns, by time, equal times in order of arrival")
    func sorted() throws {
        try forEvery("seed", in: UInt64(0)..<50) { seed in
            var random = SplitMix64(seed: seed)
            let fieldCounts: [UInt16] = [1, 3, 2, 10]
            var number = 0.0
            let rows = (0..<Int.random(in: 0...400, using: &random)).map { _ -> Row in
                let shape = Int.random(in: 0..<4, using: &random)
                let values = (0..<fieldCounts[shape]).map { _ -> Double in
                    number += 1
                    return number
                }
                return Row(shape: UInt32(shape), timestamp: Int64.random(in: -20...20, using: &random), values: values)
            }
            let chunk = Self.chunk(of: rows, fieldCounts: fieldCounts)
            let columns = withExtendedLifetime(chunk) { TailColumns(chunk.rows(below: rows.count)) }
            #expect(columns.groups.map(\.shape) == Set(rows.map(\.shape)).sorted())
            for group in columns.groups {
                // Stable, by a sort that keeps equal elements in order.
                let expected = rows.enumerated().filter { $0.element.shape == group.shape }
                    .sorted { ($0.element.timestamp, $0.offset) < ($1.element.timestamp, $1.offset) }.map(\.element)
                #expect(Array(columns.times(of: group)) == expected.map(\.timestamp))
                for field in 0..<Int(fieldCounts[Int(group.shape)]) {
                    let found = Array(columns.values(of: group, field: field))
                    #expect(found == expected.map { $0.values[field] })
                }
                let steps = Set(zip(expected, expected.dropFirst()).map { $1.timestamp - $0.timestamp })
                if let step = group.step {
                    #expect(steps.isEmpty || steps == [step])
                } else {
                    #expect(steps.count > 1)
                }
            }
        }
    }

    @Test("a full view of a chunk to which nothing is added any more has columns, any other when it is asked for twice")
    func sealed() {
        let rows = (0..<10).map { Row(shape: 0, timestamp: $0, values: [Double($0)]) }
        let chunk = Self.chunk(of: rows, fieldCounts: [1])
        #expect(chunk.columns(of: 10) == nil && chunk.columns(of: 9) == nil && chunk.columns(of: 10) == nil)
        #expect(chunk.columns(of: 10)?.groups.first?.rowCount == 10)
        #expect(chunk.columns(of: 9) == nil)
        #expect(chunk.columns(of: 9)?.groups.first?.rowCount == 9)
        chunk.seal()
        #expect(chunk.columns(of: 10)?.groups.first?.step == 1)
    }

    @Test("times too far apart for a step are written out")
    func extremes() {
        let rows = [Int64.min, 0, Int64.max].map { Row(shape: 0, timestamp: $0, values: [1]) }
        // Rows are valid as long as their chunk lives.
        let chunk = Self.chunk(of: rows, fieldCounts: [1])
        let columns = withExtendedLifetime(chunk) { TailColumns(chunk.rows(below: 3)) }
        #expect(columns.groups[0].step == nil)
        #expect(Array(columns.times(of: columns.groups[0])) == [.min, 0, .max])
    }
}
