import Varve
import VarveBytes
package import VarveIO
import VarveModel
import VarveStore

/// `varve inspect`: what the files of a database hold, for people. Reads only; a running server does not mind.
package struct InspectCommand {
    private let fileSystem: any FileSystem
    private let zone: LocalZone

    package init(fileSystem: any FileSystem, zone: LocalZone) {
        self.fileSystem = fileSystem
        self.zone = zone
    }

    /// Shows a segment, a log file, a manifest or a whole directory, told apart by name.
    package func run(path: String, console: Console) -> ExitStatus {
        do throws(StoreError) {
            console.print(try description(ofPath: path))
            return .ok
        } catch {
            let problem = Problem(DatabaseError(error))
            console.report(problem)
            return problem.status
        }
    }

    private func description(ofPath path: String) throws(StoreError) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        if name.hasSuffix(StoreLayout.segmentSuffix) { return try segment(path) }
        if name.hasSuffix(StoreLayout.walSuffix), path.contains("catalog/") { return Self.catalogueHint }
        if name.hasSuffix(StoreLayout.walSuffix) { return try log(path) }
        return try directory(path)
    }

    private static let catalogueHint =
        "A catalogue is read together with its manifest: give the directory of the database instead.\n"

    // MARK: Directory

    private func directory(_ path: String) throws(StoreError) -> String {
        guard let loaded = try ManifestStore(store: path, fileSystem: fileSystem).load() else {
            throw .notAStore(directory: path)
        }
        let damaged = loaded.damaged.map { "damaged             \($0)\n" }.joined()
        let layout = StoreLayout(root: path)
        return manifest(loaded.manifest) + damaged + "\n" + segments(loaded.manifest) + "\n" + (try logs(layout))
    }

    private func manifest(_ manifest: Manifest) -> String {
        let figures: [(String, String)] = [
            ("store", "\(manifest.storeUUID)"),
            ("manifest", "generation \(manifest.generation), written \(time(manifest.createdNs))"),
            ("log floor", "LSN \(manifest.walFloor): rows up to it are in segments"),
            ("catalogue", "generation \(manifest.catalogueGeneration), \(manifest.catalogueByteCount) bytes"),
            ("retention", ElapsedText.short(ns: manifest.retention.defaultNs)),
            ("segments", "\(manifest.segments.count)"),
        ]
        return Self.list(figures)
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
            let figures = try LogFigures(path: "\(layout.walDirectory)/\(name)", fileSystem: fileSystem)
            table.append(
                [name]
                    + [
                        Int(clamping: figures.firstLSN), figures.groupCount, figures.rowCount, figures.valueCount,
                        figures.byteCount,
                    ].map(String.init))
        }
        return table.render()
    }

    // MARK: Files

    private func log(_ path: String) throws(StoreError) -> String {
        let figures = try LogFigures(path: path, fileSystem: fileSystem)
        return Self.list([
            ("log", path), ("store", "\(figures.store)"), ("first LSN", "\(figures.firstLSN)"),
            ("groups", "\(figures.groupCount)"), ("new names", "\(figures.recordCount) catalogue records"),
            ("rows", "\(figures.rowCount)"), ("values", "\(figures.valueCount)"),
            ("written", NumberFormat.bytes(figures.byteCount)),
            ("bytes per value", Self.ratio(figures.byteCount, figures.valueCount)),
        ])
    }

    private func segment(_ path: String) throws(StoreError) -> String {
        let reader = try SegmentReader(opening: path, fileSystem: fileSystem, cache: PageCache(byteCountMax: 16 << 20))
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
            ("bytes", "\(segment.summary.byteCount)"),
            ("bytes per row", NumberFormat.fixed(segment.bytesPerRow, decimals: 3)),
            ("checksum", String(segment.summary.fileCRC, radix: 16)),
        ]
        return Self.list(figures) + "\n" + columns(segment) + "\n" + pages(segment)
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

    init(path: String, fileSystem: any FileSystem) throws(StoreError) {
        var reader = try WALReader(path: path, fileSystem: fileSystem)
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
