import VarveModel

/// Finds what ``CatalogueTables`` has by its content, and adds what is new. The tables behind look-ups by key; guarded
/// by the catalogue's lock.
struct CatalogueIndex: Sendable {
    let tables: CatalogueTables
    private let key: SipHash.Key
    private var names = HashIndex()
    private var spaces = HashIndex()
    private var pairs = HashIndex()
    private var sources = HashIndex()
    private var fields = HashIndex()
    private var fieldLists = HashIndex()
    private var metrics = HashIndex()
    /// Per name of a dimension, how many values it has.
    private(set) var valueCounts: [UInt32: Int] = [:]

    init(tables: CatalogueTables, key: SipHash.Key) {
        self.tables = tables
        self.key = key
    }

    /// Bytes of all hash tables.
    var capacityBytes: Int {
        [names, spaces, pairs, sources, fields, fieldLists, metrics].reduce(0) { $0 + $1.capacityBytes }
    }
}

// MARK: - Finding

// Closures take what they need and not the whole index, which would be copied for them: ten reference counts each time.
extension CatalogueIndex {
    func findName(_ text: String) -> UInt32? {
        let (names, known, key) = (names, tables.names, key)
        return text.withBytes { bytes in names.find(SipHash.hash(bytes, key: key)) { known.isEqual($0, bytes) } }
    }

    private func findName(_ bytes: UnsafeRawBufferPointer) -> UInt32? {
        let known = tables.names
        return names.find(SipHash.hash(bytes, key: key)) { known.isEqual($0, bytes) }
    }

    func findSpace(scope: Scope, namespace: String, kind: SeriesKind) -> UInt32? {
        guard let account = findName(scope.account), let region = findName(scope.region),
            let namespace = findName(namespace)
        else { return nil }
        return findSpace(
            CatalogueTables.Space(account: account, region: region, namespace: namespace, kind: kind.rawValue))
    }

    private func hash(_ row: CatalogueTables.Space) -> UInt64 {
        var state = SipHash(key)
        state.add(UInt64(row.account) << 32 | UInt64(row.region))
        state.add(UInt64(row.namespace) << 32 | UInt64(row.kind))
        return state.finish(16 << 56)
    }

    private func findSpace(_ row: CatalogueTables.Space) -> UInt32? {
        let tables = tables
        return spaces.find(hash(row)) { number in
            let known = tables.spaces[number]
            return known.account == row.account && known.region == row.region && known.namespace == row.namespace
                && known.kind == row.kind
        }
    }

    func findPair(_ name: UInt32, _ value: UInt32) -> UInt32? {
        let tables = tables
        return pairs.find(SipHash.hash(name, value, key: key)) { number in
            let known = tables.pairs[number]
            return known.name == name && known.value == value
        }
    }

    private func hash(space: UInt32, pairs: [UInt32]) -> UInt64 {
        var state = SipHash(key)
        state.add(UInt64(space))
        for pair in pairs { state.add(UInt64(pair)) }
        return state.finish(UInt64(pairs.count + 1) << 59)
    }

    /// The source with exactly this key; of several that had it, the newest.
    func findSource(_ source: SourceKey) -> UInt32? {
        guard let space = findSpace(scope: source.scope, namespace: source.namespace, kind: source.kind) else {
            return nil
        }
        var wanted: [UInt32] = []
        wanted.reserveCapacity(source.dimensions.count)
        for dimension in source.dimensions {
            guard let name = findName(dimension.name), let value = findName(dimension.value),
                let pair = findPair(name, value)
            else { return nil }
            wanted.append(pair)
        }
        return findSource(space: space, pairs: wanted)
    }

    private func findSource(space: UInt32, pairs wanted: [UInt32]) -> UInt32? {
        let tables = tables
        return sources.find(hash(space: space, pairs: wanted)) { number in
            let row = tables.sources[number]
            guard row.space == space, Int(row.pairCount) == wanted.count else { return false }
            return wanted.indices.allSatisfy { tables.sourcePairs[Int(row.pairStart) + $0] == wanted[$0] }
        }
    }

    func findField(_ field: FieldKey) -> UInt32? {
        findName(field.metric).flatMap { name in
            findField(
                CatalogueTables.Field(name: name, unit: field.unit.rawValue, resolution: field.resolution.rawValue))
        }
    }

    private func hash(_ row: CatalogueTables.Field) -> UInt64 {
        SipHash.hash(row.name, UInt32(row.unit) << 8 | UInt32(row.resolution), key: key)
    }

    private func findField(_ row: CatalogueTables.Field) -> UInt32? {
        let tables = tables
        return fields.find(hash(row)) { number in
            let known = tables.fields[number]
            return known.name == row.name && known.unit == row.unit && known.resolution == row.resolution
        }
    }

