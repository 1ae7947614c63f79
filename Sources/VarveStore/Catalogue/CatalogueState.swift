import VarveModel

/// What the writer needs beside the tables: look-ups by key, and who may create how much.
struct CatalogueState: Sendable {
    let tables: CatalogueTables
    var index: CatalogueIndex
    /// Of sources whose shapes are too many, or too wide, to be searched.
    var siblings: [UInt32: ShapeSiblings] = [:]
    /// Fields of all shapes together; a series that occurs in several counts in each.
    private var placeCount = 0
    /// Series whose source is not retired, of all spaces and of each.
    private(set) var liveSeries = 0
    private(set) var seriesOfSpace: [Int] = []
    private var buckets: [UInt32: CreationBucket] = [:]
    /// Per source that took the place of a retired one: that one.
    private(set) var replacements: [UInt32: UInt32] = [:]

    init(tables: CatalogueTables, key: SipHash.Key) {
        self.tables = tables
        index = CatalogueIndex(tables: tables, key: key)
    }
}

extension CatalogueState {
    /// Field lists of a source that repeat known series in ever new combinations make no series, but cost memory:
    /// this many places per allowed series are far more than a working client needs.
    private static let placesPerSeriesMax = 4

    /// The outcome of a look-up: a number, or why there will be none.
    enum Outcome {
        case number(UInt32)
        case refused(limit: Int, SeriesRefusal)
    }

    /// The number of a shape; what is new is created, and its records appended. Nothing changes on a refusal.
    mutating func resolve(
        _ shape: RowShape, limits: SeriesLimits, nowNs: Int64, records: inout [CatalogueRecord]
    ) -> Outcome {
        let found = index.findSource(shape.source)
        let source = found.flatMap { tables.isRetired($0) ? nil : $0 }
        let fieldList = index.findFieldList(shape.fields)
        if let source, let fieldList, let known = findShape(source: source, fieldList: fieldList) {
            return .number(known)
        }
        if let source { prepareSiblings(of: source) }
        let known = source.map { source in
            shape.fields.map { findSeries(source: source, field: index.findField($0)) }
        }
        let newCount = known.map { $0.count { $0 == nil } } ?? shape.fields.count
        if let refusal = refuse(shape, newCount: newCount, limits: limits, nowNs: nowNs) { return refusal }
        var added: [CatalogueRecord] = []
        if source == nil { added.append(.source(ordinal: UInt32(tables.sources.count), shape.source, replaces: found)) }
        if fieldList == nil { added.append(.fieldList(ordinal: UInt32(tables.fieldLists.count), shape.fields)) }
        let ordinal = UInt32(tables.shapes.count)
        added.append(
            .shape(
                ordinal: ordinal, source: source ?? UInt32(tables.sources.count),
                fieldList: fieldList ?? UInt32(tables.fieldLists.count),
                series: number(known ?? shape.fields.map { _ in nil })))
        for record in added { insert(record) }
        records += added
        return .number(ordinal)
    }

    /// New series get the next numbers.
    private func number(_ known: [SeriesID?]) -> [SeriesID] {
        var next = UInt32(tables.series.count)
        return known.map { identifier in
            if let identifier { return identifier }
            defer { next += 1 }
            return SeriesID(rawValue: next)
        }
    }

    // MARK: Limits

    private mutating func refuse(
        _ shape: RowShape, newCount: Int, limits: SeriesLimits, nowNs: Int64
    ) -> Outcome? {
        func refusal(_ cause: SeriesRefusal.Cause, _ limit: Int) -> Outcome {
            .refused(limit: limit, SeriesRefusal(cause, offender: offender(in: shape.source)))
        }
        guard liveSeries + newCount <= limits.total,
            placeCount + shape.fields.count <= Self.placesPerSeriesMax * limits.total
        else { return refusal(.total, limits.total) }
        guard
            tables.names.hasRoom(
                nameCount: shape.source.dimensions.count * 2 + shape.fields.count + 3,
                byteCount: shape.source.byteCountEstimate + shape.fields.reduce(0) { $0 + $1.byteCountEstimate })
        else { return refusal(.names, NameTable.byteCountMax) }
        // A checkpoint with more could not be read again. There are no more sources than shapes.
        let numbersMax = CheckpointFormat.totalMax
        guard tables.series.count + newCount <= numbersMax, tables.shapes.count < numbersMax,
            tables.fieldLists.count < numbersMax
        else { return refusal(.numbers, numbersMax) }
        let placesMax = CheckpointFormat.placesMax
        guard tables.sourcePairs.count + shape.source.dimensions.count <= placesMax,
            tables.listedFields.count + shape.fields.count <= placesMax,
            tables.shapeSeries.count + shape.fields.count <= placesMax
        else { return refusal(.numbers, placesMax) }
        guard newCount > 0 else { return nil }
        let key = shape.source
        let space = index.findSpace(scope: key.scope, namespace: key.namespace, kind: key.kind)
        guard (space.map { seriesOfSpace[Int($0)] } ?? 0) + newCount <= limits.namespaceMax else {
            return refusal(.namespace, limits.namespaceMax)
        }
        // A space that does not exist yet has a full bucket; it begins with the first series after these.
        guard let space else { return newCount <= limits.burst ? nil : refusal(.rate, limits.refillPerMinute) }
        var bucket = buckets[space] ?? CreationBucket(limits: limits, nowNs: nowNs)
        let isAllowed = bucket.take(newCount, limits: limits, nowNs: nowNs)
        buckets[space] = bucket
        return isAllowed ? nil : refusal(.rate, limits.refillPerMinute)
    }

