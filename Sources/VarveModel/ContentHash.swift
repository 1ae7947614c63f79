/// A 64-bit hash of words and bytes that is the same in every process and however the bytes are cut into calls: tells
/// whether a write that claims to be a repetition is one. Against mistakes, not against attackers: whoever may write
/// may write anything. Hot: once per byte of a write with a retry token; folds 8 bytes per multiplication.
package struct ContentHash: Sendable {
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    /// Bytes that do not fill a word yet, the first one lowest.
    private var pending: UInt64 = 0
    private var pendingBits: UInt64 = 0
    private var byteCount = 0

    package init() {}

    /// Never 0, which stands for "not known" where hashes are kept.
    package var value: UInt64 {
        let result = Self.fold(Self.fold(state, pending), UInt64(byteCount))
        return result == 0 ? 1 : result
    }

    package mutating func add(_ word: UInt64) {
        byteCount += 8
        mix(word)
    }

    package mutating func add(_ bytes: UnsafeRawBufferPointer) {
        byteCount += bytes.count
        let whole = bytes.count & ~7
        for offset in stride(from: 0, to: whole, by: 8) {
            mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
        }
        for byte in bytes[whole...] {
            pending |= UInt64(byte) << pendingBits
            pendingBits += 8
            guard pendingBits == 64 else { continue }
            state = Self.fold(state, pending)
            (pending, pendingBits) = (0, 0)
        }
    }

    package mutating func add(_ text: String) {
        var text = text
        // The length goes in too, so that two texts cannot be cut elsewhere.
        add(UInt64(text.utf8.count))
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    @inline(__always)
    private mutating func mix(_ word: UInt64) {
        if pendingBits == 0 {
            state = Self.fold(state, word)
        } else {
            state = Self.fold(state, pending | word << pendingBits)
            pending = word >> (64 - pendingBits)
        }
    }

    /// One 64 × 64 → 128-bit multiplication by an odd constant, its halves added: no word loses bits to a zero.
    @inline(__always)
    private static func fold(_ state: UInt64, _ word: UInt64) -> UInt64 {
        let (high, low) = (state ^ word).multipliedFullWidth(by: 0x2545_F491_4F6C_DD1D)
        return (high ^ low) &+ (state << 23 | state >> 41)
    }
}

extension RowBatch {
    /// Equal for batches with the same rows in the same order. O(rows + values).
    package func hashOfContent() -> UInt64 {
        var hash = ContentHash()
        let shapeHashes = shapes.map { $0.hashOfContent() }
        for (shape, timestamp) in zip(rowShapes, timestamps) {
            hash.add(shapeHashes[Int(shape)])
            hash.add(UInt64(bitPattern: timestamp))
        }
        for value in values { hash.add(value.bitPattern) }
        return hash.value
    }
}

extension RowShape {
    /// Equal for shapes that name the same series in the same order, by bytes.
    package func hashOfContent() -> UInt64 {
        var hash = ContentHash()
        hash.add(UInt64(source.kind.rawValue))
        for text in [source.scope.account, source.scope.region, source.namespace] { hash.add(text) }
        for dimension in source.dimensions {
            hash.add(dimension.name)
            hash.add(dimension.value)
        }
        for field in fields {
            hash.add(UInt64(field.unit.rawValue) << 8 | UInt64(field.resolution.rawValue))
            hash.add(field.metric)
        }
        return hash.value
    }
}
