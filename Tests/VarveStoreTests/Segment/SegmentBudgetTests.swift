import Testing
import VarveBytes
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Limits on what a few bytes of a segment can make its reader take.
@Suite struct SegmentBudgetTests {
    private let disk = SimulatedFileSystem()
    private let path = "segment"

    /// 128 rows of events. The first `largeCount` of five columns have a dictionary of 4 MiB each.
    private func write(largeCount: Int) throws {
        let rows = 0..<128
        var builder = try SegmentBuilder(creating: path, identity: Segments.identity(kind: .trail), fileSystem: disk)
        let times = rows.map { Segments.window.start + Int64($0) }
        let time = try Segments.addTimes(times, blockRows: rows.count, to: &builder)[0]
        let large = (0..<64).map { [UInt8](repeating: UInt8($0), count: 64 << 10) }
        func strings(_ column: Int) -> [[UInt8]] { rows.map { column < largeCount ? large[$0 % 64] : [1] } }
        try builder.addBlock(
            series: SeriesID(rawValue: 0), time: time,
            columns: [
                .identifiers(rows.map { UUID16(high: 1, low: UInt64($0)) }), .strings(strings(0)), .strings(strings(1)),
                .strings(strings(2)), .strings(strings(3)), .stringLists(strings(4).map { [$0] }),
                .integers(rows.map { _ in 1 }), .bodies(rows.map { _ in [] }),
            ])
        _ = try builder.finish()
    }

    @Test("all dictionaries of a block together have 16 MiB; a reader refuses more", arguments: [4, 5])
    func dictionaries(largeCount: Int) throws {
        try write(largeCount: largeCount)
        let faults = try Segments.faults(path, on: disk)
        #expect(faults.isEmpty == (largeCount == 4), "\(faults)")
        #expect(faults.allSatisfy { "\($0)".contains("dictionaries have more than 16777216 bytes") }, "\(faults)")
    }

    @Test("a file may have eight columns more than its kind, not dozens", arguments: [8, 9])
    func columns(extraCount: Int) throws {
        try write(largeCount: 0)
        var bytes = try Segments.bytes(path, on: disk)
        let known = SegmentKind.trail.schema.columns
        var end = 130 + known.reduce(0) { $0 + 3 + $1.name.utf8.count }
        #expect(bytes[128] == UInt8(known.count) && bytes[end] == 0)
        bytes[128] += UInt8(extraCount)
        for number in 0..<extraCount {
            bytes.replaceSubrange(end..<(end + 4), with: [1, 0, 1, 65 + UInt8(number)])
            end += 4
        }
        let crc = CRC32C.checksum(Array(bytes[..<4_092]))
        bytes.replaceSubrange(4_092..., with: withUnsafeBytes(of: crc.littleEndian) { Array($0) } + bytes[4_096...])
        try Segments.put(bytes, at: path, on: disk)
        let faults = try Segments.faults(path, on: disk).map { "\($0)" }
        // The checksum of a forged superblock is not that in the footer; that is found after it was read.
        let reason = extraCount == 8 ? "different files" : "too many for its kind"
        #expect(faults.count == 1 && faults[0].contains(reason), "\(faults)")
    }

    @Test("a verification can be ended between any two pages and blocks")
    func ending() throws {
        try write(largeCount: 0)
        let reader = try Segments.open(path, on: disk)
        var total = 0
        try reader.verify { () throws(StoreError) in
            total += 1
        } report: {
            Issue.record("\($0)")
        }
        // Its pages, of which six types have one each, and a block of times and of values.
        #expect(total >= 8)
        for limit in 1...total {
            var count = 0
            #expect(throws: StoreError.closed) {
                try reader.verify { () throws(StoreError) in
                    count += 1
                    if count == limit { throw .closed }
                } report: {
                    Issue.record("\($0)")
                }
            }
            #expect(count == limit)
        }
    }
}
