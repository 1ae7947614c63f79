/// PutMetricData in JSON, straight into columns. Takes only what is certainly right: texts without escapes, numbers of
/// the grammar, known names, each once.
struct MetricDataJSON: DatumScanner {
    var offset = 0
    var sink: MetricDataSink
    private(set) var form = DatumForm()
    /// The last timestamp and where it stood, since all data of a request often have the same.
    private var timestampPlace = 0..<0
    private var timestamp = 0.0

    /// The columns, or nil when the request is to be read the general way.
    static func read(_ body: [UInt8], into buffer: consuming MetricDataBuffer) -> MetricDataBuffer? {
        let text = WireText(body.span.bytes)
        var scan = MetricDataJSON(sink: MetricDataSink(buffer, bodyCount: body.count))
        guard scan.request(text) else { return nil }
        scan.skipSpace(text)
        return scan.offset == text.count ? scan.sink.finish(body) : nil
    }

    private init(sink: consuming MetricDataSink) { self.sink = sink }

    private mutating func request(_ text: borrowing WireText) -> Bool {
        var hasData = false
        guard take("{", text) else { return false }
        repeat {
            guard take("\"", text) else { return false }
            if takeName("Namespace", text) {
                guard name(.namespace, text) else { return false }
            } else if !hasData, takeName("MetricData", text) {
                // Twice would be two lists.
                hasData = true
                guard data(text) else { return false }
            } else {
                return false
            }
        } while take(",", text)
        return take("}", text)
    }

    private mutating func data(_ text: borrowing WireText) -> Bool {
        guard take("[", text) else { return false }
        repeat {
            guard datum(text) else { return false }
        } while take(",", text)
        return take("]", text)
    }

    private mutating func datum(_ text: borrowing WireText) -> Bool {
        skipSpace(text)
        if repeatedDatum(text) { return true }
        form.begin(at: offset)
        sink.beginDatum()
        guard take("{", text) else { return false }
        repeat {
            guard take("\"", text), let member = DatumMember(text, at: &offset), endName(text), read(member, text)
            else { return false }
        } while take(",", text)
        guard take("}", text), sink.endDatum() else { return false }
        form.finish(at: offset)
        return true
    }

    private mutating func read(_ member: DatumMember, _ text: borrowing WireText) -> Bool {
        switch member {
        case .metricName: return name(.metric, text)
        case .unit: return unit(text)
        case .timestamp:
            let start = offset
            guard let seconds = time(text) else { return false }
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
        guard take("[", text) else { return false }
        if take("]", text) { return true }
        repeat {
            guard let number = number(text) else { return false }
            sink.append(value: number)
        } while take(",", text)
        return take("]", text)
    }

    private mutating func counts(_ text: borrowing WireText) -> Bool {
        guard take("[", text) else { return false }
        if take("]", text) { return true }
        repeat {
            guard let number = number(text) else { return false }
            sink.append(count: number)
        } while take(",", text)
        return take("]", text)
    }

    private mutating func statisticSet(_ text: borrowing WireText) -> Bool {
        var set = StatisticNumbers()
        guard take("{", text) else { return false }
        repeat {
            guard take("\"", text), let member = StatisticNumbers.Member(text, at: &offset), endName(text),
                let number = number(text), set.set(member, number)
            else { return false }
        } while take(",", text)
        return take("}", text) && sink.statisticSet(set)
    }

    private mutating func dimensions(_ text: borrowing WireText) -> Bool {
        guard take("[", text) else { return false }
        if take("]", text) { return true }
        repeat {
            guard dimension(text) else { return false }
        } while take(",", text)
        return take("]", text)
    }

    private mutating func dimension(_ text: borrowing WireText) -> Bool {
        sink.beginDimension()
        guard take("{", text) else { return false }
        repeat {
            guard take("\"", text) else { return false }
            if takeName("Name", text) {
                guard name(.dimensionName, text) else { return false }
            } else {
                guard takeName("Value", text), name(.dimensionValue, text) else { return false }
            }
        } while take(",", text)
        return take("}", text)
    }

    // MARK: Grammar

    /// Moves to the next byte that is no space.
    @inline(__always)
    private mutating func skipSpace(_ text: borrowing WireText) {
        while true {
            let byte = text[offset]
            guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return }
            offset &+= 1
        }
    }

