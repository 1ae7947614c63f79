/// PutMetricData as form fields, straight into columns. Takes fields in the order in which clients write them: datum by
/// datum, lists by rising index without gaps.
struct MetricDataForm {
    private var offset = 0
    private var sink: MetricDataSink
    private var hasAction = false
    private var hasVersion = false
    private var datumCount = 0
    /// Where the current datum's `MetricData.member.7.` stands first: all of its fields begin so.
    private var prefix = 0..<0
    /// What the current datum has of each list; zero before its first element.
    private var dimensionCount = 0
    private var valueCount = 0
    private var countCount = 0
    private var set: StatisticNumbers?
    private var scratch: [UInt8] = []
    /// The last timestamp and where it stood, since all data of a request often have the same.
    private var timestampPlace = 0..<0
    private var timestamp = 0.0

    /// The columns, or nil when the request is to be read the general way.
    static func read(_ body: [UInt8], into buffer: consuming MetricDataBuffer) -> MetricDataBuffer? {
        let text = WireText(body.span.bytes)
        var scan = MetricDataForm(sink: MetricDataSink(buffer, bodyCount: body.count))
        while scan.offset < text.count {
            guard scan.field(text) else { return nil }
        }
        return scan.endDatum() ? scan.sink.finish(body) : nil
    }

    private init(sink: consuming MetricDataSink) { self.sink = sink }

