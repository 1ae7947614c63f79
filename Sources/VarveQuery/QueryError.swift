package import VarveStore

/// Why a statement has no answer.
package enum QueryError: Error, Equatable, Sendable {
    /// The text is wrong at a place; `offset` and `byteCount` count UTF-8 bytes of the statement.
    case invalid(message: String, offset: Int, byteCount: Int)
    /// A limit was exceeded; the message names it.
    case limit(message: String)
    case cancelled
    case store(StoreError)
}
