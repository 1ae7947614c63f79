import CZlib

/// Pictures as PNG files (ISO/IEC 15948): eight bits for each light, no filters, one compressed piece.
package enum PNGEncoder {
    /// The bytes of the file. O(pixels).
    package static func encode(_ canvas: PixelCanvas) -> [UInt8] {
        var file: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
        // Size, 8 bits, colour type 2 (red, green, blue), deflate, no filters but the standard ones, not interlaced.
        append("IHDR", number(canvas.width) + number(canvas.height) + [8, 2, 0, 0, 0], to: &file)
        var rows: [UInt8] = []
        let rowBytes = canvas.width * 3
        rows.reserveCapacity((rowBytes + 1) * canvas.height)
        for row in 0..<canvas.height {
            // Filter 0: flat areas repeat as they are.
            rows.append(0)
            rows += canvas.bytes[row * rowBytes..<(row + 1) * rowBytes]
        }
        append("IDAT", deflated(rows), to: &file)
        append("IEND", [], to: &file)
        return file
    }

    /// Length, name, content, checksum of name and content.
    private static func append(_ name: String, _ content: [UInt8], to file: inout [UInt8]) {
        file += number(content.count)
        let checked = Array(name.utf8) + content
        file += checked
        file += number(Int(crc32(0, checked, UInt32(checked.count))))
    }

    private static func number(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// `bytes` in zlib's framing.
    private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var count = compressBound(UInt(bytes.count))
        var compressed = [UInt8](repeating: 0, count: Int(count))
        let code = compress2(&compressed, &count, bytes, UInt(bytes.count), 6)
        // The buffer has the size that zlib itself names, and the other failure is a lack of memory.
        precondition(code == Z_OK, "zlib cannot compress a picture")
        return Array(compressed[..<Int(count)])
    }
}
