import VarveIO
import VarveQuery

/// Queries of tasks, on threads of their own: a query computes and reads the disk for as long as it takes, and the
/// cooperative pool has one thread for each core.
enum DetachedQuery {
    /// Runs `body` on a new thread and suspends the task meanwhile. Cancelling the task raises the flag.
    ///
    /// A thread costs some 20 µs, which no query notices that is worth suspending for.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable (CancellationFlag) throws(QueryError) -> Value
    ) async throws(DatabaseError) -> Value {
        let flag = CancellationFlag()
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<Value, DatabaseError>, Never>) in
                do throws(DiskError) {
                    _ = try DedicatedThread.start(name: "varve-query") {
                        continuation.resume(returning: Self.result(of: body, flag))
                    }
                } catch {
                    continuation.resume(returning: .failure(DatabaseError(error)))
                }
            }
        } onCancel: {
            flag.raise()
        }
        return try outcome.get()
    }

    /// As above, for work that cannot be ended before its time.
    static func wait<Value: Sendable>(
        for body: @escaping @Sendable () throws(DatabaseError) -> Value
    ) async throws(DatabaseError) -> Value {
        let outcome = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Value, DatabaseError>, Never>) in
            do throws(DiskError) {
                _ = try DedicatedThread.start(name: "varve-call") {
                    do throws(DatabaseError) {
                        continuation.resume(returning: .success(try body()))
                    } catch {
                        continuation.resume(returning: .failure(error))
                    }
                }
            } catch {
                continuation.resume(returning: .failure(DatabaseError(error)))
            }
        }
        return try outcome.get()
    }

    private static func result<Value>(
        of body: (CancellationFlag) throws(QueryError) -> Value, _ flag: CancellationFlag
    ) -> Result<Value, DatabaseError> {
        do throws(QueryError) {
            return .success(try body(flag))
        } catch {
            return .failure(DatabaseError(error))
        }
    }
}
