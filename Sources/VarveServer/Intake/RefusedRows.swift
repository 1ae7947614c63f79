import VarveIO
import VarveJSON
import VarveLine
package import VarveModel
package import VarveStore

/// Rows that were good lines and that the store does not take, with everything an operator needs to find their sender.
package struct RefusedRows: Sendable {
    /// Nanoseconds since 1970.
    package var timeNs: Int64
    /// Address and port of the sender.
    package var peer: String
    package var batch: RowBatch
    /// Indices into the batch's shapes, ascending; nil: all of them.
    package var shapes: [Int]?
    package var reason: StoreError

    package init(timeNs: Int64, peer: String, batch: RowBatch, shapes: [Int]?, reason: StoreError) {
        self.timeNs = timeNs
        self.peer = peer
        self.batch = batch
        self.shapes = shapes
        self.reason = reason
    }

    /// What each entry may need besides names: 256 bytes for a row's time, values and members.
    package var byteCount: Int { batch.memoryBytes + rowCount * 256 }

    package var rowCount: Int {
        guard let shapes else { return batch.rowCount }
        let refused = Set(shapes)
        return batch.rowShapes.count { refused.contains(Int($0)) }
    }

    /// Gives one line of `rejects.log` per row, with its line end. The lines are spelled anew: what the client sent is
    /// not kept so long. Page: Docs/Operations/server.md, "rejects.log". O(bytes).
    package func encode(_ output: ([UInt8]) -> Void) {
        let refused = shapes.map { Set($0) }
        let reason = "\(reason)"
        var end = 0
        for (shapeIndex, timestamp) in zip(batch.rowShapes, batch.timestamps) {
            let shape = batch.shapes[Int(shapeIndex)]
            let start = end
            end += shape.fields.count
            guard refused?.contains(Int(shapeIndex)) ?? true else { continue }
            output(entry(shape, timestamp, batch.values[start..<end], reason))
        }
    }

    private func entry(
        _ shape: RowShape, _ timestamp: Int64, _ values: ArraySlice<Double>, _ reason: String
    ) -> [UInt8] {
        var line = LineFormatter()
        do throws(LineFormatError) {
            try line.append(shape: shape, timestamp: timestamp, values: values)
        } catch {
            // Rows that were never lines, such as the collector's own: their namespace must do.
            line.text = Array(shape.source.namespace.utf8)
        }
        if line.text.last == 0x0a { line.text.removeLast() }
        let excerptMax = LineOptions().excerptBytesMax
        var writer = JSONWriter(capacity: 256 + min(line.text.count, excerptMax))
        writer.beginObject()
        writer.key("timeNs")
        writer.integer(timeNs)
        writer.key("peer")
        writer.string(peer)
        writer.key("reason")
        writer.string(reason)
        writer.key("excerpt")
        writer.string(String(decoding: line.text.prefix(excerptMax), as: UTF8.self))
        if line.text.count > excerptMax {
            writer.key("isCut")
            writer.bool(true)
        }
        writer.endObject()
        return writer.bytes + [0x0a]
    }
}

extension RowBatch {
    /// The rows of these shapes alone, without a token. O(rows).
    /// - Parameter kept: indices into `shapes`.
    func rows(ofShapes kept: [Int]) -> RowBatch {
        var places = [UInt32?](repeating: nil, count: shapes.count)
        var rest = RowBatch()
        for index in kept {
            places[index] = UInt32(rest.shapes.count)
            rest.shapes.append(shapes[index])
        }
        rest.durability = durability
        var end = 0
        for (shape, timestamp) in zip(rowShapes, timestamps) {
            let start = end
            end += shapes[Int(shape)].fields.count
            guard let place = places[Int(shape)] else { continue }
            rest.rowShapes.append(place)
            rest.timestamps.append(timestamp)
            rest.values.append(contentsOf: values[start..<end])
        }
        return rest
    }
}

extension Doorway {
    /// Counts what became of a batch, and keeps the rows that will never be stored. Never blocks; any thread.
    func count(_ result: Result<AppendReceipt, StoreError>, of batch: RowBatch, from peer: String) {
        switch result {
        case .success(let receipt):
            counters.rowsWritten.add(receipt.rows)
            counters.valuesWritten.add(receipt.values)
            counters.rowsFailed.add(receipt.refusedRows)
            guard let reason = receipt.refusal, !receipt.isRepetition else { return }
            keep(batch, shapes: receipt.refusedShapes, reason: reason, from: peer)
        case .failure(let reason):
            counters.rowsFailed.add(batch.rowCount)
            keep(batch, shapes: nil, reason: reason, from: peer)
        }
    }

    /// Not what the sender is asked to send again, and not what may be stored.
    private func keep(_ batch: RowBatch, shapes: [Int]?, reason: StoreError, from peer: String) {
        if reason.isPassing || reason.isUnknownOutcome { return }
        refusals.record(
            RefusedRows(timeNs: clock.wallNs(), peer: peer, batch: batch, shapes: shapes, reason: reason))
    }
}

extension StoreError {
    /// What an operator can do, where the error itself does not say so; begins with a semicolon.
    var advice: String {
        if case .disk(.full) = self { return "; make room, writes are taken again at once" }
        return ""
    }

    /// Whether the same rows may be taken later: none of them is stored, and what stands against it can go away.
    var isPassing: Bool {
        switch self {
        case .overloaded, .readOnly, .disk, .diskNearlyFull: true
        default: isTooFast
        }
    }

    var isUnknownOutcome: Bool {
        if case .outcomeUnknown = self { return true }
        return false
    }
}
