import VarveBytes
import VarveCodec
import VarveModel

/// How far the loading of a checkpoint has come.
struct CheckpointLoad: Sendable {
    /// Sections come in ascending order.
    var newest = CheckpointFormat.Section.totals
    /// Numbers ever given out; nil before the first section.
    var totals: CatalogueCounts?
    /// Bytes; see ``CheckpointMemory``.
    let memoryMax: Int
    private var memory = CheckpointMemory()

    init(memoryMax: Int) { self.memoryMax = memoryMax }

    /// To be called before anything is made of a part of the file.
    mutating func take(items: Int = 0, places: Int = 0, nameByteCount: Int = 0) throws(CatalogueError) {
        memory.add(items: items, places: places, nameByteCount: nameByteCount)
        guard memory.byteCount <= memoryMax else {
            throw .inconsistent(detail: "more than the \(memoryMax) bytes of memory that a file of this size may take")
        }
    }
}

/// Columns of a section, one after the other.
private struct ColumnReader: ~Escapable {
    var cursor: ByteCursor

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { cursor = ByteCursor(bytes) }

    @_lifetime(self: copy self)
    mutating func integers(_ count: Int) throws(CatalogueError) -> [Int64] {
        var values = [Int64](repeating: 0, count: count)
        var failure: CodecError?
        values.withUnsafeMutableBufferPointer { output in
            do throws(CodecError) { try IntegerStream.decode(&cursor, into: output) } catch { failure = error }
        }
        if let failure { throw .inconsistent(detail: "\(failure)") }
        return values
    }

    /// Numbers that all lie below `limit`.
    @_lifetime(self: copy self)
    mutating func column(_ count: Int, below limit: Int, _ what: String) throws(CatalogueError) -> [UInt32] {
        var numbers: [UInt32] = []
        numbers.reserveCapacity(count)
        for value in try integers(count) {
            guard value >= 0, value < limit else { throw .inconsistent(detail: "\(what) \(value) of \(limit)") }
            numbers.append(UInt32(truncatingIfNeeded: value))
        }
        return numbers
    }

    /// Before `count` more go to a column that has `known`.
    func expectRoom(for count: Int, behind known: Int, _ what: String) throws(CatalogueError) {
        guard count <= CheckpointFormat.placesMax - known else {
            throw .inconsistent(detail: "more than \(CheckpointFormat.placesMax) \(what)")
        }
    }

    func expectEnd() throws(CatalogueError) {
        guard cursor.isAtEnd else { throw .inconsistent(detail: "\(cursor.remaining) bytes left over") }
    }
}

extension CatalogueState {
    /// Dimensions or fields of the sources or lists of one section, more than which no writer puts there.
    private static let flatMax = 1 << 24

    mutating func load(_ section: CheckpointReader.Section, _ load: inout CheckpointLoad) throws(CatalogueError) {
        guard section.kind >= load.newest, (section.kind == .totals) == (load.totals == nil) else {
            throw .inconsistent(detail: "section \(section.kind) out of order")
        }
        load.newest = section.kind
        try load.take(items: section.count)
        var reader = ColumnReader(section.content.span.bytes)
        switch section.kind {
        case .totals: load.totals = try loadTotals(&reader)
        case .names: try loadNames(&reader, section.count, &load)
        case .spaces: try loadSpaces(&reader, section.count)
        case .pairs: try loadPairs(&reader, section.count)
        case .fields: try loadFields(&reader, section.count)
        case .fieldLists: try loadFieldLists(&reader, section.count, &load)
        case .metrics: try loadMetrics(&reader, section.count)
        case .sources: try loadSources(&reader, section.count, &load)
        case .shapes: try loadShapes(&reader, section.count, &load)
        case .padding: return
        }
        try reader.expectEnd()
    }

    /// Numbers behind the last ones that are left belong to what was dropped.
    mutating func finish(_ load: inout CheckpointLoad) throws(CatalogueError) {
        guard let totals = load.totals else { throw .inconsistent(detail: "no totals") }
        guard tables.fieldLists.count == totals.fieldLists else {
            throw .inconsistent(detail: "\(tables.fieldLists.count) field lists of \(totals.fieldLists)")
        }
        try tables.skip(sources: totals.sources, shapes: totals.shapes, series: totals.series)
    }

    private func loadTotals(_ reader: inout ColumnReader) throws(CatalogueError) -> CatalogueCounts {
        do throws(BytesError) {
            var totals = CatalogueCounts()
            totals.sources = try reader.cursor.readCount(limit: CheckpointFormat.totalMax)
            totals.fieldLists = try reader.cursor.readCount(limit: CheckpointFormat.totalMax)
            totals.shapes = try reader.cursor.readCount(limit: CheckpointFormat.totalMax)
            totals.series = try reader.cursor.readCount(limit: CheckpointFormat.totalMax)
            return totals
        } catch {
            throw .malformed(error)
        }
    }

