import VarveBytes
import VarveCrypto
import VarveModel

// The bytes of a manifest file. Format: Docs/Format/manifest.md.

/// Constants of the manifest file.
package enum ManifestFormat {
    /// The newest that it reads, and writes when segments are sealed; without such, 1 is written.
    package static let version: UInt16 = 2
    static let magic = UInt64(littleEndianText: "VRVMAN01")
    /// Magic, version, two reserved bytes, body length.
    static let headerByteCount = 16
    static let crcByteCount = 4
    /// Largest file that a reader accepts: 600 000 segments, where 100 are usual.
    static let fileByteCountMax = 64 << 20
    /// Bytes of a segment entry: all fields are of fixed size.
    static let segmentByteCount = 108
    static let keyWrapByteCountMax = 64 << 10
}

extension Manifest {
    /// The whole file.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: 256 + segments.count * ManifestFormat.segmentByteCount)
        writer.write(ManifestFormat.magic)
        writer.write(segments.contains { $0.wrappedKey != nil } ? ManifestFormat.version : 1)
        writer.write(UInt16(0))
        writer.write(UInt32(0))
        encodeBody(into: &writer)
        writer.overwrite(UInt32(writer.count - ManifestFormat.headerByteCount), at: 12)
        writer.write(CRC32C.checksum(writer.bytes))
        return writer.bytes
    }

    private func encodeBody(into writer: inout ByteWriter) {
        writer.write(storeUUID)
        writer.write(generation)
        writer.write(createdNs)
        writer.write(walFloor)
        writer.write(catalogueGeneration)
        writer.write(catalogueByteCount)
        writer.write(counters.nextLSN)
        writer.write(counters.nextSeries)
        writer.write(counters.writerEpoch)
        writer.write(retention.defaultNs)
        writer.writeCount(retention.namespaces.count)
        for entry in retention.namespaces { entry.encode(into: &writer) }
        writer.writeCount(segments.count)
        // Wraps that this version does not know come first, those of the segments after them.
        var wraps = keyWraps
        for segment in segments {
            segment.encode(into: &writer)
            if let wrappedKey = segment.wrappedKey { wraps.append(wrappedKey.encoded()) }
            writer.write(UInt64(segment.wrappedKey == nil ? 0 : wraps.count))
        }
        writer.writeCount(wraps.count)
        for wrap in wraps { writer.writeLengthPrefixed(wrap) }
    }

    /// Reads a whole file. Magic, length and checksum are checked before the version, so that damage is never mistaken
    /// for a newer format.
    /// - Throws: `.corrupt`, `.newerFormat`. Never traps.
    package init(decoding file: [UInt8], path: String) throws(StoreError) {
        let version = try decoding(path, at: 0) { () throws(FormatFault) in try Self.checkEnvelope(file) }
        guard version <= ManifestFormat.version else {
            throw .newerFormat(path: path, version: Int(version), supported: Int(ManifestFormat.version))
        }
        self = try decoding(path, at: ManifestFormat.headerByteCount) { () throws(FormatFault) in
            let body = ManifestFormat.headerByteCount..<(file.count - ManifestFormat.crcByteCount)
            var cursor = ByteCursor(file.span.bytes.extracting(body))
            return try Manifest(body: &cursor)
        }
    }

    /// Checks everything around the body.
    /// - Returns: the format version.
    private static func checkEnvelope(_ file: [UInt8]) throws(FormatFault) -> UInt16 {
        var cursor = ByteCursor(file.span.bytes)
        guard try cursor.field(UInt64.self) == ManifestFormat.magic else {
            throw FormatFault(offset: 0, detail: "not a manifest: magic VRVMAN01 expected")
        }
        let version: UInt16 = try cursor.field()
        let reserved: UInt16 = try cursor.field()
        let bodyByteCount = Int(try cursor.field(UInt32.self))
        let expected = ManifestFormat.headerByteCount + bodyByteCount + ManifestFormat.crcByteCount
        guard file.count == expected else {
            throw FormatFault(offset: 12, detail: "the header announces \(expected) bytes, the file has \(file.count)")
        }
        try cursor.skipField(count: bodyByteCount)
        let stored: UInt32 = try cursor.field()
        let computed = CRC32C.checksum(Array(file[..<(file.count - ManifestFormat.crcByteCount)]))
        guard stored == computed else {
            let detail =
                "checksum of the manifest: stored \(Corruption.hex(stored)), computed \(Corruption.hex(computed))"
            throw FormatFault(offset: file.count - ManifestFormat.crcByteCount, detail: detail)
        }
        guard version > ManifestFormat.version || reserved == 0 else {
            throw FormatFault(offset: 10, detail: "reserved bytes are not zero")
        }
        return version
    }

    @_lifetime(cursor: copy cursor)
    private init(body cursor: inout ByteCursor) throws(FormatFault) {
        storeUUID = try cursor.uuidField()
        generation = try cursor.field()
        createdNs = try cursor.field()
        walFloor = try cursor.field()
        catalogueGeneration = try cursor.field()
        catalogueByteCount = try cursor.field()
        counters = ManifestCounters()
        counters.nextLSN = try cursor.field()
        counters.nextSeries = try cursor.field()
        counters.writerEpoch = try cursor.field()
        retention = RetentionPolicy()
        retention.defaultNs = try cursor.field()
        for _ in 0..<(try cursor.countField(limit: cursor.remaining)) {
            retention.namespaces.append(try NamespaceRetention(decoding: &cursor))
        }
        segments = []
        var keySlots: [UInt64] = []
        for _ in 0..<(try cursor.countField(limit: cursor.remaining / ManifestFormat.segmentByteCount)) {
            segments.append(try SegmentSummary(decoding: &cursor, storeUUID: storeUUID))
            keySlots.append(try cursor.field())
        }
        keyWraps = []
        for _ in 0..<(try cursor.countField(limit: cursor.remaining)) {
            keyWraps.append(try cursor.bytesField(limit: ManifestFormat.keyWrapByteCountMax))
        }
        try cursor.requireEnd("manifest")
        try checkSegments(at: cursor.offset)
        try attachWraps(keySlots, at: cursor.offset)
    }

    /// Gives segments their keys: a slot counts from 1 in the list of wraps, 0 is none.
    private mutating func attachWraps(_ slots: [UInt64], at offset: Int) throws(FormatFault) {
        var taken: Set<Int> = []
        for (index, slot) in slots.enumerated() where slot != 0 {
            guard let place = Int(exactly: slot - 1), keyWraps.indices.contains(place), taken.insert(place).inserted
            else {
                let detail = "segment \(segments[index].identity.uuid): key slot \(slot) of \(keyWraps.count)"
                throw FormatFault(offset: offset, detail: detail)
            }
            let wrap = keyWraps[place]
            var cursor = ByteCursor(wrap.span.bytes)
            segments[index].wrappedKey = try WrappedKey(decoding: &cursor)
        }
        keyWraps = keyWraps.indices.filter { !taken.contains($0) }.map { keyWraps[$0] }
    }

    private func checkSegments(at offset: Int) throws(FormatFault) {
        var seen: Set<UUID16> = []
        for segment in segments where !seen.insert(segment.identity.uuid).inserted {
            throw FormatFault(offset: offset, detail: "segment \(segment.identity.uuid) is listed twice")
        }
    }
}

