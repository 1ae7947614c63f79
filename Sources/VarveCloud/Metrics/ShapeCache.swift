import VarveModel
import VarveWire

/// Shapes of the series that were written last, so that a known one costs a hash of its bytes and no string, and the
/// store finds its number in the shape. Not thread-safe: its owner has a lock.
///
/// Two generations of at most ``entriesMax`` each: what is used moves to the younger one, and when that is full the
/// older one is forgotten.
struct ShapeCache {
    /// 64 Ki series of about 300 bytes: 20 MB for each generation.
    static let entriesMax = 1 << 16

    private struct Entry {
        var key: [UInt8]
        var shape: RowShape
    }

    private var young: [Int: [Entry]] = [:]
    private var old: [Int: [Entry]] = [:]
    private var youngCount = 0
    private var key: [UInt8] = []

    /// The shape of a datum's series. O(bytes of its names).
    mutating func shape(of datum: MetricDatum, in buffer: MetricDataBuffer, scope: Scope) -> RowShape {
        makeKey(of: datum, in: buffer, scope: scope)
        let hash = key.withUnsafeBytes { bytes in
            var hasher = Hasher()
            hasher.combine(bytes: bytes)
            return hasher.finalize()
        }
        if let known = young[hash]?.first(where: { $0.key == key }) { return known.shape }
        let shape =
            old[hash]?.first { $0.key == key }?.shape ?? Self.makeShape(of: datum, in: buffer, scope: scope)
        keep(Entry(key: key, shape: shape), hash)
        return shape
    }

    private mutating func keep(_ entry: Entry, _ hash: Int) {
        if youngCount == Self.entriesMax {
            old = young
            young = [:]
            youngCount = 0
        }
        young[hash, default: []].append(entry)
        youngCount += 1
    }

    /// All that tells series apart, lengths before texts. Dimensions stay in the order of the request: another order is
    /// another entry of the same series.
    private mutating func makeKey(of datum: MetricDatum, in buffer: MetricDataBuffer, scope: Scope) {
        key.removeAll(keepingCapacity: true)
        key.append(datum.unit?.rawValue ?? Unit.none.rawValue)
        key.append(datum.storageResolution == 1 ? 1 : 60)
        append(scope.account)
        append(scope.region)
        append(buffer.namespace, of: buffer)
        append(datum.name, of: buffer)
        for dimension in buffer.dimensions[datum.dimensions] {
            append(dimension.name, of: buffer)
            append(dimension.value, of: buffer)
        }
    }

    private mutating func append(_ text: String) {
        appendLength(text.utf8.count)
        key.append(contentsOf: text.utf8)
    }

    private mutating func append(_ range: Range<Int>, of buffer: MetricDataBuffer) {
        appendLength(range.count)
        key.append(contentsOf: buffer.text[range])
    }

    /// Texts are at most 1 024 characters of at most four bytes.
    private mutating func appendLength(_ count: Int) {
        key.append(UInt8(truncatingIfNeeded: count))
        key.append(UInt8(truncatingIfNeeded: count >> 8))
    }

    private static func makeShape(of datum: MetricDatum, in buffer: MetricDataBuffer, scope: Scope) -> RowShape {
        let dimensions = buffer.dimensions[datum.dimensions].map {
            Dimension(name: buffer.string($0.name), value: buffer.string($0.value))
        }
        let field = FieldKey(
            metric: buffer.string(datum.name), unit: datum.unit ?? .none,
            resolution: datum.storageResolution == 1 ? .oneSecond : .oneMinute)
        let source = SourceKey(scope: scope, namespace: buffer.string(buffer.namespace), dimensions: dimensions)
        return RowShape(source: source, fields: [field])
    }
}
