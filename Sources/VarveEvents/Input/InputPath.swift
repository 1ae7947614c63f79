package import VarveJSON

/// Picks a part of an event: `$`, `$.detail.state`, `$.resources[0]`, `$['detail-type']`, and `*` for all members of an
/// object or all elements of an array.
package struct InputPath: Equatable, Sendable {
    enum Step: Equatable, Sendable {
        case member(String)
        case element(Int)
        case all
    }

    /// Longest path.
    static let lengthMax = 256

    /// As it was written.
    package let text: String
    let steps: [Step]

    /// nil for what is no path.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.lengthMax, text.hasPrefix("$") else { return nil }
        var reader = Reader(bytes: Array(text.utf8.dropFirst()))
        var steps: [Step] = []
        while !reader.isAtEnd {
            guard let step = reader.step() else { return nil }
            steps.append(step)
        }
        self.text = text
        self.steps = steps
    }

    /// What is there: nil when nothing is. A path with `*` gives an array of everything that it leads to.
    package func value(in event: JSONValue) -> JSONValue? {
        var values = [event]
        for step in steps { values = values.flatMap { Self.follow(step, from: $0) } }
        return steps.contains(.all) ? (values.isEmpty ? nil : .array(values)) : values.first
    }

    private static func follow(_ step: Step, from value: JSONValue) -> [JSONValue] {
        switch (step, value) {
        case (.member(let name), .object(let members)):
            members.first { $0.name.utf8.elementsEqual(name.utf8) }.map { [$0.value] } ?? []
        case (.element(let index), .array(let elements)): index < elements.count ? [elements[index]] : []
        case (.all, .array(let elements)): elements
        case (.all, .object(let members)): members.map(\.value)
        default: []
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var offset = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { offset == bytes.count }

        mutating func step() -> Step? {
            if take(".") { return take("*") ? .all : name() }
            guard take("[") else { return nil }
            let step: Step?
            if take("*") {
                step = .all
            } else if take("'") {
                step = quoted(until: "'")
            } else if take("\"") {
                step = quoted(until: "\"")
            } else {
                step = index()
            }
            return take("]") ? step : nil
        }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard !isAtEnd, bytes[offset] == UInt8(ascii: character) else { return false }
            offset += 1
            return true
        }

        /// Up to the next step; letters of any script, digits, `-`, `_`, `/` and whatever else has no meaning here.
        private mutating func name() -> Step? {
            let start = offset
            while !isAtEnd, !Self.endsName(bytes[offset]) { offset += 1 }
            guard offset > start else { return nil }
            return .member(String(decoding: bytes[start..<offset], as: UTF8.self))
        }

        private static func endsName(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == 0x7f || endings.contains(byte) }
        private static let endings = Set(".[]'\"*<>@?()$,".utf8)

        /// A member with any name that has no such quote in it.
        private mutating func quoted(until quote: Unicode.Scalar) -> Step? {
            let start = offset
            while !isAtEnd, bytes[offset] != UInt8(ascii: quote) { offset += 1 }
            let name = String(decoding: bytes[start..<offset], as: UTF8.self)
            return take(quote) ? .member(name) : nil
        }

        private mutating func index() -> Step? {
            let start = offset
            while !isAtEnd, (0x30...0x39).contains(bytes[offset]), offset - start < 9 { offset += 1 }
            return Int(String(decoding: bytes[start..<offset], as: UTF8.self)).map { .element($0) }
        }
    }
}