    /// Of the dimensions of a source, the one with the most values.
    private func offender(in source: SourceKey) -> DimensionCount? {
        let counts = source.dimensions.map { dimension in
            let count = index.findName(dimension.name).flatMap { index.valueCounts[$0] } ?? 0
            return DimensionCount(name: dimension.name, valueCount: count)
        }
        let most = counts.max { $0.valueCount < $1.valueCount }
        return most.flatMap { $0.valueCount >= SeriesRefusal.offenderValuesMin ? $0 : nil }
    }
}

// MARK: - Records

extension CatalogueState {
    /// Checks a record from disk against what is known, then inserts it unless it is there already.
    mutating func apply(_ record: CatalogueRecord) throws(CatalogueError) {
        switch record {
        case .source(let ordinal, let key, let replaced):
            let isKnown = try isKnown(ordinal, count: tables.sources.count, what: "source") {
                // A source that a checkpoint dropped has no key any more.
                tables.sources[ordinal].space == CatalogueTables.none || tables.key(ofSource: ordinal) == key
            }
            if isKnown { return }
            try check(source: ordinal, key, replaced: replaced)
        case .fieldList(let ordinal, let fields):
            let isKnown = try isKnown(ordinal, count: tables.fieldLists.count, what: "field list") {
                tables.keys(ofList: ordinal) == fields
            }
            if isKnown { return }
            if fields.isEmpty { throw .inconsistent(detail: "field list \(ordinal) is empty") }
            if Set(fields).count < fields.count {
                throw .inconsistent(detail: "field list \(ordinal) has a field twice")
            }
            let byteCount = fields.reduce(0) { $0 + $1.byteCountEstimate }
            try checkRoom(
                nameCount: fields.count, byteCount: byteCount, number: tables.fieldLists.count,
                places: tables.listedFields.count + fields.count)
        case .shape(let ordinal, let source, let fieldList, let identifiers):
            let isKnown = try isKnown(ordinal, count: tables.shapes.count, what: "shape") {
                let known = tables.shapes[ordinal]
                return known.fieldList == CatalogueTables.none
                    || known.source == source && known.fieldList == fieldList
                        && tables.series(ofShape: ordinal) == identifiers
            }
            if isKnown { return }
            try check(shape: ordinal, source: source, fieldList: fieldList, series: identifiers)
            prepareSiblings(of: source)
        case .activity(_, let ranges):
            if let last = ranges.last, Int(last.upperBound) > tables.sources.count {
                throw .inconsistent(detail: "activity of source \(last.upperBound - 1), not defined")
            }
        }
        insert(record)
    }

    private func isKnown(
        _ ordinal: UInt32, count: Int, what: String, same: () -> Bool
    ) throws(CatalogueError) -> Bool {
        if Int(ordinal) == count { return false }
        guard Int(ordinal) < count else {
            throw .inconsistent(detail: "\(what) \(ordinal) defined while only \(count) are known")
        }
        guard same() else { throw .inconsistent(detail: "\(what) \(ordinal) is defined twice, differently") }
        return true
    }

    private func check(source ordinal: UInt32, _ key: SourceKey, replaced: UInt32?) throws(CatalogueError) {
        for (index, dimension) in key.dimensions.enumerated().dropFirst() {
            if dimension.name.hasSameBytes(as: key.dimensions[index - 1].name) {
                throw .inconsistent(detail: "source \(ordinal) has a dimension twice")
            }
        }
        try checkRoom(
            nameCount: key.dimensions.count * 2 + 3, byteCount: key.byteCountEstimate, number: tables.sources.count,
            places: tables.sourcePairs.count + key.dimensions.count)
        if let known = index.findSource(key), known != replaced {
            throw .inconsistent(detail: "source \(ordinal) has the key of another source")
        }
        if let replaced, replaced >= ordinal {
            throw .inconsistent(detail: "source \(ordinal) replaces source \(replaced), not defined")
        }
    }

