import Glibc
import VarveIO

/// How an opening holds its directory. Docs/Format/directory.md, "LOCK".
struct StoreAccess: Sendable {
    /// Nil only without ``mayWrite``, when there is no lock file.
    let lock: (any File)?
    /// False for a copy that this process may only read: then nothing in it is changed, synced or removed.
    let mayWrite: Bool

    /// - Throws: `.locked`, and what keeps the directory from being read.
    static func reading(_ layout: StoreLayout, fileSystem: any FileSystem) throws(DiskError) -> StoreAccess {
        StoreAccess(lock: try StoreLock.share(layout, fileSystem: fileSystem), mayWrite: false)
    }
}

extension DiskError {
    /// Whether the system lets this process change nothing there: permissions, or a file system mounted for reading.
    var refusesWriting: Bool {
        guard case .system(_, _, let code) = self else { return false }
        return code == EROFS || code == EACCES || code == EPERM
    }
}

/// The lock file: the lock on it counts, its content tells people who holds it. Docs/Format/directory.md.
enum StoreLock {
    /// Opens and locks the file for writing in the directory.
    /// - Throws: `.locked` when another process has it.
    static func take(_ layout: StoreLayout, fileSystem: any FileSystem) throws(DiskError) -> any File {
        let lock = try fileSystem.open(layout.lockFile, .createOrOpen)
        try lock.lockExclusively()
        return lock
    }

    /// Locks the file for reading a directory in which this process may not write; nil when there is none, and nobody
    /// can keep anybody out.
    /// - Throws: `.locked` when a process that writes has it.
    static func share(_ layout: StoreLayout, fileSystem: any FileSystem) throws(DiskError) -> (any File)? {
        do throws(DiskError) {
            let lock = try fileSystem.open(layout.lockFile, .read)
            try lock.lockShared()
            return lock
        } catch {
            guard case .notFound = error else { throw error }
            return nil
        }
    }

    /// The error for a directory whose lock somebody else holds, naming the process if the file does.
    static func inUse(_ layout: StoreLayout, fileSystem: any FileSystem) -> StoreError {
        .inUse(directory: layout.root, processID: try? processID(layout, fileSystem))
    }

    private static func processID(_ layout: StoreLayout, _ fileSystem: any FileSystem) throws(DiskError) -> Int? {
        let file = try fileSystem.open(layout.lockFile, .read)
        let bytes = try file.read(at: 0, count: min(try file.byteCount(), 64))
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        let digits = line.dropFirst(4)
        guard line.starts(with: "pid ".utf8), digits.count <= 10 else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }
}

extension StoreEngine {
    /// Writes into the lock file who holds it.
    func describeHolder() {
        let text = Array("pid \(getpid())\nstore \(store)\n".utf8)
        do throws(DiskError) {
            try access.lock?.truncate(0)
            try access.lock?.write(text, at: 0)
        } catch {
            // For people only: a disk that is full must not keep a store from being opened.
        }
    }
}
