import VarveModel

/// Every fact of a catalogue in flat columns, by number. The writer appends; anybody reads what counts cover, without
/// a lock. Nothing here is an array or an object per source.
///
/// Bytes per source with `d` dimensions, one of them its own: 4 d pairs, 20 source, 16 shape, 18 for the name and the
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
        /// ``none`` for a source that a checkpoint no longer has.
        var space: UInt32
        /// Its dimensions: `pairCount` entries of ``sourcePairs`` from here.
        var pairStart: UInt32
        var pairCount: UInt32
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
        var source: UInt32
        var fieldList: UInt32
        /// Its series: as many entries of ``shapeSeries`` from here as the list has fields.
        var seriesStart: UInt32
        /// The next older shape of the source, or ``none``.
        var previous: UInt32
    }

    struct Series: Sendable {
        var source: UInt32
        /// ``none`` for a series that a checkpoint no longer has.
        var metric: UInt32
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
    let shapeSeries = GrowingColumn<UInt32>()
    let series = GrowingColumn<Series>()
    /// Per source, changing: its newest shape, or ``none``. Usually its only one.
    let newestShape = GrowingColumn<UInt32>()
    /// Per source, changing: the newest day (since 1970) with data in a segment, 0 before the first; and
    /// ``retiredFlag``.
    let activity = GrowingColumn<UInt32>()

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
            + metrics.capacityBytes + shapes.capacityBytes + shapeSeries.capacityBytes + series.capacityBytes
            + newestShape.capacityBytes + activity.capacityBytes
    }
}

// MARK: - Reading

extension CatalogueTables {
    /// Whether the source has states, the newest of which never expires.
    func isState(_ source: UInt32) -> Bool {
        let kind = kind(ofSpace: sources[source].space)
        return kind == .key || kind == .configuration
    }

    func isRetired(_ source: UInt32) -> Bool { activity.load(Int(source)) & Self.retiredFlag != 0 }

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

    func fieldCount(ofShape shape: UInt32) -> Int {
        let list = shapes[shape].fieldList
        // Of a shape that a checkpoint no longer has; no row has it.
        return list == Self.none ? 1 : Int(fieldLists[list].count)
    }

    func series(ofShape shape: UInt32) -> [SeriesID] {
        let row = shapes[shape]
        guard row.fieldList != Self.none else { return [] }
        return (0..<fieldLists[row.fieldList].count).map { SeriesID(rawValue: shapeSeries[row.seriesStart + $0]) }
    }

    /// Shapes of a source with a number below `end`, newest first.
    func shapes(of source: UInt32, below end: Int) -> some Sequence<UInt32> {
        sequence(state: newestShape.load(Int(source))) { (next: inout UInt32) -> UInt32? in
            while next != Self.none {
                let shape = next
                next = self.shapes[shape].previous
                if Int(shape) < end { return shape }
            }
            return nil
        }
    }
}
