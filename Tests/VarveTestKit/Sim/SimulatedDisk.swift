import Glibc
import VarveIO

/// The state of a simulated disk, and the rules by which calls change it. A value: copying it is cheap and freezes it.
package struct SimulatedDisk: Sendable {
    /// By node number.
    var nodes: [Int: SimulatedNode] = [Self.root: SimulatedNode(isDirectory: true)]
    /// Name changes that no directory sync has made durable, oldest first.
    var pendingNames: [NameOperation] = []
    /// Which handle holds a file.
    var lockHolders: [Int: Int] = [:]
    /// By node: the handles that hold it for reading.
    var lockSharers: [Int: Set<Int>] = [:]
    /// Mounted for reading: every change is refused.
    var isReadOnly = false
    /// Counts power cuts: handles of an older generation are closed.
    var generation = 0
    /// Bytes that files can have together; nil for no limit. A file occupies its length.
    var capacityBytes: Int?

    var faults: [Fault] = []
    /// Mutating calls so far.
    var calls: [SimulatedCall] = []
    /// The mutating call at which the power goes, counted from 1.
    var crashCall: Int?
    /// The power is gone: every call fails.
    var isHalted = false
    /// Whether mutating calls leave copies of the disk in ``crashStates``.
    var recordsCrashStates = false
    /// The disk as a power cut in each mutating call would find it, oldest first.
    var crashStates: [SimulatedDisk] = []
    private var nextNumber = 1

    static let root = 0

    /// A number for a new node or handle.
    mutating func newNumber() -> Int {
        defer { nextNumber += 1 }
        return nextNumber
    }
}

// MARK: - Admission: counting, crashing, failing

extension SimulatedDisk {
    /// Runs one call: counts it, and lets it fail or the power go as planned.
    ///
    /// At a power cut a call other than a sync has happened in the cache, so that what survives may hold any part of
    /// it.
    mutating func perform<Value>(
        _ operation: SimulatedOperation, _ path: String, range: Range<Int>? = nil,
        _ body: (inout SimulatedDisk, Fault.Effect?) throws(DiskError) -> Value
    ) throws(DiskError) -> Value {
        if isHalted { throw .simulatedCrash(path: path) }
        // Syncs find nothing to do, as on Linux.
        if isReadOnly, operation.isMutating, !operation.isSync {
            throw DiskError(errno: EROFS, operation: operation.rawValue, path: path)
        }
        if operation.isMutating { calls.append(SimulatedCall(operation: operation, path: path, range: range)) }
        var effect = nextEffect(operation, path)
        if operation.isMutating, calls.count == crashCall { effect = .crash }
        switch effect {
        case .crash:
            isHalted = true
            if !operation.isSync { _ = try body(&self, nil) }
            throw .simulatedCrash(path: path)
        case .error(let code) where operation != .sync:
            throw DiskError(errno: code, operation: operation.rawValue, path: path)
        default:
            guard recordsCrashStates, operation.isMutating else { return try body(&self, effect) }
            if operation.isSync { recordCrashState() }
            defer { if !operation.isSync { recordCrashState() } }
            return try body(&self, effect)
        }
    }

    /// The newest mutating call, for the reader of a failed check.
    package var lastCallDescription: String { calls.last?.description ?? "none" }

    /// Keeps what a power cut would find now. O(files), shares their content.
    private mutating func recordCrashState() {
        var state = self
        state.crashStates = []
        state.recordsCrashStates = false
        state.calls = state.calls.suffix(1)
        crashStates.append(state)
    }

    /// The effect of the first fault whose turn has come.
    private mutating func nextEffect(_ operation: SimulatedOperation, _ path: String) -> Fault.Effect? {
        var effect: Fault.Effect?
        for index in faults.indices where faults[index].matches(operation, path: path) {
            faults[index].call -= 1
            let isDue = faults[index].call == 0 || (faults[index].isPermanent && faults[index].call < 0)
            if isDue { effect = effect ?? faults[index].effect }
        }
        return effect
    }
}

// MARK: - Files

