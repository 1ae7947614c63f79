import Testing
import VarveLine
import VarveModel

@Suite struct ShapeTests {
    private func parse(_ text: String, with parser: inout LineParser, into batch: inout RowBatch) {
        var refusals: [LineRefusal] = []
        let bytes = Array(text.utf8)
        _ = parser.parse(bytes.span.bytes, receivedAtNs: 0, isFinal: true, into: &batch, refusals: &refusals)
        #expect(refusals.isEmpty)
    }

    @Test("a batch lists every shape once, in order of first use")
    func shapesOnce() {
        var parser = LineParser()
        var batch = RowBatch()
        parse("a f=1\nb f=1\na f=1\na g=1\nb f=1\na f=1\na f=1,g=2\na g=1\n", with: &parser, into: &batch)
        #expect(batch.rowShapes == [0, 1, 0, 2, 1, 0, 3, 2])
        #expect(batch.shapes.map { $0.fields.map(\.metric) } == [["f"], ["f"], ["g"], ["f", "g"]])
    }

    @Test("a batch filled by several calls lists every shape once; the next batch begins anew with the same objects")
    func acrossCalls() {
        var parser = LineParser()
        var batch = RowBatch()
        parse("a f=1\nb f=1\n", with: &parser, into: &batch)
        parse("b f=2\nc f=2\na f=2\n", with: &parser, into: &batch)
        #expect(batch.rowShapes == [0, 1, 1, 2, 0])
        #expect(batch.shapes.count == 3)
        var next = RowBatch()
        parse("c f=3\na f=3\n", with: &parser, into: &next)
        #expect(next.rowShapes == [0, 1])
        #expect(next.shapes[0] === batch.shapes[2] && next.shapes[1] === batch.shapes[0])
    }

    @Test("a batch that others have filled is continued, not garbled")
    func foreignBatch() {
        var first = LineParser()
        var second = LineParser()
        var batch = RowBatch()
        parse("a f=1\nb f=2\n", with: &first, into: &batch)
        parse("c f=3\na f=4\n", with: &second, into: &batch)
        parse("b f=5\nd f=6\na f=7\n", with: &first, into: &batch)
        #expect(batch.rows.map(\.source.namespace) == ["a", "b", "c", "a", "b", "d", "a"])
        #expect(batch.shapes.count == 5)
    }

    @Test("two batches filled in turn stay apart")
    func twoBatches() {
        var parser = LineParser()
        var (left, right) = (RowBatch(), RowBatch())
        parse("a f=1\nb f=2\n", with: &parser, into: &left)
        parse("b f=3\na f=4\n", with: &parser, into: &right)
        parse("a f=5\nb f=6\n", with: &parser, into: &left)
        parse("a f=7\nb f=8\n", with: &parser, into: &right)
        #expect(left.rows.map(\.source.namespace) == ["a", "b", "a", "b"])
        #expect(right.rows.map(\.source.namespace) == ["b", "a", "a", "b"])
    }

    @Test("fields that come and go are read by name, whatever came before", arguments: 0..<64)
    func changingFields(pattern: Int) {
        var parser = LineParser()
        let names = ["a", "bb", "long_field_name", "long_field_nameX", "d\\ e", "f"]
        var expected: [[String]] = []
        var text = ""
        for line in 0..<8 {
            let chosen = names.indices.filter { (pattern >> $0 ^ line >> ($0 % 3)) & 1 == 1 }
            guard !chosen.isEmpty else { continue }
            expected.append(chosen.map { names[$0].replacing("\\ ", with: " ") })
            text += "m " + chosen.map { "\(names[$0])=\($0)" }.joined(separator: ",") + "\n"
        }
        #expect(read(Array(text.utf8), with: &parser).rows.map(\.metrics) == expected)
    }

    @Test("hostile unique prefixes, field lists and long names cannot grow the cache beyond its limit")
    func cacheLimit() {
        var options = LineOptions()
        options.cacheBytesMax = 200_000
        var parser = LineParser(options: options)
        var largest = 0
        for round in 0..<20 {
            let text = (0..<500).map { "m,host=h\(round)_\($0) f=\($0)\nn f\(round)_\($0)=1\nm,host=same f=\($0)\n" }
                .joined()
            let reading = read(Array(text.utf8), with: &parser)
            #expect(reading.rows.count == 1_500)
            #expect(
                reading.rows.indices.allSatisfy { reading.rows[$0].source.dimensions.count == ($0 % 3 == 1 ? 0 : 1) })
            largest = max(largest, parser.cacheByteCount)
        }
        // One line may overshoot, and arrays double.
        #expect(largest > 150_000 && largest < 400_000)
    }

    @Test("parsers share a budget and give it back")
    func sharedBudget() {
        let budget = LineCacheBudget(limit: 1 << 20)
        var options = LineOptions()
        options.cacheBudget = budget
        func fill(_ name: String) -> Int {
            var parser = LineParser(options: options)
            let text = (0..<4_000).map { "m,host=\(name)\($0) f=1\n" }.joined()
            #expect(read(Array(text.utf8), with: &parser).rows.count == 4_000)
            #expect(budget.usedBytes > 0 && budget.usedBytes <= budget.limit)
            return budget.usedBytes
        }
        _ = fill("a")
        #expect(budget.usedBytes == 0)
        _ = fill("b")
        #expect(budget.usedBytes == 0)
    }
}
