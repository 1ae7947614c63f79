import VarveModel

/// How names and values are spelled in a line: the counterpart of ``NameText`` and ``FieldValue``.
enum LineSpelling {
    /// Measurement and tags in canonical form: tags sorted by name, a backslash only where one is needed. Every name
    /// must satisfy ``canSpell(_:_:)``.
    static func prefix(of key: SourceKey) -> [UInt8] {
        var bytes: [UInt8] = []
        append(key.namespace, .measurement, to: &bytes)
        for dimension in key.dimensions {
            bytes.append(ASCII.comma)
            append(dimension.name, .tagOrField, to: &bytes)
            bytes.append(ASCII.equals)
            append(dimension.value, .tagOrField, to: &bytes)
        }
        return bytes
    }

    static func append(_ text: String, _ place: NameText.Place, to bytes: inout [UInt8]) {
        for byte in text.utf8 {
            if place.isDelimiter(byte) { bytes.append(ASCII.backslash) }
            bytes.append(byte)
        }
    }

    /// Whether a line can spell this name. It cannot be empty, contain control characters, or end in a backslash, which
    /// would take the meaning from the delimiter behind it; a measurement cannot begin with `#`, which begins a
    /// comment.
    static func canSpell(_ name: String, _ place: NameText.Place) -> Bool {
        guard let first = name.utf8.first, name.utf8.last != ASCII.backslash else { return false }
        return !(place == .measurement && first == ASCII.hash) && !name.utf8.contains(where: ASCII.isControl)
    }
}