extension SimulatedDisk {
    mutating func write(
        _ bytes: UnsafeRawBufferPointer, at offset: Int, node: Int, path: String, _ effect: Fault.Effect?
    ) throws(DiskError) {
        guard offset >= 0 else { throw .system(operation: "write", path: path, errno: EINVAL) }
        if effect == .lostWrite { return }
        var failure: DiskError?
        var byteCount = bytes.count
        if case .partialWrite(let reached, let code) = effect {
            byteCount = min(byteCount, reached)
            failure = DiskError(errno: code, operation: "write", path: path)
        }
        let room = growthRoom(of: node)
        if offset + byteCount > room {
            byteCount = max(0, room - offset)
            failure = .full(operation: "write", path: path)
        }
        nodes[node]!.file.write(UnsafeRawBufferPointer(rebasing: bytes.prefix(byteCount)), at: offset)
        if let failure { throw failure }
    }

    func read(
        at offset: Int, into buffer: UnsafeMutableRawBufferPointer, node: Int, path: String, _ effect: Fault.Effect?
    ) throws(DiskError) -> Int {
        guard offset >= 0 else { throw .system(operation: "read", path: path, errno: EINVAL) }
        let file = nodes[node]!.file
        switch effect {
        case .misdirectedRead(let distance): return file.current.read(at: offset + distance, into: buffer)
        case .staleRead: return file.durable.read(at: offset, into: buffer)
        default: return file.current.read(at: offset, into: buffer)
        }
    }

    mutating func sync(node: Int, path: String, _ effect: Fault.Effect?) throws(DiskError) {
        if effect == .lyingSync { return }
        guard case .error(let code) = effect else { return nodes[node]!.file.sync() }
        nodes[node]!.file.dropDirty()
        throw DiskError(errno: code, operation: "fdatasync", path: path)
    }

    mutating func preallocate(_ byteCount: Int, node: Int, path: String) throws(DiskError) {
        guard byteCount > nodes[node]!.file.current.byteCount else { return }
        try resize(byteCount, node: node, operation: "fallocate", path: path)
    }

    mutating func resize(_ byteCount: Int, node: Int, operation: String, path: String) throws(DiskError) {
        guard byteCount >= 0 else { throw .system(operation: operation, path: path, errno: EINVAL) }
        guard byteCount <= growthRoom(of: node) else { throw .full(operation: operation, path: path) }
        nodes[node]!.file.resize(to: byteCount)
    }

    /// Bytes that files occupy: those with a name and those still open.
    var usedBytes: Int {
        nodes.values.reduce(0) { sum, node in
            node.linkCount > 0 || node.openCount > 0 ? sum + node.file.current.byteCount : sum
        }
    }

    /// The length to which a file can grow.
    private func growthRoom(of node: Int) -> Int {
        guard let capacityBytes else { return .max }
        let byteCount = nodes[node]!.file.current.byteCount
        return max(byteCount, capacityBytes - usedBytes + byteCount)
    }
}

// MARK: - Power cuts

extension SimulatedDisk {
    /// Cuts the power and starts again: what is left is what `survival` says, every handle is closed, nothing is
    /// locked.
    mutating func crash(survival: Survival) {
        var random = SplitMix64(seed: 0)
        if case .random(let seed) = survival { random = SplitMix64(seed: seed) }
        settleNames(survival, &random)
        // In order of number: the order of a dictionary differs from run to run.
        for number in nodes.keys.sorted() {
            nodes[number]!.openCount = 0
            nodes[number]!.entries = nodes[number]!.durableEntries
            nodes[number]!.file.crash(survival: survival, random: &random)
        }
        lockHolders.removeAll()
        lockSharers.removeAll()
        generation += 1
        crashCall = nil
        isHalted = false
        forgetUnreachable()
        recountLinks()
    }

    private mutating func recountLinks() {
        for number in Array(nodes.keys) { nodes[number]!.linkCount = 0 }
        for node in Array(nodes.values) {
            for target in node.entries.values { nodes[target]?.linkCount += 1 }
        }
    }
}
