import Glibc

/// A file, or standard input for `-`, read from front to back. Closed with the last reference. Owned by one thread.
package final class InputFile {
    /// For messages.
    package let name: String
    /// Bytes of the file; nil for pipes and devices.
    package let byteCount: Int?
    private let descriptor: Int32

    /// 4 MiB: one WAL group or HTTP request of tens of thousands of rows, so that the sync of the disk is paid rarely.
    private static let readBytes = 4 << 20

    package init(path: String) throws(Problem) {
        name = path == "-" ? "standard input" : path
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Problem(.wrongInput, path, String(cString: strerror(errno)), advice: "check the path")
        }
        var status = stat()
        let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        byteCount = isFile ? Int(status.st_size) : nil
    }

    deinit {
        if descriptor != STDIN_FILENO { close(descriptor) }
    }

    /// The next bytes, up to 4 MiB; empty at the end. From a pipe, what is there now.
    package func read() throws(Problem) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.readBytes) { buffer, count in
            while true {
                let read = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                if read < 0, errno == EINTR { continue }
                failure = read < 0 ? errno : 0
                count = max(0, read)
                return
            }
        }
        guard failure == 0 else {
            throw Problem(
                .failed, name, "reading failed: \(String(cString: strerror(failure)))", advice: "check the disk")
        }
        return bytes
    }
}
