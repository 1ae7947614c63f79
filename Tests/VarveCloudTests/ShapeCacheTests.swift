import Testing
import VarveJSON
import VarveModel
import VarveStore
import VarveTestKit
import VarveWire

@testable import VarveCloud

@Suite("Shapes of series by the bytes of a request") struct ShapeCacheTests {
    /// A series of a pool: names that share beginnings, so that comparisons go to their ends.
    private struct Series: Hashable {
        var metric: Int
        var host: Int
        var unit: Int

        var text: String {
            let unit = unit == 0 ? "" : #","Unit":"\#(unit == 1 ? "Percent" : "Count")""#
            return #"{"MetricName":"metric-\#(metric)","Dimensions":[{"Name":"Host","Value":"host-number-\#(host)"}]"#
                + #","Value":1\#(unit)}"#
        }

        func isOf(_ shape: RowShape) -> Bool {
            shape.fields == [
                FieldKey(metric: "metric-\(metric)", unit: unit == 0 ? .none : unit == 1 ? .percent : .count)
            ] && shape.source.dimensions == [Dimension(name: "Host", value: "host-number-\(host)")]
        }
    }

    private func batch(_ series: [Series], _ cache: inout ShapeCache, namespace: String = "N") throws -> RowBatch {
        let body = #"{"Namespace":"\#(namespace)","MetricData":[\#(series.map(\.text).joined(separator: ","))]}"#
        let request = WireForm.json("PutMetricData", body)
        guard case .call(let call) = ServiceDirectory.builtIn.route(request) else { throw Unrouted() }
        var buffer = MetricDataBuffer()
        try call.metricData(of: request, rules: MetricDataRules(nowNs: 0), into: &buffer)
        guard case .rows(let rows) = MetricDataBatch(buffer: buffer, scope: .default, nowNs: 0).write(&cache) else {
            throw Unrouted()
        }
        return rows
    }

    private struct Unrouted: Error {}

    private enum WireForm {
        static func json(_ operation: String, _ body: String) -> WireRequest {
            WireRequest(
                method: "POST", path: "/",
                headers: [
                    WireHeader("x-amz-target", "GraniteServiceVersion20100801.\(operation)"),
                    WireHeader("content-type", "application/x-amz-json-1.0"),
                ], body: Array(body.utf8))
        }
    }

    @Test("every row gets its series, whatever order they come in and however few are kept", arguments: [UInt64(1), 2])
    func random(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var cache = ShapeCache()
        cache.entriesMax = 50
        var lists: [[Series]] = []
        for round in 0..<200 {
            var list = (0..<(1 + Int(random.next() % 40))).map { _ in
                Series(
                    metric: Int(random.next() % 12), host: Int(random.next() % 12), unit: Int(random.next() % 3))
            }
            // Half of the requests come again, some of them with a change.
            if let known = lists.randomElement(using: &random), random.next() % 2 == 0 { list = known }
            if random.next() % 8 == 0 { list[0].host = Int(random.next() % 12) }
            lists = Array((lists + [list]).suffix(5))
            let rows = try batch(list, &cache, namespace: random.next() % 4 == 0 ? "M" : "N")
            #expect(rows.rowShapes.count == list.count)
            for (series, number) in zip(list, rows.rowShapes) {
                #expect(series.isOf(rows.shapes[Int(number)]), "seed \(seed), round \(round): \(series)")
            }
        }
    }

    @Test("a list that comes again is the same list of the same shapes")
    func lists() throws {
        var cache = ShapeCache()
        let list = (0..<100).map { Series(metric: $0 % 10, host: $0 / 10, unit: 0) }
        let (first, second) = (try batch(list, &cache), try batch(list, &cache))
        let places = first.shapes.withUnsafeBufferPointer { $0.baseAddress }
        #expect(second.shapes.withUnsafeBufferPointer { $0.baseAddress } == places)
        let other = try batch(list, &cache, namespace: "Other")
        #expect(zip(first.shapes, other.shapes).allSatisfy { $0 !== $1 && $1.source.namespace == "Other" })
        let turned = try batch(list.reversed(), &cache)
        #expect(zip(first.shapes.reversed(), turned.shapes).allSatisfy { $0 === $1 })
    }
}
