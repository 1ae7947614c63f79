import Glibc

/// What the disk refused: operation, path and reason.
package enum DiskError: Error, Equatable, Sendable {
    case notFound(path: String)
    case exists(path: String)
    case locked(path: String)
    case full(operation: String, path: String)
    case shortRead(path: String, offset: Int, wanted: Int, read: Int)
    case closed(path: String)
    /// Any other failure of a system call.
    case system(operation: String, path: String, errno: Int32)
}

extension DiskError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notFound(let path): "\(path): no such file or directory"
        case .exists(let path): "\(path): exists already"
        case .locked(let path): "\(path): locked by another process"
        case .full(let operation, let path): "\(path): \(operation) failed, the disk is full"
        case .shortRead(let path, let offset, let wanted, let read):
            "\(path): file ends early: \(wanted) bytes wanted at offset \(offset), \(read) found"
        case .closed(let path): "\(path): used after it was closed"
        case .system(let operation, let path, let errno):
            "\(path): \(operation) failed: \(Self.text(errno: errno)) (errno \(errno))\(Self.advice(errno: errno))"
        }
    }
}

extension DiskError {
    /// What helps, for an error that asks for it.
    private static func advice(errno code: Int32) -> String {
        guard code == EMFILE || code == ENFILE else { return "" }
        return "; every segment takes one open file: raise the limit on them (ulimit -n, LimitNOFILE=)"
    }

    /// The system's sentence for an error number.
    package static func text(errno code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }
}
