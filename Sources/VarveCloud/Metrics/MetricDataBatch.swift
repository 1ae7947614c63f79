import VarveModel
import VarveStore
import VarveWire

/// Makes one write of a PutMetricData request that fulfils all rules. The request is stored whole or not at all.
///
/// Single values, and values that were observed once each, are rows of numbers, the store's leanest form. As soon as
/// one datum of the request has counts or is a statistic set, all of it travels as rows with several columns, which the
/// store takes of several kinds in one write; a value weighs 1 there, and every statistic is the same. So do requests
/// of more rows than one batch may have: a thousand data with 150 values each.
struct MetricDataBatch {
    let buffer: MetricDataBuffer
    let scope: Scope
    let nowNs: Int64
    /// Of one batch.
    var rowsMax = Limits.rowsPerBatchMax

    /// O(values).
    func write(_ cache: inout ShapeCache) -> WriteBatch {
        let isPlain = buffer.values.count <= rowsMax && buffer.data.allSatisfy(isPlain)
        return isPlain ? .rows(rows(&cache)) : .together(records(&cache))
    }

    private func isPlain(_ datum: MetricDatum) -> Bool {
        switch datum.form {
        case .single: true
        case .many: buffer.counts[datum.counts].allSatisfy { $0 == 1 }
        case .statisticSet: false
        }
    }

    /// As the service stores it: the second or the minute in which it was observed.
    private func timestamp(_ datum: MetricDatum) -> Int64 {
        let step = datum.storageResolution == 1 ? Nanoseconds.perSecond : Nanoseconds.perMinute
        let time = datum.timestampNs ?? nowNs
        let rest = time % step
        return rest < 0 ? time - rest - step : time - rest
    }

    private func rows(_ cache: inout ShapeCache) -> RowBatch {
        let request = cache.begin(scope: scope, namespace: buffer.namespace, in: buffer)
        var batch = RowBatch()
        var places: [UInt32] = []
        places.reserveCapacity(buffer.data.count)
        batch.timestamps.reserveCapacity(buffer.values.count)
        batch.rowShapes.reserveCapacity(buffer.values.count)
        // Rows have the values in the order of the request.
        batch.values = buffer.values
        for index in buffer.data.indices {
            let datum = buffer.data[index]
            // Equal shapes may be listed more than once: the store looks each up by the number that it carries.
            if index == 0 || !hasSameSeries(datum, buffer.data[index - 1]) {
                places.append(cache.place(of: datum, in: buffer, of: request))
            }
            let number = UInt32(places.count - 1)
            let time = timestamp(datum)
            for _ in datum.values {
                batch.rowShapes.append(number)
                batch.timestamps.append(time)
            }
        }
        batch.shapes = cache.shapes(at: places)
        return batch
    }

    /// Whether two data certainly belong to one series: what a reader finds repeated has the range of its first place.
    private func hasSameSeries(_ datum: MetricDatum, _ other: MetricDatum) -> Bool {
        datum.name == other.name && datum.unit == other.unit && datum.storageResolution == other.storageResolution
            && datum.dimensions.count == other.dimensions.count
            && zip(datum.dimensions, other.dimensions).allSatisfy { buffer.dimensions[$0] == buffer.dimensions[$1] }
    }

    private func records(_ cache: inout ShapeCache) -> [RecordBatch] {
        let request = cache.begin(scope: scope, namespace: buffer.namespace, in: buffer)
        var full: [RecordBatch] = []
        var weighted = RecordRows()
        var summaries = RecordRows()
        for datum in buffer.data {
            // One after the other: in one expression the cache would be read before it learns of the series.
            let place = cache.place(of: datum, in: buffer, of: request)
            let shape = cache.shape(at: place)
            let time = timestamp(datum)
            if datum.form == .statisticSet {
                let values = buffer.values[datum.values]
                summaries.append(shape, time, count: 1)
                for (column, value) in values.enumerated() { summaries.columns[column].append(value) }
                continue
            }
            if weighted.timestamps.count + datum.values.count > rowsMax, !weighted.timestamps.isEmpty {
                full.append(weighted.batch(.weighted, columnCount: 2))
                weighted = RecordRows()
            }
            weighted.append(shape, time, count: datum.values.count)
            weighted.columns[0].append(contentsOf: buffer.values[datum.values])
            if datum.counts.isEmpty {
                weighted.columns[1].append(contentsOf: repeatElement(1, count: datum.values.count))
            } else {
                weighted.columns[1].append(contentsOf: buffer.counts[datum.counts])
            }
        }
        full += [weighted.batch(.weighted, columnCount: 2), summaries.batch(.statisticSet, columnCount: 4)]
        return full.filter { !$0.isEmpty }
    }
}

/// Rows of a batch as they come together.
private struct RecordRows {
    var shapes: [RowShape] = []
    var rowShapes: [UInt32] = []
    var timestamps: [Int64] = []
    /// As many as the kind has are used.
    var columns: [[Double]] = [[], [], [], []]

    /// Rows of one series at one time; their numbers are for the caller to append.
    mutating func append(_ shape: RowShape, _ time: Int64, count: Int) {
        let number = UInt32(shapes.count)
        shapes.append(shape)
        for _ in 0..<count {
            rowShapes.append(number)
            timestamps.append(time)
        }
    }

    func batch(_ kind: SegmentKind, columnCount: Int) -> RecordBatch {
        RecordBatch(
            kind, shapes: shapes, rowShapes: rowShapes, timestamps: timestamps,
            columns: columns.prefix(columnCount).map { .floats($0) })
    }
}