    private mutating func loadNames(
        _ reader: inout ColumnReader, _ count: Int, _ load: inout CheckpointLoad
    ) throws(CatalogueError) {
        let shared = try reader.column(count, below: Limits.dimensionValueBytesMax + 1, "shared length")
        let lengths = try reader.column(count, below: Limits.dimensionValueBytesMax + 1, "length")
        var name: [UInt8] = []
        for (shared, length) in zip(shared, lengths) {
            let rest: [UInt8]
            do throws(BytesError) {
                rest = try reader.cursor.readBytes(count: Int(length))
            } catch {
                throw .malformed(error)
            }
            guard Int(shared) <= name.count, Int(shared + length) <= Limits.dimensionValueBytesMax else {
                throw .inconsistent(detail: "a name shares \(shared) bytes with one of \(name.count)")
            }
            name.removeSubrange(Int(shared)...)
            name += rest
            try load.take(nameByteCount: name.count)
            guard String(validating: name, as: UTF8.self) != nil else {
                throw .inconsistent(detail: "a name is not UTF-8")
            }
            guard tables.names.hasRoom(nameCount: 1, byteCount: name.count) else {
                throw .inconsistent(detail: "names above \(NameTable.byteCountMax) bytes")
            }
            let expected = tables.names.count
            let number = name.withUnsafeBytes { index.name($0) }
            try Self.check(number, expected, "name")
        }
    }

    /// Keys in a checkpoint are distinct; else numbers would shift.
    private static func check(_ number: UInt32, _ expected: Int, _ what: String) throws(CatalogueError) {
        guard Int(number) == expected else { throw .inconsistent(detail: "\(what) \(number) is there twice") }
    }

    private mutating func loadSpaces(_ reader: inout ColumnReader, _ count: Int) throws(CatalogueError) {
        let nameCount = tables.names.count
        let accounts = try reader.column(count, below: nameCount, "name")
        let regions = try reader.column(count, below: nameCount, "name")
        let namespaces = try reader.column(count, below: nameCount, "name")
        let kinds = try reader.column(count, below: SeriesKind.allCases.count, "kind")
        for item in 0..<count {
            let row = CatalogueTables.Space(
                account: accounts[item], region: regions[item], namespace: namespaces[item], kind: UInt8(kinds[item]))
            try Self.check(index.space(row), tables.spaces.count - 1, "space")
        }
        growSpaces()
    }

    private mutating func loadPairs(_ reader: inout ColumnReader, _ count: Int) throws(CatalogueError) {
        let names = try reader.column(count, below: tables.names.count, "name")
        let values = try reader.column(count, below: tables.names.count, "name")
        try reader.expectRoom(for: count, behind: tables.pairs.count, "dimensions")
        for item in 0..<count {
            let expected = tables.pairs.count
            try Self.check(index.pair(names[item], values[item]), expected, "dimension")
        }
    }

    private mutating func loadFields(_ reader: inout ColumnReader, _ count: Int) throws(CatalogueError) {
        let names = try reader.column(count, below: tables.names.count, "name")
        let units = try reader.column(count, below: Unit.allCases.count, "unit")
        let resolutions = try reader.column(count, below: Int(Resolution.oneMinute.rawValue) + 1, "resolution")
        for item in 0..<count {
            guard Resolution(rawValue: UInt8(resolutions[item])) != nil else {
                throw .inconsistent(detail: "resolution \(resolutions[item])")
            }
            let row = CatalogueTables.Field(
                name: names[item], unit: UInt8(units[item]), resolution: UInt8(resolutions[item]))
            let expected = tables.fields.count
            try Self.check(index.field(row), expected, "field")
        }
    }

    private mutating func loadFieldLists(
        _ reader: inout ColumnReader, _ count: Int, _ load: inout CheckpointLoad
    ) throws(CatalogueError) {
        let counts = try reader.column(count, below: Limits.fieldsPerRowMax + 1, "field count")
        let total = counts.reduce(0) { $0 + Int($1) }
        guard total <= Self.flatMax else { throw .inconsistent(detail: "\(total) fields in one section") }
        try reader.expectRoom(for: total, behind: tables.listedFields.count, "fields of lists")
        try load.take(places: total)
        let fields = try reader.column(total, below: tables.fields.count, "field")
        var start = 0
        for count in counts {
            let list = Array(fields[start..<(start + Int(count))])
            guard count > 0, Set(list).count == list.count else {
                throw .inconsistent(detail: "field list \(tables.fieldLists.count) is empty or has a field twice")
            }
            index.addFieldList(list)
            start += Int(count)
        }
    }

