import Glibc

/// A line-protocol file in memory, cut into batches of whole lines. Immutable after init; any thread.
final class LineFile: Sendable {
    let bytes: [UInt8]
    let batches: [Range<Int>]
    let lineCount: Int
    /// Fields of all lines: the `=` between the first and the second space of each.
    let valueCount: Int

    init(path: String, batchLineCount: Int) throws(LoadError) {
        bytes = try Self.contents(of: path)
        var batches: [Range<Int>] = []
        var (lineCount, valueCount, batchStart, spaceCount) = (0, 0, 0, 0)
        for (offset, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: " "): spaceCount += 1
            case UInt8(ascii: "="): valueCount += spaceCount == 1 ? 1 : 0
            case UInt8(ascii: "\n"):
                spaceCount = 0
                lineCount += 1
                if lineCount % batchLineCount == 0 {
                    batches.append(batchStart..<(offset + 1))
                    batchStart = offset + 1
                }
            default: continue
            }
        }
        if batchStart < bytes.count { batches.append(batchStart..<bytes.count) }
        self.batches = batches
        self.lineCount = lineCount
        self.valueCount = valueCount
    }

    private static func contents(of path: String) throws(LoadError) -> [UInt8] {
        guard let file = fopen(path, "r") else { throw .system("cannot read \(path)") }
        defer { fclose(file) }
        var status = stat()
        guard fstat(fileno(file), &status) == 0 else { throw .system("cannot read \(path)") }
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
            count = fread(buffer.baseAddress, 1, buffer.count, file)
        }
        guard bytes.count == Int(status.st_size) else { throw LoadError("cannot read all of \(path)") }
        return bytes
    }
}
