package import VarveIO

/// Something that goes wrong at one call of a simulated disk, or from that call on.
package struct Fault: Sendable {
    package enum Effect: Sendable, Equatable {
        /// The call fails and does nothing. A failed sync, too, forgets what was dirty, as Linux does: it marks the
        /// pages clean, so the next sync succeeds and has saved nothing.
        case error(errno: Int32)
        /// A write that gets this far, then fails.
        case partialWrite(byteCount: Int, errno: Int32)
        /// A write that reports success and never happens: later reads find stale bytes.
        case lostWrite
        /// A sync, of a file or a directory, that reports success and makes nothing durable.
        case lyingSync
        /// A read that returns what lies this many bytes further on.
        case misdirectedRead(distance: Int)
        /// A read that returns the content of the last sync, without what was written since.
        case staleRead
        /// The power goes, as with ``SimulatedFileSystem/crashAfter(call:)``.
        case crash
    }

    /// The kind of call; nil for any mutating one.
    package var operation: SimulatedOperation?
    /// Part of the path; empty for any.
    package var pathContains: String
    /// Which of the matching calls from now on; 1 is the next.
    package var call: Int
    /// Whether all later matching calls fail as well.
    package var isPermanent: Bool
    package var effect: Effect

    package init(
        _ operation: SimulatedOperation? = nil, pathContains: String = "", call: Int = 1, isPermanent: Bool = false,
        _ effect: Effect
    ) {
        precondition(call >= 1, "calls are counted from 1")
        self.operation = operation
        self.pathContains = pathContains
        self.call = call
        self.isPermanent = isPermanent
        self.effect = effect
    }

    /// Whether this fault counts that call.
    func matches(_ other: SimulatedOperation, path: String) -> Bool {
        guard operation.map({ $0 == other }) ?? other.isMutating else { return false }
        return pathContains.isEmpty || path.contains(pathContains)
    }
}

extension DiskError {
    /// What every call reports between a simulated power cut and ``SimulatedFileSystem/crash(survival:)``.
    static func simulatedCrash(path: String) -> DiskError {
        .system(operation: simulatedCrashName, path: path, errno: 5)  // 5 is EIO
    }

    /// Whether this error comes from a simulated power cut.
    package var isSimulatedCrash: Bool {
        guard case .system(let operation, _, _) = self else { return false }
        return operation == Self.simulatedCrashName
    }

    private static let simulatedCrashName = "simulated power cut"
}
