import VarveBytes
import VarveIO
import VarveModel
import VarveStore
import VarveTestKit

/// libFuzzer's entry: changes files of a store behind their checksums, and reads them. The first byte chooses the file.
///
/// Bytes that are wrong are refused or decoded, whatever they are. Any trap, address error or boundless use of memory
/// is a finding.
@c(LLVMFuzzerTestOneInput)
public func fuzzStore(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
    let rest = input.dropFirst()
    switch input[0] % 5 {
    case 0: readSegment(rest)
    case 1: readLog(rest)
    case 2: readManifest(rest)
    case 3: readCatalogue(rest)
    default: readCheckpoint(rest)
    }
    return 0
}

/// A segment with some bytes changed, at places that the input names, and all checksums made right again.
private func readSegment(_ input: ArraySlice<UInt8>) {
    let bases = SealedSegment.golden
    var segment = bases[Int(input.first ?? 0) % bases.count]
    var changes = Array(input.dropFirst())[...]
    while changes.count >= 3 {
        let place = Int(changes.removeFirst()) << 8 | Int(changes.removeFirst())
        segment.bytes[place % segment.bytes.count] = changes.removeFirst()
    }
    segment.seal()
    let fileSystem = SimulatedFileSystem()
    guard let file = try? fileSystem.open("segment", .createNew), (try? file.write(segment.bytes, at: 0)) != nil else {
        preconditionFailure("the simulated disk takes every write")
    }
    _ = try? SegmentReader.verify("segment", fileSystem: fileSystem) { _ in }
    guard let reader = try? SegmentReader(opening: "segment", fileSystem: fileSystem, cache: PageCache()) else {
        return
    }
    guard let series = try? reader.series() else { return }
    guard reader.schema.hasStatistics else {
        _ = try? reader.records(of: series.sorted()) { block throws(StoreError) in
            _ = try block.columns()
            return .next
        }
        let kind = reader.summary.identity.kind
        for predicate in kind.schema.columns.map({ ColumnPredicate($0.name, "text-1") })
        where predicate.applies(to: kind) {
            _ = try? reader.records(where: [predicate]) { block throws(StoreError) in
                _ = try block.columns()
                return .next
            }
        }
        return
    }
    _ = try? reader.scan(series.sorted(), in: .all) { (_, chunk) throws(StoreError) in
        _ = try chunk.decode()
        return .next
    }
}

/// A log of two groups whose payloads are the input, cut in two; and the input as a group with records.
private func readLog(_ input: ArraySlice<UInt8>) {
    _ = try? WALGroup(lsn: 1, type: WALFormat.recordsGroupType, decoding: input.span.bytes)
    let store = UUID16(high: 1, low: 2)
    var bytes = WALFileHeader(store: store, firstLSN: 1).encoded()
    let cut = input.isEmpty ? 0 : Int(input.first!) % (input.count + 1)
    for (lsn, payload) in [(UInt64(1), input.prefix(cut)), (2, input.dropFirst(cut))] {
        var group = ByteWriter()
        group.write(UInt32(payload.count))
        group.write(lsn)
        group.write(UInt64(1))
        group.write(contentsOf: payload)
        bytes += withUnsafeBytes(of: CRC32C.checksum(group.bytes, seed: 2)) { Array($0) } + group.bytes
        bytes += [UInt8](repeating: 0, count: (8 - bytes.count % 8) % 8)
    }
    let fileSystem = SimulatedFileSystem()
    guard let file = try? fileSystem.open("log", .createNew), (try? file.write(bytes, at: 0)) != nil else {
        preconditionFailure("the simulated disk takes every write")
    }
    guard var reader = try? WALReader(path: "log", fileSystem: fileSystem) else { return }
    let catalogue = Catalogue()
    while case .group(let group, _) = try? reader.next(from: 1) {
        for record in group.records { try? catalogue.apply(record) }
    }
    _ = reader.survivor(above: 1, from: 64)
}

/// A manifest whose body is the input.
private func readManifest(_ input: ArraySlice<UInt8>) {
    var bytes = Array("VRVMAN01".utf8) + [1, 0, 0, 0]
    bytes += withUnsafeBytes(of: UInt32(input.count)) { Array($0) } + input
    bytes += withUnsafeBytes(of: CRC32C.checksum(bytes)) { Array($0) }
    guard let manifest = try? Manifest(decoding: bytes, path: "manifest") else { return }
    precondition((try? Manifest(decoding: manifest.encoded(), path: "manifest")) == manifest, "a manifest changed")
}

/// Records of a catalogue, applied.
private func readCatalogue(_ input: ArraySlice<UInt8>) {
    let catalogue = Catalogue()
    let bytes = Array(input)
    var cursor = ByteCursor(bytes.span.bytes)
    while !cursor.isAtEnd, let record = try? CatalogueRecord(decoding: &cursor) { try? catalogue.apply(record) }
}

/// A checkpoint of the catalogue: sections that the input spells, or the golden one with some bytes changed.
private func readCheckpoint(_ input: ArraySlice<UInt8>) {
    guard let first = input.first else { return }
    let rest = input.dropFirst()
    let isSpelled = first % 2 == 0
    (isSpelled ? SealedCheckpoint(sections: rest) : SealedCheckpoint(changing: goldenCheckpoint, rest)).open()
}

private let goldenCheckpoint: [UInt8] = {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
    let directory = "\(root)/Tests/Golden/store-v2/catalog"
    let disk = LinuxFileSystem()
    guard let name = (try? disk.list(directory))?.first(where: { $0.hasSuffix(".idx") }),
        let file = try? disk.open("\(directory)/\(name)", .read), let count = try? file.byteCount(),
        let bytes = try? file.read(at: 0, count: count)
    else { preconditionFailure("no golden checkpoint in \(directory)") }
    return bytes
}()
