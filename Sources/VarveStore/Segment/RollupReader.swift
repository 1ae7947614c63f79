import VarveBytes
package import VarveModel

extension SegmentReader {
    /// The rows of `series` in this segment, summed up in buckets of `width` nanoseconds; nil when that is not stored.
    package func rollup(of series: SeriesID, width: Int64) throws(StoreError) -> Rollup? {
        let entries = try rollupEntries(of: series).filter { $0.width == width }
        return entries.isEmpty ? nil : try rollup(entries)
    }

    /// As ``scan(_:in:visit:)``, with rollups in place of the blocks of series that have one whose buckets each lie in
    /// one period; see ``MetricSnapshot/scan(_:in:summedWithin:visit:)``.
    package func scan(
        _ series: [SeriesID], in range: TimeRange, summedWithin periodNs: Int64,
        visit: (_ index: Int, _ rows: ScannedRows) throws(StoreError) -> ScanStep
    ) throws(StoreError) -> ScanStep {
        precondition(periodNs >= 1, "a period lasts a nanosecond or longer")
        precondition(range.start % periodNs == 0 && range.end % periodNs == 0, "a range of whole periods")
        if footer.rollupLeaves.isEmpty || isInOnePeriod(periodNs) {
            return try scan(series, in: range) { (index, chunk) throws(StoreError) in try visit(index, .chunk(chunk)) }
        }
        var lookup = RollupLookup(self, within: periodNs)
        var rest: [Int] = []
        for (index, id) in series.enumerated() {
            guard let place = try lookup.place(of: id) else {
                rest.append(index)
                continue
            }
            let rollup = try rollup(at: place, within: periodNs)
            let numbers = range.start / rollup.width..<range.end / rollup.width
            if case .stop = try visit(index, .rollup(rollup.clipped(to: numbers))) { return .stop }
        }
        if rest.isEmpty { return .next }
        return try scan(rest.map { series[$0] }, in: range) { (index, chunk) throws(StoreError) in
            try visit(rest[index], .chunk(chunk))
        }
    }

    /// Whether one bucket of the visitor takes all rows: block statistics then say as much as rollups, in fewer bytes.
    private func isInOnePeriod(_ periodNs: Int64) -> Bool {
        summary.firstTimestamp.flooredQuotient(by: periodNs) == summary.lastTimestamp.flooredQuotient(by: periodNs)
    }

    /// All rollup blocks of `series`, by width, then time.
    func rollupEntries(of series: SeriesID) throws(StoreError) -> [RollupEntry] {
        // The leaf before the first that starts with the series or a later one may end with it.
        let first = max(0, footer.rollupLeaves.partitioningIndex { $0.firstSeries >= series } - 1)
        var entries: [RollupEntry] = []
        for number in footer.rollupLeaves.indices.dropFirst(first) {
            guard footer.rollupLeaves[number].firstSeries <= series else { break }
            entries += try rollupLeaf(number).entries(of: series)
        }
        return entries
    }

    /// A rollup that serves a period; where that is days, summed up by days: a long range of them is then a few buckets
    /// per segment. Sums are exact, so they are the same either way.
    private func rollup(at place: RollupPlace, within periodNs: Int64) throws(StoreError) -> Rollup {
        let factor = Nanoseconds.perDay / place.width
        guard factor > 1, Nanoseconds.perDay % place.width == 0, periodNs % Nanoseconds.perDay == 0 else {
            return try rollup(at: place)
        }
        let key = UInt32(truncatingIfNeeded: place.first)
        if case .rollup(let rollup)? = cache.find(owner: dayRollupOwner, page: key) { return rollup }
        let days = try rollup(at: place).widened(by: factor)
        cache.insert(.rollup(days), owner: dayRollupOwner, page: key)
        return days
    }

    /// A rollup from the cache, or decoded: its streams are packed for months, not for speed.
    private func rollup(at place: RollupPlace) throws(StoreError) -> Rollup {
        // Entries are counted in 32 bits: their leaves' pages are.
        let key = UInt32(truncatingIfNeeded: place.first)
        if case .rollup(let rollup)? = cache.find(owner: rollupOwner, page: key) { return rollup }
        var entries: [RollupEntry] = []
        for ordinal in place.first..<(place.first + place.count) {
            let (leaf, index) = ordinal.quotientAndRemainder(dividingBy: SegmentFormat.rollupLeafEntries)
            entries.append(try rollupLeaf(leaf).entries[index])
        }
        let rollup = try rollup(entries)
        cache.insert(.rollup(rollup), owner: rollupOwner, page: key)
        return rollup
    }

    /// Decodes blocks of one series and width.
    func rollup(_ entries: [RollupEntry]) throws(StoreError) -> Rollup {
        var buckets: [RollupBucket] = []
        for entry in entries {
            let payload = try payload(entry.page, .rollup)
            buckets += try decoding(path, at: payload.fileOffset + Int(entry.offset)) { () throws(FormatFault) in
                var cursor = payload.cursor(at: Int(entry.offset))
                let next = try RollupBlock.decode(&cursor, count: entry.bucketCount, width: entry.width)
                guard buckets.last.map({ $0.number < next[0].number }) ?? true else {
                    throw FormatFault(offset: 0, detail: "bucket \(next[0].number) of a rollup is out of order")
                }
                return next
            }
        }
        return Rollup(width: entries[0].width, buckets: buckets)
    }

