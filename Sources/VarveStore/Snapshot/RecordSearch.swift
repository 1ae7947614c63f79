import VarveModel

/// Finds the first rows of an order without reading all: segments, leaves of their block indexes and blocks wait in a
/// queue by the earliest row that each may have, and the best one is opened until what is found cannot be beaten.
///
/// Belongs to one look-up on one thread. Memory: the queue, blocks with rows found, and of their rows three times a
/// page, all that have the time of its last one, and those of one block more.
struct RecordSearch {
    /// Something with rows, not opened yet.
    private enum Place {
        case segment(Int)
        case leaf(segment: Int, leaf: Int)
        case block(segment: Int, RecordPlace)
        case memory(Int)
        /// A segment that could not be opened.
        case gap(DataGap)
    }

    /// A row that satisfies the look-up.
    private struct Candidate {
        var timestamp: Int64
        var series: SeriesID
        /// Arrival within the series: number of segment or rows in memory, then of the block, then position.
        var order: Int
        var block: Int
        var row: Int
        var source: any RecordSource
    }

    private let snapshot: StoreSnapshot
    private let lookup: RecordLookup
    private let filter: RecordFilter
    /// Rows that make the answer certain: those of the page, and one more to know whether there is another page.
    private let wantedCount: Int

    init(_ snapshot: StoreSnapshot, _ lookup: RecordLookup) {
        precondition(lookup.limit >= 1, "a page has at least one row")
        self.snapshot = snapshot
        self.lookup = lookup
        var range = lookup.range
        if let after = lookup.after {
            switch lookup.order {
            case .oldestFirst: range.start = min(max(range.start, after.timestamp), range.end)
            case .newestFirst where after.timestamp < .max:
                range.end = max(min(range.end, after.timestamp + 1), range.start)
            case .newestFirst: break
            }
        }
        filter = snapshot.filter(lookup.kind, in: range, where: lookup.predicates)
        wantedCount = lookup.limit + 1
    }

    /// Ascending along the order of the look-up.
    private func rank(_ timestamp: Int64) -> Int64 { lookup.order == .oldestFirst ? timestamp : ~timestamp }

    /// The best rank that a row between two times may have.
    private func rank(first: Int64, last: Int64) -> Int64 {
        switch lookup.order {
        case .oldestFirst: rank(max(first, filter.range.start))
        case .newestFirst: rank(filter.range.end == .max ? last : min(last, filter.range.end - 1))
        }
    }

    /// - Parameter gap: is told of segments that could not be opened; nil: they end the search where they are needed.
    func page(leavingOut gap: ((DataGap) -> Void)?) throws(StoreError) -> RecordPage {
        guard !filter.range.isEmpty, lookup.series?.isEmpty != true else {
            return try RecordSelection().page(lookup.kind, columns: lookup.columns)
        }
        var queue = PlaceQueue<Place>()
        for (index, segment) in snapshot.segments.enumerated()
        where segment.summary.identity.kind == lookup.kind && segment.summary.overlaps(filter.range) {
            let (first, last) = (segment.summary.firstTimestamp, segment.summary.lastTimestamp)
            queue.push(.segment(index), rank: rank(first: first, last: last))
        }
        for (index, rows) in snapshot.recordRows.enumerated() where rows.kind == lookup.kind {
            queue.push(.memory(index), rank: .min)
        }
        for gap in snapshot.gaps(of: lookup.kind, in: filter.range) {
            let end = gap.range.end
            queue.push(.gap(gap), rank: rank(first: gap.range.start, last: end == .max ? end : end - 1))
        }
        var candidates: [Candidate] = []
        while let next = queue.first {
            if isCertain(&candidates, before: next) { break }
            guard let place = queue.pop() else { break }
            if case .gap(let missing) = place {
                guard let gap else { throw .corrupt(missing.place) }
                gap(missing)
                continue
            }
            try open(place, &queue, &candidates)
        }
        return try answer(candidates)
    }

    /// Whether enough rows rank before everything that is not opened. Throws away those that cannot matter.
    private func isCertain(_ candidates: inout [Candidate], before bound: Int64) -> Bool {
        // Those at the time where the last page ended may belong to it.
        let needed =
            wantedCount + (lookup.after.map { after in candidates.count { $0.timestamp == after.timestamp } } ?? 0)
        guard candidates.count >= needed else { return false }
        if candidates.count > 2 * needed + 1_024 {
            candidates.sort { rank($0.timestamp) < rank($1.timestamp) }
            let last = rank(candidates[needed - 1].timestamp)
            candidates.removeLast(candidates.count - candidates.partitioningIndex { rank($0.timestamp) > last })
        }
        return candidates.count { rank($0.timestamp) < bound } >= needed
    }

