import VarveBytes
import VarveIO

/// A segment file, and where its checksums lie: Docs/Format/segment.md.
struct SealedSegment: Sendable {
    var bytes: [UInt8]
    /// Of the pages before the footer, then of the footer.
    private let pages: [Range<Int>]
    /// Of the checksums in the footer's page table.
    private let table: Int

    /// The golden files.
    static let golden: [SealedSegment] = {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        let disk = LinuxFileSystem()
        return ["segment-v1", "segment-v2"].flatMap { folder -> [SealedSegment] in
            let directory = "\(root)/Tests/Golden/\(folder)"
            return ((try? disk.list(directory)) ?? []).map { name in
                guard let file = try? disk.open("\(directory)/\(name)", .read), let count = try? file.byteCount(),
                    let bytes = try? file.read(at: 0, count: count)
                else { preconditionFailure("\(name) cannot be read") }
                return SealedSegment(bytes)
            }
        }
    }()

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
        let footer = Self.word64(bytes, bytes.count - 32)
        var pages: [Range<Int>] = []
        var offset = 4_096
        while offset < footer {
            let end = offset + 32 + (Self.word32(bytes, offset + 24) + 7) / 8 * 8
            pages.append(offset..<end)
            offset = end
        }
        self.pages = pages + [footer..<(bytes.count - 32)]
        let checksums = pages.flatMap { bytes[($0.lowerBound + 28)..<($0.lowerBound + 32)] }
        let starts = (footer + 32)...(bytes.count - 32 - checksums.count)
        guard let table = starts.first(where: { Array(bytes[$0..<($0 + checksums.count)]) == checksums }) else {
            preconditionFailure("the page table of a golden segment is not where the format says")
        }
        self.table = table
    }

    /// Makes all checksums right.
    mutating func seal() {
        var chain = [put(CRC32C.checksum(Array(bytes[..<4_092])), at: 4_092)]
        // The footer repeats the superblock's checksum, and those of the pages before it.
        put(chain[0], at: pages[pages.count - 1].lowerBound + 32)
        for (number, page) in pages.enumerated() {
            let start = page.lowerBound
            let covered = Array(bytes[start..<(start + 28)] + bytes[(start + 32)..<page.upperBound])
            chain.append(put(CRC32C.checksum(covered), at: start + 28))
            if number + 1 < pages.count { put(chain[number + 1], at: table + 4 * number) }
        }
        let trailer = bytes.count - 32
        put(chain[chain.count - 1], at: trailer + 12)
        put(CRC32C.checksum(chain.flatMap { withUnsafeBytes(of: $0) { Array($0) } }), at: trailer + 16)
        put(CRC32C.checksum(Array(bytes[trailer..<(trailer + 20)])), at: trailer + 20)
    }

    @discardableResult
    private mutating func put(_ checksum: UInt32, at offset: Int) -> UInt32 {
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: checksum, toByteOffset: offset, as: UInt32.self) }
        return checksum
    }

    private static func word32(_ bytes: [UInt8], _ offset: Int) -> Int {
        Int(bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) })
    }

    private static func word64(_ bytes: [UInt8], _ offset: Int) -> Int {
        Int(bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) })
    }
}
