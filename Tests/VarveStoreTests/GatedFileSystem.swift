import VarveIO
import VarveTestKit

/// A simulated disk on which the creation of segment files waits at a gate, so that a test can do things while a flush
/// is under way. Any thread.
final class GatedFileSystem: FileSystem {
    private struct State {
        var isClosed = false
        var waitingCount = 0
    }

    let disk: SimulatedFileSystem
    private let gate = Monitor(State())

    init(_ disk: SimulatedFileSystem) { self.disk = disk }

    func closeGate() { gate.withLock { $0.isClosed = true } }

    func openGate() {
        gate.withLock { $0.isClosed = false }
        gate.broadcast()
    }

    /// Waits until somebody stands at the gate; false after ten seconds in vain.
    func waitForFlush() -> Bool {
        gate.wait(timeoutNs: 10_000_000_000) { $0.waitingCount > 0 ? true : nil } ?? false
    }

    func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any File {
        if mode == .createNew, path.hasSuffix(".seg") {
            gate.withLock { $0.waitingCount += 1 }
            gate.broadcast()
            _ = gate.wait { $0.isClosed ? nil : true }
            gate.withLock { $0.waitingCount -= 1 }
        }
        return try disk.open(path, mode)
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
