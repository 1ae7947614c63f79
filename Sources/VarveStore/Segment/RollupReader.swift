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
        var summed: [(index: Int, entries: [RollupEntry])] = []
        if !footer.rollupLeaves.isEmpty, !isInOnePeriod(periodNs) {
            for (index, id) in series.enumerated() {
                let entries = try rollupEntries(of: id, within: periodNs)
                if !entries.isEmpty { summed.append((index, entries)) }
            }
        }
        let rest = Self.indices(of: series, without: summed.map(\.index))
        // In file order: each page is then read once.
        summed.sort { ($0.entries[0].page, $0.entries[0].offset) < ($1.entries[0].page, $1.entries[0].offset) }
        for (index, entries) in summed {
            let numbers = range.start / entries[0].width..<range.end / entries[0].width
            let rows = ScannedRows.rollup(try rollup(entries).clipped(to: numbers))
            if case .stop = try visit(index, rows) { return .stop }
        }
        return try scan(rest.map { series[$0] }, in: range) { (index, chunk) throws(StoreError) in
            try visit(rest[index], .chunk(chunk))
        }
    }

    /// Whether one bucket of the visitor takes all rows: block statistics then say as much as rollups, in fewer bytes.
    private func isInOnePeriod(_ periodNs: Int64) -> Bool {
        summary.firstTimestamp.flooredQuotient(by: periodNs) == summary.lastTimestamp.flooredQuotient(by: periodNs)
    }

    /// `series.indices` without some of them, which are ascending.
    private static func indices(of series: [SeriesID], without others: [Int]) -> [Int] {
        var others = others[...]
        return series.indices.filter { index in
            if others.first != index { return true }
            others = others.dropFirst()
            return false
        }
    }

    /// The blocks of the largest width that divides the period; empty when there is none.
    private func rollupEntries(of series: SeriesID, within periodNs: Int64) throws(StoreError) -> [RollupEntry] {
        let entries = try rollupEntries(of: series).filter { periodNs % $0.width == 0 }
        return entries.filter { $0.width == entries.last?.width }
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
