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

    func findShape(source: UInt32, fields: [FieldKey]) -> UInt32? {
        if let known = siblings[source] {
            return fieldListOrdinals[fields].flatMap { known.shapeOfFieldList[$0] }
        }
        return sourceShapes[Int(source)].first { fieldLists[Int(shapes[Int($0)].fieldList)] == fields }
    }

    func findSeries(source: UInt32, field: FieldKey) -> SeriesID? {
        if let known = siblings[source] {
            let key = sources[Int(source)]
            let metric = metricOrdinals[Metric(scope: key.scope, namespace: key.namespace, field: field)]
            return metric.flatMap { known.seriesOfMetric[$0] }
        }
        for shape in sourceShapes[Int(source)] {
            let known = shapes[Int(shape)]
            if let position = fieldLists[Int(known.fieldList)].firstIndex(of: field) { return known.series[position] }
        }
        return nil
    }

    func places(of identifier: SeriesID) -> [ShapeSiblings.Place] {
        let source = series[Int(identifier.rawValue)].source
        if let known = siblings[source] { return known.places[identifier] ?? [] }
        return sourceShapes[Int(source)].compactMap { shape in
            shapes[Int(shape)].series.firstIndex(of: identifier).map {
                ShapeSiblings.Place(shape: shape, position: UInt16($0))
            }
        }
    }

    /// To be called before a shape is added to a known source.
    mutating func prepareSiblings(of source: UInt32) {
        let known = sourceShapes[Int(source)]
        let isWide = known.contains { shapes[Int($0)].series.count > Self.searchedFieldsMax }
        guard siblings[source] == nil, isWide || known.count >= Self.searchedShapesMax else { return }
        siblings[source] = ShapeSiblings()
        for shape in known { addToSiblings(shape) }
    }

    /// Lists a shape under its source, if the source has a list.
    mutating func addToSiblings(_ ordinal: UInt32) {
        let shape = shapes[Int(ordinal)]
        guard siblings[shape.source] != nil else { return }
        siblings[shape.source]?.shapeOfFieldList[shape.fieldList] = ordinal
        for (position, identifier) in shape.series.enumerated() {
            let place = ShapeSiblings.Place(shape: ordinal, position: UInt16(position))
            siblings[shape.source]?.places[identifier, default: []].append(place)
            siblings[shape.source]?.seriesOfMetric[series[Int(identifier.rawValue)].metric] = identifier
        }
    }
}
