/// A set of characters of a pattern: `[a-z_]`, `\d`, `.`, `\p{L}`. Whether one belongs to it is a look-up for ASCII.
struct ScalarClass: Sendable {
    /// A member of a set that is no range.
    indirect enum Item: Sendable {
        case range(ClosedRange<UInt32>)
        case category(Category)
        case not(Item)
        case anyOf([Item])
    }

    /// Unicode general categories that the models use.
    enum Category: String, Sendable {
        case letter = "L"
        case mark = "M"
        case number = "N"
        case punctuation = "P"
        case symbol = "S"
        case separator = "Z"
        case spaceSeparator = "Zs"
        case ascii = "ASCII"
    }

    /// Bit n stands for character n.
    private var ascii: (UInt64, UInt64) = (0, 0)
    private let item: Item

    init(_ item: Item) {
        self.item = item
        for code: UInt32 in 0..<128 {
            guard let scalar = Unicode.Scalar(code), Self.contains(item, scalar) else { continue }
            if code < 64 { ascii.0 |= 1 << UInt64(code) } else { ascii.1 |= 1 << UInt64(code - 64) }
        }
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        let code = UInt64(scalar.value)
        if code < 64 { return ascii.0 >> code & 1 == 1 }
        if code < 128 { return ascii.1 >> (code - 64) & 1 == 1 }
        return Self.contains(item, scalar)
    }

    static let digit = Item.range(0x30...0x39)
    static let word = Item.anyOf([digit, .range(0x41...0x5a), .range(0x61...0x7a), .range(0x5f...0x5f)])
    static let space = Item.anyOf([.range(0x09...0x0d), .range(0x20...0x20)])
    /// What `.` does not match.
    static let lineEnd = Item.anyOf([
        .range(0x0a...0x0a), .range(0x0d...0x0d), .range(0x85...0x85), .range(0x2028...0x2029),
    ])
    static let any = Item.range(0...0x10ffff)

    private static func contains(_ item: Item, _ scalar: Unicode.Scalar) -> Bool {
        switch item {
        case .range(let range): range.contains(scalar.value)
        case .category(let category): contains(category, scalar)
        case .not(let inner): !contains(inner, scalar)
        case .anyOf(let items): items.contains { contains($0, scalar) }
        }
    }

    private static func contains(_ category: Category, _ scalar: Unicode.Scalar) -> Bool {
        if category == .ascii { return scalar.isASCII }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            return category == .letter
        case .nonspacingMark, .spacingMark, .enclosingMark: return category == .mark
        case .decimalNumber, .letterNumber, .otherNumber: return category == .number
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            return category == .punctuation
        case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: return category == .symbol
        case .spaceSeparator: return category == .separator || category == .spaceSeparator
        case .lineSeparator, .paragraphSeparator: return category == .separator
        default: return false
        }
    }
}
