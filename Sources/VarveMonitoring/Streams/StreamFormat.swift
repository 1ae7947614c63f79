import VarveBytes
import VarveJSON
import VarveModel
import VarveQuery

/// One minute of one metric.
struct StreamPoint: Sendable {
    var namespace: String
    var metric: String
    var dimensions: [Dimension]
    var unit: Unit
    /// Start of the minute, nanoseconds since 1970.
    var minuteNs: Int64
    var count: Double
    var sum: Double
    var minimum: Double
    var maximum: Double
    /// In the order of the stream's configuration.
    var additional: [(name: String, value: Double)] = []
}

/// What all datapoints of a stream share.
struct StreamIdentity: Equatable, Sendable {
    var name: String
    var account: String
    var region: String
    var arn: String
}

/// Cuts datapoints into documents of bounded size.
struct StreamBatches: Sendable {
    /// A document ends before the datapoint that would make it larger; one with a single datapoint may be.
    static let byteCountMax = 256 << 10

    private let identity: StreamIdentity
    private let format: MetricStreamDefinition.Format
    private let byteCountMax: Int
    private var current: [UInt8] = []
    private(set) var finished: [[UInt8]] = []

    init(
        _ identity: StreamIdentity, _ format: MetricStreamDefinition.Format, byteCountMax: Int = Self.byteCountMax
    ) {
        self.identity = identity
        self.format = format
        self.byteCountMax = byteCountMax
    }

    /// Of all documents together.
    var byteCount: Int { finished.reduce(current.count) { $0 + $1.count } }

    mutating func add(_ point: StreamPoint) {
        let bytes: [UInt8]
        switch format {
        case .json: bytes = StreamLine.bytes(of: point, in: identity)
        case .openTelemetry07: bytes = OpenTelemetryMetric.bytes(of: point, hasLabels: true)
        case .openTelemetry10: bytes = OpenTelemetryMetric.bytes(of: point, hasLabels: false)
        }
        if !current.isEmpty, current.count + bytes.count > byteCountMax { close() }
        current += bytes
    }

    /// Ends the last document.
    mutating func close() {
        guard !current.isEmpty else { return }
        finished.append(format == .json ? current : OpenTelemetryMetric.request(of: current, identity))
        current = []
    }
}

/// The format `json`: an object and a line feed.
enum StreamLine {
    static func bytes(of point: StreamPoint, in identity: StreamIdentity) -> [UInt8] {
        var writer = JSONWriter(capacity: 384)
        writer.beginObject()
        for (key, text) in [
            ("metric_stream_name", identity.name), ("account_id", identity.account), ("region", identity.region),
            ("namespace", point.namespace), ("metric_name", point.metric),
        ] {
            writer.key(key)
            writer.string(text)
        }
        writer.key("dimensions")
        writer.beginObject()
        for dimension in point.dimensions {
            writer.key(dimension.name)
            writer.string(dimension.value)
        }
        writer.endObject()
        writer.key("timestamp")
        writer.integer(point.minuteNs / 1_000_000)
        writer.key("value")
        writer.beginObject()
        let values = [
            ("count", point.count), ("sum", point.sum), ("max", point.maximum), ("min", point.minimum),
        ]
        for (key, value) in values + point.additional.map({ ($0.name, $0.value) }) {
            writer.key(key)
            writer.number(value)
        }
        writer.endObject()
        writer.key("unit")
        writer.string(point.unit.name)
        writer.endObject()
        return writer.takeBytes() + [UInt8(ascii: "\n")]
    }
}

/// The OpenTelemetry formats: messages of Protocol Buffers, written field by field. Field numbers are those of the
/// published `metrics.proto`, `common.proto` and `resource.proto` of the versions 0.7 and 1.0, which give a data point
/// labels in the first and attributes in the second.
enum OpenTelemetryMetric {
    /// Field `metrics` of `ScopeMetrics` with one `Metric` that has one point of a summary.
    static func bytes(of point: StreamPoint, hasLabels: Bool) -> [UInt8] {
        var metric = ProtobufWriter()
        metric.string(1, "amazonaws.com/\(point.namespace)/\(point.metric)")
        metric.string(3, point.unit.openTelemetryName)
        var summary = ProtobufWriter()
        summary.message(1, dataPoint(point, hasLabels: hasLabels))
        metric.message(11, summary.bytes)
        var field = ProtobufWriter()
        field.message(2, metric.bytes)
        return field.bytes
    }

    /// `ExportMetricsServiceRequest` behind its length.
    /// - Parameter metrics: fields `metrics`, at least one.
    static func request(of metrics: [UInt8], _ identity: StreamIdentity) -> [UInt8] {
        var resource = ProtobufWriter()
        for (key, text) in [
            ("cloud.provider", "aws"), ("cloud.account.id", identity.account), ("cloud.region", identity.region),
            ("aws.exporter.arn", identity.arn),
        ] {
            resource.message(1, attribute(key, text))
        }
        var resourceMetrics = ProtobufWriter()
        resourceMetrics.message(1, resource.bytes)
        resourceMetrics.message(2, metrics)
        var request = ProtobufWriter()
        request.message(1, resourceMetrics.bytes)
        var delimited = ByteWriter()
        delimited.writeVarint(UInt64(request.bytes.count))
        return delimited.bytes + request.bytes
    }

