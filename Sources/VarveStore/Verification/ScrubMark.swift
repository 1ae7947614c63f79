package import VarveBytes
package import VarveIO

/// How far the regular reading of all segments is, as it survives a restart: a server that is restarted more often than
/// a pass takes would never come to its end otherwise. Format: Docs/Format/directory.md, "SCRUB".
package struct ScrubMark: Sendable, Equatable {
    /// What is read next. Segments are read in the order of their UUIDs, so everything before it is done.
    package struct Position: Sendable, Equatable {
        package var uuid: UUID16
        /// Page of that segment.
        package var page: Int

        package init(uuid: UUID16, page: Int) {
            self.uuid = uuid
            self.page = page
        }
    }

    /// When the current pass, or between two passes the last one, began; by the wall clock.
    package var startedNs: Int64
    /// When the last pass ended, by the wall clock; nil before the first.
    package var finishedNs: Int64?
    package var passesFinished: Int
    /// nil between two passes.
    package var position: Position?

    package init(startedNs: Int64, finishedNs: Int64?, passesFinished: Int, position: Position?) {
        self.startedNs = startedNs
        self.finishedNs = finishedNs
        self.passesFinished = passesFinished
        self.position = position
    }
}

extension ScrubMark {
    /// Length of the file: one sector of any disk.
    static let byteCount = 80
    /// "VRVSCR01" read as a little-endian integer.
    private static let magic: UInt64 = 0x3130_5243_5356_5256
    private static let version: UInt32 = 1
    /// Stands for "none": no clock says so.
    private static let never = Int64.min

    /// The bytes of the file.
    package func encoded(store: UUID16) -> [UInt8] {
        var writer = ByteWriter(capacity: Self.byteCount)
        writer.write(Self.magic)
        writer.write(Self.version)
        writer.write(UInt32(clamping: passesFinished))
        writer.write(store)
        writer.write(startedNs)
        writer.write(finishedNs ?? Self.never)
        writer.write(position?.uuid ?? UUID16(high: 0, low: 0))
        writer.write(UInt32(clamping: position?.page ?? 0))
        writer.write(UInt32(position == nil ? 0 : 1))
        writer.write(UInt32(0))
        writer.write(CRC32C.checksum(writer.bytes))
        return writer.bytes
    }

    /// nil for bytes that are damaged, of another version, or of another store than `store`, if one is given.
    package init?(_ bytes: [UInt8], store: UUID16? = nil) {
        guard bytes.count == Self.byteCount else { return nil }
        do throws(BytesError) {
            var cursor = ByteCursor(bytes.span.bytes)
            let (magic, version): (UInt64, UInt32) = (try cursor.read(), try cursor.read())
            let passes: UInt32 = try cursor.read()
            let owner = try cursor.readUUID()
            let (started, finished): (Int64, Int64) = (try cursor.read(), try cursor.read())
            let uuid = try cursor.readUUID()
            let (page, isRunning): (UInt32, UInt32) = (try cursor.read(), try cursor.read())
            try cursor.skip(count: 4)
            let checksum: UInt32 = try cursor.read()
            guard checksum == CRC32C.checksum(Array(bytes.dropLast(4))), magic == Self.magic, version == Self.version,
                owner == store ?? owner
            else { return nil }
            self.init(
                startedNs: started, finishedNs: finished == Self.never ? nil : finished, passesFinished: Int(passes),
                position: isRunning == 1 ? Position(uuid: uuid, page: Int(page)) : nil)
        } catch {
            return nil
        }
    }
}

/// The file of a ``ScrubMark``: one sector, overwritten in place and never synced. Whatever becomes of it, a torn, lost
/// or old mark costs nothing but reading some segments once more. One thread.
package struct ScrubFile: Sendable {
    package let path: String
    let store: UUID16
    let fileSystem: any FileSystem

    package init(directory: String, store: UUID16, fileSystem: any FileSystem) {
        path = StoreLayout(root: directory).scrubFile
        self.store = store
        self.fileSystem = fileSystem
    }

    /// What the last opening left; nil when there is nothing that can be believed.
    package func load() -> ScrubMark? {
        do throws(DiskError) {
            let file = try fileSystem.open(path, .read)
            return ScrubMark(try file.read(at: 0, count: ScrubMark.byteCount), store: store)
        } catch {
            // A new store has no such file, and one that cannot be read means that the pass begins anew.
            return nil
        }
    }

    func save(_ mark: ScrubMark) {
        do throws(DiskError) {
            let file = try fileSystem.open(path, .createOrOpen)
            try file.write(mark.encoded(store: store), at: 0)
            try file.close()
        } catch {
            // A pass that is not noted is begun anew after the next start; the disk's own trouble is told elsewhere.
        }
    }
}

extension StoreEngine {
    /// Where this store keeps how far its scrub is.
    var scrubFile: ScrubFile {
        ScrubFile(directory: layout.root, store: store, fileSystem: environment.fileSystem)
    }
}
