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

        var isTooLarge: Bool {
            switch self {
            case .tooLarge, .expandsTooFar: true
            default: false
            }
        }
    }

    /// Refusals that the answer spells out.
    static let refusalsNamedMax = 20

    /// Reads the body to its end and waits until every good line is durable.
    ///
    /// With a retry name only whole pieces (``PieceCutter``) of a body that is at fault are stored: the rest of such a
    /// body is not the rest of the body that a repetition brings.
    func run(_ body: RequestBody) async -> Outcome {
        let tracker = WriteTracker()
        let assembler = pool.take(precision: precision)
        var intake = BodyIntake(request: self, tracker: tracker, assembler: assembler)
        do {
            try await intake.read(body)
            await intake.parse(isFinal: true, endsPiece: true)
        } catch {
            intake.outcome.fault = error as? BodyFault ?? .broken
            if retryName == nil { await intake.parse(isFinal: false, endsPiece: true) }
        }
        intake.release()
        pool.give(back: assembler)
        await tracker.wait(untilAtMost: 0)
        var outcome = intake.outcome
        outcome.failure = tracker.failure
        return outcome
    }
}

extension WriteRequest.BodyFault: CustomStringConvertible {
    var description: String {
        switch self {
        case .tooLarge(let limit): "the body has more than \(limit) bytes"
        case .expandsTooFar(let limit): "the body expands to more than \(limit) bytes"
        case .notGzip: "the body is not gzip"
        case .damagedGzip: "the gzip body is damaged"
        case .truncatedGzip: "the gzip body is cut short"
        case .broken: "the body is cut short"
        }
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
    /// Only with a retry name.
    private var piece: Piece?

    /// What becomes one batch under a retry token.
    private struct Piece {
        var cutter = PieceCutter()
        var number: UInt32 = 0
        /// Of the text, because rows without a time get another one in each attempt.
        var hash: ContentHash
        /// Parsed so far.
        var rows = RowBatch()

        /// - Parameter precision: the same text is another write with another one.
        init(precision: LinePrecision) { hash = Self.hash(precision) }

        static func hash(_ precision: LinePrecision) -> ContentHash {
            var hash = ContentHash()
            hash.add(UInt64(bitPattern: precision.rawValue))
            return hash
        }

        mutating func add(_ text: ArraySlice<UInt8>) { text.withUnsafeBytes { hash.add($0) } }

        mutating func begin(_ precision: LinePrecision) {
            number += 1
            hash = Self.hash(precision)
        }
    }

    private var door: Doorway { request.door }

    init(request: WriteRequest, tracker: WriteTracker, assembler: PooledAssembler) {
        self.request = request
        self.tracker = tracker
        self.assembler = assembler
        piece = request.retryName.map { _ in Piece(precision: request.precision) }
    }

    mutating func read(_ body: RequestBody) async throws {
        if request.isGzip { return try await readGzip(body) }
        for try await buffer in body {
            try count(buffer.readableBytes)
            await take(Array(buffer.readableBytesView)[...])
        }
    }

    private mutating func readGzip(_ body: RequestBody) async throws {
        do {
            var inflater = try Inflater(byteCountMax: door.limits.bodyExpandedBytesMax)
            for try await buffer in body {
                try count(buffer.readableBytes)
                try await inflater.inflate(Array(buffer.readableBytesView)) { await take($0) }
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

    private mutating func take(_ bytes: ArraySlice<UInt8>) async {
        door.counters.bytesReceived.add(bytes.count)
        var rest = bytes
        while !rest.isEmpty {
            let (byteCount, endsPiece) = piece?.cutter.take(rest) ?? (rest.count, false)
            let taken = rest.prefix(byteCount)
            piece?.add(taken)
            assembler.lines.append(taken)
            unparsedBytes += byteCount
            account()
            if endsPiece || unparsedBytes >= IntakeMachine.parseBytes {
                await parse(isFinal: false, endsPiece: endsPiece)
            }
            rest = rest.dropFirst(byteCount)
        }
    }

    /// Parses what is there, then waits while too much is on its way to the disk: the socket stalls meanwhile. What is
    /// refused is recorded and what is full is handed over as it comes: a body may be nothing but refused lines.
    mutating func parse(isFinal: Bool, endsPiece: Bool) async {
        // Locals: the parser fills the rows while refusals change this value.
        let precision = request.precision
        var rows = piece?.rows ?? RowBatch()
        piece?.rows = RowBatch()
        _ = assembler.lines.parse(isFinal: isFinal, receivedAtNs: door.clock.wallNs(), into: &rows) { batch, refusals in
            record(refusals)
            if !batch.isEmpty { handOver(batch) }
        }
        if piece == nil || endsPiece {
            if !rows.isEmpty { handOver(rows) }
            piece?.begin(precision)
        } else {
            piece?.rows = rows
        }
        unparsedBytes = 0
        account()
        await pause(isFinal: isFinal)
    }

    private func pause(isFinal: Bool) async {
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
        if let piece, let name = request.retryName {
            batch.token = RetryToken(bytes: name, part: piece.number)
            batch.contentHash = piece.hash.value
        }
        let byteCount = batch.memoryBytes
        let rows = batch.rowCount
        outcome.rowsWritten += rows
        tracker.handedOver(byteCount: byteCount)
        door.budget.adjust(by: byteCount)
        door.sink.append(batch) { [door, tracker, batch, peer = request.peer] result in
            door.budget.adjust(by: -byteCount)
            door.count(result, of: batch, from: peer)
            tracker.finished(byteCount: byteCount, rows: rows, result)
        }
    }

    private mutating func account() {
        let held = assembler.lines.bufferedBytes + (piece?.rows.memoryBytes ?? 0)
        door.budget.adjust(by: held - accountedBytes)
        accountedBytes = held
    }

    /// Gives back what an unfinished line held.
    mutating func release() {
        door.budget.adjust(by: -accountedBytes)
        accountedBytes = 0
    }
}
