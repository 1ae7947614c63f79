import Varve
import VarveBytes
package import VarveIO
import VarveModel
import VarveStore

/// `varve inspect`: what the files of a database hold, for people. Reads only; a running server does not mind.
package struct InspectCommand {
    private let environment: SystemEnvironment
    private let zone: LocalZone
    /// Of encrypted files; without it they show no more than what is not encrypted in them.
    private let keyFile: String?

    private var fileSystem: any FileSystem { environment.fileSystem }

    package init(environment: SystemEnvironment, zone: LocalZone, keyFile: String? = nil) {
        self.environment = environment
        self.zone = zone
        self.keyFile = keyFile
    }

    /// What a file says it is in its first bytes, whatever its name.
    private enum FileKind: String, CaseIterable {
        case segment = "VRVSEG01"
        case log = "VRVWAL01"
        case manifest = "VRVMAN01"
        case catalogueLog = "VRVCAT01"
        case checkpoint = "VRVCIX01"
        case scrub = "VRVSCR01"
    }

    /// Shows a whole directory, or any file of one.
    package func run(path: String, console: Console) -> ExitStatus {
        do throws(StoreError) {
            guard let text = try description(ofPath: path) else {
                let problem = Problem(
                    .wrongInput, path, "not a file that inspect knows",
                    advice: "give a database directory, or a segment, log, manifest, catalogue file or SCRUB of one")
                console.report(problem)
                return problem.status
            }
            console.print(text)
            return .ok
        } catch {
            let problem = Problem(DatabaseError(error))
            console.report(problem)
            return problem.status
        }
    }

    /// nil for a file of another kind.
    private func description(ofPath path: String) throws(StoreError) -> String? {
        if try isDirectory(path) { return try directory(path) }
        switch try kind(of: path) {
        case .segment: return try segment(path)
        case .log: return try log(path)
        case .manifest:
            let manifest = try Manifest(decoding: try bytes(of: path), path: path)
            return self.manifest(manifest) + "\n" + segments(manifest)
        case .catalogueLog: return catalogue("log", path, try .init(ofLog: path, fileSystem: fileSystem))
        case .checkpoint: return catalogue("checkpoint", path, try .init(ofCheckpoint: path, fileSystem: fileSystem))
        case .scrub:
            let bytes = try bytes(of: path)
            // A mark says itself whose it is; whether that is the store of its directory does not matter here.
            return ScrubMark(bytes).map { Self.list([("scrub", path)] + scrub($0)) }
        case nil: return nil
        }
    }

    private func isDirectory(_ path: String) throws(StoreError) -> Bool {
        let exists: Bool
        do throws(DiskError) { exists = try fileSystem.exists(path) } catch { throw .disk(error) }
        guard exists else { throw .notAStore(directory: path) }
        do throws(DiskError) {
            _ = try fileSystem.list(path)
            return true
        } catch {
            // A file, or a directory that may not be read: opening it will tell.
            return false
        }
    }

    private func kind(of path: String) throws(StoreError) -> FileKind? {
        do throws(DiskError) {
            let file = try fileSystem.open(path, .read)
            let head = try file.read(at: 0, count: min(8, try file.byteCount()))
            return FileKind(rawValue: String(decoding: head, as: UTF8.self))
        } catch {
            throw .disk(error)
        }
    }

    private func bytes(of path: String) throws(StoreError) -> [UInt8] {
        do throws(DiskError) {
            let file = try fileSystem.open(path, .read)
            return try file.read(at: 0, count: try file.byteCount())
        } catch {
            throw .disk(error)
        }
    }

    private func keys() throws(StoreError) -> FileKeyProvider? {
        try keyFile.map { file throws(StoreError) in try FileKeyProvider.open(file, environment: environment) }
    }

    // MARK: Directory

    private func directory(_ path: String) throws(StoreError) -> String {
        guard let loaded = try ManifestStore(store: path, fileSystem: fileSystem).load() else {
            throw .notAStore(directory: path)
        }
        let damaged = loaded.damaged.map { "damaged             \($0)\n" }.joined()
        let layout = StoreLayout(root: path)
        let mark = ScrubFile(directory: path, store: loaded.manifest.storeUUID, fileSystem: fileSystem).load()
        return manifest(loaded.manifest) + Self.list(mark.map(scrub) ?? []) + damaged + "\n"
            + segments(loaded.manifest) + "\n" + (try logs(layout)) + "\n" + (try catalogue(layout))
    }

    private func manifest(_ manifest: Manifest) -> String {
        let sealedCount = manifest.segments.count { $0.wrappedKey != nil }
        let figures: [(String, String)] = [
            ("store", "\(manifest.storeUUID)"),
            ("manifest", "generation \(manifest.generation), written \(time(manifest.createdNs))"),
            ("log floor", "LSN \(manifest.walFloor): rows up to it are in segments"),
            ("catalogue", "generation \(manifest.catalogueGeneration), \(manifest.catalogueByteCount) bytes"),
            ("retention", ElapsedText.short(ns: manifest.retention.defaultNs)),
            ("segments", "\(manifest.segments.count)\(sealedCount > 0 ? ", \(sealedCount) of them encrypted" : "")"),
        ]
        let shorter = manifest.retention.namespaces.map {
            ("retention of \($0.namespace)", ElapsedText.short(ns: $0.retentionNs))
        }
        return Self.list(figures + shorter)
    }

    private func scrub(_ mark: ScrubMark) -> [(String, String)] {
        let now =
            mark.position.map { "a pass began \(time(mark.startedNs)); next is page \($0.page) of segment \($0.uuid)" }
            ?? "the last pass began \(time(mark.startedNs))"
        return [
            ("scrub", now),
            ("scrub passes", "\(mark.passesFinished)" + (mark.finishedNs.map { ", the last ended \(time($0))" } ?? "")),
        ]
    }

    private func segments(_ manifest: Manifest) -> String {
        var table = TextTable([
            .init("segment"), .init("kind"), .init("level", alignRight: true), .init("first row"), .init("last row"),
            .init("series", alignRight: true), .init("rows", alignRight: true), .init("bytes", alignRight: true),
            .init("bytes/row", alignRight: true),
        ])
        for segment in manifest.segments {
            table.append([
                segment.identity.fileName, "\(segment.identity.kind)", "\(segment.identity.level)",
                time(segment.firstTimestamp), time(segment.lastTimestamp), "\(segment.seriesCount)",
                "\(segment.rowCount)", "\(segment.byteCount)", Self.ratio(segment.byteCount, segment.rowCount),
            ])
        }
        return table.render()
    }

    private func logs(_ layout: StoreLayout) throws(StoreError) -> String {
        let names: [String]
        do throws(DiskError) { names = try fileSystem.list(layout.walDirectory) } catch { throw .disk(error) }
        var table = TextTable([
            .init("log"), .init("first LSN", alignRight: true), .init("groups", alignRight: true),
            .init("rows", alignRight: true), .init("values", alignRight: true), .init("bytes", alignRight: true),
        ])
        for name in names where StoreLayout.number(in: name, suffix: StoreLayout.walSuffix) != nil {
            let figures = try LogFigures(
                path: "\(layout.walDirectory)/\(name)", fileSystem: fileSystem, keys: try keys())
            table.append(
                [name]
                    + [
                        Int(clamping: figures.firstLSN), figures.groupCount, figures.rowCount, figures.valueCount,
                        figures.byteCount,
                    ].map(String.init))
        }
        return table.render()
    }

    /// Files of the catalogue with their lengths.
    private func catalogue(_ layout: StoreLayout) throws(StoreError) -> String {
        var table = TextTable([.init("catalogue"), .init("bytes", alignRight: true)])
        do throws(DiskError) {
            for name in try fileSystem.list(layout.catalogueDirectory) {
                let file = try fileSystem.open("\(layout.catalogueDirectory)/\(name)", .read)
                table.append([name, "\(try file.byteCount())"])
            }
        } catch {
            throw .disk(error)
        }
        return table.render()
    }

    // MARK: Files

    private func catalogue(_ kind: String, _ path: String, _ description: CatalogueDescription) -> String {
        let figures: [(String, String)] = [
            ("catalogue \(kind)", path), ("store", "\(description.store)"),
            ("generation", "\(description.generation)"), ("format version", "\(description.version)"),
            (kind == "log" ? "frames" : "sections", "\(description.partCount)"),
            ("bytes", "\(description.byteCount)"),
        ]
        var table = TextTable([.init("holds"), .init("count", alignRight: true), .init("bytes", alignRight: true)])
        for one in description.counts {
            table.append([one.name, "\(one.count)", one.byteCount > 0 ? "\(one.byteCount)" : "–"])
        }
        return Self.list(figures) + "\n" + table.render()
    }

    private func log(_ path: String) throws(StoreError) -> String {
        let figures = try LogFigures(path: path, fileSystem: fileSystem, keys: try keys())
        if figures.isLocked {
            return Self.list([
                ("log", path), ("store", "\(figures.store)"), ("first LSN", "\(figures.firstLSN)"),
                ("groups", "\(figures.groupCount)"), ("written", NumberFormat.bytes(figures.byteCount)),
                ("encrypted", "rows and names take the keys (--key-file)"),
            ])
        }
        return Self.list([
            ("log", path), ("store", "\(figures.store)"), ("first LSN", "\(figures.firstLSN)"),
            ("groups", "\(figures.groupCount)"), ("new names", "\(figures.recordCount) catalogue records"),
            ("rows", "\(figures.rowCount)"), ("values", "\(figures.valueCount)"),
            ("written", NumberFormat.bytes(figures.byteCount)),
            ("bytes per value", Self.ratio(figures.byteCount, figures.valueCount)),
        ])
    }

    private func segment(_ path: String) throws(StoreError) -> String {
        let keys = try keys()
        // The wrapped key of a segment is in the manifest alone, so that it can be destroyed.
        let store = StoreLayout.root(ofFile: path)
        let manifest = try keys == nil ? nil : ManifestStore(store: store, fileSystem: fileSystem).load()?.manifest
        let summary = manifest?.segments.first { path.hasSuffix($0.identity.fileName) }
        let reader = try SegmentReader(
            opening: path, fileSystem: fileSystem, cache: PageCache(byteCountMax: 16 << 20),
            wrappedKey: summary?.wrappedKey, keyProvider: keys)
        let segment = try reader.describe()
        let identity = segment.summary.identity
        let figures: [(String, String)] = [
            ("segment", path), ("store", "\(identity.storeUUID)"),
            ("kind", "\(identity.kind), level \(identity.level)"),
            ("window", "\(time(identity.window.start)) to \(time(identity.window.end))"),
            ("rows from", "\(time(segment.summary.firstTimestamp)) to \(time(segment.summary.lastTimestamp))"),
            ("LSN", "\(identity.lsnFirst) to \(identity.lsnLast)"),
            ("created", time(identity.createdNs)),
            ("series", "\(segment.summary.seriesCount)"), ("rows", "\(segment.summary.rowCount)"),
            ("blocks", Self.blocks(segment)),
            ("bytes", "\(segment.summary.byteCount)"),
            ("bytes per row", NumberFormat.fixed(segment.bytesPerRow, decimals: 3)),
            ("checksum", String(segment.summary.fileCRC, radix: 16)),
        ]
        return Self.list(figures) + "\n" + columns(segment) + "\n" + pages(segment)
    }

    private static func blocks(_ segment: SegmentDescription) -> String {
        var text = "\(segment.blockCount)"
        if segment.runsBlockCount > 0 { text += ", \(segment.runsBlockCount) of them with short runs of many series" }
        if segment.rollupBlockCount > 0 { text += ", and \(segment.rollupBlockCount) of rollups" }
        return text
    }

    /// Bytes per sample are counted against the rows of the segment, so that the columns add up.
    private func columns(_ segment: SegmentDescription) -> String {
        var table = TextTable([
            .init("column"), .init("type"), .init("rows", alignRight: true), .init("blocks", alignRight: true),
            .init("bytes", alignRight: true), .init("bytes/sample", alignRight: true), .init("coded as (blocks)"),
        ])
        for column in segment.columns {
            let modes = column.modes.sorted { $0.key < $1.key }.map { "mode \($0.key) (\($0.value))" }
            table.append([
                column.name, "\(column.type)", "\(column.rowCount)", "\(column.blockCount)", "\(column.byteCount)",
                Self.ratio(column.byteCount, segment.summary.rowCount), modes.joined(separator: ", "),
            ])
        }
        return table.render()
    }

    private func pages(_ segment: SegmentDescription) -> String {
        var table = TextTable([
            .init("pages of"), .init("pages", alignRight: true), .init("bytes", alignRight: true),
            .init("bytes/sample", alignRight: true),
        ])
        for pages in segment.pages {
            table.append([
                "\(pages.type)", "\(pages.pageCount)", "\(pages.byteCount)",
                Self.ratio(pages.byteCount, segment.summary.rowCount),
            ])
        }
        return table.render()
    }

    // MARK: Text

    private func time(_ timestampNs: Int64) -> String {
        TimeFormat(fitting: [timestampNs], nowNs: .min, zone: zone).text(ofNs: timestampNs)
    }

    private static func ratio(_ byteCount: Int, _ rowCount: Int) -> String {
        rowCount > 0 ? NumberFormat.fixed(Double(byteCount) / Double(rowCount), decimals: 3) : "–"
    }

    private static func list(_ figures: [(String, String)]) -> String {
        let width = figures.map(\.0.count).max() ?? 0
        return figures.reduce(into: "") { text, figure in
            text +=
                figure.0 + String(repeating: " ", count: width - figure.0.count + 2) + PrintableText.escape(figure.1)
                + "\n"
        }
    }
}

/// Counts of a log file.
private struct LogFigures {
    var store: UUID16
    var firstLSN: UInt64
    var groupCount = 0
    var recordCount = 0
    var rowCount = 0
    var valueCount = 0
    /// Header and groups; the file itself is longer, because its space is reserved.
    var byteCount = 0
    /// Encrypted, and there is no key: rows, values and records are not counted.
    var isLocked = false

    init(path: String, fileSystem: any FileSystem, keys: FileKeyProvider?) throws(StoreError) {
        var reader = try WALReader(
            path: path, fileSystem: fileSystem, keyProvider: keys, checksumsOnly: keys == nil)
        isLocked = reader.isSealed && keys == nil
        store = reader.header.store
        firstLSN = reader.header.firstLSN
        var nextLSN = firstLSN
        while case .group(let group, _) = try reader.next(from: nextLSN) {
            groupCount += 1
            recordCount += group.records.count
            rowCount += group.batches.reduce(0) { $0 + $1.timestamps.count }
            rowCount += group.columns.reduce(0) { $0 + $1.rowCount }
            valueCount += group.batches.reduce(0) { $0 + $1.values.count }
            nextLSN = group.lsn + 1
        }
        byteCount = reader.readBytes
    }
}