extension NamespaceRetention {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(scope.account)
        writer.write(scope.region)
        writer.write(namespace)
        writer.write(retentionNs)
    }

    @_lifetime(cursor: copy cursor)
    fileprivate init(decoding cursor: inout ByteCursor) throws(FormatFault) {
        let account = try cursor.textField(limit: Limits.nameBytesMax)
        let region = try cursor.textField(limit: Limits.nameBytesMax)
        let namespace = try cursor.textField(limit: Limits.nameBytesMax)
        self.init(
            scope: Scope(account: account, region: region), namespace: namespace, retentionNs: try cursor.field())
    }
}

extension SegmentSummary {
    /// 100 of the 108 bytes; the slot of the key follows. The store's UUID is the manifest's.
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(identity.uuid)
        writer.write(identity.kind.rawValue)
        writer.write(identity.level)
        writer.write(UInt16(identity.isMultiWindow ? 1 : 0))
        writer.write(fileCRC)
        writer.write(identity.window.start)
        writer.write(identity.window.end)
        writer.write(firstTimestamp)
        writer.write(lastTimestamp)
        writer.write(identity.lsnFirst)
        writer.write(identity.lsnLast)
        writer.write(identity.createdNs)
        writer.write(UInt64(byteCount))
        writer.write(UInt64(rowCount))
        writer.write(UInt32(seriesCount))
    }

    @_lifetime(cursor: copy cursor)
    fileprivate init(decoding cursor: inout ByteCursor, storeUUID: UUID16) throws(FormatFault) {
        let start = cursor.offset
        let uuid = try cursor.uuidField()
        let kindByte: UInt8 = try cursor.field()
        let level: UInt8 = try cursor.field()
        let flags: UInt16 = try cursor.field()
        guard let kind = SegmentKind(rawValue: kindByte), flags <= 1 else {
            throw FormatFault(offset: start + 16, detail: "segment \(uuid): unknown kind \(kindByte) or flags \(flags)")
        }
        let fileCRC: UInt32 = try cursor.field()
        let window = try Self.readRange(&cursor, "window of segment \(uuid)")
        let first: Int64 = try cursor.field()
        let last: Int64 = try cursor.field()
        let lsnFirst: UInt64 = try cursor.field()
        let lsnLast: UInt64 = try cursor.field()
        guard first <= last, lsnFirst <= lsnLast else {
            throw FormatFault(offset: start + 40, detail: "segment \(uuid): time or LSN range ends before it starts")
        }
        let identity = SegmentIdentity(
            uuid: uuid, storeUUID: storeUUID, kind: kind, level: level, window: window, isMultiWindow: flags == 1,
            lsnFirst: lsnFirst, lsnLast: lsnLast, createdNs: try cursor.field())
        let byteCount = try Self.readSize(&cursor)
        let rowCount = try Self.readSize(&cursor)
        self.init(
            identity: identity, firstTimestamp: first, lastTimestamp: last, rowCount: rowCount,
            seriesCount: Int(try cursor.field(UInt32.self)), byteCount: byteCount, fileCRC: fileCRC)
    }

    @_lifetime(cursor: copy cursor)
    private static func readRange(_ cursor: inout ByteCursor, _ what: String) throws(FormatFault) -> TimeRange {
        let start: Int64 = try cursor.field()
        let end: Int64 = try cursor.field()
        guard start <= end else {
            throw FormatFault(offset: cursor.offset - 16, detail: "\(what) ends before it starts")
        }
        return TimeRange(start: start, end: end)
    }

    /// A number of bytes or rows; below 2^56, so that sums over all segments cannot overflow.
    @_lifetime(cursor: copy cursor)
    private static func readSize(_ cursor: inout ByteCursor) throws(FormatFault) -> Int {
        let size: UInt64 = try cursor.field()
        guard size < 1 << 56 else { throw FormatFault(offset: cursor.offset - 8, detail: "\(size) bytes or rows") }
        return Int(size)
    }
}