    func rollupLeaf(_ leaf: Int) throws(StoreError) -> RollupIndexLeaf {
        let page = footer.rollupLeaves[leaf].page
        if case .rollupLeaf(let leaf)? = cache.find(owner: cacheOwner, page: page) { return leaf }
        let payload = try pages.read(Int(page), .rollupIndex)
        let count = Self.entries(of: leaf, total: footer.rollupCount, per: SegmentFormat.rollupLeafEntries)
        let decoded = try decoding(path, at: payload.fileOffset) { () throws(FormatFault) in
            var cursor = payload.cursor()
            return try RollupIndexLeaf(&cursor, count: count, pageCount: footer.pages.count)
        }
        cache.insert(.rollupLeaf(decoded), owner: cacheOwner, page: page)
        return decoded
    }
}

/// Blocks of one rollup: `count` entries of the rollup index from number `first` on.
private struct RollupPlace {
    let first: Int
    var count: Int
    let width: Int64
}

/// Looks up which rollup of a series serves a period, one series after the other. Belongs to one scan.
private struct RollupLookup {
    private let reader: SegmentReader
    private let periodNs: Int64
    private var current: (number: Int, leaf: RollupIndexLeaf)?

    init(_ reader: SegmentReader, within periodNs: Int64) {
        self.reader = reader
        self.periodNs = periodNs
    }

    /// The rollup with the largest width that divides the period; nil where there is none.
    mutating func place(of series: SeriesID) throws(StoreError) -> RollupPlace? {
        let leaves = reader.footer.rollupLeaves
        // The leaf before the first that starts with the series or a later one may end with it.
        var number = max(0, leaves.partitioningIndex { $0.firstSeries >= series } - 1)
        var place: RollupPlace?
        while number < leaves.count, leaves[number].firstSeries <= series {
            let leaf = try leaf(number)
            for index in leaf.entries(of: series).indices {
                let width = leaf.entries[index].width
                if periodNs % width != 0 { continue }
                // Larger widths stand behind smaller ones.
                if place?.width != width {
                    let first = number * SegmentFormat.rollupLeafEntries + index
                    place = RollupPlace(first: first, count: 0, width: width)
                }
                place?.count += 1
            }
            number += 1
        }
        return place
    }

    private mutating func leaf(_ number: Int) throws(StoreError) -> RollupIndexLeaf {
        if let current, current.number == number { return current.leaf }
        let leaf = try reader.rollupLeaf(number)
        current = (number, leaf)
        return leaf
    }
}

/// The part of a verification that concerns rollups: every one is computed anew from the rows.
struct RollupVerifier {
    private let reader: SegmentReader

    init(_ reader: SegmentReader) { self.reader = reader }

    /// - Throws: `.corrupt` where it cannot go on.
    func verify(_ report: (Corruption) -> Void) throws(StoreError) {
        var entries: [RollupEntry] = []
        for (number, root) in reader.footer.rollupLeaves.enumerated() {
            let leaf = try reader.rollupLeaf(number)
            let isInOrder = entries.last.map {
                ($0.series, $0.width) <= (leaf.entries[0].series, leaf.entries[0].width)
            }
            if leaf.entries[0].series != root.firstSeries || isInOrder == false {
                throw .corrupt(fault("root of the rollup index: leaf \(number) is not as it says"))
            }
            entries += leaf.entries
        }
        try verifyPages(entries)
        var rest = entries[...]
        while let first = rest.first {
            let ofSeries = rest.prefix { $0.series == first.series }
            rest = rest.dropFirst(ofSeries.count)
            do { try verify(first.series, Array(ofSeries), report) } catch .corrupt(let place) { report(place) }
        }
    }

    private func fault(_ detail: String) -> Corruption {
        Corruption(path: reader.path, offset: reader.footerOffset, detail: detail)
    }

    /// Sums up the rows of the series again.
    private func verify(
        _ series: SeriesID, _ entries: [RollupEntry], _ report: (Corruption) -> Void
    ) throws(StoreError) {
        for width in Set(entries.map(\.width)).sorted() {
            var computed = RollupAccumulator(widths: [width])
            _ = try reader.scan([series], in: .all) { (_, chunk) throws(StoreError) in
                let samples = try chunk.decode()
                computed.add(timestamps: samples.timestamps, values: samples.values)
                return .next
            }
            if try reader.rollup(entries.filter { $0.width == width }) != computed.rollups[0] {
                report(fault("rollup of series \(series.rawValue) by \(width) ns is not that of its rows"))
            }
        }
    }

    /// Blocks fill their pages without gaps, and every page is used.
    private func verifyPages(_ entries: [RollupEntry]) throws(StoreError) {
        var entries = entries.sorted { ($0.page, $0.offset) < ($1.page, $1.offset) }[...]
        let pages = reader.footer.pages.types.indices.filter { reader.footer.pages.types[$0] == .rollup }
        for page in pages {
            let payload = try reader.payload(UInt32(page), .rollup)
            var end = 0
            while let entry = entries.first, entry.page == page, Int(entry.offset) == end {
                end = try decoding(reader.path, at: payload.fileOffset + end) { () throws(FormatFault) in
                    var cursor = payload.cursor(at: end)
                    _ = try RollupBlock.decode(&cursor, count: entry.bucketCount, width: entry.width)
                    return end + cursor.offset
                }
                entries = entries.dropFirst()
            }
            guard end == payload.payloadByteCount else {
                let detail = "rollup page \(page): bytes \(end)…\(payload.payloadByteCount) unused"
                throw .corrupt(Corruption(path: reader.path, offset: payload.fileOffset + end, detail: detail))
            }
        }
        guard let entry = entries.first else { return }
        throw .corrupt(fault("rollup index: series \(entry.series.rawValue) points beside the rollup pages"))
    }
}
