package import VarveModel

/// What is asked of rows with several columns, as pages of an answer.
///
/// Rows have one order: by time, then by series, then by arrival within the series. It is the same however the rows lie
/// in segments, and rows that arrive later do not move those that are there.
package struct RecordLookup: Sendable {
    package enum Order: Sendable {
        case newestFirst, oldestFirst
    }

    /// Any but `.metric`.
    package var kind: SegmentKind
    /// Ascending and distinct; nil for all.
    package var series: [SeriesID]?
    package var range = TimeRange.all
    /// All of them hold.
    package var predicates: [ColumnPredicate] = []
    package var order = Order.newestFirst
    /// Rows of one page, at least 1.
    package var limit = 50
    /// Where the page before ended; the rest of the look-up must be as it was.
    package var after: RecordPosition?
    /// Nil for all.
    package var columns: [String]?

    package init(_ kind: SegmentKind) { self.kind = kind }
}

/// The place of a row in the order of a look-up.
package struct RecordPosition: Hashable, Sendable {
    package var timestamp: Int64
    package var series: SeriesID
    /// Among the rows of this series and time that satisfy the look-up, by arrival.
    package var ordinal: Int

    package init(timestamp: Int64, series: SeriesID, ordinal: Int) {
        self.timestamp = timestamp
        self.series = series
        self.ordinal = ordinal
    }

    func precedes(_ other: RecordPosition) -> Bool {
        (timestamp, series, ordinal) < (other.timestamp, other.series, other.ordinal)
    }
}

/// Rows that were looked up.
package struct RecordPage: Equatable, Sendable {
    package var series: [SeriesID]
    package var timestamps: [Int64]
    /// As asked for, one value per row each.
    package var columns: [SegmentColumnValues]
    /// Where the next page goes on; nil when there are no more rows.
    package var next: RecordPosition?

    package init(
        series: [SeriesID] = [], timestamps: [Int64] = [], columns: [SegmentColumnValues] = [],
        next: RecordPosition? = nil
    ) {
        self.series = series
        self.timestamps = timestamps
        self.columns = columns
        self.next = next
    }

    package var rowCount: Int { timestamps.count }
}

