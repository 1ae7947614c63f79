package import Varve
import VarveIO
import VarveLine
package import VarveJSON
import VarveModel
import VarveMonitoring
package import VarveQuery
package import VarveStore

/// Statements answered by a database inside this process. Owned by one thread.
package final class EmbeddedSession: Session {
    package let place: String
    private let database: Database
    /// Keeps what it has learned of series from write to write.
    private var parser: LineParser?
    /// Started by the first operation. Evaluates nothing: a server does, for as long as it runs.
    private var monitoring: Monitoring?

    /// Opens a directory.
    /// - Parameters:
    ///   - createIfMissing: whether a missing database is created: for writing, not for asking.
    ///   - keyFile: keys of an encrypted database.
    package convenience init(
        directory: String, createIfMissing: Bool, keyFile: String? = nil
    ) throws(Problem) {
        do {
            var options = DatabaseOptions(createIfMissing: createIfMissing, keyFile: keyFile)
            options.readsIfUnwritable = !createIfMissing
            self.init(database: try Database.open(directory, options: options), place: directory)
        } catch {
            throw Problem(error)
        }
    }

    /// With a database that is open already.
    package init(database: Database, place: String) {
        self.database = database
        self.place = place
    }

    package func run(_ statement: String, cancellation: CancellationFlag?) throws(Problem) -> QueryResult {
        do {
            if let answer = try answerAboutAlarms(statement, cancellation) { return answer }
            // Its detectors draw its bands; where there are none to be had, a band is learnt for the statement.
            if statement.uppercased().contains("ANOMALY_DETECTION_BAND") { _ = try? runningMonitoring() }
            return try database.run(statement, cancellation: cancellation, acceptsGaps: true)
        } catch let problem as Problem {
            throw problem
        } catch let error as QueryError {
            throw Problem(error)
        } catch {
            throw Problem(.failed, place, "\(error)")
        }
    }

    package func complete(_ unfinished: String) -> StatementCompletion {
        let completion = QueryEngine.complete(
            unfinished, cursor: unfinished.utf8.count, on: database.store.snapshot(), in: .default)
        return StatementCompletion(replaceStart: completion.replaceStart, texts: completion.texts)
    }

    package func statistics() throws(Problem) -> [StoreFigure] {
        let figures = database.store.statistics()
        return StoreFigure.list(figures, damage: figures.damage.map(\.description), findings: figures.health.findings)
    }

    package func cardinality(top: Int) throws(Problem) -> Cardinality { database.store.cardinality(top: top) }

    package func perform(_ operation: String, _ input: JSONValue) throws(Problem) -> JSONValue {
        let monitoring = try runningMonitoring()
        do throws(OperationError) {
            return try monitoring.perform(operation, input)
        } catch {
            let message = error.message.isEmpty ? error.code : error.message
            throw Problem(error.isOurs ? .failed : .wrongInput, operation, message)
        }
    }

    /// nil for statements about anything else, which need not start anything.
    private func answerAboutAlarms(
        _ statement: String, _ cancellation: CancellationFlag?
    ) throws -> QueryResult? {
        let nowNs = database.store.environment.clock.wallNs()
        guard try AlarmStatement.parse(statement, nowNs: nowNs) != nil else { return nil }
        return try runningMonitoring().answer(statement, cancellation: cancellation)
    }

    private func runningMonitoring() throws(Problem) -> Monitoring {
        if let monitoring { return monitoring }
        do {
            let monitoring = try Monitoring(on: database.store, edge: NoDelivery(), evaluates: false)
            try monitoring.start()
            database.useDetectors(of: monitoring)
            self.monitoring = monitoring
            return monitoring
        } catch {
            throw Problem(.failed, place, "\(error)")
        }
    }

    package func close() {
        monitoring?.stop()
        monitoring = nil
        database.close()
    }
}

// MARK: Writing

extension EmbeddedSession {
    package func write(lines: [UInt8]) throws(Problem) -> WriteOutcome {
        let store = database.store
        let receivedAtNs = store.environment.clock.wallNs()
        var parser = takeParser(receivedAtNs: receivedAtNs)
        var outcome = WriteOutcome()
        var offset = 0
        while true {
            var batch = RowBatch()
            var refusals: [LineRefusal] = []
            let progress = parser.parse(
                lines.span.bytes.extracting(offset...), receivedAtNs: receivedAtNs, isFinal: true, into: &batch,
                refusals: &refusals)
            offset += progress.consumedByteCount
            outcome.add(refusals)
            if !batch.isEmpty { try append(batch, &outcome) }
            if progress.stop == .inputUsed { break }
        }
        self.parser = consume parser
        return outcome
    }

    /// - Throws: also when only a part of the rows could be stored, because no more series may be made.
    private func append(_ batch: RowBatch, _ outcome: inout WriteOutcome) throws(Problem) {
        var batch = batch
        batch.isDivisible = true
        var refusal: StoreError?
        do throws(StoreError) {
            let receipt = try database.store.appendAndWait(batch)
            outcome.rowCount += receipt.rows
            refusal = receipt.refusal
        } catch {
            refusal = error
        }
        guard let refusal else { return }
        var problem = Problem(DatabaseError(refusal))
        problem.storedRowCount = outcome.rowCount
        throw problem
    }

    /// The parser of the last write, or a new one that refuses what the store would refuse, line by line.
    private func takeParser(receivedAtNs: Int64) -> LineParser {
        if var known = parser.take() {
            known.beginStream(precision: .nanoseconds)
            return known
        }
        let environment = database.store.environment
        var options = LineOptions()
        options.hashSeed = environment.random.next()
        let accepted = database.store.acceptedTimes()
        options.pastToleranceNs = receivedAtNs - accepted.lowerBound
        options.futureToleranceNs = accepted.upperBound - receivedAtNs
        return LineParser(options: options)
    }
}

extension WriteOutcome {
    fileprivate mutating func add(_ refusals: [LineRefusal]) {
        refusedCount += refusals.count
        let room = Self.refusedListedMax - refused.count
        refused += refusals.prefix(max(0, room)).map {
            RefusedLine(lineNumber: $0.lineNumber, column: $0.column, reason: "\($0.reason)")
        }
    }
}

/// Makes no delivery: what a command stages is sent by the server that opens the directory next.
private struct NoDelivery: DeliveryEdge {
    func attempt(_ attempt: Outbox.Attempt, done: @escaping @Sendable (DeliveryOutcome) -> Void) {
        done(.failed(reason: "no server is running"))
    }
}
