/// PutMetricData in CBOR, straight into columns. Takes texts of definite length, containers of either, and tags before
/// numbers only; all else is for the general way.
struct MetricDataCBOR: DatumScanner {
    var offset = 0
    var sink: MetricDataSink
    private(set) var form = DatumForm()

    /// The columns, or nil when the request is to be read the general way.
    static func read(_ body: [UInt8], into buffer: consuming MetricDataBuffer) -> MetricDataBuffer? {
        let text = WireText(body.span.bytes)
        var scan = MetricDataCBOR(sink: MetricDataSink(buffer, bodyCount: body.count))
        guard scan.request(text), scan.offset == text.count else { return nil }
        return scan.sink.finish(body)
    }

    private init(sink: consuming MetricDataSink) { self.sink = sink }

    private mutating func request(_ text: borrowing WireText) -> Bool {
        var hasData = false
        guard var members = begin(.map, text) else { return false }
        while let isThere = next(&members, text), isThere {
            guard let name = string(text) else { return false }
            if name.count == 9, text.has("Namespace", at: name.lowerBound) {
                guard self.name(.namespace, text) else { return false }
            } else if !hasData, name.count == 10, text.has("MetricData", at: name.lowerBound) {
                // Twice would be two lists.
                hasData = true
                guard var data = begin(.list, text) else { return false }
                while let isThere = next(&data, text), isThere {
                    guard datum(text) else { return false }
                }
                guard data == 0 else { return false }
            } else {
                return false
            }
        }
        return members == 0
    }

    private mutating func datum(_ text: borrowing WireText) -> Bool {
        if repeatedDatum(text) { return true }
        form.begin(at: offset)
        sink.beginDatum()
        guard var members = begin(.map, text) else { return false }
        while let isThere = next(&members, text), isThere {
            guard let name = string(text) else { return false }
            var end = name.lowerBound
            guard let member = DatumMember(text, at: &end), end == name.upperBound, read(member, text) else {
                return false
            }
        }
        guard members == 0, sink.endDatum() else { return false }
        form.finish(at: offset)
        return true
    }

    private mutating func read(_ member: DatumMember, _ text: borrowing WireText) -> Bool {
        switch member {
        case .metricName: return name(.metric, text)
        case .unit: return unit(text)
        case .timestamp:
            let start = offset
            guard let seconds = number(text) else { return false }
            form.add(.time, from: start, to: offset)
            return sink.timestamp(seconds: seconds)
        case .value:
            let start = offset
            guard let number = number(text) else { return false }
            form.add(.value, from: start, to: offset)
            return sink.value(number)
        case .storageResolution: return number(text).map { sink.storageResolution($0) } ?? false
        case .dimensions: return sink.beginDimensions() && dimensions(text)
        case .values: return sink.beginValues() && values(text)
        case .counts: return sink.beginCounts() && counts(text)
        case .statisticValues: return statisticSet(text)
        }
    }

    private mutating func values(_ text: borrowing WireText) -> Bool {
        guard var elements = begin(.list, text) else { return false }
        while let isThere = next(&elements, text), isThere {
            guard let number = number(text) else { return false }
            sink.append(value: number)
        }
        return elements == 0
    }

    private mutating func counts(_ text: borrowing WireText) -> Bool {
        guard var elements = begin(.list, text) else { return false }
        while let isThere = next(&elements, text), isThere {
            guard let number = number(text) else { return false }
            sink.append(count: number)
        }
        return elements == 0
    }

    private mutating func statisticSet(_ text: borrowing WireText) -> Bool {
        var set = StatisticNumbers()
        guard var members = begin(.map, text) else { return false }
        while let isThere = next(&members, text), isThere {
            guard let name = string(text) else { return false }
            var end = name.lowerBound
            guard let member = StatisticNumbers.Member(text, at: &end), end == name.upperBound,
                let number = number(text), set.set(member, number)
            else { return false }
        }
        return members == 0 && sink.statisticSet(set)
    }

    private mutating func dimensions(_ text: borrowing WireText) -> Bool {
        guard var elements = begin(.list, text) else { return false }
        while let isThere = next(&elements, text), isThere {
            guard dimension(text) else { return false }
        }
        return elements == 0
    }

    private mutating func dimension(_ text: borrowing WireText) -> Bool {
        sink.beginDimension()
        guard var members = begin(.map, text) else { return false }
        while let isThere = next(&members, text), isThere {
            guard let name = string(text) else { return false }
            if name.count == 4, text.has("Name", at: name.lowerBound) {
                guard self.name(.dimensionName, text) else { return false }
            } else {
                guard name.count == 5, text.has("Value", at: name.lowerBound), self.name(.dimensionValue, text) else {
                    return false
                }
            }
        }
        return members == 0
    }

