/// The only door to the disk. Everything that is stored goes through a value of this type, so that tests can run the
/// same code on a simulated disk that crashes, tears writes and fills up.
///
/// Paths are absolute or relative to the working directory, `/`-separated. Any thread may call any method.
/// Durability follows POSIX: file content is durable after ``File/sync()``, a created, renamed or removed *name* only
/// after ``syncDirectory(_:)`` on its directory.
package protocol FileSystem: Sendable {
    /// Creates a directory and its missing parents, with permissions 0700. No error when it exists.
    /// - Throws: `.exists` when the name belongs to a file.
    func createDirectory(_ path: String) throws(DiskError)
    /// Opens a file.
    /// - Throws: `.notFound` for `.read` and `.readWrite`, `.exists` for `.createNew`.
    func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any File
    /// Moves a name over another one, atomically replacing the target.
    /// - Throws: `.notFound` when the source, or the directory of the target, is missing.
    func rename(_ source: String, to target: String) throws(DiskError)
    /// Gives a file a second name.
    /// - Throws: `.exists` when the target exists: the way to install something at most once.
    func link(_ source: String, to target: String) throws(DiskError)
    /// Removes a file's name, or an empty directory. Files that are still open stay readable through their handles.
    /// - Throws: `.notFound`.
    func remove(_ path: String) throws(DiskError)
    /// Names in a directory, without `.` and `..`, sorted by bytes.
    /// - Throws: `.notFound`.
    func list(_ directory: String) throws(DiskError) -> [String]
    /// Whether a file or directory has that name.
    func exists(_ path: String) throws(DiskError) -> Bool
    /// Makes names created, renamed or removed in a directory durable.
    func syncDirectory(_ path: String) throws(DiskError)
    /// Bytes that an unprivileged process can still write, and the size of the file system.
    func space(at path: String) throws(DiskError) -> DiskSpace
}

/// What to expect of a name when opening it, and whether to write.
package enum OpenMode: Sendable, Equatable {
    /// Must exist; writes are refused.
    case read
    /// Must exist.
    case readWrite
    /// Must not exist; created with permissions 0600.
    case createNew
    /// Opened when it exists, else created with permissions 0600.
    case createOrOpen
}

/// Room on the file system that holds a path.
package struct DiskSpace: Sendable, Equatable {
    /// What an unprivileged process can still write.
    package var availableBytes: Int
    package var totalBytes: Int

    package init(availableBytes: Int, totalBytes: Int) {
        self.availableBytes = availableBytes
        self.totalBytes = totalBytes
    }
}

/// An open file. Closed by ``close()`` or, at the latest, when the last reference goes away.
///
/// Any thread may read; writes and syncs of one file come from one thread at a time.
package protocol File: AnyObject, Sendable {
    var path: String { get }
    /// Reads up to `buffer.count` bytes at `offset`; fewer only at the end of the file.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int
    /// Writes all bytes at `offset`, growing the file as needed. A failure may leave any part of them written.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError)
    /// `fdatasync`: on return the content, and the size needed to read it, survive a power cut. After a failure the
    /// file must be abandoned: the kernel has forgotten which pages were dirty.
    func sync() throws(DiskError)
    func byteCount() throws(DiskError) -> Int
    /// Permission bits, as `chmod` counts them: 0o600 is readable and writable by the owner alone.
    func permissions() throws(DiskError) -> UInt32
    /// Reserves space for the first `byteCount` bytes and extends the file with zeros to that length.
    func preallocate(_ byteCount: Int) throws(DiskError)
    /// Reserves space for the first `byteCount` bytes and extends the file to that length, without writing anything.
    /// - Throws: `.system` with EOPNOTSUPP on file systems that cannot.
    func reserve(_ byteCount: Int) throws(DiskError)
    func truncate(_ byteCount: Int) throws(DiskError)
    /// Takes the whole file for this process until it is closed.
    /// - Throws: `.locked` when another open file holds it.
    func lockExclusively() throws(DiskError)
    /// Keeps others from taking the whole file, for as long as it is open here; many may do that at a time, also with
    /// the file opened for reading.
    /// - Throws: `.locked` when another open file holds it exclusively.
    func lockShared() throws(DiskError)
    /// Closes now. Later calls on this file throw; closing twice does nothing.
    func close() throws(DiskError)
}

extension File {
    /// Reads exactly `count` bytes at `offset`.
    /// - Throws: `.shortRead` when the file ends before.
    package func read(at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = try bytes.withUnsafeMutableBytesThrowing { buffer throws(DiskError) in
            try self.read(at: offset, into: buffer)
        }
        guard read == count else { throw .shortRead(path: path, offset: offset, wanted: count, read: read) }
        return bytes
    }

    package func write(_ bytes: [UInt8], at offset: Int) throws(DiskError) {
        try bytes.withUnsafeBytesThrowing { buffer throws(DiskError) in try self.write(buffer, at: offset) }
    }
}

extension Array where Element == UInt8 {
    /// `withUnsafeBytes` with a typed throw.
    @inlinable
    package func withUnsafeBytesThrowing<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let span = self.span.bytes
        return try span.withUnsafeBytes(body)
    }

    /// `withUnsafeMutableBytes` with a typed throw.
    @inlinable
    package mutating func withUnsafeMutableBytesThrowing<Result, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var span = self.mutableSpan
        var bytes = span.mutableBytes
        return try bytes.withUnsafeMutableBytes(body)
    }
}
