/// Puts an HTTP/1.1 answer together from bytes as they come. A pure machine; never traps on any input.
package struct HTTPAnswerReader: Sendable {
    private enum Body {
        case length(Int)
        case chunked
        /// Until the connection ends.
        case rest
    }

    /// Large enough for every header of ours, small enough to end a conversation with something that is no HTTP server.
    private static let headBytesMax = 64 << 10
    /// An answer is kept in memory; four million values of JSON are about 100 MiB.
    static let bodyBytesMax = 1 << 30

    private var bytes: [UInt8] = []
    private var head: (status: Int, headers: [String: String], body: Body)?
    private var content: [UInt8] = []
    /// Unread bytes of the chunk that is being read.
    private var chunkRest = 0
    private var isAfterChunk = false
    package private(set) var isComplete = false
    /// Why these bytes are no answer.
    package private(set) var fault: String?

    package init() {}

    /// The whole answer; nil before it is complete, or when the bytes are none.
    package var answer: HTTPClient.Answer? {
        guard isComplete, fault == nil, let head else { return nil }
        return HTTPClient.Answer(status: head.status, headers: head.headers, body: content)
    }

    /// Takes the next bytes.
    package mutating func append(_ more: [UInt8]) {
        bytes += more
        if head == nil { readHead() }
        readBody()
    }

    /// The connection ended: complete for a body without a stated length.
    package mutating func endOfInput() {
        if case .rest? = head?.body { isComplete = true }
    }

    private mutating func fail(_ reason: String) {
        fault = reason
        isComplete = true
    }

    private mutating func readHead() {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            if bytes.count > Self.headBytesMax { fail("the answer is not HTTP") }
            return
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            return fail("the answer is not HTTP")
        }
        bytes.removeSubrange(..<end.upperBound)
        // 100 Continue and its kin are followed by the answer proper.
        if (100..<200).contains(status) { return readHead() }
        let headers = Self.headers(lines.dropFirst())
        head = (status, headers, Self.body(status: status, headers))
    }

    private static func headers(_ lines: ArraySlice<Substring>) -> [String: String] {
        var headers: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers[line[..<colon].lowercased()] = String(value)
        }
        return headers
    }

    private static func body(status: Int, _ headers: [String: String]) -> Body {
        if status == 204 || status == 304 { return .length(0) }
        if headers["transfer-encoding"]?.lowercased() == "chunked" { return .chunked }
        return headers["content-length"].flatMap(Int.init).map { .length(max(0, $0)) } ?? .rest
    }

    private mutating func readBody() {
        guard !isComplete, let body = head?.body else { return }
        switch body {
        case .length(let count):
            take(count - content.count)
            if content.count == count { isComplete = true }
        case .rest: take(bytes.count)
        case .chunked: readChunks()
        }
        if content.count > Self.bodyBytesMax { fail("the answer is larger than 1 GiB") }
    }

    private mutating func take(_ count: Int) {
        let count = min(count, bytes.count)
        content += bytes[..<count]
        bytes.removeSubrange(..<count)
    }

    private mutating func readChunks() {
        while !isComplete {
            if chunkRest > 0 {
                let before = content.count
                take(chunkRest)
                chunkRest -= content.count - before
                if chunkRest > 0 { return }
                isAfterChunk = true
            }
            guard let line = takeLine() else {
                if bytes.count > Self.headBytesMax { fail("a chunk of the answer has no length") }
                return
            }
            if isAfterChunk {
                isAfterChunk = false
                if !line.isEmpty { return fail("a chunk of the answer does not end where it should") }
                continue
            }
            guard let count = Int(line.prefix { $0 != ";" }, radix: 16), (0...Self.bodyBytesMax).contains(count) else {
                return fail("a chunk of the answer has no length")
            }
            // Trailers are of no interest, and the connection ends here anyway.
            if count == 0 { isComplete = true }
            chunkRest = count
        }
    }

    private mutating func takeLine() -> String? {
        guard let end = bytes.firstRange(of: Array("\r\n".utf8)) else { return nil }
        let line = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        bytes.removeSubrange(..<end.upperBound)
        return line
    }
}

extension [UInt8] {
    /// Where `pattern` first appears. O(count × pattern).
    fileprivate func firstRange(of pattern: [UInt8]) -> Range<Int>? {
        guard count >= pattern.count else { return nil }
        for start in 0...(count - pattern.count) where self[start..<start + pattern.count].elementsEqual(pattern) {
            return start..<start + pattern.count
        }
        return nil
    }
}
