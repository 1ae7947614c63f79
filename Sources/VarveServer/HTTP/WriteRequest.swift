import HummingbirdCore
import NIOCore
import VarveIO
import VarveLine
import VarveModel
import VarveStore

/// One `POST /write`: body in, rows to the sink, an outcome at the end. Owned by the request's task.
struct WriteRequest {
    let door: Doorway
    let pool: ParserPool
    let peer: String
    let precision: LinePrecision
    let isGzip: Bool
    /// The client's name for this write; nil when a repetition is to be stored again.
    var retryName: [UInt8]?
    var durability = Durability.durable

    /// What a write came to. Lines are kept independently of each other: `refused` ones do not touch the others.
    struct Outcome {
        var rowsWritten = 0
        /// The first `refusalsNamedMax`.
        var refused: [LineRefusal] = []
        var refusedCount = 0
        /// The store did not take some of the rows.
        var failure: (error: StoreError, rows: Int)?
        /// The body itself was at fault; what came before it was kept.
        var fault: BodyFault?
    }

    enum BodyFault: Error, Equatable {
        case tooLarge(limit: Int)
        case expandsTooFar(limit: Int)
        case notGzip
        case damagedGzip
        case truncatedGzip
        /// The client went away before the body was complete.
        case broken
    }

    /// Refusals that the answer spells out.
    static let refusalsNamedMax = 20

    /// Reads the body to its end and waits until every good line is durable.
    func run(_ body: RequestBody) async -> Outcome {
        let tracker = WriteTracker()
        let assembler = pool.take(precision: precision)
        var intake = BodyIntake(request: self, tracker: tracker, assembler: assembler)
        do {
            try await intake.read(body)
            await intake.parse(isFinal: true)
        } catch let fault as BodyFault {
            intake.outcome.fault = fault
            await intake.parse(isFinal: false)
        } catch {
            intake.outcome.fault = .broken
            await intake.parse(isFinal: false)
        }
        intake.release()
        pool.give(back: assembler)
        await tracker.wait(untilAtMost: 0)
        var outcome = intake.outcome
        outcome.failure = tracker.failure
        return outcome
    }
}

/// Takes in one body. Bytes not parsed yet and rows in flight count against the shared budget.
private struct BodyIntake {
    let request: WriteRequest
    let tracker: WriteTracker
    let assembler: PooledAssembler
    var outcome = WriteRequest.Outcome()
    private var receivedBytes = 0
    private var unparsedBytes = 0
    private var accountedBytes = 0
    private var batchCount: UInt32 = 0

    private var door: Doorway { request.door }

    init(request: WriteRequest, tracker: WriteTracker, assembler: PooledAssembler) {
        self.request = request
        self.tracker = tracker
        self.assembler = assembler
    }

    mutating func read(_ body: RequestBody) async throws {
        if request.isGzip { return try await readGzip(body) }
        for try await buffer in body {
            try count(buffer.readableBytes)
            await take(buffer.readableBytes) { $0.append(buffer) }
        }
    }

    private mutating func readGzip(_ body: RequestBody) async throws {
        do {
            var inflater = try Inflater(byteCountMax: door.limits.bodyExpandedBytesMax)
            for try await buffer in body {
                try count(buffer.readableBytes)
                try await inflater.inflate(Array(buffer.readableBytesView)) { bytes in
                    await take(bytes.count) { $0.append(bytes) }
                }
            }
            try inflater.finish()
        } catch let failure as Inflater.Failure {
            switch failure {
            case .tooLarge(let limit): throw WriteRequest.BodyFault.expandsTooFar(limit: limit)
            case .truncated: throw WriteRequest.BodyFault.truncatedGzip
            case .damaged: throw WriteRequest.BodyFault.damagedGzip
            case .notGzip, .outOfMemory: throw WriteRequest.BodyFault.notGzip
            }
        }
    }

    private mutating func count(_ byteCount: Int) throws(WriteRequest.BodyFault) {
        receivedBytes += byteCount
        if receivedBytes > door.limits.bodyBytesMax { throw .tooLarge(limit: door.limits.bodyBytesMax) }
    }

    private mutating func take(_ byteCount: Int, _ append: (inout LineAssembler) -> Void) async {
        append(&assembler.lines)
        door.counters.bytesReceived.add(byteCount)
        unparsedBytes += byteCount
        account()
        // A repetition must be cut into the same batches, however its bytes arrive: then all of them first.
        if unparsedBytes >= IntakeMachine.parseBytes, request.retryName == nil { await parse(isFinal: false) }
    }

    /// Parses what is there, then waits while too much is on its way to the disk: the socket stalls meanwhile.
    mutating func parse(isFinal: Bool) async {
        var results: [(RowBatch, [LineRefusal])] = []
        _ = assembler.lines.parse(isFinal: isFinal, receivedAtNs: door.clock.wallNs()) { results.append(($0, $1)) }
        unparsedBytes = 0
        account()
        for (batch, refusals) in results {
            record(refusals)
            if !batch.isEmpty { handOver(batch) }
        }
        // A body that expands a thousandfold gives nothing to wait for; without a pause it would keep its thread of the
        // shared pool for seconds, and a few of them would leave none for other requests.
        await Task.yield()
        await tracker.wait(untilAtMost: isFinal ? 0 : door.limits.connectionBytesMax / 2)
        var pauses = 0
        while !isFinal, door.budget.isFull, tracker.failure == nil, pauses < Self.budgetPausesMax {
            pauses += 1
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Ten seconds of waiting for the shared budget per parse; then the body is read on slowly: 256 KiB per ten seconds
    /// cannot exhaust memory, and an unfinished body would hold its share for ever.
    private static let budgetPausesMax = 200

    private mutating func record(_ refusals: [LineRefusal]) {
        guard !refusals.isEmpty else { return }
        outcome.refusedCount += refusals.count
        outcome.refused.append(contentsOf: refusals.prefix(WriteRequest.refusalsNamedMax - outcome.refused.count))
        let timeNs = door.clock.wallNs()
        door.refusals.record(refusals.map { Refusal(timeNs: timeNs, peer: request.peer, line: $0) })
    }

    private mutating func handOver(_ parsed: RowBatch) {
        var batch = parsed
        batch.durability = request.durability
        batch.token = request.retryName.map { RetryToken(bytes: $0, part: batchCount) }
        batchCount += 1
        let byteCount = batch.memoryBytes
        let rows = batch.rowCount
        outcome.rowsWritten += rows
        tracker.handedOver(byteCount: byteCount)
        door.budget.adjust(by: byteCount)
        door.sink.append(batch) { [door, tracker] result in
            door.budget.adjust(by: -byteCount)
            switch result {
            case .success(let receipt):
                door.counters.rowsWritten.add(receipt.rows)
                door.counters.valuesWritten.add(receipt.values)
                door.counters.rowsFailed.add(receipt.refusedRows)
            case .failure: door.counters.rowsFailed.add(rows)
            }
            tracker.finished(byteCount: byteCount, rows: rows, result)
        }
    }

    private mutating func account() {
        let held = assembler.lines.bufferedBytes
        door.budget.adjust(by: held - accountedBytes)
        accountedBytes = held
    }

    /// Gives back what an unfinished line held.
    mutating func release() {
        door.budget.adjust(by: -accountedBytes)
        accountedBytes = 0
    }
}
