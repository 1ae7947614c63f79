/// A body in chunks (RFC 9112, 7.1) as it arrives: content, trailers, and what comes behind them.
struct ChunkedBody {
    private(set) var content: [UInt8] = []
    private(set) var trailers: [String] = []
    /// The last chunk and its trailers have been read.
    private(set) var isComplete = false
    /// Bytes behind the body: the next answer on the connection.
    private(set) var rest: [UInt8] = []
    /// Lengths of the chunks.
    private(set) var lengths: [Int] = []

    init(_ bytes: [UInt8] = []) { append(bytes) }

    mutating func append(_ bytes: [UInt8]) {
        rest += bytes
        var offset = 0
        while !isComplete, let step = readChunk(at: offset) { offset = step }
        rest.removeFirst(offset)
    }

    /// The offset behind a whole chunk; nil when it is not there yet.
    private mutating func readChunk(at offset: Int) -> Int? {
        guard let lineEnd = end(ofLineAt: offset) else { return nil }
        let length = Int(String(decoding: rest[offset..<lineEnd], as: UTF8.self), radix: 16) ?? 0
        if length == 0 { return readTrailers(at: lineEnd + 2) }
        guard rest.count >= lineEnd + 2 + length + 2 else { return nil }
        content += rest[lineEnd + 2..<lineEnd + 2 + length]
        lengths.append(length)
        return lineEnd + 2 + length + 2
    }

    private mutating func readTrailers(at offset: Int) -> Int? {
        var found: [String] = []
        var start = offset
        while let lineEnd = end(ofLineAt: start) {
            if lineEnd == start {
                (trailers, isComplete) = (found, true)
                return lineEnd + 2
            }
            found.append(String(decoding: rest[start..<lineEnd], as: UTF8.self))
            start = lineEnd + 2
        }
        return nil
    }

    private func end(ofLineAt offset: Int) -> Int? {
        guard offset < rest.count else { return nil }
        return rest[offset...].indices.first { rest[$0] == 13 && $0 + 1 < rest.count && rest[$0 + 1] == 10 }
    }
}