    private static func dataPoint(_ point: StreamPoint, hasLabels: Bool) -> [UInt8] {
        var writer = ProtobufWriter()
        let names = [("Namespace", point.namespace), ("MetricName", point.metric)]
        let dimensions = point.dimensions.map { ($0.name, $0.value) }
        if hasLabels {
            for (key, text) in names + dimensions { writer.message(1, label(key, text)) }
        }
        writer.fixed64(2, UInt64(clamping: point.minuteNs))
        writer.fixed64(3, UInt64(clamping: point.minuteNs + Nanoseconds.perMinute))
        // Weights may be fractions and beyond what fits.
        writer.fixed64(4, UInt64(exactly: min(max(0, point.count), 0x1p62).rounded()) ?? 0)
        writer.double(5, point.sum)
        for (quantile, value) in quantiles(of: point) {
            var pair = ProtobufWriter()
            pair.double(1, quantile)
            pair.double(2, value)
            writer.message(6, pair.bytes)
        }
        if !hasLabels {
            for (key, text) in names { writer.message(7, attribute(key, text)) }
            var list = ProtobufWriter()
            for (key, text) in dimensions { list.message(1, attribute(key, text)) }
            var value = ProtobufWriter()
            value.message(6, list.bytes)
            writer.message(7, keyValue("Dimensions", value.bytes))
        }
        return writer.bytes
    }

    /// Ascending: the minimum, percentiles, the maximum.
    private static func quantiles(of point: StreamPoint) -> [(Double, Double)] {
        let between = point.additional.compactMap { item -> (Double, Double)? in
            guard let quantile = (try? Statistic(parsing: item.name))?.quantile else { return nil }
            return (quantile, item.value)
        }
        return [(0, point.minimum)] + between.sorted { $0.0 < $1.0 } + [(1, point.maximum)]
    }

    /// `StringKeyValue` of version 0.7.
    private static func label(_ key: String, _ text: String) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.string(1, key)
        writer.string(2, text)
        return writer.bytes
    }

    /// `KeyValue` with a text.
    private static func attribute(_ key: String, _ text: String) -> [UInt8] {
        var value = ProtobufWriter()
        value.string(1, text)
        return keyValue(key, value.bytes)
    }

    private static func keyValue(_ key: String, _ value: [UInt8]) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.string(1, key)
        writer.message(2, value)
        return writer.bytes
    }
}

/// Fields of a message of Protocol Buffers, in the order in which they are written.
private struct ProtobufWriter {
    private var writer = ByteWriter()

    var bytes: [UInt8] { writer.bytes }

    /// The number of a field and how it is written.
    private mutating func tag(_ field: UInt64, _ wireType: UInt64) { writer.writeVarint(field << 3 | wireType) }

    mutating func fixed64(_ field: UInt64, _ value: UInt64) {
        tag(field, 1)
        writer.write(value)
    }

    mutating func double(_ field: UInt64, _ value: Double) { fixed64(field, value.bitPattern) }
    mutating func string(_ field: UInt64, _ text: String) { message(field, Array(text.utf8)) }

    mutating func message(_ field: UInt64, _ bytes: [UInt8]) {
        tag(field, 2)
        writer.writeVarint(UInt64(bytes.count))
        writer.write(contentsOf: bytes)
    }
}

extension Unit {
    /// In the Unified Code for Units of Measure, as the service writes it.
    var openTelemetryName: String {
        switch self {
        case .none: "1"
        case .seconds: "s"
        case .microseconds: "us"
        case .milliseconds: "ms"
        case .bytes: "By"
        case .kilobytes: "kBy"
        case .megabytes: "MBy"
        case .gigabytes: "GBy"
        case .terabytes: "TBy"
        case .bits: "bit"
        case .kilobits: "kbit"
        case .megabits: "MBit"
        case .gigabits: "GBit"
        case .terabits: "Tbit"
        case .percent: "%"
        case .count: "{Count}"
        case .bytesPerSecond: "By/s"
        case .kilobytesPerSecond: "kBy/s"
        case .megabytesPerSecond: "MBy/s"
        case .gigabytesPerSecond: "GBy/s"
        case .terabytesPerSecond: "TBy/s"
        case .bitsPerSecond: "bit/s"
        case .kilobitsPerSecond: "kbit/s"
        case .megabitsPerSecond: "MBit/s"
        case .gigabitsPerSecond: "GBit/s"
        case .terabitsPerSecond: "Tbit/s"
        case .countPerSecond: "{Count}/s"
        }
    }
}
