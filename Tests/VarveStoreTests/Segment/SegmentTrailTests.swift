import Testing
import VarveBytes
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// Audit events, written here by hand in the shape that CloudTrail gives its records.
struct TrailRows: Equatable {
    var timestamps: [Int64] = []
    var columns: [SegmentColumnValues]

    private static let calls: [(name: String, source: String, isRead: Bool)] = [
        ("DescribeInstances", "ec2.amazonaws.com", true), ("RunInstances", "ec2.amazonaws.com", false),
        ("GetObject", "s3.amazonaws.com", true), ("PutObject", "s3.amazonaws.com", false),
        ("AssumeRole", "sts.amazonaws.com", true), ("Decrypt", "kms.amazonaws.com", true),
        ("PutMetricAlarm", "monitoring.amazonaws.com", false), ("CreateRole", "iam.amazonaws.com", false),
    ]

    init(count: Int, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var ids: [UUID16] = []
        var texts: [[[UInt8]]] = [[], [], [], []]
        var resources: [[[UInt8]]] = []
        var readOnly: [Int64] = []
        var bodies: [[UInt8]] = []
        var time = Segments.window.start
        for _ in 0..<count {
            time += Int64.random(in: 0..<5, using: &random) * Nanoseconds.perSecond
            timestamps.append(time)
            let call = Self.calls.randomElement(using: &random)!
            let user = "user-\(Int.random(in: 1...9, using: &random))"
            let key = Int.random(in: 0..<5, using: &random) == 0 ? "" : "AKIAEXAMPLE\(user.utf8.count)\(user.suffix(1))"
            let id = UUID16(high: random.next(), low: random.next())
            let arns = (0..<Int.random(in: 0...3, using: &random)).map {
                "arn:aws:\(call.source.prefix(3)):local-1:000000000001:thing/\($0 + Int(random.next() % 20))"
            }
            ids.append(id)
            for (column, text) in [call.name, call.source, user, key].enumerated() {
                texts[column].append(Array(text.utf8))
            }
            resources.append(arns.map { Array($0.utf8) })
            readOnly.append(call.isRead ? 1 : 0)
            bodies.append(Array(Self.json(id: id, time: time, call: call, user: user, key: key, arns: arns).utf8))
        }
        columns = [
            .identifiers(ids), .strings(texts[0]), .strings(texts[1]), .strings(texts[2]), .strings(texts[3]),
            .stringLists(resources), .integers(readOnly), .bodies(bodies),
        ]
    }

    private static func json(
        id: UUID16, time: Int64, call: (name: String, source: String, isRead: Bool), user: String, key: String,
        arns: [String]
    ) -> String {
        let identity =
            #"{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::000000000001:user/\#(user)","#
            + #""accountId":"000000000001","accessKeyId":"\#(key)","userName":"\#(user)","sessionContext":"#
            + #"{"attributes":{"creationDate":"2026-01-01T00:00:00Z","mfaAuthenticated":"false"}}}"#
        let resources = arns.map { #"{"ARN":"\#($0)","accountId":"000000000001"}"# }.joined(separator: ",")
        return #"{"eventVersion":"1.11","userIdentity":\#(identity),"eventTime":"\#(time)","#
            + #""eventSource":"\#(call.source)","eventName":"\#(call.name)","awsRegion":"local-1","#
            + #""sourceIPAddress":"198.51.100.\#(id.low % 250)","userAgent":"aws-cli/2.17.0 Python/3.11","#
            + #""requestParameters":{"maxResults":100,"note":"ä \"quoted\" \\ text"},"responseElements":null,"#
            + #""requestID":"\#(UUID16(high: id.low, low: id.high))","eventID":"\#(id)","#
            + #""readOnly":\#(call.isRead),"resources":[\#(resources)],"eventType":"AwsApiCall","#
            + #""managementEvent":true,"recipientAccountId":"000000000001","eventCategory":"Management"}"#
    }

    /// Rows `range` of every column.
    func columns(_ range: Range<Int>) -> [SegmentColumnValues] {
        columns.map { column in
            switch column {
            case .integers(let values): .integers(Array(values[range]))
            case .floats(let values): .floats(Array(values[range]))
            case .strings(let values): .strings(Array(values[range]))
            case .stringLists(let values): .stringLists(Array(values[range]))
            case .identifiers(let values): .identifiers(Array(values[range]))
            case .bodies(let values): .bodies(Array(values[range]))
            }
        }
    }
}

@Suite struct SegmentTrailTests {
    private let disk = SimulatedFileSystem()
    private let path = "segment"
    private let stream = SeriesID(rawValue: 0)

