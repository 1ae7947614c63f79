import VarveBytes
import VarveTestKit

/// Changes a segment and makes all checksums fit again: what a reader sees of a writer with errors, or of malice.
enum Forgery {
    private struct Place {
        var start: Int
        var byteCount: Int
    }

    /// Overwrites one to three bytes in the payload of a page of one of the types (7: the footer).
    static func change(_ segment: [UInt8], types: Set<UInt8>, _ random: inout SplitMix64) throws -> [UInt8] {
        var bytes = segment
        let pages = places(in: bytes)
        let chosen = pages.filter { types.contains(bytes[$0.start + 4]) }.randomElement(using: &random)!
        let payload = Int(integer(bytes, at: chosen.start + 24))
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let offset = chosen.start + 32 + Int.random(in: 0..<payload, using: &random)
            bytes[offset] = random.next() % 2 == 0 ? UInt8(random.next() & 0xff) : bytes[offset] ^ 1
        }
        seal(&bytes, pages)
        return bytes
    }

    /// Pages follow one another; the last one is the footer.
    private static func places(in bytes: [UInt8]) -> [Place] {
        var places: [Place] = []
        var start = 4_096
        while start < bytes.count - 32 {
            let byteCount = 32 + (Int(integer(bytes, at: start + 24)) + 7) / 8 * 8
            places.append(Place(start: start, byteCount: byteCount))
            start += byteCount
        }
        return places
    }

    /// Computes the checksums of pages, page table, trailer and file. The page table's begin where the old ones lie.
    private static func seal(_ bytes: inout [UInt8], _ pages: [Place]) {
        let old = pages.map { integer(bytes, at: $0.start + 28) }
        for page in pages.dropLast() { sealPage(&bytes, page) }
        let footer = pages[pages.count - 1]
        let new = pages.dropLast().map { integer(bytes, at: $0.start + 28) }
        let table = old.dropLast().flatMap(littleEndian)
        let end = footer.start + footer.byteCount - table.count
        if let offset = (footer.start..<max(footer.start, end)).first(where: { bytes[$0...].starts(with: table) }) {
            bytes.replaceSubrange(offset..<(offset + table.count), with: new.flatMap(littleEndian))
        }
        sealPage(&bytes, footer)
        let trailer = bytes.count - 32
        let footerCRC = integer(bytes, at: footer.start + 28)
        put(footerCRC, into: &bytes, at: trailer + 12)
        let all = [integer(bytes, at: 4_092)] + new + [footerCRC]
        put(CRC32C.checksum(all.flatMap(littleEndian)), into: &bytes, at: trailer + 16)
        put(CRC32C.checksum(Array(bytes[trailer..<(trailer + 20)])), into: &bytes, at: trailer + 20)
    }

    private static func sealPage(_ bytes: inout [UInt8], _ page: Place) {
        let head = Array(bytes[page.start..<(page.start + 28)])
        let rest = Array(bytes[(page.start + 32)..<(page.start + page.byteCount)])
        put(CRC32C.checksum(rest, seed: CRC32C.checksum(head)), into: &bytes, at: page.start + 28)
    }

    private static func integer(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
    }

    private static func littleEndian(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
    }

    private static func put(_ value: UInt32, into bytes: inout [UInt8], at offset: Int) {
        bytes.replaceSubrange(offset..<(offset + 4), with: littleEndian(value))
    }
}
