import Testing
import VarveQuery
import VarveTestKit

@Suite struct ParserFuzzTests {
    private static let pieces =
        Keywords.all + [
            "(", ")", ",", "=", "!=", "-", "+", "*", ";", ".", "'", "\"", "\\", "'v'", "\"n\"", "x", "AWS/EC2", "tag.",
            "tag.e", "AWS.AccountId", "15m", "1", "0", "99999999999999999999", "2026-11-22", "2026-11-22T10:00:00+",
            "now", "p99", "p101", "tm90", "TM", "PR", "10%:90%", ":300", "%", ":", "/", ">=", "<=", "1e-5", "1.5",
            "time", "(x)",
            "SELECT * FROM n", "HAVING AVG(x)", "MATH m = SELECT AVG(x) FROM n", "RETURN m", "FILL(m, 0)", "[", "]",
            "^",
            "e = ", "AS 'l'", "SEARCH('{n} x', 'Sum')", "==", " ", "\n", "\t", "é", "温", "\u{0}", "€", "<", "!",
        ]

    @Test(
        "any sequence of words and signs is answered by a tree or by an error inside the text",
        arguments: 0..<40 as Range<UInt64>)
    func words(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<100 {
            let count = Int.random(in: 0...30, using: &random)
            let separator = Bool.random(using: &random) ? " " : ""
            check(
                (0..<count).map { _ in Self.pieces.randomElement(using: &random)! }.joined(separator: separator),
                &random)
        }
    }

    @Test("a correct statement with a few bytes changed is answered likewise", arguments: 0..<40 as Range<UInt64>)
    func mutations(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<50 {
            let isMath = random.next() % 4 == 0
            let statement =
                isMath
                ? Self.math(&random)
                : random.next() % 4 == 0
                    ? RandomRows.rows(&random).description : RandomWorld.select(&random).description
            var bytes = Array(statement.utf8)
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let index = Int.random(in: bytes.indices, using: &random)
                switch random.next() % 3 {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.insert(UInt8.random(in: 32...126, using: &random), at: index)
                default: bytes.removeSubrange(index..<min(bytes.count - 1, index + 5))
                }
            }
            check(String(decoding: bytes, as: UTF8.self), &random)
        }
    }

    private static func math(_ random: inout SplitMix64) -> String {
        var expressions = RandomMath(seed: random.next())
        let select = RandomWorld.select(&random)
        var inner = select
        inner.times = TimesSyntax()
        return "MATH m1 = \(inner), e = \(expressions.series(2).text) AS 'it\\'s' PERIOD 5m RETURN e, m1"
    }

    private func check(_ statement: String, _ random: inout SplitMix64) {
        do throws(QueryError) {
            let parsed = try QueryEngine.parse(statement)
            #expect((try? QueryEngine.parse(parsed.description)) == parsed, "\(statement)")
        } catch {
            guard case .invalid(let message, let offset, let byteCount) = error else {
                Issue.record("\(statement): \(error)")
                return
            }
            #expect(!message.isEmpty && offset >= 0 && byteCount >= 0, "\(statement)")
            #expect(offset + byteCount <= statement.utf8.count, "\(statement)")
            #expect(error.rendered(in: statement).hasSuffix("^"), "\(statement)")
        }
        let cursor = Int.random(in: -1...statement.utf8.count + 1, using: &random)
        let context = QueryEngine.completionContext(statement: statement, cursor: cursor)
        #expect(context.wordStart <= max(0, cursor))
    }
}
