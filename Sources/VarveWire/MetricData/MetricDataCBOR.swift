/// PutMetricData in CBOR, straight into columns.
struct MetricDataCBOR {
    private var reader: CBORReader
    private var sink: MetricDataSink

    /// Not an ordinary request; the general way says what it is.
    private struct Unusual: Error {}

    /// The columns, or nil when the request is to be read the general way.
    static func read(_ body: [UInt8], into buffer: consuming MetricDataBuffer) -> MetricDataBuffer? {
        var scan = MetricDataCBOR(reader: CBORReader(body), sink: MetricDataSink(buffer))
        do {
            try scan.request()
            return scan.sink.finish() && scan.reader.isAtEnd ? scan.sink.buffer : nil
        } catch {
            // The general way meets the same bytes and words the refusal, if it is one.
            return nil
        }
    }

    private mutating func request() throws(Unusual) {
        var hasData = false
        try map { scan, name throws(Unusual) in
            if name.elementsEqual("Namespace".utf8) {
                try Self.require(scan.sink.namespace(try scan.text()))
            } else if name.elementsEqual("MetricData".utf8), !hasData {
                // Twice would be two lists.
                hasData = true
                try scan.list { scan throws(Unusual) in try scan.datum() }
            } else {
                throw Unusual()
            }
        }
    }

    private mutating func datum() throws(Unusual) {
        sink.beginDatum()
        try map { scan, name throws(Unusual) in
            guard let member = DatumMember(name) else { throw Unusual() }
            try scan.read(member)
        }
        try Self.require(sink.endDatum())
    }

    private mutating func read(_ member: DatumMember) throws(Unusual) {
        switch member {
        case .metricName: try Self.require(sink.name(try text()))
        case .unit: try Self.require(sink.unit(try text()))
        case .timestamp: try Self.require(sink.timestamp(seconds: try number()))
        case .value: try Self.require(sink.value(try number()))
        case .storageResolution: try Self.require(sink.storageResolution(try number()))
        case .dimensions:
            try Self.require(sink.beginDimensions())
            try list { scan throws(Unusual) in try scan.dimension() }
        case .values:
            try Self.require(sink.beginValues())
            try list { scan throws(Unusual) in scan.sink.append(value: try scan.number()) }
        case .counts:
            try Self.require(sink.beginCounts())
            try list { scan throws(Unusual) in scan.sink.append(count: try scan.number()) }
        case .statisticValues:
            var set = StatisticNumbers()
            try map { scan, name throws(Unusual) in try Self.require(set.set(name, try scan.number())) }
            try Self.require(sink.statisticSet(set))
        }
    }

    private mutating func dimension() throws(Unusual) {
        sink.beginDimension()
        try map { scan, name throws(Unusual) in
            if name.elementsEqual("Name".utf8) {
                try Self.require(scan.sink.dimensionName(try scan.text()))
            } else if name.elementsEqual("Value".utf8) {
                try Self.require(scan.sink.dimensionValue(try scan.text()))
            } else {
                throw Unusual()
            }
        }
    }

    private static func require(_ condition: Bool) throws(Unusual) {
        if !condition { throw Unusual() }
    }

    // MARK: Items, with errors of the encoding as unusual

    private mutating func head() throws(Unusual) -> CBORReader.Head {
        do {
            return try reader.headAfterTags()
        } catch {
            throw Unusual()
        }
    }

    /// The number of elements of a container, nil for an indefinite one.
    private mutating func begin(_ major: CBORReader.Major, bytesEach: Int) throws(Unusual) -> CBORReader.Head {
        let head = try head()
        try Self.require(head.major == major)
        do {
            try reader.checkCount(head, bytesEach: bytesEach)
        } catch {
            throw Unusual()
        }
        return head
    }

    private mutating func hasNext(_ head: CBORReader.Head, _ count: Int) throws(Unusual) -> Bool {
        do {
            return try reader.hasNext(head, read: count)
        } catch {
            throw Unusual()
        }
    }

    private mutating func map(
        _ body: (inout Self, ArraySlice<UInt8>) throws(Unusual) -> Void
    ) throws(Unusual) {
        let head = try begin(.map, bytesEach: 2)
        var count = 0
        while try hasNext(head, count) {
            try body(&self, try text())
            count += 1
        }
    }

    private mutating func list(_ body: (inout Self) throws(Unusual) -> Void) throws(Unusual) {
        let head = try begin(.list, bytesEach: 1)
        var count = 0
        while try hasNext(head, count) {
            try body(&self)
            count += 1
        }
    }

    private mutating func text() throws(Unusual) -> ArraySlice<UInt8> {
        let head = try head()
        try Self.require(head.major == .text && !head.isIndefinite)
        do {
            return reader.bytes[try reader.range(head)]
        } catch {
            throw Unusual()
        }
    }

    private mutating func number() throws(Unusual) -> Double {
        guard let number = CBORReader.double(try head()) else { throw Unusual() }
        return number
    }
}
