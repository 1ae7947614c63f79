import Glibc
package import VarveModel

/// In what a family of values is written: 1 536 000 bytes as `1.46 MiB`.
package struct UnitScale: Equatable, Sendable {
    /// Values are divided by this before they are written.
    package var divisor: Double
    /// What follows the number, with its blank.
    package var suffix: String

    /// The scale for values up to `magnitude` in `unit`.
    ///
    /// Bytes go by 1 024 and say so (KiB, MiB), also when the unit is Kilobytes or Megabytes; bits and plain numbers go
    /// by 1 000; times by the units of a clock; percentages stay.
    package init(_ unit: Unit, magnitude: Double) {
        let (base, rate) = unit.base
        let size = magnitude.isFinite ? abs(magnitude) * base.factor : 0
        let step = base.steps.last { size >= $0.from } ?? base.steps[0]
        divisor = step.divisor / base.factor
        suffix = step.suffix + (rate && !step.suffix.isEmpty ? "/s" : rate ? " /s" : "")
    }

    private init(divisor: Double, suffix: String) {
        self.divisor = divisor
        self.suffix = suffix
    }

    /// Without any unit.
    static let plain = UnitScale(divisor: 1, suffix: "")

    fileprivate struct Step: Sendable {
        /// The smallest value that is written in this step, in the base unit.
        var from: Double
        /// Base units in one of this step.
        var divisor: Double
        var suffix: String

        init(_ divisor: Double, _ suffix: String, from: Double? = nil) {
            self.divisor = divisor
            self.suffix = suffix
            self.from = from ?? divisor
        }
    }

    fileprivate struct Base: Sendable {
        /// Base units in one of the unit.
        var factor: Double
        /// Ascending; the first is for everything that is smaller, too.
        var steps: [Step]
    }

    fileprivate static let plainSteps: [Step] = [
        Step(1, "", from: 0), Step(1e3, "k"), Step(1e6, "M"), Step(1e9, "G"), Step(1e12, "T"), Step(1e15, "P"),
        Step(1e18, "E"), Step(1, "", from: 1e22),
    ]
    fileprivate static let byteSteps: [Step] = [
        Step(1, " B", from: 0), Step(1_024, " KiB"), Step(0x1p20, " MiB"), Step(0x1p30, " GiB"), Step(0x1p40, " TiB"),
        Step(0x1p50, " PiB"), Step(0x1p60, " EiB"),
    ]
    fileprivate static let bitSteps: [Step] = [
        Step(1, " bit", from: 0), Step(1e3, " kbit"), Step(1e6, " Mbit"), Step(1e9, " Gbit"), Step(1e12, " Tbit"),
        Step(1e15, " Pbit"),
    ]
    /// Larger units begin at two of them: 90 s say more than 1.5 min.
    fileprivate static let secondSteps: [Step] = [
        Step(1e-9, " ns", from: 0), Step(1e-6, " µs"), Step(1e-3, " ms"), Step(1, " s"), Step(60, " min", from: 120),
        Step(3_600, " h", from: 7_200), Step(86_400, " d", from: 172_800),
    ]
}

extension Unit {
    /// The unit that values are counted in for writing, and whether they are rates.
    fileprivate var base: (UnitScale.Base, isRate: Bool) {
        switch self {
        case .none, .count: (UnitScale.Base(factor: 1, steps: UnitScale.plainSteps), false)
        case .countPerSecond: (UnitScale.Base(factor: 1, steps: UnitScale.plainSteps), true)
        case .percent: (UnitScale.Base(factor: 1, steps: [UnitScale.Step(1, "%", from: 0)]), false)
        case .seconds: (UnitScale.Base(factor: 1, steps: UnitScale.secondSteps), false)
        case .milliseconds: (UnitScale.Base(factor: 1e-3, steps: UnitScale.secondSteps), false)
        case .microseconds: (UnitScale.Base(factor: 1e-6, steps: UnitScale.secondSteps), false)
        case .bytes: Self.bytes(0, false)
        case .kilobytes: Self.bytes(1, false)
        case .megabytes: Self.bytes(2, false)
        case .gigabytes: Self.bytes(3, false)
        case .terabytes: Self.bytes(4, false)
        case .bytesPerSecond: Self.bytes(0, true)
        case .kilobytesPerSecond: Self.bytes(1, true)
        case .megabytesPerSecond: Self.bytes(2, true)
        case .gigabytesPerSecond: Self.bytes(3, true)
        case .terabytesPerSecond: Self.bytes(4, true)
        case .bits: Self.bits(0, false)
        case .kilobits: Self.bits(1, false)
        case .megabits: Self.bits(2, false)
        case .gigabits: Self.bits(3, false)
        case .terabits: Self.bits(4, false)
        case .bitsPerSecond: Self.bits(0, true)
        case .kilobitsPerSecond: Self.bits(1, true)
        case .megabitsPerSecond: Self.bits(2, true)
        case .gigabitsPerSecond: Self.bits(3, true)
        case .terabitsPerSecond: Self.bits(4, true)
        }
    }