extension StoreSnapshot {
    /// Visits the rows of one kind that satisfy all predicates: chunks of one series each, in any order.
    ///
    /// Chunks of segments come in the order of their LSN ranges, then those in memory, so that a stable sort by time
    /// gives the order of arrival within a series. Costs: O(rows in memory + blocks in the range); see
    /// ``SegmentReader/records(of:in:where:visit:)``.
    /// - Parameters:
    ///   - kind: any but `.metric`.
    ///   - series: ascending and distinct; nil for all.
    ///   - gap: is told what damage left out, segments that could not be opened first; without it damage ends the
    ///     scan with `.corrupt`.
    ///   - visit: gets a chunk that is valid until it returns; `.stop` ends the scan.
    package func records(
        _ kind: SegmentKind, of series: [SeriesID]? = nil, in range: TimeRange = .all,
        where predicates: [ColumnPredicate] = [], leavingOut gap: ((DataGap) -> Void)? = nil,
        visit: (RecordChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        for missing in gaps(of: kind, in: range) {
            guard let gap else { throw .corrupt(missing.place) }
            gap(missing)
        }
        try openRecords(kind, of: series, in: range, where: predicates, leavingOut: gap, visit: visit)
    }

    /// The same without the segments that could not be opened: for callers that ask for those by themselves.
    func openRecords(
        _ kind: SegmentKind, of series: [SeriesID]?, in range: TimeRange, where predicates: [ColumnPredicate] = [],
        leavingOut gap: ((DataGap) -> Void)?, visit: (RecordChunk) throws(StoreError) -> ScanStep
    ) throws(StoreError) {
        let filter = filter(kind, in: range, where: predicates)
        for segment in segments(of: kind, in: range) {
            do throws(StoreError) {
                if try segment.reader.records(of: series, filter, visit: visit) == .stop { return }
            } catch {
                guard let gap, case .corrupt(let place) = error else { throw error }
                gap(segment.gap(place))
            }
        }
        for rows in recordRows where rows.kind == kind {
            let memory = RecordMemory(rows)
            for chunk in try filter.chunks(memory.spans(of: series, in: range), of: memory) {
                if case .stop = try visit(chunk) { return }
            }
        }
    }

    /// One page of rows in order, walking blocks by their times and stopping as soon as the page is certain.
    ///
    /// Costs: O(segments + rows in memory), index leaves and blocks that overlap in time with the page's rows, and
    /// bodies of the page's rows only. A rare value looked for in all time decodes the predicates' columns of all
    /// blocks.
    /// - Parameter gap: is told which segments could not be opened and may have rows of the page; without it they end
    ///   the look-up.
    /// - Throws: `.corrupt` when a segment or block that is needed is damaged: that rows are missing in the middle of
    ///   an answer would not be noticed.
    package func lookUp(
        _ lookup: RecordLookup, leavingOut gap: ((DataGap) -> Void)? = nil
    ) throws(StoreError) -> RecordPage {
        let search = RecordSearch(self, lookup)
        return try search.page(leavingOut: gap)
    }

    /// The newest row of each series at or before an instant: the state that held then. Series without one are left
    /// out; rows are ascending by series.
    ///
    /// Costs: from the newest segment to older ones until every series is found: a look into the series index each, and
    /// one block per series and segment that may have a newer row.
    /// - Parameters:
    ///   - series: ascending and distinct.
    ///   - columns: nil for all.
    ///   - gap: is told which segments could not be opened and may have newer rows; without it they end the search.
    /// - Throws: `.corrupt` when a segment or block that is needed is damaged: an older state would be taken for the
    ///   newest.
    package func latest(
        _ kind: SegmentKind, of series: [SeriesID], at time: Int64 = .max, columns: [String]? = nil,
        leavingOut gap: ((DataGap) -> Void)? = nil
    ) throws(StoreError) -> RecordPage {
        var search = LatestSearch(kind: kind, range: TimeRange(start: .min, end: time == .max ? .max : time + 1))
        for (order, rows) in recordRows.enumerated() where rows.kind == kind {
            let memory = RecordMemory(rows)
            for span in memory.spans(of: series, in: search.range) {
                search.offer(span, memory, order: segments.count + order)
            }
        }
        let oldest = filter(kind, in: .all, where: []).oldest
        let numbered = segments.enumerated().filter { $0.element.summary.identity.kind == kind }
        for (order, segment) in numbered.sorted(by: {
            $0.element.summary.lastTimestamp > $1.element.summary.lastTimestamp
        })
        where segment.summary.overlaps(search.range) {
            try search.look(into: segment.reader, order: order, series: series)
        }
        for missing in gaps(of: kind, in: search.range) where search.mayBeBeaten(in: missing.range, series: series) {
            guard let gap else { throw .corrupt(missing.place) }
            gap(missing)
        }
        return try search.page(columns: columns, since: oldest)
    }

    func filter(_ kind: SegmentKind, in range: TimeRange, where predicates: [ColumnPredicate]) -> RecordFilter {
        precondition(kind != .metric, "single numbers are read by scan")
        precondition(predicates.allSatisfy { $0.applies(to: kind) }, "rows of the kind have the predicates' columns")
        // The newest state of a key or a resource never expires; older ones go with merges.
        let oldest: ((SeriesID) -> Int64)? =
            kind.isState || !cutoffs.hasExceptions
            ? nil : { [cutoffs] in cutoffs.cutoff(of: $0) }
        return RecordFilter(kind: kind, range: range, predicates: predicates, oldest: oldest)
    }

    func segments(of kind: SegmentKind, in range: TimeRange) -> [SegmentHandle] {
        segments.filter { $0.summary.identity.kind == kind && $0.summary.overlaps(range) }
    }
}

/// Rows chosen one by one from several sources, turned into columns.
struct RecordSelection {
    private(set) var rows: [(series: SeriesID, timestamp: Int64, source: any RecordSource, row: Int)] = []

