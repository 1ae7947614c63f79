/// Reads the text of a table; the form is on Docs/Design/0010-operation-tables.md. O(bytes).
struct TableParser {
    /// What a table consists of.
    struct Parts {
        var fields: [String: String] = [:]
        var operations: [String: OperationTable] = [:]
        var shapes: [Shape] = []
        var faults: [String: Int] = [:]
        var faultsByQueryCode: [String: Int] = [:]
    }

    /// What a shape consists of, with the defaults of records that do not say.
    struct ShapeParts {
        var name: String
        var kind: Shape.Kind
        var minimum: Int64?
        var maximum: Int64?
        var pattern: Pattern?
        var enumValues: [String] = []
        var isSensitive = false
        var element = 0
        var key = 0
        var elementName = "member"
        var members: [Member] = []
        var error: ErrorTraits?
        var timestampFormat: TimestampFormat?
    }

    /// Which record cannot be read.
    struct Failure: Error, CustomStringConvertible {
        var record: String
        var description: String { "table record: \(record)" }
    }

    private typealias Word = Substring.UTF8View.SubSequence

    private var parts = Parts()
    private var indices: [String: Int] = [:]

    static func parse(_ text: String) throws(Failure) -> ServiceTable {
        var parser = TableParser()
        var text = text
        text.makeContiguousUTF8()
        let records = text[...].utf8.split(separator: 0x0a).map { $0.split(separator: 0x20) }
        var count = 0
        for record in records where !Self.isAboutService(record) {
            guard record.count > 1 else { throw Failure(record: Self.string(of: record)) }
            parser.indices[Self.text(record[1])] = count
            count += 1
        }
        parser.parts.shapes.reserveCapacity(count)
        for record in records {
            do {
                try parser.read(record)
            } catch {
                throw Failure(record: Self.string(of: record))
            }
        }
        return ServiceTable(parser.parts)
    }

    private static func isAboutService(_ record: [Word]) -> Bool {
        record.first.map { $0.elementsEqual("V".utf8) || $0.elementsEqual("O".utf8) } ?? false
    }

    private static func string(of record: [Word]) -> String { record.map(text).joined(separator: " ") }

    private static func text(_ word: Word) -> String { String(decoding: word, as: UTF8.self) }

    /// Why a record cannot be read; the record itself goes into ``Failure``.
    private struct Unreadable: Error {}

    private mutating func read(_ record: [Word]) throws(Unreadable) {
        let words = record.dropFirst()
        switch record.first.flatMap(\.first) {
        case UInt8(ascii: "V"):
            for word in words {
                let (key, value) = try Self.pair(word)
                parts.fields[key] = value
            }
        case UInt8(ascii: "O"): try readOperation(words)
        default: try readShape(record)
        }
    }

    private static func pair(_ word: Word) throws(Unreadable) -> (key: String, value: String) {
        guard let equals = word.firstIndex(of: UInt8(ascii: "=")) else { throw Unreadable() }
        return (text(word[..<equals]), text(word[word.index(after: equals)...]))
    }

    private func index(of name: String) throws(Unreadable) -> Int {
        guard let index = indices[name] else { throw Unreadable() }
        return index
    }
}

// Operations.
extension TableParser {
    private mutating func readOperation(_ words: ArraySlice<Word>) throws(Unreadable) {
        guard let first = words.first else { throw Unreadable() }
        var input: Int?
        var output: Int?
        var errors: [String] = []
        var http = HTTPBinding(method: "POST", segments: [], status: 200)
        var pagination: Pagination?
        for word in words.dropFirst() {
            let (key, value) = try Self.pair(word)
            switch key {
            case "in": input = try index(of: value)
            case "out": output = try index(of: value)
            case "err": errors = value.split(separator: ",").map(String.init)
            case "http": http = try Self.binding(value)
            case "page": pagination = try Self.pagination(value)
            default: throw Unreadable()
            }
        }
        let name = Self.text(first)
        parts.operations[name] = OperationTable(
            name: name, input: input, output: output, errors: errors, http: http, pagination: pagination)
    }

    /// `GET/v1/checks/{id}:200`.
    private static func binding(_ text: String) throws(Unreadable) -> HTTPBinding {
        guard let slash = text.firstIndex(of: "/"), let colon = text.lastIndex(of: ":"), slash < colon,
            let status = Int(text[text.index(after: colon)...])
        else { throw Unreadable() }
        let segments = text[slash..<colon].dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        return HTTPBinding(method: String(text[..<slash]), segments: segments.map(String.init), status: status)
    }

    /// `InputToken,OutputToken,Limit,Result+Result`; the last two may be empty.
    private static func pagination(_ text: String) throws(Unreadable) -> Pagination {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 4 else { throw Unreadable() }
        return Pagination(
            inputToken: fields[0], outputToken: fields[1], limit: fields[2].isEmpty ? nil : fields[2],
            results: fields[3].split(separator: "+").map(String.init))
    }
}

