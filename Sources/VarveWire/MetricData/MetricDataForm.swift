/// PutMetricData as form fields, straight into columns. Takes fields in the order in which clients write them: datum by
/// datum, lists by rising index without gaps.
struct MetricDataForm {
    private let bytes: [UInt8]
    private var offset = 0
    private var sink: MetricDataSink
    private var hasAction = false
    private var hasVersion = false
    private var datumCount = 0
    /// What the current datum has of each list; zero before its first element.
    private var dimensionCount = 0
    private var valueCount = 0
    private var countCount = 0
    private var set: StatisticNumbers?
    private var scratch: [UInt8] = []
    /// The last timestamp, since all data of a request often have the same.
    private var timestampText: ArraySlice<UInt8> = []
    private var timestamp = 0.0

    /// The columns, or nil when the request is to be read the general way.
    static func read(_ body: [UInt8], into buffer: consuming MetricDataBuffer) -> MetricDataBuffer? {
        var scan = MetricDataForm(bytes: body, sink: MetricDataSink(buffer))
        while scan.offset < body.count {
            guard scan.field() else { return nil }
        }
        guard scan.endDatum(), scan.sink.finish() else { return nil }
        return scan.sink.buffer
    }

    private init(bytes: [UInt8], sink: consuming MetricDataSink) {
        self.bytes = bytes
        self.sink = sink
    }

    private mutating func field() -> Bool {
        if take("MetricData.member.") {
            guard let number = index(), take(".") else { return false }
            if number != datumCount {
                guard number == datumCount + 1, endDatum() else { return false }
                beginDatum()
            }
            return datumField()
        }
        if take("Namespace=") { return text().map { sink.namespace($0) } ?? false }
        // Routing has read these two; a second one is for the general way to refuse.
        if !hasAction, take("Action=PutMetricData") {
            hasAction = true
            return raw().isEmpty
        }
        guard !hasVersion, take("Version=2010-08-01") else { return false }
        hasVersion = true
        return raw().isEmpty
    }

    private mutating func beginDatum() {
        datumCount += 1
        dimensionCount = 0
        valueCount = 0
        countCount = 0
        set = nil
        sink.beginDatum()
    }

    private mutating func endDatum() -> Bool {
        if let set, !sink.statisticSet(set) { return false }
        set = nil
        return sink.endDatum()
    }

    private mutating func datumField() -> Bool {
        if take("Values.member.") {
            guard let number = index(), number == valueCount + 1, valueCount > 0 || sink.beginValues(),
                let value = self.number()
            else { return false }
            valueCount = number
            sink.append(value: value)
            return true
        }
        if take("Counts.member.") {
            guard let number = index(), number == countCount + 1, countCount > 0 || sink.beginCounts(),
                let value = self.number()
            else { return false }
            countCount = number
            sink.append(count: value)
            return true
        }
        if take("Dimensions.member.") { return dimensionField() }
        if take("StatisticValues.") { return statisticField() }
        return scalarField()
    }

    private mutating func scalarField() -> Bool {
        let start = offset
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "="), bytes[offset] != UInt8(ascii: "&") {
            offset += 1
        }
        guard let member = DatumMember(bytes[start..<offset]) else { return false }
        switch member {
        case .metricName: return take("=") && (text().map { sink.name($0) } ?? false)
        case .unit: return take("=") && (text().map { sink.unit($0) } ?? false)
        case .timestamp: return take("=") && time()
        case .value: return number().map { sink.value($0) } ?? false
        case .storageResolution: return number().map { sink.storageResolution($0) } ?? false
        case .dimensions, .values, .counts, .statisticValues: return false
        }
    }

    private mutating func dimensionField() -> Bool {
        guard let number = index(), take(".") else { return false }
        if number != dimensionCount {
            guard number == dimensionCount + 1, dimensionCount > 0 || sink.beginDimensions() else { return false }
            dimensionCount = number
            sink.beginDimension()
        }
        if take("Name=") { return text().map { sink.dimensionName($0) } ?? false }
        return take("Value=") && (text().map { sink.dimensionValue($0) } ?? false)
    }

    private mutating func statisticField() -> Bool {
        let start = offset
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "=") { offset += 1 }
        let name = bytes[start..<offset]
        guard let number = number() else { return false }
        var set = self.set ?? StatisticNumbers()
        guard set.set(name, number) else { return false }
        self.set = set
        return true
    }

    // MARK: Grammar

    private mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard offset + count <= bytes.count else { return false }
        for index in 0..<count where bytes[offset + index] != text.utf8Start[index] { return false }
        offset += count
        return true
    }

    /// A number of a list, up to nine digits.
    private mutating func index() -> Int? {
        let start = offset
        var number = 0
        while offset < bytes.count, offset - start < 9 {
            let digit = bytes[offset] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            number = number * 10 + Int(digit)
            offset += 1
        }
        // A leading zero names an index a second time.
        return offset > start && bytes[start] != UInt8(ascii: "0") ? number : nil
    }

    /// The bytes up to the end of the field, as they stand; moves past the separator.
    private mutating func raw() -> ArraySlice<UInt8> {
        let start = offset
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "&") { offset += 1 }
        let end = offset
        if offset < bytes.count { offset += 1 }
        return bytes[start..<end]
    }

    /// After the equals sign; decoded, printable ASCII.
    private mutating func text() -> ArraySlice<UInt8>? {
        let raw = raw()
        var isPlain = true
        for byte in raw where byte == UInt8(ascii: "%") || byte == UInt8(ascii: "+") || byte < 0x20 || byte >= 0x7f {
            isPlain = false
        }
        if isPlain { return raw }
        scratch.removeAll(keepingCapacity: true)
        guard FormText.appendDecoded(raw, plusIsSpace: true, to: &scratch),
            scratch.allSatisfy({ $0 >= 0x20 && $0 < 0x7f })
        else { return nil }
        return scratch[...]
    }

    /// With the equals sign before it.
    private mutating func number() -> Double? {
        guard take("=") else { return nil }
        let raw = raw()
        // An escaped plus sign of an exponent is rare enough for the general way; a bare one is a space.
        guard !raw.contains(UInt8(ascii: "+")) else { return nil }
        return DecimalText.finite(bytes, in: raw.startIndex..<raw.endIndex)
    }

    private mutating func time() -> Bool {
        let raw = raw()
        if timestampText.isEmpty || !raw.elementsEqual(timestampText) {
            scratch.removeAll(keepingCapacity: true)
            guard FormText.appendDecoded(raw, plusIsSpace: true, to: &scratch), let seconds = WireTime.parse(scratch)
            else { return false }
            timestamp = seconds
            timestampText = raw
        }
        return sink.timestamp(seconds: timestamp)
    }
}
