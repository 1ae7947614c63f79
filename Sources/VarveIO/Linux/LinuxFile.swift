import CLinux
import Glibc
import Synchronization

/// An open file of this machine. Thread rule as for ``File``: reads and ``close()`` from any thread at any time, writes
/// and syncs from one thread at a time. The descriptor is closed when the last call that uses it has returned, so a
/// number that the kernel hands out again can never be hit by a late read.
final class LinuxFile: File {
    let path: String
    private let descriptor: Int32
    /// Twice the calls under way, plus one once closed.
    private let usage = Atomic<Int>(0)

    init(adopting descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        if usage.load(ordering: .acquiring) == 0 { Glibc.close(descriptor) }
    }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int {
        let descriptor = try acquire()
        defer { release() }
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = try SystemCall.value("read", path) {
                pread(descriptor, rest.baseAddress, rest.count, offset + done)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
        let descriptor = try acquire()
        defer { release() }
        try writeAll(bytes, at: offset, to: descriptor)
    }

    func sync() throws(DiskError) {
        let descriptor = try acquire()
        defer { release() }
        try SystemCall.value("fdatasync", path) { fdatasync(descriptor) }
    }

    func byteCount() throws(DiskError) -> Int {
        let descriptor = try acquire()
        defer { release() }
        var facts = stat()
        try SystemCall.value("fstat", path) { fstat(descriptor, &facts) }
        return Int(facts.st_size)
    }

    func permissions() throws(DiskError) -> UInt32 {
        let descriptor = try acquire()
        defer { release() }
        var facts = stat()
        try SystemCall.value("fstat", path) { fstat(descriptor, &facts) }
        return facts.st_mode & 0o7777
    }

    func preallocate(_ byteCount: Int) throws(DiskError) {
        let oldByteCount = try self.byteCount()
        let descriptor = try acquire()
        defer { release() }
        try reserve(byteCount, in: descriptor)
        try zeroFill(oldByteCount, byteCount, in: descriptor)
    }

    func reserve(_ byteCount: Int) throws(DiskError) {
        let descriptor = try acquire()
        defer { release() }
        try SystemCall.check("fallocate", path) { varve_reserve(descriptor, Int64(byteCount)) }
    }

    func truncate(_ byteCount: Int) throws(DiskError) {
        let descriptor = try acquire()
        defer { release() }
        try SystemCall.value("ftruncate", path) { ftruncate(descriptor, byteCount) }
    }

    func lockExclusively() throws(DiskError) { try lock(exclusive: 1) }

    func lockShared() throws(DiskError) { try lock(exclusive: 0) }

    private func lock(exclusive: Int32) throws(DiskError) {
        let descriptor = try acquire()
        defer { release() }
        let code = varve_lock_file(descriptor, exclusive)
        if code == EAGAIN || code == EACCES { throw .locked(path: path) }
        if code != 0 { throw DiskError(errno: code, operation: "lock", path: path) }
    }

    func close() throws(DiskError) {
        let before = usage.bitwiseOr(1, ordering: .acquiringAndReleasing).oldValue
        guard before == 0 else { return }
        // Never repeated: Linux has given the descriptor up even when it reports an error or an interruption.
        if Glibc.close(descriptor) != 0 && errno != EINTR {
            throw DiskError(errno: errno, operation: "close", path: path)
        }
    }
}

extension LinuxFile {
    /// The descriptor, protected from closing until ``release()``.
    private func acquire() throws(DiskError) -> Int32 {
        var seen = usage.load(ordering: .relaxed)
        while seen & 1 == 0 {
            let attempt = usage.weakCompareExchange(
                expected: seen, desired: seen + 2, ordering: .acquiringAndReleasing)
            if attempt.exchanged { return descriptor }
            seen = attempt.original
        }
        throw .closed(path: path)
    }

    /// Ends a use; the last one after ``close()`` closes the descriptor.
    private func release() {
        if usage.subtract(2, ordering: .acquiringAndReleasing).newValue == 1 { Glibc.close(descriptor) }
    }

    private func writeAll(_ bytes: UnsafeRawBufferPointer, at offset: Int, to descriptor: Int32) throws(DiskError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            done += try SystemCall.value("write", path) {
                pwrite(descriptor, rest.baseAddress, rest.count, offset + done)
            }
        }
    }

    /// Asks for contiguous blocks; file systems that cannot do that get them from ``zeroFill(_:_:in:)``.
    private func reserve(_ byteCount: Int, in descriptor: Int32) throws(DiskError) {
        guard byteCount > 0 else { return }
        try SystemCall.check("fallocate", path) {
            let code = varve_reserve(descriptor, Int64(byteCount))
            return code == EOPNOTSUPP || code == ENOSYS ? 0 : code
        }
    }

    /// Writes real zeros: reserved but never written blocks would cost a journal commit at the first sync of each.
    /// Measured on ext4 with 4 KiB writes: fdatasync takes 0.10 ms on zero-filled space, 0.15 ms on reserved or no
    /// space.
    private func zeroFill(_ start: Int, _ end: Int, in descriptor: Int32) throws(DiskError) {
        guard start < end else { return }
        let zeros = [UInt8](repeating: 0, count: min(end - start, Self.zeroFillBytes))
        for offset in stride(from: start, to: end, by: zeros.count) {
            try zeros.withUnsafeBytesThrowing { buffer throws(DiskError) in
                let part = UnsafeRawBufferPointer(rebasing: buffer.prefix(end - offset))
                try self.writeAll(part, at: offset, to: descriptor)
            }
        }
    }

    /// Bytes per write of zeros: large enough that a 64 MiB log costs 64 calls.
    private static let zeroFillBytes = 1 << 20
}