// Shapes.
extension TableParser {
    private static let kinds: [UInt8: Shape.Kind] = [
        UInt8(ascii: "s"): .string, UInt8(ascii: "e"): .string, UInt8(ascii: "i"): .integer, UInt8(ascii: "l"): .long,
        UInt8(ascii: "d"): .double, UInt8(ascii: "f"): .float, UInt8(ascii: "b"): .boolean,
        UInt8(ascii: "t"): .timestamp, UInt8(ascii: "x"): .blob, UInt8(ascii: "S"): .structure,
        UInt8(ascii: "F"): .structure, UInt8(ascii: "L"): .list, UInt8(ascii: "M"): .map,
    ]

    private mutating func readShape(_ record: [Word]) throws(Unreadable) {
        guard record.count > 1, let letter = record[0].first, let kind = Self.kinds[letter] else { throw Unreadable() }
        var shape = ShapeParts(name: Self.text(record[1]), kind: kind)
        var words = record.dropFirst(2)
        switch kind {
        case .structure:
            if letter == UInt8(ascii: "F") { try readError(&words, into: &shape) }
            for word in words { shape.members.append(try readMember(word)) }
        case .list, .map:
            if kind == .map { shape.key = try index(of: Self.text(try Self.take(&words))) }
            shape.element = try index(of: Self.text(try Self.take(&words)))
            try readTraits(words, into: &shape)
        default: try readTraits(words, into: &shape)
        }
        if let error = shape.error {
            parts.faults[shape.name] = parts.shapes.count
            // Of two errors with one query code the first one stands for it.
            if parts.faultsByQueryCode[error.queryCode] == nil {
                parts.faultsByQueryCode[error.queryCode] = parts.shapes.count
            }
        }
        parts.shapes.append(Shape(shape))
    }

    private static func take(_ words: inout ArraySlice<Word>) throws(Unreadable) -> Word {
        guard let word = words.popFirst() else { throw Unreadable() }
        return word
    }

    private func readError(_ words: inout ArraySlice<Word>, into shape: inout ShapeParts) throws(Unreadable) {
        let code = try Self.pair(try Self.take(&words)).value
        guard let status = Int(try Self.pair(try Self.take(&words)).value) else { throw Unreadable() }
        shape.error = ErrorTraits(queryCode: code, status: status, isSenderFault: status < 500)
    }

    /// `Name*:Shape:q:t:w=wireName`.
    private func readMember(_ word: Word) throws(Unreadable) -> Member {
        let fields = word.split(separator: UInt8(ascii: ":"))
        guard fields.count >= 2 else { throw Unreadable() }
        let isRequired = fields[0].last == UInt8(ascii: "*")
        let name = Self.text(isRequired ? fields[0].dropLast() : fields[0])
        var member = Member(
            name: name, wireName: name, shape: try index(of: Self.text(fields[1])), isRequired: isRequired,
            isIdempotencyToken: false, location: .body)
        for field in fields.dropFirst(2) {
            switch field.first {
            case UInt8(ascii: "u"): member.location = .label
            case UInt8(ascii: "q"): member.location = .query
            case UInt8(ascii: "h"): member.location = .header
            case UInt8(ascii: "p"): member.location = .payload
            case UInt8(ascii: "t"): member.isIdempotencyToken = true
            case UInt8(ascii: "w"): member.wireName = try Self.pair(field).value
            default: throw Unreadable()
            }
        }
        return member
    }

    private func readTraits(_ words: ArraySlice<Word>, into shape: inout ShapeParts) throws(Unreadable) {
        var source: String?
        var equal: String?
        for word in words {
            let text = Self.text(word)
            if word.first == UInt8(ascii: "/") {
                source = try Self.unescaped(text.dropFirst())
            } else if word.first == UInt8(ascii: "=") {
                shape.enumValues.append(try Self.unescaped(text.dropFirst()))
            } else if text.hasPrefix("as/") {
                equal = try Self.unescaped(text.dropFirst(3))
            } else if text == "secret" {
                shape.isSensitive = true
            } else if text.hasPrefix("element=") {
                shape.elementName = String(text.dropFirst(8))
            } else if text.hasPrefix("format=") {
                shape.timestampFormat = TimestampFormat(rawValue: String(text.dropFirst(7)))
            } else {
                (shape.minimum, shape.maximum) = try Self.bounds(text)
            }
        }
        if let source { shape.pattern = Pattern(source: source, equal: equal) }
    }

    /// `1..255`, `..50`, `1..`.
    private static func bounds(_ text: String) throws(Unreadable) -> (minimum: Int64?, maximum: Int64?) {
        guard let dot = text.firstIndex(of: "."), text.hasSuffix(".") || text[dot...].hasPrefix("..") else {
            throw Unreadable()
        }
        let low = text[..<dot]
        let high = text[dot...].dropFirst(2)
        guard low.isEmpty || Int64(low) != nil, high.isEmpty || Int64(high) != nil else { throw Unreadable() }
        return (Int64(low), Int64(high))
    }

    /// Percent escapes stand for what would end a word or a literal.
    private static func unescaped(_ text: Substring) throws(Unreadable) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        guard let string = FormText.decode(text.utf8, plusIsSpace: false) else { throw Unreadable() }
        return string
    }
}
