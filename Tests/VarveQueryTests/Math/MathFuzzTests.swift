import Testing
import VarveQuery
import VarveTestKit

@Suite struct MathFuzzTests {
    private static let pieces =
        MathFunction.allCases.map(\.rawValue) + MathFunction.allCases.map { "\($0.rawValue)(" }
        + MathWord.allCases.map(\.rawValue) + MathOperator.allCases.map(\.rawValue) + [
            "(", ")", "[", "]", ",", "&&", "||", "=", "&", "|", "!", "%", "'", "\"", "\\", "'m'", "\"x\"", "m1", "n2",
            "zz", "M", "_", "1", "0", ".5", "1e3", "1e999", "5m", "1.2.3", "60", "-", " ", "\n", "\t", "é", "温",
            "\u{0}", "“", "−", "SELECT ", "select AVG(x) from y", "SELECT * FROM y",
        ]

    @Test(
        "any sequence of words and signs is answered by a result or by an error inside the text",
        arguments: 0..<20 as Range<UInt64>)
    func words(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<100 {
            let separator = Bool.random(using: &random) ? " " : ""
            let count = Int.random(in: 0...25, using: &random)
            check((0..<count).map { _ in Self.pieces.randomElement(using: &random) ?? "" }.joined(separator: separator))
        }
    }

    @Test("a correct expression with a few bytes changed is answered likewise", arguments: 0..<20 as Range<UInt64>)
    func mutations(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var expressions = RandomMath(seed: seed)
        for _ in 0..<40 {
            var bytes = Array(expressions.series(3).text.utf8)
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let index = Int.random(in: bytes.indices, using: &random)
                switch random.next() % 4 {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.insert(UInt8.random(in: 32...126, using: &random), at: index)
                case 2: bytes.insert(contentsOf: (Self.pieces.randomElement(using: &random) ?? "").utf8, at: index)
                default: bytes.removeSubrange(index..<min(bytes.count - 1, index + 5))
                }
                if bytes.isEmpty { bytes = [UInt8(ascii: "1")] }
            }
            check(String(decoding: bytes, as: UTF8.self))
        }
    }

    private static let test: MathCase = {
        var test = MathCase(["m1": [1, nil, 3], "n2": [nil, 2, 5], "m3": [4]])
        test.world.bandWidth = 1
        return test
    }()

    private func check(_ text: String) {
        do throws(MathError) {
            // Native rules, and a period so that SEARCH is not refused.
            _ = try Self.test.answer(text, periodNs: MathWorld.minute)
            if case .expression(let expression) = try plan(text).entries.last?.content {
                guard case .expression(let again) = try plan(expression.description).entries.last?.content else {
                    Issue.record("\(text) reads back as a statement")
                    return
                }
                #expect(expression == again, "\(text)")
            }
        } catch {
            // Bracketed in full, a text may become longer or nested deeper than is allowed.
            if error.kind == .limit, text.utf8.count > 300 { return }
            #expect(!error.message.isEmpty, "\(text)")
            #expect(error.queryID == "result" || error.queryID == "q", "\(text)")
            if let span = error.span {
                #expect(span.start >= 0 && span.start <= span.end && span.end <= text.utf8.count, "\(text)")
                #expect(error.queryError.rendered(in: text).hasSuffix("^"), "\(text)")
            }
        }
    }

    private func plan(_ text: String) throws(MathError) -> MathPlan {
        try MathPlan(
            Self.test.definitions + [MathDefinition(id: "q", .expression(text), periodNs: MathWorld.minute)])
    }
}
