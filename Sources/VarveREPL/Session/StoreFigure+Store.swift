import VarveQuery
package import VarveStore

extension StoreFigure {
    /// The figures of a store, in reading order.
    /// - Parameters:
    ///   - damage: files that could not be read, one sentence each.
    ///   - findings: what else needs attention.
    package static func list(
        _ figures: StoreStatistics, damage: [String], findings: [StoreHealth.Finding]
    ) -> [StoreFigure] {
        var list = [
            count("series", figures.seriesCount),
            count("samples", figures.sampleCount),
            count("segments", figures.segmentCount),
            bytes("segment bytes", figures.segmentBytes),
        ]
        let storedCount = figures.sampleCount - figures.tailValues
        if storedCount > 0 {
            let bytesPerSample = Double(figures.segmentBytes) / Double(storedCount)
            list.append(
                StoreFigure(
                    "bytes per sample", .number(bytesPerSample), text: NumberFormat.fixed(bytesPerSample, decimals: 2)))
        }
        list += [
            count("rows in the tail", figures.tailRows),
            count("values in the tail", figures.tailValues),
            bytes("WAL bytes", figures.walBytes),
            bytes("catalogue bytes", figures.catalogueBytes),
            bytes("free disk bytes", figures.availableBytes),
            time("oldest row", figures.oldestTimestampNs),
            time("newest row", figures.newestTimestampNs),
            time("last scrub", figures.scrub.lastFinishedNs),
        ]
        if let reason = figures.readOnlyReason {
            list.append(StoreFigure("read-only because", .text(reason), text: reason))
        }
        list += damage.map { StoreFigure("damaged", .text($0), text: $0) }
        for finding in findings where finding.subject != "damage" {
            if finding.subject == "writes", figures.readOnlyReason != nil { continue }
            list.append(StoreFigure(finding.subject, .text(finding.text), text: finding.text))
        }
        return list
    }

    private static func count(_ name: String, _ count: Int) -> StoreFigure {
        StoreFigure(name, .integer(Int64(count)), text: NumberFormat.grouped(count))
    }

    private static func bytes(_ name: String, _ count: Int) -> StoreFigure {
        StoreFigure(name, .integer(Int64(count)), text: NumberFormat.bytes(count))
    }

    private static func time(_ name: String, _ timestampNs: Int64?) -> StoreFigure {
        guard let timestampNs else { return StoreFigure(name, .null, text: "–") }
        return StoreFigure(name, .time(timestampNs), text: TimeFormat.rfc3339(timestampNs))
    }
}
