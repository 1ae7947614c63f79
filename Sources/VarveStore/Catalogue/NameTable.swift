import Glibc
import Synchronization

/// The bytes of every name, each once, by number. One thread adds; any thread reads.
///
/// Names lie one after the other in blocks that double in size and never move; none is split between blocks. A name
/// costs its bytes, two for its length and four for its place.
final class NameTable: @unchecked Sendable {
    // Safe to share: bytes are written before `offsets` publishes their place, and never change.

    /// log2 of the bytes of the first block; above the longest name with its length (64 KiB + 2).
    private static let firstBits = 17
    /// Places are 32 bits wide.
    static let byteCountMax = Int(UInt32.max)

    private let blocks: UnsafeMutablePointer<UnsafeMutableRawPointer>
    private var blockCount = 0
    /// Place of the next name.
    private(set) var end = 0
    private let offsets = GrowingColumn<UInt32>()

    init() { blocks = .allocate(capacity: 33 - Self.firstBits) }

    deinit {
        for block in 0..<blockCount { blocks[block].deallocate() }
        blocks.deallocate()
    }

    var count: Int { offsets.count }
    var capacityBytes: Int { end + offsets.capacityBytes }

    /// Whether `byteCount` bytes of names in `nameCount` names can still be added. Blocks' ends may stay unused, hence
    /// the reserve.
    func hasRoom(nameCount: Int, byteCount: Int) -> Bool {
        // A block's end stays unused for at most one name of each doubling.
        end + byteCount + nameCount * 2 + 16 * Int(UInt16.max) < Self.byteCountMax
    }

    /// Writer only. Returns the number of the name.
    func add(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        precondition(bytes.count <= Int(UInt16.max), "names have at most 65 535 bytes; callers limit them to 1 024")
        let byteCount = bytes.count + 2
        var (block, offset) = Self.place(of: end)
        if offset + byteCount > 1 << (Self.firstBits + block) {
            block += 1
            offset = 0
            end = (1 << (Self.firstBits + block)) - (1 << Self.firstBits)
        }
        precondition(end + byteCount <= Self.byteCountMax, "names were added without asking whether there is room")
        if block == blockCount {
            blocks[block] = .allocate(byteCount: 1 << (Self.firstBits + block), alignment: 16)
            blockCount += 1
        }
        let target = blocks[block] + offset
        target.storeBytes(of: UInt16(bytes.count), as: UInt16.self)
        if let source = bytes.baseAddress { (target + 2).copyMemory(from: source, byteCount: bytes.count) }
        let number = UInt32(offsets.count)
        offsets.append(UInt32(end))
        end += byteCount
        return number
    }

    /// The bytes of a name; valid while the table lives.
    func bytes(_ number: UInt32) -> UnsafeRawBufferPointer {
        let (block, offset) = Self.place(of: Int(offsets[number]))
        let start = UnsafeRawPointer(blocks[block]) + offset
        return UnsafeRawBufferPointer(start: start + 2, count: Int(start.loadUnaligned(as: UInt16.self)))
    }

    func text(_ number: UInt32) -> String { String(decoding: bytes(number), as: UTF8.self) }

    func isEqual(_ number: UInt32, _ other: UnsafeRawBufferPointer) -> Bool {
        let own = bytes(number)
        guard own.count == other.count else { return false }
        guard let left = own.baseAddress, let right = other.baseAddress else { return true }
        return memcmp(left, right, own.count) == 0
    }

    /// Order by bytes.
    func precedes(_ left: UInt32, _ right: UInt32) -> Bool { Self.order(bytes(left), bytes(right)) < 0 }

    /// Negative, zero or positive as `left` comes before, with or after `right`.
    static func order(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        if let one = left.baseAddress, let other = right.baseAddress {
            let order = memcmp(one, other, min(left.count, right.count))
            if order != 0 { return Int(order) }
        }
        return left.count - right.count
    }

    private static func place(of end: Int) -> (block: Int, offset: Int) {
        let shifted = end + (1 << firstBits)
        let bits = Int.bitWidth - 1 - shifted.leadingZeroBitCount
        return (bits - firstBits, shifted - (1 << bits))
    }
}

extension String {
    /// The UTF-8 bytes, without a copy where the string has them in one piece.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) { return result }
        return Array(utf8).withUnsafeBytes(body)
    }
}
