import Testing
import VarveLine
import VarveModel
import VarveTestKit

@Suite struct LineFormatterTests {
    @Test("lines are canonical: sorted tags, escapes where needed, shortest numbers")
    func canonical() throws {
        var formatter = LineFormatter()
        var batch = RowBatch()
        let shape = RowShape(
            source: source("my ns,=", ("b key", "x=1"), ("a", #"C:\t"#)),
            fields: ["plain", "with space", "z"].map { FieldKey(metric: $0) }
        )
        batch.append(shape: shape, timestamp: -7, values: [42, 0.1, -0.0])
        batch.append(shape: shape, timestamp: 8, values: [1e300, 9_007_199_254_740_992, -5])
        try formatter.append(batch)
        #expect(
            String(decoding: formatter.text, as: UTF8.self) == #"""
                my\ ns\,=,a=C:\t,b\ key=x\=1 plain=42,with\ space=0.1,z=-0.0 -7
                my\ ns\,=,a=C:\t,b\ key=x\=1 plain=1e+300,with\ space=9007199254740992,z=-5 8

                """#)
    }

    @Test(
        "what no line can spell is refused with the reason and writes nothing",
        arguments: [
            (source(""), "f", 1.0, Int64(0), LineFormatError.name("")),
            (source("#m"), "f", 1, 0, .name("#m")),
            (source("m\\"), "f", 1, 0, .name("m\\")),
            (source("m\n"), "f", 1, 0, .name("m\n")),
            (source("m", ("a", "")), "f", 1, 0, .name("")),
            (source("m", ("a", "v\\")), "f", 1, 0, .name("v\\")),
            (source("m", ("\t", "v")), "f", 1, 0, .name("\t")),
            (source("m"), "f\\", 1, 0, .name("f\\")),
            (source("m"), "f", .infinity, 0, .value(metric: "f", .infinity)),
            (source("m"), "f", 1, .max, .timestamp(.max)),
            (source("m"), "f", 1, .min + 1, .timestamp(.min + 1)),
        ])
    func unspellable(source: SourceKey, metric: String, value: Double, timestamp: Int64, error: LineFormatError) {
        var formatter = LineFormatter()
        let shape = RowShape(source: source, fields: [FieldKey(metric: metric)])
        #expect(throws: error) { try formatter.append(shape: shape, timestamp: timestamp, values: [value]) }
        #expect(formatter.text.isEmpty)
    }

    @Test("rows formatted and parsed again are the same, bit by bit", arguments: UInt64(1)...20)
    func roundTrip(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let batch = randomBatch(&random)
        var formatter = LineFormatter()
        try formatter.append(batch)
        var options = LineOptions()
        options.futureToleranceNs = nil
        let reading = read(formatter.text, options: options)
        #expect(reading.rows == batch.rows, "seed \(seed)")
        #expect(reading.refusals.isEmpty, "seed \(seed)")
        var again = LineFormatter()
        var copy = RowBatch()
        var parser = LineParser(options: options)
        var refusals: [LineRefusal] = []
        _ = parser.parse(formatter.text.span.bytes, receivedAtNs: 0, isFinal: true, into: &copy, refusals: &refusals)
        try again.append(copy)
        #expect(again.text == formatter.text, "seed \(seed)")
    }

    private func randomBatch(_ random: inout SplitMix64) -> RowBatch {
        var batch = RowBatch()
        let shapes = (0..<Int.random(in: 1...8, using: &random)).map { _ in randomShape(&random) }
        for _ in 0..<100 {
            let shape = shapes[Int.random(in: 0..<shapes.count, using: &random)]
            let values = shape.fields.map { _ in randomValue(&random) }
            let timestamp =
                Int64.random(in: (.min + 2)...(.max - 1), using: &random) >> Int64.random(in: 0...63, using: &random)
            batch.append(shape: shape, timestamp: timestamp, values: values)
        }
        return batch
    }

    private func randomShape(_ random: inout SplitMix64) -> RowShape {
        let tags = Set((0..<Int.random(in: 0...6, using: &random)).map { _ in randomName(&random) })
        let fields = Set((0..<Int.random(in: 1...12, using: &random)).map { _ in randomName(&random) })
        let dimensions = tags.map { Dimension(name: $0, value: randomName(&random)) }
        return RowShape(
            source: SourceKey(namespace: "n" + randomName(&random), dimensions: dimensions),
            fields: fields.sorted { $0.precedesByBytes($1) }.map { FieldKey(metric: $0) }
        )
    }

    /// Rich in everything that escaping must get right.
    private func randomName(_ random: inout SplitMix64) -> String {
        let alphabet = Array("aB0,= \\\"'#äß🍭€/._-")
        let name = (0..<Int.random(in: 0...9, using: &random)).map { _ in
            alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
        }
        return String(name) + "e"
    }

    private func randomValue(_ random: inout SplitMix64) -> Double {
        switch Int.random(in: 0...3, using: &random) {
        case 0: return Double(Int.random(in: -100...100, using: &random))
        case 1: return Double.random(in: -1e6...1e6, using: &random)
        case 2: return Double(Int64.random(in: .min ... .max, using: &random))
        default:
            let value = Double(bitPattern: random.next())
            return value.isFinite ? value : -0.0
        }
    }
}
