import Testing
import VarveBytes
import VarveCodec
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Rows with several columns in one segment: long and short series, conditions, damage.
@Suite struct RecordSegmentTests {
    private let disk = SimulatedFileSystem()
    private let path = "segment"

    private func id(_ number: Int) -> SeriesID { SeriesID(rawValue: UInt32(number)) }

    private func randomRows(_ kind: SegmentKind, _ random: inout SplitMix64) -> RecordRows {
        var rows = RecordRows(kind)
        for series in 0..<Int.random(in: 1...40, using: &random) {
            let isLong = Int.random(in: 0..<12, using: &random) == 0
            for _ in 0..<Int.random(in: 1...(isLong ? 300 : 5), using: &random) {
                let time = Segments.window.start + Int64.random(in: 0..<200, using: &random) * Nanoseconds.perSecond
                rows.append(id(series * 3), time, RecordRows.values(kind, using: &random))
            }
        }
        return rows
    }

    private func write(_ rows: RecordRows, blockRows: Int = 4_096) throws -> SegmentReader {
        if try disk.exists(path) { try disk.remove(path) }
        let summary = try Segments.write(rows, to: path, on: disk, blockRows: blockRows)
        let reader = try Segments.open(path, on: disk)
        #expect(reader.summary == summary)
        #expect(summary.rowCount == rows.rowCount)
        return reader
    }

    /// Everything that a scan delivers, by (time, series, arrival).
    private func read(
        _ reader: SegmentReader, _ series: [SeriesID]?, in range: TimeRange, where predicates: [ColumnPredicate]
    ) throws -> RecordRows {
        var found = RecordRows(reader.summary.identity.kind)
        _ = try reader.records(of: series, in: range, where: predicates) { (chunk) throws(StoreError) in
            let columns = try chunk.columns()
            for row in 0..<chunk.rowCount {
                found.append(chunk.series, chunk.timestamps[row], columns.map { $0.gather([row]) })
            }
            return .next
        }
        return found
    }

    @Test("rows of every kind come back, whatever is asked, as from a plain list", arguments: RecordRows.kinds)
    func model(kind: SegmentKind) throws {
        try forEvery("seed", in: 0..<8 as Range<UInt64>) { seed in
            var random = SplitMix64(seed: seed)
            let rows = randomRows(kind, &random)
            let reader = try write(rows, blockRows: [30, 4_096].randomElement(using: &random)!)
            #expect(try Segments.faults(path, on: disk) == [], "\(Trail.here)")
            #expect(try reader.series() == Set(rows.series).sorted())
            for _ in 0..<12 {
                let start = Segments.window.start + Int64.random(in: -9..<200, using: &random) * Nanoseconds.perSecond
                let length = Int64.random(in: 0..<300, using: &random) * Nanoseconds.perSecond
                let range = Bool.random(using: &random) ? .all : TimeRange(start: start, end: start + length)
                let series =
                    Bool.random(using: &random)
                    ? nil : (0..<41).map { id($0 * 3) }.filter { _ in Bool.random(using: &random) }
                let conditions = (0..<Int.random(in: 0...2, using: &random))
                    .compactMap { _ in rows.predicate(using: &random) }
                let found = try read(reader, series, in: range, where: conditions)
                let expected = rows.page(rows.find(series, in: range, where: conditions))
                #expect(found.page(found.find(nil, in: .all, where: [])) == expected, "\(Trail.here)")
            }
            let description = try reader.describe()
            #expect(description.columns.dropFirst().allSatisfy { $0.rowCount == rows.rowCount })
        }
    }

    @Test("thousands of keys with one row each share blocks")
    func sharedBlocks() throws {
        var random = SplitMix64(seed: 5)
        var rows = RecordRows(.key)
        for key in 0..<3_000 {
            rows.append(
                id(key), Segments.window.start + Int64(key) * 7_000_003, RecordRows.values(.key, using: &random))
        }
        let reader = try write(rows)
        let description = try reader.describe()
        #expect(description.blockCount == 3, "1 024 series each")
        #expect(description.runsBlockCount == 3)
        #expect(description.directoryByteCount < 3_000)
        #expect(description.pages.first { $0.type == .body }?.pageCount ?? 0 <= 6)
        // One key is found by the index: one block, its times, and with its body one BODY page.
        let counting = CountingFileSystem(disk)
        let fresh = try Segments.open(path, on: counting)
        counting.reset()
        let found = try read(fresh, [id(1_500)], in: .all, where: [])
        #expect(found.rowCount == 1)
        #expect(counting[.block] == 1)
        #expect(counting[.body] == 1)
    }

