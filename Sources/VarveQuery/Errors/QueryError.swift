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

extension QueryError: CustomStringConvertible {
    /// One line, without the place; see ``rendered(in:)``.
    package var description: String {
        switch self {
        case .invalid(let message, _, _): message
        case .limit(let message): message
        case .cancelled: "the query was cancelled"
        case .store(let error): error.description
        }
    }
}
