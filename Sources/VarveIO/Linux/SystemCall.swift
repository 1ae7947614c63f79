import Glibc

/// How this module calls the kernel: one place for interrupted calls and for the meaning of error numbers.
enum SystemCall {
    /// Runs a call that reports failure as a negative value with `errno`, again for as long as a signal interrupts it.
    @discardableResult
    static func value<Value: FixedWidthInteger & SignedInteger>(
        _ operation: String, _ path: String, _ call: () -> Value
    ) throws(DiskError) -> Value {
        while true {
            let value = call()
            if value >= 0 { return value }
            let code = errno
            if code != EINTR { throw DiskError(errno: code, operation: operation, path: path) }
        }
    }

    /// Runs a call that returns 0 or the error number itself, again for as long as a signal interrupts it.
    static func check(_ operation: String, _ path: String, _ call: () -> Int32) throws(DiskError) {
        while true {
            let code = call()
            if code == 0 { return }
            if code != EINTR { throw DiskError(errno: code, operation: operation, path: path) }
        }
    }
}

extension DiskError {
    /// The failure that an error number of an operation on a path stands for.
    package init(errno code: Int32, operation: String, path: String) {
        switch code {
        case ENOENT: self = .notFound(path: path)
        case EEXIST: self = .exists(path: path)
        case ENOSPC, EDQUOT: self = .full(operation: operation, path: path)
        default: self = .system(operation: operation, path: path, errno: code)
        }
    }
}
