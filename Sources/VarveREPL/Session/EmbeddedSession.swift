package import Varve
package import VarveQuery

/// Statements answered by a database inside this process. Owned by one thread.
package final class EmbeddedSession: Session {
    package let place: String
    private let database: Database

    /// Opens a directory.
    /// - Parameter createIfMissing: whether a missing database is created: for writing, not for asking.
    package init(directory: String, createIfMissing: Bool) throws(Problem) {
        place = directory
        do {
            database = try Database.open(directory, options: DatabaseOptions(createIfMissing: createIfMissing))
        } catch {
            throw Problem(error)
        }
    }

    /// For tests: a database that is open already.
    package init(database: Database, place: String) {
        self.database = database
        self.place = place
    }

    package func run(_ statement: String, cancellation: CancellationFlag?) throws(Problem) -> QueryResult {
        do { return try database.run(statement, cancellation: cancellation) } catch { throw Problem(error) }
    }

    package func statistics() throws(Problem) -> [Statistic] { Statistic.list(database.statistics) }

    package func close() throws(Problem) {
        do { try database.close() } catch { throw Problem(error) }
    }
}

extension EmbeddedSession {
    package func complete(_ unfinished: String) -> StatementCompletion {
        StatementCompletion(replaceStart: unfinished.utf8.count, texts: [])
    }

    package func write(lines: [UInt8]) throws(Problem) -> WriteOutcome { WriteOutcome() }
}