    // MARK: Items

    /// The low five bits of an item's first byte that stand for an indefinite length.
    private static let indefinite: UInt8 = 31
    private static let breakByte: UInt8 = 0xff

    /// The argument of an item whose first byte is at the offset: its low five bits, or the one to eight bytes behind.
    /// Moves past both. Nil for lengths that are indefinite, reserved or beyond the end.
    @inline(__always)
    private mutating func argument(_ text: borrowing WireText) -> UInt64? {
        let info = text[offset] & 31
        if info < 24 {
            offset &+= 1
            return UInt64(info)
        }
        guard info < 28 else { return nil }
        let width = 1 << Int(info &- 24)
        guard offset &+ width < text.count else { return nil }
        var argument: UInt64 = 0
        for index in 1...width { argument = argument << 8 | UInt64(text[offset &+ index]) }
        offset &+= 1 &+ width
        return argument
    }

    /// How many elements follow in a list or map; negative when its end is a break. Nil for another item, and for more
    /// elements than bytes.
    @inline(__always)
    private mutating func begin(_ major: CBORReader.Major, _ text: borrowing WireText) -> Int? {
        guard offset < text.count, text[offset] >> 5 == major.rawValue else { return nil }
        if text[offset] & 31 == Self.indefinite {
            offset &+= 1
            return -1
        }
        guard let count = argument(text), count <= UInt64(text.count - offset) else { return nil }
        return Int(count)
    }

    /// Whether another element follows: counts down, or takes the break at an indefinite end. `count` is 0 behind the
    /// last one. Nil at the end of the bytes.
    @inline(__always)
    private mutating func next(_ count: inout Int, _ text: borrowing WireText) -> Bool? {
        guard count != 0 else { return false }
        guard offset < text.count else { return nil }
        if count > 0 {
            count &-= 1
            return true
        }
        guard text[offset] == Self.breakByte else { return true }
        offset &+= 1
        count = 0
        return false
    }

    /// Where the bytes of a text stand; moves past them.
    @inline(__always)
    private mutating func string(_ text: borrowing WireText) -> Range<Int>? {
        guard text[offset] >> 5 == CBORReader.Major.text.rawValue, let count = argument(text),
            count <= UInt64(text.count - offset)
        else { return nil }
        let start = offset
        offset &+= Int(count)
        return start..<offset
    }

    @inline(__always)
    private mutating func name(_ kind: MetricDataSink.TextKind, _ text: borrowing WireText) -> Bool {
        let start = offset
        guard let range = name(kind, earlier: sink.earlier(kind), text) else { return false }
        if let part = kind.part { form.add(part, from: start, to: offset) }
        return sink.put(kind, range)
    }

    @inline(__always)
    mutating func name(
        _ kind: MetricDataSink.TextKind, earlier: Range<Int>, _ text: borrowing WireText
    ) -> Range<Int>? {
        guard let range = string(text) else { return nil }
        if earlier.count == range.count, text.repeats(earlier, at: range.lowerBound) { return earlier }
        return text.isPrintable(range) && MetricDataSink.isRight(kind, text, range) ? range : nil
    }

    @inline(__always)
    mutating func time(_ text: borrowing WireText) -> Double? { number(text) }

    private mutating func unit(_ text: borrowing WireText) -> Bool {
        guard let range = string(text) else { return false }
        if sink.unitPlace.count == range.count, text.repeats(sink.unitPlace, at: range.lowerBound) {
            return sink.sameUnit()
        }
        return sink.unit(text.array(range), at: range)
    }

    @inline(__always)
    mutating func number(_ text: borrowing WireText) -> Double? {
        // An eight-byte float; the tag of a point in time may stand before it.
        if text[offset] == 0xc1 { offset &+= 1 }
        if text[offset] == 0xfb, offset &+ 9 <= text.count {
            let bits = text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ 1, as: UInt64.self)
            offset &+= 9
            return Double(bitPattern: UInt64(bigEndian: bits))
        }
        return shortNumber(text)
    }

    private mutating func shortNumber(_ text: borrowing WireText) -> Double? {
        guard offset < text.count, let major = CBORReader.Major(rawValue: text[offset] >> 5) else { return nil }
        let info = text[offset] & 31
        guard let argument = argument(text) else { return nil }
        return CBORReader.double(CBORReader.Head(major: major, argument: argument, info: info))
    }
}