    mutating func append(_ series: SeriesID, _ timestamp: Int64, _ source: any RecordSource, row: Int) {
        rows.append((series, timestamp, source, row))
    }

    /// O(rows), and what decoding takes; the rows of one source are decoded together.
    func page(_ kind: SegmentKind, columns names: [String]?) throws(StoreError) -> RecordPage {
        var page = RecordPage(series: rows.map(\.series), timestamps: rows.map(\.timestamp))
        var groups: [(source: any RecordSource, rows: [Int], positions: [Int])] = []
        var known: [ObjectIdentifier: Int] = [:]
        for (position, row) in rows.enumerated() {
            let group = known[ObjectIdentifier(row.source)] ?? groups.count
            if group == groups.count {
                known[ObjectIdentifier(row.source)] = group
                groups.append((row.source, [], []))
            }
            groups[group].rows.append(row.row)
            groups[group].positions.append(position)
        }
        // Where each row stands once the groups follow one another.
        var places = [Int](repeating: 0, count: rows.count)
        for (place, position) in groups.flatMap(\.positions).enumerated() { places[position] = place }
        let schema = kind.schema
        for name in names ?? schema.columns.map(\.name) {
            guard let index = schema.index(of: name) else { preconditionFailure("rows have no column \(name)") }
            var parts = [SegmentColumnValues.empty(schema.columns[index].type)]
            for group in groups { parts.append(try group.source.values(schema.columns[index], rows: group.rows)) }
            page.columns.append(SegmentColumnValues.concatenated(parts).gather(places))
        }
        return page
    }
}

/// Finds the newest row of each series before an instant.
private struct LatestSearch {
    private struct Found {
        var timestamp: Int64
        /// Of the source in the order of arrival.
        var order: Int
        var source: any RecordSource
        var row: Int
    }

    let kind: SegmentKind
    let range: TimeRange
    private var found: [SeriesID: Found] = [:]

    init(kind: SegmentKind, range: TimeRange) {
        self.kind = kind
        self.range = range
    }

    mutating func offer(_ span: RecordSpan, _ source: any RecordSource, order: Int) {
        let span = span.clipped(to: range)
        guard let row = span.rows.last, let timestamp = span.timestamps.last else { return }
        if let known = found[span.series], (known.timestamp, known.order) > (timestamp, order) { return }
        found[span.series] = Found(timestamp: timestamp, order: order, source: source, row: row)
    }

    /// Whether rows in a range may be newer than those found.
    func mayBeBeaten(in range: TimeRange, series: [SeriesID]) -> Bool {
        series.contains { (found[$0]?.timestamp ?? .min) < range.end }
    }

    /// Looks for those series that may have a newer row in the segment.
    mutating func look(into reader: SegmentReader, order: Int, series: [SeriesID]) throws(StoreError) {
        let last = reader.summary.lastTimestamp
        let open = series.filter { (found[$0]?.timestamp ?? .min) <= last }
        guard !open.isEmpty else { return }
        var cursor = try SegmentBlockCursor(reader, series: open, in: range)
        let times = SegmentTimes(reader)
        var waiting: SegmentBlockCursor.Block?
        var current: (ordinal: Int, block: RecordBlock)?
        while true {
            let next = try cursor.next()
            // The blocks of a series ascend in time, and the last one that begins early enough has the row.
            if let block = waiting, next?.index != block.index {
                if current?.ordinal != block.ordinal { current = (block.ordinal, try RecordBlock(reader, block)) }
                if let record = current?.block {
                    for span in try RecordPlace(block).spans(record, times) { offer(span, record, order: order) }
                }
            }
            guard let next else { return }
            waiting = next
        }
    }

    func page(columns: [String]?, since oldest: ((SeriesID) -> Int64)?) throws(StoreError) -> RecordPage {
        var selection = RecordSelection()
        for (series, row) in found.sorted(by: { $0.key < $1.key })
        where row.timestamp >= oldest?(series) ?? .min {
            selection.append(series, row.timestamp, row.source, row: row.row)
        }
        return try selection.page(kind, columns: columns)
    }
}
