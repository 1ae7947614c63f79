import VarveModel

/// Every fact of a catalogue in flat columns, by number. The writer appends; anybody reads what counts cover, without
/// a lock. Nothing here is an array or an object per source.
///
/// Bytes per source with `d` dimensions, one of them its own: 4 d pairs, 20 source, 18 shape, 18 for the name and the
/// pair that nobody shares; per series 12.
final class CatalogueTables: Sendable {
    /// What sources have in common: kind, scope and namespace.
    struct Space: Sendable {
        var account: UInt32
        var region: UInt32
        var namespace: UInt32
        var kind: UInt8
    }

    /// A dimension: numbers of its name and value.
    struct Pair: Sendable {
        var name: UInt32
        var value: UInt32
    }

    struct Source: Sendable {
        /// Plus one, so that zero bytes are a source that a checkpoint no longer has; likewise below.
        private let nextSpace: UInt32
        /// Its dimensions: `pairCount` entries of ``sourcePairs`` from here.
        let pairStart: UInt32
        let pairCount: UInt32

        init(space: UInt32, pairStart: UInt32, pairCount: UInt32) {
            nextSpace = space &+ 1
            self.pairStart = pairStart
            self.pairCount = pairCount
        }

        /// ``none`` for a source that a checkpoint no longer has.
        var space: UInt32 { nextSpace &- 1 }
    }

    struct Field: Sendable {
        var name: UInt32
        var unit: UInt8
        var resolution: UInt8
    }

    /// A part of ``listedFields``.
    struct FieldList: Sendable {
        var start: UInt32
        var count: UInt32
    }

    /// What one query names: all series of it are stored together.
    struct Metric: Sendable {
        var space: UInt32
        var field: UInt32
    }

    struct Shape: Sendable {
        private let nextSource: UInt32
        private let nextFieldList: UInt32
        /// Its series: as many entries of ``shapeSeries`` from here as the list has fields.
        let seriesStart: UInt32
        private let nextPrevious: UInt32

        init(source: UInt32, fieldList: UInt32, seriesStart: UInt32, previous: UInt32) {
            nextSource = source &+ 1
            nextFieldList = fieldList &+ 1
            self.seriesStart = seriesStart
            nextPrevious = previous &+ 1
        }

        /// ``none`` for a shape that a checkpoint no longer has; so is its field list.
        var source: UInt32 { nextSource &- 1 }
        var fieldList: UInt32 { nextFieldList &- 1 }
        /// The next older shape of the source, or ``none``.
        var previous: UInt32 { nextPrevious &- 1 }
    }

    struct Series: Sendable {
        private let nextSource: UInt32
        private let nextMetric: UInt32

        init(source: UInt32, metric: UInt32) {
            nextSource = source &+ 1
            nextMetric = metric &+ 1
        }

        /// ``none`` for a series that a checkpoint no longer has; so is its metric.
        var source: UInt32 { nextSource &- 1 }
        var metric: UInt32 { nextMetric &- 1 }
    }

    /// Stands for "no such thing".
    static let none = UInt32.max
    /// In ``activity``: the source is retired. The other bits keep the day.
    static let retiredFlag: UInt32 = 1 << 31

    let names = NameTable()
    let spaces = GrowingColumn<Space>()
    let pairs = GrowingColumn<Pair>()
    let sources = GrowingColumn<Source>()
    let sourcePairs = GrowingColumn<UInt32>()
    let fields = GrowingColumn<Field>()
    let fieldLists = GrowingColumn<FieldList>()
    let listedFields = GrowingColumn<UInt32>()
    let metrics = GrowingColumn<Metric>()
    let shapes = GrowingColumn<Shape>()
    /// Per shape, the values of a row: the fields of its list. 0 for a shape that a checkpoint no longer has.
    let shapeWidths = GrowingColumn<UInt16>()
    let shapeSeries = GrowingColumn<UInt32>()
    let series = GrowingColumn<Series>()
    /// Per source, changing: its newest shape plus one, 0 for none. Usually its only one.
    private let newestShapes = GrowingColumn<UInt32>()
    /// Per source, changing: the newest day (since 1970) with data in a segment, 0 before the first; and
    /// ``retiredFlag``, which is kept inverted, so that sources that a checkpoint no longer has are retired.
    private let activities = GrowingColumn<UInt32>()

    /// What is there now. Writer only.
    var counts: CatalogueCounts {
        CatalogueCounts(
            sources: sources.count, fieldLists: fieldLists.count, shapes: shapes.count, series: series.count,
            spaces: spaces.count, metrics: metrics.count)
    }
}

extension CatalogueTables {
    /// Address space of all columns; what is resident is less by the unused ends of their blocks.
    var capacityBytes: Int {
        names.capacityBytes + spaces.capacityBytes + pairs.capacityBytes + sources.capacityBytes
            + sourcePairs.capacityBytes + fields.capacityBytes + fieldLists.capacityBytes + listedFields.capacityBytes
            + metrics.capacityBytes + shapes.capacityBytes + shapeWidths.capacityBytes + shapeSeries.capacityBytes
            + series.capacityBytes + newestShapes.capacityBytes + activities.capacityBytes
    }
}

// MARK: - Reading