    @inline(__always)
    private mutating func take(_ character: Unicode.Scalar, _ text: borrowing WireText) -> Bool {
        skipSpace(text)
        guard text[offset] == UInt8(truncatingIfNeeded: character.value) else { return false }
        offset &+= 1
        return true
    }

    /// A name whose first quote has been read, with the colon behind it. Moves nowhere when it is another one.
    @inline(__always)
    private mutating func takeName(_ name: StaticString, _ text: borrowing WireText) -> Bool {
        guard text.has(name, at: offset), text[offset + name.utf8CodeUnitCount] == UInt8(ascii: "\"") else {
            return false
        }
        offset += name.utf8CodeUnitCount
        return endName(text)
    }

    /// The quote and the colon behind a name.
    @inline(__always)
    private mutating func endName(_ text: borrowing WireText) -> Bool {
        guard text[offset] == UInt8(ascii: "\"") else { return false }
        offset &+= 1
        return take(":", text)
    }

    /// Whether a text is an earlier one again; moves past its last quote then. Its first quote has been read.
    @inline(__always)
    private mutating func takeSame(_ earlier: Range<Int>, _ text: borrowing WireText) -> Bool {
        guard text.repeats(earlier, at: offset), text[offset + earlier.count] == UInt8(ascii: "\"") else {
            return false
        }
        offset += earlier.count + 1
        return true
    }

    /// The rest of a text of printable ASCII without escapes, its first quote has been read; moves past the last one.
    @inline(__always)
    private mutating func endText(_ text: borrowing WireText) -> Range<Int>? {
        let start = offset
        offset = text.printableEnd(from: start, before: UInt8(ascii: "\""), UInt8(ascii: "\\"))
        guard text[offset] == UInt8(ascii: "\"") else { return nil }
        offset += 1
        return start..<(offset - 1)
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
        guard take("\"", text) else { return nil }
        if takeSame(earlier, text) { return earlier }
        guard let range = endText(text), MetricDataSink.isRight(kind, text, range) else { return nil }
        return range
    }

    private mutating func unit(_ text: borrowing WireText) -> Bool {
        guard take("\"", text) else { return false }
        if takeSame(sink.unitPlace, text) { return sink.sameUnit() }
        guard let range = endText(text) else { return false }
        return sink.unit(text.array(range), at: range)
    }

    @inline(__always)
    mutating func time(_ text: borrowing WireText) -> Double? {
        skipSpace(text)
        let start = offset
        let next = text[start + timestampPlace.count]
        if next == UInt8(ascii: ",") || next == UInt8(ascii: "}"), text.repeats(timestampPlace, at: start) {
            offset += timestampPlace.count
            return timestamp
        }
        guard let seconds = number(text) else { return nil }
        timestamp = seconds
        timestampPlace = start..<offset
        return seconds
    }

    @inline(__always)
    mutating func number(_ text: borrowing WireText) -> Double? {
        skipSpace(text)
        return text.shortDecimal(at: &offset) ?? longNumber(text)
    }

    /// A number as JSON has it, which is less than ``DecimalText`` takes.
    private mutating func longNumber(_ text: borrowing WireText) -> Double? {
        let start = offset
        if text[offset] == UInt8(ascii: "-") { offset += 1 }
        let whole = offset
        skipDigits(text)
        guard offset > whole, offset == whole + 1 || text[whole] != UInt8(ascii: "0") else { return nil }
        if text[offset] == UInt8(ascii: ".") {
            offset += 1
            let fraction = offset
            skipDigits(text)
            guard offset > fraction else { return nil }
        }
        if text[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if text[offset] == UInt8(ascii: "+") || text[offset] == UInt8(ascii: "-") { offset += 1 }
            skipDigits(text)
        }
        let digits = text.array(start..<offset)
        return DecimalText.finite(digits, in: 0..<digits.count)
    }

    private mutating func skipDigits(_ text: borrowing WireText) {
        while text[offset] &- UInt8(ascii: "0") < 10 { offset += 1 }
    }
}
