import VarveModel

/// Takes the parts of a PutMetricData request as a scanner meets them and puts them into columns. Every method returns
/// false when the request is not an ordinary one; it is then read the general way.
///
/// Names are ranges of the body, checked by ``isRight(_:_:_:)``; those that had to be decoded stand behind it. What
/// a datum has in common with the one before it, it shares: its ranges are those of the other one.
struct MetricDataSink {
    private var buffer: MetricDataBuffer
    /// Decoded texts; their ranges are counted from the end of the body.
    private var decoded: [UInt8] = []
    private let bodyCount: Int
    private var hasNamespace = false
    private var datum = MetricDatum()
    private var previous = MetricDatum()
    private var seen: Seen = []
    private var isInDatum = false
    /// The last unit and where it stood.
    private(set) var unitPlace = 0..<0
    private var unit = Unit.none
    /// The last time as it was given and as it is kept: data of one request often have the same.
    private var lastSeconds = Double.nan
    private var lastTimestampNs: Int64 = 0

    private struct Seen: OptionSet {
        var rawValue: UInt16
        static let name = Seen(rawValue: 1)
        static let dimensions = Seen(rawValue: 2)
        static let timestamp = Seen(rawValue: 4)
        static let numbers = Seen(rawValue: 8)
        static let counts = Seen(rawValue: 16)
        static let unit = Seen(rawValue: 32)
        static let resolution = Seen(rawValue: 64)
    }

    /// - Parameters:
    ///   - buffer: empty; its memory is used again.
    ///   - bodyCount: bytes of the request that ranges are of.
    init(_ buffer: consuming MetricDataBuffer, bodyCount: Int) {
        self.buffer = buffer
        self.bodyCount = bodyCount
        // A datum has a hundred bytes and more; a body that has fewer makes few data.
        let dataCount = min(1_000, bodyCount / 100)
        self.buffer.data.reserveCapacity(dataCount)
        self.buffer.dimensions.reserveCapacity(dataCount)
        self.buffer.values.reserveCapacity(dataCount)
    }

    /// The columns, at the end of the request; nil when something is missing.
    mutating func finish(_ body: [UInt8]) -> MetricDataBuffer? {
        guard endDatum(), hasNamespace, !buffer.data.isEmpty else { return nil }
        buffer.text = decoded.isEmpty ? body : body + decoded
        return buffer
    }

    // MARK: Texts

    /// What a text names.
    enum TextKind {
        case namespace, metric, dimensionName, dimensionValue

        /// The part of a datum that it is, if it is one that changes.
        @inline(__always)
        var part: DatumForm.Part? {
            switch self {
            case .metric: .name
            case .dimensionValue: .dimensionValue
            case .namespace, .dimensionName: nil
            }
        }
    }

    /// Whether a text of printable ASCII may be such a name: not empty, not blank, not too long.
    @inline(__always)
    static func isRight(_ kind: TextKind, _ text: borrowing WireText, _ range: Range<Int>) -> Bool {
        let bytesMax = kind == .dimensionValue ? Limits.dimensionValueBytesMax : Limits.nameBytesMax
        guard !range.isEmpty, range.count <= bytesMax else { return false }
        let first = text[range.lowerBound]
        if kind == .dimensionName, first == UInt8(ascii: ":") { return false }
        return first != 0x20 || !text.isBlank(range)
    }

