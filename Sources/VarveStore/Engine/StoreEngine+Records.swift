import VarveModel

// Rows with several columns, where they differ from single numbers.
extension StoreEngine {
    /// The rows under the numbers of their series. O(rows); a known series costs a look-up per batch.
    mutating func number(_ batch: RecordBatch) throws(StoreError) -> RecordColumns {
        var series: [SeriesID] = []
        series.reserveCapacity(batch.shapes.count)
        for shape in batch.shapes { series.append(catalogue.firstSeries(ofShape: try number(shape))) }
        return batch.numbered(series)
    }

    /// Rows with several columns that no segment holds: of the frozen tail, then of the current one; of each kind in
    /// order of arrival.
    package var bufferedRecords: [RecordColumns] { (frozen?.tail.records.chunks ?? []) + tail.records.chunks }
}

extension NumberedRows {
    /// Why recovered rows cannot be of a store; nil when they can.
    /// - Parameter widths: fields of each shape that its catalogue has.
    func fault(widths: GrowingColumn<UInt16>) -> String? {
        guard shapes.allSatisfy({ Int($0) < widths.count && widths[$0] > 0 }) else {
            return "\(timestamps.count) rows, some of an unknown shape"
        }
        guard shapes.reduce(0, { $0 + Int(widths[$1]) }) == values.count else {
            return "\(values.count) values, another number expected"
        }
        return nil
    }
}

extension Catalogue {
    /// Why recovered rows cannot be of this catalogue's store; nil when they can.
    func fault(of records: RecordColumns) -> String? {
        let known = seriesCount
        var previous: SeriesID?
        for series in records.series where series != previous {
            guard Int(series.rawValue) < known else {
                return "\(records.rowCount) rows of kind \(records.kind), some of an unknown series"
            }
            // nil: of a source that a checkpoint dropped, so that nobody can tell.
            let kind = kind(of: series) ?? records.kind.seriesKind
            guard kind == records.kind.seriesKind else {
                return "rows of kind \(records.kind) in series \(series.rawValue), which is one of kind \(kind)"
            }
            previous = series
        }
        return nil
    }

    /// - Precondition: the shape is known.
    fileprivate func firstSeries(ofShape shape: UInt32) -> SeriesID {
        SeriesID(rawValue: tables.shapeSeries[tables.shapes[shape].seriesStart])
    }

    /// nil for a series of a source that a checkpoint no longer has.
    fileprivate func kind(of series: SeriesID) -> SeriesKind? {
        let source = tables.series[series.rawValue].source
        guard source != CatalogueTables.none else { return nil }
        let space = tables.sources[source].space
        return space == CatalogueTables.none ? nil : tables.kind(ofSpace: space)
    }
}
