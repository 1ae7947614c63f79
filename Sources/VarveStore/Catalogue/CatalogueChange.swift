/// What a flush adds to the catalogue's files: everything between two moments, and which sources had data.
struct CatalogueChange: Sendable {
    var from: CatalogueCounts
    var to: CatalogueCounts
    /// Ascending by source.
    var days: [SourceDay] = []

    /// Facts first, in an order in which each is known before it is used; then activity.
    func records(of catalogue: Catalogue) -> some Sequence<CatalogueRecord> {
        let tables = catalogue.tables
        let activity = activityRecords
        let (lists, sources) = (from.fieldLists..<to.fieldLists, from.sources..<to.sources)
        let shapes = from.shapes..<to.shapes
        let count = lists.count + sources.count + shapes.count + activity.count
        return (0..<count).lazy.map { index -> CatalogueRecord in
            var rest = index
            if rest < lists.count {
                let list = UInt32(lists.lowerBound + rest)
                return .fieldList(ordinal: list, tables.keys(ofList: list))
            }
            rest -= lists.count
            if rest < sources.count { return catalogue.sourceRecord(UInt32(sources.lowerBound + rest)) }
            rest -= sources.count
            if rest < shapes.count {
                let shape = UInt32(shapes.lowerBound + rest)
                let row = tables.shapes[shape]
                return .shape(
                    ordinal: shape, source: row.source, fieldList: row.fieldList, series: tables.series(ofShape: shape))
            }
            return activity[rest - shapes.count]
        }
    }

    /// One record per day, or several when its sources are scattered.
    private var activityRecords: [CatalogueRecord] {
        var records: [CatalogueRecord] = []
        for (day, sources) in Dictionary(grouping: days, by: \.day).sorted(by: { $0.key < $1.key }) {
            var ranges: [Range<UInt32>] = []
            for source in sources.map(\.source) {
                if ranges.last?.upperBound == source {
                    ranges[ranges.count - 1] = ranges[ranges.count - 1].lowerBound..<(source + 1)
                } else {
                    if ranges.count == CatalogueRecord.rangesMax {
                        records.append(.activity(day: day, ranges))
                        ranges = []
                    }
                    ranges.append(source..<(source + 1))
                }
            }
            records.append(.activity(day: day, ranges))
        }
        return records
    }
}