    /// Keeps a text that stands in the body in another form.
    mutating func keep(_ kind: TextKind, decoded text: [UInt8]) -> Range<Int>? {
        guard text.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }),
            Self.isRight(kind, WireText(text.span.bytes), 0..<text.count)
        else { return nil }
        let start = bodyCount + decoded.count
        decoded.append(contentsOf: text)
        return start..<(start + text.count)
    }

    /// Where the text that is read next stood in the datum before; empty where that had none.
    @inline(__always)
    func earlier(_ kind: TextKind) -> Range<Int> {
        switch kind {
        case .namespace: return 0..<0
        case .metric: return previous.name
        case .dimensionName, .dimensionValue:
            let place = previous.dimensions.lowerBound + buffer.dimensions.count - 1 - datum.dimensions.lowerBound
            guard place < previous.dimensions.upperBound else { return 0..<0 }
            return kind == .dimensionName ? buffer.dimensions[place].name : buffer.dimensions[place].value
        }
    }

    @inline(__always)
    mutating func put(_ kind: TextKind, _ range: Range<Int>) -> Bool {
        switch kind {
        case .namespace:
            guard !hasNamespace else { return false }
            hasNamespace = true
            buffer.namespace = range
        case .metric:
            guard isFirst(.name) else { return false }
            datum.name = range
        case .dimensionName:
            let last = buffer.dimensions.count - 1
            guard last >= datum.dimensions.lowerBound, buffer.dimensions[last].name.isEmpty else { return false }
            buffer.dimensions[last].name = range
        case .dimensionValue:
            let last = buffer.dimensions.count - 1
            guard last >= datum.dimensions.lowerBound, buffer.dimensions[last].value.isEmpty else { return false }
            buffer.dimensions[last].value = range
        }
        return true
    }

    // MARK: Data

    mutating func beginDatum() {
        previous = datum
        datum = MetricDatum()
        datum.dimensions = buffer.dimensions.count..<buffer.dimensions.count
        datum.values = buffer.values.count..<buffer.values.count
        datum.counts = buffer.counts.count..<buffer.counts.count
        seen = []
        isInDatum = true
    }

    /// Whether what was there makes a datum: a name, one form of a value, whole dimensions.
    mutating func endDatum() -> Bool {
        guard isInDatum else { return true }
        isInDatum = false
        datum.dimensions = datum.dimensions.lowerBound..<buffer.dimensions.count
        datum.values = datum.values.lowerBound..<buffer.values.count
        datum.counts = datum.counts.lowerBound..<buffer.counts.count
        guard seen.isSuperset(of: [.name, .numbers]) else { return false }
        if seen.contains(.counts) {
            guard datum.form == .many, datum.counts.count == datum.values.count else { return false }
        }
        for index in datum.dimensions {
            guard !buffer.dimensions[index].name.isEmpty, !buffer.dimensions[index].value.isEmpty else { return false }
        }
        buffer.data.append(datum)
        return true
    }

    // MARK: Data of the form of the one before

    /// A datum with the members of the last one, which has a single value. Its parts follow in the order in which that
    /// one had them, then ``endRepetition()``; or ``dropRepetition()``, as if it had never been begun.
    @inline(__always)
    mutating func beginRepetition() {
        previous = datum
        datum.dimensions = buffer.dimensions.count..<buffer.dimensions.count
        datum.values = buffer.values.count..<buffer.values.count
    }

    @inline(__always)
    mutating func endRepetition() {
        datum.dimensions = datum.dimensions.lowerBound..<buffer.dimensions.count
        datum.values = datum.values.lowerBound..<buffer.values.count
        buffer.data.append(datum)
    }

    mutating func dropRepetition() {
        buffer.dimensions.removeLast(buffer.dimensions.count - datum.dimensions.lowerBound)
        buffer.values.removeLast(buffer.values.count - datum.values.lowerBound)
        datum = previous
    }

    /// Where the name stood in the datum before.
    @inline(__always)
    var repeatedName: Range<Int> { previous.name }

    /// Where the value of the dimension that is next stood in the datum before, which has as many.
    @inline(__always)
    var repeatedDimensionValue: Range<Int> { buffer.dimensions[repeatedDimension].value }

    @inline(__always)
    private var repeatedDimension: Int {
        previous.dimensions.lowerBound + buffer.dimensions.count - datum.dimensions.lowerBound
    }

    @inline(__always)
    mutating func repeatName(_ range: Range<Int>) { datum.name = range }

    @inline(__always)
    mutating func repeatDimension(value: Range<Int>) {
        buffer.dimensions.append(DimensionRange(name: buffer.dimensions[repeatedDimension].name, value: value))
    }

    /// - Parameter seconds: since 1970.
    @inline(__always)
    mutating func repeatTimestamp(seconds: Double) -> Bool {
        if seconds != lastSeconds {
            guard WireTime.isWritable(seconds), let timestampNs = WireTime.nanoseconds(seconds: seconds) else {
                return false
            }
            lastSeconds = seconds
            lastTimestampNs = timestampNs
        }
        datum.timestampNs = lastTimestampNs
        return true
    }

    // MARK: Members of a datum

    @inline(__always)
    private mutating func isFirst(_ member: Seen) -> Bool {
        defer { seen.formUnion(member) }
        return seen.isDisjoint(with: member)
    }

    mutating func beginDimensions() -> Bool { isFirst(.dimensions) }

    /// A dimension whose name and value follow, in either order.
    mutating func beginDimension() {
        buffer.dimensions.append(DimensionRange(name: 0..<0, value: 0..<0))
    }

    /// - Parameter seconds: since 1970.
    mutating func timestamp(seconds: Double) -> Bool {
        isFirst(.timestamp) && repeatTimestamp(seconds: seconds)
    }

    mutating func value(_ value: Double) -> Bool {
        datum.form = .single
        guard isFirst(.numbers) else { return false }
        append(value: value)
        return true
    }

    /// ``append(value:)`` for each element follows.
    mutating func beginValues() -> Bool {
        datum.form = .many
        return isFirst(.numbers)
    }

    mutating func beginCounts() -> Bool { isFirst(.counts) }

    /// Negative zero becomes zero: JSON's integers cannot tell them apart.
    @inline(__always)
    mutating func append(value: Double) { buffer.values.append(value + 0) }
    @inline(__always)
    mutating func append(count: Double) { buffer.counts.append(count + 0) }

    mutating func statisticSet(_ set: StatisticNumbers) -> Bool {
        datum.form = .statisticSet
        guard isFirst(.numbers), let count = set.sampleCount, let sum = set.sum, let minimum = set.minimum,
            let maximum = set.maximum
        else { return false }
        for number in [count, sum, minimum, maximum] { append(value: number) }
        return true
    }

    /// The unit that stood at ``unitPlace`` again.
    mutating func sameUnit() -> Bool {
        datum.unit = unit
        return isFirst(.unit)
    }

    /// - Parameters:
    ///   - name: decoded.
    ///   - place: of the text as it stands in the body.
    mutating func unit(_ name: [UInt8], at place: Range<Int>) -> Bool {
        guard let index = Self.unitNames.firstIndex(of: name) else { return false }
        unit = Unit.allCases[index]
        unitPlace = place
        return sameUnit()
    }

    mutating func storageResolution(_ value: Double) -> Bool {
        guard isFirst(.resolution), value == 1 || value == 60 else { return false }
        datum.storageResolution = Int(value)
        return true
    }

    private static let unitNames: [[UInt8]] = Unit.allCases.map { Array($0.name.utf8) }
}

