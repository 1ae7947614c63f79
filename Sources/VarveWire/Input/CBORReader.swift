/// Why bytes are not the CBOR that is accepted here.
struct CBORError: Error, Equatable {
    /// Bytes from the start.
    var offset: Int
    var reason: String
}

/// Reads CBOR (RFC 8949) of unknown origin from front to back, without a tree. Never traps, never recurses deeper than
/// its limit, and takes no memory for a count that the bytes behind it do not bear out.
struct CBORReader {
    /// Nested lists, maps and tags. As for JSON.
    static let depthMax = 64

    /// The major types of the specification.
    enum Major: UInt8 {
        case unsigned, negative, bytes, text, list, map, tag, simple
    }

    /// The first bytes of an item: type and argument.
    struct Head: Equatable {
        var major: Major
        /// Value, length, count or bits of a float.
        var argument: UInt64
        /// The low five bits: which width the argument had; 31 stands for an indefinite length.
        var info: UInt8

        var isIndefinite: Bool { info == 31 }
        /// The end of an item of indefinite length.
        var isBreak: Bool { major == .simple && info == 31 }
        var isNull: Bool { major == .simple && (info == 22 || info == 23) }
    }

    let bytes: [UInt8]
    private(set) var offset: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        offset = 0
    }

    var isAtEnd: Bool { offset == bytes.count }
    var remaining: Int { bytes.count - offset }

    func error(_ reason: String) -> CBORError { CBORError(offset: offset, reason: reason) }

    mutating func head() throws(CBORError) -> Head {
        guard offset < bytes.count else { throw error("the bytes end inside an item") }
        let first = bytes[offset]
        guard let major = Major(rawValue: first >> 5) else { throw error("unknown type") }
        let info = first & 31
        var width = 0
        switch info {
        case 0..<24: break
        case 24...27: width = 1 << (info - 24)
        case 31:
            let isAllowed = major != .unsigned && major != .negative && major != .tag
            guard isAllowed else { throw error("indefinite length of something that has none") }
        default: throw error("reserved length")
        }
        guard width < bytes.count - offset else { throw error("the bytes end inside an item") }
        var argument = UInt64(width == 0 ? info : 0)
        for index in 0..<width { argument = argument << 8 | UInt64(bytes[offset + 1 + index]) }
        offset += 1 + width
        return Head(major: major, argument: argument, info: info)
    }

    /// The next item's head without its tags. Few tags nest in practice; a row of them costs a byte each.
    mutating func headAfterTags() throws(CBORError) -> Head {
        var head = try head()
        while head.major == .tag { head = try self.head() }
        return head
    }

    /// Whether a list or map has another element; takes the break at an indefinite end.
    mutating func hasNext(_ head: Head, read: Int) throws(CBORError) -> Bool {
        guard head.isIndefinite else { return UInt64(read) < head.argument }
        guard offset < bytes.count else { throw error("the bytes end inside an item") }
        guard bytes[offset] == 0xff else { return true }
        offset += 1
        return false
    }

    /// Refuses a count that the rest of the bytes cannot hold.
    func checkCount(_ head: Head, bytesEach: Int) throws(CBORError) {
        guard head.isIndefinite || head.argument <= UInt64(remaining / bytesEach) else {
            throw error("more elements than bytes")
        }
    }

    /// The content of a byte string or text whose head has been read, of definite or indefinite length.
    mutating func string(_ head: Head) throws(CBORError) -> [UInt8] {
        guard head.isIndefinite else { return Array(bytes[try range(head)]) }
        var content: [UInt8] = []
        while true {
            let chunk = try self.head()
            if chunk.isBreak { return content }
            guard chunk.major == head.major, !chunk.isIndefinite else { throw error("a part of another type") }
            content.append(contentsOf: bytes[try range(chunk)])
        }
    }

    /// Where the bytes of a string of definite length stand; moves past them.
    mutating func range(_ head: Head) throws(CBORError) -> Range<Int> {
        guard head.argument <= UInt64(remaining) else { throw error("the bytes end inside a string") }
        let start = offset
        offset += Int(head.argument)
        return start..<offset
    }

    mutating func text(_ head: Head) throws(CBORError) -> String {
        guard head.major == .text else { throw error("expected a text") }
        guard let text = String(validating: try string(head), as: UTF8.self) else { throw error("text is not UTF-8") }
        return text
    }

    /// A number of any width as a double; nil for anything else.
    static func double(_ head: Head) -> Double? {
        switch (head.major, head.info) {
        case (.unsigned, _): return Double(head.argument)
        case (.negative, _): return -1 - Double(head.argument)
        case (.simple, 25): return Double(Float16(bitPattern: UInt16(truncatingIfNeeded: head.argument)))
        case (.simple, 26): return Double(Float(bitPattern: UInt32(truncatingIfNeeded: head.argument)))
        case (.simple, 27): return Double(bitPattern: head.argument)
        default: return nil
        }
    }

    /// An integer, also when it was sent as a float without fraction; nil for anything else.
    static func integer(_ head: Head) -> Int64? {
        switch head.major {
        case .unsigned: return Int64(exactly: head.argument)
        case .negative: return Int64(exactly: head.argument).map { -1 - $0 }
        default: return double(head).flatMap { Int64(exactly: $0) }
        }
    }

    /// Moves past an item whose head has been read. O(item); no memory.
    mutating func skip(_ head: Head, depth: Int) throws(CBORError) {
        guard depth <= Self.depthMax else { throw error("more than \(Self.depthMax) levels of nesting") }
        switch head.major {
        case .unsigned, .negative: return
        case .simple:
            guard !head.isBreak else { throw error("an end without a beginning") }
        case .tag: try skip(try self.head(), depth: depth + 1)
        case .bytes, .text:
            if head.isIndefinite { _ = try string(head) } else { _ = try range(head) }
        case .list, .map:
            let itemsEach = head.major == .map ? 2 : 1
            try checkCount(head, bytesEach: itemsEach)
            var count = 0
            while try hasNext(head, read: count) {
                for _ in 0..<itemsEach { try skip(try self.head(), depth: depth + 1) }
                count += 1
            }
        }
    }
}
