import Testing
import VarveBytes
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// A segment of version 2 of a kind with several columns, whose series are so short that they share a block.
@Suite struct RecordGoldenTests {
    private static let name = "segment-v2/trail.seg"
    private let disk = SimulatedFileSystem()

    /// Series 10 has one row, series 20 two, … series 50 five. `expected.json` spells them.
    private var rows: RecordRows {
        var rows = RecordRows(.trail)
        for number in 1...5 {
            for row in 0..<number {
                let time = Segments.window.start + Int64(row) * Nanoseconds.perMinute + Int64(number)
                rows.append(
                    SeriesID(rawValue: UInt32(number) * 10), time,
                    SegmentKind.trail.schema.columns.map { Self.value($0.type, number, row) })
            }
        }
        return rows
    }

    private static func value(_ type: SegmentColumnType, _ number: Int, _ row: Int) -> SegmentColumnValues {
        switch type {
        case .integer: .integers([Int64((number + row) % 2)])
        case .float: .floats([Double(number) / 4])
        case .string: .strings([row == 0 ? [] : Array("name-\(number)".utf8)])
        case .stringList: .stringLists([(0..<row).map { Array("arn:\(number)-\($0)".utf8) }])
        case .bytes16: .identifiers([UUID16(high: UInt64(number), low: UInt64(number))])
        case .body: .bodies([Array("{\"row\":\(row)}".utf8)])
        }
    }

    @Test("short series that share a block with several columns are read as they were written")
    func sharedBlock() throws {
        if GoldenFiles.isRecording {
            try Segments.write(rows, to: "new", on: disk)
            try GoldenFiles.record(try Segments.bytes("new", on: disk), as: Self.name)
        }
        try Segments.put(try GoldenFiles.bytes(Self.name), at: "stored", on: disk)
        #expect(try Segments.faults("stored", on: disk) == [])
        let reader = try Segments.open("stored", on: disk)
        var found = RecordRows(.trail)
        _ = try reader.records(of: nil, in: .all, where: []) { (chunk) throws(StoreError) in
            let columns = try chunk.columns()
            for row in 0..<chunk.rowCount {
                found.append(chunk.series, chunk.timestamps[row], columns.map { $0.gather([row]) })
            }
            return .next
        }
        let expected = rows
        let all = expected.find(nil, in: .all, where: [])
        #expect(found.page(found.find(nil, in: .all, where: [])) == expected.page(all) && all.count == 15)
    }
}