/// The members of a statistic set, as they come.
struct StatisticNumbers {
    var sampleCount: Double?
    var sum: Double?
    var minimum: Double?
    var maximum: Double?

    /// The members' names.
    enum Member { case sampleCount, sum, minimum, maximum }

    /// False for one that was there already.
    mutating func set(_ member: Member, _ value: Double) -> Bool {
        switch member {
        case .sampleCount: Self.put(value, &sampleCount)
        case .sum: Self.put(value, &sum)
        case .minimum: Self.put(value, &minimum)
        case .maximum: Self.put(value, &maximum)
        }
    }

    private static func put(_ value: Double, _ place: inout Double?) -> Bool {
        defer { place = value }
        return place == nil
    }
}

extension StatisticNumbers.Member {
    /// The member whose name begins at `offset`; moves past it.
    init?(_ text: borrowing WireText, at offset: inout Int) {
        if text.has("Sum", at: offset) {
            self = .sum
            offset += 3
        } else if text.has("SampleCount", at: offset) {
            self = .sampleCount
            offset += 11
        } else if text.has("Minimum", at: offset) {
            self = .minimum
            offset += 7
        } else if text.has("Maximum", at: offset) {
            self = .maximum
            offset += 7
        } else {
            return nil
        }
    }
}

/// The members of a datum, by the bytes of their names.
enum DatumMember {
    case metricName, dimensions, timestamp, value, statisticValues, values, counts, unit, storageResolution

    /// The member whose name begins at `offset`, moving past it; nil for a name that the model does not have. The
    /// caller sees whether the name ends there.
    @inline(__always)
    init?(_ text: borrowing WireText, at offset: inout Int) {
        let count: Int
        switch text[offset] {
        case UInt8(ascii: "M"):
            guard text.has("MetricName", at: offset) else { return nil }
            (self, count) = (.metricName, 10)
        case UInt8(ascii: "D"):
            guard text.has("Dimensions", at: offset) else { return nil }
            (self, count) = (.dimensions, 10)
        case UInt8(ascii: "T"):
            guard text.has("Timestamp", at: offset) else { return nil }
            (self, count) = (.timestamp, 9)
        case UInt8(ascii: "V"):
            guard text.has("Value", at: offset) else { return nil }
            let isMany = text[offset + 5] == UInt8(ascii: "s")
            (self, count) = isMany ? (.values, 6) : (.value, 5)
        case UInt8(ascii: "U"):
            guard text.has("Unit", at: offset) else { return nil }
            (self, count) = (.unit, 4)
        case UInt8(ascii: "C"):
            guard text.has("Counts", at: offset) else { return nil }
            (self, count) = (.counts, 6)
        default:
            let isResolution = text.has("StorageResolution", at: offset)
            guard isResolution || text.has("StatisticValues", at: offset) else { return nil }
            (self, count) = isResolution ? (.storageResolution, 17) : (.statisticValues, 15)
        }
        offset += count
    }
}
