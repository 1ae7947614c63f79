import Testing
import VarveJSON
import VarveTestKit

/// Numbers written into bytes are the text that the standard library gives them.
@Suite struct NumberTextTests {
    private func text(_ number: Double) -> String {
        var bytes: [UInt8] = []
        NumberText.append(number, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func text(_ number: Int64) -> String {
        var bytes: [UInt8] = []
        NumberText.append(number, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("doubles of all kinds are written as their description")
    func doubles() {
        let numbers: [Double] = [
            0, -0.0, 1, -1, 90, 0.1, -0.25, 1e-4, 9.9999e-5, 1e-5, 12.3456, 12.34567, 1e10, 99_999_999_999.9999, 1e11,
            -1e11, 1e15, 1e16, 0x1p53, 0x1p53 + 2, 1 / 3, .pi, .greatestFiniteMagnitude, .leastNonzeroMagnitude,
            -.leastNormalMagnitude, .infinity, -.infinity, .nan, 0.29, 2_900.0001, 4_503_599_627_370_497.5,
        ]
        for number in numbers { #expect(text(number) == number.description) }
    }

    @Test("random bit patterns and random decimals are written as their description")
    func randomDoubles() {
        var random = SplitMix64(seed: 4)
        for _ in 0..<1_000 {
            let pattern = Double(bitPattern: random.next())
            #expect(text(pattern) == pattern.description)
            let places = [1.0, 10, 100, 1_000, 10_000, 100_000].randomElement(using: &random)!
            let decimal = Double(Int64.random(in: -1_000_000_000...1_000_000_000, using: &random)) / places
            #expect(text(decimal) == decimal.description)
            let near = Double(bitPattern: decimal.bitPattern &+ 1)
            #expect(text(near) == near.description)
        }
    }

    @Test("integers are written as their description, around every power of ten and two")
    func integers() {
        var numbers: [Int64] = [0, .min, .max]
        var power: Int64 = 1
        for _ in 0..<18 {
            power *= 10
            numbers += [power - 1, power, power + 1]
        }
        for bit in 0..<63 { numbers += [(1 << bit) - 1, 1 << bit, (1 << bit) + 1] }
        for number in numbers {
            #expect(text(number) == number.description)
            #expect(text(0 &- number) == (0 &- number).description)
        }
    }
}
