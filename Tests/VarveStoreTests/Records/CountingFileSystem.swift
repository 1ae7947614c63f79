import Synchronization
import VarveIO
import VarveStore
import VarveTestKit

/// A disk that counts the pages of segments that are read from it, by their type. Any thread.
final class CountingFileSystem: FileSystem {
    private let disk: any FileSystem
    private let counts = Mutex<[SegmentPageType: Int]>([:])

    init(_ disk: any FileSystem) { self.disk = disk }

    func reset() { counts.withLock { $0 = [:] } }

    subscript(type: SegmentPageType) -> Int { counts.withLock { $0[type] ?? 0 } }

    fileprivate func note(_ bytes: [UInt8]) {
        // Pages are read whole, and begin with `VPAG` and their type.
        guard bytes.count > 4, bytes.starts(with: Array("VPAG".utf8)), let type = SegmentPageType(rawValue: bytes[4])
        else { return }
        counts.withLock { $0[type, default: 0] += 1 }
    }

    func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any File {
        CountingFile(file: try disk.open(path, mode), owner: self)
    }

    func createDirectory(_ path: String) throws(DiskError) { try disk.createDirectory(path) }
    func rename(_ source: String, to target: String) throws(DiskError) { try disk.rename(source, to: target) }
    func link(_ source: String, to target: String) throws(DiskError) { try disk.link(source, to: target) }
    func remove(_ path: String) throws(DiskError) { try disk.remove(path) }
    func list(_ directory: String) throws(DiskError) -> [String] { try disk.list(directory) }
    func exists(_ path: String) throws(DiskError) -> Bool { try disk.exists(path) }
    func syncDirectory(_ path: String) throws(DiskError) { try disk.syncDirectory(path) }
    func space(at path: String) throws(DiskError) -> DiskSpace { try disk.space(at: path) }
}

private final class CountingFile: File {
    private let file: any File
    private let owner: CountingFileSystem

    init(file: any File, owner: CountingFileSystem) {
        self.file = file
        self.owner = owner
    }

    var path: String { file.path }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int {
        let count = try file.read(at: offset, into: buffer)
        owner.note(Array(buffer.prefix(min(count, 5))))
        return count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) { try file.write(bytes, at: offset) }
    func sync() throws(DiskError) { try file.sync() }
    func byteCount() throws(DiskError) -> Int { try file.byteCount() }
    func permissions() throws(DiskError) -> UInt32 { try file.permissions() }
    func preallocate(_ byteCount: Int) throws(DiskError) { try file.preallocate(byteCount) }
    func reserve(_ byteCount: Int) throws(DiskError) { try file.reserve(byteCount) }
    func truncate(_ byteCount: Int) throws(DiskError) { try file.truncate(byteCount) }
    func lockExclusively() throws(DiskError) { try file.lockExclusively() }
    func lockShared() throws(DiskError) { try file.lockShared() }
    func close() throws(DiskError) { try file.close() }
}
