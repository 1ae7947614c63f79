package import VarveBytes
package import VarveCrypto
package import VarveIO

/// Reads the whole log back, each group once and in order. Rules: Docs/Format/wal.md, "Recovery".
package struct WALRecovery {
    /// Last number in sequence; the manifest's floor when the log is empty.
    private(set) var lastLSN: UInt64
    private(set) var files: [WALWriter.LogFile] = []
    private(set) var spares: [String] = []
    /// Places where acknowledged groups should be and are not. Empty after any crash; only bit rot fills it.
    private(set) var damage: [Corruption] = []
    /// The group numbered `lastLSN` as it lies in its file, with the offsets there; nil when the log is empty.
    private(set) var lastGroup: (path: String, bytes: ArraySlice<UInt8>)?
    /// Where the groups of the file read last end.
    private var lastFileEnd: (path: String, offset: Int)?

    /// Sealed files whose groups were counted, but not read.
    private(set) var lockedFileCount = 0
    private let keyProvider: (any KeyProvider)?
    private let checksumsOnly: Bool

    /// - Parameters:
    ///   - keyProvider: for sealed files.
    ///   - checksumsOnly: does without keys; groups of sealed files then come without content.
    ///   - floor: groups up to this number are in segments already.
    ///   - requiredFile: first group of a log file that must exist, above the floor; nil when none must.
    ///   - apply: gets every group above `floor`, in order.
    package init(
        layout: StoreLayout, fileSystem: any FileSystem, store: UUID16, floor: UInt64, requiredFile: UInt64? = nil,
        keyProvider: (any KeyProvider)? = nil, checksumsOnly: Bool = false,
        apply: (WALGroup) throws(StoreError) -> Void
    ) throws(StoreError) {
        lastLSN = floor
        self.keyProvider = keyProvider
        self.checksumsOnly = checksumsOnly
        let names: [String]
        do throws(DiskError) { names = try fileSystem.list(layout.walDirectory) } catch { throw .disk(error) }
        spares = names.filter(WALWriter.isSpare).map { layout.walDirectory + "/" + $0 }
        let numbers = names.compactMap { StoreLayout.number(in: $0, suffix: StoreLayout.walSuffix) }
        for (index, number) in numbers.enumerated() {
            let path = layout.walFile(firstLSN: number)
            // An unreadable file whose groups are all in segments is no loss; the next flush removes it.
            let isNeeded = index + 1 == numbers.count || numbers[index + 1] > floor + 1
            try readFile(
                path, firstLSN: number, isNeeded: isNeeded, store: store, fileSystem: fileSystem, apply: apply)
        }
        if let requiredFile, !numbers.contains(requiredFile), numbers.last.map({ $0 < requiredFile }) ?? true {
            let detail = "the log file is missing, and with it all groups from \(requiredFile) on; restore it"
            damage.append(Corruption(path: layout.walFile(firstLSN: requiredFile), offset: 0, detail: detail))
            lastLSN = max(lastLSN, requiredFile - 1)
        }
    }

    private mutating func readFile(
        _ path: String, firstLSN: UInt64, isNeeded: Bool, store: UUID16, fileSystem: any FileSystem,
        apply: (WALGroup) throws(StoreError) -> Void
    ) throws(StoreError) {
        var reader: WALReader
        do throws(StoreError) {
            reader = try WALReader(
                path: path, fileSystem: fileSystem, keyProvider: keyProvider, checksumsOnly: checksumsOnly)
        } catch {
            guard case .corrupt(let place) = error else { throw error }
            if isNeeded { damage.append(place) }
            files.append(WALWriter.LogFile(path: path, firstLSN: firstLSN, headerByteCount: 0, usedBytes: 0))
            return
        }
        guard reader.header.store == store, reader.header.firstLSN == firstLSN else {
            let detail =
                "log of store \(reader.header.store) from \(reader.header.firstLSN), not of this one from \(firstLSN)"
            damage.append(Corruption(path: path, offset: 16, detail: detail))
            return
        }
        if firstLSN > lastLSN + 1 {
            // Where the file before ends too early, if there is one: a file begins where its predecessor ended.
            let place = lastFileEnd ?? (path, 0)
            damage.append(missing(from: lastLSN + 1, to: firstLSN - 1, path: place.path, offset: place.offset))
            lastLSN = firstLSN - 1
        }
        try readGroups(&reader, firstLSN: firstLSN, apply: apply)
        if reader.isSealed, checksumsOnly { lockedFileCount += 1 }
        lastFileEnd = (path, reader.readBytes)
        let used = reader.readBytes - reader.headerByteCount
        files.append(
            WALWriter.LogFile(
                path: path, firstLSN: firstLSN, headerByteCount: reader.headerByteCount, usedBytes: used))
    }

    private mutating func readGroups(
        _ reader: inout WALReader, firstLSN: UInt64, apply: (WALGroup) throws(StoreError) -> Void
    ) throws(StoreError) {
        // Inside a file numbers are dense, so anything else at the place of the next group is not a group of this life.
        var expected = firstLSN
        while true {
            switch try reader.next(from: expected) {
            case .group(let group, let offset):
                if group.lsn != expected {
                    damage.append(missing(from: expected, to: group.lsn - 1, path: reader.path, offset: offset))
                }
                expected = group.lsn + 1
                guard group.lsn > lastLSN else { continue }
                lastLSN = group.lsn
                lastGroup = (reader.path, reader.bytes(from: offset))
                try apply(group)
            case .end(let offset):
                guard let survivor = reader.survivor(above: expected, from: offset) else { return }
                damage.append(missing(from: expected, to: survivor.lsn - 1, path: reader.path, offset: offset))
                expected = survivor.lsn
                reader.seek(to: survivor.offset)
            }
        }
    }

    private func missing(from first: UInt64, to last: UInt64, path: String, offset: Int) -> Corruption {
        Corruption(path: path, offset: offset, detail: "groups \(first)…\(last) are missing from the log")
    }
}
