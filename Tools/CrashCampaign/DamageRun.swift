import VarveIO
import VarveStore
import VarveTestKit

/// Flipped bits and wrong reads on the disk of a store that was closed. One thread.
struct DamageRun {
    /// The disk, with everything on the medium.
    private let state: SimulatedDisk
    /// What the store holds, sorted.
    private let rows: [Row]
    private let nowNs: Int64
    private let options: StoreOptions
    private let seed: UInt64
    private let map: FileMap

    init(state: SimulatedDisk, rows: [Row], nowNs: Int64, options: StoreOptions, seed: UInt64) throws {
        self.state = state
        self.rows = rows
        self.nowNs = nowNs
        self.options = options
        self.seed = seed
        let fileSystem = SimulatedFileSystem()
        fileSystem.restore(state)
        map = try FileMap(fileSystem, options)
    }

    /// What a reader makes of a damaged disk.
    private enum Outcome {
        case refused(String)
        case rows([Row], hasDamage: Bool)
    }

    private func read(_ fileSystem: SimulatedFileSystem) -> Outcome {
        do {
            let check = PointCheck(least: [], most: [], nowNs: nowNs, options: options, seed: seed)
            var engine = try check.open(fileSystem, seed: seed)
            defer { engine.close() }
            let found = try Rows.read(engine.snapshot())
            return .rows(found, hasDamage: !engine.damage.isEmpty || engine.readOnlyReason != nil)
        } catch {
            return .refused("\(error)")
        }
    }

    // MARK: Flipped bits

    /// Flips one bit: it is found by the verification, which names the file, or harms nobody, for a reason that is
    /// counted.
    func flip(_ path: String, offset: Int, bit: Int, _ tally: inout Tally) throws {
        let fileSystem = SimulatedFileSystem()
        fileSystem.restore(state)
        try fileSystem.flipBit(path, offset: offset, bit: bit)
        tally.flips += 1
        let place = "bit \(bit) of byte \(offset) of \(path) flipped"
        let isNamed = try isNamed(path, fileSystem, place: place)
        let outcome = read(fileSystem)
        if isNamed {
            // Whoever opens the store without verifying it first must not get other rows without a word.
            if case .rows(let found, hasDamage: false) = outcome, found != rows {
                throw Finding(place, "other rows without a word")
            }
            return
        }
        guard let reason = map.reason(path, offset: offset) else {
            throw Finding(place, "verify does not name the file")
        }
        tally.harmless[reason, default: 0] += 1
        switch outcome {
        case .refused(let error): throw Finding(place, "verify is content, but the store does not open: \(error)")
        case .rows(let found, _):
            if found == rows { return }
            guard reason == FileMap.lastGroup, Rows.isContained(found, in: rows) else {
                throw Finding(place, "other rows, and verify is content (\(reason))")
            }
        }
    }

    private func isNamed(_ path: String, _ fileSystem: SimulatedFileSystem, place: String) throws -> Bool {
        do throws(StoreError) {
            let report = try StoreVerifier.verify(
                directory: EpisodeRun.directory, fileSystem: fileSystem, keyProvider: options.keyProvider)
            if report.problems.contains(where: { $0.path == path }) { return true }
            if report.problems.isEmpty { return false }
            throw StoreError.corrupt(report.problems[0])
        } catch {
            if case .corrupt(let place) = error, place.path == path { return true }
            throw Finding(place, "verify names something else: \(error)")
        }
    }

    /// Random bits of every file, most of them where the files hold something.
    func flipSome(countPerFile: Int, _ random: inout SplitMix64, _ tally: inout Tally) throws {
        for path in map.files.keys.sorted() {
            let byteCount = map.files[path]!
            guard byteCount > 0 else { continue }
            for _ in 0..<countPerFile {
                let reach = Bool.random(using: &random) ? min(byteCount, 256) : byteCount
                let offset = Int.random(in: 0..<reach, using: &random)
                try flip(path, offset: offset, bit: Int(random.next() % 8), &tally)
            }
        }
    }

    /// Every bit of every file.
    func flipAll(_ tally: inout Tally) throws {
        for path in map.files.keys.sorted() {
            for offset in 0..<map.files[path]! {
                for bit in 0..<8 { try flip(path, offset: offset, bit: bit, &tally) }
            }
        }
    }

    // MARK: Wrong reads