    @discardableResult
    private func write(_ rows: TrailRows, blockRows: Int) throws -> SegmentSummary {
        var builder = try SegmentBuilder(
            creating: path, identity: Segments.identity(kind: .trail), fileSystem: disk)
        var start = 0
        for time in try Segments.addTimes(rows.timestamps, blockRows: blockRows, to: &builder) {
            try builder.addBlock(series: stream, time: time, columns: rows.columns(start..<(start + time.rowCount)))
            start += time.rowCount
        }
        return try builder.finish()
    }

    @Test("every column of audit events comes back byte for byte", arguments: [1, 40, 1_000])
    func roundTrip(count: Int) throws {
        let rows = TrailRows(count: count, seed: UInt64(count))
        let summary = try write(rows, blockRows: 400)
        let reader = try Segments.open(path, on: disk)
        #expect(reader.summary == summary)
        #expect(summary.rowCount == count)
        #expect(reader.schema == SegmentKind.trail.schema)
        var start = 0
        _ = try reader.records { (block) throws(StoreError) in
            #expect(block.timestamps == Array(rows.timestamps[start..<(start + block.rowCount)]))
            #expect(try block.columns() == rows.columns(start..<(start + block.rowCount)))
            start += block.rowCount
            return .next
        }
        #expect(start == count)
        #expect(try Segments.faults(path, on: disk) == [])
    }

    @Test("filtering by name reads no bodies")
    func bodiesAreLazy() throws {
        let rows = TrailRows(count: 600, seed: 6)
        try write(rows, blockRows: 600)
        let cache = PageCache()
        let reader = try Segments.open(path, on: disk, cache: cache)
        let bodyPages = try reader.describe().pages.first { $0.type == .body }!.pageCount
        #expect(bodyPages >= 2)
        let fresh = PageCache()
        _ = try Segments.open(path, on: disk, cache: fresh).records(of: [stream]) {
            (block) throws(StoreError) in
            #expect(try block.columns(["readOnly", "name"]) == [rows.columns[6], rows.columns[1]])
            return .next
        }
        #expect(fresh.counters.misses == 5, "one leaf of each index, the times and the block's page")
    }

    @Test("an event larger than a body page, and empty ones, come back")
    func oddBodies() throws {
        var random = SplitMix64(seed: 8)
        let large = (0..<600_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        var rows = TrailRows(count: 4, seed: 9)
        rows.columns[7] = .bodies([[], large, [], Array("{}".utf8)])
        try write(rows, blockRows: 4)
        _ = try Segments.open(path, on: disk).records { (block) throws(StoreError) in
            #expect(try block.columns(["body"]) == [rows.columns[7]])
            return .next
        }
        #expect(try Segments.faults(path, on: disk) == [])
    }

    @Test("an audit event takes at most 180 bytes with all its index columns")
    func bytesPerEvent() throws {
        let rows = TrailRows(count: 3_000, seed: 12)
        let summary = try write(rows, blockRows: 3_000)
        let bytesPerEvent = Double(summary.byteCount) / 3_000
        #expect(bytesPerEvent < 180, "measured \(bytesPerEvent)")
    }
}
