import Glibc

/// Numbers as people read them. CSV and JSON do not use this: they print every bit.
package enum NumberFormat {
    /// At most six digits after the first significant one, no exponent between a millionth and 10¹⁵, integers in full:
    /// `42`, `12.3457`, `1234567.9`, `1.5e-09`, `NaN`.
    package static func plain(_ number: Double) -> String {
        guard number.isFinite else { return special(number) }
        if number == number.rounded(), abs(number) < 1e15 { return String(Int64(number)) }
        let magnitude = abs(number)
        guard magnitude >= 1e-6, magnitude < 1e15 else { return scientific(number) }
        let digitsBefore = magnitude >= 1 ? Int(log10(magnitude)) + 1 : 0
        let zerosAfter = magnitude < 1 ? max(0, -Int(log10(magnitude).rounded(.down)) - 1) : 0
        // Six significant digits, but always one decimal: 1234567.9 tells more than 1234568.
        let decimals = max(1, significantDigits - digitsBefore + zerosAfter)
        return trimmed(fixed(number, decimals: decimals))
    }

    /// With an SI prefix and at most four significant digits: `1.5k`, `12.3M`, `250m`, `0`; `1e+20` where there is no
    /// prefix.
    package static func si(_ number: Double) -> String {
        guard number.isFinite else { return special(number) }
        guard number != 0 else { return "0" }
        let magnitude = abs(number)
        guard magnitude >= 1e-15, magnitude < 1e19 else { return scientific(number, digits: 4) }
        let exponent = Int((log10(magnitude) / 3 + 1e-12).rounded(.down))
        // 0.05 reads better than 50m; prefixes below one start at a thousandth.
        let group = (exponent == -1 && magnitude >= 0.001) ? 0 : min(max(exponent, -4), 5)
        let scaled = number / pow(1000, Double(group))
        return trimmed(fixed(scaled, decimals: group == 0 && magnitude < 1 ? 4 : 3, significant: 4))
            + prefixes[group + 4]
    }

    /// Bytes with binary prefixes: `512 B`, `1.5 KiB`, `256.0 MiB`.
    package static func bytes(_ count: Int) -> String {
        var value = Double(count)
        var index = 0
        while abs(value) >= 1024, index < byteUnits.count - 1 {
            value /= 1024
            index += 1
        }
        return index == 0 ? "\(count) B" : fixed(value, decimals: 1) + " " + byteUnits[index]
    }

    /// An integer with its digits in groups of three: `1 234 567`.
    package static func grouped(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += " " }
            text.append(digit)
        }
        return text
    }

    /// Rounded to `decimals` digits after the point; to fewer when `significant` digits are reached before.
    package static func fixed(_ number: Double, decimals: Int, significant: Int? = nil) -> String {
        var decimals = decimals
        if let significant, abs(number) >= 1 {
            decimals = min(decimals, max(0, significant - Int(log10(abs(number))) - 1))
        }
        var buffer = [CChar](repeating: 0, count: 400)
        let count = withVaList([Int32(decimals), number]) { vsnprintf(&buffer, buffer.count, "%.*f", $0) }
        return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static let significantDigits = 6
    private static let prefixes = ["p", "n", "µ", "m", "", "k", "M", "G", "T", "P"]
    private static let byteUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]

    private static func special(_ number: Double) -> String {
        number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity"
    }

    private static func scientific(_ number: Double, digits: Int = significantDigits) -> String {
        var buffer = [CChar](repeating: 0, count: 40)
        let count = withVaList([Int32(digits), number]) { vsnprintf(&buffer, buffer.count, "%.*g", $0) }
        return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Without zeros at the end of the fraction.
    private static func trimmed(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: ".")) else { return text }
        var text = text
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text == "-0" ? "0" : text
    }
}
