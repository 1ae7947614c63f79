package import VarveBytes
import VarveCrypto

// Pages of segments under their seal. Format: Docs/Format/segment.md, "Sealed pages".

extension FileSeal {
    /// What the wrap of a segment's data key is bound to.
    static func context(ofSegment segment: UUID16) -> [UInt8] {
        var writer = ByteWriter(capacity: 24)
        writer.write(SegmentFormat.magic)
        writer.write(segment)
        return writer.bytes
    }

    /// A seal with a new data key for a segment that is about to be written; nil when nothing is to be sealed.
    package static func forSegment(_ segment: UUID16, keys: DataKeys?, path: String) throws(StoreError) -> FileSeal? {
        guard let keys else { return nil }
        return try sealing(path) { () throws(SealError) in
            try keys.makeSeal(context: context(ofSegment: segment), isStored: false)
        }
    }

    /// The seal of an existing segment; nil when it is plain, and the manifest says so too.
    static func ofSegment(
        _ superblock: SegmentSuperblock, wrapped: WrappedKey?, provider: (any KeyProvider)?, path: String
    ) throws(StoreError) -> FileSeal? {
        guard let section = superblock.keySection else {
            guard let wrapped else { return nil }
            // Otherwise somebody could put a plain forgery in the place of a sealed file.
            let detail = "not sealed, but the manifest has a key of it, wrapped under \(wrapped.keyID)"
            throw .corrupt(Corruption(path: path, offset: SegmentFormat.keySectionOffset, detail: detail))
        }
        guard let wrapped else {
            let error: SealError =
                provider == nil ? .noProvider(keyID: section.keyID) : .noDataKey(keyID: section.keyID)
            throw .sealed(path: path, error)
        }
        return try open(
            section, wrapped: wrapped, context: context(ofSegment: superblock.identity.uuid), provider: provider,
            path: path, offset: SegmentFormat.keySectionOffset)
    }

    private static func place(
        _ segment: UUID16, _ number: UInt32, _ type: UInt8, rawByteCount: Int
    ) -> Place {
        Place(owner: segment, kind: UInt64(type) << 32 | UInt64(number), rawByteCount: UInt64(rawByteCount))
    }

    /// The sealed form of a payload: as long, and 16 bytes of tag.
    func sealPage(
        _ payload: [UInt8], segment: UUID16, number: UInt32, type: SegmentPageType
    ) throws(SealError) -> [UInt8] {
        let place = Self.place(segment, number, type.rawValue, rawByteCount: payload.count)
        return try payload.span.bytes.withUnsafeBytes { bytes throws(SealError) in
            try seal(bytes, counter: UInt64(number), place: place)
        }
    }

    /// The page with its payload opened: header, then raw bytes.
    /// - Parameter page: checked against its header.
    func openPage(_ page: [UInt8], storedByteCount: Int, segment: UUID16) throws(SealError) -> [UInt8] {
        let head = SegmentFormat.pageHeaderByteCount
        let rawByteCount = storedByteCount - AESGCM.tagByteCount
        var opened = [UInt8](repeating: 0, count: head + rawByteCount)
        let number = page.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 16, as: UInt32.self) }
        let place = Self.place(segment, UInt32(littleEndian: number), page[4], rawByteCount: rawByteCount)
        var span = opened.mutableSpan
        var target = span.mutableBytes
        try target.withUnsafeMutableBytes { target throws(SealError) in
            try page.span.bytes.withUnsafeBytes { bytes throws(SealError) in
                target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<head]))
                try open(
                    UnsafeRawBufferPointer(rebasing: bytes[head..<(head + storedByteCount)]),
                    into: UnsafeMutableRawBufferPointer(rebasing: target[head...]),
                    counter: UInt64(
                        UInt32(littleEndian: number)), place: place)
            }
        }
        return opened
    }
}
