import Glibc
import Synchronization
import VarveIO

/// An open file of a ``SimulatedFileSystem``. Any thread.
final class SimulatedFile: File {
    let path: String
    private let isWritable: Bool
    private let node: Int
    private let handle: Int
    private let generation: Int
    private let fileSystem: SimulatedFileSystem
    private let isClosed = Atomic<Bool>(false)

    init(
        path: String, isWritable: Bool, node: Int, handle: Int, generation: Int, fileSystem: SimulatedFileSystem
    ) {
        self.path = path
        self.isWritable = isWritable
        self.node = node
        self.handle = handle
        self.generation = generation
        self.fileSystem = fileSystem
    }

    deinit { leave() }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int {
        try perform(.read) { disk, effect throws(DiskError) in
            try disk.read(at: offset, into: buffer, node: self.node, path: self.path, effect)
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
        let range = offset..<(offset + bytes.count)
        try perform(.write, range: range) { disk, effect throws(DiskError) in
            try self.checkWritable("write")
            try disk.write(bytes, at: offset, node: self.node, path: self.path, effect)
        }
    }

    func sync() throws(DiskError) {
        try perform(.sync) { disk, effect throws(DiskError) in
            try disk.sync(node: self.node, path: self.path, effect)
        }
    }

    func byteCount() throws(DiskError) -> Int {
        try perform(.byteCount) { disk, _ in disk.nodes[self.node]!.file.current.byteCount }
    }

    func permissions() throws(DiskError) -> UInt32 {
        try perform(.byteCount) { disk, _ in disk.nodes[self.node]!.permissions }
    }

    func preallocate(_ byteCount: Int) throws(DiskError) {
        try perform(.preallocate) { disk, _ throws(DiskError) in
            try self.checkWritable("fallocate")
            try disk.preallocate(byteCount, node: self.node, path: self.path)
        }
    }

    func reserve(_ byteCount: Int) throws(DiskError) { try preallocate(byteCount) }

    func truncate(_ byteCount: Int) throws(DiskError) {
        try perform(.truncate) { disk, _ throws(DiskError) in
            try self.checkWritable("ftruncate")
            try disk.resize(byteCount, node: self.node, operation: "ftruncate", path: self.path)
        }
    }

    func lockExclusively() throws(DiskError) {
        try perform(.lock) { disk, _ throws(DiskError) in
            try self.checkWritable("lock")
            let holder = disk.lockHolders[self.node] ?? self.handle
            let sharers = disk.lockSharers[self.node] ?? []
            guard holder == self.handle, sharers.subtracting([self.handle]).isEmpty else {
                throw .locked(path: self.path)
            }
            disk.lockHolders[self.node] = self.handle
        }
    }

    func lockShared() throws(DiskError) {
        try perform(.lock) { disk, _ throws(DiskError) in
            guard disk.lockHolders[self.node] ?? self.handle == self.handle else { throw .locked(path: self.path) }
            disk.lockSharers[self.node, default: []].insert(self.handle)
        }
    }

    func close() throws(DiskError) { leave() }
}

extension SimulatedFile {
    private func perform<Value: Sendable>(
        _ operation: SimulatedOperation, range: Range<Int>? = nil,
        _ body: (inout SimulatedDisk, Fault.Effect?) throws(DiskError) -> Value
    ) throws(DiskError) -> Value {
        guard !isClosed.load(ordering: .acquiring) else { throw .closed(path: path) }
        return try fileSystem.access { disk throws(DiskError) in
            guard disk.generation == self.generation else { throw .closed(path: self.path) }
            return try disk.perform(operation, self.path, range: range, body)
        }
    }

    private func checkWritable(_ operation: String) throws(DiskError) {
        if !isWritable { throw .system(operation: operation, path: path, errno: EBADF) }
    }

    /// Gives up the node and the lock, once, unless a power cut has done so.
    private func leave() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        try? fileSystem.access { disk in
            guard disk.generation == self.generation else { return }
            disk.nodes[self.node]?.openCount -= 1
            if disk.lockHolders[self.node] == self.handle { disk.lockHolders[self.node] = nil }
            disk.lockSharers[self.node]?.remove(self.handle)
        }
    }
}
