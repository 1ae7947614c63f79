import Glibc
import Synchronization

/// A column of small values that only grows. One thread appends; any thread reads what is below `count`.
///
/// Values live in blocks that double in size and never move, so that readers need no lock and growing copies nothing.
/// What a block has beyond its last value is address space, not memory: the kernel provides pages when they are
/// touched.
package final class GrowingColumn<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    // Safe to share: a value and the block that holds it are written before `published` is raised with release order;
    // readers load that with acquire order and never look beyond it. Values below it change through atomics only.

    /// log2 of the values in the first block: small enough for the hundreds of tiny stores of a test run.
    private static var firstBits: Int { 6 }
    /// Blocks that 2³² values need.
    private static var blockCountMax: Int { 33 - firstBits }

    private let blocks: UnsafeMutablePointer<UnsafeMutablePointer<Element>>
    private let published = Atomic<Int>(0)
    private var blockCount = 0

    package init() { blocks = .allocate(capacity: Self.blockCountMax) }

    deinit {
        for block in 0..<blockCount { Self.free(blocks[block], block) }
        blocks.deallocate()
    }

    var count: Int { published.load(ordering: .acquiring) }

    /// Bytes of address space that the blocks take.
    var capacityBytes: Int {
        ((1 << (Self.firstBits + blockCount)) - (1 << Self.firstBits)) * MemoryLayout<Element>.stride
    }

    /// Writer only. O(1).
    package func append(_ value: Element) {
        let index = published.load(ordering: .relaxed)
        let (block, offset) = Self.place(of: index)
        precondition(makeBlocks(upTo: block), "no memory for a block of a catalogue column")
        (blocks[block] + offset).initialize(to: value)
        published.store(index + 1, ordering: .releasing)
    }

    /// Raises the count to `count` with values whose bytes are all zero. Writer only. They are not written: the kernel
    /// has zeros where nothing was touched, so numbers that mean nothing any more take address space and no memory,
    /// however many a file asks for.
    /// - Returns: false when there is no address space for them.
    func skip(to count: Int) -> Bool {
        guard count > published.load(ordering: .relaxed) else { return true }
        guard makeBlocks(upTo: Self.place(of: count - 1).block) else { return false }
        published.store(count, ordering: .releasing)
        return true
    }

    // MARK: Blocks

    private func makeBlocks(upTo block: Int) -> Bool {
        precondition(block < Self.blockCountMax, "a catalogue column holds at most 2^32 values")
        while blockCount <= block {
            guard let memory = Self.allocate(blockCount) else { return false }
            blocks[blockCount] = memory.bindMemory(to: Element.self, capacity: 1 << (Self.firstBits + blockCount))
            blockCount += 1
        }
        return true
    }

    private static func byteCount(ofBlock block: Int) -> Int {
        MemoryLayout<Element>.stride << (firstBits + block)
    }

    /// Blocks of this many bytes come from the kernel: the allocator may hand out used memory, and clear it.
    private static var mappedByteCountMin: Int { 128 << 10 }

    /// Zeros.
    private static func allocate(_ block: Int) -> UnsafeMutableRawPointer? {
        let byteCount = byteCount(ofBlock: block)
        guard byteCount >= mappedByteCountMin else { return calloc(1, byteCount) }
        // Not counted as memory before it is touched.
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0)
        return memory == MAP_FAILED ? nil : memory
    }

    private static func free(_ memory: UnsafeMutablePointer<Element>, _ block: Int) {
        let byteCount = byteCount(ofBlock: block)
        if byteCount < mappedByteCountMin { Glibc.free(memory) } else { munmap(memory, byteCount) }
    }

    // MARK: Values

    subscript(index: Int) -> Element {
        precondition(index >= 0 && index < count, "only published values can be read")
        let (block, offset) = Self.place(of: index)
        return blocks[block][offset]
    }

    subscript(index: UInt32) -> Element { self[Int(index)] }

    /// The block and the position in it of a value.
    @inline(__always)
    private static func place(of index: Int) -> (block: Int, offset: Int) {
        let shifted = index + (1 << firstBits)
        let bits = Int.bitWidth - 1 - shifted.leadingZeroBitCount
        return (bits - firstBits, shifted - (1 << bits))
    }

    private func pointer(to index: Int) -> UnsafeMutablePointer<Element> {
        precondition(index >= 0 && index < count, "only published values can be changed")
        let (block, offset) = Self.place(of: index)
        return blocks[block] + offset
    }
}

extension GrowingColumn where Element == UInt32 {
    /// Reads a value that ``store(_:at:)`` changes; sees everything written before the store.
    func load(_ index: Int) -> UInt32 { cell(index).pointee.load(ordering: .acquiring) }

    /// Changes a published value.
    func store(_ value: UInt32, at index: Int) { cell(index).pointee.store(value, ordering: .releasing) }

    /// `Atomic<UInt32>` has the layout of UInt32 and no state beside it.
    private func cell(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
        UnsafeMutableRawPointer(pointer(to: index)).assumingMemoryBound(to: Atomic<UInt32>.self)
    }
}
