/// Numbers as decimal text, straight into bytes: the characters of `description`, without a string between.
package enum NumberText {
    /// No number takes more: `-2.2250738585072014e-308`.
    package static let byteCountMax = 24

    /// Appends an integer.
    package static func append(_ value: Int64, to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: byteCountMax) { room in
            guard let start = room.baseAddress else { return }
            bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: write(value, to: start)))
        }
    }

    /// Appends the shortest text that reads back as the same double: `90.0`, `0.1`, `1e-05`, `nan`, `-inf`.
    package static func append(_ value: Double, to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: byteCountMax) { room in
            guard let start = room.baseAddress else { return }
            bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: write(value, to: start)))
        }
    }

    /// Writes an integer; returns its byte count. About 10 ns for nanoseconds since 1970.
    /// - Parameter target: room for ``byteCountMax`` bytes; so below.
    package static func write(_ value: Int64, to target: UnsafeMutablePointer<UInt8>) -> Int {
        guard value < 0 else { return write(magnitude: UInt64(value), to: target) }
        target[0] = UInt8(ascii: "-")
        return 1 + write(magnitude: value.magnitude, to: target + 1)
    }

    /// Writes a double; returns its byte count. About 5 ns for whole numbers, 10 ns with up to four decimals, 60 ns
    /// for the others.
    package static func write(_ value: Double, to target: UnsafeMutablePointer<UInt8>) -> Int {
        // Decimals of at most 15 digits: two of them are two doubles, so the one that was found is the shortest. NaN
        // fails the comparison.
        if value.magnitude < 1e11 {
            let number = Int64(value * fractionScale + (value < 0 ? -0.5 : 0.5))
            if Double(number) / fractionScale == value, value != 0 || value.sign == .plus {
                return write(tenThousandths: number, to: target)
            }
        }
        var output = PointerStream(next: target)
        // With its payload it would be a text that nothing else writes.
        if value.isNaN { output.write("nan") } else { value.write(to: &output) }
        return output.next - target
    }

    // MARK: Digits

    /// Ten thousandths are tried: 10^11 times that is below 10^15.
    private static let fractionScale = 10_000.0

    private static func write(tenThousandths number: Int64, to target: UnsafeMutablePointer<UInt8>) -> Int {
        var count = 0
        if number < 0 {
            target[0] = UInt8(ascii: "-")
            count = 1
        }
        let (whole, fraction) = number.magnitude.quotientAndRemainder(dividingBy: 10_000)
        count += write(magnitude: whole, to: target + count)
        target[count] = UInt8(ascii: ".")
        if fraction == 0 {
            target[count + 1] = UInt8(ascii: "0")
            return count + 2
        }
        writePair(Int(fraction / 100), to: target + (count + 1))
        writePair(Int(fraction % 100), to: target + (count + 3))
        count += 5
        while target[count - 1] == UInt8(ascii: "0") { count -= 1 }
        return count
    }

    private static func write(magnitude: UInt64, to target: UnsafeMutablePointer<UInt8>) -> Int {
        if magnitude < 10 {
            target[0] = UInt8(ascii: "0") + UInt8(magnitude)
            return 1
        }
        let count = digitCount(magnitude)
        var rest = magnitude
        var end = count
        while rest >= 100 {
            let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
            writePair(Int(pair), to: target + (end - 2))
            rest = quotient
            end -= 2
        }
        if end == 2 { writePair(Int(rest), to: target) } else { target[0] = UInt8(ascii: "0") + UInt8(rest) }
        return count
    }

    /// Of a number other than 0.
    private static func digitCount(_ magnitude: UInt64) -> Int {
        // 1 233 / 4 096 is log10(2) closely enough for 64 bits: the guess is right or one too high.
        let guess = ((64 - magnitude.leadingZeroBitCount) * 1_233) >> 12
        return guess + (magnitude >= powers[guess] ? 1 : 0)
    }

    /// 10⁰ to 10¹⁹, which 64 bits hold. In place: an array would be counted as held and released for each number.
    private static let powers: InlineArray<20, UInt64> = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
        100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
        10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]

    /// Two digits of a number below 100.
    @inline(__always)
    private static func writePair(_ number: Int, to target: UnsafeMutablePointer<UInt8>) {
        let tens = (number * 103) >> 10
        target[0] = UInt8(truncatingIfNeeded: 0x30 + tens)
        target[1] = UInt8(truncatingIfNeeded: 0x30 + number - 10 * tens)
    }
}

/// Takes the text of a double where it is made, without a string on the heap.
private struct PointerStream: TextOutputStream {
    var next: UnsafeMutablePointer<UInt8>

    /// Called instead of ``write(_:)`` where the standard library has the bytes at hand.
    mutating func _writeASCII(_ buffer: UnsafeBufferPointer<UInt8>) {
        guard let start = buffer.baseAddress else { return }
        next.update(from: start, count: buffer.count)
        next += buffer.count
    }

    mutating func write(_ text: String) {
        for byte in text.utf8 {
            next[0] = byte
            next += 1
        }
    }
}
