/// Kinds of calls to a simulated disk.
package enum SimulatedOperation: String, Sendable, CaseIterable {
    case createDirectory, create, rename, link, remove, syncDirectory
    case write, sync, preallocate, truncate
    case open, list, exists, space, read, byteCount, lock

    /// Whether the call changes the disk, or what a power cut leaves of it. Only these are counted and crashed after.
    package var isMutating: Bool {
        switch self {
        case .createDirectory, .create, .rename, .link, .remove, .syncDirectory: true
        case .write, .sync, .preallocate, .truncate: true
        case .open, .list, .exists, .space, .read, .byteCount, .lock: false
        }
    }

    /// Whether the call makes earlier ones durable.
    var isSync: Bool { self == .sync || self == .syncDirectory }
}

/// One mutating call, for the reader of a failed test.
package struct SimulatedCall: Sendable, CustomStringConvertible {
    package let operation: SimulatedOperation
    package let path: String
    /// Bytes written, for writes.
    package let range: Range<Int>?

    package var description: String {
        guard let range else { return "\(operation.rawValue) \(path)" }
        return "\(operation.rawValue) \(path) [\(range.lowerBound), \(range.upperBound))"
    }
}
