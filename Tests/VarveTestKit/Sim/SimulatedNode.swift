/// A file or directory of a simulated disk, apart from its names.
struct SimulatedNode: Sendable {
    let isDirectory: Bool
    /// Permission bits; files are made for their owner alone.
    var permissions: UInt32 = 0o600
    /// Content, of a file.
    var file = FileImage()
    /// Names to node numbers, of a directory: as processes see them, and as a power cut leaves them at least.
    var entries: [String: Int] = [:]
    var durableEntries: [String: Int] = [:]
    /// Names that processes see.
    var linkCount = 0
    /// Handles that keep the node when its last name is gone.
    var openCount = 0
}

/// A file's content twice: as processes see it, and as it lies on the medium.
struct FileImage: Sendable {
    enum Change: Sendable {
        case write(offset: Int, bytes: [UInt8])
        case resize(byteCount: Int)
    }

    private(set) var current = SparseBytes()
    private(set) var durable = SparseBytes()
    /// What `current` has over `durable`, in the order it happened.
    private(set) var pending: [Change] = []

    /// Smallest unit that a disk writes entirely or not at all.
    static let sectorBytes = 512

    mutating func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        guard !bytes.isEmpty else { return }
        current.write(bytes, at: offset)
        pending.append(.write(offset: offset, bytes: Array(bytes)))
    }

    mutating func resize(to byteCount: Int) {
        current.resize(to: byteCount)
        pending.append(.resize(byteCount: byteCount))
    }

    mutating func sync() {
        // Applied rather than copied: the two images then never share pages that a later write would have to copy.
        for change in pending { Self.apply(change, to: &durable) }
        pending.removeAll()
    }

    /// Forgets what was to be written, as the kernel does after a failed write-back. Readers still see it in the cache.
    mutating func dropDirty() { pending.removeAll() }

    /// Damages the medium, and the cache if it holds that byte.
    mutating func flipBit(_ bit: Int, ofByteAt offset: Int) {
        if offset < durable.byteCount { durable.flipBit(bit, ofByteAt: offset) }
        current.flipBit(bit, ofByteAt: offset)
    }

    /// Whether the bytes occur, as processes see the file or on the medium.
    func holds(_ bytes: [UInt8]) -> Bool { current.holds(bytes) || durable.holds(bytes) }

    /// Loses power.
    mutating func crash(survival: Survival, random: inout SplitMix64) {
        switch survival {
        case .none: break
        case .all: sync()
        case .names: growDurable()
        case .random: tear(&random)
        }
        pending.removeAll()
        current = durable
    }
}

extension FileImage {
    private static func apply(_ change: Change, to image: inout SparseBytes) {
        switch change {
        case .write(let offset, let bytes): image.write(bytes, at: offset)
        case .resize(let byteCount): image.resize(to: byteCount)
        }
    }

    /// Lengths without content.
    private mutating func growDurable() {
        for change in pending {
            switch change {
            case .write(let offset, let bytes): durable.resize(to: max(durable.byteCount, offset + bytes.count))
            case .resize(let byteCount): durable.resize(to: byteCount)
            }
        }
    }

    /// Lets any part of the pending changes reach the medium.
    private mutating func tear(_ random: inout SplitMix64) {
        guard !pending.isEmpty else { return }
        var torn = TornImage(durable)
        for change in pending { torn.add(change, &random) }
        durable = torn.finished()
    }
}

/// A file on its way through a power cut.
private struct TornImage {
    private var image: SparseBytes
    private var byteCount: Int
    /// Pieces of lost writes by sector: when a later write of the same sector survives, the disk wrote the sector from
    /// the cache, and the earlier pieces are in it.
    private var held: [Int: [(offset: Int, bytes: ArraySlice<UInt8>)]] = [:]

    init(_ image: SparseBytes) {
        self.image = image
        byteCount = image.byteCount
    }

    mutating func add(_ change: FileImage.Change, _ random: inout SplitMix64) {
        switch change {
        case .write(let offset, let bytes): add(bytes, at: offset, &random)
        case .resize(let newByteCount):
            held = held.filter { $0.key * FileImage.sectorBytes < newByteCount }
            if Bool.random(using: &random) {
                if newByteCount < image.byteCount { image.resize(to: newByteCount) }
                byteCount = newByteCount
            }
        }
    }

    func finished() -> SparseBytes {
        var result = image
        result.resize(to: byteCount)
        return result
    }

    private mutating func add(_ bytes: [UInt8], at offset: Int, _ random: inout SplitMix64) {
        // A quarter of the writes is lost, a quarter survives, half is torn: with a coin per sector alone, long writes
        // would practically never be whole.
        let fate = Int.random(in: 0..<4, using: &random)
        var start = offset
        while start < offset + bytes.count {
            let sector = start / FileImage.sectorBytes
            let end = min((sector + 1) * FileImage.sectorBytes, offset + bytes.count)
            held[sector, default: []].append((start, bytes[(start - offset)..<(end - offset)]))
            let survives = fate == 1 || (fate >= 2 && Bool.random(using: &random))
            if survives { release(sector) }
            start = end
        }
        let end = offset + bytes.count
        if end > byteCount, fate == 1 || Bool.random(using: &random) { byteCount = end }
    }

    private mutating func release(_ sector: Int) {
        for piece in held.removeValue(forKey: sector) ?? [] { image.write(piece.bytes, at: piece.offset) }
    }
}