    private mutating func loadMetrics(_ reader: inout ColumnReader, _ count: Int) throws(CatalogueError) {
        let spaces = try reader.column(count, below: tables.spaces.count, "space")
        let fields = try reader.column(count, below: tables.fields.count, "field")
        try reader.expectRoom(for: count, behind: tables.metrics.count, "metrics")
        for item in 0..<count {
            let expected = tables.metrics.count
            try Self.check(index.metric(space: spaces[item], field: fields[item]), expected, "metric")
        }
    }

    private mutating func loadSources(
        _ reader: inout ColumnReader, _ count: Int, _ load: inout CheckpointLoad
    ) throws(CatalogueError) {
        let numbers = try reader.column(count, below: load.totals?.sources ?? 0, "source")
        let spaces = try reader.column(count, below: tables.spaces.count, "space")
        let days = try reader.column(count, below: Int(UInt32.max), "day")
        let counts = try reader.column(count, below: Limits.dimensionsCeiling + 1, "dimension count")
        var starts: [Int] = [0]
        for count in counts { starts.append(starts[starts.count - 1] + Int(count)) }
        guard starts[count] <= Self.flatMax else { throw .inconsistent(detail: "\(starts[count]) dimensions") }
        try reader.expectRoom(for: starts[count], behind: tables.sourcePairs.count, "dimensions of sources")
        try load.take(places: starts[count])
        var pairs = [UInt32](repeating: 0, count: starts[count])
        for position in 0..<Int(counts.max() ?? 0) {
            let longer = (0..<count).filter { counts[$0] > position }
            let column = try reader.column(longer.count, below: tables.pairs.count, "dimension")
            for (item, pair) in zip(longer, column) { pairs[starts[item] + position] = pair }
        }
        for item in 0..<count {
            let number = Int(numbers[item])
            guard number >= tables.sources.count else { throw .inconsistent(detail: "source \(number) out of order") }
            try tables.skip(sources: number)
            index.addSource(
                space: spaces[item], pairs: Array(pairs[starts[item]..<starts[item + 1]]), activity: days[item])
        }
    }

    private mutating func loadShapes(
        _ reader: inout ColumnReader, _ count: Int, _ load: inout CheckpointLoad
    ) throws(CatalogueError) {
        let totals = load.totals ?? CatalogueCounts()
        try tables.skip(sources: totals.sources)
        let numbers = try reader.column(count, below: totals.shapes, "shape")
        let sources = try reader.column(count, below: tables.sources.count, "source")
        let lists = try reader.column(count, below: tables.fieldLists.count, "field list")
        let total = lists.reduce(0) { $0 + Int(tables.fieldLists[$1].count) }
        guard total <= Self.flatMax else { throw .inconsistent(detail: "\(total) series in one section") }
        try reader.expectRoom(for: total, behind: tables.shapeSeries.count, "series of shapes")
        try load.take(places: total)
        let differences = try reader.integers(total)
        var (start, previous) = (0, Int64(-1))
        for item in 0..<count {
            let number = Int(numbers[item])
            guard number >= tables.shapes.count, tables.sources[sources[item]].space != CatalogueTables.none else {
                throw .inconsistent(detail: "shape \(number) out of order, or of source \(sources[item]), not there")
            }
            try tables.skip(shapes: number)
            let end = start + Int(tables.fieldLists[lists[item]].count)
            var series: [SeriesID] = []
            for difference in differences[start..<end] {
                previous = previous &+ 1 &+ difference
                guard previous >= 0, previous < totals.series else {
                    throw .inconsistent(detail: "series \(previous) of \(totals.series)")
                }
                series.append(SeriesID(rawValue: UInt32(previous)))
            }
            try add(source: sources[item], fieldList: lists[item], series: series)
            start = end
        }
    }

    /// Adds a shape whose new series may lie behind the next number: those between belong to what was dropped.
    private mutating func add(
        source: UInt32, fieldList: UInt32, series: [SeriesID]
    ) throws(CatalogueError) {
        let space = tables.sources[source].space
        for (series, field) in zip(series, tables.fields(ofList: fieldList)) {
            guard let metric = index.findMetric(space: space, field: field) else {
                throw .inconsistent(detail: "series \(series.rawValue) is of a metric that is not there")
            }
            let number = Int(series.rawValue)
            if number < tables.series.count {
                guard tables.series[number].source == source, tables.series[number].metric == metric else {
                    throw .inconsistent(detail: "series \(number) is given to a field that is not its own")
                }
            } else {
                try tables.skip(series: number)
                addSeries(source: source, metric: metric)
            }
        }
        prepareSiblings(of: source)
        insertShape(source: source, fieldList: fieldList, series: series)
    }
}
