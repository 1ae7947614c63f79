import Testing
import VarveJSON
import VarveModel
import VarveStore
import VarveTestKit
import VarveWire

@testable import VarveCloud

@Suite("Listing metrics page by page") struct ListMetricsTests {
    /// All pages of a listing as `NAMESPACE METRIC NAME=VALUE…`.
    private func listing(_ world: CloudWorld, _ members: String = "") throws -> [String] {
        var found: [String] = []
        var token: String?
        repeat {
            let rest = token.map { #"\#(members.isEmpty ? "" : ",")"NextToken":"\#($0)""# } ?? ""
            let page = try world.call("ListMetrics", "{\(members)\(rest)}")
            try #require(page.status == 200, "\(page.body)")
            found += (page.body["Metrics"]?.array ?? []).map { metric in
                let dimensions = (metric["Dimensions"]?.array ?? []).map {
                    " \($0["Name"]?.string ?? "?")=\($0["Value"]?.string ?? "?")"
                }
                return "\(metric["Namespace"]?.string ?? "?") \(metric["MetricName"]?.string ?? "?")"
                    + dimensions.joined()
            }
            token = page.body["NextToken"]?.string
        } while token != nil
        return found
    }

    @Test("every filter lists what a look at all data says, each metric once", arguments: [UInt64(1), 2, 3])
    func differential(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let world = try CloudWorld()
        var all: Set<String> = []
        for round in 0..<12 {
            let namespace = "N\(random.next() % 2)"
            let data = (0..<(1 + random.next() % 60)).map { _ -> String in
                let metric = "m\(random.next() % 6)"
                let dimensions = ["a", "b"].filter { _ in random.next() % 3 != 0 }.map { ($0, random.next() % 5) }
                all.insert("\(namespace) \(metric)" + dimensions.map { " \($0.0)=v\($0.1)" }.joined())
                let list = dimensions.map { #"{"Name":"\#($0.0)","Value":"v\#($0.1)"}"# }.joined(separator: ",")
                let unit = ["Count", "Bytes"][Int(random.next() % 2)]
                return #"{"MetricName":"\#(metric)","Dimensions":[\#(list)],"Value":1,"Unit":"\#(unit)","#
                    + #""StorageResolution":\#(random.next() % 3 == 0 ? 1 : 60)}"#
            }
            let input = #"{"Namespace":"\#(namespace)","MetricData":[\#(data.joined(separator: ","))]}"#
            #expect(try world.call("PutMetricData", input).status == 200)
            if round == 6 { try world.store.flush() }
        }
        let questions: [(String, (String) -> Bool)] = [
            ("", { _ in true }), (#""RecentlyActive":"PT3H""#, { _ in true }),
            (#""Namespace":"N1""#, { $0.hasPrefix("N1 ") }), (#""MetricName":"m2""#, { $0.contains(" m2") }),
            (#""Namespace":"N0","MetricName":"m3""#, { $0.hasPrefix("N0 m3") }),
            (#""Dimensions":[{"Name":"a"}]"#, { $0.contains(" a=") }),
            (#""Dimensions":[{"Name":"a","Value":"v3"},{"Name":"b"}]"#, { $0.contains(" a=v3 b=") }),
            (#""Dimensions":[{"Name":"a","Value":"none"}]"#, { _ in false }),
            (#""Namespace":"none""#, { _ in false }), (#""MetricName":"none""#, { _ in false }),
        ]
        for (members, isWanted) in questions {
            let found = try listing(world, members)
            #expect(Set(found) == all.filter(isWanted), "seed \(seed) \(members)")
            #expect(Set(found).count == found.count, "seed \(seed) \(members)")
        }
    }

    @Test("recently active is the metric itself, and not another one of the same host", arguments: [false, true])
    func recent(isFlushed: Bool) throws {
        let world = try CloudWorld()
        let host = #","Dimensions":[{"Name":"Host","Value":"h"}]"#
        try world.put(1, secondsAgo: 4 * 3_600, name: "old", more: host)
        try world.put(1, secondsAgo: 3_600, name: "new", more: host)
        // In another unit it is the same metric.
        try world.put(1, secondsAgo: 5 * 3_600, name: "both", more: host)
        try world.put(1, secondsAgo: 60, name: "both", more: host + #","Unit":"Bytes""#)
        let set = #"{"SampleCount":1,"Sum":1,"Minimum":1,"Maximum":1}"#
        for (name, ago) in [("oldSet", 4 * 3_600), ("newSet", 120)] as [(String, Int64)] {
            let datum =
                #"{"MetricName":"\#(name)","StatisticValues":\#(set),"Timestamp":\#(CloudWorld.start - ago)\#(host)}"#
            #expect(try world.call("PutMetricData", #"{"Namespace":"N","MetricData":[\#(datum)]}"#).status == 200)
        }
        if isFlushed { try world.store.flush() }
        #expect(
            Set(try listing(world, #""RecentlyActive":"PT3H""#))
                == ["N new Host=h", "N both Host=h", "N newSet Host=h"])
        #expect(try listing(world).count == 5)
    }

    @Test("a request to IAM of more than 256 KiB is refused before anybody asks who sends it")
    func largeIdentityRequest() throws {
        let world = try CloudWorld()
        func status(_ count: Int) -> Int {
            let fields = "Action=CreatePolicy&Version=2010-05-08&PolicyName=p&PolicyDocument="
            return world.send(
                WireRequest(
                    method: "POST", path: "/",
                    headers: [WireHeader("content-type", "application/x-www-form-urlencoded")],
                    body: Array(fields.utf8) + [UInt8](repeating: 0x61, count: count - fields.utf8.count))
            ).status
        }
        #expect(status(256 << 10) != 413)
        #expect(status(256 << 10 + 1) == 413)
    }

    @Test("a page looks at as many series as it lists, wherever it begins")
    func work() throws {
        let world = try CloudWorld()
        var rows = RowBatch()
        let count = 6_000
        for number in 0..<count {
            let source = SourceKey(namespace: "N", dimensions: [Dimension(name: "Host", value: "h\(number / 10)")])
            rows.append(
                shape: RowShape(source: source, fields: [FieldKey(metric: "m\(number % 10)")]),
                timestamp: CloudWorld.start * Nanoseconds.perSecond, values: [1])
        }
        _ = try world.store.appendAndWait(rows)
        try world.store.flush()
        let snapshot = world.store.snapshot()
        let sinceNs = (CloudWorld.start - 3_600) * Nanoseconds.perSecond
        var after: SeriesID?
        var listed = 0
        repeat {
            let page = try snapshot.metrics(
                in: .default, where: MetricFilter(), activeSince: sinceNs, isExact: false, after: after, limit: 501)
            #expect(page.lookedAtCount == page.metrics.count && page.scannedCount == 0)
            listed += page.metrics.count
            after = page.last
        } while after != nil
        #expect(listed == count)
        // When nothing is active a page ends all the same.
        let page = try snapshot.metrics(
            in: .default, where: MetricFilter(), activeSince: sinceNs + 7_200 * Nanoseconds.perSecond, isExact: true,
            after: nil, limit: 501)
        #expect(page.metrics.isEmpty && page.scannedCount == count && page.last == nil)
    }
}
