import VarveModel
import VarveWire

/// Shapes of the series that were written last, so that a known one costs a comparison of its bytes and no string, and
/// the store finds its number in the shape. Not thread-safe: its owner has a lock.
///
/// Two generations of about ``entriesMax`` each: what is used moves to the younger one, and when that is full the older
/// one is forgotten.
struct ShapeCache {
    /// 64 Ki series of about 300 bytes: 20 MB for each generation. The request that fills it may bring more.
    var entriesMax = 1 << 16
    /// The same for series with long names, of which 64 Ki would be gigabytes: the names of ordinary ones take a third.
    static let keyBytesMax = 16 << 20
    /// Shorter lists cost less to make than to find.
    private static let listCountMin = 16

    private let hash = ShapeHash()
    private var young = ShapeTable()
    private var old = ShapeTable()
    /// Where the series that was asked for last stands in `young`; -1 for none.
    private var last = -1
    /// Lists that were made of `young`, by their first place and their length.
    private var lists: [UInt64: ShapeList] = [:]
    private var listedCount = 0

    /// Shapes in the order of a request.
    private struct ShapeList {
        let places: [UInt32]
        let shapes: [RowShape]
    }

    /// What the series of all data of a request have in common. Places of earlier requests mean nothing any more.
    mutating func begin(scope: Scope, namespace: Range<Int>, in buffer: MetricDataBuffer) -> ShapeRequest {
        if young.count >= entriesMax || young.keyByteCount > Self.keyBytesMax {
            old = young
            young = ShapeTable()
            last = -1
            forgetLists()
        }
        var key: [UInt8] = []
        for text in [scope.account, scope.region, buffer.string(namespace)] {
            key.append(UInt8(truncatingIfNeeded: text.utf8.count))
            key.append(UInt8(truncatingIfNeeded: text.utf8.count >> 8))
            key.append(contentsOf: text.utf8)
        }
        return ShapeRequest(scope: scope, key: key, hash: hash.value(of: key.span.bytes, 0..<key.count, after: 0))
    }

    /// The place of the shape of a datum's series, until the next ``begin(scope:namespace:in:)``. About 30 ns for one
    /// that follows the one before as it did when both were new, as agents send the same series in the same order
    /// again and again; 70 ns for another that was used lately; else O(bytes of its names).
    mutating func place(of datum: MetricDatum, in buffer: MetricDataBuffer, of request: ShapeRequest) -> UInt32 {
        if last + 1 < young.count, young.isKey(last + 1, datum, buffer, request) {
            last += 1
            return UInt32(last)
        }
        let hash = hash.value(of: datum, in: buffer, of: request)
        last = young.find(hash, datum, buffer, request) ?? insert(hash, datum, buffer, request)
        return UInt32(last)
    }

    private mutating func insert(
        _ hash: UInt64, _ datum: MetricDatum, _ buffer: MetricDataBuffer, _ request: ShapeRequest
    ) -> Int {
        let known = old.find(hash, datum, buffer, request).map { old.shape(at: $0) }
        let shape = known ?? Self.makeShape(of: datum, in: buffer, scope: request.scope)
        young.insert(shape, hash, datum, buffer, request)
        return young.count - 1
    }

    /// The shape at a place.
    func shape(at place: UInt32) -> RowShape { young.shape(at: Int(place)) }

    /// The shapes at the places of a request. A list that was asked for before is the same array: its thousand shapes
    /// need not be counted as used one by one, by this thread and then by the store's.
    mutating func shapes(at places: [UInt32]) -> [RowShape] {
        guard places.count >= Self.listCountMin else { return places.map { shape(at: $0) } }
        let key = UInt64(places[0]) << 32 | UInt64(places.count)
        let known = lists[key]
        if let known, known.places == places { return known.shapes }
        let shapes = places.map { shape(at: $0) }
        listedCount += places.count - (known?.places.count ?? 0)
        if listedCount > entriesMax {
            forgetLists()
            listedCount = places.count
        }
        lists[key] = ShapeList(places: places, shapes: shapes)
        return shapes
    }

    private mutating func forgetLists() {
        lists = [:]
        listedCount = 0
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

    func shape(at entry: Int) -> RowShape { entries[entry].shape }

    /// The number of the entry of a series.
    func find(
        _ hash: UInt64, _ datum: MetricDatum, _ buffer: MetricDataBuffer, _ request: ShapeRequest
    ) -> Int? {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while slots[index] != 0 {
            let entry = Int(slots[index]) - 1
            if entries[entry].hash == hash, isKey(entry, datum, buffer, request) { return entry }
            index = (index &+ 1) & mask
        }
        return nil
    }

    /// Whether an entry is of a series.
    func isKey(
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
        // In bounds below: both have `count` bytes.
        var offset = 0
        guard count >= 8 else {
            while offset < count {
                let byte = left.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
                if byte != right.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self) { return false }
                offset &+= 1
            }
            return true
        }
        while offset &+ 8 < count {
            if word(left, offset) != word(right, offset) { return false }
            offset &+= 8
        }
        // The last eight bytes, some of them a second time.
        return word(left, count &- 8) == word(right, count &- 8)
    }

    @inline(__always)
    private static func word(_ bytes: RawSpan, _ offset: Int) -> UInt64 {
        bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
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
