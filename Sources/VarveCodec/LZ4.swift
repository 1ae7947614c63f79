import CLZ4
import VarveBytes

/// LZ4 blocks (no frame), by the system's liblz4. Any thread.
package enum LZ4 {
    /// How hard to look for repetitions.
    package enum Level: Sendable {
        /// About 500 MB/s per core; for numbers and logs.
        case fast
        /// LZ4 HC level 3, about 100 MB/s per core; for documents as they are flushed.
        case balanced
        /// LZ4 HC level 9, about 40 MB/s per core and 6 % smaller on numbers, 15–25 % on text; for compaction.
        case high

        /// The level that belongs to `effort`.
        package init(_ effort: CodecEffort) { self = effort == .compaction ? .high : .fast }
    }

    /// Largest input of one block, the library's own limit.
    package static let byteCountMax = Int(LZ4_MAX_INPUT_SIZE)

    /// The LZ4 block of `bytes`, or nil when it would take more than `byteCountLimit` bytes.
    package static func compress(
        _ bytes: UnsafeRawBufferPointer, level: Level = .fast, byteCountLimit: Int
    ) -> [UInt8]? {
        guard bytes.count <= byteCountMax, byteCountLimit > 0 else { return nil }
        // An empty buffer may have no address, and the library wants one.
        guard let source = bytes.baseAddress else { return [0] }
        let capacity = Int32(clamping: min(byteCountLimit, Int(LZ4_compressBound(Int32(bytes.count)))))
        let block = [UInt8](unsafeUninitializedCapacity: Int(capacity)) { output, count in
            count = output.withMemoryRebound(to: CChar.self) { target in
                compress(source, Int32(bytes.count), target, capacity, level)
            }
        }
        return block.isEmpty ? nil : block
    }

    private static func compress(
        _ source: UnsafeRawPointer, _ byteCount: Int32, _ target: UnsafeMutableBufferPointer<CChar>, _ capacity: Int32,
        _ level: Level
    ) -> Int {
        let input = source.assumingMemoryBound(to: CChar.self)
        switch level {
        case .fast: return Int(LZ4_compress_default(input, target.baseAddress!, byteCount, capacity))
        case .balanced: return Int(LZ4_compress_HC(input, target.baseAddress!, byteCount, capacity, 3))
        case .high: return Int(LZ4_compress_HC(input, target.baseAddress!, byteCount, capacity, 9))
        }
    }

    /// Decompresses `block` into `output`, which it must fill exactly.
    /// - Throws: `.malformed` with `offset` when it does not; `output` then holds anything. Never leaves the
    ///   buffers.
    package static func decompress(
        _ block: RawSpan, into output: UnsafeMutableRawBufferPointer, offset: Int
    ) throws(CodecError) {
        let written = block.withUnsafeBytes { (input: UnsafeRawBufferPointer) -> Int in
            guard let source = input.baseAddress, input.count <= Int(Int32.max), output.count <= byteCountMax else {
                return -1
            }
            // The library accepts no null target, not even for zero bytes.
            var nothing: UInt8 = 0
            return withUnsafeMutablePointer(to: &nothing) { spare in
                let target = output.baseAddress ?? UnsafeMutableRawPointer(spare)
                return Int(
                    LZ4_decompress_safe(
                        source.assumingMemoryBound(to: CChar.self), target.assumingMemoryBound(to: CChar.self),
                        Int32(input.count), Int32(output.count)))
            }
        }
        guard written == output.count else {
            throw .malformed(offset: offset, detail: "LZ4 block does not give the \(output.count) bytes announced")
        }
    }

    /// Decompresses `block` into a new array of `byteCount` bytes; the caller has bounded `byteCount`.
    package static func decompress(_ block: RawSpan, byteCount: Int, offset: Int) throws(CodecError) -> [UInt8] {
        // No LZ4 block expands more than 255-fold, so a short block cannot ask for much memory.
        guard byteCount <= block.byteCount * 255 else {
            throw .malformed(offset: offset, detail: "\(block.byteCount) LZ4 bytes cannot give \(byteCount)")
        }
        var failure: CodecError?
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
            do throws(CodecError) {
                try decompress(block, into: UnsafeMutableRawBufferPointer(output), offset: offset)
                count = byteCount
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
