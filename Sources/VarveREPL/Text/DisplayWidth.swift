import VarveQuery

extension DisplayWidth {
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
