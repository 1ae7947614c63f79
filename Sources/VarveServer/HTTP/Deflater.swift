import CZlib

/// Makes gzip piece by piece. Owned by one answer.
struct Deflater: ~Copyable {
    /// zlib has no memory.
    struct Failure: Error {}

    private let stream: UnsafeMutablePointer<z_stream>

    /// zlib's quickest: a core makes what a slow network takes, and more of it would delay other answers.
    private static let level: Int32 = 1
    /// Window of 32 KiB, gzip framing (+16), 256 KiB of memory altogether: zlib's defaults.
    private static let windowBits: Int32 = 15 + 16
    private static let memoryLevel: Int32 = 8

    init() throws(Failure) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let code = deflateInit2_(
            stream, Self.level, Z_DEFLATED, Self.windowBits, Self.memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { throw Failure() }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Compresses `input` and gives what has come out so far, perhaps nothing; with `isLast` all of it.
    mutating func deflate(_ input: [UInt8], isLast: Bool) throws(Failure) -> [UInt8] {
        // Enough in one go: `deflateBound` holds for everything that was taken in and not given out.
        var output = [UInt8](repeating: 0, count: Int(deflateBound(stream, UInt(input.count))) + Self.heldBytesMax)
        let code = input.withUnsafeBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                // zlib does not write to its input; the C type only lacks the const.
                stream.pointee.next_in = source.baseAddress.map { UnsafeMutablePointer(mutating: $0) }
                stream.pointee.avail_in = UInt32(source.count)
                stream.pointee.next_out = target.baseAddress
                stream.pointee.avail_out = UInt32(target.count)
                return CZlib.deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
            }
        }
        guard code == (isLast ? Z_STREAM_END : Z_OK) || (code == Z_BUF_ERROR && input.isEmpty) else { throw Failure() }
        output.removeLast(Int(stream.pointee.avail_out))
        return output
    }

    /// What zlib may hold back from earlier calls: its window and its symbols.
    private static let heldBytesMax = 128 << 10
}

/// What a client says about compressed answers.
package enum ContentCoding {
    /// Whether the field `Accept-Encoding` of a request asks for gzip (RFC 9110, 12.5.3). Nothing said is not asked.
    package static func acceptsGzip(_ field: String?) -> Bool {
        guard let field else { return false }
        var weights: [String: Double] = [:]
        for part in field.lowercased().split(separator: ",") {
            let pieces = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let name = pieces.first else { continue }
            let weight = pieces.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            weights[name] = weight
        }
        let gzip = weights["gzip"] ?? weights["x-gzip"] ?? weights["*"] ?? 0
        return gzip > 0 && gzip >= (weights["identity"] ?? 0)
    }
}
