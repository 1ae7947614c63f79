import Glibc
import VarveModel

/// The texts by which a rule tells contributors apart, one for each of its keys.
struct ContributorKey: Hashable, Comparable, Sendable {
    var texts: [NameKey]

    static func < (left: ContributorKey, right: ContributorKey) -> Bool {
        left.texts.lexicographicallyPrecedes(right.texts)
    }
}

/// What one event adds to a rule.
struct Contribution: Equatable, Sendable {
    var key: ContributorKey
    /// 1 for rules that count.
    var value: Double
}

/// Values by contributor in a table of limited size.
///
/// While there are at most `countMax` contributors all values are exact. Then a newcomer takes the place of the one
/// with the smallest value, and – for sums – begins with that value, which is remembered as the most that it may be too
/// large by (Space-Saving; Metwally, Agrawal, El Abbadi 2005). With values that are not negative, every contributor
/// with more than 1/`countMax` of the total is in the table, and `value - excess <= truth <= value`.
///
/// Memory: the keys, and about 100 bytes each. ``add(_:_:)`` is O(1), and O(log countMax) once the table is full.
struct ContributorCounter {
    struct Entry {
        var key: ContributorKey
        var value: Double
        /// The value may be too large by this much.
        var excess: Double
    }

    private let countMax: Int
    private(set) var entries: [Entry] = []
    private var places: [ContributorKey: Int] = [:]
    /// Whether all values are exact, and the entries all contributors.
    private(set) var isExact = true
    /// Positions of entries, the smallest value first, and where each entry stands there. Empty while there is room.
    private var heap: [Int] = []
    private var heapPlaces: [Int] = []

    init(countMax: Int) {
        precondition(countMax >= 1, "a table has room for one contributor at least")
        self.countMax = countMax
    }

    /// Adds to what a contributor has.
    mutating func add(_ key: ContributorKey, _ value: Double) {
        let entry = place(of: key, inherits: true)
        entries[entry].value += value
        moved(entry)
    }

    /// Keeps the larger of what a contributor has and `value`.
    mutating func raise(_ key: ContributorKey, to value: Double) {
        if let entry = places[key] {
            guard value > entries[entry].value else { return }
            entries[entry].value = value
            return moved(entry)
        }
        // The table keeps the largest: one that is no larger than all of them does not get in.
        if entries.count == countMax {
            makeHeap()
            isExact = false
            guard let smallest = heap.first, value > entries[smallest].value else { return }
        }
        let entry = place(of: key, inherits: false)
        entries[entry].value = value
        moved(entry)
    }

    /// The entry of a contributor, a new one or that of the smallest if need be.
    private mutating func place(of key: ContributorKey, inherits: Bool) -> Int {
        if let entry = places[key] { return entry }
        if entries.count < countMax {
            entries.append(Entry(key: key, value: 0, excess: 0))
            places[key] = entries.count - 1
            return entries.count - 1
        }
        makeHeap()
        isExact = false
        let entry = heap[0]
        places[entries[entry].key] = nil
        places[key] = entry
        let floor = inherits ? entries[entry].value : 0
        entries[entry] = Entry(key: key, value: floor, excess: floor)
        return entry
    }

    // MARK: The heap

    private mutating func makeHeap() {
        guard heap.isEmpty else { return }
        // Ascending order is a heap.
        heap = entries.indices.sorted { entries[$0].value < entries[$1].value }
        heapPlaces = [Int](repeating: 0, count: heap.count)
        for (place, entry) in heap.enumerated() { heapPlaces[entry] = place }
    }

    private func precedes(_ left: Int, _ right: Int) -> Bool { entries[heap[left]].value < entries[heap[right]].value }

    private mutating func swap(_ left: Int, _ right: Int) {
        heap.swapAt(left, right)
        heapPlaces[heap[left]] = left
        heapPlaces[heap[right]] = right
    }

    /// Puts an entry whose value changed where it belongs.
    private mutating func moved(_ entry: Int) {
        guard !heap.isEmpty else { return }
        var place = heapPlaces[entry]
        while place > 0, precedes(place, (place - 1) / 2) {
            swap(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
        while true {
            let children = [2 * place + 1, 2 * place + 2].filter { $0 < heap.count }
            guard let child = children.min(by: { precedes($0, $1) }), precedes(child, place) else { return }
            swap(place, child)
            place = child
        }
    }

    /// The largest values, largest first; of equal ones the first key. O(entries × log entries).
    func largest(_ count: Int) -> [Entry] {
        let sorted = entries.sorted { left, right in
            left.value == right.value ? left.key < right.key : left.value > right.value
        }
        return Array(sorted.prefix(count))
    }
}

/// About how many different keys there were (HyperLogLog; Flajolet et al. 2007): 16 384 registers of a byte, a standard
/// error of 0.8 %.
struct DistinctCount {
    private static let indexBits = 14
    private var registers = [UInt8](repeating: 0, count: 1 << indexBits)

    /// O(bytes of the key).
    mutating func add(_ key: ContributorKey) {
        let hash = Self.hash(key)
        let index = Int(hash >> (64 - UInt64(Self.indexBits)))
        let rest = hash << UInt64(Self.indexBits)
        let rank = UInt8(min(rest.leadingZeroBitCount, 64 - Self.indexBits) + 1)
        registers[index] = max(registers[index], rank)
    }

    /// O(registers).
    var estimate: Double {
        let count = Double(registers.count)
        let sum = registers.reduce(0.0) { $0 + Double(sign: .plus, exponent: -Int($1), significand: 1) }
        let raw = 0.7213 / (1 + 1.079 / count) * count * count / sum
        let empty = registers.count { $0 == 0 }
        guard raw <= 2.5 * count, empty > 0 else { return raw }
        // Few keys: as many registers are still empty as chance would leave.
        return count * log(count / Double(empty))
    }

    /// FNV-1a over the texts, each closed by a byte that UTF-8 does not have; then mixed, since its upper bits change
    /// little with the last bytes.
    private static func hash(_ key: ContributorKey) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for text in key.texts {
            for byte in text.text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            hash = (hash ^ 0xff) &* 0x100_0000_01b3
        }
        hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
        hash = (hash ^ hash >> 33) &* 0xc4ce_b9fe_1a85_ec53
        return hash ^ hash >> 33
    }
}
