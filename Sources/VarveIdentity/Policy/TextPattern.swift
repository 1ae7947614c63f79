/// Where the value of a policy variable comes from.
protocol VariableSource {
    /// The only value of a key in lower case; nil when it has none or several.
    func variable(_ key: String) -> String?
}

/// A text of a policy: with `*` and `?`, and with variables such as `${aws:username}`. Compiled once, matched often.
struct TextPattern: Sendable, Equatable {
    /// One byte of UTF-8, or one of the two signs above.
    typealias Unit = UInt16
    private static let star: Unit = 256
    private static let question: Unit = 257

    private enum Piece: Sendable, Equatable {
        case units([Unit])
        case variable(key: String, fallback: String?)
    }

    private let pieces: [Piece]
    /// Set when there are no variables.
    private let units: [Unit]?
    private let isFolded: Bool

    /// - Parameters:
    ///   - hasGlobs: whether `*` and `?` mean anything.
    ///   - hasVariables: whether `${…}` means anything: in documents of version 2012-10-17.
    ///   - isFolded: whether the case of letters does not matter.
    init(_ text: some StringProtocol, hasGlobs: Bool = true, hasVariables: Bool = false, isFolded: Bool = false) {
        let bytes = Array((isFolded ? text.lowercased() : String(text)).utf8)
        var pieces: [Piece] = []
        var run: [Unit] = []
        var index = 0
        while index < bytes.count {
            if hasVariables, bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.count,
                bytes[index + 1] == UInt8(ascii: "{"),
                let end = bytes[index...].firstIndex(of: UInt8(ascii: "}"))
            {
                switch Self.variable(bytes[(index + 2)..<end]) {
                case .units(let escaped): run += escaped
                case let piece:
                    pieces += [.units(run), piece]
                    run = []
                }
                index = end + 1
                continue
            }
            run.append(Self.unit(bytes[index], hasGlobs: hasGlobs))
            index += 1
        }
        if !run.isEmpty || pieces.isEmpty { pieces.append(.units(run)) }
        self.pieces = pieces
        self.isFolded = isFolded
        if pieces.count == 1, case .units(let only) = pieces[0] { units = only } else { units = nil }
    }

    /// Whether any text matches.
    var isEverything: Bool { units == [Self.star] }

    /// O(pattern × text) at worst. An unknown variable without a fallback matches nothing.
    func matches(_ text: some Collection<UInt8>, _ source: some VariableSource) -> Bool {
        if let units { return Self.matches(units[...], Array(text)) }
        guard let resolved = resolve(source) else { return false }
        return Self.matches(resolved[...], Array(text))
    }

    private func resolve(_ source: some VariableSource) -> [Unit]? {
        var resolved: [Unit] = []
        for piece in pieces {
            switch piece {
            case .units(let units): resolved += units
            case .variable(let key, let fallback):
                guard let value = source.variable(key) ?? fallback else { return nil }
                // What a variable holds means itself, also a star.
                resolved += (isFolded ? value.lowercased() : value).utf8.map(Unit.init)
            }
        }
        return resolved
    }

    private static func unit(_ byte: UInt8, hasGlobs: Bool) -> Unit {
        guard hasGlobs else { return Unit(byte) }
        return byte == UInt8(ascii: "*") ? star : byte == UInt8(ascii: "?") ? question : Unit(byte)
    }

    /// What stands between the braces: an escaped sign, or a key with or without `, 'fallback'`.
    private static func variable(_ bytes: ArraySlice<UInt8>) -> Piece {
        if bytes.count == 1, let only = bytes.first, "*?$".utf8.contains(only) { return .units([Unit(only)]) }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let comma = text.firstIndex(of: ",") else {
            return .variable(key: trimmed(text).lowercased(), fallback: nil)
        }
        let quoted = trimmed(text[text.index(after: comma)...])
        let fallback =
            quoted.count >= 2 && quoted.first == "'" && quoted.last == "'"
            ? String(quoted.dropFirst().dropLast()) : nil
        return .variable(key: trimmed(text[..<comma]).lowercased(), fallback: fallback)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let start = text.drop { $0 == " " }
        return String(start[..<(start.lastIndex { $0 != " " }.map { start.index(after: $0) } ?? start.startIndex)])
    }

    /// With one place to come back to: the last star.
    private static func matches(_ pattern: ArraySlice<Unit>, _ text: [UInt8]) -> Bool {
        var (patternIndex, textIndex) = (pattern.startIndex, 0)
        var retry: (pattern: Int, text: Int)?
        while textIndex < text.count {
            if patternIndex < pattern.endIndex {
                let unit = pattern[patternIndex]
                if unit == star {
                    patternIndex += 1
                    retry = (patternIndex, textIndex)
                    continue
                }
                if unit == Unit(text[textIndex]) {
                    patternIndex += 1
                    textIndex += 1
                    continue
                }
                if unit == question {
                    patternIndex += 1
                    textIndex = characterEnd(text, textIndex)
                    continue
                }
            }
            guard let place = retry else { return false }
            textIndex = characterEnd(text, place.text)
            patternIndex = place.pattern
            retry = (place.pattern, textIndex)
        }
        return pattern[patternIndex...].allSatisfy { $0 == star }
    }

    /// Where the next character of UTF-8 begins.
    private static func characterEnd(_ text: [UInt8], _ index: Int) -> Int {
        var end = index + 1
        while end < text.count, text[end] & 0xc0 == 0x80 { end += 1 }
        return end
    }
}

/// A pattern of ARNs: six fields that are matched one by one, so that a star does not reach over a colon – but in the
/// last field, which may have colons of its own.
struct ARNPattern: Sendable, Equatable {
    /// nil: everything.
    private let fields: [TextPattern]?

    /// nil when the text is neither `*` nor has six fields that begin with `arn`.
    init?(_ text: String, hasVariables: Bool) {
        if text == "*" {
            fields = nil
            return
        }
        let parts = Self.split(text, hasVariables: hasVariables)
        guard parts.count == 6, parts[0] == "arn" || parts[0] == "*" else { return nil }
        fields = parts.map { TextPattern($0, hasVariables: hasVariables) }
    }

    func matches(_ arn: String, _ source: some VariableSource) -> Bool {
        guard let fields else { return true }
        var rest = Substring(arn).utf8
        for field in fields.dropLast() {
            guard let colon = rest.firstIndex(of: UInt8(ascii: ":")) else { return false }
            if !field.isEverything, !field.matches(rest[..<colon], source) { return false }
            rest = rest[rest.index(after: colon)...]
        }
        return fields[5].isEverything || fields[5].matches(rest, source)
    }

    /// At the first five colons that are not inside of a variable.
    private static func split(_ text: String, hasVariables: Bool) -> [String] {
        var parts: [[UInt8]] = [[]]
        var isInside = false
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if hasVariables, byte == UInt8(ascii: "{"), previous == UInt8(ascii: "$") { isInside = true }
            if byte == UInt8(ascii: "}") { isInside = false }
            previous = byte
            if byte == UInt8(ascii: ":"), !isInside, parts.count < 6 {
                parts.append([])
            } else {
                parts[parts.count - 1].append(byte)
            }
        }
        return parts.map { String(decoding: $0, as: UTF8.self) }
    }
}
