import VarveModel

/// What one parser has learned: known line prefixes with their sources, known field lists, and the shapes that join the
/// two.
///
/// All three only grow, up to the limits of the options; then ``forgetIfFull()`` starts afresh. That costs one
/// rebuilding of the sources in use per limit's worth of new ones, so hostile unique prefixes only slow themselves
/// down.
struct SourceCache: ~Copyable {
    struct Source {
        let key: SourceKey
        /// The shape of the source's latest row; −1 before the first.
        var latestShape: Int
    }

    struct Shape {
        let shape: RowShape
        let fieldList: Int
        /// Index in the shapes of the batch numbered `batchNumber`.
        var batchIndex = 0
        var batchNumber = 0
    }

    private(set) var sources: [Source] = []
    private(set) var shapes: [Shape] = []
    private(set) var fieldLists: [FieldList] = []
    /// The field list of the latest row of any source: the guess for a source that is new.
    private(set) var latestFieldList = -1

    private var sourceByPrefix: ByteTable
    private var fieldListByNames: ByteTable
    /// Key: source << 32 | field list.
    private var shapeByParts: [UInt64: Int] = [:]
    private var textByBytes: ByteTable
    private var texts: [String] = []

    private let hash: ByteHash
    private let byteCountMax: Int
    private var share: LineCacheShare
    /// Estimate of what sources, shapes, field lists and texts hold beside the tables.
    private var objectByteCount = 0
    private(set) var isFull = false

    init(options: LineOptions) {
        hash = ByteHash(seed: options.hashSeed)
        sourceByPrefix = ByteTable(hash: hash)
        fieldListByNames = ByteTable(hash: hash)
        textByBytes = ByteTable(hash: hash)
        byteCountMax = options.cacheBytesMax
        share = LineCacheShare(options.cacheBudget)
    }

    /// Memory held, in bytes; sources are estimated.
    var byteCount: Int {
        sourceByPrefix.byteCount + fieldListByNames.byteCount + textByBytes.byteCount + objectByteCount
    }

    /// Forgets everything when the limit has been reached. Only between lines: indices become invalid.
    mutating func forgetIfFull() {
        guard isFull else { return }
        sources = []
        shapes = []
        fieldLists = []
        latestFieldList = -1
        sourceByPrefix = ByteTable(hash: hash)
        fieldListByNames = ByteTable(hash: hash)
        textByBytes = ByteTable(hash: hash)
        shapeByParts = [:]
        texts = []
        objectByteCount = 0
        isFull = false
    }

    private mutating func account(_ byteCount: Int) {
        objectByteCount += byteCount
        let total = self.byteCount
        isFull = total > byteCountMax || !share.cover(total)
    }
}

// MARK: - Sources

extension SourceCache {
    /// The source of a raw line prefix (measurement and tags), or nil. Hot: once per line.
    @inline(__always)
    func source(of line: borrowing LineText, prefix: Range<Int>) -> Int? {
        sourceByPrefix.value(for: line.bytes, at: prefix.lowerBound, count: prefix.count)
    }

    /// Adds the source of a raw prefix. Prefixes that differ only in the order of their tags get sources with equal
    /// keys: the store joins them, and a client hardly ever mixes orders.
    mutating func addSource(_ key: SourceKey, of line: borrowing LineText, prefix: Range<Int>) -> Int {
        sources.append(Source(key: key, latestShape: -1))
        sourceByPrefix.insert(line.bytes, at: prefix.lowerBound, count: prefix.count, value: sources.count - 1)
        account(Self.memory(of: key))
        return sources.count - 1
    }

    /// A string for UTF-8 `bytes`, shared with earlier equal ones: tag names repeat in every source. Nil when it is not
    /// UTF-8.
    mutating func text(_ bytes: [UInt8]) -> String? {
        // Up to 15 bytes are stored inside the value, there is nothing to share.
        if bytes.count <= 15 { return NameText.string(bytes) }
        if let known = textByBytes.value(for: bytes.span.bytes, at: 0, count: bytes.count) { return texts[known] }
        guard let text = NameText.string(bytes) else { return nil }
        textByBytes.insert(bytes.span.bytes, at: 0, count: bytes.count, value: texts.count)
        texts.append(text)
        account(bytes.count + Self.objectOverhead + MemoryLayout<String>.stride)
        return text
    }

    /// Head of a heap object and what the allocator adds.
    private static let objectOverhead = 48

    private static func memory(of key: SourceKey) -> Int {
        let values = key.dimensions.reduce(0) {
            $0 + ($1.value.utf8.count > 15 ? $1.value.utf8.count + objectOverhead : 0)
        }
        return MemoryLayout<Source>.stride + objectOverhead
            + key.dimensions.count * MemoryLayout<Dimension>.stride + values
    }

    private static let shapeMemory = 256
}

// MARK: - Field lists and shapes

extension SourceCache {
    /// The field list that a row of `source` most likely has; −1 when nothing is known yet.
    @inline(__always)
    func expectedFieldList(of source: Int) -> Int {
        let shape = sources[source].latestShape
        return shape >= 0 ? shapes[shape].fieldList : latestFieldList
    }

    /// The number of the field list with these raw names, or nil.
    func fieldList(_ names: borrowing FieldNames) -> Int? {
        fieldListByNames.value(for: names.bytes.span.bytes, at: 0, count: names.bytes.count)
    }

    mutating func addFieldList(_ names: borrowing FieldNames, fields: [FieldKey]) -> Int {
        let list = FieldList(names: names.bytes, nameByteCounts: names.byteCounts, fields: fields)
        fieldLists.append(list)
        fieldListByNames.insert(names.bytes.span.bytes, at: 0, count: names.bytes.count, value: fieldLists.count - 1)
        account(list.names.count * 2 + list.fields.count * 96)
        return fieldLists.count - 1
    }

    /// The shape of a row of `source` with the fields of `list`; remembers it as the source's latest. Hot: once per
    /// line.
    @inline(__always)
    mutating func shape(source: Int, fieldList list: Int) -> Int {
        let latest = sources[source].latestShape
        if latest >= 0 && shapes[latest].fieldList == list { return latest }
        return otherShape(source: source, fieldList: list)
    }

    @inline(never)
    private mutating func otherShape(source: Int, fieldList list: Int) -> Int {
        latestFieldList = list
        let parts = UInt64(source) << 32 | UInt64(list)
        if let known = shapeByParts[parts] {
            sources[source].latestShape = known
            return known
        }
        let shape = RowShape(source: sources[source].key, fields: fieldLists[list].fields)
        shapes.append(Shape(shape: shape, fieldList: list))
        shapeByParts[parts] = shapes.count - 1
        sources[source].latestShape = shapes.count - 1
        account(Self.shapeMemory)
        return shapes.count - 1
    }

    mutating func setBatchIndex(_ index: Int, batchNumber: Int, ofShape shape: Int) {
        shapes[shape].batchIndex = index
        shapes[shape].batchNumber = batchNumber
    }
}