    /// One read returns the bytes of another place: the store refuses, says that it is damaged, or is not affected.
    func misdirectSome(count: Int, _ random: inout SplitMix64, _ tally: inout Tally) throws {
        for _ in 0..<count {
            let fileSystem = SimulatedFileSystem()
            fileSystem.restore(state)
            let call = Int.random(in: 1...24, using: &random)
            let distance = [8, 64, 512, 4_096, 8_192].randomElement(using: &random)!
            fileSystem.inject(Fault(.read, call: call, .misdirectedRead(distance: distance)))
            tally.wrongReads += 1
            let place = "read \(call) misdirected by \(distance) bytes"
            try checkWrongRead(fileSystem, place: place)
            // And nothing on the disk has become worse.
            fileSystem.clearFaults()
            guard case .rows(let found, hasDamage: false) = read(fileSystem), found == rows else {
                throw Finding(place, "the next opening does not find what was there before")
            }
        }
    }

    private func checkWrongRead(_ fileSystem: SimulatedFileSystem, place: String) throws {
        guard case .rows(let found, hasDamage: false) = read(fileSystem), found != rows else { return }
        throw Finding(place, "\(found.count) rows instead of \(rows.count), without a word")
    }
}

/// What lies where in a store directory, for the places that nobody has to read.
struct FileMap {
    /// Bytes of each file.
    private(set) var files: [String: Int] = [:]
    private var newestManifest = ""
    private var catalogueDirectory = ""
    private var checkpoint = ""
    private var catalogue: (path: String, byteCount: Int) = ("", 0)
    private var ballast = ""
    private var lock = ""
    /// Log files: their groups above the floor, and the end of the last group.
    private var logs: [String: (needed: [Range<Int>], end: Int)] = [:]
    private var last: (path: String, bytes: Range<Int>)?

    static let lastGroup = "last group of the log: damage looks like a torn write that nobody was promised"
    private static let spare = "log files that wait for reuse"
    private static let old = "manifests before the newest"
    private static let flushed = "log groups whose rows are in segments"
    private static let behind = "behind the last group of a log file, or between two groups"
    private static let surplus = "catalogue behind the length that the manifest states"
    private static let oldCatalogue = "catalogues of other generations"
    private static let owner = "name of the process that had the store open"
    private static let room = "room held back for flushes"
    private static let aside = "files set aside"

    init(_ fileSystem: SimulatedFileSystem, _ options: StoreOptions) throws {
        let layout = StoreLayout(root: EpisodeRun.directory)
        for path in fileSystem.allFiles() { files[path] = try fileSystem.open(path, .read).byteCount() }
        let manifests = ManifestStore(store: layout.root, fileSystem: fileSystem)
        guard let manifest = try manifests.load()?.manifest else { return }
        newestManifest = manifests.path(manifest.generation)
        ballast = layout.ballastFile
        lock = layout.lockFile
        catalogueDirectory = layout.catalogueDirectory + "/"
        checkpoint = layout.checkpointFile(generation: manifest.catalogueGeneration)
        catalogue = (
            layout.catalogueFile(generation: manifest.catalogueGeneration), Int(manifest.catalogueByteCount)
        )
        for path in files.keys.sorted() where path.hasPrefix(layout.walDirectory) && path.hasSuffix(".log") {
            try readLog(path, floor: manifest.walFloor, fileSystem, options)
        }
    }

    private mutating func readLog(
        _ path: String, floor: UInt64, _ fileSystem: SimulatedFileSystem, _ options: StoreOptions
    ) throws {
        var reader = try WALReader(path: path, fileSystem: fileSystem, keyProvider: options.keyProvider)
        var next = reader.header.firstLSN
        var needed: [Range<Int>] = []
        while case .group(let group, let offset) = try reader.next(from: next) {
            next = group.lsn + 1
            let length = try fileSystem.open(path, .read).read(at: offset + 4, count: 4)
            let end = offset + WALFormat.groupHeaderByteCount + length.reversed().reduce(0) { $0 << 8 | Int($1) }
            if group.lsn > floor {
                needed.append(offset..<end)
                last = (path, offset..<end)
            }
        }
        logs[path] = (needed, needed.last?.upperBound ?? 0)
    }

    /// Why damage there need not be found; nil when it must.
    func reason(_ path: String, offset: Int) -> String? {
        if path.contains("/wal/spare-") { return Self.spare }
        if path.contains("/orphan/") || path.contains("/tmp/") { return Self.aside }
        if path.contains("/manifest/"), path != newestManifest { return Self.old }
        if path == lock { return Self.owner }
        if path == ballast { return Self.room }
        if path.hasPrefix(catalogueDirectory), path != checkpoint, path != catalogue.path { return Self.oldCatalogue }
        if path == catalogue.path, offset >= catalogue.byteCount { return Self.surplus }
        guard let log = logs[path] else { return nil }
        if let last, last.path == path, last.bytes.contains(offset) { return Self.lastGroup }
        if log.needed.isEmpty { return Self.flushed }
        if log.needed.contains(where: { $0.contains(offset) }) { return nil }
        if offset >= WALFormat.fileHeaderByteCount {
            return offset < log.needed[0].lowerBound ? Self.flushed : Self.behind
        }
        return nil
    }
}
