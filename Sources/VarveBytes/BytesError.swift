/// What can be wrong with a byte sequence. Offsets count from the start of the span that was being read.
public enum BytesError: Error, Equatable, Sendable {
    case truncated(offset: Int, needed: Int, available: Int)
    case overlongVarint(offset: Int)
    case countAboveLimit(offset: Int, count: UInt64, limit: Int)
    case invalidText(offset: Int)

    /// Where reading stopped.
    package var offset: Int {
        switch self {
        case .truncated(let offset, _, _), .overlongVarint(let offset), .countAboveLimit(let offset, _, _),
            .invalidText(let offset):
            offset
        }
    }
}

extension BytesError: CustomStringConvertible {
    /// What is wrong, and where.
    public var description: String {
        switch self {
        case .truncated(let offset, let needed, let available):
            "at byte \(offset): \(needed) bytes needed, \(available) left"
        case .overlongVarint(let offset):
            "at byte \(offset): variable-length integer longer than 64 bits"
        case .countAboveLimit(let offset, let count, let limit):
            "at byte \(offset): count \(count) is above the limit \(limit)"
        case .invalidText(let offset):
            "at byte \(offset): text is not UTF-8"
        }
    }
}
