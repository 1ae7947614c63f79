package import Varve
import VarveQuery

extension Statistic {
    /// The figures of a database, in reading order.
    package static func list(_ figures: DatabaseStatistics) -> [Statistic] {
        var list = [
            count("series", figures.seriesCount),
            count("samples", figures.sampleCount),
            count("segments", figures.segmentCount),
            bytes("segment bytes", figures.segmentBytes),
        ]
        if let bytesPerSample = figures.bytesPerSample {
            list.append(
                Statistic(
                    "bytes per sample", .number(bytesPerSample), text: NumberFormat.fixed(bytesPerSample, decimals: 2)))
        }
        list += [
            count("rows in the tail", figures.tailRows),
            count("values in the tail", figures.tailValues),
            bytes("WAL bytes", figures.walBytes),
            bytes("catalogue bytes", figures.catalogueBytes),
            time("oldest row", figures.oldestTimestampNs),
            time("newest row", figures.newestTimestampNs),
        ]
        if let reason = figures.readOnlyReason {
            list.append(Statistic("read-only because", .text(reason), text: reason))
        }
        return list
    }

    private static func count(_ name: String, _ count: Int) -> Statistic {
        Statistic(name, .integer(Int64(count)), text: NumberFormat.grouped(count))
    }

    private static func bytes(_ name: String, _ count: Int) -> Statistic {
        Statistic(name, .integer(Int64(count)), text: NumberFormat.bytes(count))
    }

    private static func time(_ name: String, _ timestampNs: Int64?) -> Statistic {
        guard let timestampNs else { return Statistic(name, .null, text: "–") }
        return Statistic(name, .time(timestampNs), text: TimeFormat.rfc3339(timestampNs))
    }
}
