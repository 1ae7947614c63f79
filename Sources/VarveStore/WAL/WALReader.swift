import VarveBytes
package import VarveCrypto
package import VarveIO

/// Reads the groups of one log file.
package struct WALReader {
    package enum Next {
        case group(WALGroup, offset: Int)
        /// No valid group starts here: the written end of the file, a torn group, or damage. Which of them, the caller
        /// decides by looking for survivors (``survivor(above:from:)``).
        case end(offset: Int)
    }

    package let path: String
    package let header: WALFileHeader
    private let bytes: [UInt8]
    private let seal: FileSeal?
    /// Bytes of the header, key section included.
    let headerByteCount: Int
    private var offset: Int

    /// Reads the whole file into memory; one above ``WALFormat/fileByteCountMax`` is refused unread.
    /// - Parameter checksumsOnly: does without the key of a sealed file; its groups then come without content.
    /// - Throws: `.sealed` when its key is not to be had; `.corrupt`, `.newerFormat`, `.disk`.
    package init(
        path: String, fileSystem: any FileSystem, keyProvider: (any KeyProvider)? = nil, checksumsOnly: Bool = false
    ) throws(StoreError) {
        bytes = try readWhole(path, byteCountMax: WALFormat.fileByteCountMax, fileSystem: fileSystem)
        self.path = path
        header = try WALFileHeader(decoding: bytes, path: path)
        headerByteCount = header.byteCount
        offset = headerByteCount
        seal = checksumsOnly ? nil : try header.seal(provider: keyProvider, path: path)
    }

    /// Continues reading at a place that ``survivor(above:from:)`` found.
    mutating func seek(to offset: Int) { self.offset = offset }

    /// The bytes from `offset` to the end of the newest group read. Not a copy.
    func bytes(from offset: Int) -> ArraySlice<UInt8> { bytes[offset..<self.offset] }

    package var isSealed: Bool { header.keySection != nil }

    /// Bytes of the header and the groups read so far.
    package var readBytes: Int { offset }

    /// The next group, if the bytes at the current place are one of this store with a number from `lsn` on.
    ///
    /// Groups below `lsn` in a file are remnants of its earlier life (or copies), unless they stand in sequence; both
    /// ends are handled by the caller, who passes the lowest number that can still be in sequence here.
    package mutating func next(from lsn: UInt64) throws(StoreError) -> Next {
        guard let frame = frame(at: offset, within: lsn...WALFormat.lsnMax) else { return .end(offset: offset) }
        let start = offset
        if isSealed, seal == nil {
            offset = frame.end
            return .group(WALGroup(lsn: frame.lsn, records: [], batches: []), offset: start)
        }
        let payload = try open(frame)
        do throws(FormatFault) {
            let group = try WALGroup(lsn: frame.lsn, type: frame.type, decoding: payload.span.bytes)
            offset = frame.end
            return .group(group, offset: start)
        } catch {
            throw .corrupt(Corruption(path: path, offset: start, detail: "group \(frame.lsn): \(error.detail)"))
        }
    }

    private func open(_ frame: Frame) throws(StoreError) -> ArraySlice<UInt8> {
        let payload = bytes[frame.payload]
        guard let seal else { return payload }
        do throws(SealError) {
            let head = bytes[(frame.payload.lowerBound - WALFormat.groupHeaderByteCount)..<frame.payload.lowerBound]
            return try seal.openGroup(payload, header: head, lsn: frame.lsn, store: header.store)[...]
        } catch {
            throw .corrupt(Corruption(path: path, offset: offset, detail: "group \(frame.lsn): \(error)"))
        }
    }

    /// Number and place of the first valid group at or after `offset` whose number is above `lsn`, if group `lsn` was
    /// durable when that one or a later one in this file was written; nil otherwise: then none of them was promised.
    ///
    /// Steps through the rest of the file, so it costs a checksum per plausible header; only used after an end. Numbers
    /// are dense, so a file of n bytes has no group more than n / 32 above the last: without this bound, values chosen
    /// to look like headers would cost a checksum of megabytes each.
    package func survivor(above lsn: UInt64, from offset: Int) -> (lsn: UInt64, offset: Int)? {
        var position = offset
        var first: (lsn: UInt64, offset: Int)?
        while position + WALFormat.groupHeaderByteCount <= bytes.count {
            if let frame = frame(at: position, within: lsn...(lsn + UInt64(bytes.count / 32))), frame.lsn > lsn {
                first = first ?? (frame.lsn, position)
                if frame.durableLSN >= lsn { return first }
                position = frame.end
            } else {
                position += WALFormat.alignment
            }
        }
        return nil
    }

    private struct Frame {
        var lsn: UInt64
        var type: UInt8
        /// Groups up to this one were durable when this one was written.
        var durableLSN: UInt64
        var payload: Range<Int>
        var end: Int
    }

    /// The group at `position`, if its header makes sense, with a number in `range`, and its checksum is right.
    private func frame(at position: Int, within range: ClosedRange<UInt64>) -> Frame? {
        guard position + WALFormat.groupHeaderByteCount <= bytes.count else { return nil }
        let fields = bytes.withUnsafeBytes { raw in
            (
                checksum: raw.loadUnaligned(fromByteOffset: position, as: UInt32.self),
                byteCount: Int(raw.loadUnaligned(fromByteOffset: position + 4, as: UInt32.self)),
                lsn: raw.loadUnaligned(fromByteOffset: position + 8, as: UInt64.self),
                type: raw[position + 16],
                flags: raw[position + 17],
                slot: UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: position + 18, as: UInt16.self)),
                unsyncedGroups: raw.loadUnaligned(
                    fromByteOffset: position + WALFormat.unsyncedGroupsOffset, as: UInt32.self)
            )
        }
        let start = position + WALFormat.groupHeaderByteCount
        // In a sealed file a plain group is none of this life, whatever it says.
        let expected = isSealed ? (WALFormat.sealedFlag, KeySection.slot) : (0, 0)
        guard WALFormat.groupTypes.contains(fields.type), (fields.flags, fields.slot) == expected,
            range.contains(fields.lsn), fields.byteCount > 0, fields.byteCount <= bytes.count - start,
            fields.unsyncedGroups <= WALFormat.unsyncedGroupsMax, UInt64(fields.unsyncedGroups) < fields.lsn
        else { return nil }
        let checksum = WALGroup.checksum(bytes[position...], payloadByteCount: fields.byteCount, store: header.store)
        guard checksum == fields.checksum else { return nil }
        let padded = (fields.byteCount + WALFormat.alignment - 1) / WALFormat.alignment * WALFormat.alignment
        return Frame(
            lsn: fields.lsn, type: fields.type, durableLSN: fields.lsn - 1 - UInt64(fields.unsyncedGroups),
            payload: start..<(start + fields.byteCount), end: min(start + padded, bytes.count))
    }
}
