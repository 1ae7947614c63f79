import Synchronization

/// What a cache slot holds: bytes that passed their checksum, or an index leaf, directory or rollup already decoded.
enum CachedPage: Sendable {
    case payload(SegmentPayload)
    case timeLeaf(TimeIndexLeaf)
    case blockLeaf(BlockIndexLeaf)
    case seriesLeaf(SeriesIndexLeaf)
    case directory(RunDirectory)
    case rollupLeaf(RollupIndexLeaf)
    case rollup(Rollup)

    /// Memory, roughly: what counts against the cache's limit.
    var byteCount: Int {
        switch self {
        case .payload(let payload): payload.page.count
        case .timeLeaf(let leaf): leaf.entries.count * MemoryLayout<TimeBlockEntry>.stride
        case .blockLeaf(let leaf): leaf.entries.count * MemoryLayout<BlockEntry>.stride
        case .seriesLeaf(let leaf): leaf.entries.count * MemoryLayout<SeriesEntry>.stride
        case .directory(let directory): directory.byteCount
        case .rollupLeaf(let leaf): leaf.entries.count * MemoryLayout<RollupEntry>.stride
        case .rollup(let rollup): rollup.buckets.count * MemoryLayout<RollupBucket>.stride
        }
    }
}

/// Verified pages of all open segments, bounded in bytes; the least recently used go first (CLOCK: one bit per page, no
/// list to maintain on a hit).
///
/// Guarded by lock; any thread. Pages are read outside the lock, so two threads may read the same page once each.
package final class PageCache: Sendable {
    private let state: Mutex<State>
    private let owners = Atomic<UInt32>(0)

    /// Enough for the working set of a dashboard on a small machine; the store passes a share of its memory budget.
    package static let byteCountDefault = 64 << 20

    package init(byteCountMax: Int = PageCache.byteCountDefault) {
        state = Mutex(State(byteCountMax: byteCountMax))
    }

    /// A number for a segment that will put pages here.
    func registerOwner() -> UInt32 { owners.add(1, ordering: .relaxed).newValue }

    func find(owner: UInt32, page: UInt32) -> CachedPage? {
        state.withLock { $0.find(Self.key(owner, page)) }
    }

    func insert(_ content: CachedPage, owner: UInt32, page: UInt32) {
        state.withLock { $0.insert(content, for: Self.key(owner, page)) }
    }

    /// Drops all pages of a segment that is being closed. O(pages in the cache).
    func forget(owner: UInt32) {
        state.withLock { $0.removeAll { $0 >> 32 == UInt64(owner) } }
    }

    /// Hits, misses, and bytes held.
    package var counters: PageCacheCounters { state.withLock(\.counters) }

    private static func key(_ owner: UInt32, _ page: UInt32) -> UInt64 { UInt64(owner) << 32 | UInt64(page) }
}

/// How a cache is doing.
package struct PageCacheCounters: Sendable, Equatable {
    package var hits = 0
    package var misses = 0
    package var byteCount = 0
    package var pageCount = 0
}

extension PageCache {
    private struct Slot {
        var key: UInt64
        var content: CachedPage
        /// Set by a hit, cleared when the hand passes: only pages not used for a whole round are dropped.
        var isRecentlyUsed: Bool
    }

    private struct State {
        let byteCountMax: Int
        var slots: [Slot?] = []
        var free: [Int] = []
        var indexes: [UInt64: Int] = [:]
        var hand = 0
        var counters = PageCacheCounters()

        init(byteCountMax: Int) { self.byteCountMax = byteCountMax }

        mutating func find(_ key: UInt64) -> CachedPage? {
            guard let index = indexes[key] else {
                counters.misses += 1
                return nil
            }
            counters.hits += 1
            slots[index]!.isRecentlyUsed = true
            return slots[index]!.content
        }

        mutating func insert(_ content: CachedPage, for key: UInt64) {
            let byteCount = content.byteCount
            // One giant body must not throw out everything else.
            guard indexes[key] == nil, byteCount <= byteCountMax / 4 else { return }
            while counters.byteCount + byteCount > byteCountMax { evictOne() }
            let slot = Slot(key: key, content: content, isRecentlyUsed: false)
            if let index = free.popLast() {
                slots[index] = slot
                indexes[key] = index
            } else {
                indexes[key] = slots.count
                slots.append(slot)
            }
            counters.byteCount += byteCount
            counters.pageCount += 1
        }

        /// - Precondition: something is cached.
        private mutating func evictOne() {
            while true {
                hand = hand + 1 < slots.count ? hand + 1 : 0
                guard slots[hand] != nil else { continue }
                if !slots[hand]!.isRecentlyUsed { return remove(at: hand) }
                slots[hand]!.isRecentlyUsed = false
            }
        }

        private mutating func remove(at index: Int) {
            guard let slot = slots[index] else { return }
            slots[index] = nil
            free.append(index)
            indexes[slot.key] = nil
            counters.byteCount -= slot.content.byteCount
            counters.pageCount -= 1
        }

        mutating func removeAll(where isDropped: (UInt64) -> Bool) {
            for index in slots.indices where slots[index].map({ isDropped($0.key) }) ?? false { remove(at: index) }
        }
    }
}