    private mutating func field(_ text: borrowing WireText) -> Bool {
        if text.repeats(prefix, at: offset) {
            offset += prefix.count
            return datumField(text)
        }
        let start = offset
        if take("MetricData.member.", text) {
            guard let number = index(text), take(".", text), number == datumCount + 1, endDatum() else { return false }
            prefix = start..<offset
            beginDatum()
            return datumField(text)
        }
        if take("Namespace=", text) { return name(.namespace, text) }
        // Routing has read these two; a second one is for the general way to refuse.
        if !hasAction, take("Action=PutMetricData", text) {
            hasAction = true
            return endField(text)
        }
        guard !hasVersion, take("Version=2010-08-01", text) else { return false }
        hasVersion = true
        return endField(text)
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

    private mutating func datumField(_ text: borrowing WireText) -> Bool {
        guard let member = DatumMember(text, at: &offset) else { return false }
        switch member {
        case .metricName: return take("=", text) && name(.metric, text)
        case .dimensions: return take(".member.", text) && dimensionField(text)
        case .timestamp: return take("=", text) && time(text)
        case .unit: return take("=", text) && unit(text)
        case .value: return number(text).map { sink.value($0) } ?? false
        case .storageResolution: return number(text).map { sink.storageResolution($0) } ?? false
        case .statisticValues: return take(".", text) && statisticField(text)
        case .values:
            guard take(".member.", text), let number = index(text), number == valueCount + 1,
                valueCount > 0 || sink.beginValues(), let value = self.number(text)
            else { return false }
            valueCount = number
            sink.append(value: value)
            return true
        case .counts:
            guard take(".member.", text), let number = index(text), number == countCount + 1,
                countCount > 0 || sink.beginCounts(), let value = self.number(text)
            else { return false }
            countCount = number
            sink.append(count: value)
            return true
        }
    }

    private mutating func dimensionField(_ text: borrowing WireText) -> Bool {
        guard let number = index(text), take(".", text) else { return false }
        if number != dimensionCount {
            guard number == dimensionCount + 1, dimensionCount > 0 || sink.beginDimensions() else { return false }
            dimensionCount = number
            sink.beginDimension()
        }
        if take("Name=", text) { return name(.dimensionName, text) }
        return take("Value=", text) && name(.dimensionValue, text)
    }

    private mutating func statisticField(_ text: borrowing WireText) -> Bool {
        guard let member = StatisticNumbers.Member(text, at: &offset), let number = number(text) else { return false }
        var set = self.set ?? StatisticNumbers()
        guard set.set(member, number) else { return false }
        self.set = set
        return true
    }

    // MARK: Grammar

    @inline(__always)
    private mutating func take(_ name: StaticString, _ text: borrowing WireText) -> Bool {
        guard text.has(name, at: offset) else { return false }
        offset += name.utf8CodeUnitCount
        return true
    }

    /// At the end of a field; moves past the separator.
    @inline(__always)
    private mutating func endField(_ text: borrowing WireText) -> Bool {
        if text[offset] == UInt8(ascii: "&") {
            offset += 1
            return true
        }
        return offset == text.count
    }

    /// A number of a list, up to nine digits.
    @inline(__always)
    private mutating func index(_ text: borrowing WireText) -> Int? {
        let start = offset
        var number = 0
        while offset - start < 9 {
            let digit = text[offset] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            number = number * 10 + Int(digit)
            offset += 1
        }
        // A leading zero names an index a second time.
        return offset > start && text[start] != UInt8(ascii: "0") ? number : nil
    }

    /// The bytes up to the end of the field, as they stand; moves past the separator.
    private mutating func raw(_ text: borrowing WireText) -> Range<Int> {
        let start = offset
        while offset < text.count, text[offset] != UInt8(ascii: "&") { offset += 1 }
        let end = offset
        if offset < text.count { offset += 1 }
        return start..<end
    }

    /// What ``raw(_:)`` found, without its escapes.
    private mutating func decode(_ raw: Range<Int>, _ text: borrowing WireText) -> Bool {
        scratch.removeAll(keepingCapacity: true)
        return FormText.appendDecoded(text.array(raw), plusIsSpace: true, to: &scratch)
    }

    /// Whether the field holds what an earlier one holds; moves past it then.
    @inline(__always)
    private mutating func takeSame(_ earlier: Range<Int>, _ text: borrowing WireText) -> Bool {
        guard text.repeats(earlier, at: offset) else { return false }
        let start = offset
        offset += earlier.count
        if endField(text) { return true }
        offset = start
        return false
    }

    @inline(__always)
    private mutating func name(_ kind: MetricDataSink.TextKind, _ text: borrowing WireText) -> Bool {
        let earlier = sink.earlier(kind)
        if takeSame(earlier, text) { return sink.put(kind, earlier) }
        let start = offset
        offset = text.printableEnd(from: start, before: UInt8(ascii: "&"), UInt8(ascii: "%"))
        let range = start..<offset
        if endField(text), !hasPlus(text, range) {
            return MetricDataSink.isRight(kind, text, range) && sink.put(kind, range)
        }
        offset = start
        let raw = raw(text)
        guard decode(raw, text), let kept = sink.keep(kind, decoded: scratch) else { return false }
        return sink.put(kind, kept)
    }

    @inline(__always)
    private func hasPlus(_ text: borrowing WireText, _ range: Range<Int>) -> Bool {
        for place in range where text[place] == UInt8(ascii: "+") { return true }
        return false
    }

    private mutating func unit(_ text: borrowing WireText) -> Bool {
        if takeSame(sink.unitPlace, text) { return sink.sameUnit() }
        let raw = raw(text)
        return decode(raw, text) && sink.unit(scratch, at: raw)
    }

    /// With the equals sign before it.
    @inline(__always)
    private mutating func number(_ text: borrowing WireText) -> Double? {
        guard take("=", text) else { return nil }
        let start = offset
        if let number = text.shortDecimal(at: &offset), endField(text) { return number }
        offset = start
        return longNumber(text)
    }

    private mutating func longNumber(_ text: borrowing WireText) -> Double? {
        let raw = text.array(raw(text))
        // An escaped plus sign of an exponent is rare enough for the general way; a bare one is a space.
        guard !raw.contains(UInt8(ascii: "+")) else { return nil }
        return DecimalText.finite(raw, in: 0..<raw.count)
    }

    private mutating func time(_ text: borrowing WireText) -> Bool {
        if !takeSame(timestampPlace, text) {
            let raw = raw(text)
            guard decode(raw, text), let seconds = WireTime.parse(scratch) else { return false }
            timestamp = seconds
            timestampPlace = raw
        }
        return sink.timestamp(seconds: timestamp)
    }
}
