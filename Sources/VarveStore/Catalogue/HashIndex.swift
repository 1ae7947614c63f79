/// Finds a number by the hash of its key: open addressing with linear probing. The keys themselves live in tables; the
/// caller compares them.
///
/// A slot is 8 bytes: 32 bits of the hash, so that growing reads no key, and the number plus one. At most three of
/// four slots are taken, on average five of nine: 14 bytes per entry.
struct HashIndex: Sendable {
    private var slots: [UInt64] = []
    private(set) var count = 0

    var capacityBytes: Int { slots.count * 8 }

    /// The number whose key has this hash and for which `isSame` holds. O(1) expected.
    func find(_ hash: UInt64, _ isSame: (UInt32) -> Bool) -> UInt32? {
        guard !slots.isEmpty else { return nil }
        let tag = hash >> 32
        let mask = slots.count - 1
        var position = Int(truncatingIfNeeded: tag) & mask
        while true {
            let slot = slots[position]
            if slot == 0 { return nil }
            if slot >> 32 == tag {
                let number = UInt32(truncatingIfNeeded: slot) &- 1
                if isSame(number) { return number }
            }
            position = (position + 1) & mask
        }
    }

    /// - Precondition: no entry has the same key.
    mutating func insert(_ hash: UInt64, _ number: UInt32) {
        precondition(number < .max, "numbers stay below 2^32 - 1")
        if (count + 1) * 4 > slots.count * 3 { grow() }
        place((hash & ~0xffff_ffff) | UInt64(number + 1))
        count += 1
    }

    /// Gives the key of `old` to `new`. Does nothing when there is no such entry.
    mutating func replace(_ hash: UInt64, _ old: UInt32, with new: UInt32) {
        guard !slots.isEmpty else { return }
        let wanted = (hash & ~0xffff_ffff) | UInt64(old + 1)
        var position = Int(truncatingIfNeeded: hash >> 32) & (slots.count - 1)
        while slots[position] != 0 {
            if slots[position] == wanted {
                slots[position] = (hash & ~0xffff_ffff) | UInt64(new + 1)
                return
            }
            position = (position + 1) & (slots.count - 1)
        }
    }

    private mutating func place(_ slot: UInt64) {
        let mask = slots.count - 1
        var position = Int(truncatingIfNeeded: slot >> 32) & mask
        while slots[position] != 0 { position = (position + 1) & mask }
        slots[position] = slot
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: 0, count: max(16, old.count * 2))
        for slot in old where slot != 0 { place(slot) }
    }
}
