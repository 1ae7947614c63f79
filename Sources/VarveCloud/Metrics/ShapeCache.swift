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
    /// The same for series with long names, of which 64 Ki would be gigabytes: the names of ordinary ones take a third.
    static let keyBytesMax = 16 << 20

    private let hash = ShapeHash()
    private var young = ShapeTable()
    private var old = ShapeTable()

    /// The shape of a datum's series. About 50 ns for one that was used lately; otherwise O(bytes of its names).
    mutating func shape(of datum: MetricDatum, in buffer: MetricDataBuffer, of request: ShapeRequest) -> RowShape {
        let hash = hash.value(of: datum, in: buffer, of: request)
        if let shape = young.shape(hash, datum, buffer, request) { return shape }
        let shape =
            old.shape(hash, datum, buffer, request) ?? Self.makeShape(of: datum, in: buffer, scope: request.scope)
        if young.count == Self.entriesMax || young.keyByteCount > Self.keyBytesMax {
            old = young
            young = ShapeTable()
        }
        young.insert(shape, hash, datum, buffer, request)
        return shape
    }

    /// What the series of all data of a request have in common.
    func request(scope: Scope, namespace: Range<Int>, in buffer: MetricDataBuffer) -> ShapeRequest {
        var key: [UInt8] = []
        for text in [scope.account, scope.region, buffer.string(namespace)] {
            key.append(UInt8(truncatingIfNeeded: text.utf8.count))
            key.append(UInt8(truncatingIfNeeded: text.utf8.count >> 8))
            key.append(contentsOf: text.utf8)
        }
        return ShapeRequest(scope: scope, key: key, hash: hash.value(of: key.span.bytes, 0..<key.count, after: 0))
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

/// Account, region and namespace of a request, as keys begin with them.
struct ShapeRequest {
    fileprivate let scope: Scope
    fileprivate let key: [UInt8]
    fileprivate let hash: UInt64
}

extension MetricDatum {
    /// Unit and resolution as two bytes of a key.
    fileprivate var kind: UInt16 {
        UInt16((unit ?? .none).rawValue) << 8 | (storageResolution == 1 ? 1 : 60)
    }
}

/// A keyed hash of bytes: who does not know the key of this process cannot choose names that collide more often than
/// chance. Each 16 bytes are folded by one multiplication of 64 × 64 bits whose factors both carry a secret.
private struct ShapeHash {
    private let first: UInt64
    private let second: UInt64

    init() {
        // The standard library's hashes are keyed per process.
        var hasher = Hasher()
        hasher.combine(1)
        first = UInt64(bitPattern: Int64(hasher.finalize()))
        hasher = Hasher()
        hasher.combine(2)
        second = UInt64(bitPattern: Int64(hasher.finalize()))
    }

    @inline(__always)
    func value(of datum: MetricDatum, in buffer: MetricDataBuffer, of request: ShapeRequest) -> UInt64 {
        let text = buffer.text.span.bytes
        var hash = Self.fold(request.hash ^ first, UInt64(datum.kind) ^ second)
        hash = value(of: text, datum.name, after: hash)
        for index in datum.dimensions {
            hash = value(of: text, buffer.dimensions[index].name, after: hash)
            hash = value(of: text, buffer.dimensions[index].value, after: hash)
        }
        return hash
    }

    /// The hash of a range of bytes, continued from that of what stands before.
    @inline(__always)
    func value(of bytes: RawSpan, _ range: Range<Int>, after before: UInt64) -> UInt64 {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount, "hashed beyond the end")
        // In bounds below: checked one line above.
        var hash = before ^ UInt64(range.count)
        var position = range.lowerBound
        while range.upperBound &- position >= 16 {
            let left = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self)
            let right = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position &+ 8, as: UInt64.self)
            hash = Self.fold(left ^ first, right ^ hash)
            position &+= 16
        }
        var (left, right): (UInt64, UInt64) = (0, 0)
        if range.upperBound &- position >= 8 {
            left = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self)
            position &+= 8
        }
        while position < range.upperBound {
            right = right << 8 | UInt64(bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self))
            position &+= 1
        }
        return Self.fold(left ^ first, right ^ hash ^ second)
    }

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (high, low) = left.multipliedFullWidth(by: right)
        return high ^ low
    }
}

