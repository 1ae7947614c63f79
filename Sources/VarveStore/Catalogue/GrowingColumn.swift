import Synchronization

/// A column of small values that only grows. One thread appends; any thread reads what is below `count`.
///
/// Values live in blocks that double in size and never move, so that readers need no lock and growing copies nothing.
/// What a block has beyond its last value is address space, not memory: the kernel provides pages when they are
/// touched.
final class GrowingColumn<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    // Safe to share: a value and the block that holds it are written before `published` is raised with release order;
    // readers load that with acquire order and never look beyond it. Values below it change through atomics only.

    /// log2 of the values in the first block: small enough for the hundreds of tiny stores of a test run.
    private static var firstBits: Int { 6 }
    /// Blocks that 2³² values need.
    private static var blockCountMax: Int { 33 - firstBits }

    private let blocks: UnsafeMutablePointer<UnsafeMutablePointer<Element>>
    private let published = Atomic<Int>(0)
    private var blockCount = 0

    init() { blocks = .allocate(capacity: Self.blockCountMax) }

    deinit {
        for block in 0..<blockCount { blocks[block].deallocate() }
        blocks.deallocate()
    }

    var count: Int { published.load(ordering: .acquiring) }

    /// Bytes of address space that the blocks take.
    var capacityBytes: Int {
        ((1 << (Self.firstBits + blockCount)) - (1 << Self.firstBits)) * MemoryLayout<Element>.stride
    }

    /// Writer only. O(1).
    func append(_ value: Element) {
        let index = published.load(ordering: .relaxed)
        let (block, offset) = Self.place(of: index)
        if block == blockCount {
            precondition(block < Self.blockCountMax, "a catalogue column holds at most 2^32 values")
            blocks[block] = .allocate(capacity: 1 << (Self.firstBits + block))
            blockCount += 1
        }
        (blocks[block] + offset).initialize(to: value)
        published.store(index + 1, ordering: .releasing)
    }

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