    private func open(
        _ place: Place, _ queue: inout PlaceQueue<Place>, _ candidates: inout [Candidate]
    ) throws(StoreError) {
        switch place {
        case .segment(let index):
            let reader = snapshot.segments[index].reader
            guard lookup.series == nil else {
                let cursor = try RecordCursor(reader, series: lookup.series, in: filter.range)
                return try push(cursor, of: index, to: &queue)
            }
            for (leaf, root) in reader.footer.blockLeaves.enumerated()
            where filter.range.overlaps(first: root.firstTimestamp, last: root.lastTimestamp) {
                queue.push(
                    .leaf(segment: index, leaf: leaf), rank: rank(first: root.firstTimestamp, last: root.lastTimestamp))
            }
        case .leaf(let index, let leaf):
            let reader = snapshot.segments[index].reader
            try push(try RecordCursor(reader, leaf: leaf, in: filter.range), of: index, to: &queue)
        case .block(let index, let place):
            let reader = snapshot.segments[index].reader
            let block = try RecordBlock(reader, place.block)
            let chunks = try filter.chunks(try place.spans(block, SegmentTimes(reader)), of: block)
            add(chunks, order: index, block: place.block.ordinal, to: &candidates)
        case .memory(let index):
            let memory = RecordMemory(snapshot.recordRows[index])
            let chunks = try filter.chunks(memory.spans(of: lookup.series, in: filter.range), of: memory)
            add(chunks, order: snapshot.segments.count + index, block: 0, to: &candidates)
        case .gap: break
        }
    }

    private func push(
        _ cursor: RecordCursor, of segment: Int, to queue: inout PlaceQueue<Place>
    ) throws(StoreError) {
        var cursor = cursor
        while let place = try cursor.next() {
            queue.push(
                .block(segment: segment, place), rank: rank(first: place.firstTimestamp, last: place.lastTimestamp))
        }
    }

    private func add(_ chunks: [RecordChunk], order: Int, block: Int, to candidates: inout [Candidate]) {
        for chunk in chunks {
            for (row, timestamp) in zip(chunk.rows, chunk.timestamps) {
                candidates.append(
                    Candidate(
                        timestamp: timestamp, series: chunk.series, order: order, block: block, row: row,
                        source: chunk.source))
            }
        }
    }

    private func answer(_ candidates: [Candidate]) throws(StoreError) -> RecordPage {
        let sorted = candidates.sorted {
            ($0.timestamp, $0.series, $0.order, $0.block, $0.row)
                < ($1.timestamp, $1.series, $1.order, $1.block, $1.row)
        }
        var rows: [(position: RecordPosition, candidate: Candidate)] = []
        for candidate in sorted {
            var position = RecordPosition(timestamp: candidate.timestamp, series: candidate.series, ordinal: 0)
            if let last = rows.last?.position, (last.timestamp, last.series) == (position.timestamp, position.series) {
                position.ordinal = last.ordinal + 1
            }
            rows.append((position, candidate))
        }
        if lookup.order == .newestFirst { rows.reverse() }
        if let after = lookup.after {
            rows.removeAll { row in
                lookup.order == .oldestFirst ? !after.precedes(row.position) : !row.position.precedes(after)
            }
        }
        var selection = RecordSelection()
        for row in rows.prefix(lookup.limit) {
            selection.append(
                row.candidate.series, row.candidate.timestamp, row.candidate.source, row: row.candidate.row)
        }
        var page = try selection.page(lookup.kind, columns: lookup.columns)
        if rows.count > lookup.limit { page.next = rows[lookup.limit - 1].position }
        return page
    }
}

/// A binary heap: the element of the lowest rank comes first.
private struct PlaceQueue<Element> {
    private var heap: [(rank: Int64, element: Element)] = []

    /// The lowest rank.
    var first: Int64? { heap.first?.rank }

    /// O(log n).
    mutating func push(_ element: Element, rank: Int64) {
        heap.append((rank, element))
        var index = heap.count - 1
        while index > 0, heap[index].rank < heap[(index - 1) / 2].rank {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// O(log n).
    mutating func pop() -> Element? {
        guard let top = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return top.element }
        heap[0] = last
        var index = 0
        while let child = lowestChild(of: index), heap[child].rank < heap[index].rank {
            heap.swapAt(index, child)
            index = child
        }
        return top.element
    }

    private func lowestChild(of index: Int) -> Int? {
        let left = 2 * index + 1
        guard left < heap.count else { return nil }
        return left + 1 < heap.count && heap[left + 1].rank < heap[left].rank ? left + 1 : left
    }
}
