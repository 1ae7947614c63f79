import Testing
import VarveJSON
import VarveModel

@testable import VarveWire

@Suite("Data of one form, one after the other") struct RepeatedDataTests {
    /// Two minutes after the timestamps of the requests.
    private static let rules = MetricDataRules(nowNs: 1_767_323_165_000_000_000)

    /// How an agent writes its data: which members, in which order, with how much space.
    private struct Style {
        var members: [String]
        var dimensionCount: Int
        var valueFirst: Bool
        var space: String

        init(_ random: inout Seeded) {
            var members = ["MetricName", "Value"]
            for name in ["Dimensions", "Timestamp", "Unit", "StorageResolution"] where random.next() % 3 != 0 {
                members.append(name)
            }
            self.members = members.shuffled(using: &random)
            dimensionCount = Int(random.next() % 4)
            valueFirst = random.next() % 4 == 0
            space = ["", " ", "\n  "][Int(random.next() % 3)]
        }

        func datum(_ random: inout Seeded) -> JSONValue {
            .object(members.map { JSONMember($0, value($0, &random)) })
        }

        private func value(_ member: String, _ random: inout Seeded) -> JSONValue {
            switch member {
            case "MetricName": .string(Self.name(&random))
            case "Value": Self.number(&random)
            case "Timestamp": .integer(1_767_323_045 + (random.next() % 4 == 0 ? 60 : 0))
            case "Unit": .string(random.next() % 20 == 0 ? "Bytes" : "Percent")
            case "StorageResolution": .integer(random.next() % 20 == 0 ? 1 : 60)
            default:
                .array(
                    (0..<dimensionCount).map { index in
                        let name = JSONMember("Name", .string("d\(index)"))
                        let value = JSONMember("Value", .string(Self.name(&random)))
                        return .object(valueFirst ? [value, name] : [name, value])
                    })
            }
        }

        private static func name(_ random: inout Seeded) -> String {
            switch random.next() % 600 {
            case 0: ""
            case 1: " "
            case 2: "é"
            case 3: "a\\\"b"
            case 4: String(repeating: "n", count: 1_025)
            case 5: "\u{7f}"
            case 6: ":x"
            default: String("metric-of-some-length".prefix(3 + Int(random.next() % 18))) + "\(random.next() % 3)"
            }
        }

        private static func number(_ random: inout Seeded) -> JSONValue {
            switch random.next() % 600 {
            case 0: .string("NaN")
            case 1: .number(0x1p361)
            case 2: .number(-0.0)
            case 3: .number(1e-300)
            case 4: .number(.greatestFiniteMagnitude)
            default: .number(Double(random.next() % 1_000_000) / 64)
            }
        }
    }

    /// Data of one style; now and then one of another.
    private func request(_ random: inout Seeded, _ style: Style) -> JSONValue {
        let data = (0..<(2 + random.next() % 30)).map { _ -> JSONValue in
            if random.next() % 40 == 0 { return Style(&random).datum(&random) }
            return style.datum(&random)
        }
        return .object([JSONMember("Namespace", .string("App")), JSONMember("MetricData", .array(data))])
    }

    private func text(_ value: JSONValue, _ space: String) -> String {
        switch value {
        case .object(let members):
            "{" + members.map { "\(space)\"\($0.name)\":\(space)\(text($0.value, space))" }.joined(separator: ",") + "}"
        case .array(let elements): "[" + elements.map { text($0, space) }.joined(separator: ",\(space)") + "]"
        default: String(decoding: value.encoded, as: UTF8.self)
        }
    }

    private func shown(_ buffer: MetricDataBuffer) -> [String] {
        buffer.data.map { datum in
            let dimensions = buffer.dimensions[datum.dimensions].map {
                "\(buffer.string($0.name))=\(buffer.string($0.value))"
            }
            return "\(buffer.string(datum.name)) \(dimensions) \(datum.timestampNs ?? -1) \(datum.form) "
                + "\(buffer.values[datum.values].map(\.bitPattern)) \(buffer.counts[datum.counts].count) "
                + "\(datum.unit?.name ?? "-") \(datum.storageResolution) \(datum.entity ?? -1)"
        }
    }

    private func compare(_ request: WireRequest, _ note: String) throws -> Bool {
        guard case .call(let call) = ServiceDirectory.builtIn.route(request), call.operationName == "PutMetricData"
        else { return false }
        var direct = MetricDataBuffer()
        let directFault = fault { try call.metricData(of: request, rules: Self.rules, into: &direct) }
        var general = MetricDataBuffer()
        let generalFault = fault { general = try call.metricDataWithoutScan(of: request, rules: Self.rules) }
        #expect(directFault == generalFault, "\(note) \(String(decoding: request.body, as: UTF8.self))")
        if generalFault == nil {
            #expect(shown(direct) == shown(general), "\(note) \(String(decoding: request.body, as: UTF8.self))")
        }
        return generalFault == nil
    }

