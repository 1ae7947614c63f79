import Glibc

/// The content of a simulated file: cheap to copy, and zeros cost nothing. A value; one thread at a time.
struct SparseBytes: Sendable {
    private(set) var byteCount = 0
    /// By page number; a missing page is all zeros. Bytes behind ``byteCount`` are zeros always.
    private var pages: [Int: [UInt8]] = [:]

    /// The page size of Linux on x86-64; nothing depends on its value.
    private static let pageBytes = 4096

    /// Reads up to `buffer.count` bytes, fewer at the end. O(bytes).
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let end = min(byteCount, offset + buffer.count)
        guard offset < end, let target = buffer.baseAddress else { return 0 }
        Self.forEachPiece(offset, end) { page, start, count, done in
            guard let bytes = pages[page] else {
                memset(target + done, 0, count)
                return
            }
            bytes.withUnsafeBytes { _ = memcpy(target + done, $0.baseAddress! + start, count) }
        }
        return end - offset
    }

    /// Writes bytes, growing as needed. O(bytes).
    mutating func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
        Self.forEachPiece(offset, offset + bytes.count) { page, start, count, done in
            pages[page, default: [UInt8](repeating: 0, count: Self.pageBytes)].withUnsafeMutableBytes {
                _ = memcpy($0.baseAddress! + start, source + done, count)
            }
        }
        byteCount = max(byteCount, offset + bytes.count)
    }

    mutating func write(_ bytes: some Sequence<UInt8>, at offset: Int) {
        Array(bytes).withUnsafeBytes { write($0, at: offset) }
    }

    /// Cuts, or grows with zeros.
    mutating func resize(to newByteCount: Int) {
        if newByteCount < byteCount {
            pages = pages.filter { $0.key * Self.pageBytes < newByteCount }
            let kept = newByteCount % Self.pageBytes
            pages[newByteCount / Self.pageBytes]?.withUnsafeMutableBytes {
                _ = memset($0.baseAddress! + kept, 0, Self.pageBytes - kept)
            }
        }
        byteCount = newByteCount
    }

    /// Whether the bytes, at least one, occur. O(bytes).
    func holds(_ wanted: [UInt8]) -> Bool {
        var content = [UInt8](repeating: 0, count: byteCount)
        _ = content.withUnsafeMutableBytes { read(at: 0, into: $0) }
        return content.withUnsafeBytes { content in
            var offset = 0
            while offset + wanted.count <= content.count {
                let rest = content.count - wanted.count + 1 - offset
                guard let base = content.baseAddress, let hit = memchr(base + offset, Int32(wanted[0]), rest) else {
                    return false
                }
                if memcmp(hit, wanted, wanted.count) == 0 { return true }
                offset = UnsafeRawPointer(hit) - base + 1
            }
            return false
        }
    }

    /// Inverts one bit.
    mutating func flipBit(_ bit: Int, ofByteAt offset: Int) {
        precondition((0..<byteCount).contains(offset) && (0..<8).contains(bit), "no bit \(bit) of byte \(offset)")
        let zeros = [UInt8](repeating: 0, count: Self.pageBytes)
        pages[offset / Self.pageBytes, default: zeros][offset % Self.pageBytes] ^= 1 << UInt8(bit)
    }

    /// Calls `body` with the parts of a byte range that lie in one page each: page, offset in it, bytes, bytes before.
    private static func forEachPiece(_ start: Int, _ end: Int, _ body: (Int, Int, Int, Int) -> Void) {
        var offset = start
        while offset < end {
            let inPage = offset % pageBytes
            let count = min(end - offset, pageBytes - inPage)
            body(offset / pageBytes, inPage, count, offset - start)
            offset += count
        }
    }
}
