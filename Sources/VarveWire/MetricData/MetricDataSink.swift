import VarveModel

/// Takes the parts of a PutMetricData request as a scanner meets them and puts them into columns. Every method returns
/// false when the request is not an ordinary one; it is then read the general way.
struct MetricDataSink {
    private(set) var buffer: MetricDataBuffer
    private var hasNamespace = false
    private var datum = MetricDatum()
    private var seen: Seen = []
    private var isInDatum = false

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

    /// - Parameter buffer: empty; its memory is used again.
    init(_ buffer: consuming MetricDataBuffer) { self.buffer = buffer }

    mutating func namespace(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard !hasNamespace, let range = append(bytes, bytesMax: Limits.nameBytesMax) else { return false }
        hasNamespace = true
        buffer.namespace = range
        return true
    }

    mutating func beginDatum() {
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
        for dimension in buffer.dimensions[datum.dimensions] {
            guard !dimension.name.isEmpty, !dimension.value.isEmpty else { return false }
        }
        buffer.data.append(datum)
        return true
    }

    /// At the end of the request.
    mutating func finish() -> Bool { endDatum() && hasNamespace && !buffer.data.isEmpty }

    // MARK: Members of a datum

    private mutating func isFirst(_ member: Seen) -> Bool { seen.insert(member).inserted }

    mutating func name(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard isFirst(.name), let range = append(bytes, bytesMax: Limits.nameBytesMax) else { return false }
        datum.name = range
        return true
    }

    mutating func beginDimensions() -> Bool { isFirst(.dimensions) }

    /// A dimension whose name and value follow, in either order.
    mutating func beginDimension() {
        buffer.dimensions.append(DimensionRange(name: 0..<0, value: 0..<0))
    }

    mutating func dimensionName(_ bytes: ArraySlice<UInt8>) -> Bool {
        let last = buffer.dimensions.count - 1
        guard last >= datum.dimensions.lowerBound, buffer.dimensions[last].name.isEmpty,
            let range = append(bytes, bytesMax: Limits.nameBytesMax)
        else { return false }
        buffer.dimensions[last].name = range
        return true
    }

    mutating func dimensionValue(_ bytes: ArraySlice<UInt8>) -> Bool {
        let last = buffer.dimensions.count - 1
        guard last >= datum.dimensions.lowerBound, buffer.dimensions[last].value.isEmpty,
            let range = append(bytes, bytesMax: Limits.dimensionValueBytesMax)
        else { return false }
        buffer.dimensions[last].value = range
        return true
    }

    /// - Parameter seconds: since 1970.
    mutating func timestamp(seconds: Double) -> Bool {
        guard isFirst(.timestamp), WireTime.isWritable(seconds) else { return false }
        datum.timestampNs = WireTime.nanoseconds(seconds: seconds)
        return datum.timestampNs != nil
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
    mutating func append(value: Double) { buffer.values.append(value + 0) }
    mutating func append(count: Double) { buffer.counts.append(count + 0) }

    mutating func statisticSet(_ set: StatisticNumbers) -> Bool {
        datum.form = .statisticSet
        guard isFirst(.numbers), let count = set.sampleCount, let sum = set.sum, let minimum = set.minimum,
            let maximum = set.maximum
        else { return false }
        for number in [count, sum, minimum, maximum] { append(value: number) }
        return true
    }

    mutating func unit(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard isFirst(.unit), let index = Self.unitNames.firstIndex(where: { $0.elementsEqual(bytes) }) else {
            return false
        }
        datum.unit = Unit.allCases[index]
        return true
    }

    mutating func storageResolution(_ value: Double) -> Bool {
        guard isFirst(.resolution), value == 1 || value == 60 else { return false }
        datum.storageResolution = Int(value)
        return true
    }

    private static let unitNames: [[UInt8]] = Unit.allCases.map { Array($0.name.utf8) }

    /// Texts are printable ASCII; others are for the general way to refuse.
    private mutating func append(_ bytes: ArraySlice<UInt8>, bytesMax: Int) -> Range<Int>? {
        guard !bytes.isEmpty, bytes.count <= bytesMax, bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) else {
            return nil
        }
        let start = buffer.text.count
        buffer.text.append(contentsOf: bytes)
        return start..<buffer.text.count
    }
}

/// The members of a statistic set, as they come.
struct StatisticNumbers {
    var sampleCount: Double?
    var sum: Double?
    var minimum: Double?
    var maximum: Double?

    /// False for an unknown name and for one that was there already.
    mutating func set(_ name: ArraySlice<UInt8>, _ value: Double) -> Bool {
        switch name.count {
        case 11 where name.elementsEqual("SampleCount".utf8): return Self.put(value, &sampleCount)
        case 3 where name.elementsEqual("Sum".utf8): return Self.put(value, &sum)
        case 7 where name.elementsEqual("Minimum".utf8): return Self.put(value, &minimum)
        case 7 where name.elementsEqual("Maximum".utf8): return Self.put(value, &maximum)
        default: return false
        }
    }

    private static func put(_ value: Double, _ place: inout Double?) -> Bool {
        defer { place = value }
        return place == nil
    }
}

/// The members of a datum, by the bytes of their names.
enum DatumMember: CaseIterable {
    case metricName, dimensions, timestamp, value, statisticValues, values, counts, unit, storageResolution

    /// Nil for a name that the model does not have.
    init?(_ name: ArraySlice<UInt8>) {
        let candidates: [DatumMember] =
            switch name.count {
            case 4: [.unit]
            case 5: [.value]
            case 6: [.values, .counts]
            case 9: [.timestamp]
            case 10: [.metricName, .dimensions]
            case 15: [.statisticValues]
            case 17: [.storageResolution]
            default: []
            }
        guard let found = candidates.first(where: { $0.name.elementsEqual(name) }) else { return nil }
        self = found
    }

    private var name: String.UTF8View {
        switch self {
        case .metricName: "MetricName".utf8
        case .dimensions: "Dimensions".utf8
        case .timestamp: "Timestamp".utf8
        case .value: "Value".utf8
        case .statisticValues: "StatisticValues".utf8
        case .values: "Values".utf8
        case .counts: "Counts".utf8
        case .unit: "Unit".utf8
        case .storageResolution: "StorageResolution".utf8
        }
    }
}
