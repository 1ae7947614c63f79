import CLinux
import Glibc

/// The disk of this machine. Any thread.
package struct LinuxFileSystem: FileSystem {
    package init() {}

    package func createDirectory(_ path: String) throws(DiskError) {
        if mkdir(path, 0o700) == 0 { return }
        switch errno {
        case EEXIST:
            guard try isDirectory(path) else { throw .exists(path: path) }
        case ENOENT:
            guard let parent = Self.parent(of: path) else { throw .notFound(path: path) }
            try createDirectory(parent)
            // Somebody else may have made it in the meantime, which is as good.
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
                throw DiskError(errno: errno, operation: "mkdir", path: path)
            }
        case let code:
            throw DiskError(errno: code, operation: "mkdir", path: path)
        }
    }

    package func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any File {
        LinuxFile(adopting: try descriptor(path, mode.flags), path: path)
    }

    package func rename(_ source: String, to target: String) throws(DiskError) {
        try SystemCall.value("rename", source) { Glibc.rename(source, target) }
    }

    package func link(_ source: String, to target: String) throws(DiskError) {
        if Glibc.link(source, target) == 0 { return }
        let code = errno
        throw DiskError(errno: code, operation: "link", path: code == EEXIST ? target : source)
    }

    package func remove(_ path: String) throws(DiskError) {
        if unlink(path) == 0 { return }
        let code = errno
        guard code == EISDIR else { throw DiskError(errno: code, operation: "unlink", path: path) }
        try SystemCall.value("rmdir", path) { rmdir(path) }
    }

    package func list(_ directory: String) throws(DiskError) -> [String] {
        guard let stream = opendir(directory) else {
            throw DiskError(errno: errno, operation: "opendir", path: directory)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let name = try nextName(in: stream, of: directory) {
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    package func exists(_ path: String) throws(DiskError) -> Bool {
        if access(path, F_OK) == 0 { return true }
        let code = errno
        // A file in the place of a parent directory means, too, that nothing has that name.
        if code == ENOENT || code == ENOTDIR { return false }
        throw DiskError(errno: code, operation: "access", path: path)
    }

    package func syncDirectory(_ path: String) throws(DiskError) {
        let directory = try descriptor(path, O_RDONLY | O_DIRECTORY)
        defer { Glibc.close(directory) }
        try SystemCall.value("fsync", path) { fsync(directory) }
    }

    package func space(at path: String) throws(DiskError) -> DiskSpace {
        var numbers = statvfs()
        try SystemCall.value("statvfs", path) { statvfs(path, &numbers) }
        let blockBytes = Int(numbers.f_frsize)
        return DiskSpace(
            availableBytes: Int(numbers.f_bavail) * blockBytes, totalBytes: Int(numbers.f_blocks) * blockBytes)
    }
}

extension LinuxFileSystem {
    /// Opens a descriptor, close-on-exec.
    private func descriptor(_ path: String, _ flags: Int32) throws(DiskError) -> Int32 {
        while true {
            let descriptor = varve_open(path, flags, 0o600)
            if descriptor >= 0 { return descriptor }
            if descriptor != -EINTR { throw DiskError(errno: -descriptor, operation: "open", path: path) }
        }
    }

    private func isDirectory(_ path: String) throws(DiskError) -> Bool {
        var facts = stat()
        try SystemCall.value("stat", path) { stat(path, &facts) }
        return facts.st_mode & S_IFMT == S_IFDIR
    }

    /// The next name of a directory stream, nil at its end.
    private func nextName(in stream: OpaquePointer, of directory: String) throws(DiskError) -> String? {
        errno = 0
        guard let entry = readdir(stream) else {
            if errno != 0 { throw DiskError(errno: errno, operation: "readdir", path: directory) }
            return nil
        }
        // The kernel's record ends after the name: reach the bytes in place instead of copying the 256 declared ones.
        let name = UnsafeRawPointer(entry) + MemoryLayout<dirent>.offset(of: \.d_name)!
        return String(cString: name.assumingMemoryBound(to: CChar.self))
    }

    /// The directory of a path; nil for a bare name and for the root.
    private static func parent(of path: String) -> String? {
        var rest = path[...]
        while rest.last == "/" { rest.removeLast() }
        guard let slash = rest.lastIndex(of: "/") else { return nil }
        while rest.endIndex > slash || rest.last == "/" { rest.removeLast() }
        return rest.isEmpty ? nil : String(rest)
    }
}

extension OpenMode {
    /// Flags of `open(2)`.
    fileprivate var flags: Int32 {
        switch self {
        case .read: O_RDONLY
        case .readWrite: O_RDWR
        case .createNew: O_RDWR | O_CREAT | O_EXCL
        case .createOrOpen: O_RDWR | O_CREAT
        }
    }
}