    /// No writer goes beyond: it refuses the series.
    private func checkRoom(
        nameCount: Int = 0, byteCount: Int = 0, number: Int, places: Int
    ) throws(CatalogueError) {
        guard tables.names.hasRoom(nameCount: nameCount, byteCount: byteCount) else {
            throw .inconsistent(detail: "names above \(NameTable.byteCountMax) bytes")
        }
        guard number < CheckpointFormat.totalMax, places <= CheckpointFormat.placesMax else {
            throw .inconsistent(detail: "more than \(number) numbers or \(places) places")
        }
    }

    private func check(
        shape: UInt32, source: UInt32, fieldList: UInt32, series identifiers: [SeriesID]
    ) throws(CatalogueError) {
        guard Int(source) < tables.sources.count, Int(fieldList) < tables.fieldLists.count,
            tables.sources[source].space != CatalogueTables.none
        else {
            throw .inconsistent(detail: "shape \(shape) names source \(source) or field list \(fieldList), not defined")
        }
        let fields = Array(tables.fields(ofList: fieldList))
        guard identifiers.count == fields.count else {
            throw .inconsistent(detail: "shape \(shape) has \(identifiers.count) series for another number of fields")
        }
        var next = tables.series.count
        for (identifier, field) in zip(identifiers, fields) {
            let number = Int(identifier.rawValue)
            if number == next {
                next += 1
            } else {
                guard number < tables.series.count, tables.series[number].source == source,
                    tables.series[number].metric != CatalogueTables.none,
                    tables.metrics[tables.series[number].metric].field == field
                else {
                    throw .inconsistent(detail: "shape \(shape) gives series \(number) to a field that is not its own")
                }
            }
        }
        try checkRoom(
            number: max(tables.shapes.count, next - 1), places: tables.shapeSeries.count + fields.count)
    }

    /// Adds a record whose ordinal is the next one.
    private mutating func insert(_ record: CatalogueRecord) {
        switch record {
        case .source(let ordinal, let key, let replaced):
            if let replaced {
                retire(replaced)
                replacements[ordinal] = replaced
            }
            index.addSource(key)
            growSpaces()
        case .fieldList(_, let fields): index.addFieldList(fields)
        case .shape(_, let source, let fieldList, let identifiers):
            insertShape(source: source, fieldList: fieldList, series: identifiers)
        case .activity(let day, let ranges):
            for range in ranges { for source in range { touch(source, day: day) } }
        }
    }

    mutating func growSpaces() {
        while seriesOfSpace.count < tables.spaces.count { seriesOfSpace.append(0) }
    }

    mutating func insertShape(source: UInt32, fieldList: UInt32, series identifiers: [SeriesID]) {
        let ordinal = UInt32(tables.shapes.count)
        let start = UInt32(tables.shapeSeries.count)
        for identifier in identifiers { tables.shapeSeries.append(identifier.rawValue) }
        placeCount += identifiers.count
        let space = tables.sources[source].space
        for (identifier, field) in zip(identifiers, tables.fields(ofList: fieldList))
        where Int(identifier.rawValue) == tables.series.count {
            addSeries(source: source, metric: index.metric(space: space, field: field))
        }
        let previous = tables.newestShape(of: source)
        tables.add(
            CatalogueTables.Shape(source: source, fieldList: fieldList, seriesStart: start, previous: previous))
        tables.setNewestShape(ordinal, of: source)
        addToSiblings(ordinal)
    }

    mutating func addSeries(source: UInt32, metric: UInt32) {
        tables.series.append(CatalogueTables.Series(source: source, metric: metric))
        if !tables.isRetired(source) { countSeries(1, space: tables.sources[source].space) }
    }

    private mutating func countSeries(_ change: Int, space: UInt32) {
        liveSeries += change
        seriesOfSpace[Int(space)] += change
    }

    // MARK: Activity

    /// Raises the newest day with data of a source.
    func touch(_ source: UInt32, day: UInt32) {
        let known = tables.activity(of: source)
        guard known & CatalogueTables.retiredFlag == 0, known < day else { return }
        tables.setActivity(day & ~CatalogueTables.retiredFlag, of: source)
    }

    /// Takes a source out of listings and counts; look-ups by key create a new one from now on.
    mutating func retire(_ source: UInt32) {
        let day = tables.activity(of: source)
        guard day & CatalogueTables.retiredFlag == 0 else { return }
        tables.setActivity(day | CatalogueTables.retiredFlag, of: source)
        countSeries(-seriesCount(of: source), space: tables.sources[source].space)
    }

    private func seriesCount(of source: UInt32) -> Int {
        var distinct: Set<SeriesID> = []
        for shape in tables.shapes(of: source, below: .max) { distinct.formUnion(tables.series(ofShape: shape)) }
        return distinct.count
    }
}