/// Shapes by the bytes of their keys: an open-addressing table that owns copies of the keys. Entries are only added, or
/// all forgotten at once.
///
/// A key is what tells series apart: account, region and namespace, unit and resolution, then the metric and all
/// dimensions, lengths before texts. Dimensions stay in the order of the request: another order is another entry of
/// the same series.
private struct ShapeTable {
    private struct Entry {
        let hash: UInt64
        /// Where its key begins in `keys`, and how long it is.
        let start: Int
        let count: Int
        let shape: RowShape
    }

    private var keys: [UInt8] = []
    private var entries: [Entry] = []
    /// Numbers of entries plus 1; 0 is free. At most half of them are taken; their count is a power of two.
    private var slots = [UInt32](repeating: 0, count: 256)

    var count: Int { entries.count }
    var keyByteCount: Int { keys.count }

    func shape(
        _ hash: UInt64, _ datum: MetricDatum, _ buffer: MetricDataBuffer, _ request: ShapeRequest
    ) -> RowShape? {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while slots[index] != 0 {
            let entry = Int(slots[index]) - 1
            if entries[entry].hash == hash, isKey(entry, datum, buffer, request) { return entries[entry].shape }
            index = (index &+ 1) & mask
        }
        return nil
    }

    private func isKey(
        _ number: Int, _ datum: MetricDatum, _ buffer: MetricDataBuffer, _ request: ShapeRequest
    ) -> Bool {
        let end = entries[number].start + entries[number].count
        var position = entries[number].start
        let (keys, text) = (keys.span.bytes, buffer.text.span.bytes)
        guard Self.take(request.key.span.bytes, 0..<request.key.count, keys, &position, end), end - position >= 2,
            keys.unsafeLoadUnaligned(fromByteOffset: position, as: UInt16.self) == datum.kind
        else { return false }
        position += 2
        guard Self.takeText(text, datum.name, keys, &position, end) else { return false }
        for index in datum.dimensions {
            guard Self.takeText(text, buffer.dimensions[index].name, keys, &position, end),
                Self.takeText(text, buffer.dimensions[index].value, keys, &position, end)
            else { return false }
        }
        return position == end
    }

    /// Whether a text with its length stands at a position of the keys; moves past it.
    @inline(__always)
    private static func takeText(
        _ text: RawSpan, _ range: Range<Int>, _ keys: RawSpan, _ position: inout Int, _ end: Int
    ) -> Bool {
        guard end - position >= 2,
            keys.unsafeLoadUnaligned(fromByteOffset: position, as: UInt16.self)
                == UInt16(truncatingIfNeeded: range.count)
        else { return false }
        position += 2
        return take(text, range, keys, &position, end)
    }

    @inline(__always)
    private static func take(
        _ text: RawSpan, _ range: Range<Int>, _ keys: RawSpan, _ position: inout Int, _ end: Int
    ) -> Bool {
        let count = range.count
        guard end - position >= count else { return false }
        let (left, right) = (text.extracting(range), keys.extracting(position..<(position + count)))
        position += count
        var offset = 0
        while offset &+ 8 <= count {
            // In bounds: both have `count` bytes.
            let word = left.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
            if word != right.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self) { return false }
            offset &+= 8
        }
        while offset < count {
            let byte = left.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
            if byte != right.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self) { return false }
            offset &+= 1
        }
        return true
    }

    mutating func insert(
        _ shape: RowShape, _ hash: UInt64, _ datum: MetricDatum, _ buffer: MetricDataBuffer, _ request: ShapeRequest
    ) {
        let start = keys.count
        keys.append(contentsOf: request.key)
        append(datum.kind)
        append(datum.name, buffer)
        for dimension in buffer.dimensions[datum.dimensions] {
            append(dimension.name, buffer)
            append(dimension.value, buffer)
        }
        entries.append(Entry(hash: hash, start: start, count: keys.count - start, shape: shape))
        if entries.count * 2 > slots.count { grow() } else { place(entries.count) }
    }

    private mutating func append(_ range: Range<Int>, _ buffer: MetricDataBuffer) {
        append(UInt16(truncatingIfNeeded: range.count))
        keys.append(contentsOf: buffer.text[range])
    }

    /// In the byte order of the machine: keys do not leave it.
    private mutating func append(_ number: UInt16) { withUnsafeBytes(of: number) { keys.append(contentsOf: $0) } }

    /// - Parameter entry: its number plus 1.
    private mutating func place(_ entry: Int) {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: entries[entry - 1].hash) & mask
        while slots[index] != 0 { index = (index + 1) & mask }
        slots[index] = UInt32(entry)
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 4)
        for entry in 1...entries.count { place(entry) }
    }
}
