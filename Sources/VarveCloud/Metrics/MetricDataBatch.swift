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
        var batch = RowBatch()
        batch.timestamps.reserveCapacity(buffer.values.count)
        batch.rowShapes.reserveCapacity(buffer.values.count)
        batch.values.reserveCapacity(buffer.values.count)
        for datum in buffer.data {
            // Equal shapes may be listed more than once: the store looks each up by the number that it carries.
            let shape = cache.shape(of: datum, in: buffer, scope: scope)
            let number = UInt32(batch.shapes.count)
            batch.shapes.append(shape)
            let time = timestamp(datum)
            for value in buffer.values[datum.values] {
                batch.rowShapes.append(number)
                batch.timestamps.append(time)
                batch.values.append(value)
            }
        }
        return batch
    }

    private func records(_ cache: inout ShapeCache) -> [RecordBatch] {
        var full: [RecordBatch] = []
        var weighted = RecordBatch(.weighted)
        var summaries = RecordBatch(.statisticSet)
        for datum in buffer.data {
            let shape = cache.shape(of: datum, in: buffer, scope: scope)
            let time = timestamp(datum)
            let values = buffer.values[datum.values]
            switch datum.form {
            case .single, .many:
                let counts = Array(buffer.counts[datum.counts])
                for (index, value) in values.enumerated() {
                    if weighted.rowCount == rowsMax {
                        full.append(weighted)
                        weighted = RecordBatch(.weighted)
                    }
                    let weight = counts.isEmpty ? 1 : counts[index]
                    weighted.append(shape: shape, timestamp: time, values: [.floats([value]), .floats([weight])])
                }
            case .statisticSet:
                summaries.append(shape: shape, timestamp: time, values: values.map { .floats([$0]) })
            }
        }
        return full + [weighted, summaries].filter { !$0.isEmpty }
    }
}