extension CatalogueTables {
    /// Whether the source has states, the newest of which never expires.
    func isState(_ source: UInt32) -> Bool {
        let kind = kind(ofSpace: sources[source].space)
        return kind == .key || kind == .configuration
    }

    /// The newest day with data in a segment, and ``retiredFlag``.
    func activity(of source: UInt32) -> UInt32 { activities.load(Int(source)) ^ Self.retiredFlag }

    func isRetired(_ source: UInt32) -> Bool { activity(of: source) & Self.retiredFlag != 0 }

    /// The newest shape of a source, or ``none``.
    func newestShape(of source: UInt32) -> UInt32 { newestShapes.load(Int(source)) &- 1 }

    /// Numbers of a source's dimensions, in the order of their names.
    func pairs(of source: UInt32) -> some Sequence<UInt32> {
        let row = sources[source]
        return (0..<row.pairCount).lazy.map { self.sourcePairs[row.pairStart + $0] }
    }

    func dimension(_ pair: UInt32) -> Dimension {
        let row = pairs[pair]
        return Dimension(name: names.text(row.name), value: names.text(row.value))
    }

    func scope(ofSpace space: UInt32) -> Scope {
        let row = spaces[space]
        return Scope(account: names.text(row.account), region: names.text(row.region))
    }

    func kind(ofSpace space: UInt32) -> SeriesKind { SeriesKind(rawValue: spaces[space].kind) ?? .metric }

    /// The key of a source; an empty one for a source that a checkpoint no longer has.
    func key(ofSource source: UInt32) -> SourceKey {
        let row = sources[source]
        guard row.space != Self.none else { return SourceKey(namespace: "", dimensions: []) }
        return SourceKey(
            scope: scope(ofSpace: row.space), namespace: names.text(spaces[row.space].namespace),
            dimensions: pairs(of: source).map { dimension($0) }, kind: kind(ofSpace: row.space))
    }

    func key(ofField field: UInt32) -> FieldKey {
        let row = fields[field]
        return FieldKey(
            metric: names.text(row.name), unit: Unit(rawValue: row.unit) ?? .none,
            resolution: Resolution(rawValue: row.resolution) ?? .oneSecond)
    }

    /// The key of a series' field; an empty one for a series that a checkpoint no longer has.
    func key(ofSeries series: SeriesID) -> FieldKey {
        let metric = self.series[series.rawValue].metric
        return metric == Self.none ? FieldKey(metric: "") : key(ofField: metrics[metric].field)
    }

    func fields(ofList list: UInt32) -> some Sequence<UInt32> {
        let row = fieldLists[list]
        return (0..<row.count).lazy.map { self.listedFields[row.start + $0] }
    }

    func keys(ofList list: UInt32) -> [FieldKey] { fields(ofList: list).map { key(ofField: $0) } }

    func series(ofShape shape: UInt32) -> [SeriesID] {
        let row = shapes[shape]
        guard row.fieldList != Self.none else { return [] }
        return (0..<fieldLists[row.fieldList].count).map { SeriesID(rawValue: shapeSeries[row.seriesStart + $0]) }
    }

    /// Shapes of a source with a number below `end`, newest first.
    func shapes(of source: UInt32, below end: Int) -> some Sequence<UInt32> {
        sequence(state: newestShape(of: source)) { (next: inout UInt32) -> UInt32? in
            while next != Self.none {
                let shape = next
                next = self.shapes[shape].previous
                if Int(shape) < end { return shape }
            }
            return nil
        }
    }
}

// MARK: - Writing

extension CatalogueTables {
    /// Adds a source whose dimensions are at the end of ``sourcePairs``, without a shape.
    func add(_ source: Source, activity: UInt32) {
        newestShapes.append(0)
        activities.append(activity ^ Self.retiredFlag)
        sources.append(source)
    }

    /// Adds a shape whose field list is known and whose series are at the end of ``shapeSeries``.
    func add(_ shape: Shape) {
        shapeWidths.append(UInt16(fieldLists[shape.fieldList].count))
        shapes.append(shape)
    }

    /// Changes the newest day with data in a segment, or ``retiredFlag``.
    func setActivity(_ activity: UInt32, of source: UInt32) {
        activities.store(activity ^ Self.retiredFlag, at: Int(source))
    }

    func setNewestShape(_ shape: UInt32, of source: UInt32) { newestShapes.store(shape &+ 1, at: Int(source)) }

    /// Raises counts with numbers that a checkpoint no longer has. O(1), and no memory.
    /// - Throws: `.inconsistent` when there is no address space: 46 bytes per number.
    func skip(
        sources sourceCount: Int = 0, shapes shapeCount: Int = 0, series seriesCount: Int = 0
    ) throws(CatalogueError) {
        let hasRoom =
            newestShapes.skip(to: sourceCount) && activities.skip(to: sourceCount) && sources.skip(to: sourceCount)
            && shapeWidths.skip(to: shapeCount) && shapes.skip(to: shapeCount) && series.skip(to: seriesCount)
        guard hasRoom else {
            let detail = "no address space for \(sourceCount) sources, \(shapeCount) shapes, \(seriesCount) series"
            throw .inconsistent(detail: detail)
        }
    }
}
