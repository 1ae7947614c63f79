import VarveBytes
import VarveCrypto

// Groups under the seal of their log file. Format: Docs/Format/wal.md, "Sealed files".

extension WALFormat {
    static let sealedFlag: UInt8 = 1
    /// A header with its key ends at a multiple of this: one sector for all that a key file wraps.
    static let sealedHeaderAlignment = 512
    /// Far above the header of the largest wrapped key.
    static let sealedHeaderByteCountMax = 16 << 10

    static func padded(_ byteCount: Int, to alignment: Int = alignment) -> Int {
        (byteCount + alignment - 1) / alignment * alignment
    }
}

extension WALFileHeader {
    /// What the wrap of a log file's data key is bound to.
    var keyContext: [UInt8] {
        var writer = ByteWriter(capacity: 32)
        writer.write(WALFormat.magic)
        writer.write(store)
        writer.write(firstLSN)
        return writer.bytes
    }

    /// The header of a new file and the seal of its groups: with keys, under a data key that no other file has.
    static func make(
        store: UUID16, firstLSN: UInt64, keys: DataKeys?, path: String
    ) throws(StoreError) -> (header: WALFileHeader, seal: FileSeal?) {
        var header = WALFileHeader(store: store, firstLSN: firstLSN)
        guard let keys else { return (header, nil) }
        let seal = try sealing(path) { () throws(SealError) in
            try keys.makeSeal(context: header.keyContext, isStored: true)
        }
        header.keySection = seal.section
        return (header, seal)
    }

    /// The seal of the file that carries this header; nil when it is plain.
    func seal(provider: (any KeyProvider)?, path: String) throws(StoreError) -> FileSeal? {
        guard let keySection else { return nil }
        let wrapped = WrappedKey(keyID: keySection.keyID, domain: keySection.domain, bytes: keySection.wrapped)
        return try FileSeal.open(
            keySection, wrapped: wrapped, context: keyContext, provider: provider, path: path,
            offset: WALFormat.fileHeaderByteCount)
    }
}

extension FileSeal {
    /// Bytes that a plain group has once it is sealed.
    static func sealedByteCount(ofGroup group: [UInt8]) -> Int {
        WALFormat.padded(WALFormat.groupHeaderByteCount + payloadByteCount(group) + AESGCM.tagByteCount)
    }

    private static func payloadByteCount(_ group: [UInt8]) -> Int {
        group.withUnsafeBytes { Int(UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: 4, as: UInt32.self))) }
    }

    private static func place(_ store: UUID16, _ header: ArraySlice<UInt8>, rawByteCount: Int) -> Place {
        let unsyncedGroups = header.withUnsafeBytes { bytes in
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: WALFormat.unsyncedGroupsOffset, as: UInt32.self))
        }
        let type = header[header.startIndex + 16]
        return Place(
            owner: store, kind: UInt64(type) << 32 | UInt64(unsyncedGroups), rawByteCount: UInt64(rawByteCount))
    }

    /// The sealed form of a plain group, header and padding included.
    func sealGroup(_ group: [UInt8], store: UUID16) throws(SealError) -> [UInt8] {
        let head = WALFormat.groupHeaderByteCount
        let rawByteCount = Self.payloadByteCount(group)
        let lsn = group.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)) }
        let place = Self.place(store, group[..<head], rawByteCount: rawByteCount)
        let payload = try group.span.bytes.withUnsafeBytes { bytes throws(SealError) in
            try seal(
                UnsafeRawBufferPointer(rebasing: bytes[head..<(head + rawByteCount)]), counter: lsn, place: place)
        }
        var writer = ByteWriter(capacity: Self.sealedByteCount(ofGroup: group))
        writer.write(contentsOf: group[..<head])
        writer.write(contentsOf: payload)
        writer.overwrite(UInt32(payload.count), at: 4)
        writer.overwrite(WALFormat.sealedFlag, at: 17)
        writer.overwrite(KeySection.slot, at: 18)
        writer.pad(to: WALFormat.alignment)
        let checksum = WALGroup.checksum(writer.bytes[...], payloadByteCount: payload.count, store: store)
        writer.overwrite(checksum, at: 0)
        return writer.bytes
    }

    /// The payload of a sealed group.
    /// - Parameter header: of the group; what it says beside the number is sealed with the payload.
    func openGroup(
        _ sealed: ArraySlice<UInt8>, header: ArraySlice<UInt8>, lsn: UInt64, store: UUID16
    ) throws(SealError) -> [UInt8] {
        guard sealed.count >= AESGCM.tagByteCount else { throw .authentication }
        let rawByteCount = sealed.count - AESGCM.tagByteCount
        let place = Self.place(store, header, rawByteCount: rawByteCount)
        var payload = [UInt8](repeating: 0, count: rawByteCount)
        var span = payload.mutableSpan
        var target = span.mutableBytes
        try target.withUnsafeMutableBytes { target throws(SealError) in
            try sealed.span.bytes.withUnsafeBytes { bytes throws(SealError) in
                try open(bytes, into: target, counter: lsn, place: place)
            }
        }
        return payload
    }
}