    private func requests(_ random: inout Seeded) throws -> [WireRequest] {
        let style = Style(&random)
        let value = request(&random, style)
        let service = try #require(ServiceDirectory.builtIn.service(named: "cloudwatch"))
        let writer = RequestWriter(service: service, operation: try #require(service.operations["PutMetricData"]))
        return [
            Client.cloudWatch("PutMetricData", json: text(value, style.space)), writer.request(value, .cbor),
        ]
    }

    @Test("they are read as the general way reads them, right and wrong", arguments: [UInt64(71), 72, 73])
    func differential(seed: UInt64) throws {
        var random = Seeded(seed)
        var accepted = 0
        for round in 0..<60 {
            for request in try requests(&random) {
                if try compare(request, "seed \(seed), round \(round)") { accepted += 1 }
            }
        }
        // Not everything is refused, and not everything taken.
        #expect((10..<110).contains(accepted), "\(accepted) of 120")
    }

    @Test("changed bytes change both ways alike", arguments: [UInt64(81), 82])
    func mutations(seed: UInt64) throws {
        var random = Seeded(seed)
        for round in 0..<25 {
            for whole in try requests(&random) {
                for _ in 0..<8 {
                    var request = whole
                    let place = Int(random.next() % UInt64(whole.body.count))
                    switch random.next() % 5 {
                    case 0: request.body[place] = UInt8(truncatingIfNeeded: random.next())
                    case 1: request.body.remove(at: place)
                    case 2: request.body.insert(UInt8(ascii: " "), at: place)
                    case 3: request.body.replaceSubrange(place..., with: [])
                    default: request.body[place] ^= 1 << (random.next() % 8)
                    }
                    _ = try compare(request, "seed \(seed), round \(round)")
                }
            }
        }
    }

    @Test("a datum that breaks off inside the form of the one before leaves no traces")
    func brokenForm() throws {
        let first = #"{"MetricName":"a","Dimensions":[{"Name":"d","Value":"1"},{"Name":"e","Value":"2"}],"Value":1}"#
        for second in [
            #"{"MetricName":"b","Dimensions":[{"Name":"d","Value":"3"},{"Name":"f","Value":"4"}],"Value":2}"#,
            #"{"MetricName":"b","Dimensions":[{"Name":"d","Value":"3"},{"Name":"e","Value":"4"}],"Values":[2,3]}"#,
            #"{"MetricName":"b","Dimensions":[{"Name":"d","Value":"3"}],"Value":2}"#,
            #"{"MetricName":"b","Dimensions":[{"Name":"d","Value":"3"},{"Name":"e","Value":"4"}],"Value":2,"#
                + #""Unit":"None"}"#,
        ] {
            let body = #"{"Namespace":"A","MetricData":[\#(first),\#(second),\#(first),\#(second)]}"#
            let request = Client.cloudWatch("PutMetricData", json: body)
            #expect(MetricDataJSON.read(request.body, into: MetricDataBuffer())?.data.count == 4)
            #expect(try compare(request, second))
        }
    }

    @Test("words of eight bytes find what single bytes find", arguments: [UInt64(91)])
    func words(seed: UInt64) {
        var random = Seeded(seed)
        for _ in 0..<2_000 {
            let odd: [UInt8] = [0, 0x1f, 0x20, 0x22, 0x23, 0x5c, 0x7e, 0x7f, 0x80, 0xff, 0x5d, 0x21]
            let bytes = (0..<(random.next() % 40)).map { _ in
                random.next() % 4 == 0 ? odd[Int(random.next() % 12)] : UInt8(0x61 + random.next() % 3)
            }
            let text = WireText(bytes.span.bytes)
            let start = Int(random.next() % UInt64(bytes.count + 1))
            func isStop(_ byte: UInt8) -> Bool { byte < 0x20 || byte >= 0x7f || byte == 0x22 || byte == 0x5c }
            let end = bytes[start...].firstIndex(where: isStop) ?? bytes.count
            #expect(text.printableEnd(from: start, before: 0x22, 0x5c) == end, "\(bytes) \(start)")
            let range = start..<min(bytes.count, start + Int(random.next() % 20))
            #expect(text.isPrintable(range) == bytes[range].allSatisfy { $0 >= 0x20 && $0 < 0x7f }, "\(bytes) \(range)")
            let offset = Int(random.next() % UInt64(bytes.count + 1))
            let isSame = !range.isEmpty && bytes[offset...].prefix(range.count).elementsEqual(bytes[range])
            #expect(text.repeats(range, at: offset) == isSame, "\(bytes) \(range) \(offset)")
        }
    }
}
