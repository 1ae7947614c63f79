import VarveJSON

/// Why a pattern is refused: the detail, and up to which byte the pattern was read when that was noticed.
struct PatternFault: Error, Equatable {
    var detail: String
    /// nil: the service names no place for this fault.
    var offset: Int?
    /// Whether the place is named twice, as the service does inside lists of `anything-but`.
    var isPlaceDoubled = false
}

/// Reads a pattern token by token, and knows how far the service's own reader has read at every token, because that is
/// the place which its messages name: behind a bracket, number, word or name of a member *and the start of its
/// value*; a string is read up to its opening quote, and to its end only when its text is asked for.
struct PatternTokens {
    enum Token: Equatable {
        case beginObject, endObject, beginArray, endArray
        /// Name of a member; its value is the next token.
        case name(String)
        case string
        case number(JSONValue)
        case bool(Bool)
        case null
        case end
    }

    private enum Container { case object, array }

    private let bytes: [UInt8]
    private(set) var offset = 0
    /// Arrays and objects that are open, the innermost last.
    private var open: [Container] = []
    /// The value of a member whose name was handed out.
    private var pending: Token?
    /// Opening quote of a string whose text has not been read.
    private var unreadString: Int?
    /// Whether a value of the innermost container stands in front.
    private var hasValue = false

    /// As ``JSONReader``: a stack frame per level is far below what a thread has.
    static let depthMax = 64

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// A fault noticed here.
    func fault(_ detail: String) -> PatternFault { PatternFault(detail: detail, offset: offset) }

    mutating func next() throws(PatternFault) -> Token {
        if let token = pending {
            pending = nil
            return token
        }
        if unreadString != nil { _ = try text() }
        skipSpace()
        guard let container = open.last else { return offset == bytes.count ? .end : try value() }
        if let closing = try close(container) { return closing }
        if hasValue { try takeComma(container) }
        guard container == .object else { return try value() }
        return try member()
    }

    /// The text of the string that the last token began.
    mutating func text() throws(PatternFault) -> String {
        guard let start = unreadString else { return "" }
        unreadString = nil
        var end = start + 1
        while end < bytes.count, bytes[end] != UInt8(ascii: "\"") { end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
        guard end < bytes.count else {
            offset = bytes.count
            throw fault("Unexpected end-of-input: was expecting closing quote for a string value")
        }
        offset = end + 1
        do {
            return try JSONReader.read(Array(bytes[start...end])).string ?? ""
        } catch {
            offset = min(start + error.offset, bytes.count)
            throw fault("Malformed string: \(error.reason)")
        }
    }

    private mutating func member() throws(PatternFault) -> Token {
        guard peek == UInt8(ascii: "\"") else {
            throw unexpected("was expecting double-quote to start field name")
        }
        unreadString = offset
        let name = try text()
        skipSpace()
        guard peek == UInt8(ascii: ":") else {
            throw unexpected("was expecting a colon to separate field name and value")
        }
        offset += 1
        skipSpace()
        pending = try value()
        return .name(name)
    }

    private mutating func value() throws(PatternFault) -> Token {
        hasValue = true
        guard let byte = peek else { throw fault("Unexpected end-of-input: expected a value") }
        switch byte {
        case UInt8(ascii: "{"): return try begin(.object)
        case UInt8(ascii: "["): return try begin(.array)
        case UInt8(ascii: "\""):
            unreadString = offset
            offset += 1
            return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: return try word()
        }
    }

    private mutating func begin(_ container: Container) throws(PatternFault) -> Token {
        guard open.count < Self.depthMax else { throw fault("More than \(Self.depthMax) levels of nesting") }
        open.append(container)
        offset += 1
        hasValue = false
        return container == .object ? .beginObject : .beginArray
    }

    /// The end of the innermost container when it comes next.
    private mutating func close(_ container: Container) throws(PatternFault) -> Token? {
        let closing = container == .object ? UInt8(ascii: "}") : UInt8(ascii: "]")
        guard peek == closing else { return nil }
        offset += 1
        open.removeLast()
        hasValue = true
        return container == .object ? .endObject : .endArray
    }

    private mutating func takeComma(_ container: Container) throws(PatternFault) {
        let kind = container == .object ? "Object" : "Array"
        guard peek == UInt8(ascii: ",") else { throw unexpected("was expecting comma to separate \(kind) entries") }
        offset += 1
        skipSpace()
    }

    private mutating func number() throws(PatternFault) -> Token {
        let start = offset
        while let byte = peek, Self.isNumberByte(byte) { offset += 1 }
        do {
            return .number(try JSONReader.read(Array(bytes[start..<offset])))
        } catch {
            offset = start + error.offset
            throw fault("Malformed number: \(error.reason)")
        }
    }

    private static let words = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

    private mutating func word() throws(PatternFault) -> Token {
        let start = offset
        while let byte = peek, Self.isWordByte(byte) { offset += 1 }
        guard offset > start else { throw unexpected("expected a valid value \(Self.words)") }
        switch String(decoding: bytes[start..<offset], as: UTF8.self) {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null": return .null
        case let other: throw fault("Unrecognized token '\(other)': was expecting \(Self.words)")
        }
    }

    /// A character that cannot stand here; the service names its own place, not the one behind it.
    private func unexpected(_ expectation: String) -> PatternFault {
        guard offset < bytes.count else { return fault("Unexpected end-of-input: \(expectation)") }
        let scalar = String(decoding: bytes[offset..<min(offset + 4, bytes.count)], as: UTF8.self).unicodeScalars.first
        let character = scalar.map { String($0) } ?? "?"
        return fault("Unexpected character ('\(character)' (code \(scalar?.value ?? 0))): \(expectation)")
    }

    private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { offset += 1 }
    }

    private static func isNumberByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || [0x2b, 0x2d, 0x2e, 0x45, 0x65].contains(byte)
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte & 0xdf) || byte >= 0x80 || byte == 0x5f
    }
}

extension PatternFault {
    /// Longest part of the pattern that a message repeats.
    private static let snippetMax = 500

    /// The service's message: the detail, and the place on a line of its own.
    func message(for source: String) -> String {
        guard let offset else { return detail }
        let (line, column) = Self.place(of: offset, in: Array(source.utf8))
        let units = source.utf16
        let rest = units.count > Self.snippetMax ? "[truncated \(units.count - Self.snippetMax) chars]" : ""
        let snippet = String(decoding: units.prefix(Self.snippetMax), as: UTF16.self)
        let place = "\n at [Source: (String)\"\(snippet)\"\(rest); line: \(line), column: \(column)]"
        return detail + place + (isPlaceDoubled ? place : "")
    }

    /// Both counted from 1; columns in UTF-16 code units.
    private static func place(of offset: Int, in bytes: [UInt8]) -> (line: Int, column: Int) {
        var line = 1
        var start = 0
        for index in 0..<min(offset, bytes.count) {
            let isEnd =
                bytes[index] == 0x0a || (bytes[index] == 0x0d && !(index + 1 < bytes.count && bytes[index + 1] == 0x0a))
            guard isEnd else { continue }
            line += 1
            start = index + 1
        }
        guard start < offset else { return (line, 1) }
        return (line, String(decoding: bytes[start..<min(offset, bytes.count)], as: UTF8.self).utf16.count + 1)
    }
}