    func findFieldList(_ list: [FieldKey]) -> UInt32? {
        var wanted: [UInt32] = []
        wanted.reserveCapacity(list.count)
        for field in list {
            guard let number = findField(field) else { return nil }
            wanted.append(number)
        }
        return findFieldList(wanted)
    }

    private func hash(_ list: [UInt32]) -> UInt64 {
        var state = SipHash(key)
        for field in list { state.add(UInt64(field)) }
        return state.finish(UInt64(list.count) << 56)
    }

    private func findFieldList(_ wanted: [UInt32]) -> UInt32? {
        fieldLists.find(hash(wanted)) { number in
            let row = tables.fieldLists[number]
            guard Int(row.count) == wanted.count else { return false }
            return wanted.indices.allSatisfy { tables.listedFields[Int(row.start) + $0] == wanted[$0] }
        }
    }

    func findMetric(space: UInt32, field: UInt32) -> UInt32? {
        metrics.find(SipHash.hash(space, field, key: key)) { number in
            let known = tables.metrics[number]
            return known.space == space && known.field == field
        }
    }
}

// MARK: - Adding

extension CatalogueIndex {
    mutating func name(_ text: String) -> UInt32 { text.withBytes { name($0) } }

    mutating func name(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        if let known = findName(bytes) { return known }
        let number = tables.names.add(bytes)
        names.insert(SipHash.hash(bytes, key: key), number)
        return number
    }

    mutating func space(scope: Scope, namespace: String, kind: SeriesKind) -> UInt32 {
        space(
            CatalogueTables.Space(
                account: name(scope.account), region: name(scope.region), namespace: name(namespace),
                kind: kind.rawValue))
    }

    mutating func space(_ row: CatalogueTables.Space) -> UInt32 {
        if let known = findSpace(row) { return known }
        let number = UInt32(tables.spaces.count)
        tables.spaces.append(row)
        spaces.insert(hash(row), number)
        return number
    }

    mutating func pair(_ name: UInt32, _ value: UInt32) -> UInt32 {
        if let known = findPair(name, value) { return known }
        let number = UInt32(tables.pairs.count)
        tables.pairs.append(CatalogueTables.Pair(name: name, value: value))
        pairs.insert(SipHash.hash(name, value, key: key), number)
        valueCounts[name, default: 0] += 1
        return number
    }

    /// Adds a source under the next number. When a retired one has the same key, look-ups find the new one from now on.
    mutating func addSource(_ source: SourceKey) {
        let space = space(scope: source.scope, namespace: source.namespace, kind: source.kind)
        var list: [UInt32] = []
        list.reserveCapacity(source.dimensions.count)
        for dimension in source.dimensions {
            let name = name(dimension.name)
            list.append(pair(name, self.name(dimension.value)))
        }
        addSource(space: space, pairs: list, activity: 0)
    }

    mutating func addSource(space: UInt32, pairs list: [UInt32], activity: UInt32) {
        let number = UInt32(tables.sources.count)
        let hash = hash(space: space, pairs: list)
        if let old = findSource(space: space, pairs: list) {
            sources.replace(hash, old, with: number)
        } else {
            sources.insert(hash, number)
        }
        let start = UInt32(tables.sourcePairs.count)
        for pair in list { tables.sourcePairs.append(pair) }
        tables.add(
            CatalogueTables.Source(space: space, pairStart: start, pairCount: UInt32(list.count)), activity: activity)
    }

    mutating func field(_ field: FieldKey) -> UInt32 {
        self.field(
            CatalogueTables.Field(
                name: name(field.metric), unit: field.unit.rawValue, resolution: field.resolution.rawValue))
    }

    mutating func field(_ row: CatalogueTables.Field) -> UInt32 {
        if let known = findField(row) { return known }
        let number = UInt32(tables.fields.count)
        tables.fields.append(row)
        fields.insert(hash(row), number)
        return number
    }

    mutating func addFieldList(_ list: [FieldKey]) { addFieldList(list.map { field($0) }) }

    mutating func addFieldList(_ list: [UInt32]) {
        let number = UInt32(tables.fieldLists.count)
        let start = UInt32(tables.listedFields.count)
        // Records may define one list twice, under two numbers; then the first is found.
        if findFieldList(list) == nil { fieldLists.insert(hash(list), number) }
        for field in list { tables.listedFields.append(field) }
        tables.fieldLists.append(CatalogueTables.FieldList(start: start, count: UInt32(list.count)))
    }

    mutating func metric(space: UInt32, field: UInt32) -> UInt32 {
        if let known = findMetric(space: space, field: field) { return known }
        let number = UInt32(tables.metrics.count)
        tables.metrics.append(CatalogueTables.Metric(space: space, field: field))
        metrics.insert(SipHash.hash(space, field, key: key), number)
        return number
    }
}
