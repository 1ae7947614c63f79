/// Numbers by byte string: an open-addressing hash table that owns copies of its keys.
///
/// A look-up costs one hash, usually one slot and one full comparison, and allocates nothing. Entries are only added,
/// or all forgotten at once. Owned by one parser.
struct ByteTable {
    /// Where the bytes of an entry lie, and the number stored with them.
    private struct Entry {
        let offset: Int
        let count: Int32
        let value: Int32
    }

    private let hash: ByteHash
    private var keys: [UInt8] = []
    private var entries: [Entry] = []
    /// Upper half: upper half of the key's hash; lower half: index into `entries` plus 1. 0: free. The count is a power
    /// of two.
    private var slots: [UInt64]

    private static let slotCountMin = 64

    init(hash: ByteHash) {
        self.hash = hash
        slots = [UInt64](repeating: 0, count: Self.slotCountMin)
    }

    /// Memory held, in bytes, counting reserved but unused room.
    var byteCount: Int {
        keys.capacity + entries.capacity * MemoryLayout<Entry>.stride + slots.capacity * MemoryLayout<UInt64>.stride
    }

    /// The number stored for `bytes[offset..<offset + count]`, or nil. Hot: once per line.
    @inline(__always)
    func value(for bytes: RawSpan, at offset: Int, count: Int) -> Int? {
        let hash = hash.value(of: bytes, at: offset, count: count)
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = slots[index]
            // A free slot ends every probe: at most half of the slots are taken.
            if slot == 0 { return nil }
            if (slot ^ hash) >> 32 == 0 {
                let entry = entries[Int(slot & 0xFFFF_FFFF) - 1]
                if entry.count == count, keys.span.bytes.equals(at: entry.offset, bytes, at: offset, count: count) {
                    return Int(entry.value)
                }
            }
            index = (index &+ 1) & mask
        }
    }

    /// Stores a number for a key that is not in the table.
    mutating func insert(_ bytes: RawSpan, at offset: Int, count: Int, value: Int) {
        if (entries.count + 1) * 2 > slots.count { grow() }
        entries.append(Entry(offset: keys.count, count: Int32(count), value: Int32(value)))
        bytes.extracting(offset..<(offset + count)).withUnsafeBytes { keys.append(contentsOf: $0) }
        place(hash: hash.value(of: bytes, at: offset, count: count), entry: entries.count)
    }

    private mutating func place(hash: UInt64, entry: Int) {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while slots[index] != 0 { index = (index + 1) & mask }
        slots[index] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(entry)
    }

    private mutating func grow() {
        slots = [UInt64](repeating: 0, count: slots.count * 2)
        for (index, entry) in entries.enumerated() {
            place(hash: hash.value(of: keys.span.bytes, at: entry.offset, count: Int(entry.count)), entry: index + 1)
        }
    }
}
