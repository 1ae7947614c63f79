import VarveModel

/// The shapes of one source, by what is asked of them. Only for sources with many or wide shapes: a client that sends
/// another field list with every row must not make each look-up longer than the last.
struct ShapeSiblings: Sendable {
    /// Where the values of a series stand: a shape and a position in its rows.
    struct Place: Sendable {
        var shape: UInt32
        var position: UInt16
    }

    var shapeOfFieldList: [UInt32: UInt32] = [:]
    var places: [SeriesID: [Place]] = [:]
    var seriesOfMetric: [UInt32: SeriesID] = [:]
}

extension CatalogueState {
    /// Up to this many shapes of a source are searched one after the other.
    private static let searchedShapesMax = 4
    /// … unless they are wider than this.
    private static let searchedFieldsMax = 32

    func findShape(source: UInt32, fieldList: UInt32) -> UInt32? {
        if let known = siblings[source] { return known.shapeOfFieldList[fieldList] }
        return tables.shapes(of: source, below: .max).first { tables.shapes[$0].fieldList == fieldList }
    }

    func findSeries(source: UInt32, field: UInt32?) -> SeriesID? {
        guard let field else { return nil }
        if let known = siblings[source] {
            let metric = index.findMetric(space: tables.sources[source].space, field: field)
            return metric.flatMap { known.seriesOfMetric[$0] }
        }
        for shape in tables.shapes(of: source, below: .max) {
            let row = tables.shapes[shape]
            for (position, known) in tables.fields(ofList: row.fieldList).enumerated() where known == field {
                return SeriesID(rawValue: tables.shapeSeries[Int(row.seriesStart) + position])
            }
        }
        return nil
    }

    /// Shape and position of a series' values, oldest shape first.
    func forEachPlace(of identifier: SeriesID, _ body: (_ shape: UInt32, _ position: Int) -> Void) {
        let source = tables.series[identifier.rawValue].source
        guard source != CatalogueTables.none else { return }
        if let known = siblings[source] {
            for place in known.places[identifier] ?? [] { body(place.shape, Int(place.position)) }
            return
        }
        // At most `searchedShapesMax`, newest first.
        for shape in Array(tables.shapes(of: source, below: .max)).reversed() {
            let start = Int(tables.shapes[shape].seriesStart)
            for position in 0..<Int(tables.shapeWidths[shape])
            where tables.shapeSeries[start + position] == identifier.rawValue {
                body(shape, position)
                break
            }
        }
    }

    /// To be called before a shape is added to a known source.
    mutating func prepareSiblings(of source: UInt32) {
        guard siblings[source] == nil else { return }
        let known = Array(tables.shapes(of: source, below: .max))
        let isWide = known.contains { Int(tables.shapeWidths[$0]) > Self.searchedFieldsMax }
        guard isWide || known.count >= Self.searchedShapesMax else { return }
        siblings[source] = ShapeSiblings()
        for shape in known.reversed() { addToSiblings(shape) }
    }

    /// Lists a shape under its source, if the source has a list.
    mutating func addToSiblings(_ ordinal: UInt32) {
        let shape = tables.shapes[ordinal]
        guard siblings[shape.source] != nil else { return }
        siblings[shape.source]?.shapeOfFieldList[shape.fieldList] = ordinal
        for (position, identifier) in tables.series(ofShape: ordinal).enumerated() {
            let place = ShapeSiblings.Place(shape: ordinal, position: UInt16(position))
            siblings[shape.source]?.places[identifier, default: []].append(place)
            siblings[shape.source]?.seriesOfMetric[tables.series[identifier.rawValue].metric] = identifier
        }
    }
}