    @Test("blocks without a match cost no body, and matching rows only the pages that hold theirs")
    func pagesRead() throws {
        let rows = TrailRows(count: 2_000, seed: 6)
        var builder = try SegmentBuilder(creating: path, identity: Segments.identity(kind: .trail), fileSystem: disk)
        var start = 0
        for time in try Segments.addTimes(rows.timestamps, blockRows: 1_000, to: &builder) {
            try builder.addBlock(series: id(0), time: time, columns: rows.columns(start..<(start + time.rowCount)))
            start += time.rowCount
        }
        _ = try builder.finish()
        let counting = CountingFileSystem(disk)
        func lookUp(_ predicate: ColumnPredicate, _ columns: [String]) throws -> Int {
            let reader = try Segments.open(path, on: counting)
            counting.reset()
            var count = 0
            _ = try reader.records(where: [predicate]) { (chunk) throws(StoreError) in
                _ = try chunk.columns(columns)
                count += chunk.rowCount
                return .next
            }
            return count
        }
        #expect(try lookUp(ColumnPredicate("name", "NoSuchCall"), ["body"]) == 0)
        #expect(counting[.body] == 0)
        #expect(try lookUp(ColumnPredicate("name", "RunInstances"), ["eventId", "user"]) > 100)
        #expect(counting[.body] == 0)
        guard case .identifiers(let ids) = rows.columns[0] else { preconditionFailure("the first column") }
        #expect(try lookUp(ColumnPredicate("eventId", .identifier(ids[700])), ["body"]) == 1)
        #expect(counting[.body] == 1)
    }

    @Test("a flipped bit in any byte of pages with shared blocks is found")
    func everyByte() throws {
        var random = SplitMix64(seed: 3)
        var rows = RecordRows(.configuration)
        for series in 0..<3 {
            rows.append(id(series), Segments.window.start, RecordRows.values(rows.kind, using: &random))
        }
        _ = try write(rows)
        let bytes = try Segments.bytes(path, on: disk)
        for offset in bytes.indices.dropFirst(4_090) {
            var damaged = bytes
            damaged[offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            try Segments.put(damaged, at: path, on: disk)
            #expect(try !Segments.faults(path, on: disk).isEmpty, "byte \(offset) went unnoticed")
            if let reader = try? Segments.open(path, on: disk) {
                _ = try? read(reader, nil, in: .all, where: [])
            }
        }
    }

    @Test("compaction's effort makes bodies smaller, and they come back")
    func effort() throws {
        let events = TrailEvents(count: 700, seed: 1)
        var sizes: [Int] = []
        for effort in [CodecEffort.flush, .compaction] {
            if try disk.exists(path) { try disk.remove(path) }
            sizes.append(try Segments.write(events.rows, to: path, on: disk, effort: effort).byteCount)
            let found = try read(Segments.open(path, on: disk), nil, in: .all, where: [])
            #expect(found.page(Array(0..<found.rowCount)) == events.rows.page(Array(0..<events.rows.rowCount)))
        }
        #expect(sizes[1] < sizes[0])
    }

    @Test("a varied audit event of 1.3 KB takes at most 180 bytes with all its index columns, 190 before it is merged")
    func bytesPerEvent() throws {
        let events = TrailEvents(count: 3_000, seed: 12)
        let bodyBytes = events.bodyBytes / 3_000
        #expect(bodyBytes > 1_200 && bodyBytes < 1_400, "measured \(bodyBytes)")
        for (effort, limit) in [(CodecEffort.flush, 190.0), (CodecEffort.compaction, 180.0)] {
            if try disk.exists(path) { try disk.remove(path) }
            let summary = try Segments.write(events.rows, to: path, on: disk, effort: effort)
            let bytesPerEvent = Double(summary.byteCount) / 3_000
            #expect(bytesPerEvent < limit, "measured \(bytesPerEvent)")
            print("\(effort): \(bytesPerEvent) bytes per event of \(bodyBytes)")
        }
    }
}
