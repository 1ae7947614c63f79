import Synchronization
package import VarveModel

/// Every name the store knows, and the numbers that stand for them.
///
/// The writer adds; anybody reads. Guarded by a lock that is taken once per look-up and once per *new* shape, never
/// per row.
package final class Catalogue: Sendable {
    private let state: Mutex<CatalogueState>

    package init() { state = Mutex(CatalogueState()) }

    // MARK: For the writer

    /// The number of a shape, creating it, its source and its series when they are new. New facts are appended to
    /// `records` and must reach the log no later than the first row that uses them.
    /// - Throws: `.tooManySeries`; nothing has changed then.
    package func resolve(
        _ shape: RowShape, seriesMax: Int, records: inout [CatalogueRecord]
    ) throws(StoreError) -> UInt32 {
        let result = state.withLock { state in
            var added: [CatalogueRecord] = []
            let ordinal = state.resolve(shape, seriesMax: seriesMax, records: &added)
            return (ordinal, added)
        }
        records += result.1
        guard let ordinal = result.0 else { throw .tooManySeries(limit: seriesMax, namespace: shape.source.namespace) }
        return ordinal
    }

    /// Adds a fact read from disk; a known fact is accepted silently.
    package func apply(_ record: CatalogueRecord) throws(CatalogueError) {
        let failure = state.withLock { state -> CatalogueError? in
            do throws(CatalogueError) {
                try state.apply(record)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    // MARK: For readers

    package var seriesCount: Int { state.withLock { $0.series.count } }
    package var shapeCount: Int { state.withLock { $0.shapes.count } }

    package func namespaces(in scope: Scope) -> [String] {
        state.withLock { $0.index[scope].map { Array($0.keys) } ?? [] }.sorted { $0.precedesByBytes($1) }
    }

    package func metrics(in scope: Scope, namespace: String) -> [String] {
        let names = state.withLock { $0.index[scope]?[namespace].map { Array($0.keys) } ?? [] }
        return names.sorted { $0.precedesByBytes($1) }
    }

    package func series(in scope: Scope, namespace: String, metric: String) -> [SeriesID] {
        state.withLock { $0.index[scope]?[namespace]?[metric] ?? [] }
    }

    package func source(of series: SeriesID) -> SourceKey {
        state.withLock { $0.sources[Int($0.series[Int(series.rawValue)].source)] }
    }

    package func field(of series: SeriesID) -> FieldKey {
        state.withLock { $0.metrics[Int($0.series[Int(series.rawValue)].metric)].field }
    }

    /// Where the values of a series stand in rows: shapes and positions.
    package func places(of series: SeriesID) -> [(shape: UInt32, position: Int)] {
        state.withLock { $0.places(of: series).map { ($0.shape, Int($0.position)) } }
    }

    /// Series of a shape, in the order of a row's values.
    package func series(ofShape shape: UInt32) -> [SeriesID] { state.withLock { $0.shapes[Int(shape)].series } }

    /// Per shape from number `first` on, the number of its fields.
    func fieldCounts(from first: Int) -> [UInt16] {
        state.withLock { $0.shapes[first...].map { UInt16($0.series.count) } }
    }

    /// Per shape, the number of its source.
    func sourcesOfShapes() -> [UInt32] { state.withLock { $0.shapes.map(\.source) } }

    /// A number that orders series for storage: all series of one metric are adjacent.
    package func storageOrder(of series: SeriesID) -> UInt64 {
        state.withLock { UInt64($0.series[Int(series.rawValue)].metric) << 32 | UInt64(series.rawValue) }
    }
}

/// The tables behind ``Catalogue``. A plain value: every method is a pure change of it.
struct CatalogueState: Sendable {
    struct Shape: Sendable {
        var source: UInt32
        var fieldList: UInt32
        var series: [SeriesID]
    }

    struct Series: Sendable {
        var source: UInt32
        var metric: UInt32
    }

    struct Metric: Hashable, Sendable {
        var scope: Scope
        var namespace: String
        var field: FieldKey
    }

    // Indexed by ordinal; each with the map back.
    var sources: [SourceKey] = []
    var sourceOrdinals: [SourceKey: UInt32] = [:]
    var fieldLists: [[FieldKey]] = []
    var fieldListOrdinals: [[FieldKey]: UInt32] = [:]
    var metrics: [Metric] = []
    var metricOrdinals: [Metric: UInt32] = [:]
    var shapes: [Shape] = []
    var series: [Series] = []
    /// Per source: its shapes. Nearly always one.
    var sourceShapes: [[UInt32]] = []
    /// Of sources whose shapes are too many, or too wide, to be searched.
    var siblings: [UInt32: ShapeSiblings] = [:]
    /// Fields of all shapes together; a series that occurs in several counts in each.
    var placeCount = 0
    /// Per scope, namespace and metric name: series, ascending.
    var index: [Scope: [String: [String: [SeriesID]]]] = [:]
}

extension CatalogueState {
    /// Field lists of a source that repeat known series in ever new combinations make no series, but cost memory:
    /// this many places per allowed series are far more than a working client needs.
    private static let placesPerSeriesMax = 4

    /// nil when a new series would exceed `seriesMax`, or a new shape what belongs to so many series.
    mutating func resolve(_ shape: RowShape, seriesMax: Int, records: inout [CatalogueRecord]) -> UInt32? {
        let source = sourceOrdinals[shape.source]
        if let source, let known = findShape(source: source, fields: shape.fields) { return known }
        if let source { prepareSiblings(of: source) }
        let known = source.map { source in shape.fields.map { findSeries(source: source, field: $0) } }
        let newCount = known.map { $0.count { $0 == nil } } ?? shape.fields.count
        guard series.count + newCount <= seriesMax,
            placeCount + shape.fields.count <= Self.placesPerSeriesMax * seriesMax
        else { return nil }
        return create(shape, source: source, known: known, records: &records)
    }

    private mutating func create(
        _ shape: RowShape, source: UInt32?, known: [SeriesID?]?, records: inout [CatalogueRecord]
    ) -> UInt32 {
        var added: [CatalogueRecord] = []
        if source == nil { added.append(.source(ordinal: UInt32(sources.count), shape.source)) }
        let fieldList = fieldListOrdinals[shape.fields]
        if fieldList == nil { added.append(.fieldList(ordinal: UInt32(fieldLists.count), shape.fields)) }
        var nextSeries = UInt32(series.count)
        let identifiers = shape.fields.indices.map { position -> SeriesID in
            if let known, let identifier = known[position] { return identifier }
            defer { nextSeries += 1 }
            return SeriesID(rawValue: nextSeries)
        }
        let ordinal = UInt32(shapes.count)
        added.append(
            .shape(
                ordinal: ordinal, source: source ?? UInt32(sources.count),
                fieldList: fieldList ?? UInt32(fieldLists.count), series: identifiers))
        for record in added { insert(record) }
        records += added
        return ordinal
    }

    /// Checks a record from disk against what is known, then inserts it unless it is there already.
    mutating func apply(_ record: CatalogueRecord) throws(CatalogueError) {
        switch record {
        case .source(let ordinal, let key):
            if try isKnown(ordinal, count: sources.count, what: "source", same: { sources[Int(ordinal)] == key }) {
                return
            }
            if sourceOrdinals[key] != nil {
                throw .inconsistent(detail: "source \(ordinal) has the key of another source")
            }
        case .fieldList(let ordinal, let fields):
            let isKnown = try isKnown(ordinal, count: fieldLists.count, what: "field list") {
                fieldLists[Int(ordinal)] == fields
            }
            if isKnown { return }
            if fields.isEmpty { throw .inconsistent(detail: "field list \(ordinal) is empty") }
            if Set(fields).count < fields.count {
                throw .inconsistent(detail: "field list \(ordinal) has a field twice")
            }
        case .shape(let ordinal, let source, let fieldList, let identifiers):
            let isKnown = try isKnown(ordinal, count: shapes.count, what: "shape") {
                let known = shapes[Int(ordinal)]
                return known.source == source && known.fieldList == fieldList && known.series == identifiers
            }
            if isKnown { return }
            try check(shape: ordinal, source: source, fieldList: fieldList, series: identifiers)
            prepareSiblings(of: source)
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

    private func check(
        shape: UInt32, source: UInt32, fieldList: UInt32, series identifiers: [SeriesID]
    ) throws(CatalogueError) {
        guard Int(source) < sources.count, Int(fieldList) < fieldLists.count else {
            throw .inconsistent(detail: "shape \(shape) names source \(source) or field list \(fieldList), not defined")
        }
        guard identifiers.count == fieldLists[Int(fieldList)].count else {
            throw .inconsistent(detail: "shape \(shape) has \(identifiers.count) series for another number of fields")
        }
        var next = series.count
        for (identifier, field) in zip(identifiers, fieldLists[Int(fieldList)]) {
            let number = Int(identifier.rawValue)
            if number == next {
                next += 1
            } else {
                guard number < series.count, series[number].source == source,
                    metrics[Int(series[number].metric)].field == field
                else {
                    throw .inconsistent(detail: "shape \(shape) gives series \(number) to a field that is not its own")
                }
            }
        }
    }

    /// Adds a record whose ordinal is the next one.
    private mutating func insert(_ record: CatalogueRecord) {
        switch record {
        case .source(let ordinal, let key):
            sources.append(key)
            sourceOrdinals[key] = ordinal
            sourceShapes.append([])
        case .fieldList(let ordinal, let fields):
            fieldLists.append(fields)
            fieldListOrdinals[fields] = ordinal
        case .shape(let ordinal, let source, let fieldList, let identifiers):
            shapes.append(Shape(source: source, fieldList: fieldList, series: identifiers))
            sourceShapes[Int(source)].append(ordinal)
            placeCount += identifiers.count
            for (identifier, field) in zip(identifiers, fieldLists[Int(fieldList)])
            where Int(identifier.rawValue) == series.count {
                insertSeries(identifier, source: source, field: field)
            }
            addToSiblings(ordinal)
        }
    }

    private mutating func insertSeries(_ identifier: SeriesID, source: UInt32, field: FieldKey) {
        let key = sources[Int(source)]
        let metric = Metric(scope: key.scope, namespace: key.namespace, field: field)
        let ordinal = metricOrdinals[metric] ?? UInt32(metrics.count)
        if Int(ordinal) == metrics.count {
            metrics.append(metric)
            metricOrdinals[metric] = ordinal
        }
        series.append(Series(source: source, metric: ordinal))
        index[key.scope, default: [:]][key.namespace, default: [:]][field.metric, default: []].append(identifier)
    }
}