    private static func bytes(_ power: Int, _ isRate: Bool) -> (UnitScale.Base, Bool) {
        (UnitScale.Base(factor: pow(1_024, Double(power)), steps: UnitScale.byteSteps), isRate)
    }

    private static func bits(_ power: Int, _ isRate: Bool) -> (UnitScale.Base, Bool) {
        (UnitScale.Base(factor: pow(1_000, Double(power)), steps: UnitScale.bitSteps), isRate)
    }

    /// What an axis says above it: only of units that its numbers do not carry.
    var axisCaption: String? {
        switch self {
        case .count: "Count"
        default: nil
        }
    }
}

/// Numbers as people read them, without locale.
package enum ValueText {
    /// `value` with three significant digits or all of its whole part, and its unit: `1.46 MiB`, `87.3%`, `12.5k`.
    package static func text(_ value: Double, unit: Unit, showsUnit: Bool = true) -> String {
        guard value.isFinite else { return "–" }
        let scale = showsUnit ? UnitScale(unit, magnitude: value) : UnitScale(.none, magnitude: value)
        return significant(value / scale.divisor) + scale.suffix
    }

    /// All digits that the value has.
    package static func full(_ value: Double, unit: Unit) -> String {
        guard value.isFinite else { return "–" }
        let text = abs(value) < 1e15 ? trimmed(fixed(value, decimals: 6)) : scientific(value)
        return text + UnitScale(unit, magnitude: 0).suffix(of: unit)
    }

    static func significant(_ value: Double) -> String {
        let size = abs(value)
        if size == 0 { return "0" }
        if size >= 1e5 || size < 1e-4 { return scientific(value) }
        let decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : size >= 0.01 ? 4 : 6
        return trimmed(fixed(value, decimals: decimals))
    }

    /// With exactly `decimals` digits behind the point (at most 9), rounded half away from zero.
    package static func fixed(_ value: Double, decimals: Int) -> String {
        let power = powersOfTen[max(0, min(9, decimals))]
        let scaled = (abs(value) * power).rounded()
        guard scaled < 9e18 else { return scientific(value) }
        let digits = UInt64(scaled)
        let (whole, fraction) = digits.quotientAndRemainder(dividingBy: UInt64(power))
        let sign = value < 0 && digits > 0 ? "-" : ""
        guard decimals > 0 else { return "\(sign)\(whole)" }
        let text = String(fraction)
        return "\(sign)\(whole).\(String(repeating: "0", count: max(0, decimals - text.utf8.count)))\(text)"
    }

    private static let powersOfTen: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

    /// `1.25e-9`.
    package static func scientific(_ value: Double) -> String {
        guard value != 0, value.isFinite else { return value == 0 ? "0" : "–" }
        // What is below the normal numbers has no exact power of ten to be divided by.
        guard abs(value) >= 1e-300 else { return "0" }
        var exponent = Int(log10(abs(value)).rounded(.down))
        var mantissa = value / pow(10, Double(exponent))
        if abs(mantissa) >= 9.995 {
            mantissa /= 10
            exponent += 1
        }
        return "\(trimmed(fixed(mantissa, decimals: 2)))e\(exponent)"
    }

    /// A part of one as percentage, with a digit behind the point when it is small.
    static func share(_ share: Double) -> String {
        trimmed(fixed(share * 100, decimals: share < 0.1 ? 1 : 0)) + "%"
    }

    static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var bytes = Array(text.utf8)
        while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension UnitScale {
    /// The suffix of the unit itself, unscaled.
    fileprivate func suffix(of unit: Unit) -> String {
        switch unit {
        case .none, .count: ""
        case .percent: "%"
        default: " \(unit.name)"
        }
    }
}
