/// How many terminal columns text takes.
package enum DisplayWidth {
    /// Columns of `text`, which must be free of control characters (``PrintableText``). O(length).
    package static func of(_ text: String) -> Int {
        // Nearly all text is ASCII, where every byte is one column.
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.reduce(0) { $0 + of($1) }
    }

    /// Columns of one character: that of its widest scalar, so that joined emoji count once.
    package static func of(_ character: Character) -> Int {
        character.unicodeScalars.reduce(0) { max($0, of($1)) }
    }

    private static func of(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        if scalar.properties.isEmojiPresentation { return 2 }
        return wideRanges.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    /// Blocks whose characters are East Asian Wide or Fullwidth (Unicode Standard Annex 11), in code point order.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
        0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
    ]

    /// `text` filled up with spaces to `width` columns; longer text stays as it is.
    package static func pad(_ text: String, to width: Int, alignRight: Bool = false) -> String {
        let fill = String(repeating: " ", count: max(0, width - of(text)))
        return alignRight ? fill + text : text + fill
    }

    /// The longest start of `text` that fits `width` columns, ended by `…` when something was cut.
    package static func truncate(_ text: String, to width: Int) -> String {
        guard of(text) > width else { return text }
        var kept = ""
        var used = 0
        for character in text {
            used += of(character)
            if used > width - 1 { break }
            kept.append(character)
        }
        return width > 0 ? kept + "…" : ""
    }
}

/// Text that cannot move the cursor or change the terminal's state.
package enum PrintableText {
    /// `text` with every control character spelled out, as `\n`, `\t` or `\u{1b}`: names come from the network, and a
    /// terminal obeys what it is sent.
    package static func escape(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: mustEscape) else { return text }
        return text.unicodeScalars.reduce(into: "") { escaped, scalar in
            escaped += mustEscape(scalar) ? spelling(of: scalar) : String(scalar)
        }
    }

    private static func mustEscape(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0: true
        // Line and paragraph separators, and the marks that reverse the direction of text.
        case 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func spelling(of scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: "\\u{\(String(scalar.value, radix: 16))}"
        }
    }
}
