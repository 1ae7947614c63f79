/// PutMetricData in JSON, straight into columns. Takes only what is certainly right: texts without escapes, numbers of
/// the grammar, known names, each once.
struct MetricDataJSON {
    private let bytes: [UInt8]
    private var offset = 0
    private var sink: MetricDataSink

    /// The columns, or nil when the request is to be read the general way.
    static func read(_ body: [UInt8], into buffer: consuming MetricDataBuffer) -> MetricDataBuffer? {
        var scan = MetricDataJSON(bytes: body, sink: MetricDataSink(buffer))
        guard scan.request(), scan.skipSpace() == nil, scan.sink.finish() else { return nil }
        return scan.sink.buffer
    }

    private init(bytes: [UInt8], sink: consuming MetricDataSink) {
        self.bytes = bytes
        self.sink = sink
    }

    private mutating func request() -> Bool {
        var hasData = false
        return object { scan, name in
            if name.elementsEqual("Namespace".utf8) {
                return scan.text().map { scan.sink.namespace($0) } ?? false
            }
            // Twice would be two lists.
            guard name.elementsEqual("MetricData".utf8), !hasData else { return false }
            hasData = true
            return scan.array { scan in scan.datum() }
        }
    }

    private mutating func datum() -> Bool {
        sink.beginDatum()
        return object { scan, name in DatumMember(name).map { scan.read($0) } ?? false } && sink.endDatum()
    }

    private mutating func read(_ member: DatumMember) -> Bool {
        switch member {
        case .metricName: return text().map { sink.name($0) } ?? false
        case .unit: return text().map { sink.unit($0) } ?? false
        case .timestamp: return number().map { sink.timestamp(seconds: $0) } ?? false
        case .value: return number().map { sink.value($0) } ?? false
        case .storageResolution: return number().map { sink.storageResolution($0) } ?? false
        case .dimensions: return sink.beginDimensions() && array { scan in scan.dimension() }
        case .values:
            return sink.beginValues()
                && array { scan in
                    guard let number = scan.number() else { return false }
                    scan.sink.append(value: number)
                    return true
                }
        case .counts:
            return sink.beginCounts()
                && array { scan in
                    guard let number = scan.number() else { return false }
                    scan.sink.append(count: number)
                    return true
                }
        case .statisticValues:
            var set = StatisticNumbers()
            let isRead = object { scan, name in scan.number().map { set.set(name, $0) } ?? false }
            return isRead && sink.statisticSet(set)
        }
    }

    private mutating func dimension() -> Bool {
        sink.beginDimension()
        return object { scan, name in
            guard let text = scan.text() else { return false }
            if name.elementsEqual("Name".utf8) { return scan.sink.dimensionName(text) }
            return name.elementsEqual("Value".utf8) && scan.sink.dimensionValue(text)
        }
    }

    // MARK: Grammar

    /// The next byte that is no space, nil at the end.
    private mutating func skipSpace() -> UInt8? {
        while offset < bytes.count {
            let byte = bytes[offset]
            guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return byte }
            offset += 1
        }
        return nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard skipSpace() == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    private mutating func object(_ body: (inout Self, ArraySlice<UInt8>) -> Bool) -> Bool {
        guard take("{") else { return false }
        if take("}") { return true }
        repeat {
            guard let name = text(), take(":"), body(&self, name) else { return false }
        } while take(",")
        return take("}")
    }

    private mutating func array(_ body: (inout Self) -> Bool) -> Bool {
        guard take("[") else { return false }
        if take("]") { return true }
        repeat {
            guard body(&self) else { return false }
        } while take(",")
        return take("]")
    }

    /// A text of printable ASCII without escapes.
    private mutating func text() -> ArraySlice<UInt8>? {
        guard take("\"") else { return nil }
        let start = offset
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") {
                defer { offset += 1 }
                return bytes[start..<offset]
            }
            guard byte >= 0x20, byte < 0x7f, byte != UInt8(ascii: "\\") else { return nil }
            offset += 1
        }
        return nil
    }

    /// A number as JSON has it, which is less than ``DecimalText`` takes.
    private mutating func number() -> Double? {
        guard let first = skipSpace() else { return nil }
        let start = offset
        if first == UInt8(ascii: "-") { offset += 1 }
        let whole = offset
        skipDigits()
        guard offset > whole, offset == whole + 1 || bytes[whole] != UInt8(ascii: "0") else { return nil }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            offset += 1
            let fraction = offset
            skipDigits()
            guard offset > fraction else { return nil }
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") {
                offset += 1
            }
            skipDigits()
        }
        return DecimalText.finite(bytes, in: start..<offset)
    }

    private mutating func skipDigits() {
        while offset < bytes.count, bytes[offset] &- UInt8(ascii: "0") < 10 { offset += 1 }
    }
}
