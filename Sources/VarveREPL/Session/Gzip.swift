import CZlib

/// Answers that a server has compressed.
package enum Gzip {
    /// What `bytes` were before; nil when they are no whole gzip member, or would be more than `byteCountMax`.
    package static func expanded(_ bytes: [UInt8], byteCountMax: Int) -> [UInt8]? {
        var stream = z_stream()
        // 15 window bits, the maximum; +16: gzip framing.
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return nil
        }
        defer { inflateEnd(&stream) }
        var input = bytes
        var output: [UInt8] = []
        var step = [UInt8](repeating: 0, count: 256 << 10)
        return input.withUnsafeMutableBufferPointer { source -> [UInt8]? in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(clamping: source.count)
            while true {
                let code = step.withUnsafeMutableBufferPointer { target in
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    return inflate(&stream, Z_NO_FLUSH)
                }
                output += step[..<(step.count - Int(stream.avail_out))]
                guard output.count <= byteCountMax else { return nil }
                if code == Z_STREAM_END { return stream.avail_in == 0 ? output : nil }
                // Nothing more to read, and the end was not seen.
                guard code == Z_OK, stream.avail_in > 0 || stream.avail_out == 0 else { return nil }
            }
        }
    }
}
